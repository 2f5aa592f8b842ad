//! The port, answered without calling anybody.

use async_trait::async_trait;
use hosting_core::{
    kernel::{Currency, Money},
    port::{
        Descriptor, Failure, PaymentGateway, Setting, SettingKind,
        gateway::{
            Charge, ChargeRequest, ChargeStatus, Instructions, Method, Notice, RawWebhook,
            Rejection, Shows,
        },
    },
};

/// Most accounts that a customer is shown.
const MAX_ACCOUNTS: usize = 20;
/// Longest line for one account, in characters.
const MAX_LINE: usize = 200;

/// The manual gateway's name and settings.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "manual",
    name: "Bank transfer",
    settings: &[
        Setting {
            key: "accounts",
            label: "Bank, account number and holder, one account a line",
            kind: SettingKind::Lines,
            required: true,
        },
        Setting {
            key: "currency",
            label: "Currency of the accounts",
            kind: SettingKind::Text,
            required: false,
        },
        Setting {
            key: "is_production",
            label: "Take real payments (yes, unless set to false)",
            kind: SettingKind::Flag,
            required: false,
        },
    ],
};

/// The seller's own accounts.
#[derive(Debug, Clone)]
pub struct ManualConfig {
    /// Bank, account number and holder, one account an entry; one to twenty.
    pub accounts: Vec<String>,
    /// The currency of all of them.
    pub currency: Currency,
    /// Whether customers transfer real money; they do unless an operator says that the accounts are
    /// nobody's.
    pub is_production: bool,
}

impl ManualConfig {
    /// Reads the accounts from lines of text; empty lines are left out. Real money.
    pub fn from_lines(lines: &str, currency: Currency) -> Self {
        let accounts = lines.lines().map(str::trim).filter(|it| !it.is_empty());
        Self { accounts: accounts.map(str::to_owned).collect(), currency, is_production: true }
    }
}

/// Why a configuration is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Customers would not know where to transfer.
    #[error("accounts must name 1 to {MAX_ACCOUNTS} bank accounts, one a line")]
    Accounts,
    /// A line that no page can show.
    #[error("an account must be 1 to {MAX_LINE} characters on one line")]
    Line,
}

/// Transfers to the seller's own bank account.
///
/// ```
/// use hosting_adapters::manual::{ManualConfig, ManualTransfer};
/// use hosting_core::{kernel::Currency, port::PaymentGateway};
///
/// let accounts = "BCA 1234567890 a.n. PT Contoh\nMandiri 0987654321 a.n. PT Contoh";
/// let gateway = ManualTransfer::new(ManualConfig::from_lines(accounts, Currency::IDR))?;
/// assert!(gateway.confirmed_by_staff());
/// # Ok::<(), hosting_adapters::manual::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct ManualTransfer {
    config: ManualConfig,
    methods: [Method; 1],
}

impl ManualTransfer {
    /// A gateway for the seller's accounts.
    ///
    /// # Errors
    /// A [`ConfigError`] when there is no account, or one that cannot be shown.
    pub fn new(config: ManualConfig) -> Result<Self, ConfigError> {
        if !(1..=MAX_ACCOUNTS).contains(&config.accounts.len()) {
            return Err(ConfigError::Accounts);
        }
        let shown = |it: &String| {
            let length = it.chars().count();
            (1..=MAX_LINE).contains(&length)
                && !it.trim().is_empty()
                && !it.chars().any(char::is_control)
        };
        if !config.accounts.iter().all(shown) {
            return Err(ConfigError::Line);
        }
        let method = Method {
            id: "bank_transfer",
            name: "Bank transfer",
            shows: Shows::Transfer,
            currency: Some(config.currency),
            min_minor: 1,
            max_minor: i64::MAX,
        };
        Ok(Self { config, methods: [method] })
    }
}

#[async_trait]
impl PaymentGateway for ManualTransfer {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn methods(&self) -> &[Method] {
        &self.methods
    }

    fn is_production(&self) -> bool {
        self.config.is_production
    }

    /// Where to transfer and what to write. Nothing happens outside.
    async fn charge(&self, request: &ChargeRequest) -> Result<Charge, Failure> {
        let refused = |detail: &'static str, code: &'static str| {
            Err(Failure::refused("charge", detail).with_code(code))
        };
        let [method] = &self.methods;
        if request.method != method.id {
            return refused("the gateway has no such method", "method");
        }
        if !method.takes(request.amount) {
            return refused("the accounts do not take this amount", "amount");
        }
        if request.reference.is_empty() {
            return refused("a transfer needs a reference to be recognised by", "reference");
        }
        Ok(Charge {
            reference: request.reference.clone(),
            // No provider gave another id.
            provider_ref: request.reference.clone(),
            status: ChargeStatus::Pending,
            amount: request.amount,
            given_back: None,
            instructions: Some(Instructions::Transfer {
                accounts: self.config.accounts.clone(),
                reference: request.reference.clone(),
            }),
            expires_at: Some(request.expires_at),
            paid_at: None,
            detail: "waiting for staff".to_owned(),
        })
    }

    /// Always `None`: no provider ever saw the reference. See the module's documentation.
    async fn find(&self, _reference: &str) -> Result<Option<Charge>, Failure> {
        Ok(None)
    }

    /// The offer is withdrawn. The amount is zero, because nobody but the caller knows what was
    /// asked for, and nothing is known to have been paid.
    async fn cancel(&self, reference: &str) -> Result<Charge, Failure> {
        Ok(Charge {
            reference: reference.to_owned(),
            provider_ref: reference.to_owned(),
            status: ChargeStatus::Failed,
            amount: Money::zero(self.config.currency),
            given_back: None,
            instructions: None,
            expires_at: None,
            paid_at: None,
            detail: "withdrawn; a transfer that still arrives is for staff to record".to_owned(),
        })
    }

    fn verify(&self, _webhook: &RawWebhook<'_>) -> Result<Notice, Rejection> {
        Err(Rejection::NotSupported)
    }

    fn confirmed_by_staff(&self) -> bool {
        true
    }
}

//! The port, answered without calling anybody.

use async_trait::async_trait;
use hosting_core::{
    kernel::Money,
    port::{
        Descriptor, Failure, PaymentGateway,
        gateway::{
            Charge, ChargeRequest, ChargeStatus, Instructions, Method, Notice, RawWebhook,
            Rejection, Shows,
        },
    },
};

use super::config::{ConfigError, DESCRIPTOR, ManualConfig};

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
        config.check()?;
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

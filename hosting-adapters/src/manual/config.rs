//! The seller's accounts, and what of them can be shown.

use hosting_core::{
    kernel::Currency,
    port::{Descriptor, Setting, SettingKind},
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

    /// Whether every account can be shown to a customer.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if !(1..=MAX_ACCOUNTS).contains(&self.accounts.len()) {
            return Err(ConfigError::Accounts);
        }
        let shown = |it: &String| {
            let length = it.chars().count();
            (1..=MAX_LINE).contains(&length)
                && !it.trim().is_empty()
                && !it.chars().any(char::is_control)
        };
        if self.accounts.iter().all(shown) { Ok(()) } else { Err(ConfigError::Line) }
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

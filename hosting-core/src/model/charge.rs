//! The provider's view of a payment: what decisions about money are made from (law 4).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::kernel::{Currency, Money};

/// A way to pay that a gateway serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// The stable name within the gateway, e.g. `bca_va`, `qris`. At most 32 of `[a-z0-9_]`.
    pub id: &'static str,
    /// What people read, e.g. `BCA Virtual Account`.
    pub name: &'static str,
    /// What the customer is shown.
    pub shows: Shows,
    /// The currency it settles in; `None` takes any.
    pub currency: Option<Currency>,
    /// The smallest amount, in minor units.
    pub min_minor: i64,
    /// The largest amount, in minor units.
    pub max_minor: i64,
}

impl Method {
    /// Whether `amount` can be paid this way.
    pub fn takes(&self, amount: Money) -> bool {
        self.currency.is_none_or(|it| it == amount.currency())
            && (self.min_minor..=self.max_minor).contains(&amount.minor())
    }
}

/// What kind of instruction a method leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// A number to transfer to.
    VirtualAccount,
    /// A biller code and a bill key.
    Bill,
    /// A QR code.
    Qr,
    /// A wallet's deeplink, perhaps with a QR code.
    Wallet,
    /// The seller's own bank account; staff confirm the transfer.
    Transfer,
}

/// The provider's view of one charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Our reference, as the provider repeats it.
    pub reference: String,
    /// The provider's own id (`transaction_id`).
    pub provider_ref: String,
    /// Where it stands.
    pub status: ChargeStatus,
    /// What the provider says was asked or paid, in our currency's minor units, without fees that
    /// the provider put on top for the customer.
    pub amount: Money,
    /// How much of it left again by now — given back, or taken back by the bank — as far as the
    /// provider says; `None` when it does not say.
    pub given_back: Option<Money>,
    /// What to show the customer; `None` when the answer does not carry it (polls often do not).
    pub instructions: Option<Instructions>,
    /// When the offer ends, if the provider said so.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the money arrived, if it did and the provider said so.
    pub paid_at: Option<DateTime<Utc>>,
    /// The provider's words for the state, for staff ("settlement/accept").
    pub detail: String,
}

crate::closed_enum! {
    /// Where a charge stands at the provider.
    pub enum ChargeStatus {
        /// Asked for; no money yet.
        Pending = "pending",
        /// The provider suspects fraud and asks us to decide; no money yet.
        Challenge = "challenge",
        /// The money is ours.
        Succeeded = "succeeded",
        /// Refused, cancelled or failed; no money.
        Failed = "failed",
        /// The offer ended unpaid.
        Expired = "expired",
        /// All of it was given back.
        Refunded = "refunded",
        /// Some of it was given back.
        PartiallyRefunded = "partially_refunded",
        /// The bank took all of it back.
        ChargedBack = "charged_back",
        /// The bank took some of it back.
        PartiallyChargedBack = "partially_charged_back",
    }
}

/// What the customer needs to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Instructions {
    /// Transfer to this number.
    VirtualAccount {
        /// The bank's short name, e.g. `bca`.
        bank: String,
        /// The number, exactly as the provider returned it.
        number: String,
    },
    /// Pay this bill at the bank.
    Bill {
        /// The biller's code.
        biller_code: String,
        /// The bill's key.
        bill_key: String,
    },
    /// Scan this code.
    Qr {
        /// The text inside the QR code.
        payload: String,
    },
    /// Open the wallet.
    Wallet {
        /// Where a phone is sent.
        deeplink: String,
        /// The text inside a QR code for desktops, if the wallet gives one.
        qr_payload: Option<String>,
    },
    /// Transfer to the seller's own account and wait for staff.
    Transfer {
        /// Bank, account number and holder, one account a line.
        accounts: Vec<String>,
        /// What to write in the transfer.
        reference: String,
    },
}

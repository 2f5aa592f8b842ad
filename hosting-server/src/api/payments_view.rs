//! A payment as the customer sees it. The provider's words for its state are for staff.

use chrono::{DateTime, Utc};
use hosting_core::model::{Instructions, Payment};
use serde::Serialize;
use utoipa::ToSchema;

use crate::view::{Language, MoneyView};

/// What the customer needs to pay.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum InstructionsView {
    /// Transfer to this number.
    VirtualAccount {
        /// The bank's short name.
        #[schema(example = "bca")]
        bank: String,
        /// The number.
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
        /// The text inside a QR code for desktops.
        qr_payload: Option<String>,
    },
    /// Transfer to the seller's own account and wait until staff have seen it.
    Transfer {
        /// Bank, account number and holder, one account a line.
        accounts: Vec<String>,
        /// What to write in the transfer.
        reference: String,
    },
}

impl From<&Instructions> for InstructionsView {
    fn from(it: &Instructions) -> Self {
        match it.clone() {
            Instructions::VirtualAccount { bank, number } => Self::VirtualAccount { bank, number },
            Instructions::Bill { biller_code, bill_key } => Self::Bill { biller_code, bill_key },
            Instructions::Qr { payload } => Self::Qr { payload },
            Instructions::Wallet { deeplink, qr_payload } => Self::Wallet { deeplink, qr_payload },
            Instructions::Transfer { accounts, reference } => {
                Self::Transfer { accounts, reference }
            }
        }
    }
}

/// One attempt to pay an invoice.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentDetails {
    /// The payment.
    id: String,
    /// What is paid.
    invoice_id: String,
    /// Through whom.
    gateway: String,
    /// How.
    method: String,
    /// What banks show.
    reference: String,
    /// What was asked for.
    amount: MoneyView,
    /// What arrived.
    received: MoneyView,
    /// `pending`, `challenge`, `unknown`, `succeeded`, `failed` or `expired`.
    status: &'static str,
    /// How to pay; absent while the provider has not answered, and when it is over.
    instructions: Option<InstructionsView>,
    /// When the offer ends.
    expires_at: DateTime<Utc>,
    /// When the money arrived.
    succeeded_at: Option<DateTime<Utc>>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
}

impl PaymentDetails {
    /// A payment for somebody who reads `language`.
    pub(super) fn new(payment: &Payment, language: Language) -> Self {
        let open = payment.status.is_in_flight();
        Self {
            id: payment.id.to_string(),
            invoice_id: payment.invoice_id.to_string(),
            gateway: payment.gateway.clone(),
            method: payment.method.clone(),
            reference: payment.reference.clone(),
            amount: MoneyView::new(payment.amount, language),
            received: MoneyView::new(payment.received, language),
            status: payment.status.as_str(),
            instructions: payment
                .instructions
                .as_ref()
                .filter(|_| open)
                .map(InstructionsView::from),
            expires_at: payment.expires_at,
            succeeded_at: payment.succeeded_at,
            created_at: payment.created_at,
        }
    }
}

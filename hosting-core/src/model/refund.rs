//! Money that leaves again: given back by us, by the provider, or taken back by the bank.

use chrono::{DateTime, Utc};

use super::{
    billing::{InvoiceId, PaymentId},
    noun::noun,
};
use crate::{
    closed_enum, entities,
    kernel::{Currency, Money},
    state_machine,
};

entities! {
    /// Money given back.
    RefundKind as RefundId = "rfd";
}

state_machine! {
    noun "a refund";
    /// Where giving money back stands.
    states RefundStatus {
        /// Decided, not yet done.
        Pending = "pending",
        /// A call's outcome is not known; being looked up.
        Unknown = "unknown",
        /// The money left.
        Succeeded = "succeeded",
        /// The gateway refused: staff try again, or pay it out by hand.
        Failed = "failed",
    }
    /// What can be learned about a refund.
    triggers RefundTrigger {
        /// No answer came.
        Lost = "lost",
        /// The provider did it, or staff paid it out.
        Done = "done",
        /// The provider refused.
        Refused = "refused",
        /// Staff want the gateway asked again.
        Retried = "retried",
    }
    initial { Pending, Succeeded }
    terminal { Succeeded }
    table {
        Pending, Lost => Unknown;
        Pending, Done => Succeeded;
        Pending, Refused => Failed;
        Unknown, Lost => Unknown;
        Unknown, Done => Succeeded;
        Unknown, Refused => Failed;
        Failed, Done => Succeeded;
        Failed, Retried => Pending;
    }
}

closed_enum! {
    /// How the money leaves.
    pub enum RefundWay {
        /// Through the gateway, by our order.
        Gateway = "gateway",
        /// By a transfer that staff made.
        ByHand = "by_hand",
        /// Somebody gave it back in the provider's own pages.
        AtProvider = "at_provider",
        /// The bank took it back for the customer.
        ChargedBack = "charged_back",
    }
}

impl RefundWay {
    /// Whether the provider counts it among what left the charge.
    pub const fn is_seen_by_provider(self) -> bool {
        !matches!(self, Self::ByHand)
    }
}

closed_enum! {
    /// What becomes of the services of an invoice when everything that paid it was given back.
    pub enum AfterRefund {
        /// They end as soon as the money is back; their accounts are kept for the retention time.
        End = "end",
        /// They go on, and the next period is billed as usual.
        Keep = "keep",
    }
}

/// Money that left again, for one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Identifies the refund; the key given to the provider is made from it.
    pub id: RefundId,
    /// What is given back.
    pub payment_id: PaymentId,
    /// The bill it was paid for.
    pub invoice_id: InvoiceId,
    /// The currency of the amount.
    pub currency: Currency,
    /// How much; above zero.
    pub amount: Money,
    /// Why, in staff's words.
    pub reason: String,
    /// How it leaves.
    pub way: RefundWay,
    /// What becomes of the services when nothing of what paid the invoice is left.
    pub services: AfterRefund,
    /// Where it stands.
    pub status: RefundStatus,
    /// The provider's own id, or the reference of the transfer that staff made, once known.
    pub provider_ref: Option<String>,
    /// The provider's words, for staff.
    pub detail: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

noun! {
    Refund as RefundKind in "refunds";
}

//! Invoices and payments: issue, ask for money, learn what became of it, apply it, give it back.

mod apply;
mod ask;
mod dunning;
mod issue;
mod learn;
mod pay;
mod refund;

pub use apply::{Affected, ApplyError, apply_money};
pub use ask::{ASKS_A_MINUTE, OfferOver, ask_now, withdraw_offer};
pub use dunning::{next_dunning, outage_between, suspension_due};
pub use issue::{Issued, issue};
pub use learn::{Learned, ask_key, learn, lost, next_ask, offer_expired};
pub use pay::{PayRefusal, Started, cancel_payment, start_payment};
pub use refund::{RefundRefusal, refund_outcome, start_refund};

pub(crate) use apply::{Settling, settle_invoice};
pub(crate) use dunning::reminder_due;

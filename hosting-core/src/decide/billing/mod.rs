//! Invoices and payments: issue, ask for money, learn what became of it, apply it, give it back.

mod apply;
mod ask;
mod dunning;
mod explain;
mod issue;
mod learn;
mod left;
mod paid_part;
mod pay;
mod refund;

pub use apply::{Affected, ApplyError, apply_money};
pub use ask::{ASKS_A_MINUTE, OfferOver, ask_now, report_transfer, withdraw_offer};
pub use dunning::{next_dunning, outage_between, suspension_due};
pub use explain::{ExplainedLine, Explanation, Step, Unexplained, explain};
pub use issue::{Issued, issue};
pub use learn::{Learned, ask_key, learn, lost, next_ask, offer_expired};
pub use paid_part::PaidPart;
pub use pay::{PayRefusal, Started, cancel_payment, start_payment};
pub use refund::{
    RefundOutcome, RefundRefusal, RefundWish, paid_out, refund_key, refund_outcome, reopen,
    retry_refund, start_refund,
};

pub(crate) use apply::{Settling, settle_invoice};
pub(crate) use dunning::reminder_due;
pub(crate) use paid_part::let_go;

//! A subscription's life: activate, renew, remind, suspend with proof, restore, cancel, terminate.

mod cancel;
mod dun;
mod proof;
mod renew;
mod start;
mod terminate;
mod trail;

pub use cancel::{
    CancelRefusal, OpenBill, When, cancel, cancellation_due, hold, withdraw_cancellation,
};
pub use dun::{Bill, DunRefusal, Dunned, dun};
pub use proof::{Allowance, Evidence, NotProven, ProofMisused, ProvenUnpaid};
pub use renew::{RenewRefusal, renew};
pub use terminate::{TerminateRefusal, terminate_cancelled, terminate_unpaid};
pub use trail::MoneyTrail;

pub(crate) use cancel::void;
pub(crate) use start::{activate, restore, resume_billing, unpaid_again};

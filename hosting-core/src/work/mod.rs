//! Durable work: claim a task, ask before acting again, act, settle (law 3).
//!
//! A task is settled in the same commit as what its outcome changes, under the lease it was claimed
//! with; a worker that overslept changes nothing. Nothing here sleeps: the caller's loop does.

mod backoff;
mod gateway_trouble;
mod idle;
mod link;
mod listening;
mod mail;
mod panel;
mod payment;
mod refund;
mod runs;
mod tick;

pub use backoff::retry_at;
pub use idle::until_idle;
pub use listening::{Delivered, Lag, deliver, lag, lags};
pub use runs::{RUNS, schedule_runs, throw_away};
pub use tick::{LaneLimits, Ticked, run_now, tick};

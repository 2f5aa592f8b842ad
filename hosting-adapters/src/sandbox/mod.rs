//! The sandbox world: local servers that speak the providers' real wire protocols, with state.
//!
//! The real adapters run against them unchanged. Each provider's server lives in its adapter's
//! folder (`midtrans/sandbox/`, `cpanel/sandbox/`); here is what they share: the fault switches, the
//! SMTP server, the [`World`] that starts all of them, and its web console.

mod console;
pub mod fault;
pub mod mime;
pub mod smtp;
pub mod world;

use chrono::{DateTime, TimeDelta, Utc};

pub use fault::{Fault, Faults};
pub use smtp::{ReceivedMail, SmtpSandbox, SmtpSandboxConfig, SmtpSwitches};
pub use world::{Ports, World, WorldConfig};

/// A clock that can be moved forward from the console, so that a year of renewals fits an afternoon.
pub trait AdvanceClock: std::fmt::Debug + Send + Sync {
    /// Moves the clock forward. `by` is above zero and at most ten years.
    fn advance(&self, by: TimeDelta);

    /// What it shows.
    fn now(&self) -> DateTime<Utc>;
}

//! The sandbox world: local servers that speak the providers' real wire protocols, with state.
//!
//! The real adapters run against them unchanged. Each provider's server lives in its adapter's
//! folder (`midtrans/sandbox/`, `cpanel/sandbox/`); here is what they share: the fault switches, the
//! SMTP server, the [`World`] that starts all of them, and its web console.

mod clock;
mod console;
pub mod fault;
pub mod mime;
pub mod smtp;
pub mod world;

pub use clock::AdvanceClock;
pub use fault::{Fault, Faults};
pub use smtp::{ReceivedMail, SmtpSandbox, SmtpSandboxConfig, SmtpSwitches};
pub use world::{Ports, World, WorldConfig};

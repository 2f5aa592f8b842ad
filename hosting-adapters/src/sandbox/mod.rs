//! The sandbox world: local servers that speak the providers' real wire protocols, with state.
//!
//! The real adapters run against them unchanged. Each provider's server lives in its adapter's
//! folder (`midtrans/sandbox.rs`, `cpanel/sandbox.rs`); here is what they share: the fault switches,
//! the SMTP server, the [`World`](world::World) that starts all of them, and its web console.

pub mod fault;
pub mod mime;
pub mod smtp;

pub use fault::{Fault, Faults};
pub use smtp::{ReceivedMail, SmtpSandbox, SmtpSandboxConfig, SmtpSwitches};

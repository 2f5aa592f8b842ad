//! The simulated providers keep the ports' contracts, and the contracts notice adapters that do not.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "providers/gateway.rs"]
mod gateway;
#[path = "providers/listed.rs"]
mod listed;
#[path = "providers/panel.rs"]
mod panel;

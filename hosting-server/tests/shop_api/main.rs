//! The shop's own API against the store in memory and simulated providers: guests and customers, and
//! the messages of a gateway.

mod checkout;
mod email;
mod explaining;
mod fields;
mod flow;
#[path = "../support/migrated.rs"]
mod migrated;
mod panel;
mod paying;
mod strangers;
mod webhook;
mod world;

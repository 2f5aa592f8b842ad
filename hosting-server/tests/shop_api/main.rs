//! The shop's own API against the store in memory and simulated providers: guests and customers, and
//! the messages of a gateway.

mod checkout;
mod fields;
mod flow;
mod paying;
mod panel;
mod strangers;
mod webhook;
mod world;

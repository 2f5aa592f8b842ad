//! Midtrans, spoken over its Core API (`/v2/charge`), for payments in rupiah.
//!
//! | file | holds |
//! |---|---|
//! | `adapter.rs` | the port, spoken in Midtrans' operations |
//! | `client.rs` | one call: transport, envelope, effect |
//! | `config.rs` | the settings |
//! | `methods.rs` | the ways to pay, and what each takes |
//! | `notice.rs` | notifications: who sent one, and which charge to look at |
//! | `refund.rs` | giving money back |
//! | `request.rs` | what is sent when money is asked for |
//! | `signature.rs` | the check that a notification is the provider's |
//! | `verdict.rs` | what an answer about a transaction means |
//! | `wire.rs` | the provider's words, decoded tolerantly |
//! | `sandbox/` | a local server that speaks them, with state |
//!
//! # What it promises
//!
//! * One charge a reference: the reference is the provider's `order_id`, a repeat answers 406, and
//!   the adapter then adopts the payment that is already there.
//! * The `status_code` in the *body* decides, never the HTTP status and never a message text.
//! * A notification's signature leaves the state word free, so a verified notice only says which
//!   charge to look at; the state comes from `GET /v2/{order_id}/status`.
//! * Amounts are whole rupiah or the answer is refused; a fee that the provider puts on top for the
//!   customer is not counted as paid to us.
//!
//! Cards, stored wallets, over-the-counter shops and the provider's own subscriptions are
//! deliberately absent, as is everything that exists only under its other protocols.

mod adapter;
mod client;
mod config;
mod methods;
mod notice;
mod refund;
mod request;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod signature;
mod verdict;
mod wire;

pub use adapter::Midtrans;
pub use config::{ConfigError, DEFAULT_TIMEOUT, DESCRIPTOR, MAX_TIMEOUT, MidtransConfig};

//! Midtrans, spoken over its Core API (`/v2/charge`), for payments in rupiah.
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
mod status;
mod wire;

pub use adapter::Midtrans;
pub use config::{ConfigError, DEFAULT_TIMEOUT, DESCRIPTOR, MAX_TIMEOUT, MidtransConfig};

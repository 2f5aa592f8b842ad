//! The contract of [`PaymentGateway`](crate::port::PaymentGateway), rule by rule.
//!
//! A rule is an async function that takes a [`GatewayHarness`] — a gateway, and the provider behind
//! it as a simulation — and panics when the gateway breaks it; its name is the rule.
//! [`gateway_conformance!`](crate::gateway_conformance) makes a test of each:
//!
//! ```text
//! async fn fresh() -> MyHarness { … }
//! hosting_core::gateway_conformance!(my_gateway, fresh, [offers, paying, losing, messages]);
//! ```
//!
//! | part | for gateways | asks the harness for |
//! |---|---|---|
//! | `offers` | of every kind | nothing more |
//! | `paying` | that hear from a provider | [`GatewayHarness::provider`] |
//! | `losing` | that call it over something that can break | [`GatewayHarness::line`] |
//! | `messages` | that take webhooks | [`GatewayHarness::messages`] |
//! | `refunding` | that give money back | [`GatewayHarness::refunds`] |
//!
//! One more test fails when a part is left out although the harness could be tried with it, so that
//! what a gateway can do is what is tried.

mod asserts;
mod harness;
pub mod losing;
pub mod messages;
pub mod offers;
pub mod paying;
pub mod refunding;
mod rules;

pub use harness::{
    GatewayCall, GatewayHarness, GivenBack, Line, Message, Messages, Provider, Work,
};
#[doc(hidden)]
pub use rules::applicable;
pub use rules::{PARTS, RULES, run};

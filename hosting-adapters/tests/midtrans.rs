//! The Midtrans gateway: against sample answers, against its sandbox, and against faults.

#[path = "midtrans/api_fixtures.rs"]
mod api_fixtures;
#[path = "midtrans/configuration.rs"]
mod configuration;
#[path = "midtrans/faults.rs"]
mod faults;
#[path = "midtrans/refunds.rs"]
mod refunds;
#[path = "midtrans/support.rs"]
mod support;
#[path = "midtrans/webhooks.rs"]
mod webhooks;
#[path = "midtrans/with_sandbox.rs"]
mod with_sandbox;

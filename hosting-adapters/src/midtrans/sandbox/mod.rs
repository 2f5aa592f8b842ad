//! A local server that speaks Midtrans' Core API, with state.
//!
//! Payments are made through the methods of [`MidtransSandbox`], which stand for the customer, the
//! bank and the provider's staff. Each change of state sends a signed notification, as well or as
//! badly as [`WebhookSwitches`] say. Offers end by the clock that is handed in, whenever the state
//! is next looked at.
//!
//! Where the provider's behaviour is undocumented (the answer to a repeated key while the first call
//! still runs, for one) the sandbox does not imitate it.

mod answer;
mod channel;
mod charge;
mod console;
mod handle;
mod refund;
mod routes;
mod simulator;
mod state;
mod transaction;
mod webhook;

pub use console::SandboxError;
pub use handle::{MidtransSandbox, Running};
pub use state::Effects;
pub use transaction::TransactionView;
pub use webhook::{Body, Delivery, Order, WebhookSwitches};

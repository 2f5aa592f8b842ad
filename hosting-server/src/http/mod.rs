//! The HTTP foundation: one stack for every answer.
//!
//! From the outside in: client address → name, log, metrics → security headers → compression → pages
//! for people → panics → (all but probes) overload, size and time → route → `gate`.
//!
//! Later routes are added in [`api`](crate::api) with [`routes::ApiRoutes`]; see there for the
//! pattern. Deliberately absent: CORS. Other sites' pages have no business with the shop; programs
//! use keys.

pub mod client;
pub mod door;
pub mod extract;
pub mod fields;
mod gate;
mod health;
pub mod idempotency;
pub mod layers;
pub mod metrics;
mod openapi;
pub mod problem;
pub mod routes;
mod stack;

pub use client::ClientIp;
pub use extract::{ApiJson, ApiPath, ApiQuery};
pub use fields::Fields;
pub use problem::Problem;
pub use routes::{Access, ApiRoutes};
pub use stack::{router, stack, stack_with};

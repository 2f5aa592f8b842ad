//! Use cases: load, decide, commit — and decide again when the world moved meanwhile.
//!
//! Nothing here talks to the outside but through [`Ports`]; nothing outside happens inside a commit
//! (law 2). Effects are tasks, and [`work`](crate::work) carries them out.

pub mod access;
pub mod accounts;
pub mod audit;
pub mod carts;
pub mod catalog;
pub mod configuration;
pub mod convergence;
pub mod customers;
pub mod dunning;
pub mod endings;
pub mod heartbeat;
pub mod invoices;
pub mod offers;
mod once;
pub mod orders;
pub(crate) mod origin;
mod outcome;
pub mod payments;
mod ports;
pub mod refunds;
pub mod renewals;
pub mod rotation;
pub mod subscriptions;
pub mod tasks;

pub use outcome::{Never, ServiceError};
pub(crate) use outcome::{TRIES, decide_again};
pub use ports::{Directory, Ports};

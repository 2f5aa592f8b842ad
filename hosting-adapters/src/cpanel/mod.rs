//! cPanel & WHM: accounts over WHM API 1.
//!
//! | file | holds |
//! |---|---|
//! | `adapter.rs` | the port, spoken in WHM's operations |
//! | `account.rs` | reading accounts, and telling ours from somebody else's |
//! | `classify.rs` | failure texts and their [`code`]s |
//! | `client.rs` | one call: transport, envelope, effect |
//! | `config.rs` | time limits and settings |
//! | `tls.rs` | whom we trust: the system, a private authority, or one pinned certificate |
//! | `username.rs` | what can be an account's name |
//! | `verdict.rs` | what an answer means once the account behind it was looked at |
//! | `wire.rs` | the panel's words, decoded tolerantly |
//! | `sandbox/` | a local server that speaks them, with state |
//!
//! # The promise
//!
//! * Passwords and tokens travel in form bodies and headers only, never in an address; no error and no
//!   `Debug` shows them. The panel's build log, which can hold a clear password, is not even decoded.
//! * Success is `metadata.result` and nothing else: the panel answers HTTP 200 to failures as well.
//! * A change that may have happened is [`Effect::Unknown`](hosting_core::port::Effect::Unknown); a
//!   look-up never is, because it has no effect.
//! * Redirects are never followed: the token would travel along.
//!
//! Deliberately absent: `modifyacct` (it has no package parameter and renames break repeats), reseller
//! administration, and anything that waits or repeats: the queue owns time.

mod account;
mod adapter;
mod classify;
mod client;
mod config;
#[cfg(test)]
mod fixture_tests;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod tls;
mod username;
mod verdict;
mod wire;

pub use adapter::Cpanel;
pub use classify::code;
pub use config::{CpanelConfig, DESCRIPTOR};

//! The contract of [`ProvisioningAdapter`](crate::port::ProvisioningAdapter), rule by rule.
//!
//! A rule is an async function that takes a [`PanelHarness`] — an adapter, and the panel behind it
//! as a simulation — and panics when the adapter breaks it; its name is the rule.
//! [`panel_conformance!`](crate::panel_conformance) makes a test of each:
//!
//! ```text
//! async fn fresh() -> MyHarness { … }
//! hosting_core::panel_conformance!(my_panel, fresh, [accounts, strangers, doors, losing]);
//! ```
//!
//! | part | for panels | asks the harness for |
//! |---|---|---|
//! | `accounts` | of every kind | nothing more |
//! | `strangers` | on which others have accounts too | [`PanelHarness::strangers`] |
//! | `doors` | that let nobody in without credentials | [`PanelHarness::wrong_access`] |
//! | `losing` | that are called over something that can break | [`PanelHarness::line`] |
//!
//! One more test fails when a part is left out although the harness could be tried with it.

pub mod accounts;
mod asserts;
pub mod doors;
mod harness;
pub mod losing;
mod rules;
pub mod strangers;

pub use harness::{Line, PanelCall, PanelHarness, Strangers, Work};
#[doc(hidden)]
pub use rules::applicable;
pub use rules::{PARTS, RULES, run};

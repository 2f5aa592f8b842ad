//! The life of payments: several offers for one bill, transfers that staff confirm, money that leaves
//! again, and gateways that do not take the shop's calls.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod offers;
mod refunds;
#[path = "../laws/stage.rs"]
mod stage;
mod transfers;
mod trouble;

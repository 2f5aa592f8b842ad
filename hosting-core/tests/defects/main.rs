//! The defects that recur in systems of this field, by name, as far as no other test has them:
//! `docs/reference/laws.md` lists them all.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod calendar;
mod coupons;
mod endings;
mod money;
mod panel;
mod parts;
#[path = "../laws/stage.rs"]
mod stage;

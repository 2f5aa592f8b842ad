//! Each law by name, as far as no other test has it: `docs/reference/laws.md` lists them all.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod at_once;
mod closing;
mod documents;
mod effects;
mod handed_in;
mod listed;
mod meanwhile;
mod missed;
mod poison;
mod proof;
#[allow(dead_code, reason = "each test program uses its part")]
#[path = "../source/mod.rs"]
mod source;
mod stage;

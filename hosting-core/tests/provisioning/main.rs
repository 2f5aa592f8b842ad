//! D2, D4 and D8 at the panel: what is paid is made, what is ended is gone, and a panel that lets
//! nobody in is left in peace until it does again.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod creation;
mod locked;
mod missing;
mod removal;
#[path = "../laws/stage.rs"]
mod stage;
mod world;

//! What tests and simulations stand on: a store in memory, a clock moved by hand, seeded dice,
//! simulated providers, misfortune on order, a whole shop made of these, and the contracts of the
//! ports as suites that anybody can run on their own implementation.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::missing_panics_doc,
    reason = "test support: a panic is how a rule fails"
)]

pub mod clock;
pub mod conformance;
pub mod entropy;
pub mod fate;
pub mod fated;
pub mod gateway;
pub mod memory;
pub mod process;
pub mod providers;
pub mod shop;
pub mod story;
mod trail;

pub use clock::TestClock;
pub use entropy::SeededEntropy;
pub use fate::Fate;
pub use fated::FatedStore;
pub use gateway::{RefundMood, SimGateway};
pub use memory::MemoryStore;
pub use process::Process;
pub use providers::{ClearBox, PanelMood, PlainLetters, SimMailer, SimPanel};
pub use shop::TestShop;
pub use trail::money_trail;

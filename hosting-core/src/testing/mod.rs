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

pub use clock::TestClock;
pub use entropy::SeededEntropy;
pub use fate::Fate;
pub use fated::FatedStore;
pub use gateway::{RefundMood, SimGateway};
pub use memory::MemoryStore;
pub use process::Process;
pub use providers::{ClearBox, PanelMood, PlainLetters, SimMailer, SimPanel};
pub use shop::TestShop;

/// All that is known of money for `invoice`, as a service would have read it, to try proofs on.
pub fn money_trail(
    invoice: &crate::kernel::Versioned<crate::model::Invoice>,
    payments: Vec<crate::kernel::Versioned<crate::model::Payment>>,
    unapplied: &[crate::kernel::Versioned<crate::model::Payment>],
) -> crate::decide::subscription::MoneyTrail {
    let unapplied: Vec<_> = unapplied.iter().map(|it| (it.clone(), Vec::new())).collect();
    crate::decide::subscription::MoneyTrail::new(invoice, payments, &unapplied).unwrap()
}

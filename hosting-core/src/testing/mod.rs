//! What tests and simulations stand on: a store in memory, a clock moved by hand, seeded dice, and
//! the contracts of the ports as suites that anybody can run on their own implementation.

pub mod clock;
pub mod conformance;
pub mod entropy;
pub mod memory;

pub use clock::TestClock;
pub use entropy::SeededEntropy;
pub use memory::MemoryStore;

//! What staff do through `/api/v1/admin`, against a whole shop in memory.

mod catalog;
mod clock;
mod metrics;
#[path = "../support/migrated.rs"]
mod migrated;
mod money;
mod office;
mod parts;
mod people;
mod pricing;
mod queue;
mod repeats;
mod servers;
mod settings;

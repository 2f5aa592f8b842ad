//! What staff do through `/api/v1/admin`, against a whole shop in memory.

mod catalog;
mod clock;
mod money;
mod office;
mod pricing;
mod queue;
mod repeats;
mod servers;
mod settings;

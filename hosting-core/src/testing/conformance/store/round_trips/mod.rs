//! What is stored comes back exactly: nothing set, everything set, and back again.
//!
//! Each rule stores a row with everything set, changes it to one with nothing set, changes it back,
//! and stores the bare one as new, so that both ways of writing see both kinds of row.

mod catalog;
mod people;
mod row;
mod sales;
mod service;

pub use catalog::*;
pub use people::*;
pub use sales::*;
pub use service::*;

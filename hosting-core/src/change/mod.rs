//! What a decision wants to become true, all of it or none of it (law 1).
//!
//! A [`ChangeSet`] is the only thing that is ever written. It carries new rows, changed rows with the
//! version they were read at, guards on rows that were only read, counters to take from, numbers to
//! assign, facts, tasks, and the settlement of the task it came from. Bulk work is merging change
//! sets with [`ChangeSet::and`].

mod numbering;
mod rows;
mod set;
mod unique;

pub use numbering::{NotAPattern, NumberPattern, NumberRequest};
pub use rows::Writes;
pub use set::{
    ChangeSet, Guard, Intervention, NewTask, OnDuplicate, Receipt, Settlement, Take, Verdict, Wish,
};
pub use unique::Unique;

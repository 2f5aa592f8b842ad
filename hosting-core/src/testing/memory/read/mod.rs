//! The questions, a file for each side of the house.

mod money;
mod queue;
mod service;
mod shop;

/// How many rows a list without pages answers at most.
fn at_most<'r, T: Clone + 'r>(rows: impl Iterator<Item = &'r T>, limit: usize) -> Vec<T> {
    rows.take(limit).cloned().collect()
}

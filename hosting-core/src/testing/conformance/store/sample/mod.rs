//! Valid rows of every noun, made from a seed.
//!
//! Each builder takes the rows that its row refers to, so that what it returns can be stored as soon
//! as those are. [`Shop`] is one of everything.

mod maker;
mod people;
mod sales;
mod service;
mod shop;

pub use maker::{Sample, address, day, idr, instant, party};
pub use shop::Shop;

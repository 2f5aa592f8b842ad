//! A shop to look at: products, a server, a coupon, tax, an administrator, ten customers.
//!
//! Seeding is one commit, and refuses a database that has products already: it is for new shops, and
//! never touches a running one.

mod catalog;
mod people;
mod plant;
mod shop;

pub use plant::{Seed, plant};

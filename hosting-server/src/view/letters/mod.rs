//! What the shop's mails say, in Indonesian and English.
//!
//! A mail is a `Sheet`: a subject and parts, written once per language
//! (`indonesian`, `english`; what goes to staff is in `staff`, and how an account comes about and moves to
//! another address in `account`) and set as plain text and as simple HTML (`sheet`). A noun that is
//! missing is written around: the mail must go out. No mail holds a password.

mod account;
pub(crate) mod dates;
mod english;
mod facts;
mod indonesian;
mod sheet;
mod staff;
#[cfg(test)]
mod tests;
mod writer;

pub use writer::ShopLetters;

//! `demo --story`: a customer's whole life, played over HTTP against the sandbox.
//!
//! Everything a person would do goes through the shop's API and the sandbox's console, as it would
//! from outside; the books are checked after each step. The first thing that is off ends the story.

mod actor;
mod life;
mod play;

pub use play::run;

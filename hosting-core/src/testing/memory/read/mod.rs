//! The questions, a file for each side of the house.

mod money;
mod most;
mod queue;
mod service;
mod shop;

use most::at_most;

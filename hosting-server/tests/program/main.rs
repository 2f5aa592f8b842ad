//! The program as people run it: the built binary, its arguments, its environment, its signals.

mod commands;
mod demo;
mod guide;
mod logs;
mod process;
mod rotation;
mod story;
#[path = "../../../hosting-sqlx/tests/support/mod.rs"]
mod support;

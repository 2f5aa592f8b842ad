//! What the program can be told to do, one file a command.

pub mod admin;
pub mod check_config;
pub mod migrate;
pub mod serve;
mod signal;
pub mod work;

//! What the program can be told to do, one file a command.

pub mod admin;
pub mod check_config;
pub mod demo;
pub mod explain;
pub mod migrate;
pub mod rotate_keys;
pub mod sandbox;
pub mod seed;
pub mod serve;
mod signal;
pub mod story;
pub mod work;

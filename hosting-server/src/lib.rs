//! A turnkey hosting shop: pages, an API for customers and staff, webhooks and worker in one binary.
//!
//! Start reading at [`http`] (the stack around every answer) and [`http::routes`] (how a route says
//! who may call it); [`auth`] finds out who is calling; [`api`] holds the routes; [`assemble`] puts
//! the shop together from the one typed [`config`]. Only [`clock`] and [`entropy`] ask the machine
//! for time and randomness.

pub mod advance;
pub mod api;
pub mod assemble;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod command;
pub mod config;
pub mod entropy;
pub mod http;
pub mod logging;
pub mod pages;
pub mod reality;
pub mod seed;
pub mod state;
pub mod store;
pub mod view;
pub mod worker;

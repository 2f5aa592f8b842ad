//! The repositories: one file a context, each with its statements on top.
//!
//! A list is a keyset page, newest first. Its optional filters are separate statements, so that
//! each has its own plan and its own index.

mod access;
mod ask;
mod audit;
mod billing;
mod catalog;
mod customers;
mod inbox;
mod orders;
mod promo;
mod provisioning;
mod settings;
mod subscriptions;
mod tasks;
mod tax;

pub(crate) use ask::{all, by_id, cursor, overfetch, parted, statements, variant, versioned_and};

//! The place of a client of the RDASH reseller API, for anyone who wants it without the billing.
//!
//! The crate fixes its name and its place in the workspace: it depends on no other crate of it, and
//! `hosting-adapters` will depend on it. There is no client in it yet.

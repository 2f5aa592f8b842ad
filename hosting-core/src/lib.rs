//! Billing, lifecycle and provisioning rules of a hosting company.
//!
//! No runtime, no HTTP, no SQL: values in, a [`change::ChangeSet`] out. See `docs/ARCHITECTURE.md`
//! for the floors; a module uses lower floors only, and a test reads the sources to keep it so.

pub mod change;
pub mod decide;
pub mod kernel;
pub mod model;
pub mod port;
pub mod service;
#[cfg(feature = "testing")]
pub mod testing;
pub mod work;

/// The examples of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct Readme;

/// The example of the page on listeners, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../docs/extend/listener.md")]
#[derive(Debug)]
pub struct ListenerPage;

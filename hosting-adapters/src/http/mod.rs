//! Calls over HTTP, and the one place that decides what a transport failure means.

pub mod classify;

pub use classify::{Answer, send};

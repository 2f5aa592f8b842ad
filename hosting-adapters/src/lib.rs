//! Adapters: the ports of `hosting-core` spoken in the words of real providers.
//!
//! One folder and one cargo feature each. Inside a folder the same file names recur: `mod.rs` (what
//! it is), `adapter.rs` (the port), `wire.rs` (the provider's words), `sandbox.rs` (a local server
//! that speaks them, with state). Adapters never sleep, retry or read a clock: the queue owns time.

#[cfg(feature = "cpanel")]
pub mod cpanel;
#[cfg(any(feature = "midtrans", feature = "cpanel"))]
pub mod http;
#[cfg(feature = "mail")]
pub mod mail;
#[cfg(feature = "manual")]
pub mod manual;
#[cfg(feature = "midtrans")]
pub mod midtrans;
pub mod registry;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(feature = "sealing")]
pub mod sealing;

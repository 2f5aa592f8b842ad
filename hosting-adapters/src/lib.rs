//! Adapters: the ports of `hosting-core` spoken in the words of real providers.
//!
//! One folder and one cargo feature each. Adapters never sleep, retry or read a clock: the queue owns
//! time.
//!
//! Inside a gateway's or a panel's folder the same file names recur:
//!
//! | file | holds | in the folder of |
//! |---|---|---|
//! | `mod.rs` | what it is and promises, and which other files there are | all |
//! | `adapter.rs` | the port | all |
//! | `config.rs` | the settings, and what is wrong with them | all |
//! | `client.rs` | one call: transport, envelope, effect | those that call somebody |
//! | `wire.rs` | the provider's words, decoded tolerantly | those that call somebody |
//! | `verdict.rs` | what an answer means | those that call somebody |
//! | `sandbox/` | a local server that speaks those words, with state | those that call somebody |
//!
//! A file of another name holds one thing that the provider alone has (`tls.rs`, `signature.rs`), and the
//! folder's `mod.rs` says what. A test (`hosting-core/tests/layout.rs`) keeps the names.

#[cfg(feature = "cpanel")]
pub mod cpanel;
#[cfg(any(feature = "midtrans", feature = "cpanel"))]
pub mod http;
#[cfg(any(feature = "smtp", feature = "file"))]
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

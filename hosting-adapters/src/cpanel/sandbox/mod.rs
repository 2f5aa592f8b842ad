//! A WHM server on this machine, with state: it speaks WHM API 1 as the real one does.
//!
//! | file | holds |
//! |---|---|
//! | `handle.rs` | the server as whoever started it holds it |
//! | `server.rs` | addresses, credentials, the pages of a customer's session |
//! | `envelope.rs` | the shapes of answers |
//! | `functions.rs` | which function needs which right, and who does it |
//! | `look_ups.rs` | the functions that look |
//! | `changes.rs` | the functions that change accounts |
//! | `rules.rs` | what the panel accepts |
//! | `state.rs` | accounts, packages, logins |
//!
//! Its failure texts are those that real panels were seen to send. Where nobody knows what a real one
//! says (suspending twice, a missing right), the words here are invented, and the adapter must not
//! depend on them.
//!
//! Deliberately absent: mail, DNS, files. An account here is a row.

mod changes;
mod envelope;
mod functions;
mod handle;
mod look_ups;
mod rules;
mod server;
mod state;

pub use handle::{Lock, WhmSandbox};
pub use server::Running;
pub use state::{SandboxAccount, SandboxPackage, SandboxSuspension, SeenCall};

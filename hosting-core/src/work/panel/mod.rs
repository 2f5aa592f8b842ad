//! Tasks at panels: make, switch off and on, remove, change, look.
//!
//! Every task first reads what the subscription wants *now*; a wish that has passed is not carried
//! out. Every attempt but the first looks at the panel before it acts (law 3). A removal always
//! looks first. A panel that lets nobody in is left in peace, and its tasks wait (D4).

mod change;
mod create;
mod door;
mod remove;
mod reserve;
mod site;
mod switch;

pub(super) use change::{change_package, reset_password, sync};
pub(super) use create::{create, creation_given_up};
pub(super) use remove::terminate;
pub(super) use switch::{suspend, unsuspend};

//! Accounts on panels: choose and reserve before the first call, then take in what the panel said.

mod creation;
mod order;
mod outcome;
mod password;
mod pause;
mod place;

pub use creation::{
    Absence, absence, creation_called, creation_dropped, creation_refused, looked_in_vain,
    next_look,
};
pub use order::{Origin, no_longer_wanted};
pub(crate) use outcome::creation_key;
pub use outcome::{
    Missing, Sighting, Wanted, account_created, account_failed, account_renamed, account_suspended,
    account_synced, account_terminated, account_unsuspended, missing, wanted,
};
pub use password::{PasswordRefusal, panel_password, reset_panel_password};
pub(crate) use pause::clear_pause;
pub use pause::{CALLERS, Gate, crowd, gate, pause_server, resume_server, try_server};
pub use place::{PlaceRefusal, Reserved, place, username};

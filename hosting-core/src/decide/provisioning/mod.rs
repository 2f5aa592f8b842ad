//! Accounts on panels: choose and reserve before the first call, then take in what the panel said.

mod outcome;
mod password;
mod place;

pub use outcome::{
    Wanted, account_created, account_failed, account_renamed, account_suspended, account_synced,
    account_terminated, account_unsuspended, wanted,
};
pub use password::{PasswordRefusal, panel_password, reset_panel_password};
pub use place::{PlaceRefusal, Reserved, place, username};

//! Verbs about who may log in and act: register, prove an address, log in and out, choose a new
//! password, keys for programs, staff.
//!
//! Passwords arrive as finished hashes and tokens as the hash of 32 random bytes together with their
//! sealed text: nothing here can compute either, and nothing here ever sees a plain secret.
//!
//! These promises hold whatever runs at the same time. *A changed password ends every other session and
//! every key*: logging in rewrites the user's row and making a key guards it, so they and a change of
//! the password conflict, and the loser decides again. Keys end with the password because whoever
//! knew the old one could have made them; a program that loses its key is noticed, a stolen key is
//! not. *A link to choose a password dies with the account's next change*: it is good only
//! while [`User::updated_at`](crate::model::User::updated_at) is not later than the link; logging in leaves that instant alone.
//! *Somebody can always let the others in*: whoever takes the last active admin away is refused, and the
//! admin who is left is guarded, so that two who take each other away do not both succeed. *Nobody gives
//! away more than they hold* ([`Manager`]), and who gives is guarded too.

mod api_key;
mod authority;
mod email;
mod field;
mod link;
mod password;
mod people;
mod register;
mod session;
mod staff;
#[cfg(test)]
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that panics has failed, as it should"
)]
mod tests;

pub use api_key::{
    ApiKeyRefusal, MOST_API_KEYS, NewApiKey, create_api_key, note_use, revoke_api_key,
};
pub use authority::Manager;
pub use email::{EmailRefusal, ask_for_email, change_email, correct_email};
pub use field::FieldOutOfRange;
pub use link::{
    MailToken, TokenRefusal, answer_guest, ask_for_link, send_link, token_lasts, verify_email,
};
pub use password::{Credentials, change_password, reset_password};
pub use people::{NewPerson, add_user, enrol, invite_again};
pub use register::{Registration, register};
pub use session::{LoginRefusal, MOST_SESSIONS, NewSession, SESSION_LASTS, end_session, log_in};
pub use staff::{
    NewStaff, StaffRefusal, change_role, create_staff, disable_user, enable_user, end_sessions,
    is_witness, revoke_keys,
};

pub(super) use field::{address, company, line, locale, maybe};

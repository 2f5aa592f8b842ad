//! What the panel accepts.

use super::{envelope::Reply, state::State};
use crate::cpanel::username;

/// The strength that the server asks for, of 100.
const MIN_STRENGTH: usize = 65;

/// Whether a new account may be called `name`.
pub(super) fn username(state: &State, name: &str) -> Result<(), Reply> {
    if !username::accepts(name) {
        return Err(Reply::failed(format!(
            "Sorry, “{name}” is not a valid username on this system."
        )));
    }
    if state.accounts.contains_key(name) {
        return Err(Reply::failed(format!(
            "(XID wp7n4c) This system already has an account named “{name}”."
        )));
    }
    if state.half_made.contains(name) {
        return Err(Reply::failed("Sorry, a group for that username already exists."));
    }
    // Database names begin with the first eight letters, so two accounts cannot share them.
    let prefix = |it: &str| it.chars().take(8).collect::<String>();
    if state.accounts.keys().any(|it| prefix(it) == prefix(name)) {
        return Err(Reply::failed(format!(
            "The name of another account on this server has the same initial 8 characters as the given \
             username ({name})."
        )));
    }
    Ok(())
}

/// Whether a new account may have `domain`.
pub(super) fn domain(state: &State, domain: &str) -> Result<(), Reply> {
    let label = |it: &str| {
        !it.is_empty()
            && it.len() <= 63
            && !it.starts_with('-')
            && !it.ends_with('-')
            && it.chars().all(|it| it.is_ascii_alphanumeric() || it == '-')
    };
    if domain.len() > 253 || !domain.contains('.') || !domain.split('.').all(label) {
        return Err(Reply::failed("Sorry, that’s an invalid domain"));
    }
    if state.accounts.values().any(|it| it.domain.eq_ignore_ascii_case(domain)) {
        return Err(Reply::failed(format!(
            "(XID k3m9qd) The domain “{domain}” already exists in the userdata."
        )));
    }
    Ok(())
}

/// Whether `password` is strong enough.
pub(super) fn password(password: &str) -> Result<(), Reply> {
    if password.chars().count() < 8 {
        return Err(Reply::failed("Sorry, passwords must be at least 8 characters."));
    }
    if strength(password) < MIN_STRENGTH {
        return Err(Reply::failed(format!(
            "Sorry, the password you selected cannot be used because it is too weak and would be too easy \
             to guess. Please select a password with a strength rating of {MIN_STRENGTH} or higher."
        )));
    }
    Ok(())
}

/// A crude measure: variety counts, and so does length.
fn strength(password: &str) -> usize {
    let kinds: [fn(char) -> bool; 4] = [
        |it| it.is_ascii_lowercase(),
        |it| it.is_ascii_uppercase(),
        |it| it.is_ascii_digit(),
        |it| !it.is_ascii_alphanumeric(),
    ];
    let variety = kinds.iter().filter(|kind| password.chars().any(**kind)).count();
    let mut letters: Vec<char> = password.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    (variety * 12 + letters.len() * 4).min(100)
}

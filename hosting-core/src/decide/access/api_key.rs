//! Credentials of programs.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    field::{FieldOutOfRange, line},
    session::{credentials, notify},
};
use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::Versioned,
    model::{ApiKey, ApiKeyId, MailKind, Permission, User, access::TokenHash},
};

/// How many keys one user may have that still work.
pub const MOST_API_KEYS: usize = 50;

/// Why a key is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyRefusal {
    /// The name does not fit.
    #[error(transparent)]
    Field(#[from] FieldOutOfRange),
    /// A key can never do more than its user.
    #[error("you do not hold the permission `{0}` yourself")]
    Beyond(Permission),
    /// A key that can do nothing.
    #[error("a key needs at least one scope")]
    NoScopes,
    /// It would end before it begins.
    #[error("the key would have expired already")]
    Expired,
    /// [`MOST_API_KEYS`].
    #[error("there are {MOST_API_KEYS} working keys already; revoke one first")]
    TooMany,
}

/// A program's credential that is about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// Identifies the key; part of the credential, so it is chosen before.
    pub id: ApiKeyId,
    /// What people call it; 1 to 80 characters.
    pub name: String,
    /// Hash of the secret part.
    pub secret_hash: TokenHash,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Makes a key that acts in the user's name and tells them by mail. `own` are the user's keys so far.
///
/// # Errors
/// An [`ApiKeyRefusal`].
pub fn create_api_key(
    ctx: &Context<'_>,
    user: &Versioned<User>,
    own: &[Versioned<ApiKey>],
    wish: &NewApiKey,
) -> Result<(ChangeSet, ApiKey), ApiKeyRefusal> {
    let now = ctx.now();
    let mut scopes = wish.scopes.clone();
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(ApiKeyRefusal::NoScopes);
    }
    if let Some(beyond) = scopes.iter().find(|it| !user.role.holds(**it)) {
        return Err(ApiKeyRefusal::Beyond(*beyond));
    }
    if wish.expires_at.is_some_and(|it| it <= now) {
        return Err(ApiKeyRefusal::Expired);
    }
    if own.iter().filter(|it| works(it, now)).count() >= MOST_API_KEYS {
        return Err(ApiKeyRefusal::TooMany);
    }
    let key = ApiKey {
        id: wish.id,
        user_id: user.id,
        name: line("name", &wish.name, 80)?,
        secret_hash: wish.secret_hash.clone(),
        scopes,
        expires_at: wish.expires_at,
        last_used_at: None,
        revoked_at: None,
        created_at: now,
        updated_at: now,
    };
    let mut set = ChangeSet::default();
    // A new version, not a guard: a role that shrinks in between leaves no key with more than its user, and
    // whoever ends all keys meanwhile looks again.
    set.users.change(user.clone());
    set.api_keys.add(key.clone());
    credentials(ctx, &mut set, user.id, "api_key");
    notify(ctx, &mut set, user.id, MailKind::ApiKeyCreated);
    Ok((set, key))
}

fn works(key: &ApiKey, now: DateTime<Utc>) -> bool {
    key.revoked_at.is_none() && key.expires_at.is_none_or(|it| it > now)
}

/// Ends a key. Ending it twice is ending it once.
pub fn revoke_api_key(ctx: &Context<'_>, key: &Versioned<ApiKey>) -> ChangeSet {
    let mut set = ChangeSet::default();
    if key.revoked_at.is_none() {
        let now = ctx.now();
        let ended = ApiKey { revoked_at: Some(now), updated_at: now, ..key.value.clone() };
        set.api_keys.change(key.with(ended));
        credentials(ctx, &mut set, key.user_id, "api_key");
    }
    set
}

/// Notes that the key was used: at most once an hour, so that reading stays reading. No fact is
/// recorded; what the key did is.
pub fn note_use(ctx: &Context<'_>, key: &Versioned<ApiKey>) -> Option<ChangeSet> {
    let now = ctx.now();
    let hour_ago = now.checked_sub_signed(TimeDelta::hours(1))?;
    if key.last_used_at.is_some_and(|it| it > hour_ago) {
        return None;
    }
    let mut set = ChangeSet::default();
    let used = ApiKey { last_used_at: Some(now), updated_at: now, ..key.value.clone() };
    set.api_keys.change(key.with(used));
    Some(set)
}

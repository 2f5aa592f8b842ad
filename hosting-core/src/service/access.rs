//! Logging in and everything around it: load, decide, commit; decide again on conflict.
//!
//! The verbs and their promises are in [`decide::access`](crate::decide::access). Passwords arrive
//! here as finished hashes; tokens arrive as a [`FreshToken`], made where dice and SHA-256 are. What
//! a guest asks for (`register`, `request_reset`, `resend_verification`) answers the same whether or
//! not the address is known here.

use crate::{
    change::{ChangeSet, Unique},
    decide::{
        Context,
        access::{
            self as verbs, ApiKeyRefusal, FieldOutOfRange, LoginRefusal, MailToken, NewApiKey,
            NewSession, NewStaff, Registration, StaffRefusal, TokenRefusal,
        },
    },
    kernel::{Email, Secret, Versioned},
    model::{
        ApiKey, ApiKeyId, Session, SessionId, TokenPurpose, User, UserId,
        access::{PasswordHash, TokenHash},
    },
    port::{SecretBox, Store, StoreError},
};

/// How often a decision is made again before the conflict is somebody else's to solve.
const TRIES: u32 = 8;

/// Why a use case did not happen.
#[derive(Debug, thiserror::Error)]
pub enum AccessError<R: std::error::Error> {
    /// The rules say no.
    #[error("{0}")]
    Refused(R),
    /// There is no such thing, or it is somebody else's: callers are not told which.
    #[error("there is no such thing")]
    NotFound,
    /// What must be unique is there already.
    #[error("it is already there ({0})")]
    Taken(Unique),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
}

impl<R: std::error::Error> From<StoreError> for AccessError<R> {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate(unique) => Self::Taken(unique),
            other => Self::Store(other),
        }
    }
}

type Outcome<T, R> = Result<T, AccessError<R>>;

/// A token that was just made: its text for the one who gets it, its hash for the row.
#[derive(Debug, Clone)]
pub struct FreshToken {
    /// The text that is mailed or shown once.
    pub text: Secret,
    /// SHA-256 of its 32 bytes.
    pub hash: TokenHash,
}

/// Where a mailed token of `user_id` is sealed; the mail's worker opens it there.
pub fn token_place(user_id: UserId) -> String {
    format!("tasks/token/{}", user_id.stored())
}

fn seal(
    ctx: &Context<'_>,
    secrets: &dyn SecretBox,
    user_id: UserId,
    token: &FreshToken,
) -> MailToken {
    let mut nonce = [0; 24];
    for (to, from) in nonce.iter_mut().zip(ctx.mint().bytes()) {
        *to = from;
    }
    let sealed = secrets.seal(&token.text, &token_place(user_id), nonce);
    MailToken { id: ctx.id(), hash: token.hash.clone(), sealed }
}

/// Commits what `$decide` answers, deciding again (with fresh reads) on conflict.
macro_rules! settle {
    ($store:expr, $decide:block) => {{
        let mut tries = 0_u32;
        loop {
            let (changes, answer): (ChangeSet, _) = $decide;
            if changes.is_empty() {
                break Ok(answer);
            }
            match $store.commit(changes).await {
                Ok(_) => break Ok(answer),
                Err(error) if error.is_conflict() && tries < TRIES => {
                    tries = tries.saturating_add(1)
                }
                Err(error) => break Err(error.into()),
            }
        }
    }};
}

async fn known<R: std::error::Error>(store: &dyn Store, id: UserId) -> Outcome<Versioned<User>, R> {
    let user = store.user(id).await?.filter(|it| it.deleted_at.is_none());
    user.ok_or(AccessError::NotFound)
}

/// Registers a customer and mails them a link. When the address is taken, its owner is mailed a
/// link instead — to prove it, or to choose a new password — and the caller is told the same.
///
/// # Errors
/// A text that does not fit; a store that failed.
pub async fn register(
    store: &dyn Store,
    secrets: &dyn SecretBox,
    ctx: &Context<'_>,
    wish: &Registration,
    token: &FreshToken,
) -> Outcome<(), FieldOutOfRange> {
    let user_id = ctx.id();
    let link = seal(ctx, secrets, user_id, token);
    let changes = verbs::register(ctx, user_id, wish, &link).map_err(AccessError::Refused)?;
    match store.commit(changes).await {
        Ok(_) => Ok(()),
        Err(StoreError::Duplicate(Unique::UserEmail)) => {
            let there = store.user_by_email(&wish.email).await?;
            let verified = there.is_some_and(|it| it.email_verified_at.is_some());
            let purpose =
                if verified { TokenPurpose::ResetPassword } else { TokenPurpose::VerifyEmail };
            Ok(mail_if_known(store, secrets, ctx, &wish.email, purpose, token).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Mails a link to prove the address, if there is an account that still has to.
///
/// # Errors
/// A store that failed; nothing tells whether there is such an account.
pub async fn resend_verification(
    store: &dyn Store,
    secrets: &dyn SecretBox,
    ctx: &Context<'_>,
    email: &Email,
    token: &FreshToken,
) -> Result<(), StoreError> {
    mail_if_known(store, secrets, ctx, email, TokenPurpose::VerifyEmail, token).await
}

/// Mails a link to choose a new password, if there is such an account.
///
/// # Errors
/// A store that failed; nothing tells whether there is such an account.
pub async fn request_reset(
    store: &dyn Store,
    secrets: &dyn SecretBox,
    ctx: &Context<'_>,
    email: &Email,
    token: &FreshToken,
) -> Result<(), StoreError> {
    mail_if_known(store, secrets, ctx, email, TokenPurpose::ResetPassword, token).await
}

async fn mail_if_known(
    store: &dyn Store,
    secrets: &dyn SecretBox,
    ctx: &Context<'_>,
    email: &Email,
    purpose: TokenPurpose,
    token: &FreshToken,
) -> Result<(), StoreError> {
    settle!(store, {
        let Some(user) = store.user_by_email(email).await? else { return Ok(()) };
        let link = seal(ctx, secrets, user.id, token);
        match verbs::send_link(ctx, &user, purpose, &link) {
            Ok(changes) => (changes, ()),
            Err(
                TokenRefusal::Unusable | TokenRefusal::Disabled | TokenRefusal::AlreadyVerified,
            ) => {
                return Ok(());
            }
        }
    })
}

/// The address is theirs: they opened the link.
///
/// # Errors
/// [`TokenRefusal`], also for a token that was never made.
pub async fn verify_email(
    store: &dyn Store,
    ctx: &Context<'_>,
    hash: &TokenHash,
) -> Outcome<UserId, TokenRefusal> {
    settle!(store, {
        let unusable = || AccessError::Refused(TokenRefusal::Unusable);
        let token = store.one_time_token(hash).await?.ok_or_else(unusable)?;
        let user = store.user(token.user_id).await?.ok_or_else(unusable)?;
        (verbs::verify_email(ctx, &user, &token).map_err(AccessError::Refused)?, user.id)
    })
}

/// Chooses a new password with a mailed link. All sessions end.
///
/// # Errors
/// [`TokenRefusal`], also for a token that was never made.
pub async fn reset_password(
    store: &dyn Store,
    ctx: &Context<'_>,
    hash: &TokenHash,
    new_hash: &PasswordHash,
) -> Outcome<UserId, TokenRefusal> {
    settle!(store, {
        let unusable = || AccessError::Refused(TokenRefusal::Unusable);
        let token = store.one_time_token(hash).await?.ok_or_else(unusable)?;
        let user = store.user(token.user_id).await?.ok_or_else(unusable)?;
        let live = store.live_sessions(user.id, ctx.now()).await?;
        let changes = verbs::reset_password(ctx, &user, &token, new_hash, &live);
        (changes.map_err(AccessError::Refused)?, user.id)
    })
}

/// Logs a browser in. `proved` is the hash the password was checked against.
///
/// # Errors
/// [`LoginRefusal`].
pub async fn log_in(
    store: &dyn Store,
    ctx: &Context<'_>,
    user_id: UserId,
    proved: &PasswordHash,
    rehashed: Option<&PasswordHash>,
    wish: &NewSession,
) -> Outcome<Session, LoginRefusal> {
    settle!(store, {
        let user = known(store, user_id).await?;
        let live = store.live_sessions(user_id, ctx.now()).await?;
        verbs::log_in(ctx, &user, &live, proved, rehashed.cloned(), wish)
            .map_err(AccessError::Refused)?
    })
}

/// Replaces the password of somebody who is logged in and just proved the old one; every session but
/// `keep` ends.
///
/// # Errors
/// [`LoginRefusal`].
pub async fn change_password(
    store: &dyn Store,
    ctx: &Context<'_>,
    user_id: UserId,
    proved: &PasswordHash,
    new_hash: &PasswordHash,
    keep: Option<SessionId>,
) -> Outcome<(), LoginRefusal> {
    settle!(store, {
        let user = known(store, user_id).await?;
        let live = store.live_sessions(user_id, ctx.now()).await?;
        let changes = verbs::change_password(ctx, &user, proved, new_hash, &live, keep);
        (changes.map_err(AccessError::Refused)?, ())
    })
}

/// Ends the session with that token, if it has not ended.
///
/// # Errors
/// A store that failed.
pub async fn log_out(
    store: &dyn Store,
    ctx: &Context<'_>,
    hash: &TokenHash,
) -> Result<(), StoreError> {
    settle!(store, {
        let Some(session) = store.session_by_token(hash).await? else { return Ok(()) };
        (verbs::end_session(ctx, &session), ())
    })
}

/// Ends one of `user_id`'s own live sessions.
///
/// # Errors
/// [`AccessError::NotFound`] when it is not live or not theirs.
pub async fn end_session(
    store: &dyn Store,
    ctx: &Context<'_>,
    user_id: UserId,
    session_id: SessionId,
) -> Outcome<(), std::convert::Infallible> {
    settle!(store, {
        let live = store.live_sessions(user_id, ctx.now()).await?;
        let session = live.iter().find(|it| it.id == session_id).ok_or(AccessError::NotFound)?;
        (verbs::end_session(ctx, session), ())
    })
}

/// Makes a key that acts in `user_id`'s name.
///
/// # Errors
/// [`ApiKeyRefusal`].
pub async fn create_api_key(
    store: &dyn Store,
    ctx: &Context<'_>,
    user_id: UserId,
    wish: &NewApiKey,
) -> Outcome<ApiKey, ApiKeyRefusal> {
    settle!(store, {
        let user = known(store, user_id).await?;
        let own = store.api_keys(user_id).await?;
        verbs::create_api_key(ctx, &user, &own, wish).map_err(AccessError::Refused)?
    })
}

/// Ends one of `user_id`'s own keys.
///
/// # Errors
/// [`AccessError::NotFound`] when it is not theirs.
pub async fn revoke_api_key(
    store: &dyn Store,
    ctx: &Context<'_>,
    user_id: UserId,
    id: ApiKeyId,
) -> Outcome<(), std::convert::Infallible> {
    settle!(store, {
        let key = store.api_key(id).await?.filter(|it| it.user_id == user_id);
        let key = key.ok_or(AccessError::NotFound)?;
        (verbs::revoke_api_key(ctx, &key), ())
    })
}

/// Notes that a key was used, at most once an hour. A conflict means somebody else just noted it.
///
/// # Errors
/// A store that failed.
pub async fn note_key_use(
    store: &dyn Store,
    ctx: &Context<'_>,
    key: &Versioned<ApiKey>,
) -> Result<(), StoreError> {
    let Some(changes) = verbs::note_use(ctx, key) else { return Ok(()) };
    match store.commit(changes).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_conflict() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes a staff member. With `invitation` they are mailed a link to choose their password.
///
/// # Errors
/// [`StaffRefusal`]; [`AccessError::Taken`] when the address has an account.
pub async fn create_staff(
    store: &dyn Store,
    secrets: &dyn SecretBox,
    ctx: &Context<'_>,
    wish: &NewStaff,
    invitation: Option<&FreshToken>,
) -> Outcome<User, StaffRefusal> {
    let user_id = ctx.id();
    let link = invitation.map(|it| seal(ctx, secrets, user_id, it));
    let decided = verbs::create_staff(ctx, user_id, wish, link.as_ref());
    let (changes, user) = decided.map_err(AccessError::Refused)?;
    store.commit(changes).await?;
    Ok(user)
}

/// Shuts an account; its sessions end and its keys stop.
///
/// # Errors
/// [`StaffRefusal`].
pub async fn disable_user(
    store: &dyn Store,
    ctx: &Context<'_>,
    by: UserId,
    user_id: UserId,
) -> Outcome<User, StaffRefusal> {
    settle!(store, {
        let user = known(store, user_id).await?;
        let live = store.live_sessions(user_id, ctx.now()).await?;
        let changes = verbs::disable_user(ctx, by, &user, &live).map_err(AccessError::Refused)?;
        let after = changes.users.changed.first().map_or(user.value, |it| it.value.clone());
        (changes, after)
    })
}

/// Opens an account again.
///
/// # Errors
/// [`StaffRefusal`].
pub async fn enable_user(
    store: &dyn Store,
    ctx: &Context<'_>,
    user_id: UserId,
) -> Outcome<User, StaffRefusal> {
    settle!(store, {
        let user = known(store, user_id).await?;
        let changes = verbs::enable_user(ctx, &user).map_err(AccessError::Refused)?;
        let after = changes.users.changed.first().map_or(user.value, |it| it.value.clone());
        (changes, after)
    })
}

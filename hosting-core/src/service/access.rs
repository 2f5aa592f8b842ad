//! Logging in and everything around it: load, decide, commit; decide again on conflict.
//!
//! The verbs and their promises are in [`decide::access`](crate::decide::access). Passwords arrive
//! here as finished hashes; tokens arrive as a [`FreshToken`], made where dice and SHA-256 are. What
//! a guest asks for (`register`, `request_reset`, `resend_verification`) answers the same whether or
//! not the address is known here.

mod email;
mod people;

pub use email::{ask_for_email, confirm_address};
pub use people::{
    add_user, change_role, correct_email, create_staff, disable_user, enable_user, end_sessions,
    enrol, invite_again, revoke_keys,
};

use super::{Never, Ports, ServiceError, decide_again};
use crate::{
    change::Unique,
    decide::{
        Context,
        access::{
            self as verbs, ApiKeyRefusal, Credentials, FieldOutOfRange, LoginRefusal, MailToken,
            NewApiKey, NewSession, Registration, TokenRefusal,
        },
    },
    kernel::{Email, Secret, Versioned},
    model::{
        Actor, ApiKey, ApiKeyId, Customer, LinkCause, OneTimeToken, OneTimeTokenId, Session,
        SessionId, User, UserId,
        access::{PasswordHash, TokenHash},
    },
    port::{Store, StoreError},
};

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

fn seal(ports: &Ports, ctx: &Context<'_>, user_id: UserId, token: &FreshToken) -> MailToken {
    let sealed = ports.secrets.seal(&token.text, &token_place(user_id), ports.nonce());
    MailToken { id: ctx.id(), hash: token.hash.clone(), sealed }
}

async fn known<R: std::error::Error + 'static>(
    store: &dyn Store,
    id: UserId,
) -> Result<Versioned<User>, ServiceError<R>> {
    let user = store.user(id).await?.filter(|it| it.deleted_at.is_none());
    user.ok_or(ServiceError::NotFound("user"))
}

/// The customer that a user acts for, if they buy here.
async fn customer_of(
    store: &dyn Store,
    user: &User,
) -> Result<Option<Versioned<Customer>>, StoreError> {
    let Some(id) = user.customer_id else { return Ok(None) };
    store.customer(id).await
}

async fn opened(
    store: &dyn Store,
    hash: &TokenHash,
) -> Result<(Versioned<OneTimeToken>, Versioned<User>), ServiceError<TokenRefusal>> {
    let unusable = || ServiceError::Refused(TokenRefusal::Unusable);
    let token = store.one_time_token(hash).await?.ok_or_else(unusable)?;
    let user = store.user(token.user_id).await?.ok_or_else(unusable)?;
    Ok((token, user))
}

/// Where the token of a link is sealed until it is known whether anybody has the address.
pub(crate) fn link_place(token_id: OneTimeTokenId) -> String {
    format!("tasks/link/{}", token_id.stored())
}

/// Registers a customer and mails them a link. When the address is taken, its owner is mailed a
/// link to choose a new password instead, and the caller is told the same.
///
/// # Errors
/// A text that does not fit; a store that failed.
pub async fn register(
    ports: &Ports,
    actor: &Actor,
    wish: &Registration,
    token: &FreshToken,
) -> Result<(), ServiceError<FieldOutOfRange>> {
    let ctx = &Context::new(ports.mint(), actor);
    let store = &*ports.store;
    let user_id = ctx.id();
    let link = seal(ports, ctx, user_id, token);
    let changes = verbs::register(ctx, user_id, wish, &link).map_err(ServiceError::Refused)?;
    match store.commit(changes).await {
        Ok(_) => Ok(()),
        Err(StoreError::Duplicate(Unique::UserEmail)) => {
            let cause = LinkCause::RegisteredAgain;
            Ok(mail_if_known(ports, actor, &wish.email, cause, token).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Mails a link to prove the address, if there is an account that still has to.
///
/// # Errors
/// A store that failed; nothing tells whether there is such an account.
pub async fn resend_verification(
    ports: &Ports,
    actor: &Actor,
    email: &Email,
    token: &FreshToken,
) -> Result<(), StoreError> {
    mail_if_known(ports, actor, email, LinkCause::Resend, token).await
}

/// Mails a link to choose a new password, if there is such an account.
///
/// # Errors
/// A store that failed; nothing tells whether there is such an account.
pub async fn request_reset(
    ports: &Ports,
    actor: &Actor,
    email: &Email,
    token: &FreshToken,
) -> Result<(), StoreError> {
    mail_if_known(ports, actor, email, LinkCause::Forgotten, token).await
}

async fn mail_if_known(
    ports: &Ports,
    actor: &Actor,
    email: &Email,
    cause: LinkCause,
    token: &FreshToken,
) -> Result<(), StoreError> {
    let ctx = &Context::new(ports.mint(), actor);
    let id = ctx.id();
    let sealed = ports.secrets.seal(&token.text, &link_place(id), ports.nonce());
    let link = MailToken { id, hash: token.hash.clone(), sealed };
    ports.store.commit(verbs::ask_for_link(ctx, email, cause, &link)).await?;
    Ok(())
}

/// The address is theirs: they opened the link.
///
/// # Errors
/// [`TokenRefusal`], also for a token that was never made.
pub async fn verify_email(
    ports: &Ports,
    actor: &Actor,
    hash: &TokenHash,
) -> Result<UserId, ServiceError<TokenRefusal>> {
    let ctx = &Context::new(ports.mint(), actor);
    let store = &*ports.store;
    let done = decide_again!(store, {
        let (token, user) = opened(store, hash).await?;
        (verbs::verify_email(ctx, &user, &token).map_err(ServiceError::Refused)?, user.id)
    });
    Ok(done?.1)
}

/// Chooses a new password with a mailed link. All sessions and keys end.
///
/// # Errors
/// [`TokenRefusal`], also for a token that was never made.
pub async fn reset_password(
    ports: &Ports,
    actor: &Actor,
    hash: &TokenHash,
    new_hash: &PasswordHash,
) -> Result<UserId, ServiceError<TokenRefusal>> {
    let ctx = &Context::new(ports.mint(), actor);
    let store = &*ports.store;
    let done = decide_again!(store, {
        let (token, user) = opened(store, hash).await?;
        let sessions = &store.live_sessions(user.id, ctx.now()).await?;
        let out = Credentials { sessions, keys: &store.api_keys(user.id).await? };
        let changes = verbs::reset_password(ctx, &user, &token, new_hash, out);
        (changes.map_err(ServiceError::Refused)?, user.id)
    });
    Ok(done?.1)
}

/// Logs a browser in. `proved` is the hash the password was checked against.
///
/// # Errors
/// [`LoginRefusal`].
pub async fn log_in(
    ports: &Ports,
    actor: &Actor,
    user_id: UserId,
    proved: &PasswordHash,
    rehashed: Option<&PasswordHash>,
    wish: &NewSession,
) -> Result<Session, ServiceError<LoginRefusal>> {
    let ctx = &Context::new(ports.mint(), actor);
    let store = &*ports.store;
    let done = decide_again!(store, {
        let user = known(store, user_id).await?;
        let live = store.live_sessions(user_id, ctx.now()).await?;
        verbs::log_in(ctx, &user, &live, proved, rehashed.cloned(), wish)
            .map_err(ServiceError::Refused)?
    });
    Ok(done?.1)
}

/// Replaces the password of somebody who is logged in and just proved the old one; every session but
/// `keep` ends, and every key.
///
/// # Errors
/// [`LoginRefusal`].
pub async fn change_password(
    ports: &Ports,
    actor: &Actor,
    user_id: UserId,
    proved: &PasswordHash,
    new_hash: &PasswordHash,
    keep: Option<SessionId>,
) -> Result<(), ServiceError<LoginRefusal>> {
    let ctx = &Context::new(ports.mint(), actor);
    let store = &*ports.store;
    let done = decide_again!(store, {
        let user = known(store, user_id).await?;
        let sessions = &store.live_sessions(user_id, ctx.now()).await?;
        let out = Credentials { sessions, keys: &store.api_keys(user_id).await? };
        let changes = verbs::change_password(ctx, &user, proved, new_hash, out, keep);
        (changes.map_err(ServiceError::Refused)?, ())
    });
    done?;
    Ok(())
}

/// Ends the session with that token, if it has not ended.
///
/// # Errors
/// A store that failed.
pub async fn log_out(ports: &Ports, actor: &Actor, hash: &TokenHash) -> Result<(), StoreError> {
    let ctx = &Context::new(ports.mint(), actor);
    let store = &*ports.store;
    let done = decide_again!(store, {
        let Some(session) = store.session_by_token(hash).await? else { return Ok(()) };
        (verbs::end_session(ctx, &session), ())
    });
    done?;
    Ok(())
}

/// Ends one of `user_id`'s own live sessions.
///
/// # Errors
/// [`ServiceError::NotFound`] when it is not live or not theirs.
pub async fn end_session(
    ports: &Ports,
    actor: &Actor,
    user_id: UserId,
    session_id: SessionId,
) -> Result<(), ServiceError<Never>> {
    let ctx = &Context::new(ports.mint(), actor);
    let store = &*ports.store;
    let done = decide_again!(store, {
        let live = store.live_sessions(user_id, ctx.now()).await?;
        let session = live.iter().find(|it| it.id == session_id);
        let session = session.ok_or(ServiceError::NotFound("session"))?;
        (verbs::end_session(ctx, session), ())
    });
    done?;
    Ok(())
}

/// Makes a key that acts in `user_id`'s name.
///
/// # Errors
/// [`ApiKeyRefusal`].
pub async fn create_api_key(
    ports: &Ports,
    actor: &Actor,
    user_id: UserId,
    wish: &NewApiKey,
) -> Result<ApiKey, ServiceError<ApiKeyRefusal>> {
    let ctx = &Context::new(ports.mint(), actor);
    let store = &*ports.store;
    let done = decide_again!(store, {
        let user = known(store, user_id).await?;
        let own = store.api_keys(user_id).await?;
        verbs::create_api_key(ctx, &user, &own, wish).map_err(ServiceError::Refused)?
    });
    Ok(done?.1)
}

/// Ends one of `user_id`'s own keys.
///
/// # Errors
/// [`ServiceError::NotFound`] when it is not theirs.
pub async fn revoke_api_key(
    ports: &Ports,
    actor: &Actor,
    user_id: UserId,
    id: ApiKeyId,
) -> Result<(), ServiceError<Never>> {
    let ctx = &Context::new(ports.mint(), actor);
    let store = &*ports.store;
    let done = decide_again!(store, {
        let key = store.api_key(id).await?.filter(|it| it.user_id == user_id);
        let key = key.ok_or(ServiceError::NotFound("API key"))?;
        (verbs::revoke_api_key(ctx, &key), ())
    });
    done?;
    Ok(())
}

/// Notes that a key was used, at most once an hour. A conflict means somebody else just noted it.
///
/// # Errors
/// A store that failed.
pub async fn note_key_use(
    ports: &Ports,
    actor: &Actor,
    key: &Versioned<ApiKey>,
) -> Result<(), StoreError> {
    let ctx = &Context::new(ports.mint(), actor);
    let store = &*ports.store;
    let Some(changes) = verbs::note_use(ctx, key) else { return Ok(()) };
    match store.commit(changes).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_conflict() => Ok(()),
        Err(error) => Err(error),
    }
}

//! Moving an account to another mail address: asking with the password, doing with the mailed link.

use super::{FreshToken, customer_of, known, opened, seal, verify_email};
use crate::{
    change::Unique,
    decide::{
        Context,
        access::{self as verbs, EmailRefusal, TokenRefusal},
    },
    kernel::Email,
    model::{
        Actor, SessionId, TokenPurpose, UserId,
        access::{PasswordHash, TokenHash},
    },
    port::StoreError,
    service::{Ports, ServiceError, decide_again},
};

/// Mails a link to `email` that moves the account there, and a notice to the present address. `proved` is
/// the hash the password was checked against. The answer, and the work until it, are the same whether or
/// not somebody has the address.
///
/// # Errors
/// [`EmailRefusal`].
pub async fn ask_for_email(
    ports: &Ports,
    actor: &Actor,
    user_id: UserId,
    proved: &PasswordHash,
    email: &Email,
    token: &FreshToken,
) -> Result<(), ServiceError<EmailRefusal>> {
    let ctx = &Context::new(ports.mint(), actor);
    let store = &*ports.store;
    let link = seal(ports, ctx, user_id, token);
    let done = decide_again!(store, {
        let user = known(store, user_id).await?;
        let changes = verbs::ask_for_email(ctx, &user, proved, email, &link);
        (changes.map_err(ServiceError::Refused)?, ())
    });
    done?;
    Ok(())
}

/// An address is theirs: they opened the link that was mailed there. It is the one they registered with,
/// or the one their account moves to; then every session but `keep` ends.
///
/// # Errors
/// [`TokenRefusal`], also for a token that was never made, and when somebody else has taken the address.
pub async fn confirm_address(
    ports: &Ports,
    actor: &Actor,
    hash: &TokenHash,
    keep: Option<SessionId>,
) -> Result<UserId, ServiceError<TokenRefusal>> {
    let store = &*ports.store;
    let (token, _) = opened(store, hash).await?;
    if token.purpose != TokenPurpose::ChangeEmail {
        return verify_email(ports, actor, hash).await;
    }
    let ctx = &Context::new(ports.mint(), actor);
    let done = decide_again!(store, {
        let (token, user) = opened(store, hash).await?;
        let customer = customer_of(store, &user).await?;
        let live = store.live_sessions(user.id, ctx.now()).await?;
        let changes = verbs::change_email(ctx, &user, customer.as_ref(), &token, &live, keep);
        (changes.map_err(ServiceError::Refused)?, user.id)
    });
    match done {
        Ok((_, user_id)) => Ok(user_id),
        Err(StoreError::Duplicate(Unique::UserEmail)) => {
            Err(ServiceError::Refused(TokenRefusal::Unusable))
        }
        Err(error) => Err(error.into()),
    }
}

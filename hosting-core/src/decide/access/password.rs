//! Choosing a new password.

use super::{
    link::{TokenRefusal, use_token},
    session::{LoginRefusal, credentials, end, may_act},
};
use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::Versioned,
    model::{Actor, OneTimeToken, Session, SessionId, TokenPurpose, User, access::PasswordHash},
};

/// Replaces the password and ends every live session but `keep`.
///
/// # Errors
/// When the password that proved who asks was replaced in between, or the account is shut.
pub fn change_password(
    ctx: &Context<'_>,
    user: &Versioned<User>,
    proved: &PasswordHash,
    new_hash: &PasswordHash,
    live: &[Versioned<Session>],
    keep: Option<SessionId>,
) -> Result<ChangeSet, LoginRefusal> {
    if user.password_hash != *proved {
        return Err(LoginRefusal::WrongCredentials);
    }
    if !may_act(user) {
        return Err(LoginRefusal::Disabled);
    }
    let mut set = ChangeSet::default();
    replace_password(ctx, &mut set, user.clone(), new_hash, live, keep);
    Ok(set)
}

fn replace_password(
    ctx: &Context<'_>,
    set: &mut ChangeSet,
    mut user: Versioned<User>,
    new_hash: &PasswordHash,
    live: &[Versioned<Session>],
    keep: Option<SessionId>,
) {
    let user_id = user.id;
    user.value.password_hash = new_hash.clone();
    user.value.updated_at = ctx.now();
    set.users.change(user);
    for session in live.iter().filter(|it| Some(it.id) != keep) {
        end(ctx, set, session);
    }
    credentials(ctx, set, user_id, "password");
}

/// Replaces the password of somebody who opened a mailed link, and ends all their sessions. The
/// link proves the address as well.
///
/// # Errors
/// When the link does not work (any more).
pub fn reset_password(
    ctx: &Context<'_>,
    user: &Versioned<User>,
    token: &Versioned<OneTimeToken>,
    new_hash: &PasswordHash,
    live: &[Versioned<Session>],
) -> Result<ChangeSet, TokenRefusal> {
    let mut set = ChangeSet::default();
    use_token(ctx, &mut set, user, token, TokenPurpose::ResetPassword)?;
    let actor = Actor::User { user_id: user.id };
    let ctx = &Context::new(*ctx.mint(), &actor);
    let mut user = user.clone();
    user.value.email_verified_at = user.email_verified_at.or(Some(ctx.now()));
    replace_password(ctx, &mut set, user, new_hash, live, None);
    Ok(set)
}

//! Choosing a new password.

use super::{
    api_key::revoke_api_key,
    link::{TokenRefusal, outdate_links, use_token},
    session::{LoginRefusal, credentials, end, may_act, notify},
};
use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::Versioned,
    model::{
        Actor, ApiKey, MailKind, OneTimeToken, Session, SessionId, TokenPurpose, User,
        access::PasswordHash,
    },
};

/// The links that choose a password.
const CHOOSES: [TokenPurpose; 2] = [TokenPurpose::ResetPassword, TokenPurpose::Invitation];

/// What a new password ends: everything that may have been made by whoever knew the old one.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    /// Sessions that are live.
    pub sessions: &'a [Versioned<Session>],
    /// All keys of the user.
    pub keys: &'a [Versioned<ApiKey>],
}

/// Replaces the password, ends every live session but `keep`, revokes every key, and tells the user
/// by mail.
///
/// # Errors
/// When the password that proved who asks was replaced in between, or the account is shut.
pub fn change_password(
    ctx: &Context<'_>,
    user: &Versioned<User>,
    proved: &PasswordHash,
    new_hash: &PasswordHash,
    out: Credentials<'_>,
    keep: Option<SessionId>,
) -> Result<ChangeSet, LoginRefusal> {
    if user.password_hash != *proved {
        return Err(LoginRefusal::WrongCredentials);
    }
    if !may_act(user) {
        return Err(LoginRefusal::Disabled);
    }
    let mut set = ChangeSet::default();
    replace_password(ctx, &mut set, user.clone(), new_hash, out, keep);
    notify(ctx, &mut set, user.id, MailKind::PasswordChanged);
    Ok(set)
}

fn replace_password(
    ctx: &Context<'_>,
    set: &mut ChangeSet,
    mut user: Versioned<User>,
    new_hash: &PasswordHash,
    out: Credentials<'_>,
    keep: Option<SessionId>,
) {
    let user_id = user.id;
    user.value.password_hash = new_hash.clone();
    outdate_links(&mut user.value);
    user.value.updated_at = ctx.now();
    set.users.change(user);
    for session in out.sessions.iter().filter(|it| Some(it.id) != keep) {
        end(ctx, set, session);
    }
    for key in out.keys {
        set.and(revoke_api_key(ctx, key));
    }
    credentials(ctx, set, user_id, "password");
}

/// Replaces the password of somebody who opened a mailed link, ends all their sessions, revokes all
/// their keys, and tells them by mail. The link proves the address as well. With an invitation it is
/// the first password: nothing ends by it, and there is nothing to tell.
///
/// # Errors
/// When the link does not work (any more).
pub fn reset_password(
    ctx: &Context<'_>,
    user: &Versioned<User>,
    token: &Versioned<OneTimeToken>,
    new_hash: &PasswordHash,
    out: Credentials<'_>,
) -> Result<ChangeSet, TokenRefusal> {
    let mut set = ChangeSet::default();
    use_token(ctx, &mut set, user, token, &CHOOSES)?;
    let actor = Actor::User { user_id: user.id };
    let ctx = &Context::new(*ctx.mint(), &actor);
    let mut user = user.clone();
    user.value.email_verified_at = user.email_verified_at.or(Some(ctx.now()));
    let user_id = user.id;
    replace_password(ctx, &mut set, user, new_hash, out, None);
    if token.purpose != TokenPurpose::Invitation {
        notify(ctx, &mut set, user_id, MailKind::PasswordChanged);
    }
    Ok(set)
}

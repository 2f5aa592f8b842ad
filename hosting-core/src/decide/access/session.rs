//! Logging in and out.

use chrono::TimeDelta;

use crate::{
    change::{ChangeSet, NewTask},
    decide::Context,
    kernel::Versioned,
    model::{
        Actor, DomainEvent, Job, MailKind, Session, User, UserId, UserStatus,
        access::{PasswordHash, TokenHash},
    },
};

/// How long a session lasts. Fixed, not sliding: a stolen cookie dies on its own.
pub const SESSION_LASTS: TimeDelta = TimeDelta::days(14);
/// How many sessions one user may have; the oldest give way.
pub const MOST_SESSIONS: usize = 100;

/// Why somebody is not logged in. What people read must not tell these apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginRefusal {
    /// There is no such user, or the password is another.
    #[error("the address or the password is wrong")]
    WrongCredentials,
    /// Staff shut the account.
    #[error("the account is disabled")]
    Disabled,
    /// Nobody proved yet that the address is theirs.
    #[error("the address is not confirmed yet")]
    Unverified,
}

/// A browser that is about to be logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Hash of the cookie's token.
    pub token_hash: TokenHash,
    /// The browser's description of itself; shortened to 200 characters.
    pub user_agent: String,
    /// Where it comes from.
    pub ip: String,
}

pub(super) const fn may_act(user: &User) -> bool {
    matches!(user.status, UserStatus::Active) && user.deleted_at.is_none()
}

/// Logs a browser in. `proved` is the hash that the password was checked against; if the user's is
/// another by now, the password was changed in between. `rehashed` replaces it when the cost of
/// hashing was raised since.
///
/// # Errors
/// A [`LoginRefusal`].
pub fn log_in(
    ctx: &Context<'_>,
    user: &Versioned<User>,
    live: &[Versioned<Session>],
    proved: &PasswordHash,
    rehashed: Option<PasswordHash>,
    wish: &NewSession,
) -> Result<(ChangeSet, Session), LoginRefusal> {
    if user.password_hash != *proved {
        return Err(LoginRefusal::WrongCredentials);
    }
    if !may_act(user) {
        return Err(LoginRefusal::Disabled);
    }
    if user.email_verified_at.is_none() {
        return Err(LoginRefusal::Unverified);
    }
    let (now, actor) = (ctx.now(), Actor::User { user_id: user.id });
    let session = Session {
        id: ctx.id(),
        user_id: user.id,
        token_hash: wish.token_hash.clone(),
        user_agent: wish.user_agent.chars().filter(|c| !c.is_control()).take(200).collect(),
        ip: wish.ip.clone(),
        expires_at: now.checked_add_signed(SESSION_LASTS).unwrap_or(now),
        revoked_at: None,
        created_at: now,
        updated_at: now,
    };
    let mut set = ChangeSet::default();
    let mut oldest_first: Vec<_> = live.iter().collect();
    oldest_first.sort_by_key(|it| (it.created_at, it.id));
    let too_many = live.len().saturating_add(1).saturating_sub(MOST_SESSIONS);
    for old in oldest_first.into_iter().take(too_many) {
        end(ctx, &mut set, old);
    }
    let mut same = user.value.clone();
    if let Some(hash) = rehashed {
        same.password_hash = hash;
    }
    set.users.change(user.with(same));
    set.sessions.add(session.clone());
    set.record(ctx.mint(), &actor, user.id, DomainEvent::UserLoggedIn { ip: wish.ip.clone() });
    Ok((set, session))
}

pub(super) fn end(ctx: &Context<'_>, set: &mut ChangeSet, session: &Versioned<Session>) {
    let now = ctx.now();
    let ended = Session { revoked_at: Some(now), updated_at: now, ..session.value.clone() };
    set.sessions.change(session.with(ended));
}

pub(super) fn credentials(ctx: &Context<'_>, set: &mut ChangeSet, user_id: UserId, what: &str) {
    ctx.record(set, user_id, DomainEvent::CredentialsChanged { what: what.to_owned() });
}

/// Tells the user by mail that something about how they log in has changed.
pub(super) fn notify(ctx: &Context<'_>, set: &mut ChangeSet, user_id: UserId, kind: MailKind) {
    let task = ctx.task("", Job::MailUser { kind, user_id, token: None });
    set.task(NewTask { key: format!("mail/{kind}/{}", task.id), ..task });
}

/// Ends a session: logging out, or throwing another browser out. Ending it twice is ending it once.
pub fn end_session(ctx: &Context<'_>, session: &Versioned<Session>) -> ChangeSet {
    let mut set = ChangeSet::default();
    if session.revoked_at.is_none() {
        end(ctx, &mut set, session);
        credentials(ctx, &mut set, session.user_id, "session");
    }
    set
}

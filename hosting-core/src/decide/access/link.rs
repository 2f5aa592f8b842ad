//! Links in mails that work once.

use chrono::TimeDelta;

use super::session::{credentials, may_act};
use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::{Email, Sealed, Versioned},
    model::{
        Actor, DomainEvent, Job, LinkCause, MailKind, OneTimeToken, OneTimeTokenId, TokenPurpose,
        User,
        access::{PasswordHash, TokenHash},
    },
};

/// How long a link in a mail works.
pub const fn token_lasts(purpose: TokenPurpose) -> TimeDelta {
    match purpose {
        TokenPurpose::VerifyEmail => TimeDelta::days(2),
        TokenPurpose::ResetPassword => TimeDelta::hours(1),
        // Nobody asked for it, so nobody waits at the inbox.
        TokenPurpose::Invitation => TimeDelta::days(7),
        TokenPurpose::ChangeEmail => TimeDelta::days(1),
    }
}

/// Why a link is not sent or does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// Never made, made for something else, used, too old, or overtaken by a change of the account.
    #[error("the link is not valid any more")]
    Unusable,
    /// Staff shut the account.
    #[error("the account is disabled")]
    Disabled,
    /// There is nothing left to prove.
    #[error("the address is confirmed already")]
    AlreadyVerified,
}

/// A fresh one-time token: its id, its hash for the row, its sealed text for the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailToken {
    /// Identifies the row.
    pub id: OneTimeTokenId,
    /// Hash of the token.
    pub hash: TokenHash,
    /// The token's text, sealed for `tasks/token/<user>`.
    pub sealed: Sealed,
}

/// The row of a link to `user` for `purpose`, to be used at most once.
pub(super) fn new_token(
    ctx: &Context<'_>,
    user: &User,
    purpose: TokenPurpose,
    token: &MailToken,
) -> OneTimeToken {
    let now = ctx.now();
    OneTimeToken {
        id: token.id,
        user_id: user.id,
        purpose,
        token_hash: token.hash.clone(),
        email: None,
        credentials_epoch: user.credentials_epoch,
        expires_at: now.checked_add_signed(token_lasts(purpose)).unwrap_or(now),
        used_at: None,
        created_at: now,
        updated_at: now,
    }
}

/// What the mail with a link for `purpose` is about.
pub(super) const fn mail_of(purpose: TokenPurpose) -> MailKind {
    match purpose {
        TokenPurpose::VerifyEmail => MailKind::VerifyEmail,
        TokenPurpose::ResetPassword => MailKind::ResetPassword,
        TokenPurpose::Invitation => MailKind::Invitation,
        TokenPurpose::ChangeEmail => MailKind::ChangeEmail,
    }
}

pub(super) fn mail_link(
    ctx: &Context<'_>,
    set: &mut ChangeSet,
    user: &User,
    purpose: TokenPurpose,
    token: &MailToken,
) {
    set.one_time_tokens.add(new_token(ctx, user, purpose, token));
    let kind = mail_of(purpose);
    let job = Job::MailUser { kind, user_id: user.id, token: Some(token.sealed.clone()) };
    set.task(ctx.task(format!("mail/{kind}/{}", token.id), job));
}

/// Mails the user a link for `purpose`.
///
/// # Errors
/// When the account is shut, or has nothing left to prove.
pub fn send_link(
    ctx: &Context<'_>,
    user: &Versioned<User>,
    purpose: TokenPurpose,
    token: &MailToken,
) -> Result<ChangeSet, TokenRefusal> {
    if !may_act(user) {
        return Err(TokenRefusal::Disabled);
    }
    if purpose == TokenPurpose::VerifyEmail && user.email_verified_at.is_some() {
        return Err(TokenRefusal::AlreadyVerified);
    }
    let mut set = ChangeSet::default();
    set.guard(user);
    mail_link(ctx, &mut set, user, purpose, token);
    Ok(set)
}

/// Orders a look whether anybody has `email` and, if so, a link for them. `token` is sealed for
/// `tasks/link/<token id>`.
///
/// Known and unknown addresses are the same one task here; the worker tells them apart
/// ([`answer_guest`]).
pub fn ask_for_link(
    ctx: &Context<'_>,
    email: &Email,
    cause: LinkCause,
    token: &MailToken,
) -> ChangeSet {
    let job = Job::MailLink {
        email: email.clone(),
        cause,
        token_id: token.id,
        token_hash: token.hash.clone(),
        token: token.sealed.clone(),
    };
    let mut set = ChangeSet::default();
    set.task(ctx.task(format!("mail/link/{}", token.id), job));
    set
}

/// Mails `user` the link that a guest asked for. `token` is sealed for `tasks/token/<user>`.
///
/// When somebody registers with an address that has an account nobody proved yet, neither of the two
/// is known to own it: the first one's password stops working, and whoever reads the mail chooses
/// one. Otherwise the first could wait until the owner opens a link, and then log in.
///
/// # Errors
/// When the account is shut, or has nothing left to prove.
pub fn answer_guest(
    ctx: &Context<'_>,
    user: &Versioned<User>,
    cause: LinkCause,
    token: &MailToken,
) -> Result<ChangeSet, TokenRefusal> {
    let contested = cause == LinkCause::RegisteredAgain && user.email_verified_at.is_none();
    let purpose = match cause {
        LinkCause::Resend => TokenPurpose::VerifyEmail,
        LinkCause::Forgotten | LinkCause::RegisteredAgain => TokenPurpose::ResetPassword,
    };
    if !contested || user.password_hash == PasswordHash::of_none() {
        return send_link(ctx, user, purpose, token);
    }
    if !may_act(user) {
        return Err(TokenRefusal::Disabled);
    }
    let mut set = ChangeSet::default();
    let mut changed = user.value.clone();
    changed.password_hash = PasswordHash::of_none();
    changed.updated_at = ctx.now();
    set.users.change(user.with(changed));
    credentials(ctx, &mut set, user.id, "password");
    mail_link(ctx, &mut set, user, purpose, token);
    Ok(set)
}

/// No link that was mailed before works any more.
pub(super) fn outdate_links(user: &mut User) {
    user.credentials_epoch = user.credentials_epoch.wrapping_add(1);
}

/// Spends a link: one that was made for this, is not too old, and was not overtaken by another password
/// or address or by the account's end.
pub(super) fn use_token(
    ctx: &Context<'_>,
    set: &mut ChangeSet,
    user: &User,
    token: &Versioned<OneTimeToken>,
    purposes: &[TokenPurpose],
) -> Result<(), TokenRefusal> {
    let overtaken = user.credentials_epoch != token.credentials_epoch;
    let good = token.user_id == user.id
        && purposes.contains(&token.purpose)
        && token.used_at.is_none()
        && token.expires_at > ctx.now()
        && !overtaken;
    if !good {
        return Err(TokenRefusal::Unusable);
    }
    if !may_act(user) {
        return Err(TokenRefusal::Disabled);
    }
    let now = ctx.now();
    let spent = OneTimeToken { used_at: Some(now), updated_at: now, ..token.value.clone() };
    set.one_time_tokens.change(token.with(spent));
    Ok(())
}

/// The mail address is theirs: they opened the link.
///
/// # Errors
/// When the link does not work (any more).
pub fn verify_email(
    ctx: &Context<'_>,
    user: &Versioned<User>,
    token: &Versioned<OneTimeToken>,
) -> Result<ChangeSet, TokenRefusal> {
    let mut set = ChangeSet::default();
    use_token(ctx, &mut set, user, token, &[TokenPurpose::VerifyEmail])?;
    let now = ctx.now();
    let mut changed = user.value.clone();
    changed.email_verified_at = changed.email_verified_at.or(Some(now));
    changed.updated_at = now;
    let fields = vec!["email_verified_at".to_owned()];
    set.record(
        ctx.mint(),
        &Actor::User { user_id: user.id },
        user.id,
        DomainEvent::UserUpdated { fields },
    );
    set.users.change(user.with(changed));
    Ok(set)
}

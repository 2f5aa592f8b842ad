//! Moving an account to another mail address.
//!
//! The address is the log-in name and where links to choose a password go, so whoever has it has the
//! account. Asking takes the password and tells the address that is left; only the link in the new
//! address's mail moves the account. Whether the new address has an account is not looked at here
//! before that: the answer would tell.
//!
//! Staff who manage users put an address right for whoever cannot: it was mistyped, or its mailbox is lost.

use super::{
    authority::Manager,
    link::{MailToken, TokenRefusal, mail_link, mail_of, new_token, outdate_links, use_token},
    password::Credentials,
    session::{credentials, end, may_act},
    staff::{StaffRefusal, end_all},
};
use crate::{
    change::{ChangeSet, NewTask},
    decide::Context,
    kernel::{Email, Sealed, Versioned},
    model::{
        Actor, Customer, DomainEvent, Job, MailKind, OneTimeToken, Session, SessionId,
        TokenPurpose, User, access::PasswordHash,
    },
};

/// Why a link to another address is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailRefusal {
    /// The password is another by now.
    #[error("the password is wrong")]
    WrongCredentials,
    /// Staff shut the account.
    #[error("the account is disabled")]
    Disabled,
    /// There is nothing to move.
    #[error("this is the address of your account already")]
    Same,
}

/// Mails a link to `email`, which moves the account there, and a notice to the present address.
/// `proved` is the hash that the password was checked against; `token` is sealed for
/// `tasks/token/<user>`.
///
/// # Errors
/// An [`EmailRefusal`]; never that somebody has the address.
pub fn ask_for_email(
    ctx: &Context<'_>,
    user: &Versioned<User>,
    proved: &PasswordHash,
    email: &Email,
    token: &MailToken,
) -> Result<ChangeSet, EmailRefusal> {
    if user.password_hash != *proved {
        return Err(EmailRefusal::WrongCredentials);
    }
    if !may_act(user) {
        return Err(EmailRefusal::Disabled);
    }
    if user.email == *email {
        return Err(EmailRefusal::Same);
    }
    let purpose = TokenPurpose::ChangeEmail;
    let mut set = ChangeSet::default();
    set.guard(user);
    let link = new_token(ctx, user, purpose, token);
    set.one_time_tokens.add(OneTimeToken { email: Some(email.clone()), ..link });
    mail(ctx, &mut set, user, email, mail_of(purpose), Some(&token.sealed));
    mail(ctx, &mut set, user, &user.email, MailKind::EmailChangeAsked, None);
    credentials(ctx, &mut set, user.id, "email_link");
    Ok(set)
}

fn mail(
    ctx: &Context<'_>,
    set: &mut ChangeSet,
    user: &User,
    email: &Email,
    kind: MailKind,
    token: Option<&Sealed>,
) {
    let (user_id, email) = (user.id, email.clone());
    let task = ctx.task("", Job::MailAddress { kind, user_id, email, token: token.cloned() });
    set.task(NewTask { key: format!("mail/{kind}/{}", task.id), ..task });
}

/// Moves the account to the address whose mail held the link, tells the address that is left, and ends
/// every live session but `keep`. Invoices of a customer that went to the old address go to the new one.
///
/// That the address is still free is the database's to say
/// ([`Unique::UserEmail`](crate::change::Unique::UserEmail)).
///
/// # Errors
/// When the link does not work (any more).
pub fn change_email(
    ctx: &Context<'_>,
    user: &Versioned<User>,
    customer: Option<&Versioned<Customer>>,
    token: &Versioned<OneTimeToken>,
    live: &[Versioned<Session>],
    keep: Option<SessionId>,
) -> Result<ChangeSet, TokenRefusal> {
    let mut set = ChangeSet::default();
    use_token(ctx, &mut set, user, token, &[TokenPurpose::ChangeEmail])?;
    let email = token.email.as_ref().ok_or(TokenRefusal::Unusable)?;
    let actor = Actor::User { user_id: user.id };
    let ctx = &Context::new(*ctx.mint(), &actor);
    let mut moved = at_address(ctx, user, email);
    moved.email_verified_at = Some(ctx.now());
    move_there(ctx, &mut set, user, moved, customer);
    mail(ctx, &mut set, user, &user.email, MailKind::EmailChanged, None);
    let mut others = live.iter().filter(|it| Some(it.id) != keep).peekable();
    if others.peek().is_some() {
        credentials(ctx, &mut set, user.id, "session");
    }
    others.for_each(|it| end(ctx, &mut set, it));
    Ok(set)
}

/// Puts the address of somebody else's account right, and mails a link to prove it there: one to choose a
/// first password as long as there is none. Until it was opened nobody gets in: every live session ends,
/// every key is revoked, links that were mailed before stop working; and the address that is left is told, if it had been proved.
/// Invoices of a customer that went to the old address go to the new one.
///
/// # Errors
/// A [`StaffRefusal`]. That the address is free is the database's to say
/// ([`Unique::UserEmail`](crate::change::Unique::UserEmail)).
pub fn correct_email(
    ctx: &Context<'_>,
    by: Manager<'_>,
    user: &Versioned<User>,
    customer: Option<&Versioned<Customer>>,
    out: Credentials<'_>,
    email: &Email,
    token: &MailToken,
) -> Result<ChangeSet, StaffRefusal> {
    let mut set = ChangeSet::default();
    by.demand_account(user.role, &mut set)?;
    if by.is(user) {
        return Err(StaffRefusal::OwnAccount);
    }
    if !may_act(user) {
        return Err(StaffRefusal::Disabled);
    }
    if user.email == *email {
        return Err(StaffRefusal::SameAddress);
    }
    let mut moved = at_address(ctx, user, email);
    moved.email_verified_at = None;
    let has_password = moved.password_hash != PasswordHash::of_none();
    let purpose = if has_password { TokenPurpose::VerifyEmail } else { TokenPurpose::Invitation };
    mail_link(ctx, &mut set, &moved, purpose, token);
    move_there(ctx, &mut set, user, moved, customer);
    if user.email_verified_at.is_some() {
        mail(ctx, &mut set, user, &user.email, MailKind::EmailChanged, None);
    }
    end_all(ctx, &mut set, user.id, out);
    Ok(set)
}

/// The user with another address, for which no link was mailed yet.
fn at_address(ctx: &Context<'_>, user: &User, email: &Email) -> User {
    let mut moved = User { email: email.clone(), updated_at: ctx.now(), ..user.clone() };
    outdate_links(&mut moved);
    moved
}

/// Writes the moved user, and takes the customer along whose invoices went to the same address.
fn move_there(
    ctx: &Context<'_>,
    set: &mut ChangeSet,
    read: &Versioned<User>,
    moved: User,
    customer: Option<&Versioned<Customer>>,
) {
    let fields = || vec!["email".to_owned()];
    ctx.record(set, read.id, DomainEvent::UserUpdated { fields: fields() });
    if let Some(customer) = customer.filter(|it| it.email == read.email) {
        let (email, updated_at) = (moved.email.clone(), ctx.now());
        let after = Customer { email, updated_at, ..customer.value.clone() };
        ctx.record(set, customer.id, DomainEvent::CustomerUpdated { fields: fields() });
        set.customers.change(customer.with(after));
    }
    set.users.change(read.with(moved));
}

//! Moving an account to another mail address.

use super::*;
use crate::model::{Customer, SessionId};

fn new_address() -> Email {
    "rani@new.example.com".parse().unwrap_or_else(|_| unreachable!())
}

fn ask(user: &Versioned<User>, minutes: i64, to: &Email) -> Result<ChangeSet, EmailRefusal> {
    let old = PasswordHash::new("old");
    decide(minutes, |ctx| ask_for_email(ctx, user, &old, to, &link(ctx)))
}

fn sent(user: &Versioned<User>, minutes: i64) -> Versioned<OneTimeToken> {
    let mut rows = ask(user, minutes, &new_address()).map(|it| it.one_time_tokens.new);
    Versioned::new(rows.as_mut().map_or_else(|_| unreachable!(), |it| it.remove(0)), 1)
}

fn open(
    user: &Versioned<User>,
    customer: Option<&Versioned<Customer>>,
    token: &Versioned<OneTimeToken>,
    minutes: i64,
    keep: Option<SessionId>,
) -> Result<ChangeSet, TokenRefusal> {
    let live = [session(user, 1), session(user, 2)];
    decide(minutes, |ctx| change_email(ctx, user, customer, token, &live, keep))
}

/// Where mails go, and about what.
fn mails(changes: &ChangeSet) -> Vec<(String, MailKind)> {
    let mails = changes.tasks.iter().filter_map(|it| match &it.job {
        Job::MailAddress { kind, email, .. } => Some((email.to_string(), *kind)),
        _ => None,
    });
    mails.collect()
}

#[test]
fn asking_takes_the_password_and_changes_nothing_but_tells_both_addresses() {
    let user = user(Role::Customer);
    let asked = ask(&user, 3, &new_address()).unwrap_or_default();
    assert!(asked.users.changed.is_empty(), "the address is as it was");
    let told = [
        ("rani@new.example.com".to_owned(), MailKind::ChangeEmail),
        ("rani@example.com".to_owned(), MailKind::EmailChangeAsked),
    ];
    assert_eq!(mails(&asked), told);
    assert_eq!(asked.one_time_tokens.new[0].email, Some(new_address()));
    assert_eq!(ask(&user, 3, &email()), Err(EmailRefusal::Same));
    let other = PasswordHash::new("another");
    let wrong = decide(3, |ctx| ask_for_email(ctx, &user, &other, &new_address(), &link(ctx)));
    assert_eq!(wrong, Err(EmailRefusal::WrongCredentials));
    let mut shut = user.clone();
    shut.value.status = crate::model::UserStatus::Disabled;
    assert_eq!(ask(&shut, 3, &new_address()), Err(EmailRefusal::Disabled));
}

#[test]
fn the_link_moves_the_account_and_ends_every_other_session() {
    let user = user(Role::Customer);
    let token = sent(&user, 3);
    let here = session(&user, 2).id;
    let moved = open(&user, None, &token, 9, Some(here)).unwrap_or_default();
    let after = user_after(&moved);
    assert_eq!((after.email, after.email_verified_at), (new_address(), Some(at(9))));
    assert_eq!(mails(&moved), [("rani@example.com".to_owned(), MailKind::EmailChanged)]);
    let ended: Vec<_> = moved.sessions.changed.iter().map(|it| it.id).collect();
    assert_eq!(ended, [session(&user, 1).id]);
    assert_eq!(moved.one_time_tokens.changed[0].used_at, Some(at(9)));
    let all = open(&user, None, &token, 9, None).unwrap_or_default();
    assert_eq!(all.sessions.changed.len(), 2, "opened elsewhere, every session ends");
}

#[test]
fn the_link_dies_with_the_accounts_next_change_and_after_a_day() {
    let user = user(Role::Customer);
    let token = sent(&user, 3);
    let unusable = Err(TokenRefusal::Unusable);
    assert_eq!(open(&user, None, &token, 3 + 24 * 60, None), unusable, "a day is over");
    let mut changed = user.clone();
    changed.value.updated_at = at(4);
    assert_eq!(open(&changed, None, &token, 5, None), unusable, "a new password, for instance");
    let reset = self::token(&user, 3, TokenPurpose::ResetPassword);
    assert_eq!(open(&user, None, &reset, 5, None), unusable, "another purpose");
    let new = PasswordHash::new("new");
    let chosen = decide(5, |ctx| reset_password(ctx, &user, &token, &new, NOTHING));
    assert_eq!(chosen, unusable, "nor does it choose a password");
}

#[test]
fn invoices_follow_when_they_went_to_the_old_address() {
    let user = user(Role::Customer);
    let token = sent(&user, 3);
    let made = decide(0, |ctx| register(ctx, ctx.id(), &wish(), &link(ctx))).unwrap_or_default();
    let customer = Versioned::new(made.customers.new[0].clone(), 1);
    let moved = open(&user, Some(&customer), &token, 9, None).unwrap_or_default();
    assert_eq!(moved.customers.changed[0].email, new_address());
    let mut elsewhere = customer.clone();
    elsewhere.value.email = "billing@example.com".parse().unwrap_or_else(|_| email());
    let moved = open(&user, Some(&elsewhere), &token, 9, None).unwrap_or_default();
    assert!(moved.customers.changed.is_empty(), "its own address stays");
}

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
fn the_link_dies_with_a_new_password_and_after_a_day() {
    let user = user(Role::Customer);
    let token = sent(&user, 3);
    let unusable = Err(TokenRefusal::Unusable);
    assert_eq!(open(&user, None, &token, 3 + 24 * 60, None), unusable, "a day is over");
    let (old, new) = (PasswordHash::new("old"), PasswordHash::new("new"));
    // The clock of whoever changes it may be behind: what counts is the order in which both are stored.
    let changed = decide(3, |ctx| change_password(ctx, &user, &old, &new, NOTHING, None));
    let changed = user.with(user_after(&changed.unwrap_or_default()));
    let late = decide(5, |ctx| change_email(ctx, &changed, None, &token, &[], None));
    assert_eq!(late, unusable, "there is a new password");
    let mut renamed = user.clone();
    renamed.value.updated_at = at(4);
    assert!(
        open(&renamed, None, &token, 5, None).is_ok(),
        "any other change is none of its concern"
    );
    let reset = self::token(&user, 3, TokenPurpose::ResetPassword);
    assert_eq!(open(&user, None, &reset, 5, None), unusable, "another purpose");
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

#[test]
fn staff_put_a_mistyped_address_right_and_its_link_dies() {
    let (me, mut invited) = (user(Role::Admin), user(Role::Customer));
    invited.value.id = decide(6, |ctx| ctx.mint().id());
    invited.value.password_hash = PasswordHash::of_none();
    invited.value.email_verified_at = None;
    let by = Manager::User { user: &me, held: Permission::ALL };
    let strange = decide(1, |ctx| invite_again(ctx, by, &invited, &link(ctx))).unwrap_or_default();
    let strange = Versioned::new(strange.one_time_tokens.new[0].clone(), 1);
    let correct = |by, user: &Versioned<User>, to: &Email| {
        decide(2, |ctx| correct_email(ctx, by, user, None, NOTHING, to, &link(ctx)))
    };
    let set = correct(by, &invited, &new_address()).unwrap_or_default();
    let mended = invited.with(user_after(&set));
    assert_eq!(mended.email, new_address());
    assert_eq!(set.one_time_tokens.new[0].purpose, TokenPurpose::Invitation);
    assert_eq!(mails(&set), [], "whoever has the wrong address is told nothing");
    let new = PasswordHash::new("new");
    let choose = |token: &Versioned<OneTimeToken>| {
        decide(3, |ctx| reset_password(ctx, &mended, token, &new, NOTHING)).map(|_| ())
    };
    assert_eq!(choose(&strange), Err(TokenRefusal::Unusable), "it went to somebody else");
    assert_eq!(choose(&Versioned::new(set.one_time_tokens.new[0].clone(), 1)), Ok(()));

    assert_eq!(correct(by, &invited, &invited.email), Err(StaffRefusal::SameAddress));
    assert_eq!(correct(by, &me, &new_address()), Err(StaffRefusal::OwnAccount));
    let clerk = user(Role::Billing);
    let clerk = Manager::User { user: &clerk, held: clerk.role.permissions() };
    let refused = correct(clerk, &invited, &new_address());
    assert_eq!(refused, Err(StaffRefusal::Beyond), "whoever has the address has the account");
}

#[test]
fn an_account_that_staff_move_is_closed_until_the_new_address_is_proved() {
    let user = user(Role::Customer);
    let verify = |user: &Versioned<User>, token: &Versioned<OneTimeToken>| {
        decide(5, |ctx| verify_email(ctx, user, token)).map(|_| ())
    };
    let live = [session(&user, 1)];
    let scopes = [Permission::CustomerOrdersView];
    let made = key(Role::Customer, &scopes, &[]).unwrap_or_else(|_| unreachable!());
    let keys = [Versioned::new(made, 1)];
    let set = decide(4, |ctx| {
        let by = Manager::Operator;
        let out = Credentials { sessions: &live, keys: &keys };
        correct_email(ctx, by, &user, None, out, &new_address(), &link(ctx))
    })
    .unwrap_or_default();
    let moved = user.with(user_after(&set));
    assert_eq!(moved.email_verified_at, None);
    assert_eq!(set.sessions.changed[0].revoked_at, Some(at(4)));
    assert_eq!(set.api_keys.changed[0].revoked_at, Some(at(4)));
    assert_eq!(mails(&set), [("rani@example.com".to_owned(), MailKind::EmailChanged)]);
    let (old, browser) = (PasswordHash::new("old"), new_session());
    let entered = decide(5, |ctx| log_in(ctx, &moved, &[], &old, None, &browser)).map(|_| ());
    assert_eq!(entered, Err(LoginRefusal::Unverified));
    let mut unproved = user.clone();
    unproved.value.email_verified_at = None;
    let before = token(&unproved, 3, TokenPurpose::VerifyEmail);
    assert_eq!(verify(&moved, &before), Err(TokenRefusal::Unusable), "mailed to the old address");
    assert_eq!(verify(&moved, &Versioned::new(set.one_time_tokens.new[0].clone(), 1)), Ok(()));
}

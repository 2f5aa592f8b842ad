use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::{Currency, Email, Mint, Sealed, Versioned, text::indonesia},
    model::{
        Actor, Address, ApiKey, CustomerKind, OneTimeToken, Permission, Role, Session,
        TokenPurpose, User,
        access::{PasswordHash, TokenHash},
    },
    testing::SeededEntropy,
};

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
}

fn decide<T>(minutes: i64, verb: impl FnOnce(&Context<'_>) -> T) -> T {
    let dice = SeededEntropy::new(u64::try_from(minutes).unwrap_or(0));
    verb(&Context::new(Mint::at(at(minutes), &dice), &Actor::System))
}

fn email() -> Email {
    "rani@example.com".parse().unwrap_or_else(|_| unreachable!())
}

fn wish() -> Registration {
    Registration {
        email: email(),
        password_hash: PasswordHash::new("old"),
        name: "Rani".to_owned(),
        kind: CustomerKind::Individual,
        company: None,
        phone: None,
        address: Address {
            line1: "Jl. Melati 1".to_owned(),
            line2: None,
            city: "Bandung".to_owned(),
            region: None,
            postcode: None,
            country: indonesia(),
        },
        tax_id: None,
        currency: Currency::IDR,
        locale: "id".to_owned(),
    }
}

fn link(ctx: &Context<'_>) -> MailToken {
    MailToken { id: ctx.id(), hash: TokenHash::new("t"), sealed: Sealed::from_stored("s") }
}

fn user(role: Role) -> Versioned<User> {
    let wish = NewStaff {
        email: email(),
        name: "Rani".to_owned(),
        role: Role::Admin,
        password_hash: PasswordHash::new("old"),
        locale: "id".to_owned(),
    };
    let made = decide(0, |ctx| create_staff(ctx, ctx.id(), &wish, None));
    let made = made.map_or_else(|_| unreachable!(), |it| it.1);
    Versioned::new(User { role, ..made }, 1)
}

fn new_session() -> NewSession {
    NewSession {
        token_hash: TokenHash::new("c"),
        user_agent: "Browser\n1".to_owned(),
        ip: "192.0.2.1".to_owned(),
    }
}

fn session(user: &Versioned<User>, minutes: i64) -> Versioned<Session> {
    let old = PasswordHash::new("old");
    let made = decide(minutes, |ctx| log_in(ctx, user, &[], &old, None, &new_session()));
    Versioned::new(made.map_or_else(|_| unreachable!(), |it| it.1), 1)
}

fn token(user: &Versioned<User>, minutes: i64, purpose: TokenPurpose) -> Versioned<OneTimeToken> {
    let sent = decide(minutes, |ctx| send_link(ctx, user, purpose, &link(ctx)));
    let mut rows = sent.map(|it| it.one_time_tokens.new).unwrap_or_default();
    Versioned::new(rows.remove(0), 1)
}

fn user_after(changes: &ChangeSet) -> User {
    changes.users.changed[0].value.clone()
}

#[test]
fn registering_makes_a_user_a_customer_a_token_and_a_mail() {
    let made = decide(0, |ctx| register(ctx, ctx.id(), &wish(), &link(ctx)));
    let made = made.unwrap_or_default();
    assert_eq!(made.users.new[0].customer_id, Some(made.customers.new[0].id));
    assert_eq!(made.users.new[0].email_verified_at, None);
    assert_eq!(made.one_time_tokens.new[0].user_id, made.users.new[0].id);
    assert_eq!((made.tasks.len(), made.events.len()), (1, 2));
}

/// Puts a text into one field.
type Put = fn(&mut Registration, String);

#[test]
fn every_text_of_a_registration_has_its_bounds() {
    let long = "x".repeat(200);
    let cases: [(&str, Put); 7] = [
        ("name", |it, text| it.name = text),
        ("company", |it, text| it.company = Some(text)),
        ("tax_id", |it, text| it.tax_id = Some(text)),
        ("address.line1", |it, text| it.address.line1 = text),
        ("address.city", |it, text| it.address.city = text),
        ("address.postcode", |it, text| it.address.postcode = Some(text)),
        ("locale", |it, text| it.locale = text),
    ];
    for (field, put) in cases {
        for bad in ["", "   ", "two\nlines", long.as_str()] {
            let mut wish = wish();
            put(&mut wish, bad.to_owned());
            let refused = decide(0, |ctx| register(ctx, ctx.id(), &wish, &link(ctx)));
            assert_eq!(refused.map_err(|it| it.field).err(), Some(field), "{bad:?}");
        }
    }
    let nameless = Registration { kind: CustomerKind::Company, ..wish() };
    let refused = decide(0, |ctx| register(ctx, ctx.id(), &nameless, &link(ctx)));
    assert_eq!(refused.map_err(|it| it.field).err(), Some("company"));
}

#[test]
fn only_the_verified_active_user_with_the_proved_password_logs_in() {
    let (user, old) = (user(Role::Support), PasswordHash::new("old"));
    let enter = |user: &Versioned<User>, proved: &PasswordHash| {
        decide(1, |ctx| log_in(ctx, user, &[], proved, None, &new_session())).map(|_| ())
    };
    assert_eq!(enter(&user, &old), Ok(()));
    assert_eq!(enter(&user, &PasswordHash::new("new")), Err(LoginRefusal::WrongCredentials));
    let mut other = user.clone();
    other.value.email_verified_at = None;
    assert_eq!(enter(&other, &old), Err(LoginRefusal::Unverified));
    let shut = decide(1, |ctx| disable_user(ctx, ctx.id(), &user, &[])).unwrap_or_default();
    let shut = user.with(user_after(&shut));
    assert_eq!(enter(&shut, &old), Err(LoginRefusal::Disabled));
}

#[test]
fn logging_in_rewrites_the_user_so_that_a_password_change_conflicts() {
    let (user, old) = (user(Role::Support), PasswordHash::new("old"));
    let entered = decide(1, |ctx| log_in(ctx, &user, &[], &old, None, &new_session()));
    let (changes, session) = entered.unwrap_or_else(|_| unreachable!());
    assert_eq!(changes.users.changed.first(), Some(&user));
    assert_eq!(session.user_agent, "Browser1");
    assert_eq!(session.expires_at, at(1) + SESSION_LASTS);
}

#[test]
fn the_oldest_session_gives_way() {
    let user = user(Role::Support);
    let live: Vec<_> = (1..=100).map(|n| session(&user, n)).collect();
    let old = PasswordHash::new("old");
    let entered = decide(200, |ctx| log_in(ctx, &user, &live, &old, None, &new_session()));
    let (changes, _) = entered.unwrap_or_else(|_| unreachable!());
    let ended: Vec<_> = changes.sessions.changed.iter().map(|it| it.id).collect();
    assert_eq!(ended, [live[0].id]);
}

#[test]
fn a_changed_password_ends_every_session_but_the_one_in_use() {
    let user = user(Role::Billing);
    let live = [session(&user, 1), session(&user, 2), session(&user, 3)];
    let (old, new) = (PasswordHash::new("old"), PasswordHash::new("new"));
    let keep = Some(live[1].id);
    let changes = decide(9, |ctx| change_password(ctx, &user, &old, &new, &live, keep));
    let changes = changes.unwrap_or_default();
    let ended: Vec<_> = changes.sessions.changed.iter().map(|it| it.id).collect();
    assert_eq!(ended, [live[0].id, live[2].id]);
    assert!(changes.sessions.changed.iter().all(|it| it.revoked_at == Some(at(9))));
    assert_eq!(user_after(&changes).password_hash, new);
    let late = decide(9, |ctx| change_password(ctx, &user, &new, &old, &live, keep));
    assert_eq!(late, Err(LoginRefusal::WrongCredentials));
}

#[test]
fn a_link_works_once_in_time_for_its_user_and_purpose() {
    let (user, new) = (user(Role::Billing), PasswordHash::new("new"));
    let good = token(&user, 1, TokenPurpose::ResetPassword);
    let reset = |user: &Versioned<User>, token: &Versioned<OneTimeToken>, minutes| {
        decide(minutes, |ctx| reset_password(ctx, user, token, &new, &[]))
    };
    let changes = reset(&user, &good, 60).unwrap_or_default();
    assert_eq!(changes.one_time_tokens.changed[0].used_at, Some(at(60)));
    assert_eq!(reset(&user, &good, 61), Err(TokenRefusal::Unusable), "an hour is over");
    let spent = good.with(changes.one_time_tokens.changed[0].value.clone());
    assert_eq!(reset(&user, &spent, 2), Err(TokenRefusal::Unusable), "used");
    let mut other = user.clone();
    other.value.id = decide(5, |ctx| ctx.mint().id());
    assert_eq!(reset(&other, &good, 2), Err(TokenRefusal::Unusable), "another user's");
    let mut unproved = user.clone();
    unproved.value.email_verified_at = None;
    let verify = token(&unproved, 1, TokenPurpose::VerifyEmail);
    assert_eq!(reset(&unproved, &verify, 2), Err(TokenRefusal::Unusable), "another purpose");
    let after = user.with(user_after(&changes));
    let second = token(&user, 1, TokenPurpose::ResetPassword);
    assert_eq!(reset(&after, &second, 30), Err(TokenRefusal::Unusable), "overtaken");
}

#[test]
fn opening_a_link_proves_the_address() {
    let mut user = user(Role::Billing);
    user.value.email_verified_at = None;
    let verify = token(&user, 1, TokenPurpose::VerifyEmail);
    let verified = decide(2, |ctx| verify_email(ctx, &user, &verify)).unwrap_or_default();
    assert_eq!(user_after(&verified).email_verified_at, Some(at(2)));
    let reset = token(&user, 1, TokenPurpose::ResetPassword);
    let new = PasswordHash::new("new");
    let reset = decide(3, |ctx| reset_password(ctx, &user, &reset, &new, &[])).unwrap_or_default();
    assert_eq!(user_after(&reset).email_verified_at, Some(at(3)));
}

fn key(
    role: Role,
    scopes: &[Permission],
    own: &[Versioned<ApiKey>],
) -> Result<ApiKey, ApiKeyRefusal> {
    decide(1, |ctx| {
        let wish = NewApiKey {
            id: ctx.id(),
            name: "Deploy".to_owned(),
            secret_hash: TokenHash::new("k"),
            scopes: scopes.to_vec(),
            expires_at: None,
        };
        create_api_key(ctx, &user(role), own, &wish).map(|it| it.1)
    })
}

#[test]
fn a_key_never_holds_more_than_its_user() {
    for role in Role::ALL {
        for permission in Permission::ALL {
            let made = key(*role, &[*permission], &[]);
            if role.holds(*permission) {
                assert_eq!(made.map(|it| it.scopes), Ok(vec![*permission]));
            } else {
                assert_eq!(made, Err(ApiKeyRefusal::Beyond(*permission)));
            }
        }
    }
    assert_eq!(key(Role::Admin, &[], &[]), Err(ApiKeyRefusal::NoScopes));
}

#[test]
fn revoked_keys_do_not_count_towards_the_limit() {
    let made = key(Role::Admin, &[Permission::OrdersView], &[]).unwrap_or_else(|_| unreachable!());
    let mut own = vec![Versioned::new(made, 1); MOST_API_KEYS];
    assert_eq!(key(Role::Admin, &[Permission::OrdersView], &own), Err(ApiKeyRefusal::TooMany));
    own[0].value.revoked_at = Some(at(1));
    assert!(key(Role::Admin, &[Permission::OrdersView], &own).is_ok());
}

#[test]
fn staff_are_not_customers_and_nobody_shuts_themselves_out() {
    let wish = NewStaff {
        email: email(),
        name: "Rani".to_owned(),
        role: Role::Customer,
        password_hash: PasswordHash::new("old"),
        locale: "id".to_owned(),
    };
    let refused = decide(0, |ctx| create_staff(ctx, ctx.id(), &wish, None));
    assert_eq!(refused.map(|_| ()), Err(StaffRefusal::NotAStaffRole));
    let user = user(Role::Admin);
    let own = decide(0, |ctx| disable_user(ctx, user.id, &user, &[]));
    assert_eq!(own, Err(StaffRefusal::OwnAccount));
    assert!(matches!(decide(0, |ctx| enable_user(ctx, &user)), Err(StaffRefusal::Illegal(_))));
}

#[test]
fn disabling_ends_sessions() {
    let user = user(Role::Support);
    let live = [session(&user, 1)];
    let changes = decide(2, |ctx| disable_user(ctx, ctx.id(), &user, &live)).unwrap_or_default();
    assert_eq!(changes.sessions.changed[0].revoked_at, Some(at(2)));
}

mod email;
mod people;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::{Currency, Email, Mint, Sealed, Versioned, text::indonesia},
    model::{
        Actor, Address, ApiKey, CustomerKind, Job, LinkCause, MailKind, OneTimeToken, Permission,
        Role, Session, TokenPurpose, User,
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
    let made = decide(0, |ctx| create_staff(ctx, Manager::Operator, ctx.id(), &wish, None));
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

/// Nothing was made with the old password.
const NOTHING: Credentials<'_> = Credentials { sessions: &[], keys: &[] };

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
    let shut = decide(1, |ctx| disable_user(ctx, Manager::Operator, &user, NOTHING, None))
        .unwrap_or_default();
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
    let out = Credentials { sessions: &live, keys: &[] };
    let changes = decide(9, |ctx| change_password(ctx, &user, &old, &new, out, keep));
    let changes = changes.unwrap_or_default();
    let ended: Vec<_> = changes.sessions.changed.iter().map(|it| it.id).collect();
    assert_eq!(ended, [live[0].id, live[2].id]);
    assert!(changes.sessions.changed.iter().all(|it| it.revoked_at == Some(at(9))));
    assert_eq!(user_after(&changes).password_hash, new);
    let late = decide(9, |ctx| change_password(ctx, &user, &new, &old, out, keep));
    assert_eq!(late, Err(LoginRefusal::WrongCredentials));
}

#[test]
fn a_link_works_once_in_time_for_its_user_and_purpose() {
    let (user, new) = (user(Role::Billing), PasswordHash::new("new"));
    let good = token(&user, 1, TokenPurpose::ResetPassword);
    let reset = |user: &Versioned<User>, token: &Versioned<OneTimeToken>, minutes| {
        decide(minutes, |ctx| reset_password(ctx, user, token, &new, NOTHING))
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
    let reset = decide(3, |ctx| reset_password(ctx, &user, &reset, &new, NOTHING));
    let reset = reset.unwrap_or_default();
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
    let refused = decide(0, |ctx| create_staff(ctx, Manager::Operator, ctx.id(), &wish, None));
    assert_eq!(refused.map(|_| ()), Err(StaffRefusal::NotAStaffRole));
    let user = user(Role::Admin);
    let by = Manager::User { user: &user, held: Permission::ALL };
    let own = decide(0, |ctx| disable_user(ctx, by, &user, NOTHING, None));
    assert_eq!(own, Err(StaffRefusal::OwnAccount));
    let enabled = decide(0, |ctx| enable_user(ctx, Manager::Operator, &user));
    assert!(matches!(enabled, Err(StaffRefusal::Illegal(_))));
}

#[test]
fn shutting_an_account_ends_its_sessions_keys_and_links() {
    let user = user(Role::Support);
    let live = [session(&user, 1)];
    let made =
        key(Role::Support, &[Permission::OrdersView], &[]).unwrap_or_else(|_| unreachable!());
    let keys = [Versioned::new(made, 1)];
    let link = token(&user, 1, TokenPurpose::ResetPassword);
    let out = Credentials { sessions: &live, keys: &keys };
    let changes = decide(2, |ctx| disable_user(ctx, Manager::Operator, &user, out, None));
    let changes = changes.unwrap_or_default();
    assert_eq!(changes.sessions.changed[0].revoked_at, Some(at(2)));
    assert_eq!(changes.api_keys.changed[0].revoked_at, Some(at(2)));
    let mut opened = user.with(user_after(&changes));
    opened.value.status = crate::model::UserStatus::Active;
    let new = PasswordHash::new("new");
    let reset = decide(3, |ctx| reset_password(ctx, &opened, &link, &new, NOTHING));
    assert_eq!(reset, Err(TokenRefusal::Unusable), "opening the account revives nothing");
}

/// The mails about their account that a decision sends to the user, without those that carry a link.
fn told(changes: &ChangeSet) -> Vec<MailKind> {
    let kinds = changes.tasks.iter().filter_map(|it| match it.job {
        Job::MailUser { kind, token: None, .. } => Some(kind),
        _ => None,
    });
    kinds.collect()
}

#[test]
fn a_new_password_ends_every_key_and_the_user_is_told() {
    let user = user(Role::Admin);
    let (old, new) = (PasswordHash::new("old"), PasswordHash::new("new"));
    let made = || key(Role::Admin, &[Permission::OrdersView], &[]);
    let live = Versioned::new(made().unwrap_or_else(|_| unreachable!()), 1);
    let mut ended = live.clone();
    ended.value.revoked_at = Some(at(5));
    let keys = [live.clone(), ended];
    let out = Credentials { sessions: &[], keys: &keys };
    let link = token(&user, 1, TokenPurpose::ResetPassword);
    for changes in [
        decide(9, |ctx| change_password(ctx, &user, &old, &new, out, None)).ok(),
        decide(9, |ctx| reset_password(ctx, &user, &link, &new, out)).ok(),
    ] {
        let changes = changes.unwrap_or_default();
        let revoked: Vec<_> =
            changes.api_keys.changed.iter().map(|it| (it.id, it.revoked_at)).collect();
        assert_eq!(revoked, [(live.id, Some(at(9)))], "one that has ended stays as it is");
        assert_eq!(told(&changes), [MailKind::PasswordChanged]);
    }
}

#[test]
fn the_user_is_told_of_a_new_key() {
    let user = user(Role::Admin);
    let changes = decide(1, |ctx| {
        let wish = NewApiKey {
            id: ctx.id(),
            name: "Deploy".to_owned(),
            secret_hash: TokenHash::new("k"),
            scopes: vec![Permission::OrdersView],
            expires_at: None,
        };
        create_api_key(ctx, &user, &[], &wish).map(|it| it.0)
    });
    assert_eq!(told(&changes.unwrap_or_default()), [MailKind::ApiKeyCreated]);
}

#[test]
fn an_address_that_two_have_registered_has_no_password_until_its_mail_was_read() {
    let mut unproved = user(Role::Customer);
    unproved.value.email_verified_at = None;
    let answer = |user: &Versioned<User>, cause| {
        decide(3, |ctx| answer_guest(ctx, user, cause, &link(ctx))).unwrap_or_default()
    };
    let purpose = |changes: &ChangeSet| changes.one_time_tokens.new[0].purpose;

    let contested = answer(&unproved, LinkCause::RegisteredAgain);
    assert_eq!(purpose(&contested), TokenPurpose::ResetPassword);
    assert_eq!(user_after(&contested).password_hash, PasswordHash::of_none());
    assert_eq!(user_after(&contested).email_verified_at, None);
    let owner = unproved.with(user_after(&contested));
    let link = Versioned::new(contested.one_time_tokens.new[0].clone(), 1);
    let new = PasswordHash::new("new");
    let chosen = decide(4, |ctx| reset_password(ctx, &owner, &link, &new, NOTHING));
    let chosen = user_after(&chosen.unwrap_or_default());
    assert_eq!((chosen.password_hash, chosen.email_verified_at), (new, Some(at(4))));

    let proved = user(Role::Customer);
    for (user, cause, expected) in [
        (&proved, LinkCause::RegisteredAgain, TokenPurpose::ResetPassword),
        (&proved, LinkCause::Forgotten, TokenPurpose::ResetPassword),
        (&unproved, LinkCause::Forgotten, TokenPurpose::ResetPassword),
        (&unproved, LinkCause::Resend, TokenPurpose::VerifyEmail),
        (&owner, LinkCause::RegisteredAgain, TokenPurpose::ResetPassword),
    ] {
        let changes = answer(user, cause);
        assert_eq!(purpose(&changes), expected, "{cause}");
        assert!(changes.users.changed.is_empty(), "{cause} changes no password");
    }
    let nothing = decide(3, |ctx| answer_guest(ctx, &proved, LinkCause::Resend, &self::link(ctx)));
    assert_eq!(nothing, Err(TokenRefusal::AlreadyVerified));
}

#[test]
fn asking_for_a_link_is_one_task_for_every_address() {
    let asked = decide(1, |ctx| ask_for_link(ctx, &email(), LinkCause::Forgotten, &link(ctx)));
    let shape = ChangeSet { tasks: asked.tasks.clone(), ..ChangeSet::default() };
    assert_eq!((asked.tasks.len(), &asked), (1, &shape), "nothing but the task");
}

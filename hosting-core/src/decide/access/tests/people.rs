//! Who manages whom, and the admin who is always left.

use super::*;
use crate::{
    change::Guard,
    kernel::Id,
    model::{DomainEvent, Event, Permission, Subject},
};

/// Another user than [`user`], with that role.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method is not general enough over lifetimes"
)]
fn other(role: Role, minutes: i64) -> Versioned<User> {
    let mut other = user(role);
    other.value.id = decide(minutes, |context| context.id());
    other.value.email = format!("other{minutes}@example.com").parse().unwrap_or_else(|_| email());
    other
}

fn by(user: &Versioned<User>) -> Manager<'_> {
    Manager::User { user, held: user.role.permissions() }
}

fn guarded(changes: &ChangeSet) -> Vec<String> {
    changes.guards.iter().map(|it: &Guard| it.id.clone()).collect()
}

fn staff(role: Role) -> NewStaff {
    NewStaff {
        email: email(),
        name: "Sari".to_owned(),
        role,
        password_hash: PasswordHash::of_none(),
        locale: "id".to_owned(),
    }
}

#[test]
fn only_an_admin_manages_staff_and_never_beyond_the_credential_in_use() {
    for role in Role::ALL {
        let me = user(*role);
        for wished in [Role::Admin, Role::Billing, Role::Support] {
            let wish = staff(wished);
            let made =
                decide(1, |ctx| create_staff(ctx, by(&me), ctx.id(), &wish, None)).map(|_| ());
            let expected = if *role == Role::Admin { Ok(()) } else { Err(StaffRefusal::Beyond) };
            assert_eq!(made, expected, "{role} makes {wished}");
        }
    }
    let me = user(Role::Admin);
    let narrow = Manager::User { user: &me, held: &[Permission::UsersManage] };
    let target = other(Role::Support, 5);
    for role in [Role::Admin, Role::Billing] {
        let raised = decide(1, |ctx| change_role(ctx, narrow, &target, role, Some(&me)));
        assert_eq!(raised, Err(StaffRefusal::Beyond), "a narrow key makes no {role}");
    }
    let mut shut = me.clone();
    shut.value.status = crate::model::UserStatus::Disabled;
    let wish = staff(Role::Support);
    let made = decide(1, |ctx| create_staff(ctx, by(&shut), ctx.id(), &wish, None)).map(|_| ());
    assert_eq!(made, Err(StaffRefusal::Beyond), "whoever is shut out meanwhile");
}

#[test]
fn whoever_manages_is_guarded() {
    let (me, target) = (user(Role::Admin), other(Role::Support, 5));
    let raised = decide(1, |ctx| change_role(ctx, by(&me), &target, Role::Billing, None));
    let raised = raised.unwrap_or_default();
    assert!(guarded(&raised).contains(&me.id.stored()));
    assert_eq!(user_after(&raised).role, Role::Billing);
    let told = DomainEvent::UserRoleChanged { from: Role::Support, to: Role::Billing };
    assert_eq!(raised.events[0].body, told);
    let same = decide(1, |ctx| change_role(ctx, by(&me), &target, Role::Support, None));
    assert_eq!(same, Ok(ChangeSet::default()), "nothing to change");
}

#[test]
fn the_last_admin_who_can_log_in_stays_one() {
    let (me, second) = (user(Role::Admin), other(Role::Admin, 5));
    let invited = {
        let mut it = other(Role::Admin, 6);
        it.value.password_hash = PasswordHash::of_none();
        it
    };
    let shut = {
        let mut it = other(Role::Admin, 7);
        it.value.status = crate::model::UserStatus::Disabled;
        it
    };
    let clerk = other(Role::Billing, 8);
    let step_down = |witness: Option<&Versioned<User>>| {
        decide(9, |ctx| change_role(ctx, by(&me), &me, Role::Support, witness))
    };
    for (nobody, why) in [
        (None, "nobody else"),
        (Some(&invited), "has no password yet"),
        (Some(&shut), "cannot log in"),
        (Some(&clerk), "is no admin"),
        (Some(&me), "is the same"),
    ] {
        assert_eq!(step_down(nobody), Err(StaffRefusal::LastAdmin), "{why}");
        let operator = Manager::Operator;
        let gone = decide(9, |ctx| disable_user(ctx, operator, &me, NOTHING, nobody));
        assert_eq!(gone, Err(StaffRefusal::LastAdmin), "{why}");
    }
    let done = step_down(Some(&second)).unwrap_or_default();
    assert!(guarded(&done).contains(&second.id.stored()), "the one who is left is guarded");
    assert_eq!(user_after(&done).role, Role::Support);
}

#[test]
fn customers_do_not_become_staff_nor_staff_customers() {
    let (me, buyer) = (user(Role::Admin), other(Role::Customer, 5));
    let raised = decide(1, |ctx| change_role(ctx, by(&me), &buyer, Role::Admin, Some(&me)));
    assert_eq!(raised, Err(StaffRefusal::ActsForCustomer));
    let clerk = other(Role::Billing, 6);
    let made = decide(1, |ctx| change_role(ctx, by(&me), &clerk, Role::Customer, Some(&me)));
    assert_eq!(made, Err(StaffRefusal::NotAStaffRole));
}

#[test]
fn a_customer_made_by_staff_has_no_password_until_its_link_chose_one() {
    let clerk = user(Role::Billing);
    let made = decide(1, |ctx| enrol(ctx, by(&clerk), ctx.id(), &wish(), &link(ctx)));
    let (made, customer) = made.unwrap_or_else(|_| unreachable!());
    let first = Versioned::new(made.users.new[0].clone(), 1);
    assert_eq!(first.password_hash, PasswordHash::of_none(), "whatever the wish said");
    assert_eq!((first.customer_id, first.email_verified_at), (Some(customer.id), None));
    let kinds: Vec<_> = made.tasks.iter().map(|it| it.job.clone()).collect();
    assert!(matches!(
        kinds[..],
        [Job::MailUser { kind: MailKind::Invitation, token: Some(_), .. }]
    ));
    let invitation = Versioned::new(made.one_time_tokens.new[0].clone(), 1);
    let week = 7 * 24 * 60;
    let new = PasswordHash::new("new");
    let choose =
        |minutes| decide(minutes, |ctx| reset_password(ctx, &first, &invitation, &new, NOTHING));
    assert_eq!(choose(1 + week), Err(TokenRefusal::Unusable), "a week is over");
    let chosen = choose(week).unwrap_or_default();
    assert_eq!(user_after(&chosen).email_verified_at, Some(at(week)));
    assert_eq!(told(&chosen), [], "there was no password that was changed");

    let helper = user(Role::Support);
    let refused = decide(1, |ctx| enrol(ctx, by(&helper), ctx.id(), &wish(), &link(ctx)));
    assert_eq!(refused.map(|_| ()), Err(StaffRefusal::Beyond));
}

#[test]
fn who_may_change_a_customer_does_not_let_anybody_into_the_account() {
    let (me, clerk) = (user(Role::Admin), user(Role::Billing));
    let (_, customer) = decide(1, |ctx| enrol(ctx, by(&me), ctx.id(), &wish(), &link(ctx)))
        .unwrap_or_else(|_| unreachable!());
    let customer = Versioned::new(customer, 1);
    let person = NewPerson { email: email(), name: "Tono".to_owned(), locale: "id".to_owned() };
    let added = |by: Manager<'_>| {
        decide(2, |ctx| add_user(ctx, by, &customer, ctx.id(), &person, &link(ctx)))
    };
    assert_eq!(added(by(&clerk)).map(|_| ()), Err(StaffRefusal::Beyond));
    let narrow = Manager::User { user: &me, held: &[Permission::CustomersManage] };
    assert_eq!(added(narrow).map(|_| ()), Err(StaffRefusal::Beyond));
    let (set, _) = added(by(&me)).unwrap_or_else(|_| unreachable!());
    let told = |it: &&Event| it.subject == Subject::from(customer.id);
    assert_eq!(set.events.iter().filter(told).count(), 1, "the customer's journal tells of it");
}

#[test]
fn only_somebody_without_a_password_is_invited_again() {
    let me = user(Role::Admin);
    let mut invited = other(Role::Support, 5);
    let again =
        |user: &Versioned<User>| decide(9, |ctx| invite_again(ctx, by(&me), user, &link(ctx)));
    assert_eq!(again(&invited), Err(StaffRefusal::HasPassword));
    invited.value.password_hash = PasswordHash::of_none();
    let sent = again(&invited).unwrap_or_default();
    assert_eq!(sent.one_time_tokens.new[0].purpose, TokenPurpose::Invitation);
    invited.value.status = crate::model::UserStatus::Disabled;
    assert_eq!(again(&invited), Err(StaffRefusal::Disabled));
}

#[test]
fn ending_sessions_and_revoking_keys_is_the_managers_to_do_and_journalled() {
    let (me, target) = (user(Role::Admin), other(Role::Support, 5));
    let live = [session(&target, 6), session(&target, 7)];
    let made = key(Role::Admin, &[Permission::OrdersView], &[]).unwrap_or_else(|_| unreachable!());
    let theirs = Versioned::new(ApiKey { user_id: target.id, ..made.clone() }, 1);
    let stranger = Versioned::new(ApiKey { id: Id::from_ulid(ulid::Ulid(7)), ..made }, 1);
    let keys = [theirs.clone(), stranger];
    let ended = decide(9, |ctx| end_sessions(ctx, by(&me), &target, &live)).unwrap_or_default();
    assert_eq!((ended.sessions.changed.len(), ended.events.len()), (2, 1));
    let gone = decide(9, |ctx| revoke_keys(ctx, by(&me), &target, &keys)).unwrap_or_default();
    let ids: Vec<_> = gone.api_keys.changed.iter().map(|it| it.id).collect();
    assert_eq!((ids, gone.events.len()), (vec![theirs.id], 1), "nobody else's");
    let clerk = other(Role::Billing, 8);
    let refused = decide(9, |ctx| end_sessions(ctx, by(&clerk), &target, &live));
    assert_eq!(refused, Err(StaffRefusal::Beyond));
}

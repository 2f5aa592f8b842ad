//! Accounts that staff make for customers. Staff choose no password: its owner does, with a mailed link.

use super::{
    authority::Manager,
    field::{line, locale},
    link::{MailToken, mail_link},
    register::{Registration, new_user, open_account},
    session::may_act,
    staff::StaffRefusal,
};
use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::{Email, Versioned},
    model::{Customer, DomainEvent, Role, TokenPurpose, User, UserId, access::PasswordHash},
};

/// Somebody who is about to act for a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// Log-in name.
    pub email: Email,
    /// Full name; 1 to 120 characters.
    pub name: String,
    /// `id` or `en`.
    pub locale: String,
}

/// Makes a customer with a first user, who is mailed a link to choose a password; until then nobody
/// logs in. The link proves the address. Whatever password `wish` has is not used.
///
/// # Errors
/// A [`StaffRefusal`].
pub fn enrol(
    ctx: &Context<'_>,
    by: Manager<'_>,
    user_id: UserId,
    wish: &Registration,
    token: &MailToken,
) -> Result<(ChangeSet, Customer), StaffRefusal> {
    let mut set = ChangeSet::default();
    by.demand(Role::Customer, &mut set)?;
    let wish = Registration { password_hash: PasswordHash::of_none(), ..wish.clone() };
    let (user, customer) = open_account(ctx, &mut set, user_id, &wish)?;
    mail_link(ctx, &mut set, &user, TokenPurpose::Invitation, token);
    Ok((set, customer))
}

/// Makes one more user of a customer, who is mailed a link to choose a password. It takes more than to
/// change a customer's data, and the customer's own journal tells of it.
///
/// # Errors
/// A [`StaffRefusal`].
pub fn add_user(
    ctx: &Context<'_>,
    by: Manager<'_>,
    customer: &Versioned<Customer>,
    user_id: UserId,
    wish: &NewPerson,
    token: &MailToken,
) -> Result<(ChangeSet, User), StaffRefusal> {
    let mut set = ChangeSet::default();
    by.demand_entry(&mut set)?;
    set.guard(customer);
    let mut user = new_user(ctx, user_id, &wish.email, &PasswordHash::of_none(), Role::Customer);
    user.name = line("name", &wish.name, 120)?;
    user.locale = locale(&wish.locale)?;
    user.customer_id = Some(customer.id);
    ctx.record(&mut set, user_id, DomainEvent::UserCreated { role: Role::Customer });
    let fields = vec!["users".to_owned()];
    ctx.record(&mut set, customer.id, DomainEvent::CustomerUpdated { fields });
    set.users.add(user.clone());
    mail_link(ctx, &mut set, &user, TokenPurpose::Invitation, token);
    Ok((set, user))
}

/// Mails the link to choose a first password once more: the one before got lost or too old.
///
/// # Errors
/// A [`StaffRefusal`], also for somebody who has chosen one.
pub fn invite_again(
    ctx: &Context<'_>,
    by: Manager<'_>,
    user: &Versioned<User>,
    token: &MailToken,
) -> Result<ChangeSet, StaffRefusal> {
    let mut set = ChangeSet::default();
    by.demand(user.role, &mut set)?;
    if user.password_hash != PasswordHash::of_none() {
        return Err(StaffRefusal::HasPassword);
    }
    if !may_act(user) {
        return Err(StaffRefusal::Disabled);
    }
    set.guard(user);
    mail_link(ctx, &mut set, user, TokenPurpose::Invitation, token);
    Ok(set)
}

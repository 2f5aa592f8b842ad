//! Registering as a customer.

use super::{
    field::{FieldOutOfRange, address, company, line, locale, maybe},
    link::{MailToken, mail_link},
};
use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::{Currency, Email, Phone},
    model::{
        Address, Customer, CustomerKind, CustomerStatus, DomainEvent, Role, TokenPurpose, User,
        UserId, UserStatus, access::PasswordHash,
    },
};

/// Somebody who wants to buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Log-in name, and where invoices go.
    pub email: Email,
    /// Finished hash of the password.
    pub password_hash: PasswordHash,
    /// Full name; 1 to 120 characters.
    pub name: String,
    /// Who they are for tax. A company must have [`company`](Self::company).
    pub kind: CustomerKind,
    /// The company's name; 1 to 120 characters.
    pub company: Option<String>,
    /// Phone number.
    pub phone: Option<Phone>,
    /// Postal address; its texts 1 to 160 characters.
    pub address: Address,
    /// Tax number; 1 to 40 characters.
    pub tax_id: Option<String>,
    /// What they pay in.
    pub currency: Currency,
    /// `id` or `en`.
    pub locale: String,
}

impl Registration {
    /// The same wish with its texts trimmed and checked. [`register`] does this too; ask before
    /// counting or hashing for somebody whose fields do not fit anyway.
    ///
    /// # Errors
    /// A text that does not fit.
    pub fn checked(&self) -> Result<Self, FieldOutOfRange> {
        let company = company(self.kind, self.company.as_deref())?;
        Ok(Self {
            name: line("name", &self.name, 120)?,
            company,
            address: address(&self.address)?,
            tax_id: maybe("tax_id", self.tax_id.as_deref(), 40)?,
            locale: locale(&self.locale)?,
            ..self.clone()
        })
    }
}

/// Makes a user and the customer they act for, and mails them a link to prove the address.
///
/// That the address is still free is the database's to say
/// ([`Unique::UserEmail`](crate::change::Unique::UserEmail)).
///
/// # Errors
/// A text that does not fit.
pub fn register(
    ctx: &Context<'_>,
    user_id: UserId,
    wish: &Registration,
    token: &MailToken,
) -> Result<ChangeSet, FieldOutOfRange> {
    let mut set = ChangeSet::default();
    let (user, _) = open_account(ctx, &mut set, user_id, wish)?;
    mail_link(ctx, &mut set, &user, TokenPurpose::VerifyEmail, token);
    Ok(set)
}

/// Makes a user and the customer they act for; nobody is mailed.
pub(super) fn open_account(
    ctx: &Context<'_>,
    set: &mut ChangeSet,
    user_id: UserId,
    wish: &Registration,
) -> Result<(User, Customer), FieldOutOfRange> {
    let now = ctx.now();
    let wish = wish.checked()?;
    let mut user = new_user(ctx, user_id, &wish.email, &wish.password_hash, Role::Customer);
    let customer = Customer {
        id: ctx.id(),
        kind: wish.kind,
        name: wish.name,
        company: wish.company,
        email: wish.email,
        phone: wish.phone,
        address: wish.address,
        tax_id: wish.tax_id,
        currency: wish.currency,
        locale: wish.locale,
        status: CustomerStatus::Active,
        hold: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    user.name.clone_from(&customer.name);
    user.locale.clone_from(&customer.locale);
    user.customer_id = Some(customer.id);
    ctx.record(set, user_id, DomainEvent::UserCreated { role: Role::Customer });
    let body = DomainEvent::CustomerCreated { user_id: Some(user_id) };
    ctx.record(set, customer.id, body);
    set.customers.add(customer.clone());
    set.users.add(user.clone());
    Ok((user, customer))
}

pub(super) fn new_user(
    ctx: &Context<'_>,
    id: UserId,
    email: &Email,
    hash: &PasswordHash,
    role: Role,
) -> User {
    User {
        id,
        email: email.clone(),
        name: String::new(),
        password_hash: hash.clone(),
        role,
        status: UserStatus::Active,
        customer_id: None,
        locale: String::new(),
        email_verified_at: None,
        credentials_epoch: 0,
        created_at: ctx.now(),
        updated_at: ctx.now(),
        deleted_at: None,
    }
}

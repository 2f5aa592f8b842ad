//! A customer's data, as the customer or staff change it.
//!
//! The mail address is not among it: it follows the log-in name, which has to be proved anew
//! ([`access::change_email`](super::access::change_email)). Nor is the currency, in which services run.

use super::{
    access::{FieldOutOfRange, address, company, line, locale, maybe},
    configuration::{ConfigurationRefusal, Edit, Misfit, at_version},
};
use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::{Phone, Versioned},
    model::{Address, Customer, CustomerKind, DomainEvent, User},
};

/// What is to be changed; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// Full name; 1 to 120 characters.
    pub name: Option<String>,
    /// Who they are for tax. A company must have a [`company`](Self::company).
    pub kind: Option<CustomerKind>,
    /// The company's name; 1 to 120 characters.
    pub company: Edit<String>,
    /// Phone number.
    pub phone: Edit<Phone>,
    /// Postal address, whole; its texts 1 to 160 characters, the postal code 40 at most.
    pub address: Option<Address>,
    /// Tax number; 1 to 40 characters.
    pub tax_id: Edit<String>,
    /// `id` or `en`.
    pub locale: Option<String>,
}

/// Changes a customer's data, and what of it is also said of the user who asks. Issued invoices keep what
/// they were issued with (law 10). A wish that changes nothing is an empty change set.
///
/// # Errors
/// A text that does not fit.
pub fn change_profile(
    context: &Context<'_>,
    customer: &Versioned<Customer>,
    user: Option<&Versioned<User>>,
    wish: &ProfileChange,
) -> Result<ChangeSet, FieldOutOfRange> {
    let before = &customer.value;
    let mut after = wished(before, wish)?;
    let fields = differences(before, &after);
    let mut changes = ChangeSet::default();
    if let Some(user) = user {
        follow(context, user, before, &after, wish, &mut changes);
    }
    if fields.is_empty() {
        return Ok(changes);
    }
    context.record(&mut changes, after.id, DomainEvent::CustomerUpdated { fields });
    after.updated_at = context.now();
    changes.customers.change(customer.with(after));
    Ok(changes)
}

/// Changes a customer's data as staff wish, to the version `expected` that they saw. The customer's users
/// keep their own names and languages.
///
/// # Errors
/// A text that does not fit; another version.
pub fn change_customer(
    context: &Context<'_>,
    customer: &Versioned<Customer>,
    expected: i64,
    wish: &ProfileChange,
) -> Result<ChangeSet, ConfigurationRefusal> {
    at_version(customer, expected)?;
    change_profile(context, customer, None, wish).map_err(|it| {
        let (field, expected) = (it.field.to_owned(), it.expected.to_owned());
        ConfigurationRefusal::Fields(vec![Misfit { field, expected }])
    })
}

fn wished(before: &Customer, wish: &ProfileChange) -> Result<Customer, FieldOutOfRange> {
    let mut after = before.clone();
    if let Some(name) = &wish.name {
        after.name = line("name", name, 120)?;
    }
    after.kind = wish.kind.unwrap_or(before.kind);
    wish.company.apply(&mut after.company);
    after.company = company(after.kind, after.company.as_deref())?;
    wish.tax_id.apply(&mut after.tax_id);
    after.tax_id = maybe("tax_id", after.tax_id.as_deref(), 40)?;
    if let Some(it) = &wish.address {
        after.address = address(it)?;
    }
    if let Some(text) = &wish.locale {
        after.locale = locale(text)?;
    }
    wish.phone.apply(&mut after.phone);
    Ok(after)
}

/// The user who asks goes by the customer's name for as long as they were called the same: a customer may
/// have other users. The language they choose is theirs.
fn follow(
    context: &Context<'_>,
    read: &Versioned<User>,
    before: &Customer,
    after: &Customer,
    wish: &ProfileChange,
    changes: &mut ChangeSet,
) {
    let mut user = read.value.clone();
    if user.name == before.name {
        user.name.clone_from(&after.name);
    }
    if wish.locale.is_some() {
        user.locale.clone_from(&after.locale);
    }
    let differs = [("name", user.name != read.name), ("locale", user.locale != read.locale)];
    let fields = named(&differs);
    if fields.is_empty() {
        return;
    }
    context.record(changes, user.id, DomainEvent::UserUpdated { fields });
    user.updated_at = context.now();
    changes.users.change(read.with(user));
}

/// The names of what differs.
fn named(all: &[(&str, bool)]) -> Vec<String> {
    all.iter().filter(|(_, differs)| *differs).map(|(name, _)| (*name).to_owned()).collect()
}

fn differences(before: &Customer, after: &Customer) -> Vec<String> {
    let all = [
        ("name", before.name != after.name),
        ("kind", before.kind != after.kind),
        ("company", before.company != after.company),
        ("phone", before.phone != after.phone),
        ("address", before.address != after.address),
        ("tax_id", before.tax_id != after.tax_id),
        ("locale", before.locale != after.locale),
    ];
    named(&all)
}

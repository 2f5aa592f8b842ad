//! What customers change about themselves.
//!
//! The mail address is not among it: it is also the log-in name and has to be proved anew.

use super::{access::FieldOutOfRange, configuration::Edit};
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

/// Changes a customer's data, and name and language of the user they log in with. Issued invoices
/// keep what they were issued with (law 10). A wish that changes nothing is an empty change set.
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
    let mut after = before.clone();
    if let Some(name) = &wish.name {
        after.name = line("name", name, 120)?;
    }
    wish.company.apply(&mut after.company);
    after.company = maybe("company", after.company.as_deref(), 120)?;
    wish.tax_id.apply(&mut after.tax_id);
    after.tax_id = maybe("tax_id", after.tax_id.as_deref(), 40)?;
    if let Some(address) = &wish.address {
        after.address = checked_address(address)?;
    }
    if let Some(locale) = &wish.locale {
        if !matches!(locale.as_str(), "id" | "en") {
            return Err(FieldOutOfRange { field: "locale", expected: "`id` or `en`" });
        }
        after.locale.clone_from(locale);
    }
    after.kind = wish.kind.unwrap_or(before.kind);
    wish.phone.apply(&mut after.phone);
    if after.kind == CustomerKind::Company && after.company.is_none() {
        let expected = "the company's name, for a customer that is a company";
        return Err(FieldOutOfRange { field: "company", expected });
    }
    let fields = differences(before, &after);
    let mut changes = ChangeSet::default();
    if fields.is_empty() {
        return Ok(changes);
    }
    context.record(&mut changes, after.id, DomainEvent::CustomerUpdated { fields });
    if let Some(user) = user {
        rename(context, user, &after, &mut changes);
    }
    after.updated_at = context.now();
    changes.customers.change(customer.with(after));
    Ok(changes)
}

fn rename(
    context: &Context<'_>,
    read: &Versioned<User>,
    customer: &Customer,
    changes: &mut ChangeSet,
) {
    let mut user = read.value.clone();
    user.name.clone_from(&customer.name);
    user.locale.clone_from(&customer.locale);
    if user == read.value {
        return;
    }
    let fields = vec!["name".to_owned(), "locale".to_owned()];
    context.record(changes, user.id, DomainEvent::UserUpdated { fields });
    user.updated_at = context.now();
    changes.users.change(read.with(user));
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
    all.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()).collect()
}

fn checked_address(raw: &Address) -> Result<Address, FieldOutOfRange> {
    Ok(Address {
        line1: line("address.line1", &raw.line1, 160)?,
        line2: maybe("address.line2", raw.line2.as_deref(), 160)?,
        city: line("address.city", &raw.city, 160)?,
        region: maybe("address.region", raw.region.as_deref(), 160)?,
        postcode: maybe("address.postcode", raw.postcode.as_deref(), 40)?,
        country: raw.country.clone(),
    })
}

fn line(field: &'static str, text: &str, most: usize) -> Result<String, FieldOutOfRange> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > most || text.chars().any(char::is_control) {
        let expected = match most {
            40 => "one line of 1 to 40 characters",
            120 => "one line of 1 to 120 characters",
            _ => "one line of 1 to 160 characters",
        };
        return Err(FieldOutOfRange { field, expected });
    }
    Ok(text.to_owned())
}

fn maybe(
    field: &'static str,
    text: Option<&str>,
    most: usize,
) -> Result<Option<String>, FieldOutOfRange> {
    text.map(|it| line(field, it, most)).transpose()
}

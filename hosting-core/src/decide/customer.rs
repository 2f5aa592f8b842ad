//! A customer's data, as the customer or staff change it; holds on a customer; closing the account.
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
    kernel::{IllegalTransition, Phone, Versioned},
    model::{Address, Customer, CustomerKind, DomainEvent, User, customer::CustomerTrigger},
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

/// Sets a hold on everything of a customer's (`Some` reason) or lifts it: nothing of theirs is switched off
/// or removed while it lasts (law 7).
pub fn hold(
    context: &Context<'_>,
    customer: &Versioned<Customer>,
    reason: Option<&str>,
) -> ChangeSet {
    let held = Customer {
        hold: reason.map(str::to_owned),
        updated_at: context.now(),
        ..customer.value.clone()
    };
    let mut changes = ChangeSet::default();
    let body = DomainEvent::HoldChanged { reason: held.hold.clone() };
    context.record(&mut changes, held.id, body);
    changes.customers.change(customer.with(held));
    changes
}

/// What of a customer's is not at its end. Nothing is added to it unseen: an order writes the customer anew,
/// and whatever else makes invoices or keeps money needs a service or an invoice that is counted here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unfinished {
    /// Whether there is a service that has not ended, one that waits for its first payment among them.
    pub has_services: bool,
    /// Whether an invoice is open.
    pub owes: bool,
    /// Whether money of theirs belongs to no invoice and was not given back.
    pub is_owed: bool,
}

/// Why an account is not closed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClosingRefusal {
    /// Something runs.
    #[error("services are running or ordered; cancel them, or their orders, first")]
    HasServices,
    /// They owe.
    #[error("invoices are open; collect or void them first")]
    Owes,
    /// We owe.
    #[error("a payment of theirs is for no invoice; give it back first")]
    IsOwed,
    /// It is that already.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
}

/// Closes the account: nothing is ordered with it any more. History stays, and whoever logs in still sees it.
///
/// # Errors
/// A [`ClosingRefusal`], while anything is left to be settled between us.
pub fn close(
    context: &Context<'_>,
    customer: &Versioned<Customer>,
    left: Unfinished,
    reason: &str,
) -> Result<ChangeSet, ClosingRefusal> {
    let status = customer.status.on(CustomerTrigger::Closed)?;
    if left.has_services {
        return Err(ClosingRefusal::HasServices);
    }
    if left.owes {
        return Err(ClosingRefusal::Owes);
    }
    if left.is_owed {
        return Err(ClosingRefusal::IsOwed);
    }
    let closed = Customer { status, updated_at: context.now(), ..customer.value.clone() };
    let mut changes = ChangeSet::default();
    let body = DomainEvent::CustomerClosed { reason: reason.to_owned() };
    context.record(&mut changes, closed.id, body);
    changes.customers.change(customer.with(closed));
    Ok(changes)
}

/// Opens the account again.
///
/// # Errors
/// When it is open.
pub fn reopen(
    context: &Context<'_>,
    customer: &Versioned<Customer>,
) -> Result<ChangeSet, ClosingRefusal> {
    let status = customer.status.on(CustomerTrigger::Reopened)?;
    let open = Customer { status, updated_at: context.now(), ..customer.value.clone() };
    let mut changes = ChangeSet::default();
    context.record(&mut changes, open.id, DomainEvent::CustomerReopened {});
    changes.customers.change(customer.with(open));
    Ok(changes)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Actor, CustomerStatus},
        testing::conformance::store::{Sample, Shop},
    };

    #[test]
    fn an_account_is_closed_when_nothing_is_left_between_us_and_opens_again() {
        let sample = Sample::new(1);
        let open = Versioned::new(Shop::new(&sample).customer, 3);
        let context = Context::new(sample.mint(), &Actor::System);
        let refused = |left| close(&context, &open, left, "moved away").map(|_| ());
        let none = Unfinished::default();
        for (left, refusal) in [
            (Unfinished { has_services: true, ..none }, ClosingRefusal::HasServices),
            (Unfinished { owes: true, ..none }, ClosingRefusal::Owes),
            (Unfinished { is_owed: true, ..none }, ClosingRefusal::IsOwed),
        ] {
            assert_eq!(refused(left), Err(refusal));
        }
        let after = |changes: ChangeSet| changes.customers.changed.first().cloned();
        let closed = after(close(&context, &open, none, "moved away").unwrap_or_default());
        let closed = closed.unwrap_or_else(|| open.clone());
        assert_eq!(closed.status, CustomerStatus::Closed);
        let again = close(&context, &closed, none, "again").map(|_| ());
        assert!(matches!(again, Err(ClosingRefusal::Illegal(_))));
        let opened = after(reopen(&context, &closed).unwrap_or_default());
        assert_eq!(opened.map(|it| it.status), Some(CustomerStatus::Active));
    }
}

//! Gap-free numbers, given by the issuing commit.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use chrono::NaiveDate;

use super::{
    asserts::*,
    sample::{Sample, day},
};
use crate::{
    change::{ChangeSet, NumberPattern, NumberRequest, Unique},
    kernel::Versioned,
    model::{Customer, Invoice, InvoiceId, InvoiceStatus},
    port::Store,
};

const PATTERN: &str = "INV/{yyyy}/{seq:5}";

fn request(pattern: &str, invoice: InvoiceId, date: NaiveDate) -> NumberRequest {
    pattern.parse::<NumberPattern>().unwrap().request(invoice, date)
}

fn today() -> NaiveDate {
    day(2026, 3, 2)
}

async fn stored_customer(store: &dyn Store, sample: &Sample) -> Customer {
    let customer = sample.customer();
    put(store, new!(customers: customer)).await;
    customer
}

/// A change set that issues one invoice.
fn issuing(invoice: &Invoice, pattern: &str, date: NaiveDate) -> ChangeSet {
    let mut changes = new!(invoices: invoice);
    changes.numbers.push(request(pattern, invoice.id, date));
    changes
}

/// Issues a new invoice and answers its number.
async fn issue(
    store: &dyn Store,
    sample: &Sample,
    customer: &Customer,
    pattern: &str,
    date: NaiveDate,
) -> String {
    let invoice = sample.invoice(customer);
    let receipt = put(store, issuing(&invoice, pattern, date)).await;
    let stored = store.invoice(invoice.id).await.unwrap().unwrap();
    let number = stored.value.number.expect("an issued invoice has a number");
    assert_eq!(receipt.numbers, [(invoice.id, number.clone())], "the receipt tells the truth");
    number
}

pub async fn the_first_number_of_a_series_is_one(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = stored_customer(store, &sample).await;
    assert_eq!(issue(store, &sample, &customer, PATTERN, today()).await, "INV/2026/00001");
}

pub async fn numbers_follow_each_other(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = stored_customer(store, &sample).await;
    for seq in 1..=12 {
        let number = issue(store, &sample, &customer, PATTERN, today()).await;
        assert_eq!(number, format!("INV/2026/{seq:05}"));
    }
}

pub async fn each_series_counts_for_itself(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = stored_customer(store, &sample).await;
    for (pattern, number) in [
        ("A-{seq:3}", "A-001"),
        ("B-{seq:3}", "B-001"),
        ("A-{seq:3}", "A-002"),
        ("A-{seq:3}/X", "A-001/X"),
        ("a-{seq:3}", "a-001"),
        ("B-{seq:3}", "B-002"),
    ] {
        assert_eq!(issue(store, &sample, &customer, pattern, today()).await, number);
    }
}

pub async fn a_new_year_begins_a_series_anew(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = stored_customer(store, &sample).await;
    for (date, number) in [
        (day(2026, 12, 31), "INV/2026/00001"),
        (day(2027, 1, 1), "INV/2027/00001"),
        (day(2026, 12, 31), "INV/2026/00002"),
    ] {
        assert_eq!(issue(store, &sample, &customer, PATTERN, date).await, number);
    }
}

pub async fn a_long_series_outgrows_its_digits(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = stored_customer(store, &sample).await;
    let mut last = String::new();
    for _ in 0..11 {
        last = issue(store, &sample, &customer, "N{seq:1}", today()).await;
    }
    assert_eq!(last, "N11");
}

pub async fn numbers_of_one_commit_are_given_in_the_order_asked(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = stored_customer(store, &sample).await;
    let invoices: Vec<_> = (0..50).map(|_| sample.invoice(&customer)).collect();
    let mut changes = ChangeSet::default();
    changes.invoices.new = invoices.clone();
    // Neither in the order of ids nor in that of rows.
    let order: Vec<_> = (0..50).map(|at| invoices[(at * 7 + 3) % 50].id).collect();
    changes.numbers.extend(order.iter().map(|id| request(PATTERN, *id, today())));
    let receipt = put(store, changes).await;
    let expected: Vec<_> =
        order.iter().zip(1..).map(|(id, seq)| (*id, format!("INV/2026/{seq:05}"))).collect();
    assert_eq!(receipt.numbers, expected);
    for (id, number) in expected {
        assert_eq!(store.invoice(id).await.unwrap().unwrap().value.number, Some(number));
    }
}

pub async fn one_commit_may_number_in_several_series(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = stored_customer(store, &sample).await;
    let invoices: Vec<_> = (0..4).map(|_| sample.invoice(&customer)).collect();
    let mut changes = ChangeSet::default();
    for (invoice, pattern) in invoices.iter().zip(["A{seq:1}", "B{seq:1}", "A{seq:1}", "B{seq:1}"])
    {
        changes.and(issuing(invoice, pattern, today()));
    }
    let numbers: Vec<_> = put(store, changes).await.numbers.into_iter().map(|it| it.1).collect();
    assert_eq!(numbers, ["A1", "B1", "A2", "B2"]);
}

pub async fn a_draft_is_numbered_when_it_changes(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = stored_customer(store, &sample).await;
    let draft = Invoice { status: InvoiceStatus::Draft, ..sample.invoice(&customer) };
    put(store, new!(invoices: draft)).await;
    let issued = Invoice { status: InvoiceStatus::Unpaid, ..draft };
    let mut changes = changed!(invoices: Versioned::new(issued.clone(), 1));
    changes.numbers.push(request(PATTERN, issued.id, today()));
    put(store, changes).await;
    let numbered = Invoice { number: Some("INV/2026/00001".to_owned()), ..issued };
    let stored = store.invoice(numbered.id).await.unwrap();
    assert_eq!(stored, Some(Versioned::new(numbered, 2)));
}

pub async fn a_numbered_invoice_keeps_its_number_through_changes(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = stored_customer(store, &sample).await;
    let invoice = sample.invoice(&customer);
    put(store, issuing(&invoice, PATTERN, today())).await;
    let read = store.invoice(invoice.id).await.unwrap().unwrap();
    let paid = Invoice { status: InvoiceStatus::Paid, ..read.value.clone() };
    put(store, changed!(invoices: read.with(paid))).await;
    let stored = store.invoice(invoice.id).await.unwrap().unwrap();
    assert_eq!(stored.number.as_deref(), Some("INV/2026/00001"));
    assert_eq!(stored.status, InvoiceStatus::Paid);
}

pub async fn a_failed_commit_leaves_no_gap(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = stored_customer(store, &sample).await;
    assert_eq!(issue(store, &sample, &customer, PATTERN, today()).await, "INV/2026/00001");
    for _ in 0..3 {
        let mut changes = issuing(&sample.invoice(&customer), PATTERN, today());
        changes.guard(&Versioned::new(customer.clone(), 9));
        conflict(store, changes).await;
        let mut changes = issuing(&sample.invoice(&customer), PATTERN, today());
        changes.customers.add(customer.clone());
        duplicate(store, changes, Unique::PrimaryKey).await;
    }
    assert_eq!(issue(store, &sample, &customer, PATTERN, today()).await, "INV/2026/00002");
}

pub async fn a_number_needs_its_invoice_in_the_same_commit(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = stored_customer(store, &sample).await;
    let missing = sample.invoice(&customer);
    let numbers = vec![request(PATTERN, missing.id, today())];
    refusal(store, ChangeSet { numbers, ..ChangeSet::default() }).await;
    assert_eq!(issue(store, &sample, &customer, PATTERN, today()).await, "INV/2026/00001");
}

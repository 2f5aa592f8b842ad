//! Looking through the books: what must hold at any instant, checked row by row.

use std::collections::BTreeMap;

use crate::{
    kernel::{Money, PageRequest},
    model::{Invoice, InvoiceItem, InvoiceStatus, Payment, PaymentStatus},
    port::{Store, StoreError, store::InvoiceFilter},
};

/// A sentence that does not hold, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong with, in the form people see.
    pub subject: String,
    /// What should hold and does not.
    pub sentence: String,
}

/// What an audit looked at and found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audited {
    /// Invoices that were looked at.
    pub invoices: u64,
    /// Payments that were looked at.
    pub payments: u64,
    /// What does not hold; empty when the books are right.
    pub findings: Vec<Finding>,
}

impl Audited {
    fn demand(&mut self, holds: bool, subject: &str, sentence: &str) {
        if !holds {
            let (subject, sentence) = (subject.to_owned(), sentence.to_owned());
            self.findings.push(Finding { subject, sentence });
        }
    }
}

/// How many numbers a series has given, and the highest of them.
#[derive(Debug, Default)]
struct Series {
    count: u64,
    highest: u64,
}

/// Checks every invoice with its lines and payments, and every number series for gaps.
///
/// # Errors
/// [`StoreError::Unavailable`] when the database cannot be asked.
pub async fn audit(store: &dyn Store) -> Result<Audited, StoreError> {
    let mut audited = Audited::default();
    let mut series = BTreeMap::<String, Series>::new();
    let mut page = PageRequest::first(PageRequest::MAX);
    loop {
        let found = store.invoices(&InvoiceFilter::default(), &page).await?;
        for invoice in &found.items {
            let items = store.invoice_items(invoice.id).await?;
            let payments = store.payments_of(invoice.id).await?;
            let payments: Vec<_> = payments.into_iter().map(|it| it.value).collect();
            look_at(&mut audited, invoice, &items, &payments);
            if let Some(number) = &invoice.number {
                count(&mut series, number);
            }
        }
        let Some(next) = found.next else { break };
        page = PageRequest::after(Some(next), PageRequest::MAX);
    }
    for (name, series) in &series {
        let gapless = series.count == series.highest;
        audited.demand(gapless, name, "the numbers of a series have no gap and none twice");
    }
    Ok(audited)
}

fn look_at(audited: &mut Audited, invoice: &Invoice, items: &[InvoiceItem], payments: &[Payment]) {
    audited.invoices = audited.invoices.saturating_add(1);
    let subject = invoice.id.to_string();
    let currency = invoice.currency;
    let sums_to = |amounts: Vec<Money>, total: Money| {
        Money::sum(currency, amounts).is_ok_and(|sum| sum == total)
    };
    let issued = invoice.status != InvoiceStatus::Draft;
    audited.demand(!issued || invoice.number.is_some(), &subject, "an issued invoice has a number");
    let lines = items.iter().map(|it| it.gross).collect();
    audited.demand(sums_to(lines, invoice.total), &subject, "the lines add up to the total");
    let taxes = items.iter().map(|it| it.tax).collect();
    audited.demand(sums_to(taxes, invoice.tax), &subject, "the lines' tax adds up to the tax");
    let balanced = |it: &InvoiceItem| it.net.plus(it.tax).is_ok_and(|sum| sum == it.gross);
    audited.demand(items.iter().all(balanced), &subject, "net and tax make gross on every line");
    let applied = payments.iter().map(|it| it.applied).collect();
    audited.demand(sums_to(applied, invoice.paid), &subject, "what was applied is what was paid");
    let whole = invoice.paid == invoice.total;
    audited.demand(
        invoice.status != InvoiceStatus::Paid || whole,
        &subject,
        "a paid invoice is paid in full",
    );
    audited.demand(
        !invoice.status.is_open() || !whole,
        &subject,
        "an invoice that is paid in full is not open",
    );
    for payment in payments {
        audited.payments = audited.payments.saturating_add(1);
        let fits = payment.applied.minor() <= payment.received.minor();
        audited.demand(fits, &payment.id.to_string(), "no more is applied than arrived");
        let kept = payment.given_back.minor() <= payment.received.minor();
        audited.demand(
            kept || payment.status != PaymentStatus::Succeeded,
            &payment.id.to_string(),
            "no more is given back than arrived",
        );
    }
}

/// Splits a number into its last run of digits and the text around it, which names the series.
fn count(series: &mut BTreeMap<String, Series>, number: &str) {
    let digits = |c: char| c.is_ascii_digit();
    let end = number.rfind(digits).map_or(0, |at| at.saturating_add(1));
    let (head, after) = number.split_at(end);
    let before = head.trim_end_matches(digits);
    let seq: u64 = head.get(before.len()..).and_then(|it| it.parse().ok()).unwrap_or(0);
    let series = series.entry(format!("{before}#{after}")).or_default();
    series.count = series.count.saturating_add(1);
    series.highest = series.highest.max(seq);
}

//! Issuing an invoice from a quote (law 10): seller, buyer, tax and lines are frozen here.

use chrono::{DateTime, Utc};

use super::dunning::next_dunning;
use crate::{
    change::NumberRequest,
    decide::{Books, Context, pricing::Quote},
    kernel::Money,
    model::{Customer, Invoice, InvoiceId, InvoiceItem, InvoiceStatus, OrderId, Party},
};

/// An invoice with its lines, and the number that the commit is to give it.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The invoice; its number comes with the commit.
    pub invoice: Invoice,
    /// Its lines.
    pub items: Vec<InvoiceItem>,
    /// What asks for the number.
    pub number: NumberRequest,
}

/// Turns a quote into an issued invoice for `customer`, due at `due_at`.
pub fn issue(
    context: &Context<'_>,
    books: &Books,
    customer: &Customer,
    quote: Quote,
    order_id: Option<OrderId>,
    due_at: DateTime<Utc>,
) -> Issued {
    let now = context.now();
    let id: InvoiceId = context.id();
    let mut invoice = Invoice {
        id,
        customer_id: customer.id,
        order_id,
        number: None,
        status: InvoiceStatus::Unpaid,
        currency: quote.currency,
        subtotal: quote.subtotal,
        discount: quote.discount,
        tax: quote.tax,
        total: quote.total,
        paid: Money::zero(quote.currency),
        seller: books.shop.seller.clone(),
        buyer: buyer(customer),
        taxes: quote.taxes,
        issued_at: Some(now),
        due_at,
        paid_at: None,
        dunning_step: 0,
        next_dunning_at: None,
        created_at: now,
        updated_at: now,
    };
    invoice.next_dunning_at = next_dunning(&invoice, books);
    let items = quote
        .lines
        .into_iter()
        .zip(1_i64..)
        .map(|(line, position)| InvoiceItem {
            id: context.id(),
            invoice_id: id,
            position,
            kind: line.input.kind,
            subscription_id: line.input.subscription_id,
            description: line.input.description,
            quantity: i64::from(line.input.quantity),
            currency: quote.currency,
            unit_price: line.input.unit_price,
            discount: line.discount,
            net: line.net,
            tax: line.tax,
            gross: line.gross,
            period_start: line.input.period.map(|it| it.start),
            period_end: line.input.period.map(|it| it.end),
            derivation: line.derivation,
            created_at: now,
        })
        .collect();
    let number = books.invoice_number.request(id, books.day_of(now));
    Issued { invoice, items, number }
}

/// The buyer as of now: the company where there is one, with the contact's name beside it.
fn buyer(customer: &Customer) -> Party {
    let (name, attention) = match &customer.company {
        Some(company) => (company.clone(), Some(customer.name.clone())),
        None => (customer.name.clone(), None),
    };
    Party {
        name,
        attention,
        address: customer.address.clone(),
        tax_id: customer.tax_id.clone(),
        email: customer.email.to_string(),
    }
}

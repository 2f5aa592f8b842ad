//! Asking for money: the intent is stored before the first call (law 3).

use chrono::TimeDelta;

use crate::{
    change::ChangeSet,
    decide::{Books, Context},
    kernel::{Money, Versioned, calendar::later},
    model::{
        ConfirmedBy, DomainEvent, Invoice, Job, Payment, PaymentId, PaymentStatus, charge::Method,
    },
};

/// Why no payment was started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayRefusal {
    /// Nothing is owed.
    #[error("this invoice is not open for payment")]
    NotOpen,
    /// The method does not take this amount or currency.
    #[error("{method} does not take {amount}")]
    AmountNotTaken {
        /// The method's name.
        method: String,
        /// What is owed.
        amount: Money,
    },
    /// Too many offers are open already.
    #[error("there are too many open payments for this invoice; use or cancel one of them")]
    TooMany,
}

/// The most offers that may be open for one invoice at a time.
const MOST_OPEN: usize = 10;

/// What came of asking to pay.
#[derive(Debug, Clone)]
pub enum Started {
    /// There is an open offer of that kind for that amount already: show it.
    Already(PaymentId),
    /// A new offer.
    New {
        /// Which payment.
        payment_id: PaymentId,
        /// What to commit.
        changes: Box<ChangeSet>,
    },
}

/// Starts paying what is owed on `invoice` through `method` of `gateway`.
///
/// # Errors
/// A [`PayRefusal`].
pub fn start_payment(
    context: &Context<'_>,
    books: &Books,
    invoice: &Versioned<Invoice>,
    payments: &[Versioned<Payment>],
    gateway: &str,
    confirmed_by: ConfirmedBy,
    method: &Method,
) -> Result<Started, PayRefusal> {
    let (now, owed) = (context.now(), invoice.balance());
    if !owed.is_positive() {
        return Err(PayRefusal::NotOpen);
    }
    if !method.takes(owed) {
        return Err(PayRefusal::AmountNotTaken { method: method.name.to_owned(), amount: owed });
    }
    let open = payments.iter().filter(|it| it.status.is_in_flight() && it.expires_at > now);
    // An offer whose instructions were lost with an answer cannot be paid: another one is made.
    let usable = |it: &Payment| {
        it.instructions.is_some() || now < later(it.created_at, TimeDelta::minutes(2))
    };
    let same = |it: &&Versioned<Payment>| {
        it.gateway == gateway && it.method == method.id && it.amount == owed && usable(it)
    };
    if let Some(payment) = open.clone().find(same) {
        return Ok(Started::Already(payment.id));
    }
    if open.count() >= MOST_OPEN {
        return Err(PayRefusal::TooMany);
    }
    let payment = new_payment(context, books, invoice, gateway, confirmed_by, method, owed);
    let mut changes = ChangeSet::default();
    // A new version of the invoice, not a guard: of two clicks at once the second must look again,
    // and whoever is about to suspend, withdraw or cancel must see this offer first (law 7).
    let mut touched = invoice.value.clone();
    touched.updated_at = now;
    changes.invoices.change(invoice.with(touched));
    context.record(
        &mut changes,
        payment.id,
        DomainEvent::PaymentStarted {
            invoice_id: invoice.id,
            gateway: payment.gateway.clone(),
            amount: owed,
        },
    );
    let job = Job::Charge { payment_id: payment.id };
    changes.task(context.task(format!("charge/{}", payment.id.stored()), job));
    let payment_id = payment.id;
    changes.payments.add(payment);
    Ok(Started::New { payment_id, changes: Box::new(changes) })
}

fn new_payment(
    context: &Context<'_>,
    books: &Books,
    invoice: &Invoice,
    gateway: &str,
    confirmed_by: ConfirmedBy,
    method: &Method,
    owed: Money,
) -> Payment {
    let now = context.now();
    let id: PaymentId = context.id();
    let window = TimeDelta::hours(i64::from(books.policy().payment_window_hours));
    Payment {
        id,
        invoice_id: invoice.id,
        customer_id: invoice.customer_id,
        gateway: gateway.to_owned(),
        method: method.id.to_owned(),
        reference: reference(invoice, id),
        provider_ref: None,
        confirmed_by,
        currency: owed.currency(),
        amount: owed,
        received: Money::zero(owed.currency()),
        applied: Money::zero(owed.currency()),
        given_back: Money::zero(owed.currency()),
        status: PaymentStatus::Pending,
        instructions: None,
        expires_at: later(now, window),
        asked_at: None,
        // Should the charge itself be given up, it is asked about all the same (defect D3).
        next_ask_at: Some(later(now, window)),
        asks: 0,
        reported_at: None,
        report: None,
        succeeded_at: None,
        detail: String::new(),
        created_at: now,
        updated_at: now,
    }
}

/// The reference that gateways and banks show: the invoice's number and the attempt's random part,
/// never used again because one reference can be charged anew after it expired
/// (`docs/providers/midtrans.md`, "`order_id`").
fn reference(invoice: &Invoice, id: PaymentId) -> String {
    let number: String = invoice
        .number
        .as_deref()
        .unwrap_or("INV")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(30)
        .collect();
    let attempt: String = id.stored().chars().skip(14).collect();
    format!("{number}-{attempt}")
}

/// Orders the end of an offer at its gateway; the answer decides what became of it.
pub fn cancel_payment(context: &Context<'_>, payment: &Payment, changes: &mut ChangeSet) {
    if payment.status.is_in_flight() {
        let job = Job::CancelPayment { payment_id: payment.id };
        let key = format!("cancel-payment/{}", payment.id.stored());
        changes.task(context.task(key, job).unless_there());
    }
}

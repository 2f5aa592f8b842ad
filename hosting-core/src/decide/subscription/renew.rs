//! Billing the next period (law 6): which periods should exist by now and do not?

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::start::billing_due;
use crate::{
    change::ChangeSet,
    decide::{
        Books, Context,
        billing::{Issued, Settling, issue, settle_invoice},
        pricing::{BuyerForTax, LineInput, PricingError, choose_rule, price},
    },
    kernel::{IllegalTransition, Period, Ratio, Versioned, calendar::later},
    model::{
        Customer, Cycle, CycleStatus, DomainEvent, Job, LineKind, MailKind, Subscription,
        SubscriptionStatus,
    },
};

/// Why a period was not billed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenewRefusal {
    /// Nothing is to be billed now.
    #[error("nothing is to be billed yet")]
    NotDue,
    /// A subscription that has ended or has not begun is not billed.
    #[error("a subscription that is {0} is not billed")]
    NotBillable(SubscriptionStatus),
    /// The calendar or the counter of periods is at its end.
    #[error("the next period cannot be computed")]
    NoPeriod,
    /// The quantity is out of range.
    #[error("the quantity {0} is out of range")]
    Quantity(i64),
    /// An amount cannot be computed.
    #[error(transparent)]
    Pricing(#[from] PricingError),
    /// A state that does not allow it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
}

/// How long somebody has to pay an invoice that comes out late, because we did.
const LEAST_TIME_TO_PAY: TimeDelta = TimeDelta::days(3);

/// Bills the next period of a subscription that is due, once: the period's row is unique (law 5).
///
/// With [`continuous_invoices`](crate::model::BillingPolicy::continuous_invoices) the one after it
/// may be due at once as well; otherwise it waits until this one is paid.
///
/// # Errors
/// A [`RenewRefusal`]; the other subscriptions of the run go on.
pub fn renew(
    context: &Context<'_>,
    books: &Books,
    read: &Versioned<Subscription>,
    customer: &Customer,
) -> Result<ChangeSet, RenewRefusal> {
    use SubscriptionStatus as S;
    let now = context.now();
    if read.next_renewal_at.is_none_or(|at| at > now) {
        return Err(RenewRefusal::NotDue);
    }
    if !matches!(read.status, S::Trialing | S::Active | S::PastDue | S::Suspended) {
        return Err(RenewRefusal::NotBillable(read.status));
    }
    let mut subscription = read.value.clone();
    let period = next_period(&subscription).ok_or(RenewRefusal::NoPeriod)?;
    let mut issued = bill(context, books, &mut subscription, customer, period)?;

    let mut changes = ChangeSet::default();
    let mut cycle = Cycle {
        id: context.id(),
        subscription_id: subscription.id,
        number: subscription.next_period,
        period_start: period.start,
        period_end: period.end,
        invoice_id: issued.invoice.id,
        status: CycleStatus::Invoiced,
        created_at: now,
        updated_at: now,
    };
    subscription.next_period = subscription.next_period.saturating_add(1);
    subscription.next_renewal_at =
        if books.policy().continuous_invoices { billing_due(books, &subscription) } else { None };
    subscription.updated_at = now;
    announce(context, &issued, &subscription, period, &mut changes);
    if issued.invoice.total.is_zero() {
        let mut free = Settling {
            invoice: &mut issued.invoice,
            order: None,
            subscriptions: std::slice::from_mut(&mut subscription),
            cycles: std::slice::from_mut(&mut cycle),
            still_overdue: &[],
            payment_id: None,
        };
        settle_invoice(context, books, &mut free, &mut changes)?;
    }
    changes.subscription_cycles.add(cycle);
    changes.subscriptions.change(read.with(subscription));
    changes.invoices.add(issued.invoice);
    changes.invoice_items.new.extend(issued.items);
    changes.numbers.push(issued.number);
    Ok(changes)
}

fn next_period(subscription: &Subscription) -> Option<Period> {
    let number = u32::try_from(subscription.next_period).ok()?;
    subscription.cycle.period(subscription.anchor_on?, number)
}

fn bill(
    context: &Context<'_>,
    books: &Books,
    subscription: &mut Subscription,
    customer: &Customer,
    period: Period,
) -> Result<Issued, RenewRefusal> {
    let quantity = u32::try_from(subscription.quantity)
        .map_err(|_| RenewRefusal::Quantity(subscription.quantity))?;
    let line = LineInput {
        kind: LineKind::Plan,
        description: line_text(subscription, period.start, period.last_day()),
        quantity,
        unit_price: subscription.price,
        ratio: Ratio::ONE,
        price_id: subscription.plan_price_id,
        taxable: subscription.taxable,
        discountable: true,
        subscription_id: Some(subscription.id),
        period: Some(period),
    };
    let day = books.day_of(context.now());
    let rule = choose_rule(&books.tax_rules, BuyerForTax::from(customer), day);
    let coupon = subscription.discount.as_ref().map(|it| (it.code.as_str(), it.discount));
    let quote = price(subscription.currency, vec![line], coupon, rule)?;
    spend_discount(subscription);
    let due_at = due_at(books, context.now(), period.start);
    Ok(issue(context, books, customer, quote, None, due_at))
}

/// An invoice is due when its period begins, but nobody has less than three days to pay.
fn due_at(books: &Books, now: DateTime<Utc>, begins: NaiveDate) -> DateTime<Utc> {
    let begins = books.start_of(begins);
    let shortest = later(now, LEAST_TIME_TO_PAY);
    if begins >= shortest { begins } else { books.start_of(books.day_of(shortest)) }
}

fn line_text(subscription: &Subscription, first: NaiveDate, last: NaiveDate) -> String {
    let (what, domain) = (&subscription.description, &subscription.domain);
    // Two dates and what stands between.
    let room = what.len().saturating_add(domain.as_str().len()).saturating_add(33);
    let mut text = String::with_capacity(room);
    // Writing into memory cannot fail.
    let _ = write!(text, "{what} · {domain} · {first} – {last}");
    text
}

/// One term of the coupon is used up.
fn spend_discount(subscription: &mut Subscription) {
    let Some(discount) = subscription.discount.as_mut() else { return };
    let Some(left) = discount.terms_left else { return };
    if left <= 1 {
        subscription.discount = None;
    } else {
        discount.terms_left = Some(left.saturating_sub(1));
    }
}

fn announce(
    context: &Context<'_>,
    issued: &Issued,
    subscription: &Subscription,
    period: Period,
    changes: &mut ChangeSet,
) {
    let invoice = &issued.invoice;
    context.record(
        changes,
        invoice.id,
        DomainEvent::InvoiceIssued { customer_id: invoice.customer_id, total: invoice.total },
    );
    context.record(
        changes,
        subscription.id,
        DomainEvent::SubscriptionRenewed { invoice_id: invoice.id, period_start: period.start },
    );
    if invoice.total.is_zero() {
        return;
    }
    let job = Job::MailCustomer {
        kind: MailKind::InvoiceIssued,
        customer_id: invoice.customer_id,
        invoice_id: Some(invoice.id),
        subscription_id: None,
    };
    changes.task(context.task(format!("mail/issued/{}", invoice.id.stored()), job));
}

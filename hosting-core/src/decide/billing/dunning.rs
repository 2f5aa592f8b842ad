//! The calendar of an unpaid invoice: reminders, the due date, the end of grace.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    decide::Books,
    kernel::calendar::{later, shifted},
    model::{Invoice, InvoiceStatus},
};

/// Reminders go out at nine in the seller's morning, so that nobody is written to at midnight.
const MORNING: TimeDelta = TimeDelta::hours(9);

/// When reminder `step` (from 0) is due; `None` when there are no more.
pub(crate) fn reminder_due(invoice: &Invoice, step: i64, books: &Books) -> Option<DateTime<Utc>> {
    let index = usize::try_from(step).ok()?;
    let days = *books.policy().reminder_days.get(index)?;
    let day = shifted(books.day_of(invoice.due_at), i64::from(days));
    Some(later(books.start_of(day), MORNING))
}

/// How long this installation did not run between two instants.
pub fn outage_between(books: &Books, from: DateTime<Utc>, until: DateTime<Utc>) -> TimeDelta {
    books
        .outages
        .iter()
        .map(|outage| outage.overlap(from, until))
        .fold(TimeDelta::zero(), |sum, it| sum.checked_add(&it).unwrap_or(TimeDelta::MAX))
}

/// When grace ends: the due date, and the days of grace, and whatever of that time we did not run
/// ourselves (law 6: enforcement is kinder by our own outage). Documents do not move.
pub fn suspension_due(invoice: &Invoice, books: &Books, now: DateTime<Utc>) -> DateTime<Utc> {
    let grace = i64::from(books.policy().grace_days);
    let day = shifted(books.day_of(invoice.due_at), grace);
    let plain = later(books.start_of(day), MORNING);
    let started = invoice.issued_at.unwrap_or(invoice.created_at);
    later(plain, outage_between(books, started, now))
}

/// When something is next to be done about `invoice`; `None` when nothing is.
///
/// Invoices of new orders are reminded of and marked overdue; their services do not run yet, so
/// there is nothing to suspend, unless the bank took an earlier payment back.
pub fn next_dunning(invoice: &Invoice, books: &Books) -> Option<DateTime<Utc>> {
    if !invoice.status.is_open() || invoice.total.is_zero() {
        return None;
    }
    let reminder = reminder_due(invoice, invoice.dunning_step, books);
    if invoice.status != InvoiceStatus::Overdue {
        return Some(reminder.map_or(invoice.due_at, |at| at.min(invoice.due_at)));
    }
    let services_run = invoice.order_id.is_none() || invoice.paid_at.is_some();
    let grace_ends = services_run.then(|| suspension_due(invoice, books, invoice.updated_at));
    match (reminder, grace_ends) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

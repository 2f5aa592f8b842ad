//! What customers wish for an open offer: that the provider is asked at once, or that it ends.

use chrono::TimeDelta;

use super::{cancel_payment, left::tell_staff};
use crate::{
    change::{ChangeSet, Take},
    decide::Context,
    kernel::{Versioned, calendar::later},
    model::{DomainEvent, Job, MailKind, Payment, PaymentStatus, TaskId},
};

/// How often a minute the provider is asked about one payment because somebody says they paid.
pub const ASKS_A_MINUTE: i64 = 4;

/// The offer is not open any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this payment is over already: it is {0}")]
pub struct OfferOver(pub PaymentStatus);

/// Has the provider asked at once what became of `payment`, at most [`ASKS_A_MINUTE`] times a minute.
/// Also of one that ended without money: late money is still money (defect D3). When the same
/// question is waiting already, it stays the only one.
pub fn ask_now(context: &Context<'_>, payment: &Payment) -> (TaskId, ChangeSet) {
    let minute = context.now().timestamp().checked_div(60).unwrap_or(0);
    let id = payment.id.stored();
    let mut changes = ChangeSet::default();
    changes.takes.push(Take {
        expires_at: Some(later(context.now(), TimeDelta::hours(1))),
        ..Take::one(format!("rate/ask/{id}/{minute}"), Some(ASKS_A_MINUTE))
    });
    let job = Job::AskPayment { payment_id: payment.id };
    let task = context.task(format!("ask-now/{id}"), job).unless_there();
    let task_id = task.id;
    changes.task(task);
    (task_id, changes)
}

/// Ends an offer by wish of the customer. The provider's answer decides what became of it: they may
/// have paid in that moment.
///
/// # Errors
/// [`OfferOver`].
pub fn withdraw_offer(
    context: &Context<'_>,
    payment: &Payment,
) -> Result<(Option<TaskId>, ChangeSet), OfferOver> {
    if !payment.status.is_in_flight() {
        return Err(OfferOver(payment.status));
    }
    let mut changes = ChangeSet::default();
    cancel_payment(context, payment, &mut changes);
    Ok((changes.tasks.first().map(|it| it.id), changes))
}

/// Takes in that the customer says they transferred, with what they wrote about it. Staff are told and
/// decide; until then the offer does not end and nobody is suspended over it (law 7). Said again, it
/// changes nothing but the words.
///
/// # Errors
/// [`OfferOver`] when it succeeded, or staff looked and found nothing.
pub fn report_transfer(
    context: &Context<'_>,
    read: &Versioned<Payment>,
    words: Option<&str>,
) -> Result<ChangeSet, OfferOver> {
    if matches!(read.status, PaymentStatus::Succeeded | PaymentStatus::Failed) {
        return Err(OfferOver(read.status));
    }
    let mut changes = ChangeSet::default();
    let mut payment = read.value.clone();
    if let Some(words) = words {
        payment.report = Some(words.to_owned());
    }
    if payment.reported_at.is_none() {
        payment.reported_at = Some(context.now());
        payment.next_ask_at = None;
        context.record(&mut changes, payment.id, DomainEvent::PaymentReported {});
        tell_staff(context, MailKind::TransferReported, payment.id, None, &mut changes);
    }
    if payment != read.value {
        payment.updated_at = context.now();
        changes.payments.change(read.with(payment));
    }
    Ok(changes)
}

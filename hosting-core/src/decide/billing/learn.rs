//! What became of a payment, from what the provider says now (law 4).

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    apply::{Affected, ApplyError, REVERSAL_WINDOW, apply_money},
    dunning::next_dunning,
    left::{found_left, left_at_provider, tell_staff},
};
use crate::{
    change::ChangeSet,
    decide::{Books, Context, subscription::unpaid_again},
    kernel::{Money, Versioned, calendar::later},
    model::{
        Charge, ChargeStatus, ConfirmedBy, CycleStatus, DomainEvent, Job, MailKind, Payment,
        PaymentStatus,
        billing::{InvoiceTrigger, PaymentTrigger},
        subscription::CycleTrigger,
    },
};

/// What a look at the provider leads to.
#[derive(Debug, Clone)]
pub struct Learned {
    /// The payment after it.
    pub payment: Payment,
    /// What to commit; never empty, because the time of asking is worth keeping (law 7).
    pub changes: ChangeSet,
}

/// Takes in the provider's view of `payment`.
///
/// The same view twice changes nothing but the time of asking (defect D1). Money that arrives after
/// expiry, cancellation or suspension is still credited (defect D3); what the invoice does not take
/// stays on the payment and staff are told.
///
/// Money that left again is written down as refunds of its own, whoever gave it back; of a payment
/// that was given back before we first heard of it, only what was kept counts.
///
/// # Errors
/// An [`ApplyError`] when records are broken; nothing is lost, the task becomes a dead letter.
pub fn learn(
    context: &Context<'_>,
    books: &Books,
    read: &Versioned<Payment>,
    affected: &Affected,
    charge: &Charge,
) -> Result<Learned, ApplyError> {
    let mut payment = asked(context, read);
    let mut changes = ChangeSet::default();
    payment.provider_ref = Some(charge.provider_ref.clone());
    charge.detail.clone_into(&mut payment.detail);
    if charge.instructions.is_some() {
        payment.instructions.clone_from(&charge.instructions);
    }
    if let Some(at) = charge.expires_at {
        payment.expires_at = at;
    }
    match trigger(payment.status, charge.status) {
        None => {}
        Some(PaymentTrigger::Arrived) => {
            arrived(context, books, &mut payment, affected, charge, &mut changes)?;
        }
        Some(PaymentTrigger::Reversed) => {
            reversed(context, books, &mut payment, affected, &mut changes)?;
        }
        Some(other) => {
            let before = payment.status;
            payment.status = payment.status.on(other)?;
            if payment.status == PaymentStatus::Failed {
                payment.reported_at = None;
            }
            if payment.status != before {
                tell(context, &payment, &mut changes);
            }
        }
    }
    if payment.status == PaymentStatus::Succeeded {
        found_left(context, books, &mut payment, affected, charge, &mut changes)?;
    }
    Ok(finish(context, read, payment, changes))
}

/// Takes in that a call's outcome is not known.
pub fn lost(context: &Context<'_>, read: &Versioned<Payment>, detail: &str) -> Learned {
    let mut payment = asked(context, read);
    if let Ok(status) = payment.status.on(PaymentTrigger::Lost) {
        payment.status = status;
    }
    detail.clone_into(&mut payment.detail);
    finish(context, read, payment, ChangeSet::default())
}

/// Takes in that the offer ended without money, or was refused for good before it began.
pub fn offer_expired(
    context: &Context<'_>,
    read: &Versioned<Payment>,
    trigger: PaymentTrigger,
    detail: &str,
) -> Learned {
    let mut payment = asked(context, read);
    let mut changes = ChangeSet::default();
    if let Ok(status) = payment.status.on(trigger) {
        payment.status = status;
        payment.reported_at = None;
        detail.clone_into(&mut payment.detail);
        tell(context, &payment, &mut changes);
    }
    finish(context, read, payment, changes)
}

/// The key of the next look at a payment: one link of a chain, numbered by the looks so far.
pub fn ask_key(payment: &Payment) -> String {
    format!("ask/{}/{}", payment.id.stored(), payment.asks)
}

fn asked(context: &Context<'_>, read: &Versioned<Payment>) -> Payment {
    let mut payment = read.value.clone();
    payment.asked_at = Some(context.now());
    payment.asks = payment.asks.saturating_add(1);
    payment.updated_at = context.now();
    payment
}

/// The look after this one is a task of its own, numbered, so that the chain survives a dead letter.
fn finish(
    context: &Context<'_>,
    read: &Versioned<Payment>,
    mut payment: Payment,
    mut changes: ChangeSet,
) -> Learned {
    payment.next_ask_at = next_ask(&payment, context.now());
    if let Some(at) = payment.next_ask_at {
        let job = Job::AskPayment { payment_id: payment.id };
        changes.task(context.task(ask_key(&payment), job).at(at).unless_there());
    }
    changes.payments.change(read.with(payment.clone()));
    Learned { payment, changes }
}

/// What the provider's state means for one in our state; `None` when it is no news.
///
/// Success is never left but for a reversal, and a late `pending` after it is ignored
/// (`docs/providers/midtrans.md`, "Repeats and order").
fn trigger(ours: PaymentStatus, theirs: ChargeStatus) -> Option<PaymentTrigger> {
    use ChargeStatus as C;
    use PaymentStatus as P;
    match (ours, theirs) {
        (P::Succeeded, C::Failed) => Some(PaymentTrigger::Reversed),
        (P::Succeeded, _)
        | (P::Failed, C::Failed | C::Expired)
        | (P::Expired, C::Expired)
        | (P::Failed | P::Expired, C::Pending | C::Challenge) => None,
        (
            _,
            C::Succeeded
            | C::Refunded
            | C::PartiallyRefunded
            | C::ChargedBack
            | C::PartiallyChargedBack,
        ) => Some(PaymentTrigger::Arrived),
        (_, C::Pending) => Some(PaymentTrigger::Waiting),
        (_, C::Challenge) => Some(PaymentTrigger::Challenged),
        (_, C::Failed) => Some(PaymentTrigger::Refused),
        (_, C::Expired) => Some(PaymentTrigger::Expired),
    }
}

fn arrived(
    context: &Context<'_>,
    books: &Books,
    payment: &mut Payment,
    affected: &Affected,
    charge: &Charge,
    changes: &mut ChangeSet,
) -> Result<(), ApplyError> {
    payment.status = payment.status.on(PaymentTrigger::Arrived)?;
    payment.succeeded_at = Some(charge.paid_at.unwrap_or(context.now()));
    payment.received = charge.amount;
    payment.reported_at = None;
    let kept = match left_at_provider(charge) {
        Some(left) => charge.amount.minus(left)?,
        // Nobody knows how much was kept, so nothing is credited: staff look.
        None => Money::zero(payment.currency),
    };
    if kept.is_positive() {
        payment.applied = apply_money(context, books, affected, payment.id, kept, changes)?;
    }
    context.record(
        changes,
        payment.id,
        DomainEvent::PaymentReceived {
            invoice_id: payment.invoice_id,
            amount: payment.received,
            applied: payment.applied,
        },
    );
    let unknown = left_at_provider(charge).is_none();
    if unknown || payment.applied.minor() < kept.minor() {
        tell_staff(context, MailKind::PaymentUnapplied, payment.id, None, changes);
    }
    Ok(())
}

/// The bank took the money back: the invoice is open again and goes through dunning as if it never
/// had been paid. Nothing is switched off here; only dunning may, with proof.
fn reversed(
    context: &Context<'_>,
    books: &Books,
    payment: &mut Payment,
    affected: &Affected,
    changes: &mut ChangeSet,
) -> Result<(), ApplyError> {
    payment.status = payment.status.on(PaymentTrigger::Reversed)?;
    let taken_back = payment.applied;
    if taken_back.is_positive() {
        let mut invoice = affected.invoice.value.clone();
        invoice.status = invoice.status.on(InvoiceTrigger::Reversed)?;
        invoice.paid = invoice.paid.minus(taken_back)?;
        if invoice.paid.is_positive() {
            invoice.status = invoice.status.on(InvoiceTrigger::PartlyPaid)?;
        }
        invoice.updated_at = context.now();
        invoice.next_dunning_at = next_dunning(&invoice, books);
        changes.invoices.change(affected.invoice.with(invoice));
        for cycle in affected.cycles.iter().filter(|it| it.status == CycleStatus::Paid) {
            let mut open = cycle.value.clone();
            open.status = open.status.on(CycleTrigger::Reversed)?;
            open.updated_at = context.now();
            changes.subscription_cycles.change(cycle.with(open));
        }
        take_terms_back(context, books, affected, changes);
    }
    payment.applied = Money::zero(payment.currency);
    let amount = std::mem::replace(&mut payment.received, Money::zero(payment.currency));
    context.record(changes, payment.id, DomainEvent::PaymentReversed { amount });
    tell_staff(context, MailKind::PaymentReversed, payment.id, None, changes);
    Ok(())
}

/// What was paid for is not paid for any more: neither an end with the term nor the next invoice may
/// count on it.
fn take_terms_back(
    context: &Context<'_>,
    books: &Books,
    affected: &Affected,
    changes: &mut ChangeSet,
) {
    for read in &affected.subscriptions {
        let taken = affected
            .cycles
            .iter()
            .filter(|it| it.status == CycleStatus::Paid && it.subscription_id == read.id);
        let Some(begins) = taken.map(|it| it.period_start).min() else { continue };
        let elsewhere = affected.paid_elsewhere.iter().find(|(id, _)| *id == read.id);
        let mut subscription = read.value.clone();
        unpaid_again(context, books, &mut subscription, begins, elsewhere.map(|(_, day)| *day));
        if subscription != read.value {
            changes.subscriptions.change(read.with(subscription));
        }
    }
}

fn tell(context: &Context<'_>, payment: &Payment, changes: &mut ChangeSet) {
    let body = match payment.status {
        PaymentStatus::Challenge => DomainEvent::PaymentChallenged {},
        PaymentStatus::Failed | PaymentStatus::Expired => {
            DomainEvent::PaymentFailed { detail: payment.detail.clone() }
        }
        PaymentStatus::Pending | PaymentStatus::Unknown | PaymentStatus::Succeeded => return,
    };
    context.record(changes, payment.id, body);
}

/// When to look at `payment` next. Where staff confirm there is nobody to ask: it is looked at once
/// more, when the offer ends, unless the customer says that they paid; then it waits for staff.
///
/// A provider is asked soon while the customer is likely paying, then ever less; after the end of the offer a few times more, because money can arrive late; after
/// success once, because some banks reverse within minutes.
pub fn next_ask(payment: &Payment, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    const LATE: TimeDelta = TimeDelta::days(3);
    if payment.confirmed_by == ConfirmedBy::Staff {
        let waits = payment.status.is_in_flight() && !payment.awaits_review();
        return waits.then(|| payment.expires_at.max(later(now, TimeDelta::minutes(1))));
    }
    if let Some(at) = payment.succeeded_at.filter(|_| payment.status == PaymentStatus::Succeeded) {
        let last = later(at, REVERSAL_WINDOW);
        return (payment.asked_at < Some(last))
            .then(|| last.max(later(now, TimeDelta::minutes(1))));
    }
    let gap = match payment.asks {
        ..=1 => TimeDelta::minutes(1),
        2 => TimeDelta::minutes(2),
        3 => TimeDelta::minutes(5),
        4 => TimeDelta::minutes(10),
        5..=8 => TimeDelta::minutes(30),
        _ => TimeDelta::hours(2),
    };
    if payment.status.is_in_flight() {
        return Some(later(now, gap));
    }
    let next = later(now, gap.max(TimeDelta::hours(6)));
    (next < later(payment.expires_at, LATE)).then_some(next)
}

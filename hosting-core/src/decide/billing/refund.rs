//! Giving money back: decided by staff, done by the gateway or by hand.

use super::{
    apply::{Affected, ApplyError},
    left::{money_left, release, tell_staff},
};
use crate::{
    change::ChangeSet,
    decide::{Books, Context},
    kernel::{Effect, IllegalTransition, Money, MoneyError, Versioned},
    model::{
        AfterRefund, DomainEvent, Job, MailKind, Payment, PaymentStatus, Refund, RefundId,
        RefundStatus, RefundWay, refund::RefundTrigger,
    },
};

/// Why no refund was started, tried again or closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefundRefusal {
    /// No money arrived with this payment.
    #[error("this payment has not succeeded, so there is nothing to give back")]
    NotSucceeded,
    /// More than is left of it.
    #[error("at most {0} of this payment can still be given back")]
    MoreThanLeft(Money),
    /// Zero or less.
    #[error("a refund must be above zero")]
    NotPositive,
    /// The money has left already.
    #[error("this refund is done already")]
    Done,
    /// A worker has it, or is about to.
    #[error("the gateway is being asked about this refund; wait until it answered or was given up")]
    AtWork,
    /// Another currency, or out of range.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A state that does not allow it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
}

impl From<ApplyError> for RefundRefusal {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Money(it) => Self::Money(it),
            ApplyError::Illegal(it) => Self::Illegal(it),
        }
    }
}

/// What is to be given back, and what becomes of the services.
#[derive(Debug, Clone, Copy)]
pub struct RefundWish<'a> {
    /// How much; above zero.
    pub amount: Money,
    /// Why, in staff's words.
    pub reason: &'a str,
    /// What becomes of the services when nothing of what paid their invoice is left.
    pub services: AfterRefund,
}

/// The key of the one task that may be at a refund.
pub fn refund_key(id: RefundId) -> String {
    format!("refund/{}", id.stored())
}

/// Starts giving some of `read` back. The payment gets a new version, so that two refunds at once
/// cannot both count on the same money.
///
/// An invoice that is still open holds the money as paid no longer, from this moment on: its order can
/// be cancelled, and the customer is asked for the whole again.
///
/// # Errors
/// A [`RefundRefusal`].
pub fn start_refund(
    context: &Context<'_>,
    books: &Books,
    read: &Versioned<Payment>,
    affected: &Affected,
    wish: &RefundWish<'_>,
) -> Result<(RefundId, ChangeSet), RefundRefusal> {
    if read.status != PaymentStatus::Succeeded {
        return Err(RefundRefusal::NotSucceeded);
    }
    let left = left_for(read, affected, None, wish.amount)?;
    let refund = Refund {
        id: context.id(),
        payment_id: read.id,
        invoice_id: read.invoice_id,
        currency: read.currency,
        amount: wish.amount,
        reason: wish.reason.to_owned(),
        way: RefundWay::Gateway,
        services: wish.services,
        status: RefundStatus::Pending,
        provider_ref: None,
        detail: String::new(),
        created_at: context.now(),
        updated_at: context.now(),
    };
    let mut changes = ChangeSet::default();
    let mut payment = read.value.clone();
    if affected.invoice.status.is_open() {
        let kept = left.minus(wish.amount)?;
        release(context, books, &mut payment, kept, &affected.invoice, &mut changes)?;
    }
    payment.updated_at = context.now();
    changes.payments.change(read.with(payment));
    let id = refund.id;
    let body = DomainEvent::RefundStarted { payment_id: read.id, amount: wish.amount };
    context.record(&mut changes, id, body);
    changes.task(context.task(refund_key(id), Job::Refund { refund_id: id }));
    changes.refunds.add(refund);
    Ok((id, changes))
}

/// What is left of a payment for a refund of `amount`, counting all others that did not fail.
fn left_for(
    payment: &Payment,
    affected: &Affected,
    this: Option<RefundId>,
    amount: Money,
) -> Result<Money, RefundRefusal> {
    if !amount.is_positive() {
        return Err(RefundRefusal::NotPositive);
    }
    let others = affected.refunds.iter().filter(|it| {
        it.payment_id == payment.id && Some(it.id) != this && it.status != RefundStatus::Failed
    });
    let given = Money::sum(payment.currency, others.map(|it| it.amount))?;
    let left = payment.received.minus(given)?;
    if amount.minus(left)?.is_positive() {
        return Err(RefundRefusal::MoreThanLeft(left));
    }
    Ok(left)
}

/// Has the gateway asked again for a refund that it refused, or that was given up: another attempt
/// under the same key, by which the provider knows it.
///
/// # Errors
/// A [`RefundRefusal`]. The commit says [`Duplicate`](crate::port::StoreError::Duplicate) when a
/// task is at it.
pub fn retry_refund(
    context: &Context<'_>,
    read: &Versioned<Refund>,
    payment: &Versioned<Payment>,
    affected: &Affected,
) -> Result<ChangeSet, RefundRefusal> {
    let mut changes = reopen(context, read, payment, affected)?;
    let job = Job::Refund { refund_id: read.id };
    changes.task(context.task(refund_key(read.id), job));
    Ok(changes)
}

/// Makes a refund that failed wait again; one that did not fail stays as it is.
///
/// # Errors
/// A [`RefundRefusal`].
pub fn reopen(
    context: &Context<'_>,
    read: &Versioned<Refund>,
    payment: &Versioned<Payment>,
    affected: &Affected,
) -> Result<ChangeSet, RefundRefusal> {
    let mut changes = ChangeSet::default();
    match read.status {
        RefundStatus::Succeeded => return Err(RefundRefusal::Done),
        RefundStatus::Pending | RefundStatus::Unknown => {}
        RefundStatus::Failed => {
            left_for(payment, affected, Some(read.id), read.amount)?;
            let mut refund = read.value.clone();
            refund.status = refund.status.on(RefundTrigger::Retried)?;
            refund.updated_at = context.now();
            changes.refunds.change(read.with(refund));
            let mut touched = payment.value.clone();
            touched.updated_at = context.now();
            changes.payments.change(payment.with(touched));
        }
    }
    context.record(&mut changes, read.id, DomainEvent::RefundRetried {});
    Ok(changes)
}

/// Takes in that staff paid a refund out by hand, under the `reference` of their transfer.
///
/// # Errors
/// A [`RefundRefusal`]. The commit says [`Duplicate`](crate::port::StoreError::Duplicate) when a
/// task is at it: then the gateway may still pay, and nobody should by hand.
pub fn paid_out(
    context: &Context<'_>,
    books: &Books,
    read: &Versioned<Refund>,
    payment: &Versioned<Payment>,
    affected: &Affected,
    reference: &str,
) -> Result<ChangeSet, RefundRefusal> {
    if read.status == RefundStatus::Succeeded {
        return Err(RefundRefusal::Done);
    }
    left_for(payment, affected, Some(read.id), read.amount)?;
    let mut refund = read.value.clone();
    refund.way = RefundWay::ByHand;
    let body = DomainEvent::RefundPaidOut { reference: reference.to_owned() };
    let mut changes = ChangeSet::default();
    context.record(&mut changes, refund.id, body);
    done(context, books, &read.with(refund), payment, affected, reference, &mut changes)?;
    // The key is free only when nobody is at it; the task itself finds the refund done.
    let job = Job::Refund { refund_id: read.id };
    changes.task(context.task(refund_key(read.id), job));
    Ok(changes)
}

/// How a call to give money back ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundOutcome<'a> {
    /// The money left, under the provider's id.
    Done(&'a str),
    /// It did not, or nobody knows; another attempt follows.
    Again(Effect, &'a str),
    /// It did not and never will: the gateway refused.
    Refused(&'a str),
    /// Nothing more is tried, and nobody knows whether the money left.
    GivenUp(&'a str),
}

/// Takes in how a call to give money back ended.
///
/// # Errors
/// When the refund has ended already, or records are broken.
pub fn refund_outcome(
    context: &Context<'_>,
    books: &Books,
    read: &Versioned<Refund>,
    payment: &Versioned<Payment>,
    affected: &Affected,
    outcome: RefundOutcome<'_>,
) -> Result<ChangeSet, ApplyError> {
    let mut changes = ChangeSet::default();
    let mut refund = read.value.clone();
    refund.updated_at = context.now();
    match outcome {
        RefundOutcome::Done(provider_ref) => {
            done(context, books, read, payment, affected, provider_ref, &mut changes)?;
            return Ok(changes);
        }
        RefundOutcome::Again(Effect::Unknown, detail) => {
            refund.status = refund.status.on(RefundTrigger::Lost)?;
            detail.clone_into(&mut refund.detail);
        }
        RefundOutcome::Again(_, detail) => detail.clone_into(&mut refund.detail),
        RefundOutcome::Refused(detail) => {
            refund.status = refund.status.on(RefundTrigger::Refused)?;
            detail.clone_into(&mut refund.detail);
            let body = DomainEvent::RefundFailed { detail: detail.to_owned() };
            context.record(&mut changes, refund.id, body);
            let id = Some(refund.id);
            tell_staff(context, MailKind::RefundFailed, payment.id, id, &mut changes);
        }
        RefundOutcome::GivenUp(detail) => {
            refund.status = refund.status.on(RefundTrigger::Lost)?;
            detail.clone_into(&mut refund.detail);
            let id = Some(refund.id);
            tell_staff(context, MailKind::RefundStuck, payment.id, id, &mut changes);
        }
    }
    changes.refunds.change(read.with(refund));
    Ok(changes)
}

fn done(
    context: &Context<'_>,
    books: &Books,
    read: &Versioned<Refund>,
    payment: &Versioned<Payment>,
    affected: &Affected,
    provider_ref: &str,
    changes: &mut ChangeSet,
) -> Result<(), ApplyError> {
    let mut refund = read.value.clone();
    refund.status = refund.status.on(RefundTrigger::Done)?;
    refund.provider_ref = Some(provider_ref.to_owned());
    refund.updated_at = context.now();
    context.record(changes, refund.id, DomainEvent::RefundCompleted {});
    let mut paid = payment.value.clone();
    paid.updated_at = context.now();
    money_left(context, books, &mut paid, affected, &refund, changes)?;
    changes.payments.change(payment.with(paid));
    changes.refunds.change(read.with(refund));
    Ok(())
}

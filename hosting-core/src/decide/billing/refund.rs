//! Giving money back.

use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::{Effect, IllegalTransition, Money, MoneyError, Versioned},
    model::{
        DomainEvent, Job, Payment, PaymentStatus, Refund, RefundId, RefundStatus,
        billing::RefundTrigger,
    },
};

/// Why no refund was started.
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
    /// Another currency, or out of range.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// Starts giving `amount` of a payment back. The payment is guarded, so that two refunds at once
/// cannot both count on the same money.
///
/// # Errors
/// A [`RefundRefusal`].
pub fn start_refund(
    context: &Context<'_>,
    payment: &Versioned<Payment>,
    earlier: &[Versioned<Refund>],
    amount: Money,
    reason: &str,
) -> Result<(RefundId, ChangeSet), RefundRefusal> {
    if payment.status != PaymentStatus::Succeeded {
        return Err(RefundRefusal::NotSucceeded);
    }
    if !amount.is_positive() {
        return Err(RefundRefusal::NotPositive);
    }
    let given = earlier.iter().filter(|it| it.status != RefundStatus::Failed).map(|it| it.amount);
    let left = payment.received.minus(Money::sum(payment.currency, given)?)?;
    if amount.minus(left)?.is_positive() {
        return Err(RefundRefusal::MoreThanLeft(left));
    }
    let refund = Refund {
        id: context.id(),
        payment_id: payment.id,
        invoice_id: payment.invoice_id,
        currency: payment.currency,
        amount,
        reason: reason.to_owned(),
        status: RefundStatus::Pending,
        provider_ref: None,
        detail: String::new(),
        created_at: context.now(),
        updated_at: context.now(),
    };
    let mut changes = ChangeSet::default();
    // A new version of the payment, not a guard: the second of two refunds at once must conflict.
    let mut touched = payment.value.clone();
    touched.updated_at = context.now();
    changes.payments.change(payment.with(touched));
    context.record(
        &mut changes,
        refund.id,
        DomainEvent::RefundStarted { payment_id: payment.id, amount },
    );
    let id = refund.id;
    changes.task(context.task(format!("refund/{}", id.stored()), Job::Refund { refund_id: id }));
    changes.refunds.add(refund);
    Ok((id, changes))
}

/// Takes in how a call to give money back ended: the provider's id, or what is known of the failure.
///
/// # Errors
/// When the refund has ended already.
pub fn refund_outcome(
    context: &Context<'_>,
    read: &Versioned<Refund>,
    outcome: Result<&str, (Effect, &str)>,
) -> Result<ChangeSet, IllegalTransition> {
    let mut refund = read.value.clone();
    let mut changes = ChangeSet::default();
    refund.updated_at = context.now();
    match outcome {
        Ok(provider_ref) => {
            refund.status = refund.status.on(RefundTrigger::Done)?;
            refund.provider_ref = Some(provider_ref.to_owned());
            context.record(&mut changes, refund.id, DomainEvent::RefundCompleted {});
        }
        Err((Effect::Unknown, detail)) => {
            refund.status = refund.status.on(RefundTrigger::Lost)?;
            detail.clone_into(&mut refund.detail);
        }
        Err((Effect::NoneRetry, detail)) => detail.clone_into(&mut refund.detail),
        Err((Effect::NoneFinal, detail)) => {
            refund.status = refund.status.on(RefundTrigger::Refused)?;
            detail.clone_into(&mut refund.detail);
            let body = DomainEvent::RefundFailed { detail: detail.to_owned() };
            context.record(&mut changes, refund.id, body);
        }
    }
    changes.refunds.change(read.with(refund));
    Ok(changes)
}

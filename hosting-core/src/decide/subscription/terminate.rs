//! Removing accounts: after retention, with proof; or after a cancellation's own retention.

use chrono::{DateTime, TimeDelta, Utc};

use super::proof::ProvenUnpaid;
use crate::{
    change::{ChangeSet, Take},
    decide::Context,
    kernel::{IllegalTransition, Versioned, calendar::later},
    model::{
        DomainEvent, Job, MailKind, Subscription, SubscriptionStatus,
        subscription::SubscriptionTrigger,
    },
};

/// Why an account is not removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TerminateRefusal {
    /// The retention time has not ended.
    #[error("the account is kept until {0}")]
    Kept(DateTime<Utc>),
    /// The proof is for another service.
    #[error("the proof is for another service")]
    OtherProof,
    /// Only cancelled services are removed without proof of non-payment.
    #[error("the service was not cancelled")]
    NotCancelled,
    /// Somebody put a hold on it.
    #[error("on hold: {0}")]
    OnHold(String),
    /// A state that does not allow it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
}

/// Removes a service that was suspended for non-payment and not paid within the retention time.
///
/// # Errors
/// A [`TerminateRefusal`].
pub fn terminate_unpaid(
    context: &Context<'_>,
    read: &Versioned<Subscription>,
    proof: &ProvenUnpaid,
) -> Result<ChangeSet, TerminateRefusal> {
    if proof.subscription_id() != read.id {
        return Err(TerminateRefusal::OtherProof);
    }
    let mut changes = terminate(context, read)?;
    changes.takes.push(Take {
        expires_at: Some(later(context.now(), TimeDelta::days(7))),
        ..Take::one(format!("enforcement/terminate/{}", proof.day()), Some(proof.cap()))
    });
    Ok(changes)
}

/// Removes a service that its customer or staff cancelled, after the retention time.
///
/// # Errors
/// A [`TerminateRefusal`].
pub fn terminate_cancelled(
    context: &Context<'_>,
    read: &Versioned<Subscription>,
) -> Result<ChangeSet, TerminateRefusal> {
    if read.status != SubscriptionStatus::Cancelled {
        return Err(TerminateRefusal::NotCancelled);
    }
    if let Some(reason) = &read.hold {
        return Err(TerminateRefusal::OnHold(reason.clone()));
    }
    terminate(context, read)
}

fn terminate(
    context: &Context<'_>,
    read: &Versioned<Subscription>,
) -> Result<ChangeSet, TerminateRefusal> {
    if let Some(until) = read.terminate_at.filter(|it| *it > context.now()) {
        return Err(TerminateRefusal::Kept(until));
    }
    let mut subscription = read.value.clone();
    subscription.status = subscription.status.on(SubscriptionTrigger::Terminated)?;
    subscription.terminate_at = None;
    subscription.next_renewal_at = None;
    subscription.updated_at = context.now();
    let mut changes = ChangeSet::default();
    let id = subscription.id;
    context.record(&mut changes, id, DomainEvent::SubscriptionTerminated {});
    let job = Job::TerminateAccount { subscription_id: id };
    changes.task(context.task(format!("terminate/{}", id.stored()), job));
    let mail = Job::MailCustomer {
        kind: MailKind::Terminated,
        customer_id: subscription.customer_id,
        invoice_id: None,
        subscription_id: Some(id),
    };
    changes.task(context.task(format!("mail/terminated/{}", id.stored()), mail));
    changes.subscriptions.change(read.with(subscription));
    Ok(changes)
}

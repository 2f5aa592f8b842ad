//! Removing accounts: after retention, with proof; or after a cancellation's own retention.

use chrono::{DateTime, Utc};

use super::proof::{ProofMisused, ProvenUnpaid, on_hold};
use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::{IllegalTransition, Versioned},
    model::{
        Customer, DomainEvent, Job, MailKind, Subscription, SubscriptionStatus,
        subscription::SubscriptionTrigger,
    },
};

/// Why an account is not removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TerminateRefusal {
    /// The retention time has not ended.
    #[error("the account is kept until {0}")]
    Kept(DateTime<Utc>),
    /// The proof is not for this.
    #[error(transparent)]
    Proof(#[from] ProofMisused),
    /// Only cancelled services are removed without proof of non-payment.
    #[error("the service was not cancelled")]
    NotCancelled,
    /// The customer is not whose service it is.
    #[error("the service is somebody else's")]
    OtherCustomer,
    /// Somebody put a hold on the customer or the service.
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
    proof: ProvenUnpaid,
) -> Result<ChangeSet, TerminateRefusal> {
    let mut changes = terminate(context, read)?;
    proof.spend(context, read, "terminate", &mut changes)?;
    Ok(changes)
}

/// Removes a service that its customer or staff cancelled, after the retention time. A hold on the
/// customer or the service keeps it, also one that is set while this is decided.
///
/// # Errors
/// A [`TerminateRefusal`].
pub fn terminate_cancelled(
    context: &Context<'_>,
    read: &Versioned<Subscription>,
    customer: &Versioned<Customer>,
) -> Result<ChangeSet, TerminateRefusal> {
    if read.status != SubscriptionStatus::Cancelled {
        return Err(TerminateRefusal::NotCancelled);
    }
    if read.customer_id != customer.id {
        return Err(TerminateRefusal::OtherCustomer);
    }
    if let Some(reason) = on_hold(customer, read) {
        return Err(TerminateRefusal::OnHold(reason.to_owned()));
    }
    let mut changes = terminate(context, read)?;
    changes.guard(customer);
    Ok(changes)
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

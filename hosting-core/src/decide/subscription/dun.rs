//! The steps of dunning that are due for one invoice.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    proof::{Allowance, Evidence, NotProven, ProofMisused, ProvenUnpaid},
    trail::MoneyTrail,
};
use crate::{
    change::ChangeSet,
    decide::{
        Books, Context,
        billing::{next_dunning, reminder_due},
    },
    kernel::{
        IllegalTransition, Versioned,
        calendar::{later, shifted},
    },
    model::{
        Customer, Cycle, DomainEvent, Invoice, InvoiceStatus, Job, MailKind, Subscription,
        SubscriptionStatus, billing::InvoiceTrigger, subscription::SubscriptionTrigger,
    },
};

/// An unpaid invoice with everything dunning looks at.
#[derive(Debug, Clone, Copy)]
pub struct Bill<'a> {
    /// The invoice.
    pub invoice: &'a Versioned<Invoice>,
    /// The services its lines pay for.
    pub subscriptions: &'a [Versioned<Subscription>],
    /// The billed periods it is for.
    pub cycles: &'a [Versioned<Cycle>],
    /// All that is known of money for it.
    pub trail: &'a MoneyTrail,
    /// Who owes.
    pub customer: &'a Versioned<Customer>,
}

/// Why an invoice could not be looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DunRefusal {
    /// A state that does not allow it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// A proof was held up for something else.
    #[error(transparent)]
    Proof(#[from] ProofMisused),
}

/// What one look at an unpaid invoice led to.
#[derive(Debug)]
pub struct Dunned {
    /// What to commit.
    pub changes: ChangeSet,
    /// Services that were switched off.
    pub suspended: u32,
    /// Why a service that is due to be switched off was not, if so.
    pub not_proven: Option<NotProven>,
}

/// Takes every step that is due for the invoice: the latest missed reminder, marking it overdue,
/// suspending what it pays for.
///
/// After an outage several steps may be due at once; the customer gets one mail, not four, and grace
/// has grown by the outage (law 6).
///
/// # Errors
/// When records are broken; the other invoices of the run go on.
pub fn dun(
    context: &Context<'_>,
    books: &Books,
    bill: &Bill<'_>,
    allowance: &mut Allowance,
) -> Result<Dunned, DunRefusal> {
    let Bill { invoice: read, subscriptions, cycles, trail, customer } = *bill;
    let mut invoice = read.value.clone();
    let mut done = Dunned { changes: ChangeSet::default(), suspended: 0, not_proven: None };
    if !invoice.status.is_open() {
        invoice.next_dunning_at = None;
        done.changes.invoices.change(read.with(invoice));
        return Ok(done);
    }
    remind(context, books, &mut invoice, &mut done.changes);
    let mut served: Vec<_> = subscriptions.iter().map(|it| it.value.clone()).collect();
    fall_due(context, &mut invoice, &mut served, &mut done.changes)?;
    let mut look_again = None;
    for (before, subscription) in subscriptions.iter().zip(&mut served) {
        if subscription.status != SubscriptionStatus::PastDue {
            continue;
        }
        let evidence = Evidence {
            invoice: &read.with(invoice.clone()),
            cycles,
            trail,
            customer,
            subscription: &before.with(subscription.clone()),
        };
        match ProvenUnpaid::prove(context, books, &evidence, allowance) {
            Ok(proof) => {
                *subscription =
                    suspend(context, books, proof, evidence.subscription, &mut done.changes)?;
                done.suspended = done.suspended.saturating_add(1);
            }
            Err(missing) => {
                look_again = Some(postpone(context, &missing, &mut done.changes));
                done.not_proven = Some(missing);
            }
        }
    }
    invoice.updated_at = context.now();
    invoice.next_dunning_at = match look_again {
        // Reminders go on while grace runs.
        Some(at) => {
            Some(reminder_due(&invoice, invoice.dunning_step, books).map_or(at, |it| it.min(at)))
        }
        // Everything is switched off: what is left is payment or removal.
        None if done.suspended > 0 => None,
        None => next_dunning(&invoice, books).filter(|at| *at > context.now()),
    };
    done.changes.invoices.change(read.with(invoice));
    for (before, after) in subscriptions.iter().zip(served) {
        if before.value != after {
            done.changes.subscriptions.change(before.with(after));
        }
    }
    Ok(done)
}

/// Sends the latest reminder that is due and counts the ones that were missed as sent.
fn remind(context: &Context<'_>, books: &Books, invoice: &mut Invoice, changes: &mut ChangeSet) {
    let before = invoice.dunning_step;
    while reminder_due(invoice, invoice.dunning_step, books).is_some_and(|at| at <= context.now()) {
        invoice.dunning_step = invoice.dunning_step.saturating_add(1);
    }
    if invoice.dunning_step == before {
        return;
    }
    let kind = if context.now() < invoice.due_at {
        MailKind::InvoiceReminder
    } else {
        MailKind::InvoiceOverdue
    };
    let job = Job::MailCustomer {
        kind,
        customer_id: invoice.customer_id,
        invoice_id: Some(invoice.id),
        subscription_id: None,
    };
    let key = format!("mail/reminder/{}/{}", invoice.id.stored(), invoice.dunning_step);
    changes.task(context.task(key, job));
    context.record(
        changes,
        invoice.id,
        DomainEvent::InvoiceReminded { step: invoice.dunning_step },
    );
}

fn fall_due(
    context: &Context<'_>,
    invoice: &mut Invoice,
    subscriptions: &mut [Subscription],
    changes: &mut ChangeSet,
) -> Result<(), IllegalTransition> {
    if context.now() < invoice.due_at {
        return Ok(());
    }
    if invoice.status != InvoiceStatus::Overdue {
        invoice.status = invoice.status.on(InvoiceTrigger::FellDue)?;
        context.record(changes, invoice.id, DomainEvent::InvoiceOverdue {});
    }
    for subscription in subscriptions {
        if matches!(subscription.status, SubscriptionStatus::Trialing | SubscriptionStatus::Active)
        {
            subscription.status = subscription.status.on(SubscriptionTrigger::FellDue)?;
            subscription.updated_at = context.now();
            let body = DomainEvent::SubscriptionPastDue { invoice_id: invoice.id };
            context.record(changes, subscription.id, body);
        }
    }
    Ok(())
}

/// Switches a service off. Possible only with proof in hand, which is used up.
fn suspend(
    context: &Context<'_>,
    books: &Books,
    proof: ProvenUnpaid,
    read: &Versioned<Subscription>,
    changes: &mut ChangeSet,
) -> Result<Subscription, DunRefusal> {
    let invoice_id = proof.spend(context, read, "suspend", changes)?;
    let now = context.now();
    let mut subscription = read.value.clone();
    subscription.status = subscription.status.on(SubscriptionTrigger::Suspended)?;
    subscription.suspended_at = Some(now);
    let gone = shifted(books.day_of(now), i64::from(books.policy().retention_days));
    subscription.terminate_at = Some(books.start_of(gone));
    subscription.updated_at = now;
    let id = subscription.id;
    context.record(changes, id, DomainEvent::SubscriptionSuspended { invoice_id });
    let key = format!("suspend/{}/{}", id.stored(), now.timestamp_millis());
    changes.task(context.task(key, Job::SuspendAccount { subscription_id: id }));
    let mail = Job::MailCustomer {
        kind: MailKind::Suspended,
        customer_id: subscription.customer_id,
        invoice_id: Some(invoice_id),
        subscription_id: Some(id),
    };
    let key = format!("mail/suspended/{}/{}", id.stored(), now.timestamp_millis());
    changes.task(context.task(key, mail));
    Ok(subscription)
}

/// When to look again, and what has to be found out until then.
fn postpone(context: &Context<'_>, missing: &NotProven, changes: &mut ChangeSet) -> DateTime<Utc> {
    let now = context.now();
    let soon = later(now, TimeDelta::minutes(15));
    match missing {
        NotProven::InGrace(until) => (*until).max(soon),
        NotProven::InFlight { until, .. } => {
            // Asked every so often by itself; a look each half day is enough.
            (*until).clamp(soon, later(now, TimeDelta::hours(12)))
        }
        NotProven::NotAsked(payments) => {
            for payment_id in payments {
                let key = format!("ask-proof/{}", payment_id.stored());
                let job = Job::AskPayment { payment_id: *payment_id };
                changes.task(context.task(key, job).unless_there());
            }
            soon
        }
        NotProven::OnHold(_)
        | NotProven::Mismatch(_)
        | NotProven::MoneyWaits(_)
        | NotProven::CapReached(_)
        | NotProven::NotOverdue => later(now, TimeDelta::hours(12)),
    }
}

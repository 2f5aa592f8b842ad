//! A service begins, goes on being billed, and is switched on again.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::{
    change::ChangeSet,
    decide::{Books, Context, provisioning::creation_key},
    kernel::{
        IllegalTransition,
        calendar::{earlier, shifted},
    },
    model::{
        Cycle, CycleStatus, DomainEvent, InvoiceId, Job, MailKind, ProvisioningStatus,
        Subscription, SubscriptionStatus, subscription::SubscriptionTrigger,
    },
};

/// Begins a service whose first invoice was paid, or was for nothing because a trial comes first.
///
/// The first period begins on the day of payment, not of ordering, so that whoever pays late gets
/// the whole term.
pub(crate) fn activate(
    context: &Context<'_>,
    books: &Books,
    invoice_id: InvoiceId,
    subscription: &mut Subscription,
    changes: &mut ChangeSet,
) -> Result<(), IllegalTransition> {
    let today = books.day_of(context.now());
    if subscription.trial_days > 0 {
        subscription.status = subscription.status.on(SubscriptionTrigger::TrialStarted)?;
        let anchor = shifted(today, subscription.trial_days);
        subscription.anchor_on = Some(anchor);
        subscription.paid_until = Some(anchor);
        subscription.next_period = 0;
    } else {
        subscription.status = subscription.status.on(SubscriptionTrigger::Paid)?;
        subscription.anchor_on = Some(today);
        if let Some(period) = subscription.cycle.period(today, 0) {
            subscription.paid_until = Some(period.end);
            changes.subscription_cycles.add(Cycle {
                id: context.id(),
                subscription_id: subscription.id,
                number: 0,
                period_start: period.start,
                period_end: period.end,
                invoice_id,
                status: CycleStatus::Paid,
                created_at: context.now(),
                updated_at: context.now(),
            });
        }
        subscription.next_period = 1;
    }
    subscription.next_renewal_at = billing_due(books, subscription);
    subscription.provisioning_status = ProvisioningStatus::InProgress;
    subscription.updated_at = context.now();
    let job = Job::CreateAccount { subscription_id: subscription.id };
    changes.task(context.task(creation_key(subscription.id), job));
    context.record(changes, subscription.id, DomainEvent::SubscriptionActivated {});
    Ok(())
}

/// When the next period of `subscription` is to be billed: some days before it begins, but never
/// more than one day less than a whole period before.
pub(crate) fn billing_due(books: &Books, subscription: &Subscription) -> Option<DateTime<Utc>> {
    let number = u32::try_from(subscription.next_period).ok()?;
    let period = subscription.cycle.period(subscription.anchor_on?, number)?;
    let lead = lead_days(books, period.days());
    Some(earlier(books.start_of(period.start), lead))
}

fn lead_days(books: &Books, period_days: i64) -> TimeDelta {
    let longest = period_days.saturating_sub(1).max(0);
    TimeDelta::days(i64::from(books.policy().renewal_lead_days).min(longest))
}

/// Sets the time of the next invoice again, after the one it waited for was paid.
pub(crate) fn resume_billing(
    context: &Context<'_>,
    books: &Books,
    subscription: &mut Subscription,
) {
    if subscription.next_renewal_at.is_none() && subscription.cancel_at.is_none() {
        subscription.next_renewal_at = billing_due(books, subscription);
        subscription.updated_at = context.now();
    }
    // Whoever pays for another term after asking for the end gets that term.
    let term_ends = subscription.paid_until.map(|day| books.start_of(day));
    if subscription.cancel_at.is_some() && subscription.cancel_at < term_ends {
        subscription.cancel_at = term_ends;
        subscription.updated_at = context.now();
    }
}

/// Takes a term back whose payment the bank took back: the service is paid until the end of the last
/// period that is still paid (`paid_elsewhere`), or until `begins`, the first day of the one that is
/// not. Its next period waits for this one, unless the shop bills on regardless.
///
/// Without this, whoever ends the service with its term would have the term for nothing.
pub(crate) fn unpaid_again(
    context: &Context<'_>,
    books: &Books,
    subscription: &mut Subscription,
    begins: NaiveDate,
    paid_elsewhere: Option<NaiveDate>,
) {
    let until = paid_elsewhere.unwrap_or(begins);
    if subscription.paid_until.is_some_and(|it| it > until) {
        subscription.paid_until = Some(until);
        subscription.updated_at = context.now();
    }
    if !books.policy().continuous_invoices && subscription.next_renewal_at.is_some() {
        subscription.next_renewal_at = None;
        subscription.updated_at = context.now();
    }
}

/// Takes a service back to active because everything due is paid, and has it switched on if it was off.
pub(crate) fn restore(
    context: &Context<'_>,
    subscription: &mut Subscription,
    changes: &mut ChangeSet,
) -> Result<(), IllegalTransition> {
    let was = subscription.status;
    subscription.status = was.on(SubscriptionTrigger::Paid)?;
    if subscription.status != was {
        subscription.updated_at = context.now();
    }
    if was == SubscriptionStatus::Suspended {
        subscription.suspended_at = None;
        subscription.terminate_at = None;
        context.record(changes, subscription.id, DomainEvent::SubscriptionRestored {});
        let job = Job::UnsuspendAccount { subscription_id: subscription.id };
        let key =
            format!("unsuspend/{}/{}", subscription.id.stored(), context.now().timestamp_millis());
        changes.task(context.task(key, job));
        if subscription.provisioning_status != ProvisioningStatus::Done {
            // Its making was dropped while it was not wanted, or given up: it begins anew.
            subscription.provisioning_status = ProvisioningStatus::InProgress;
            let job = Job::CreateAccount { subscription_id: subscription.id };
            changes.task(context.task(creation_key(subscription.id), job).unless_there());
        }
        let mail = Job::MailCustomer {
            kind: MailKind::Restored,
            customer_id: subscription.customer_id,
            invoice_id: None,
            subscription_id: Some(subscription.id),
        };
        let key = format!(
            "mail/restored/{}/{}",
            subscription.id.stored(),
            context.now().timestamp_millis()
        );
        changes.task(context.task(key, mail));
    }
    Ok(())
}

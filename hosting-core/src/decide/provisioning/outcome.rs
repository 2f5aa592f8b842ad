//! What the panel said, and what is still to do about it.
//!
//! Tasks about one account may finish in any order. Whatever a task did, its outcome compares the
//! account with what the subscription wants *now* and orders the difference, so that the last wish
//! wins (defect D4: paid while the suspension was on its way).

use chrono::{DateTime, Utc};

use crate::{
    change::{ChangeSet, Take},
    decide::Context,
    kernel::{IllegalTransition, Versioned},
    model::{
        AccountStatus, DomainEvent, Job, MailKind, PanelAccount, ProvisioningStatus, Subscription,
        SubscriptionStatus, Usage, provisioning::AccountTrigger,
    },
};

/// How a subscription wants its account to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// There is none yet.
    Nothing,
    /// Switched on.
    On,
    /// Switched off, everything kept.
    Off,
    /// Removed.
    Gone,
}

/// How `subscription` wants its account to be now.
pub fn wanted(subscription: &Subscription) -> Wanted {
    match subscription.status {
        SubscriptionStatus::Pending => Wanted::Nothing,
        status if status.is_served() => Wanted::On,
        SubscriptionStatus::Terminated => Wanted::Gone,
        _ => Wanted::Off,
    }
}

/// The panel has the account, with our name, password and package.
///
/// # Errors
/// When the account was removed meanwhile.
pub fn account_created(
    context: &Context<'_>,
    subscription: &Versioned<Subscription>,
    account: &Versioned<PanelAccount>,
    usage: Usage,
) -> Result<ChangeSet, IllegalTransition> {
    let mut changes = ChangeSet::default();
    let mut made = moved(context, account, AccountTrigger::Created)?;
    made.usage = usage;
    made.synced_at = Some(context.now());
    let mut served = subscription.value.clone();
    served.provisioning_status = ProvisioningStatus::Done;
    served.updated_at = context.now();
    let body = DomainEvent::AccountProvisioned { username: made.username.clone() };
    context.record(&mut changes, served.id, body);
    if wanted(&served) == Wanted::On {
        let mail = Job::MailCustomer {
            kind: MailKind::Welcome,
            customer_id: served.customer_id,
            invoice_id: None,
            subscription_id: Some(served.id),
        };
        let key = format!("mail/welcome/{}", served.id.stored());
        changes.task(context.task(key, mail).unless_there());
    }
    converge(context, &served, &made, &mut changes);
    changes.panel_accounts.change(account.with(made));
    changes.subscriptions.change(subscription.with(served));
    Ok(changes)
}

/// Making the account was given up; staff must look.
pub fn account_failed(
    context: &Context<'_>,
    subscription: &Versioned<Subscription>,
    detail: &str,
) -> ChangeSet {
    let mut changes = ChangeSet::default();
    let mut failed = subscription.value.clone();
    failed.provisioning_status = ProvisioningStatus::Failed;
    failed.updated_at = context.now();
    let body = DomainEvent::AccountProvisioningFailed { detail: detail.to_owned() };
    context.record(&mut changes, failed.id, body);
    changes.subscriptions.change(subscription.with(failed));
    changes
}

/// The name turned out to be somebody else's on that server; another one is stored before it is tried.
pub fn account_renamed(
    context: &Context<'_>,
    account: &Versioned<PanelAccount>,
    username: String,
) -> ChangeSet {
    let mut changes = ChangeSet::default();
    let mut renamed = account.value.clone();
    renamed.username = username;
    renamed.updated_at = context.now();
    changes.panel_accounts.change(account.with(renamed));
    changes
}

/// The panel switched the account off.
///
/// # Errors
/// When the account was removed meanwhile.
pub fn account_suspended(
    context: &Context<'_>,
    subscription: &Versioned<Subscription>,
    account: &Versioned<PanelAccount>,
) -> Result<ChangeSet, IllegalTransition> {
    outcome(
        context,
        subscription,
        account,
        AccountTrigger::Suspended,
        DomainEvent::AccountSuspended {},
    )
}

/// The panel switched the account on.
///
/// # Errors
/// When the account was removed meanwhile.
pub fn account_unsuspended(
    context: &Context<'_>,
    subscription: &Versioned<Subscription>,
    account: &Versioned<PanelAccount>,
) -> Result<ChangeSet, IllegalTransition> {
    let body = DomainEvent::AccountUnsuspended {};
    outcome(context, subscription, account, AccountTrigger::Unsuspended, body)
}

/// The panel has no such account any more; its place on the server is free.
///
/// # Errors
/// Never in practice: every state may end.
pub fn account_terminated(
    context: &Context<'_>,
    subscription: &Versioned<Subscription>,
    account: &Versioned<PanelAccount>,
) -> Result<ChangeSet, IllegalTransition> {
    let body = DomainEvent::AccountTerminated {};
    let mut changes = outcome(context, subscription, account, AccountTrigger::Terminated, body)?;
    if account.status != AccountStatus::Terminated {
        changes.takes.push(Take::give_back(format!("server/{}", account.server_id.stored())));
    }
    Ok(changes)
}

/// What a look at the panel found.
pub fn account_synced(
    context: &Context<'_>,
    account: &Versioned<PanelAccount>,
    usage: Usage,
    at: DateTime<Utc>,
) -> ChangeSet {
    let mut changes = ChangeSet::default();
    let mut synced = account.value.clone();
    synced.usage = usage;
    synced.synced_at = Some(at);
    synced.updated_at = context.now();
    changes.panel_accounts.change(account.with(synced));
    changes
}

fn outcome(
    context: &Context<'_>,
    subscription: &Versioned<Subscription>,
    account: &Versioned<PanelAccount>,
    trigger: AccountTrigger,
    body: DomainEvent,
) -> Result<ChangeSet, IllegalTransition> {
    let mut changes = ChangeSet::default();
    let after = moved(context, account, trigger)?;
    context.record(&mut changes, subscription.id, body);
    // The wish must not change between this comparison and the commit.
    changes.guard(subscription);
    converge(context, subscription, &after, &mut changes);
    changes.panel_accounts.change(account.with(after));
    Ok(changes)
}

fn moved(
    context: &Context<'_>,
    account: &Versioned<PanelAccount>,
    trigger: AccountTrigger,
) -> Result<PanelAccount, IllegalTransition> {
    let mut after = account.value.clone();
    after.status = after.status.on(trigger)?;
    after.updated_at = context.now();
    Ok(after)
}

/// Orders what is missing between the account and the subscription's wish.
fn converge(
    context: &Context<'_>,
    subscription: &Subscription,
    account: &PanelAccount,
    changes: &mut ChangeSet,
) {
    let subscription_id = subscription.id;
    let (verb, job) = match (wanted(subscription), account.status) {
        (Wanted::On, AccountStatus::Suspended) => {
            ("unsuspend", Job::UnsuspendAccount { subscription_id })
        }
        (Wanted::Off, AccountStatus::Active) => {
            ("suspend", Job::SuspendAccount { subscription_id })
        }
        (Wanted::Gone, AccountStatus::Active | AccountStatus::Suspended) => {
            ("terminate", Job::TerminateAccount { subscription_id })
        }
        _ => return,
    };
    let key = format!("{verb}/{}/converge", subscription_id.stored());
    changes.task(context.task(key, job).unless_there());
}

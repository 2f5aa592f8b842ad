//! What the panel said, and what is still to do about it.
//!
//! Tasks about one account may finish in any order. Whatever a task did, its outcome compares the
//! account with what the subscription wants *now* and orders the difference, so that the last wish
//! wins (defect D4: paid while the suspension was on its way).

use super::{
    order::{Origin, fulfilled, unfulfilled},
    pause::{CALLERS, crowd},
};
use crate::{
    change::{ChangeSet, Take},
    decide::Context,
    kernel::{IllegalTransition, Versioned},
    model::{
        AccountStatus, DomainEvent, Job, MailKind, PanelAccount, ProvisioningStatus, Subscription,
        SubscriptionId, SubscriptionStatus, Usage, provisioning::AccountTrigger,
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

/// What a panel showed of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// What it uses.
    pub usage: Usage,
    /// Who owns it, where the panel says.
    pub owner: Option<String>,
    /// The panel user and address with which it was seen.
    pub seen_as: String,
}

/// The panel has the account, with our name, password and package. An order that had failed for want of
/// it is fulfilled.
///
/// # Errors
/// When the account was removed meanwhile.
pub fn account_created(
    context: &Context<'_>,
    subscription: &Versioned<Subscription>,
    account: &Versioned<PanelAccount>,
    origin: Option<&Origin>,
    seen: &Sighting,
) -> Result<ChangeSet, IllegalTransition> {
    let mut changes = ChangeSet::default();
    let mut made = moved(context, account, AccountTrigger::Created)?;
    made.usage = seen.usage;
    made.synced_at = Some(context.now());
    made.owner.clone_from(&seen.owner);
    made.seen_as = Some(seen.seen_as.clone());
    made.creation_called_at = None;
    made.empty_looks = 0;
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
    if let Some(origin) = origin {
        fulfilled(context, origin, &mut changes);
    }
    converge(context, &served, &made, &mut changes);
    changes.panel_accounts.change(account.with(made));
    changes.subscriptions.change(subscription.with(served));
    Ok(changes)
}

/// Making the account was given up; staff must look. The order it was paid with has failed until then;
/// the payment stands (D2).
pub fn account_failed(
    context: &Context<'_>,
    subscription: &Versioned<Subscription>,
    origin: Option<&Origin>,
    detail: &str,
) -> ChangeSet {
    let mut changes = ChangeSet::default();
    let mut failed = subscription.value.clone();
    failed.provisioning_status = ProvisioningStatus::Failed;
    failed.updated_at = context.now();
    let body = DomainEvent::AccountProvisioningFailed { detail: detail.to_owned() };
    context.record(&mut changes, failed.id, body);
    if let Some(origin) = origin {
        unfulfilled(context, origin, &failed, &mut changes);
    }
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
    // The panel was never asked for one of this name.
    renamed.creation_called_at = None;
    renamed.empty_looks = 0;
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
    seen_as: &str,
) -> Result<ChangeSet, IllegalTransition> {
    let body = DomainEvent::AccountSuspended {};
    let trigger = AccountTrigger::Suspended;
    outcome(context, subscription, account, trigger, body, Some(seen_as))
}

/// The panel switched the account on.
///
/// # Errors
/// When the account was removed meanwhile.
pub fn account_unsuspended(
    context: &Context<'_>,
    subscription: &Versioned<Subscription>,
    account: &Versioned<PanelAccount>,
    seen_as: &str,
) -> Result<ChangeSet, IllegalTransition> {
    let body = DomainEvent::AccountUnsuspended {};
    let trigger = AccountTrigger::Unsuspended;
    outcome(context, subscription, account, trigger, body, Some(seen_as))
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
    let trigger = AccountTrigger::Terminated;
    let mut changes = outcome(context, subscription, account, trigger, body, None)?;
    if account.status != AccountStatus::Terminated {
        changes.takes.push(Take::give_back(format!("server/{}", account.server_id.stored())));
    }
    Ok(changes)
}

/// What a look at the panel found.
pub fn account_synced(
    context: &Context<'_>,
    account: &Versioned<PanelAccount>,
    seen: &Sighting,
) -> ChangeSet {
    let mut changes = ChangeSet::default();
    let mut synced = account.value.clone();
    synced.usage = seen.usage;
    synced.synced_at = Some(context.now());
    synced.seen_as = Some(seen.seen_as.clone());
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
    seen_as: Option<&str>,
) -> Result<ChangeSet, IllegalTransition> {
    let mut changes = ChangeSet::default();
    let mut after = moved(context, account, trigger)?;
    if let Some(seen_as) = seen_as {
        after.seen_as = Some(seen_as.to_owned());
    }
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
    if let Some(missing) = missing(subscription, Some(account)) {
        let task = context.task(missing.key(), missing.job()).unless_there();
        changes.task(task.among(crowd(account.server_id), CALLERS));
    }
}

/// What is to be done so that an account is as its service wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It is to be made.
    Account(SubscriptionId),
    /// It is to be switched on.
    SwitchOn(SubscriptionId),
    /// It is to be switched off.
    SwitchOff(SubscriptionId),
    /// It is to be removed.
    Removal(SubscriptionId),
}

impl Missing {
    /// The key of the task that does it. Making an account has one key, whoever orders it.
    pub fn key(self) -> String {
        match self {
            Self::Account(id) => creation_key(id),
            Self::SwitchOn(id) => format!("unsuspend/{}/converge", id.stored()),
            Self::SwitchOff(id) => format!("suspend/{}/converge", id.stored()),
            Self::Removal(id) => format!("terminate/{}/converge", id.stored()),
        }
    }

    /// The work.
    pub const fn job(self) -> Job {
        match self {
            Self::Account(subscription_id) => Job::CreateAccount { subscription_id },
            Self::SwitchOn(subscription_id) => Job::UnsuspendAccount { subscription_id },
            Self::SwitchOff(subscription_id) => Job::SuspendAccount { subscription_id },
            Self::Removal(subscription_id) => Job::TerminateAccount { subscription_id },
        }
    }
}

/// The key of the task that makes a subscription's account.
pub(crate) fn creation_key(id: SubscriptionId) -> String {
    format!("create/{}", id.stored())
}

/// What is missing between a service's wish and its account, as far as we know both. Nothing is
/// missing while staff have a given up creation before them.
pub fn missing(subscription: &Subscription, account: Option<&PanelAccount>) -> Option<Missing> {
    let id = subscription.id;
    let given_up = subscription.provisioning_status == ProvisioningStatus::Failed;
    match (wanted(subscription), account.map(|it| it.status)) {
        (Wanted::On, None | Some(AccountStatus::Pending)) if !given_up => {
            Some(Missing::Account(id))
        }
        (Wanted::On, Some(AccountStatus::Suspended)) => Some(Missing::SwitchOn(id)),
        (Wanted::Off, Some(AccountStatus::Active)) => Some(Missing::SwitchOff(id)),
        (
            Wanted::Gone,
            Some(AccountStatus::Pending | AccountStatus::Active | AccountStatus::Suspended),
        ) => Some(Missing::Removal(id)),
        _ => None,
    }
}

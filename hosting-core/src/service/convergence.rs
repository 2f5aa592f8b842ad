//! The daily convergence run: accounts are compared with what their services want, and what is
//! missing is ordered — paid and still switched off, ended and still there, paid and never made.
//!
//! Each wish orders its work itself when it is decided; this run is for what was given up or lost on
//! the way.
//!
//! What is compared are our own records: what a service wants with what its panel last told us. No
//! panel is asked, because a panel can be asked about one account at a time only
//! ([`ProvisioningAdapter::find`](crate::port::ProvisioningAdapter::find)), which for a full server is
//! hundreds of calls through a door that takes four at once. What somebody changes on a panel by hand is
//! found when work on that account looks, or when staff have it looked at.
//!
//! The run leaves fresh differences to the tasks that are at them, and orders the same thing for
//! one service three times a week at most, because what a panel refuses for good is staff's to look
//! at.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Ports,
    renewals::{At, Slice},
};
use crate::{
    change::{ChangeSet, Take},
    decide::{
        Context,
        provisioning::{Missing, missing},
    },
    kernel::{
        PageRequest,
        calendar::{earlier, later},
    },
    model::{AccountStatus, Actor, PanelAccount, ServerId, Subscription},
    port::StoreError,
};

/// How long a difference is left to the tasks that are at it.
const FRESH: TimeDelta = TimeDelta::hours(6);

/// How often in a week the same work is ordered for one service.
const A_WEEK: i64 = 3;

/// What a call did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConvergenceReport {
    /// Differences for which work was ordered.
    pub ordered: u64,
    /// Differences that were ordered often enough this week.
    pub left: u64,
    /// Where to go on; `None` when everything was compared.
    pub resume: Option<At<ServerId>>,
}

/// Compares everything, server by server, and stops after the server with which `slice` is used up.
///
/// # Errors
/// [`StoreError::Unavailable`] when the database cannot be asked; the next call goes on.
pub async fn run(
    ports: &Ports,
    actor: &Actor,
    resume: Option<At<ServerId>>,
    slice: Slice,
) -> Result<ConvergenceReport, StoreError> {
    let mut report = ConvergenceReport::default();
    if resume.is_none() {
        never_made(ports, actor, slice, &mut report).await?;
    }
    let found = ports.store.servers().await?;
    let mut servers: Vec<ServerId> = found.rows.iter().map(|it| it.id).collect();
    // What one that cannot be read holds can be compared all the same.
    servers.extend(found.unreadable.iter().filter_map(|it| ServerId::from_stored(&it.id).ok()));
    servers.sort_unstable();
    let (mut pages, mut done) = (0_u32, resume.map(|(_, id)| id));
    servers.retain(|id| done.is_none_or(|done| *id > done));
    for id in servers {
        if pages >= slice.pages {
            report.resume = done.map(|id| (ports.now(), id));
            break;
        }
        pages = pages.saturating_add(on_server(ports, actor, id, slice.page, &mut report).await?);
        done = Some(id);
    }
    Ok(report)
}

/// Services that are to be switched on and whose account was neither made nor given up. They are few:
/// those that wait for their panel right now, and what was lost on the way.
async fn never_made(
    ports: &Ports,
    actor: &Actor,
    slice: Slice,
    report: &mut ConvergenceReport,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let found = ports.store.subscriptions_to_make(after, slice.page).await?;
        for read in found.rows {
            let account = ports.store.account_of(read.id).await?;
            compare(ports, actor, &read, account.as_deref(), report).await?;
        }
        after = found.last;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// The accounts of one server. Answers how many pages they are.
async fn on_server(
    ports: &Ports,
    actor: &Actor,
    id: ServerId,
    page: u32,
    report: &mut ConvergenceReport,
) -> Result<u32, StoreError> {
    let (mut pages, mut after) = (0_u32, None);
    loop {
        let found = ports.store.accounts_on(id, &PageRequest::after(after, page)).await?;
        pages = pages.saturating_add(1);
        for account in found.items.iter().filter(|it| it.status != AccountStatus::Terminated) {
            if let Some(read) = ports.store.subscription(account.subscription_id).await? {
                compare(ports, actor, &read, Some(account), report).await?;
            }
        }
        after = found.next;
        if after.is_none() {
            return Ok(pages);
        }
    }
}

async fn compare(
    ports: &Ports,
    actor: &Actor,
    subscription: &Subscription,
    account: Option<&PanelAccount>,
    report: &mut ConvergenceReport,
) -> Result<(), StoreError> {
    let settled = earlier(ports.now(), FRESH);
    let fresh = |at: DateTime<Utc>| at > settled;
    if fresh(subscription.updated_at) || account.is_some_and(|it| fresh(it.updated_at)) {
        return Ok(());
    }
    let Some(missing) = missing(subscription, account) else { return Ok(()) };
    match ports.store.commit(order(&Context::new(ports.mint(), actor), missing)).await {
        Ok(_) => report.ordered = report.ordered.saturating_add(1),
        Err(StoreError::LimitReached { .. }) => report.left = report.left.saturating_add(1),
        Err(error) => return Err(error),
    }
    Ok(())
}

fn order(context: &Context<'_>, missing: Missing) -> ChangeSet {
    let mut changes = ChangeSet::default();
    changes.takes.push(Take {
        expires_at: Some(later(context.now(), TimeDelta::days(7))),
        ..Take::one(format!("converge/{}", missing.key()), Some(A_WEEK))
    });
    changes.task(context.task(missing.key(), missing.job()).unless_there());
    changes
}

//! Handing the outbox to listeners: at least once, in order, with a stored place.
//!
//! The place is stored after the facts were taken in, guarded by its version: of two processes that
//! deliver to one listener at the same time both hand the facts over, one stores the place, and none
//! is skipped. The store promises that nothing appears behind a position that was read
//! ([`AuditRepository::events_after`](crate::port::store::AuditRepository::events_after)).

use chrono::{DateTime, TimeDelta, Utc};

use super::backoff::retry_at;
use crate::{
    change::ChangeSet,
    kernel::{Effect, Versioned},
    model::{Event, Lane, Listening, Setting},
    port::{Listener, ListenerError, StoreError, Unreadable},
    service::Ports,
};

/// What a call did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Facts that the listener took in.
    pub heard: u32,
    /// Whether there may be more right away.
    pub more: bool,
    /// Why it stopped, if a fact was refused.
    pub refused: Option<String>,
}

/// Up to how many facts are counted that a listener has not taken in.
const COUNTED: u32 = 100_000;

/// How far behind a listener is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lag {
    /// How many facts it has not taken in; counted up to 100 000.
    pub waiting: i64,
    /// Since when the first fact that it has not taken in waits; `None` when it has heard everything.
    pub waiting_since: Option<DateTime<Utc>>,
    /// Where it is.
    pub place: Listening,
}

impl Lag {
    /// How long the first fact that it has not taken in has waited at `now`.
    pub fn behind(&self, now: DateTime<Utc>) -> TimeDelta {
        self.waiting_since.map_or(TimeDelta::zero(), |since| {
            now.signed_duration_since(since).max(TimeDelta::zero())
        })
    }
}

fn key(name: &str) -> String {
    format!("listener/{name}")
}

async fn place(
    ports: &Ports,
    name: &str,
) -> Result<Option<(Versioned<Setting>, Listening)>, StoreError> {
    let Some(stored) = ports.store.setting(&key(name)).await? else { return Ok(None) };
    let place = serde_json::from_value(stored.value.value.clone());
    let place = place.map_err(|error| StoreError::Corrupt {
        table: "settings",
        column: "value",
        text: error.to_string(),
    })?;
    Ok(Some((stored, place)))
}

/// Hands the next `limit` facts to `listener`, or fewer when it refuses one; then it is left alone for
/// a while, ever longer.
///
/// # Errors
/// A store that failed. What was heard and not stored is heard again.
pub async fn deliver(
    ports: &Ports,
    listener: &dyn Listener,
    limit: u32,
) -> Result<Delivered, StoreError> {
    let stored = place(ports, listener.name()).await?;
    let first = Listening { position: listener.begins_after(), ..Listening::default() };
    let (row, before) = stored.map_or((None, first), |(row, place)| (Some(row), place));
    if before.retry_at.is_some_and(|at| at > ports.now()) {
        return Ok(Delivered { refused: before.last_error, ..Delivered::default() });
    }
    let (mut after, mut delivered) = (before.clone(), Delivered::default());
    let page = facts(ports, before.position, limit).await?;
    let is_full = u32::try_from(page.len()).is_ok_and(|it| it >= limit);
    for (position, fact) in page {
        if let Err(error) = hand_over(listener, position, &fact).await {
            refused(ports, &before, &mut after, &error);
            delivered.refused.clone_from(&after.last_error);
            break;
        }
        delivered.heard = delivered.heard.saturating_add(1);
        after = Listening { position, ..Listening::default() };
    }
    delivered.more = is_full && delivered.refused.is_none();
    if after != before {
        store(ports, listener.name(), row, &after).await?;
    }
    Ok(delivered)
}

/// A fact, or what is known of one that cannot be read.
type Fact = Result<Event, Unreadable>;

async fn facts(ports: &Ports, after: i64, limit: u32) -> Result<Vec<(i64, Fact)>, StoreError> {
    let page = ports.store.events_after(after, limit).await?;
    let mut facts: Vec<(i64, Fact)> =
        page.rows.into_iter().map(|(position, event)| (position, Ok(event))).collect();
    facts.extend(page.unreadable.into_iter().filter_map(|it| Some((it.position?, Err(it)))));
    facts.sort_by_key(|it| it.0);
    Ok(facts)
}

async fn hand_over(
    listener: &dyn Listener,
    position: i64,
    fact: &Fact,
) -> Result<(), ListenerError> {
    match fact {
        Ok(event) => listener.hear(position, event).await,
        Err(unreadable) => listener.pass_over(position, unreadable).await,
    }
}

/// The fact behind `after` was refused; again when it was so before.
fn refused(ports: &Ports, before: &Listening, after: &mut Listening, error: &ListenerError) {
    let earlier = if after.position == before.position { before.failures } else { 0 };
    let failures = earlier.saturating_add(1);
    let at = retry_at(ports.now(), &*ports.entropy, Lane::Run, Effect::NoneRetry, failures);
    after.failures = failures;
    after.retry_at = Some(at);
    after.last_error = Some(error.to_string());
}

/// Stores the place, unless somebody else was faster: then the facts are heard twice.
async fn store(
    ports: &Ports,
    name: &str,
    row: Option<Versioned<Setting>>,
    place: &Listening,
) -> Result<(), StoreError> {
    let value = serde_json::to_value(place).unwrap_or_default();
    let (mint, mut changes) = (ports.mint(), ChangeSet::default());
    match row {
        Some(Versioned { value: read, version }) => {
            let setting = Setting { value, updated_at: mint.now(), ..read };
            changes.settings.change(Versioned { value: setting, version });
        }
        None => changes.settings.add(Setting {
            id: mint.id(),
            key: key(name),
            value,
            created_at: mint.now(),
            updated_at: mint.now(),
        }),
    }
    match ports.store.commit(changes).await {
        Ok(_) | Err(StoreError::Conflict { .. } | StoreError::Duplicate(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// How far behind a listener is.
///
/// # Errors
/// A store that failed.
pub async fn lag(ports: &Ports, listener: &dyn Listener) -> Result<Lag, StoreError> {
    let stored = place(ports, listener.name()).await?.map(|(_, place)| place);
    let first = || Listening { position: listener.begins_after(), ..Listening::default() };
    behind(ports, stored.unwrap_or_else(first)).await
}

/// How far behind each listener is that has a stored place, by name: whichever process of whichever
/// host program delivers to it. One that was given up is among them until its setting is removed; one
/// whose place cannot be read is left out.
///
/// # Errors
/// A store that failed.
pub async fn lags(ports: &Ports) -> Result<Vec<(String, Lag)>, StoreError> {
    let mut found = Vec::new();
    for stored in ports.store.settings_in("listener").await?.rows {
        let Some(name) = stored.key.strip_prefix("listener/") else { continue };
        let Ok(place) = serde_json::from_value(stored.value.value.clone()) else { continue };
        found.push((name.to_owned(), behind(ports, place).await?));
    }
    Ok(found)
}

async fn behind(ports: &Ports, place: Listening) -> Result<Lag, StoreError> {
    // The first that can be read: what waits before it waits longer.
    let next = ports.store.events_after(place.position, 100).await?;
    let waiting_since = next.rows.first().map(|(_, event)| event.at);
    let waiting = ports.store.count_after(place.position, COUNTED).await?;
    Ok(Lag { waiting, waiting_since, place })
}

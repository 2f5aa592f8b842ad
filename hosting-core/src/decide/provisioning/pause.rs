//! A server whose panel lets nobody in is left in peace, and its tasks wait (D4).
//!
//! Panels lock out addresses that keep trying with a wrong token
//! (`docs/providers/whm.md`, "Load and lock-out"), so after the first such answer nobody calls.
//! From time to time one task tries the door with one call; when it opens, everything goes on by
//! itself. Staff open it at once by mending the server or testing it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::{Versioned, calendar::later},
    model::{DomainEvent, Job, MailKind, Server, ServerId, ServerStatus},
};

/// The shortest and the longest time between two tries.
const SHORTEST: TimeDelta = TimeDelta::minutes(15);
const LONGEST: TimeDelta = TimeDelta::hours(1);

/// How long whoever tries the door keeps the others away from it.
const TRY: TimeDelta = TimeDelta::minutes(5);

/// How many tasks call one server's panel at the same time
/// (`docs/providers/whm.md`, "Load and lock-out").
pub const CALLERS: i64 = 4;

/// The crowd of the tasks about one server; see [`NewTask::among`](crate::change::NewTask::among).
pub fn crowd(id: ServerId) -> String {
    format!("server/{}", id.stored())
}

/// Whether a server's panel may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// It may.
    Open,
    /// It may be tried, by whoever commits [`try_server`] first.
    Try,
    /// Not before this instant.
    Shut(DateTime<Utc>),
}

/// Whether `server`'s panel may be called at `now`. Nothing is asked of a disabled server.
pub fn gate(server: &Server, now: DateTime<Utc>) -> Gate {
    match server.paused_until {
        _ if server.status == ServerStatus::Disabled => Gate::Shut(later(now, LONGEST)),
        None => Gate::Open,
        Some(until) if until > now => Gate::Shut(until),
        Some(_) => Gate::Try,
    }
}

/// Puts the server on pause, or keeps it there for longer; staff are told once.
pub fn pause_server(context: &Context<'_>, read: &Versioned<Server>, why: &str) -> ChangeSet {
    let now = context.now();
    let mut changes = ChangeSet::default();
    let mut server = read.value.clone();
    server.pause_reason = Some(why.to_owned());
    server.updated_at = now;
    if let Some(since) = read.paused_at {
        let so_far = now.signed_duration_since(since);
        server.paused_until = Some(later(now, so_far.clamp(SHORTEST, LONGEST)));
    } else {
        server.paused_at = Some(now);
        server.paused_until = Some(later(now, SHORTEST));
        let body = DomainEvent::ServerPaused { detail: why.to_owned() };
        context.record(&mut changes, server.id, body);
        let job = Job::MailServer { kind: MailKind::ServerPaused, server_id: server.id };
        let key = format!("mail/server-paused/{}/{}", server.id.stored(), now.timestamp_millis());
        changes.task(context.task(key, job));
    }
    changes.servers.change(read.with(server));
    changes
}

/// Takes the one try there is; whoever comes second conflicts and waits.
pub fn try_server(context: &Context<'_>, read: &Versioned<Server>) -> ChangeSet {
    let mut changes = ChangeSet::default();
    let mut server = read.value.clone();
    server.paused_until = Some(later(context.now(), TRY));
    server.updated_at = context.now();
    changes.servers.change(read.with(server));
    changes
}

/// The panel lets us in again. Nothing changes when the server was not on pause.
pub fn resume_server(context: &Context<'_>, read: &Versioned<Server>) -> ChangeSet {
    let mut changes = ChangeSet::default();
    if read.paused_at.is_none() {
        return changes;
    }
    let mut server = read.value.clone();
    clear_pause(context, &mut server, &mut changes);
    server.updated_at = context.now();
    changes.servers.change(read.with(server));
    changes
}

/// Takes the pause off a server that is being changed.
pub(crate) fn clear_pause(context: &Context<'_>, server: &mut Server, changes: &mut ChangeSet) {
    if server.paused_at.is_some() {
        (server.paused_at, server.paused_until, server.pause_reason) = (None, None, None);
        context.record(changes, server.id, DomainEvent::ServerResumed {});
    }
}

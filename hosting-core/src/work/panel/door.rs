//! Whether a server's panel may be called; and shutting its door when it lets nobody in.

use chrono::TimeDelta;

use super::site::Site;
use crate::{
    change::{ChangeSet, Verdict},
    decide::{
        Context,
        provisioning::{CALLERS, Gate, crowd, gate, pause_server, resume_server, try_server},
    },
    model::{Actor, ServerId},
    port::{LeasedTask, StoreError},
    service::{Ports, TRIES},
    work::{
        backoff::wait_at,
        tick::{Done, WorkError},
    },
};

/// How long a task waits before it looks whether the door is open again; not every task's look is a
/// call.
const WAIT: TimeDelta = TimeDelta::minutes(10);

/// `None` when the panel may be called; else how the task goes on. When it is time to try the door,
/// one task does so with one call.
pub(super) async fn closed(
    ports: &Ports,
    task: &LeasedTask,
    site: &Site<'_>,
) -> Result<Option<Done>, WorkError> {
    let why = || {
        let said = site.server.pause_reason.as_deref().unwrap_or("it is disabled");
        format!("the server {} is not called now: {said}", site.server.name)
    };
    if task.crowd_key != Some(crowd(site.server.id)) {
        return line_up(ports, task, site.server.id).await.map(Some);
    }
    match gate(&site.server, ports.now()) {
        Gate::Open => return Ok(None),
        Gate::Shut(_) => return Ok(Some(wait(ports, Box::default(), why()))),
        Gate::Try => {}
    }
    let actor = Actor::Task { task_id: task.lease.task_id };
    let changes = try_server(&Context::new(ports.mint(), &actor), &site.server);
    match ports.store.commit(changes).await {
        Ok(_) => {}
        Err(StoreError::Conflict { .. }) => return Ok(Some(wait(ports, Box::default(), why()))),
        Err(error) => return Err(error.into()),
    }
    match site.panel.test_connection(&site.access).await {
        Ok(_) => {
            open(ports, task, site).await?;
            Ok(None)
        }
        Err(failure) => {
            shut(ports, task, site, &failure.to_string()).await?;
            Ok(Some(wait(ports, Box::default(), failure.to_string())))
        }
    }
}

/// Only now it is known which server the task is about: it lines up with the others of that server,
/// in whatever process they are worked. Nothing was called yet, so its attempts begin anew.
async fn line_up(ports: &Ports, task: &LeasedTask, id: ServerId) -> Result<Done, WorkError> {
    let actor = Actor::Task { task_id: task.lease.task_id };
    let context = Context::new(ports.mint(), &actor);
    let mut changes = ChangeSet::default();
    changes.settle(&task.lease, Verdict::Succeeded);
    let again = context.task(task.key.clone(), task.job.clone());
    changes.task(again.among(crowd(id), CALLERS));
    ports.store.commit(changes).await?;
    Ok(Done::Settled)
}

/// The task waits; the attempt does not count.
pub(super) fn wait(ports: &Ports, changes: Box<ChangeSet>, error: String) -> Done {
    Done::Wait { changes, at: wait_at(ports.now(), &*ports.entropy, WAIT), error }
}

/// Nobody calls this server's panel for a while.
pub(super) async fn shut(
    ports: &Ports,
    task: &LeasedTask,
    site: &Site<'_>,
    why: &str,
) -> Result<(), WorkError> {
    let actor = Actor::Task { task_id: task.lease.task_id };
    for _ in 0..TRIES {
        let Some(read) = ports.store.server(site.server.id).await? else { return Ok(()) };
        let context = Context::new(ports.mint(), &actor);
        // Staff mended it while we were calling: what we heard was about the old way in.
        let same_door = (&read.base_url, &read.username, &read.secret)
            == (&site.server.base_url, &site.server.username, &site.server.secret);
        if !same_door {
            return Ok(());
        }
        match ports.store.commit(pause_server(&context, &read, why)).await {
            Ok(_) => return Ok(()),
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

async fn open(ports: &Ports, task: &LeasedTask, site: &Site<'_>) -> Result<(), WorkError> {
    let actor = Actor::Task { task_id: task.lease.task_id };
    for _ in 0..TRIES {
        let Some(read) = ports.store.server(site.server.id).await? else { return Ok(()) };
        let context = Context::new(ports.mint(), &actor);
        match ports.store.commit(resume_server(&context, &read)).await {
            Ok(_) => return Ok(()),
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

//! One turn of a worker.

use chrono::{DateTime, TimeDelta, Utc};

use super::{backoff::retry_at, link, mail, panel, payment, refund, runs};
use crate::{
    change::{ChangeSet, Verdict},
    decide::Context,
    kernel::Effect,
    model::{Actor, DomainEvent, Job, Lane, TaskId},
    port::{Claim, LeasedTask, StoreError, store::UnreadableTask},
    service::{Ports, payments::LearnError},
};

/// How long a worker holds a task of each lane: longer than the longest deadline of its adapters.
#[derive(Debug, Clone, Copy)]
pub struct LaneLimits;

impl LaneLimits {
    /// The lease of a lane. A panel is given up to five minutes for one call
    /// (`docs/providers/whm.md`, "Load and lock-out").
    pub const fn lease(lane: Lane) -> TimeDelta {
        match lane {
            Lane::Panel => TimeDelta::minutes(15),
            Lane::Payment | Lane::Mail => TimeDelta::minutes(3),
            Lane::Run => TimeDelta::minutes(10),
        }
    }
}

/// What a turn did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Tasks that were claimed.
    pub claimed: u32,
    /// Of those, the ones that are done.
    pub succeeded: u32,
    /// Of those, the ones that are to be tried again.
    pub retried: u32,
    /// Of those, the ones that were given up.
    pub failed: u32,
    /// Of those, the ones that somebody else had taken over meanwhile.
    pub lost: u32,
}

/// How a task ended before it is settled: what its outcome changes was committed together with the
/// settlement already, or the settlement is still to be made.
pub(super) enum Done {
    /// Settled in the commit that took the outcome in.
    Settled,
    /// Nothing more to change.
    Succeeded,
    /// To be tried again.
    Retry { effect: Effect, error: String },
    /// To be tried again, with what is known meanwhile.
    RetryWith { changes: Box<ChangeSet>, effect: Effect, error: String },
    /// To be looked at again then, without counting this attempt: it waits for something that is
    /// not its own fault.
    Wait { changes: Box<ChangeSet>, at: DateTime<Utc>, error: String },
    /// To be given up, with what that changes.
    GiveUp { changes: Box<ChangeSet>, error: String },
}

/// Why a task could not be carried to any end; it is tried again as if its outcome were unknown.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Learn(#[from] LearnError),
    #[error("there is no such {0}")]
    Missing(&'static str),
    #[error(transparent)]
    Illegal(#[from] crate::kernel::IllegalTransition),
    #[error("{0}")]
    Other(String),
}

impl WorkError {
    fn is_lost_lease(&self) -> bool {
        let conflict = |it: &StoreError| matches!(it, StoreError::Conflict { what: "lease" });
        match self {
            Self::Store(error) | Self::Learn(LearnError::Store(error)) => conflict(error),
            _ => false,
        }
    }

    fn is_database(&self) -> bool {
        match self {
            Self::Store(error) | Self::Learn(LearnError::Store(error)) => error.is_transient(),
            _ => false,
        }
    }
}

/// Claims up to `limit` due tasks of `lane` and carries them out, one after the other.
///
/// # Errors
/// [`StoreError::Unavailable`] when the database cannot be asked; held tasks come back when their
/// leases run out.
pub async fn tick(ports: &Ports, lane: Option<Lane>, limit: u32) -> Result<Ticked, StoreError> {
    claim_and_work(ports, lane, None, limit).await
}

/// Carries out one task at once, if it is free: for whoever waits for it.
///
/// # Errors
/// [`StoreError::Unavailable`] when the database cannot be asked.
pub async fn run_now(ports: &Ports, task: TaskId) -> Result<Ticked, StoreError> {
    claim_and_work(ports, None, Some(task), 1).await
}

async fn claim_and_work(
    ports: &Ports,
    lane: Option<Lane>,
    only: Option<TaskId>,
    limit: u32,
) -> Result<Ticked, StoreError> {
    let token: crate::kernel::Id<crate::model::task::TaskKind> = ports.mint().id();
    let claim = Claim {
        token: token.stored(),
        now: ports.now(),
        lease: LaneLimits::lease(lane.unwrap_or(Lane::Panel)),
        lane,
        only,
        limit,
    };
    let mut ticked = Ticked::default();
    let claimed = ports.store.claim(claim).await?;
    for task in &claimed.unreadable {
        ticked.claimed = ticked.claimed.saturating_add(1);
        let counter = match set_aside(ports, task).await? {
            Ended::Lost => &mut ticked.lost,
            _ => &mut ticked.failed,
        };
        *counter = counter.saturating_add(1);
    }
    for task in claimed.tasks {
        ticked.claimed = ticked.claimed.saturating_add(1);
        let counter = match settle(ports, &task, carry_out(ports, &task).await).await? {
            Ended::Succeeded => &mut ticked.succeeded,
            Ended::Retried => &mut ticked.retried,
            Ended::Failed => &mut ticked.failed,
            Ended::Lost => &mut ticked.lost,
        };
        *counter = counter.saturating_add(1);
    }
    Ok(ticked)
}

async fn carry_out(ports: &Ports, task: &LeasedTask) -> Result<Done, WorkError> {
    match &task.job {
        Job::CreateAccount { subscription_id } => {
            panel::create(ports, task, *subscription_id).await
        }
        Job::SuspendAccount { subscription_id } => {
            panel::suspend(ports, task, *subscription_id).await
        }
        Job::UnsuspendAccount { subscription_id } => {
            panel::unsuspend(ports, task, *subscription_id).await
        }
        Job::TerminateAccount { subscription_id } => {
            panel::terminate(ports, task, *subscription_id).await
        }
        Job::ChangePackage { subscription_id } => {
            panel::change_package(ports, task, *subscription_id).await
        }
        Job::ResetPassword { subscription_id, password } => {
            panel::reset_password(ports, task, *subscription_id, password).await
        }
        Job::SyncAccount { subscription_id } => panel::sync(ports, task, *subscription_id).await,
        Job::Charge { payment_id } => payment::charge(ports, task, *payment_id).await,
        Job::AskPayment { payment_id } => payment::ask(ports, task, *payment_id).await,
        Job::CancelPayment { payment_id } => payment::cancel(ports, task, *payment_id).await,
        Job::Refund { refund_id } => refund::refund(ports, task, *refund_id).await,
        Job::ProcessWebhook { webhook_event_id } => {
            payment::webhook(ports, task, *webhook_event_id).await
        }
        Job::MailCustomer { .. }
        | Job::MailUser { .. }
        | Job::MailAddress { .. }
        | Job::MailStaff { .. }
        | Job::MailServer { .. } => mail::send(ports, task).await,
        Job::MailLink { email, cause, token_id, token_hash, token } => {
            let found =
                link::Asked { email, cause: *cause, token_id: *token_id, token_hash, token };
            link::answer(ports, task, &found).await
        }
        Job::Run { run, date, resume } => {
            runs::run(ports, task, *run, *date, resume.as_ref()).await
        }
    }
}

enum Ended {
    Succeeded,
    Retried,
    Failed,
    Lost,
}

async fn settle(
    ports: &Ports,
    task: &LeasedTask,
    outcome: Result<Done, WorkError>,
) -> Result<Ended, StoreError> {
    let done = match outcome {
        Ok(Done::Settled) => return Ok(Ended::Succeeded),
        Ok(done) => done,
        Err(error) if error.is_lost_lease() => return Ok(Ended::Lost),
        Err(error) if error.is_database() => {
            let source: Box<dyn std::error::Error + Send + Sync> = error.to_string().into();
            return Err(StoreError::Unavailable(source));
        }
        Err(error) => Done::Retry { effect: Effect::Unknown, error: error.to_string() },
    };
    let (changes, ended) = settlement(ports, task, done).await?;
    match ports.store.commit(changes).await {
        Ok(_) => Ok(ended),
        Err(StoreError::Conflict { what: "lease" }) => Ok(Ended::Lost),
        // Something it wanted to change has moved meanwhile: the task looks again with fresh eyes.
        Err(StoreError::Conflict { .. }) => look_again(ports, task).await,
        Err(error) => Err(error),
    }
}

/// Gives up a task that this version of the program cannot read, e.g. one that a newer version
/// left behind: staff see it among the dead letters and retry it when it can be read again.
async fn set_aside(ports: &Ports, task: &UnreadableTask) -> Result<Ended, StoreError> {
    let mut changes = ChangeSet::default();
    let actor = Actor::Task { task_id: task.lease.task_id };
    let context = Context::new(ports.mint(), &actor);
    let body = DomainEvent::TaskFailed { detail: task.why.clone() };
    context.record(&mut changes, task.lease.task_id, body);
    changes.settle(&task.lease, Verdict::Failed { error: task.why.clone() });
    match ports.store.commit(changes).await {
        Ok(_) => Ok(Ended::Failed),
        Err(StoreError::Conflict { .. }) => Ok(Ended::Lost),
        Err(error) => Err(error),
    }
}

async fn look_again(ports: &Ports, task: &LeasedTask) -> Result<Ended, StoreError> {
    let mut changes = ChangeSet::default();
    let error = "what it was decided from has changed meanwhile".to_owned();
    changes.settle(&task.lease, Verdict::RetryAt { at: ports.now(), error });
    match ports.store.commit(changes).await {
        Ok(_) => Ok(Ended::Retried),
        Err(StoreError::Conflict { .. }) => Ok(Ended::Lost),
        Err(error) => Err(error),
    }
}

async fn settlement(
    ports: &Ports,
    task: &LeasedTask,
    done: Done,
) -> Result<(ChangeSet, Ended), StoreError> {
    let actor = Actor::Task { task_id: task.lease.task_id };
    let context = Context::new(ports.mint(), &actor);
    let (mut changes, effect, error) = match done {
        Done::Settled | Done::Succeeded => {
            let mut changes = ChangeSet::default();
            changes.settle(&task.lease, Verdict::Succeeded);
            return Ok((changes, Ended::Succeeded));
        }
        Done::Wait { mut changes, at, error } => {
            changes.settle(&task.lease, Verdict::Wait { at, error });
            return Ok((*changes, Ended::Retried));
        }
        Done::Retry { effect, error } => (Box::default(), effect, error),
        Done::RetryWith { changes, effect, error } => (changes, effect, error),
        Done::GiveUp { changes, error } => (changes, Effect::NoneFinal, error),
    };
    if effect != Effect::NoneFinal && task.attempts < task.max_attempts {
        let lane = task.job.action().lane();
        let at = retry_at(context.now(), &*ports.entropy, lane, effect, task.attempts);
        changes.settle(&task.lease, Verdict::RetryAt { at, error });
        return Ok((*changes, Ended::Retried));
    }
    // Whatever way it came to its end, what its end means is decided here.
    changes.and(given_up(ports, &context, task, &error).await?);
    let body = DomainEvent::TaskFailed { detail: error.clone() };
    context.record(&mut changes, task.lease.task_id, body);
    changes.settle(&task.lease, Verdict::Failed { error });
    Ok((*changes, Ended::Failed))
}

/// What it changes that a task is given up. A row that cannot be read does not keep the task alive.
async fn given_up(
    ports: &Ports,
    context: &Context<'_>,
    task: &LeasedTask,
    error: &str,
) -> Result<ChangeSet, StoreError> {
    let decided = match &task.job {
        Job::CreateAccount { subscription_id } => {
            panel::creation_given_up(ports, context, *subscription_id, error).await
        }
        _ => return Ok(ChangeSet::default()),
    };
    match decided {
        Ok(changes) => Ok(changes),
        Err(error) if error.is_transient() => Err(error),
        Err(_) => Ok(ChangeSet::default()),
    }
}

//! An account with the way to its panel, and what a call's outcome means for the task.

use super::door;
use crate::{
    change::{ChangeSet, Verdict},
    decide::{Context, provisioning::Sighting},
    kernel::{Effect, IllegalTransition, Secret, Versioned},
    model::{
        Actor, PanelAccount, Server, Subscription, SubscriptionId,
        sealing::{account_password, server_secret},
    },
    port::{
        Failure, LeasedTask, ProvisioningAdapter, StoreError,
        provisioning::{AccountIdentity, AccountState, Found, ServerAccess},
    },
    service::{Ports, TRIES},
    work::tick::{Done, WorkError},
};

/// A subscription's account with the way to its panel.
pub(super) struct Site<'p> {
    pub(super) subscription: Versioned<Subscription>,
    pub(super) account: Versioned<PanelAccount>,
    pub(super) server: Versioned<Server>,
    pub(super) access: ServerAccess,
    pub(super) panel: &'p dyn ProvisioningAdapter,
}

impl Site<'_> {
    pub(super) fn identity(&self) -> AccountIdentity {
        AccountIdentity {
            username: self.account.username.clone(),
            domain: self.account.domain.clone(),
            intended_at: self.account.created_at,
            owner: self.account.owner.clone(),
        }
    }

    pub(super) fn sighting(&self, state: AccountState) -> Sighting {
        Sighting { usage: state.usage, owner: state.owner, seen_as: self.access.label() }
    }

    /// Whether the account was seen before by whoever asks now. Only then does its absence say that
    /// it is gone (`docs/providers/whm.md`, "Removing an account").
    pub(super) fn is_known_here(&self) -> bool {
        self.account.seen_as.as_deref() == Some(self.access.label().as_str())
    }
}

pub(super) fn password(ports: &Ports, account: &PanelAccount) -> Result<Secret, WorkError> {
    let opened = ports.secrets.open(&account.password, &account_password(account.id));
    opened.map_err(|error| WorkError::Other(error.to_string()))
}

pub(super) async fn subscription(
    ports: &Ports,
    id: SubscriptionId,
) -> Result<Versioned<Subscription>, WorkError> {
    ports.store.subscription(id).await?.ok_or(WorkError::Missing("subscription"))
}

pub(super) async fn site(ports: &Ports, id: SubscriptionId) -> Result<Option<Site<'_>>, WorkError> {
    let subscription = subscription(ports, id).await?;
    let Some(account) = ports.store.account_of(id).await? else { return Ok(None) };
    let server = ports.store.server(account.server_id).await?;
    let server = server.ok_or(WorkError::Missing("server"))?;
    let panel = ports.panels.get(&server.panel).map(|it| &**it);
    let panel = panel
        .ok_or_else(|| WorkError::Other(format!("panel `{}` is not configured", server.panel)))?;
    let place = server_secret(server.id);
    let secret = ports.secrets.open(&server.secret, &place);
    let access = ServerAccess {
        base_url: server.base_url.clone(),
        username: server.username.clone(),
        secret: secret.map_err(|error| WorkError::Other(error.to_string()))?,
        ca_pem: server.ca_pem.clone(),
        cert_sha256: server.cert_sha256.clone(),
    };
    Ok(Some(Site { subscription, account, server, access, panel }))
}

/// What a failed call means for the task.
pub(super) async fn failed(
    ports: &Ports,
    task: &LeasedTask,
    site: &Site<'_>,
    failure: &Failure,
) -> Result<Done, WorkError> {
    failed_with(ports, task, site, failure, ChangeSet::default()).await
}

/// What a failed call means for the task, with what is known meanwhile.
pub(super) async fn failed_with(
    ports: &Ports,
    task: &LeasedTask,
    site: &Site<'_>,
    failure: &Failure,
    changes: ChangeSet,
) -> Result<Done, WorkError> {
    let (changes, error) = (Box::new(changes), failure.to_string());
    if failure.is_server_wide() {
        door::shut(ports, task, site, &error).await?;
        return Ok(door::wait(ports, changes, error));
    }
    Ok(match failure.effect() {
        Effect::NoneFinal => Done::GiveUp { changes, error },
        effect => Done::RetryWith { changes, effect, error },
    })
}

/// The account as the panel has it; or how the task ends when it is not there, or not ours.
pub(super) async fn standing(
    ports: &Ports,
    task: &LeasedTask,
    site: &Site<'_>,
) -> Result<Result<AccountState, Done>, WorkError> {
    let give_up = |error: String| Done::GiveUp { changes: Box::default(), error };
    Ok(match site.panel.find(&site.access, &site.identity()).await {
        Ok(Found::Ours(state)) => Ok(state),
        Ok(Found::Nothing) => Err(give_up("the panel has no such account".to_owned())),
        Ok(Found::Foreign { reason }) => Err(give_up(reason)),
        Err(failure) => Err(failed(ports, task, site, &failure).await?),
    })
}

/// Commits what `decide` makes of the newest rows together with the end of the task.
pub(super) async fn take_in(
    ports: &Ports,
    task: &LeasedTask,
    id: SubscriptionId,
    decide: impl Fn(
        &Context<'_>,
        &Versioned<Subscription>,
        &Versioned<PanelAccount>,
    ) -> Result<ChangeSet, IllegalTransition>,
) -> Result<Done, WorkError> {
    let actor = Actor::Task { task_id: task.lease.task_id };
    let mut tries = 0_u32;
    loop {
        let subscription = subscription(ports, id).await?;
        let account =
            ports.store.account_of(id).await?.ok_or(WorkError::Missing("panel account"))?;
        let context = Context::new(ports.mint(), &actor);
        let changes = decide(&context, &subscription, &account)?;
        if let Some(done) = settled(ports, task, changes, &mut tries).await? {
            return Ok(done);
        }
    }
}

/// Commits an outcome together with the end of the task. `None` when somebody changed what it was
/// decided from: decide again.
pub(super) async fn settled(
    ports: &Ports,
    task: &LeasedTask,
    mut changes: ChangeSet,
    tries: &mut u32,
) -> Result<Option<Done>, WorkError> {
    changes.settle(&task.lease, Verdict::Succeeded);
    match ports.store.commit(changes).await {
        Ok(_) => Ok(Some(Done::Settled)),
        Err(StoreError::Conflict { what }) if what != "lease" && *tries < TRIES => {
            *tries = tries.saturating_add(1);
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

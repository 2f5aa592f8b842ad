//! What customers do with the account of a service: a new password, logging in without one.

use super::{Ports, ServiceError};
use crate::{
    change::Unique,
    decide::{
        Context,
        provisioning::{PasswordRefusal, panel_password, reset_panel_password},
    },
    kernel::Secret,
    model::{AccountStatus, Actor, SubscriptionId, TaskId},
    port::{
        Failure, StoreError,
        provisioning::{AccountIdentity, ServerAccess},
    },
};

/// Where the new password of a service's account is sealed while its task waits.
pub fn password_place(id: SubscriptionId) -> String {
    format!("tasks/password/{}", id.stored())
}

/// Orders a new password for a service's account. The password is in the answer and, sealed, in the
/// task; whoever waits runs that with [`work::run_now`](crate::work::run_now).
///
/// # Errors
/// A service that is not there; a [`PasswordRefusal`].
pub async fn reset_password(
    ports: &Ports,
    actor: &Actor,
    id: SubscriptionId,
) -> Result<(TaskId, Secret), ServiceError<PasswordRefusal>> {
    let store = &*ports.store;
    let subscription =
        store.subscription(id).await?.ok_or(ServiceError::NotFound("subscription"))?;
    let account = store.account_of(id).await?;
    let password = panel_password(ports.entropy.bytes());
    let sealed = ports.secrets.seal(&password, &password_place(id), ports.nonce());
    let context = Context::new(ports.mint(), actor);
    let account = account.as_ref().map(|it| &it.value);
    let (task_id, changes) = reset_panel_password(&context, &subscription, account, sealed)
        .map_err(ServiceError::Refused)?;
    match store.commit(changes).await {
        Ok(_) => Ok((task_id, password)),
        Err(StoreError::Duplicate(Unique::TaskKey) | StoreError::LimitReached { .. }) => {
            Err(ServiceError::Refused(PasswordRefusal::TooOften))
        }
        Err(error) => Err(error.into()),
    }
}

/// Why nobody is logged in at the panel.
#[derive(Debug, thiserror::Error)]
pub enum PanelLoginRefusal {
    /// The account is not made yet, switched off, or gone.
    #[error("this service has no account that is switched on")]
    NoAccount,
    /// The panel cannot.
    #[error("this panel cannot log anybody in without a password")]
    NotSupported,
    /// The panel was asked and did not do it.
    #[error("the panel did not answer as it should")]
    Panel(#[source] Failure),
}

/// An address that logs its visitor in at the panel, once and within minutes. It is asked for and
/// handed on; nothing keeps it.
///
/// # Errors
/// A service that is not there; a [`PanelLoginRefusal`].
pub async fn login_url(
    ports: &Ports,
    id: SubscriptionId,
) -> Result<Secret, ServiceError<PanelLoginRefusal>> {
    use PanelLoginRefusal as R;
    let store = &*ports.store;
    let subscription =
        store.subscription(id).await?.ok_or(ServiceError::NotFound("subscription"))?;
    let account = store.account_of(id).await?.filter(|it| it.status == AccountStatus::Active);
    let account = account.filter(|_| subscription.status.is_served());
    let account = account.ok_or(ServiceError::Refused(R::NoAccount))?;
    let server = store.server(account.server_id).await?.ok_or(ServiceError::NotFound("server"))?;
    let panel = ports.panels.get(&server.panel).and_then(|it| it.single_sign_on());
    let panel = panel.ok_or(ServiceError::Refused(R::NotSupported))?;
    let server = server.value;
    let place = format!("servers/secret/{}", server.id.stored());
    let secret = ports.secrets.open(&server.secret, &place).map_err(|error| {
        let detail = error.to_string();
        ServiceError::Refused(R::Panel(Failure::refused("single_sign_on", detail)))
    })?;
    let access = ServerAccess {
        base_url: server.base_url,
        username: server.username,
        secret,
        ca_pem: server.ca_pem,
        cert_sha256: server.cert_sha256,
    };
    let identity = AccountIdentity {
        username: account.username.clone(),
        domain: account.domain.clone(),
        intended_at: account.created_at,
        owner: account.owner.clone(),
    };
    let asked = panel.login_url(&access, &identity).await;
    asked.map_err(|failure| ServiceError::Refused(R::Panel(failure)))
}

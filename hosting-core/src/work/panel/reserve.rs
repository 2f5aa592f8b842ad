//! A name, a server and a password, stored before the first call (law 3).

use crate::{
    change::Unique,
    decide::{
        Context,
        provisioning::{PlaceRefusal, Reserved, Wanted, panel_password, place, username, wanted},
    },
    kernel::Versioned,
    model::{Actor, PanelAccountId, Subscription, sealing::account_password},
    port::{ProvisioningAdapter, StoreError},
    service::Ports,
    work::tick::WorkError,
};

/// How many names are tried on one server before staff must look.
const NAMES: u32 = 8;

/// Whether there is something to call a panel about.
pub(super) enum Reservation {
    /// There is, from now on or from before.
    There,
    /// The service does not want an account now.
    NotWanted,
    /// No server takes it.
    NoRoom(PlaceRefusal),
}

/// The names that are tried for a subscription's account, in order: those that its panel accepts.
pub(super) fn names<'a>(
    panel: &'a dyn ProvisioningAdapter,
    subscription: &'a Subscription,
) -> impl Iterator<Item = String> + use<'a> {
    let names = (0..NAMES).map(|attempt| username(subscription, attempt));
    names.filter(|it| panel.accepts_username(it))
}

/// Makes sure that a name, a server and a password are stored before the first call.
pub(super) async fn reserve(
    ports: &Ports,
    subscription: &Versioned<Subscription>,
) -> Result<Reservation, WorkError> {
    let store = &*ports.store;
    if store.account_of(subscription.id).await?.is_some() {
        return Ok(Reservation::There);
    }
    if wanted(subscription) != Wanted::On {
        return Ok(Reservation::NotWanted);
    }
    let plan = store.plan(subscription.plan_id).await?.ok_or(WorkError::Missing("plan"))?.value;
    let product = store.product(plan.product_id).await?.ok_or(WorkError::Missing("product"))?.value;
    let panel = ports.panels.get(&product.panel).map(|it| &**it);
    let panel = panel
        .ok_or_else(|| WorkError::Other(format!("panel `{}` is not configured", product.panel)))?;
    for name in names(panel, subscription) {
        // One that cannot be read is left out; accounts are made on the others.
        let servers = store.group_load(&plan.server_group).await?.rows;
        let actor = Actor::System;
        let context = Context::new(ports.mint(), &actor);
        let id: PanelAccountId = context.id();
        let secret = panel_password(ports.entropy.bytes());
        let reserved = Reserved {
            id,
            username: name,
            password: ports.secrets.seal(&secret, &account_password(id), ports.nonce()),
        };
        let changes = match place(&context, subscription, &plan, &product.panel, &servers, reserved)
        {
            Ok(changes) => changes,
            Err(refusal) => return Ok(Reservation::NoRoom(refusal)),
        };
        match store.commit(changes).await {
            Ok(_) | Err(StoreError::Duplicate(Unique::AccountSubscription)) => {
                return Ok(Reservation::There);
            }
            Err(StoreError::Duplicate(Unique::AccountUsername)) => {}
            Err(StoreError::LimitReached { .. }) => {
                let group = plan.server_group.clone();
                return Ok(Reservation::NoRoom(PlaceRefusal::NoRoom {
                    panel: product.panel,
                    group,
                }));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(WorkError::Other("no free account name was found".to_owned()))
}

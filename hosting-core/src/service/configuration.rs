//! What staff configure beside the catalog: coupons, tax rules, servers, the shop's settings.

use std::sync::Arc;

use chrono::NaiveDate;

use super::{
    Ports, ServiceError,
    catalog::{panels, room, saved},
    decide_again,
};
use crate::{
    decide::{
        Context,
        configuration::{
            ConfigurationRefusal, CouponPatch, Misfit, NewCoupon, NewServer, NewTaxRule,
            ServerPatch, change_coupon as decide_coupon_change,
            change_server as decide_server_change, change_shop as decide_shop,
            create_coupon as decide_coupon, create_server as decide_server,
            create_tax_rule as decide_rule, end_tax_rule as decide_rule_end,
            turn_coupon as decide_coupon_turn, turn_server as decide_server_turn,
        },
        provisioning::resume_server,
    },
    kernel::{Secret, Versioned},
    model::{
        Actor, Coupon, CouponId, Server, ServerId, ShopSettings, TaxRule, TaxRuleId,
        promo::CouponTrigger, provisioning::ServerTrigger, sealing::server_secret,
    },
    port::{ProvisioningAdapter, SealError, Store, StoreError, provisioning::ServerAccess},
};

type Refused = ServiceError<ConfigurationRefusal>;

/// How many rules and servers are read at once.
const MOST: usize = 1000;

/// Makes a coupon.
///
/// # Errors
/// A [`ConfigurationRefusal`], also for a product or plan that is not there; a duplicate when the
/// code is taken.
pub async fn create_coupon(
    ports: &Ports,
    actor: &Actor,
    wish: &NewCoupon,
) -> Result<Versioned<Coupon>, Refused> {
    let context = Context::new(ports.mint(), actor);
    let (changes, coupon) = decide_coupon(&context, wish).map_err(ServiceError::Refused)?;
    let store = &*ports.store;
    let mut missing = Vec::new();
    let mut note = |field: String| {
        missing.push(Misfit { field, expected: "something that is in the catalog".to_owned() });
    };
    for (index, id) in wish.product_ids.iter().enumerate() {
        if store.product(*id).await?.is_none() {
            note(format!("product_ids.{index}"));
        }
    }
    for (index, id) in wish.plan_ids.iter().enumerate() {
        if store.plan(*id).await?.is_none() {
            note(format!("plan_ids.{index}"));
        }
    }
    if !missing.is_empty() {
        return Err(ServiceError::Refused(ConfigurationRefusal::Fields(missing)));
    }
    store.commit(changes).await?;
    Ok(saved(0, coupon))
}

async fn coupon(store: &dyn Store, id: CouponId) -> Result<Versioned<Coupon>, Refused> {
    store.coupon(id).await?.ok_or(ServiceError::NotFound("coupon"))
}

/// Changes the dates and limits of a coupon that is at version `expected`.
///
/// # Errors
/// A coupon that is not there; a [`ConfigurationRefusal`].
pub async fn change_coupon(
    ports: &Ports,
    actor: &Actor,
    id: CouponId,
    expected: i64,
    patch: &CouponPatch,
) -> Result<Versioned<Coupon>, Refused> {
    let store = &*ports.store;
    let done: Result<_, StoreError> = decide_again!(store, {
        let read = coupon(store, id).await?;
        let context = Context::new(ports.mint(), actor);
        let (changes, coupon) = decide_coupon_change(&context, &read, expected, patch)
            .map_err(ServiceError::Refused)?;
        (changes, saved(read.version, coupon))
    });
    Ok(done?.1)
}

/// Switches a coupon off or on again.
///
/// # Errors
/// A coupon that is not there; a [`ConfigurationRefusal`].
pub async fn turn_coupon(
    ports: &Ports,
    actor: &Actor,
    id: CouponId,
    trigger: CouponTrigger,
) -> Result<Versioned<Coupon>, Refused> {
    let store = &*ports.store;
    let done: Result<_, StoreError> = decide_again!(store, {
        let read = coupon(store, id).await?;
        let context = Context::new(ports.mint(), actor);
        let (changes, coupon) =
            decide_coupon_turn(&context, &read, trigger).map_err(ServiceError::Refused)?;
        (changes, saved(read.version, coupon))
    });
    Ok(done?.1)
}

/// Makes a tax rule.
///
/// # Errors
/// A [`ConfigurationRefusal`].
pub async fn create_tax_rule(
    ports: &Ports,
    actor: &Actor,
    wish: &NewTaxRule,
) -> Result<Versioned<TaxRule>, Refused> {
    room(ports.store.tax_rules().await?.len(), MOST)?;
    let context = Context::new(ports.mint(), actor);
    let (changes, rule) = decide_rule(&context, wish).map_err(ServiceError::Refused)?;
    ports.store.commit(changes).await?;
    Ok(saved(0, rule))
}

/// Ends a tax rule that is at version `expected`; `until` is the first day it no longer counts.
///
/// # Errors
/// A rule that is not there; a [`ConfigurationRefusal`].
pub async fn end_tax_rule(
    ports: &Ports,
    actor: &Actor,
    id: TaxRuleId,
    expected: i64,
    until: NaiveDate,
) -> Result<Versioned<TaxRule>, Refused> {
    let store = &*ports.store;
    let done: Result<_, StoreError> = decide_again!(store, {
        let read = store.tax_rule(id).await?.ok_or(ServiceError::NotFound("tax rule"))?;
        let today = ports.books().await?.day_of(ports.now());
        let context = Context::new(ports.mint(), actor);
        let (changes, rule) = decide_rule_end(&context, &read, expected, today, until)
            .map_err(ServiceError::Refused)?;
        (changes, saved(read.version, rule))
    });
    Ok(done?.1)
}

/// Replaces the shop's settings, which are at version `expected`; 0 when nothing was stored yet.
///
/// # Errors
/// A [`ConfigurationRefusal`].
pub async fn change_shop(
    ports: &Ports,
    actor: &Actor,
    expected: i64,
    wish: &ShopSettings,
) -> Result<Versioned<ShopSettings>, Refused> {
    let store = &*ports.store;
    let done: Result<_, StoreError> = decide_again!(store, {
        let read = store.setting("shop").await?;
        let context = Context::new(ports.mint(), actor);
        let (changes, shop) =
            decide_shop(&context, read.as_ref(), expected, wish).map_err(ServiceError::Refused)?;
        (changes, saved(expected, shop))
    });
    match done {
        Ok((_, shop)) => Ok(shop),
        // Two first savings at once: the second one saw nothing, and now there is something.
        Err(StoreError::Duplicate(_)) => Err(ServiceError::Refused(ConfigurationRefusal::Stale(1))),
        Err(error) => Err(error.into()),
    }
}

/// Adds a server; its secret is sealed before anything else sees it (law 12).
///
/// # Errors
/// A [`ConfigurationRefusal`]; a duplicate when the name is taken.
pub async fn create_server(
    ports: &Ports,
    actor: &Actor,
    wish: &NewServer,
    secret: &Secret,
) -> Result<Versioned<Server>, Refused> {
    let there = ports.store.servers().await?;
    room(there.rows.len().saturating_add(there.unreadable.len()), MOST)?;
    let context = Context::new(ports.mint(), actor);
    let id: ServerId = context.id();
    let sealed = ports.secrets.seal(secret, &server_secret(id), ports.nonce());
    let (changes, server) =
        decide_server(&context, id, wish, sealed, &panels(ports)).map_err(ServiceError::Refused)?;
    ports.store.commit(changes).await?;
    Ok(saved(0, server))
}

async fn server<R: std::error::Error + 'static>(
    store: &dyn Store,
    id: ServerId,
) -> Result<Versioned<Server>, ServiceError<R>> {
    let found = store.server(id).await?.filter(|it| it.deleted_at.is_none());
    found.ok_or(ServiceError::NotFound("server"))
}

/// Changes a server that is at version `expected`. A `secret` replaces the stored one.
///
/// # Errors
/// A server that is not there; a [`ConfigurationRefusal`]; a duplicate when the name is taken.
pub async fn change_server(
    ports: &Ports,
    actor: &Actor,
    id: ServerId,
    expected: i64,
    patch: ServerPatch,
    secret: Option<&Secret>,
) -> Result<Versioned<Server>, Refused> {
    let store = &*ports.store;
    let seal = |it: &Secret| ports.secrets.seal(it, &server_secret(id), ports.nonce());
    let patch = ServerPatch { secret: secret.map(seal), ..patch };
    let done: Result<_, StoreError> = decide_again!(store, {
        let read = server(store, id).await?;
        let context = Context::new(ports.mint(), actor);
        let (changes, server) = decide_server_change(&context, &read, expected, &patch)
            .map_err(ServiceError::Refused)?;
        (changes, saved(read.version, server))
    });
    Ok(done?.1)
}

/// Takes a server out for work, puts it back, or shuts it off.
///
/// # Errors
/// A server that is not there; a [`ConfigurationRefusal`].
pub async fn turn_server(
    ports: &Ports,
    actor: &Actor,
    id: ServerId,
    trigger: ServerTrigger,
) -> Result<Versioned<Server>, Refused> {
    let store = &*ports.store;
    let done: Result<_, StoreError> = decide_again!(store, {
        let read = server(store, id).await?;
        let context = Context::new(ports.mint(), actor);
        let (changes, server) =
            decide_server_turn(&context, &read, trigger).map_err(ServiceError::Refused)?;
        (changes, saved(read.version, server))
    });
    Ok(done?.1)
}

/// Staff tested the way in and the panel answered: a pause ends, and what waits goes on.
///
/// # Errors
/// A server that is not there; a store that failed.
pub async fn server_answers(
    ports: &Ports,
    actor: &Actor,
    id: ServerId,
) -> Result<(), ServiceError<PanelRefusal>> {
    let store = &*ports.store;
    let done: Result<_, StoreError> = decide_again!(store, {
        let read = server(store, id).await?;
        (resume_server(&Context::new(ports.mint(), actor), &read), ())
    });
    done?;
    Ok(())
}

/// Why a server's panel cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PanelRefusal {
    /// Its adapter is not configured in this installation.
    #[error("the panel `{0}` is not configured here")]
    NotConfigured(String),
    /// Its secret cannot be opened.
    #[error(transparent)]
    Sealed(#[from] SealError),
}

/// A server's panel and the way in. Whoever calls it keeps the time.
///
/// # Errors
/// A server that is not there; a [`PanelRefusal`].
pub async fn panel_of(
    ports: &Ports,
    id: ServerId,
) -> Result<(Arc<dyn ProvisioningAdapter>, ServerAccess), ServiceError<PanelRefusal>> {
    let server = server(&*ports.store, id).await?.value;
    let panel =
        ports.panels.get(&server.panel).cloned().ok_or_else(|| {
            ServiceError::Refused(PanelRefusal::NotConfigured(server.panel.clone()))
        })?;
    let opened = ports.secrets.open(&server.secret, &server_secret(id));
    let secret = opened.map_err(|error| ServiceError::Refused(error.into()))?;
    let access = ServerAccess {
        base_url: server.base_url,
        username: server.username,
        secret,
        ca_pem: server.ca_pem,
        cert_sha256: server.cert_sha256,
    };
    Ok((panel, access))
}

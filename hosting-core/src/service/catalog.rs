//! What staff do to the catalog.
//!
//! A change is made to the version that staff saw; deciding again on conflict therefore answers
//! [`ConfigurationRefusal::Stale`] rather than overwriting what somebody else saved.

use super::{Ports, ServiceError, decide_again};
use crate::{
    decide::{
        Context,
        catalog::{
            ConfigurationRefusal, NewPlan, NewPrice, NewProduct, PlanPatch, ProductPatch,
            add_price as decide_price, change_plan as decide_plan_change,
            change_product as decide_product_change, create_plan as decide_plan,
            create_product as decide_product, turn_plan as decide_plan_turn,
            turn_product as decide_product_turn,
        },
    },
    kernel::Versioned,
    model::{Actor, Plan, PlanId, PlanPrice, Product, ProductId, catalog::ProductTrigger},
    port::Store,
};

type Refused = ServiceError<ConfigurationRefusal>;

/// How many products, and plans of a product, are shown in one list.
const MOST: usize = 200;
/// How many versions of a plan's prices are read.
const MOST_PRICES: usize = 1000;

/// The panel adapters there are, by name.
pub(super) fn panels(ports: &Ports) -> Vec<&str> {
    ports.panels.iter().map(|(name, _)| name).collect()
}

pub(super) fn room(there: usize, most: usize) -> Result<(), Refused> {
    let full = || ServiceError::Refused(ConfigurationRefusal::TooMany(there));
    if there < most { Ok(()) } else { Err(full()) }
}

/// What a committed change left behind: the value at its next version.
pub(super) fn saved<T>(before: i64, value: T) -> Versioned<T> {
    Versioned::new(value, before.saturating_add(1))
}

async fn product(store: &dyn Store, id: ProductId) -> Result<Versioned<Product>, Refused> {
    let found = store.product(id).await?.filter(|it| it.deleted_at.is_none());
    found.ok_or(ServiceError::NotFound("product"))
}

async fn plan(store: &dyn Store, id: PlanId) -> Result<Versioned<Plan>, Refused> {
    let found = store.plan(id).await?.filter(|it| it.deleted_at.is_none());
    found.ok_or(ServiceError::NotFound("plan"))
}

/// Prepares a product.
///
/// # Errors
/// A [`ConfigurationRefusal`]; a duplicate when the slug is taken.
pub async fn create_product(
    ports: &Ports,
    actor: &Actor,
    wish: &NewProduct,
) -> Result<Versioned<Product>, Refused> {
    let there = ports.store.products().await?;
    room(there.rows.len().saturating_add(there.unreadable.len()), MOST)?;
    let context = Context::new(ports.mint(), actor);
    let decided = decide_product(&context, wish, &panels(ports));
    let (changes, product) = decided.map_err(ServiceError::Refused)?;
    ports.store.commit(changes).await?;
    Ok(saved(0, product))
}

/// Changes a product that is at version `expected`.
///
/// # Errors
/// A product that is not there; a [`ConfigurationRefusal`]; a duplicate when the slug is taken.
pub async fn change_product(
    ports: &Ports,
    actor: &Actor,
    id: ProductId,
    expected: i64,
    patch: &ProductPatch,
) -> Result<Versioned<Product>, Refused> {
    let store = &*ports.store;
    let done: Result<_, crate::port::StoreError> = decide_again!(store, {
        let read = product(store, id).await?;
        let context = Context::new(ports.mint(), actor);
        let (changes, product) =
            decide_product_change(&context, &read, expected, patch, &panels(ports))
                .map_err(ServiceError::Refused)?;
        (changes, saved(read.version, product))
    });
    Ok(done?.1)
}

/// Puts a product on sale, or takes it off.
///
/// # Errors
/// A product that is not there; a [`ConfigurationRefusal`].
pub async fn turn_product(
    ports: &Ports,
    actor: &Actor,
    id: ProductId,
    trigger: ProductTrigger,
) -> Result<Versioned<Product>, Refused> {
    let store = &*ports.store;
    let done: Result<_, crate::port::StoreError> = decide_again!(store, {
        let read = product(store, id).await?;
        let context = Context::new(ports.mint(), actor);
        let (changes, product) =
            decide_product_turn(&context, &read, trigger).map_err(ServiceError::Refused)?;
        (changes, saved(read.version, product))
    });
    Ok(done?.1)
}

/// Prepares a plan of a product.
///
/// # Errors
/// A product that is not there; a [`ConfigurationRefusal`]; a duplicate when the slug is taken.
pub async fn create_plan(
    ports: &Ports,
    actor: &Actor,
    product_id: ProductId,
    wish: &NewPlan,
) -> Result<Versioned<Plan>, Refused> {
    let store = &*ports.store;
    let product = product(store, product_id).await?;
    room(store.plans(product_id).await?.len(), MOST)?;
    let context = Context::new(ports.mint(), actor);
    let decided = decide_plan(&context, &product, wish);
    let (changes, plan) = decided.map_err(ServiceError::Refused)?;
    store.commit(changes).await?;
    Ok(saved(0, plan))
}

/// Changes a plan that is at version `expected`.
///
/// # Errors
/// A plan that is not there; a [`ConfigurationRefusal`]; a duplicate when the slug is taken.
pub async fn change_plan(
    ports: &Ports,
    actor: &Actor,
    id: PlanId,
    expected: i64,
    patch: &PlanPatch,
) -> Result<Versioned<Plan>, Refused> {
    let store = &*ports.store;
    let done: Result<_, crate::port::StoreError> = decide_again!(store, {
        let read = plan(store, id).await?;
        let context = Context::new(ports.mint(), actor);
        let (changes, plan) =
            decide_plan_change(&context, &read, expected, patch).map_err(ServiceError::Refused)?;
        (changes, saved(read.version, plan))
    });
    Ok(done?.1)
}

/// Puts a plan on sale, or takes it off.
///
/// # Errors
/// A plan that is not there; a [`ConfigurationRefusal`].
pub async fn turn_plan(
    ports: &Ports,
    actor: &Actor,
    id: PlanId,
    trigger: ProductTrigger,
) -> Result<Versioned<Plan>, Refused> {
    let store = &*ports.store;
    let done: Result<_, crate::port::StoreError> = decide_again!(store, {
        let read = plan(store, id).await?;
        let context = Context::new(ports.mint(), actor);
        let (changes, plan) =
            decide_plan_turn(&context, &read, trigger).map_err(ServiceError::Refused)?;
        (changes, saved(read.version, plan))
    });
    Ok(done?.1)
}

/// Adds a version of a plan's price.
///
/// # Errors
/// A plan that is not there; a [`ConfigurationRefusal`].
pub async fn add_price(
    ports: &Ports,
    actor: &Actor,
    plan_id: PlanId,
    wish: &NewPrice,
) -> Result<Versioned<PlanPrice>, Refused> {
    let store = &*ports.store;
    let done: Result<_, crate::port::StoreError> = decide_again!(store, {
        let plan = plan(store, plan_id).await?;
        let versions = store.plan_prices(plan_id).await?;
        room(versions.len(), MOST_PRICES)?;
        let context = Context::new(ports.mint(), actor);
        let (changes, price) =
            decide_price(&context, &plan, &versions, wish).map_err(ServiceError::Refused)?;
        (changes, saved(0, price))
    });
    Ok(done?.1)
}

//! Opening and filling carts. Whoever knows the id of a cart without an owner may fill it; a cart
//! with an owner is nobody else's, and they are not told that it is there.

use super::{Never, Ports, ServiceError, decide_again};
use crate::{
    decide::{
        Context,
        ordering::{CartRefusal, Offer, fill_cart, open_cart, type_coupon},
    },
    kernel::{Currency, Versioned},
    model::{Actor, Cart, CartId, CartItem, CustomerId, Plan, PlanPrice, Product},
    port::StoreError,
};

/// What a line of a cart refers to, kept alive while it is checked.
struct Loaded {
    plan: Plan,
    product: Product,
    price: Option<PlanPrice>,
}

impl Loaded {
    fn offer(&self) -> Offer<'_> {
        Offer { plan: &self.plan, product: &self.product, price: self.price.as_ref() }
    }
}

async fn load(
    ports: &Ports,
    currency: Currency,
    items: &[CartItem],
) -> Result<Vec<Option<Loaded>>, StoreError> {
    let (store, now) = (&*ports.store, ports.now());
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        let Some(plan) = store.plan(item.plan_id).await? else {
            all.push(None);
            continue;
        };
        let price = store.price_at(plan.id, item.cycle, currency, now).await?;
        let product = store.product(plan.product_id).await?;
        all.push(product.map(|product| Loaded {
            plan: plan.value,
            product: product.value,
            price: price.map(|it| it.value),
        }));
    }
    Ok(all)
}

fn offers(loaded: &[Option<Loaded>]) -> Vec<Option<Offer<'_>>> {
    loaded.iter().map(|it| it.as_ref().map(Loaded::offer)).collect()
}

/// The cart, for somebody who may see it.
///
/// # Errors
/// A cart that is not there or somebody else's.
pub async fn find(
    ports: &Ports,
    id: CartId,
    customer_id: Option<CustomerId>,
) -> Result<Versioned<Cart>, ServiceError<Never>> {
    visible(ports, id, customer_id).await
}

async fn visible<R: std::error::Error + 'static>(
    ports: &Ports,
    id: CartId,
    customer_id: Option<CustomerId>,
) -> Result<Versioned<Cart>, ServiceError<R>> {
    let cart = ports.store.cart(id).await?;
    let cart = cart.filter(|it| it.customer_id.is_none() || it.customer_id == customer_id);
    cart.ok_or(ServiceError::NotFound("cart"))
}

/// Opens a cart.
///
/// # Errors
/// A [`CartRefusal`].
pub async fn open(
    ports: &Ports,
    actor: &Actor,
    customer_id: Option<CustomerId>,
    currency: Currency,
    items: &[CartItem],
) -> Result<CartId, ServiceError<CartRefusal>> {
    let loaded = load(ports, currency, items).await?;
    let context = Context::new(ports.mint(), actor);
    let (id, changes) = open_cart(&context, customer_id, currency, items, &offers(&loaded))
        .map_err(ServiceError::Refused)?;
    ports.store.commit(changes).await?;
    Ok(id)
}

/// Replaces the lines of a cart.
///
/// # Errors
/// A cart that is not there or somebody else's; a [`CartRefusal`].
pub async fn fill(
    ports: &Ports,
    actor: &Actor,
    id: CartId,
    customer_id: Option<CustomerId>,
    items: &[CartItem],
) -> Result<(), ServiceError<CartRefusal>> {
    let store = &*ports.store;
    decide_again!(store, {
        let cart = visible(ports, id, customer_id).await?;
        let loaded = load(ports, cart.currency, items).await?;
        let context = Context::new(ports.mint(), actor);
        let changes = fill_cart(&context, &cart, customer_id, items, &offers(&loaded))
            .map_err(ServiceError::Refused)?;
        (changes, ())
    })?;
    Ok(())
}

/// Notes the coupon that was typed (`Some`) or takes it out.
///
/// # Errors
/// A cart that is not there or somebody else's; a [`CartRefusal`].
pub async fn coupon(
    ports: &Ports,
    actor: &Actor,
    id: CartId,
    customer_id: Option<CustomerId>,
    code: Option<&str>,
) -> Result<(), ServiceError<CartRefusal>> {
    let store = &*ports.store;
    decide_again!(store, {
        let cart = visible(ports, id, customer_id).await?;
        let context = Context::new(ports.mint(), actor);
        let changes =
            type_coupon(&context, &cart, customer_id, code).map_err(ServiceError::Refused)?;
        (changes, ())
    })?;
    Ok(())
}

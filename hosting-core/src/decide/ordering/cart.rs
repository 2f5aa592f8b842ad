//! Filling a cart: what may be in it, whose it is, and the coupon that was typed.
//!
//! Carts are nobody's record: nothing of them is journalled, and no price is kept in them (law 9).

use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::{Currency, Versioned},
    model::{
        Cart, CartId, CartItem, CartStatus, CustomerId, Plan, PlanPrice, Product, ProductStatus,
    },
};

/// The most lines of a cart.
pub const MOST_LINES: usize = 20;
/// The most characters of a coupon's code.
pub const LONGEST_CODE: usize = 40;

/// What a line of a cart refers to.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// The size.
    pub plan: &'a Plan,
    /// The line of business.
    pub product: &'a Product,
    /// Its price now for the line's cycle in the cart's currency, if it has one.
    pub price: Option<&'a PlanPrice>,
}

/// Why a cart was not changed. Lines are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CartRefusal {
    /// It became an order.
    #[error("this cart has been ordered already")]
    AlreadyOrdered,
    /// More than [`MOST_LINES`].
    #[error("a cart has 20 lines at most")]
    TooManyLines,
    /// A quantity is out of range.
    #[error("the quantity must be from 1 to 100")]
    Quantity {
        /// On which line.
        line: usize,
    },
    /// There is no such plan, or it is not on sale.
    #[error("this plan is not for sale")]
    NotForSale {
        /// On which line.
        line: usize,
    },
    /// The plan is not sold for that cycle in the cart's currency.
    #[error("this plan has no price for this cycle and currency")]
    NoPrice {
        /// On which line.
        line: usize,
    },
    /// The code cannot be one.
    #[error("a coupon's code is 1 to 40 letters, digits and dashes")]
    Code,
}

fn check(items: &[CartItem], offers: &[Option<Offer<'_>>]) -> Result<(), CartRefusal> {
    if items.len() > MOST_LINES {
        return Err(CartRefusal::TooManyLines);
    }
    for (line, item) in items.iter().enumerate() {
        if !(1..=100).contains(&item.quantity) {
            return Err(CartRefusal::Quantity { line });
        }
        let offer = offers.get(line).copied().flatten().filter(|it| {
            it.product.status == ProductStatus::Active
                && it.plan.status == ProductStatus::Active
                && it.product.deleted_at.is_none()
                && it.plan.deleted_at.is_none()
        });
        let offer = offer.ok_or(CartRefusal::NotForSale { line })?;
        offer.price.ok_or(CartRefusal::NoPrice { line })?;
    }
    Ok(())
}

/// Opens a cart with these lines. `owner` is whose it is, if that is known.
///
/// # Errors
/// A [`CartRefusal`].
pub fn open_cart(
    context: &Context<'_>,
    owner: Option<CustomerId>,
    currency: Currency,
    items: &[CartItem],
    offers: &[Option<Offer<'_>>],
) -> Result<(CartId, ChangeSet), CartRefusal> {
    check(items, offers)?;
    let id: CartId = context.id();
    let mut changes = ChangeSet::default();
    changes.carts.add(Cart {
        id,
        customer_id: owner,
        currency,
        items: items.to_vec(),
        coupon_code: None,
        status: CartStatus::Open,
        created_at: context.now(),
        updated_at: context.now(),
    });
    Ok((id, changes))
}

/// Replaces the lines of a cart. An owner who was not known before is noted.
///
/// # Errors
/// A [`CartRefusal`].
pub fn fill_cart(
    context: &Context<'_>,
    read: &Versioned<Cart>,
    owner: Option<CustomerId>,
    items: &[CartItem],
    offers: &[Option<Offer<'_>>],
) -> Result<ChangeSet, CartRefusal> {
    check(items, offers)?;
    changed(context, read, owner, |cart| cart.items = items.to_vec())
}

/// Notes the coupon that was typed, or takes it out. Whether it counts is for the quote to say.
///
/// # Errors
/// A [`CartRefusal`].
pub fn type_coupon(
    context: &Context<'_>,
    read: &Versioned<Cart>,
    owner: Option<CustomerId>,
    code: Option<&str>,
) -> Result<ChangeSet, CartRefusal> {
    let code = code.map(coupon_code).transpose()?;
    changed(context, read, owner, |cart| cart.coupon_code = code)
}

/// A code as coupons are stored: capitals, digits and dashes.
fn coupon_code(text: &str) -> Result<String, CartRefusal> {
    let code = text.trim().to_ascii_uppercase();
    let right = (1..=LONGEST_CODE).contains(&code.len())
        && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
    if right { Ok(code) } else { Err(CartRefusal::Code) }
}

fn changed(
    context: &Context<'_>,
    read: &Versioned<Cart>,
    owner: Option<CustomerId>,
    change: impl FnOnce(&mut Cart),
) -> Result<ChangeSet, CartRefusal> {
    if read.status != CartStatus::Open {
        return Err(CartRefusal::AlreadyOrdered);
    }
    let mut cart = read.value.clone();
    change(&mut cart);
    cart.customer_id = cart.customer_id.or(owner);
    cart.updated_at = context.now();
    let mut changes = ChangeSet::default();
    changes.carts.change(read.with(cart));
    Ok(changes)
}

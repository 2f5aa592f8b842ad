//! Whether a coupon counts, and for which lines.

use chrono::{DateTime, Utc};

use crate::{
    kernel::Currency,
    model::{Coupon, CouponStatus, Discount, LineKind, PlanId, ProductId},
};

/// What a coupon is checked against.
#[derive(Debug, Clone, Copy)]
pub struct CouponContext {
    /// The instant of the decision.
    pub now: DateTime<Utc>,
    /// The currency of the cart.
    pub currency: Currency,
    /// Whether the customer has an earlier paid order; `None` while nobody is logged in.
    pub has_paid_order: Option<bool>,
}

/// Why a coupon does not count, in words for the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CouponRefusal {
    /// There is no such code.
    #[error("there is no coupon with this code")]
    Unknown,
    /// Switched off.
    #[error("this coupon is no longer available")]
    Disabled,
    /// Too early.
    #[error("this coupon is not valid yet")]
    NotYet,
    /// Too late.
    #[error("this coupon has expired")]
    Expired,
    /// For new customers.
    #[error("this coupon is for new customers only")]
    NewCustomersOnly,
    /// A fixed amount in another currency.
    #[error("this coupon is for another currency")]
    OtherCurrency,
    /// Nothing in the cart is in its scope.
    #[error("this coupon does not apply to anything in the cart")]
    NothingCovered,
    /// Its total or per-customer limit is reached.
    #[error("this coupon has been used as often as it may be")]
    UsedUp,
}

/// Whether `coupon` can be used at all; limits are counted by the commit that places the order.
///
/// # Errors
/// The reason why not.
pub fn check_coupon(coupon: &Coupon, context: CouponContext) -> Result<(), CouponRefusal> {
    if coupon.status != CouponStatus::Active {
        return Err(CouponRefusal::Disabled);
    }
    if coupon.starts_at.is_some_and(|from| context.now < from) {
        return Err(CouponRefusal::NotYet);
    }
    if coupon.ends_at.is_some_and(|until| context.now >= until) {
        return Err(CouponRefusal::Expired);
    }
    if coupon.new_customers_only && context.has_paid_order == Some(true) {
        return Err(CouponRefusal::NewCustomersOnly);
    }
    match coupon.discount {
        Discount::Fixed { amount } if amount.currency() != context.currency => {
            Err(CouponRefusal::OtherCurrency)
        }
        _ => Ok(()),
    }
}

/// Whether `coupon` lowers a line of this kind for this plan.
pub fn covers(coupon: &Coupon, kind: LineKind, product_id: ProductId, plan_id: PlanId) -> bool {
    let kind_fits = match kind {
        LineKind::Plan => true,
        LineKind::SetupFee => coupon.includes_setup_fee,
    };
    let everything = coupon.product_ids.is_empty() && coupon.plan_ids.is_empty();
    kind_fits
        && (everything
            || coupon.product_ids.contains(&product_id)
            || coupon.plan_ids.contains(&plan_id))
}

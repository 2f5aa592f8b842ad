//! Coupons. What a coupon gives is fixed once it is out; its dates and limits may be changed.

use chrono::{DateTime, Utc};

use super::misfit::{Check, ConfigurationRefusal, Edit, at_version};
use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::Versioned,
    model::{
        AppliesTo, Coupon, CouponStatus, Discount, DomainEvent, PlanId, ProductId,
        promo::CouponTrigger,
    },
};

/// The most orders a limit can name.
const MOST_USES: i64 = 1_000_000_000;
/// Most that is taken off at once, in minor units: as much as a price can be.
const MOST_MINOR: i64 = 1_000_000_000_000;
/// The most products or plans a coupon can be restricted to.
const MOST_IN_SCOPE: usize = 100;

/// A coupon to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCoupon {
    /// What the customer types: 3 to 32 letters, digits and dashes; stored in capitals.
    pub code: String,
    /// How much is taken off.
    pub discount: Discount,
    /// For how many terms.
    pub applies_to: AppliesTo,
    /// Whether set-up fees are lowered too.
    pub includes_setup_fee: bool,
    /// Whether only customers without an earlier paid order may use it.
    pub new_customers_only: bool,
    /// Only these products; empty is all.
    pub product_ids: Vec<ProductId>,
    /// Only these plans; empty is all.
    pub plan_ids: Vec<PlanId>,
    /// From when.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when (exclusive).
    pub ends_at: Option<DateTime<Utc>>,
    /// How many orders may use it in all.
    pub max_uses: Option<i64>,
    /// How many orders of one customer may use it.
    pub max_uses_per_customer: Option<i64>,
}

/// What of a coupon changes. What is not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CouponPatch {
    /// From when.
    pub starts_at: Edit<DateTime<Utc>>,
    /// Until when (exclusive).
    pub ends_at: Edit<DateTime<Utc>>,
    /// How many orders may use it in all.
    pub max_uses: Edit<i64>,
    /// How many orders of one customer may use it.
    pub max_uses_per_customer: Edit<i64>,
}

/// Makes a coupon, ready to be used.
///
/// # Errors
/// A [`ConfigurationRefusal`].
pub fn create_coupon(
    context: &Context<'_>,
    wish: &NewCoupon,
) -> Result<(ChangeSet, Coupon), ConfigurationRefusal> {
    let coupon = Coupon {
        id: context.id(),
        code: wish.code.trim().to_ascii_uppercase(),
        discount: wish.discount,
        applies_to: wish.applies_to,
        includes_setup_fee: wish.includes_setup_fee,
        new_customers_only: wish.new_customers_only,
        product_ids: wish.product_ids.clone(),
        plan_ids: wish.plan_ids.clone(),
        starts_at: wish.starts_at,
        ends_at: wish.ends_at,
        max_uses: wish.max_uses,
        max_uses_per_customer: wish.max_uses_per_customer,
        status: CouponStatus::Active,
        created_at: context.now(),
        updated_at: context.now(),
    };
    fit(&coupon)?;
    let mut changes = ChangeSet::default();
    changed(context, &coupon, "coupon", &mut changes);
    changes.coupons.add(coupon.clone());
    Ok((changes, coupon))
}

/// Changes a coupon's dates and limits.
///
/// # Errors
/// A [`ConfigurationRefusal`].
pub fn change_coupon(
    context: &Context<'_>,
    read: &Versioned<Coupon>,
    expected: i64,
    patch: &CouponPatch,
) -> Result<(ChangeSet, Coupon), ConfigurationRefusal> {
    at_version(read, expected)?;
    let mut coupon = read.value.clone();
    patch.starts_at.apply(&mut coupon.starts_at);
    patch.ends_at.apply(&mut coupon.ends_at);
    patch.max_uses.apply(&mut coupon.max_uses);
    patch.max_uses_per_customer.apply(&mut coupon.max_uses_per_customer);
    fit(&coupon)?;
    Ok(written(context, read, coupon, "coupon"))
}

/// Switches a coupon off or on again.
///
/// # Errors
/// [`ConfigurationRefusal::Illegal`] when it is in that state already.
pub fn turn_coupon(
    context: &Context<'_>,
    read: &Versioned<Coupon>,
    trigger: CouponTrigger,
) -> Result<(ChangeSet, Coupon), ConfigurationRefusal> {
    let mut coupon = read.value.clone();
    coupon.status = coupon.status.on(trigger)?;
    Ok(written(context, read, coupon, &format!("coupon {trigger}")))
}

fn written(
    context: &Context<'_>,
    read: &Versioned<Coupon>,
    mut coupon: Coupon,
    what: &str,
) -> (ChangeSet, Coupon) {
    coupon.updated_at = context.now();
    let mut changes = ChangeSet::default();
    changed(context, &coupon, what, &mut changes);
    changes.coupons.change(read.with(coupon.clone()));
    (changes, coupon)
}

fn changed(context: &Context<'_>, coupon: &Coupon, what: &str, changes: &mut ChangeSet) {
    let body = DomainEvent::ConfigurationChanged { what: what.to_owned() };
    context.record(changes, coupon.id, body);
}

fn fit(coupon: &Coupon) -> Result<(), ConfigurationRefusal> {
    let mut check = Check::default();
    let plain = |it: u8| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'-';
    let code = (3..=32).contains(&coupon.code.len()) && coupon.code.bytes().all(plain);
    check.demand("code", code, "3 to 32 letters, digits and dashes");
    match coupon.discount {
        Discount::Percent { rate } => {
            let ratio = rate.as_ratio();
            let fits = !rate.is_zero() && ratio.numerator() <= ratio.denominator();
            check.demand("discount.rate", fits, "above 0 and at most 1, such as 0.10 for 10 %");
        }
        Discount::Fixed { amount } => {
            check.range("discount.amount_minor", amount.minor(), 1, MOST_MINOR);
        }
    }
    if let AppliesTo::Terms(terms) = coupon.applies_to {
        let fits = (1..=1200).contains(&terms);
        check.demand("applies_to.count", fits, "a whole number from 1 to 1200");
    }
    let few = |count: usize| count <= MOST_IN_SCOPE;
    check.demand("product_ids", few(coupon.product_ids.len()), "100 products at most");
    check.demand("plan_ids", few(coupon.plan_ids.len()), "100 plans at most");
    let ordered = coupon.ends_at.is_none_or(|end| coupon.starts_at.is_none_or(|it| it < end));
    check.demand("ends_at", ordered, "after the start");
    check.maybe_range("max_uses", coupon.max_uses, MOST_USES);
    check.maybe_range("max_uses_per_customer", coupon.max_uses_per_customer, MOST_USES);
    check.finish()
}

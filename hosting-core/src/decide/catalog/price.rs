//! Prices are versions: a change is a new row, and customers keep what they bought.

use chrono::{DateTime, SubsecRound as _, Utc};

use crate::{
    change::ChangeSet,
    decide::{
        Context,
        configuration::{Check, ConfigurationRefusal},
    },
    kernel::{BillingCycle, Currency, Money, Versioned},
    model::{DomainEvent, Plan, PlanPrice},
};

/// The largest price, in minor units.
const MOST_MINOR: i64 = 1_000_000_000_000;

/// A new version of a plan's price for one cycle in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPrice {
    /// How often it is billed.
    pub cycle: BillingCycle,
    /// The currency of both amounts.
    pub currency: Currency,
    /// For each cycle and unit of quantity, minor units; 0 to 10¹².
    pub price_minor: i64,
    /// Once, with the first invoice, minor units; 0 to 10¹².
    pub setup_fee_minor: i64,
    /// From when it can be bought, not before now; `None` is at once.
    pub valid_from: Option<DateTime<Utc>>,
}

/// Adds a version. The one that counts at its start ends at that instant, and it ends itself where a
/// later version begins: there is one price at any time, and no gap.
///
/// The plan is written too, so that of two versions added at once the second is decided again.
///
/// # Errors
/// A [`ConfigurationRefusal`].
pub fn add_price(
    context: &Context<'_>,
    plan: &Versioned<Plan>,
    versions: &[Versioned<PlanPrice>],
    wish: &NewPrice,
) -> Result<(ChangeSet, PlanPrice), ConfigurationRefusal> {
    let now = context.now();
    let from = wish.valid_from.unwrap_or(now).trunc_subsecs(3);
    let of_kind =
        |it: &&Versioned<PlanPrice>| it.cycle == wish.cycle && it.currency == wish.currency;
    let mut check = Check::default();
    check.range("price_minor", wish.price_minor, 0, MOST_MINOR);
    check.range("setup_fee_minor", wish.setup_fee_minor, 0, MOST_MINOR);
    check.demand("valid_from", from >= now, "now or later: prices of the past are history");
    let taken = versions.iter().filter(of_kind).any(|it| it.valid_from == from);
    check.demand("valid_from", !taken, "another instant: a version begins at this one already");
    check.finish()?;

    let next =
        versions.iter().filter(of_kind).map(|it| it.valid_from).filter(|it| *it > from).min();
    let price = PlanPrice {
        id: context.id(),
        plan_id: plan.id,
        cycle: wish.cycle,
        currency: wish.currency,
        price: Money::from_minor(wish.price_minor, wish.currency),
        setup_fee: Money::from_minor(wish.setup_fee_minor, wish.currency),
        valid_from: from,
        valid_until: next,
        created_at: now,
        updated_at: now,
    };
    let mut changes = ChangeSet::default();
    for former in versions.iter().filter(of_kind).filter(|it| it.is_valid_at(from)) {
        let mut closed = former.value.clone();
        closed.valid_until = Some(from);
        closed.updated_at = now;
        changes.plan_prices.change(former.with(closed));
    }
    let mut touched = plan.value.clone();
    touched.updated_at = now;
    changes.plans.change(plan.with(touched));
    let body = DomainEvent::ConfigurationChanged { what: "price".to_owned() };
    context.record(&mut changes, plan.id, body);
    changes.plan_prices.add(price.clone());
    Ok((changes, price))
}

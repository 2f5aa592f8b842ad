//! What a coupon still does for the terms after the first invoice.
//!
//! A fixed amount is for the whole order, once a term. Each service gets the share of it that the
//! first invoice gave to its term, so that the renewals of an order are together lowered by no more
//! than the order was (law 9, defect D5). A percentage needs no sharing out.

use super::quote::{QuoteItem, QuotedCart};
use crate::{
    decide::pricing::{PricingError, covers},
    kernel::{Currency, Money, MoneyError},
    model::{AppliesTo, Coupon, Discount, LineKind, RecurringDiscount},
};

/// For each line of the cart, what the coupon does for its later terms. A free trial does not use up
/// a term.
pub(super) fn recurring_discounts(
    coupon: Option<&Coupon>,
    items: &[QuoteItem<'_>],
    quoted: &QuotedCart,
) -> Result<Vec<Option<RecurringDiscount>>, PricingError> {
    let Some(coupon) = coupon else { return Ok(vec![None; items.len()]) };
    let discounts = match coupon.discount {
        Discount::Percent { .. } => vec![Some(coupon.discount); items.len()],
        Discount::Fixed { amount } => shares(coupon, amount, items, quoted)?
            .into_iter()
            .map(|share| share.is_positive().then_some(Discount::Fixed { amount: share }))
            .collect(),
    };
    let frozen = items.iter().zip(discounts).map(|(item, discount)| {
        let covered = covers(coupon, LineKind::Plan, item.product.id, item.plan.id);
        let discount = discount.filter(|_| covered)?;
        let terms_left = if on_trial(item) {
            match coupon.applies_to {
                AppliesTo::First => Some(1),
                AppliesTo::Terms(n) => Some(n),
                AppliesTo::Forever => None,
            }
        } else {
            coupon.applies_to.after_first()?
        };
        Some(RecurringDiscount {
            coupon_id: coupon.id,
            code: coupon.code.clone(),
            discount,
            terms_left,
        })
    });
    Ok(frozen.collect())
}

const fn on_trial(item: &QuoteItem<'_>) -> bool {
    item.plan.trial_days > 0
}

/// Each line's share of a fixed amount for one term. What the first invoice gave to set-up fees was
/// for that invoice only; terms that begin with a free trial share what the other terms left over.
fn shares(
    coupon: &Coupon,
    amount: Money,
    items: &[QuoteItem<'_>],
    quoted: &QuotedCart,
) -> Result<Vec<Money>, MoneyError> {
    let currency = amount.currency();
    let mut given = vec![Money::zero(currency); items.len()];
    let mut used = Money::zero(currency);
    for (line, at) in quoted.quote.lines.iter().zip(&quoted.item_of_line) {
        let term = line.input.kind == LineKind::Plan;
        if term && let Some(share) = given.get_mut(*at) {
            *share = line.discount;
        }
        if term || coupon.applies_to == AppliesTo::First {
            used = used.plus(line.discount)?;
        }
    }
    let later = after_trial(coupon, currency, amount.minus(used)?, items)?;
    for (share, later) in given.iter_mut().zip(later) {
        *share = share.plus(later)?;
    }
    Ok(given)
}

fn after_trial(
    coupon: &Coupon,
    currency: Currency,
    rest: Money,
    items: &[QuoteItem<'_>],
) -> Result<Vec<Money>, MoneyError> {
    let mut terms = Vec::with_capacity(items.len());
    for item in items {
        let covered = covers(coupon, LineKind::Plan, item.product.id, item.plan.id);
        terms.push(if covered && on_trial(item) {
            item.price.price.times(item.item.quantity)?
        } else {
            Money::zero(currency)
        });
    }
    let all = Money::sum(currency, terms.iter().copied())?;
    if !all.is_positive() || !rest.is_positive() {
        return Ok(vec![Money::zero(currency); items.len()]);
    }
    let weights: Vec<u64> = terms.iter().map(|it| u64::try_from(it.minor()).unwrap_or(0)).collect();
    rest.at_most(all)?.allocate(&weights)
}

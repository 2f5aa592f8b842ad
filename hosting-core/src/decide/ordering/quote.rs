//! What a cart costs, with every line's derivation (law 9).

use crate::{
    decide::{
        Books, Context,
        pricing::{
            BuyerForTax, CouponContext, CouponRefusal, LineInput, PricingError, Quote,
            check_coupon, choose_rule, covers, price,
        },
    },
    kernel::{Currency, Ratio},
    model::{CartItem, Coupon, LineKind, Plan, PlanPrice, Product, ProductStatus},
};

/// One line of a cart with what it refers to.
#[derive(Debug, Clone, Copy)]
pub struct QuoteItem<'a> {
    /// The line.
    pub item: &'a CartItem,
    /// The size.
    pub plan: &'a Plan,
    /// The line of business.
    pub product: &'a Product,
    /// What it costs now.
    pub price: &'a PlanPrice,
}

/// Why a cart has no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuoteRefusal {
    /// There is nothing in it.
    #[error("the cart is empty")]
    Empty,
    /// Something in it is not on sale.
    #[error("{0} is no longer for sale")]
    NotForSale(String),
    /// A quantity is out of range.
    #[error("the quantity of {plan} must be from 1 to 100")]
    Quantity {
        /// Of what.
        plan: String,
    },
    /// A price is for something else: another cycle, currency or time.
    #[error("{0} has no price for this cycle and currency")]
    NoPrice(String),
    /// An amount cannot be computed.
    #[error(transparent)]
    Pricing(#[from] PricingError),
}

/// A priced cart, and why its coupon does not count if it does not.
#[derive(Debug, Clone)]
pub struct QuotedCart {
    /// The lines and totals.
    pub quote: Quote,
    /// For each line of the quote, the index of the cart's line it is for.
    pub item_of_line: Vec<usize>,
    /// Why the coupon that was given does not count.
    pub coupon_refusal: Option<CouponRefusal>,
}

/// Prices a cart for `buyer`. A coupon that does not count is left out and the reason is given.
///
/// # Errors
/// A [`QuoteRefusal`].
pub fn quote_cart(
    context: &Context<'_>,
    books: &Books,
    currency: Currency,
    items: &[QuoteItem<'_>],
    coupon: Option<&Coupon>,
    has_paid_order: Option<bool>,
    buyer: BuyerForTax<'_>,
) -> Result<QuotedCart, QuoteRefusal> {
    if items.is_empty() {
        return Err(QuoteRefusal::Empty);
    }
    let now = context.now();
    let checked = coupon
        .map(|it| check_coupon(it, CouponContext { now, currency, has_paid_order }).map(|()| it));
    let (coupon, mut coupon_refusal) = match checked {
        Some(Ok(coupon)) => (Some(coupon), None),
        Some(Err(refusal)) => (None, Some(refusal)),
        None => (None, None),
    };
    let (mut lines, mut item_of_line) = (Vec::new(), Vec::new());
    for (at, item) in items.iter().enumerate() {
        check(context, currency, item)?;
        for line in lines_of(item, coupon) {
            lines.push(line);
            item_of_line.push(at);
        }
    }
    let mut terms = coupon.map(|it| (it.code.as_str(), it.discount));
    if terms.is_some() && lines.iter().all(|it| !it.discountable) {
        terms = None;
        coupon_refusal = Some(CouponRefusal::NothingCovered);
    }
    let rule = choose_rule(&books.tax_rules, buyer, books.day_of(now));
    let quote = price(currency, lines, terms, rule)?;
    Ok(QuotedCart { quote, item_of_line, coupon_refusal })
}

fn check(
    context: &Context<'_>,
    currency: Currency,
    item: &QuoteItem<'_>,
) -> Result<(), QuoteRefusal> {
    let name = || format!("{} {}", item.product.name, item.plan.name);
    let on_sale = item.product.status == ProductStatus::Active
        && item.plan.status == ProductStatus::Active
        && item.product.deleted_at.is_none()
        && item.plan.deleted_at.is_none();
    if !on_sale {
        return Err(QuoteRefusal::NotForSale(name()));
    }
    if !(1..=100).contains(&item.item.quantity) {
        return Err(QuoteRefusal::Quantity { plan: name() });
    }
    let price = item.price;
    let fits = price.plan_id == item.plan.id
        && price.cycle == item.item.cycle
        && price.currency == currency
        && price.is_valid_at(context.now());
    if fits { Ok(()) } else { Err(QuoteRefusal::NoPrice(name())) }
}

/// The term and, if there is one, the set-up fee. A trial makes the first term free.
fn lines_of(item: &QuoteItem<'_>, coupon: Option<&Coupon>) -> Vec<LineInput> {
    let QuoteItem { item: cart, plan, product, price } = *item;
    let discountable = |kind| coupon.is_some_and(|it| covers(it, kind, product.id, plan.id));
    let trial = plan.trial_days > 0;
    let what = format!("{} {}", product.name, plan.name);
    let term = if trial {
        format!("{what} · {} · free for {} days", cart.domain, plan.trial_days)
    } else {
        format!("{what} · {} · first term ({})", cart.domain, cart.cycle)
    };
    let line = |kind, description, unit_price, ratio| LineInput {
        kind,
        description,
        quantity: cart.quantity,
        unit_price,
        ratio,
        price_id: price.id,
        taxable: product.taxable,
        discountable: discountable(kind),
        subscription_id: None,
        period: None,
    };
    let ratio = if trial { Ratio::ZERO } else { Ratio::ONE };
    let mut lines = vec![line(LineKind::Plan, term, price.price, ratio)];
    if price.setup_fee.is_positive() {
        let text = format!("{what} · {} · set-up", cart.domain);
        lines.push(line(LineKind::SetupFee, text, price.setup_fee, Ratio::ONE));
    }
    lines
}

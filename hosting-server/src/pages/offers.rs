//! What is on sale, as pages show it.

use hosting_core::{
    kernel::{BillingCycle, Currency, CycleUnit, Money, Ratio, Rounding},
    model::{Feature, Plan, PlanPrice, Product, ProductStatus},
    port::StoreError,
};

use crate::state::AppState;

/// A plan with its price for each term.
#[derive(Debug, Clone)]
pub(super) struct PlanOffer {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) features: Vec<Feature>,
    pub(super) trial_days: i64,
    pub(super) sold_out: bool,
    prices: Vec<PlanPrice>,
}

/// A product with its plans.
#[derive(Debug, Clone)]
pub(super) struct ProductOffer {
    pub(super) product: Product,
    pub(super) plans: Vec<PlanOffer>,
}

impl PlanOffer {
    /// The price for a term.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]
    pub(super) fn price(&self, cycle: &BillingCycle) -> Option<&PlanPrice> {
        self.prices.iter().find(|it| it.cycle == *cycle)
    }

    /// A price over several months, spread over them: rounded up, so that it is never less than what is
    /// paid.
    #[expect(clippy::unused_self, reason = "templates call methods")]
    pub(super) fn per_month(&self, price: &PlanPrice) -> Option<Money> {
        let months = months(price.cycle).filter(|it| *it > 1)?;
        let ratio = Ratio::new(1, months).ok()?;
        price.price.share(ratio, Rounding::Up).ok()
    }

    /// How much less a term costs than paying by the month, in whole per cent, rounded down.
    pub(super) fn saves(&self, price: &PlanPrice) -> Option<i64> {
        let monthly = self.price(&BillingCycle::MONTHLY)?.price.minor();
        let full = monthly.checked_mul(months(price.cycle)?)?;
        let saved = full.checked_sub(price.price.minor())?.checked_mul(100)?;
        saved.checked_div(full).filter(|it| *it > 0)
    }

    /// The lowest price by the month.
    pub(super) fn lowest(&self) -> Option<Money> {
        let monthly = |it: &PlanPrice| match months(it.cycle) {
            Some(1) => Some(it.price),
            _ => self.per_month(it),
        };
        self.prices.iter().filter_map(monthly).min_by_key(|it| it.minor())
    }
}

fn months(cycle: BillingCycle) -> Option<i64> {
    let count = i64::from(cycle.count());
    match cycle.unit() {
        CycleUnit::Month => Some(count),
        CycleUnit::Year => Some(count * 12),
        CycleUnit::Day | CycleUnit::Week => None,
    }
}

impl ProductOffer {
    /// Every term that one of the plans is sold for, shortest first.
    pub(super) fn cycles(&self) -> Vec<BillingCycle> {
        let all = self.plans.iter().flat_map(|it| &it.prices).map(|it| it.cycle);
        let mut cycles: Vec<BillingCycle> = all.collect();
        cycles.sort_by_key(|it| (it.unit() as u8, it.count()));
        cycles.dedup();
        cycles
    }

    /// The term to show first: the one that was asked for, or a year, or the shortest.
    pub(super) fn cycle(&self, wish: Option<BillingCycle>) -> BillingCycle {
        let sold = self.cycles();
        let wish = wish.filter(|it| sold.contains(it));
        let year = Some(BillingCycle::ANNUALLY).filter(|it| sold.contains(it));
        wish.or(year).or_else(|| sold.first().copied()).unwrap_or(BillingCycle::MONTHLY)
    }

    /// The lowest price by the month of any plan.
    pub(super) fn lowest(&self) -> Option<Money> {
        self.plans.iter().filter_map(PlanOffer::lowest).min_by_key(|it| it.minor())
    }
}

fn on_sale(product: &Product) -> bool {
    product.status == ProductStatus::Active && product.deleted_at.is_none()
}

/// Everything on sale in `currency`, in the shop's order.
pub(super) async fn all(
    app: &AppState,
    currency: Currency,
) -> Result<Vec<ProductOffer>, StoreError> {
    let mut offers = Vec::new();
    for product in app.ports().store.products().await?.rows {
        if on_sale(&product) {
            offers.push(one(app, product.value, currency).await?);
        }
    }
    Ok(offers)
}

/// One product by its name in addresses, if it is on sale.
pub(super) async fn by_slug(
    app: &AppState,
    slug: &str,
    currency: Currency,
) -> Result<Option<ProductOffer>, StoreError> {
    let Ok(slug) = slug.parse() else { return Ok(None) };
    match app.ports().store.product_by_slug(&slug).await?.filter(|it| on_sale(it)) {
        Some(product) => Ok(Some(one(app, product.value, currency).await?)),
        None => Ok(None),
    }
}

async fn one(
    app: &AppState,
    product: Product,
    currency: Currency,
) -> Result<ProductOffer, StoreError> {
    let mut plans = Vec::new();
    for plan in app.ports().store.plans(product.id).await? {
        if plan.status == ProductStatus::Active && plan.deleted_at.is_none() {
            plans.push(plan_offer(app, plan.value, currency).await?);
        }
    }
    Ok(ProductOffer { product, plans })
}

async fn plan_offer(
    app: &AppState,
    plan: Plan,
    currency: Currency,
) -> Result<PlanOffer, StoreError> {
    let (store, now) = (&app.ports().store, app.ports().now());
    // Newest start first: of the versions that are valid, the one that started last counts.
    let mut prices: Vec<PlanPrice> = Vec::new();
    for price in store.plan_prices(plan.id).await? {
        let known = prices.iter().any(|it| it.cycle == price.cycle);
        if price.currency == currency && price.is_valid_at(now) && !known {
            prices.push(price.value);
        }
    }
    let sold_out = match plan.stock {
        Some(stock) => store.counter(&format!("stock/{}", plan.id.stored())).await? >= stock,
        None => false,
    };
    Ok(PlanOffer {
        slug: plan.slug.to_string(),
        name: plan.name,
        description: plan.description,
        features: plan.features,
        trial_days: plan.trial_days,
        sold_out,
        prices,
    })
}

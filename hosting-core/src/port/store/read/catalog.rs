//! What is sold, and at which price.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Answer;
use crate::port::store::Rows;
use crate::{
    kernel::{BillingCycle, Currency, Page, PageRequest, Slug, Versioned},
    model::{
        Coupon, CouponId, CouponUse, OrderId, Plan, PlanId, PlanPrice, PlanPriceId, Product,
        ProductId, TaxRule, TaxRuleId,
    },
};

/// Questions about what is sold.
///
/// ```
/// # use std::sync::Arc;
/// # use hosting_core::testing::{Fate, MemoryStore, TestShop};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
/// let plan = shop.store.plan(shop.plan_id).await?.ok_or("the shop has one")?;
/// assert_eq!(shop.store.plans(plan.product_id).await?, [plan]);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait CatalogRepository: Send + Sync {
    /// One product.
    async fn product(&self, id: ProductId) -> Answer<Option<Versioned<Product>>>;
    /// The product with that name in addresses, unless deleted.
    async fn product_by_slug(&self, slug: &Slug) -> Answer<Option<Versioned<Product>>>;
    /// Products that are not deleted, by position and id; at most 200.
    async fn products(&self) -> Answer<Rows<Versioned<Product>>>;
    /// One plan.
    async fn plan(&self, id: PlanId) -> Answer<Option<Versioned<Plan>>>;
    /// The plan with that name in addresses, unless deleted.
    async fn plan_by_slug(&self, slug: &Slug) -> Answer<Option<Versioned<Plan>>>;
    /// A product's plans that are not deleted, by position and id; at most 200.
    async fn plans(&self, product_id: ProductId) -> Answer<Vec<Versioned<Plan>>>;
    /// One version of a price.
    async fn plan_price(&self, id: PlanPriceId) -> Answer<Option<Versioned<PlanPrice>>>;
    /// All versions of a plan's prices, newest start first; at most 1000.
    async fn plan_prices(&self, plan_id: PlanId) -> Answer<Vec<Versioned<PlanPrice>>>;
    /// The version that can be bought at `at`: of those valid, the one that started last.
    async fn price_at(
        &self,
        plan_id: PlanId,
        cycle: BillingCycle,
        currency: Currency,
        at: DateTime<Utc>,
    ) -> Answer<Option<Versioned<PlanPrice>>>;
}

/// Questions about coupons and counters.
///
/// ```
/// # use std::sync::Arc;
/// # use hosting_core::testing::{Fate, MemoryStore, TestShop};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
/// let coupon = shop.store.coupon_by_code("KOPI10").await?.ok_or("the shop has one")?;
/// assert_eq!(shop.store.counter(&format!("coupon/{}", coupon.id.stored())).await?, 0);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait PromoRepository: Send + Sync {
    /// One coupon.
    async fn coupon(&self, id: CouponId) -> Answer<Option<Versioned<Coupon>>>;
    /// The coupon with that code.
    async fn coupon_by_code(&self, code: &str) -> Answer<Option<Versioned<Coupon>>>;
    /// Coupons.
    async fn coupons(&self, page: &PageRequest) -> Answer<Page<Versioned<Coupon>>>;
    /// An order's use of a coupon.
    async fn coupon_use(&self, order_id: OrderId) -> Answer<Option<Versioned<CouponUse>>>;
    /// What a counter stands at; 0 when it was never named.
    async fn counter(&self, name: &str) -> Answer<i64>;
}

/// Questions about tax.
///
/// ```
/// # use std::sync::Arc;
/// # use hosting_core::testing::{Fate, MemoryStore, TestShop};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
/// assert!(shop.store.tax_rules().await?.len() <= 1000);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait TaxRepository: Send + Sync {
    /// One rule.
    async fn tax_rule(&self, id: TaxRuleId) -> Answer<Option<Versioned<TaxRule>>>;
    /// All rules; at most 1000.
    async fn tax_rules(&self) -> Answer<Vec<Versioned<TaxRule>>>;
}

//! What is sold.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::{BillingCycle, Currency, Slug, Versioned},
    model::{Plan, PlanId, PlanPrice, PlanPriceId, Product, ProductId},
    port::store::{CatalogRepository, Rows, read::Answer},
};

use super::{parted, statements};
use crate::{record::Record, statement::Statement, store::SqlStore};

statements! {
    PRODUCT_BY_SLUG = Statement::select(
        Product::COLUMNS,
        "WHERE t.slug = $1 AND t.deleted_at IS NULL",
    );
    PRODUCTS = Statement::select(
        Product::COLUMNS,
        "WHERE t.deleted_at IS NULL ORDER BY t.position, t.id LIMIT 200",
    );
    PLAN_BY_SLUG = Statement::select(Plan::COLUMNS, "WHERE t.slug = $1 AND t.deleted_at IS NULL");
    PLANS = Statement::select(
        Plan::COLUMNS,
        "WHERE t.product_id = $1 AND t.deleted_at IS NULL ORDER BY t.position, t.id LIMIT 200",
    );
    PLAN_PRICES = Statement::select(
        PlanPrice::COLUMNS,
        "WHERE t.plan_id = $1 ORDER BY t.valid_from DESC, t.id DESC LIMIT 1000",
    );
    PRICE_AT = Statement::select(
        PlanPrice::COLUMNS,
        "WHERE t.plan_id = $1 AND t.cycle = $2 AND t.currency = $3 AND t.valid_from <= $4 \
           AND (t.valid_until IS NULL OR t.valid_until > $4) \
         ORDER BY t.valid_from DESC LIMIT 1",
    );
}

#[async_trait]
impl CatalogRepository for SqlStore {
    async fn product(&self, id: ProductId) -> Answer<Option<Versioned<Product>>> {
        self.by_id(id).await
    }

    async fn product_by_slug(&self, slug: &Slug) -> Answer<Option<Versioned<Product>>> {
        self.one(&PRODUCT_BY_SLUG, &[slug.as_str().into()]).await
    }

    async fn products(&self) -> Answer<Rows<Versioned<Product>>> {
        Ok(parted(self.met(&PRODUCTS, &[], |_| None).await?, |_, _| None))
    }

    async fn plan(&self, id: PlanId) -> Answer<Option<Versioned<Plan>>> {
        self.by_id(id).await
    }

    async fn plan_by_slug(&self, slug: &Slug) -> Answer<Option<Versioned<Plan>>> {
        self.one(&PLAN_BY_SLUG, &[slug.as_str().into()]).await
    }

    async fn plans(&self, product_id: ProductId) -> Answer<Vec<Versioned<Plan>>> {
        self.many(&PLANS, &[(&product_id.stored()).into()]).await
    }

    async fn plan_price(&self, id: PlanPriceId) -> Answer<Option<Versioned<PlanPrice>>> {
        self.by_id(id).await
    }

    async fn plan_prices(&self, plan_id: PlanId) -> Answer<Vec<Versioned<PlanPrice>>> {
        self.many(&PLAN_PRICES, &[(&plan_id.stored()).into()]).await
    }

    async fn price_at(
        &self,
        plan_id: PlanId,
        cycle: BillingCycle,
        currency: Currency,
        at: DateTime<Utc>,
    ) -> Answer<Option<Versioned<PlanPrice>>> {
        let (plan, cycle) = (plan_id.stored(), cycle.to_string());
        let args = [(&plan).into(), (&cycle).into(), currency.code().into(), at.into()];
        self.one(&PRICE_AT, &args).await
    }
}

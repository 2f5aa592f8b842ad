//! Questions about people, the catalog, promotions, tax and settings.

use std::cmp::Reverse;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    super::{MemoryStore, rows::List, schema::joined},
    at_most,
};
use crate::{
    change::Unique,
    kernel::{BillingCycle, Currency, Email, Page, PageRequest, Slug, Versioned},
    model::{
        ApiKey, ApiKeyId, Coupon, CouponId, CouponUse, Customer, CustomerId, KeptAnswer,
        OneTimeToken, OrderId, Plan, PlanId, PlanPrice, PlanPriceId, Product, ProductId, Session,
        Setting, TaxRule, TaxRuleId, User, UserId, access::TokenHash,
    },
    port::store::{
        AccessRepository, CatalogRepository, CustomerFilter, CustomerRepository,
        IdempotencyRepository, PromoRepository, Rows, SettingsRepository, TaxRepository,
        UserFilter, read::Answer,
    },
};

#[async_trait]
impl AccessRepository for MemoryStore {
    async fn user(&self, id: UserId) -> Answer<Option<Versioned<User>>> {
        self.state().tables.users.read(id)
    }

    async fn user_by_email(&self, email: &Email) -> Answer<Option<Versioned<User>>> {
        Ok(self.state().tables.users.by(Unique::UserEmail, email.to_string()))
    }

    async fn users(
        &self,
        filter: &UserFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<User>>> {
        self.state().tables.users.page(page, |user| {
            user.deleted_at.is_none()
                && filter.role.is_none_or(|role| user.role == role)
                && filter.customer_id.is_none_or(|id| user.customer_id == Some(id))
        })
    }

    async fn session_by_token(&self, hash: &TokenHash) -> Answer<Option<Versioned<Session>>> {
        Ok(self.state().tables.sessions.by(Unique::SessionToken, hash.as_str().to_owned()))
    }

    async fn live_sessions(
        &self,
        user_id: UserId,
        now: DateTime<Utc>,
    ) -> Answer<Vec<Versioned<Session>>> {
        let state = self.state();
        let sessions = state.tables.sessions.of(List::User, user_id).rev();
        Ok(at_most(sessions.filter(|it| it.revoked_at.is_none() && it.expires_at > now), 200))
    }

    async fn api_key(&self, id: ApiKeyId) -> Answer<Option<Versioned<ApiKey>>> {
        self.state().tables.api_keys.read(id)
    }

    async fn api_keys(&self, user_id: UserId) -> Answer<Vec<Versioned<ApiKey>>> {
        Ok(at_most(self.state().tables.api_keys.of(List::User, user_id).rev(), 200))
    }

    async fn one_time_token(&self, hash: &TokenHash) -> Answer<Option<Versioned<OneTimeToken>>> {
        let key = hash.as_str().to_owned();
        Ok(self.state().tables.one_time_tokens.by(Unique::OneTimeToken, key))
    }
}

#[async_trait]
impl CustomerRepository for MemoryStore {
    async fn customer(&self, id: CustomerId) -> Answer<Option<Versioned<Customer>>> {
        self.state().tables.customers.read(id)
    }

    async fn customers_by_id(&self, ids: &[CustomerId]) -> Answer<Rows<Versioned<Customer>>> {
        let ids: std::collections::BTreeSet<_> = ids.iter().copied().collect();
        let state = self.state();
        let met = ids.into_iter().filter_map(|id| Some((None, state.tables.customers.get(id)?)));
        Ok(state.tables.customers.parted(met.collect(), |_, _| ()))
    }

    async fn customers(
        &self,
        filter: &CustomerFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Customer>>> {
        self.state().tables.customers.page(page, |customer| {
            customer.deleted_at.is_none()
                && filter.email.as_ref().is_none_or(|email| customer.email == *email)
        })
    }
}

#[async_trait]
impl CatalogRepository for MemoryStore {
    async fn product(&self, id: ProductId) -> Answer<Option<Versioned<Product>>> {
        self.state().tables.products.read(id)
    }

    async fn product_by_slug(&self, slug: &Slug) -> Answer<Option<Versioned<Product>>> {
        let found = self.state().tables.products.by(Unique::ProductSlug, slug.to_string());
        Ok(found.filter(|it| it.deleted_at.is_none()))
    }

    async fn products(&self) -> Answer<Rows<Versioned<Product>>> {
        let state = self.state();
        let mut rows: Vec<_> =
            state.tables.products.all().filter(|it| it.deleted_at.is_none()).collect();
        rows.sort_by_key(|it| (it.position, it.id));
        let met = rows.into_iter().take(200).map(|it| (None, it.clone())).collect();
        Ok(Rows { last: None, ..state.tables.products.parted(met, |_, _| ()) })
    }

    async fn plan(&self, id: PlanId) -> Answer<Option<Versioned<Plan>>> {
        self.state().tables.plans.read(id)
    }

    async fn plan_by_slug(&self, slug: &Slug) -> Answer<Option<Versioned<Plan>>> {
        let found = self.state().tables.plans.by(Unique::PlanSlug, slug.to_string());
        Ok(found.filter(|it| it.deleted_at.is_none()))
    }

    async fn plans(&self, product_id: ProductId) -> Answer<Vec<Versioned<Plan>>> {
        let state = self.state();
        let rows = state.tables.plans.of(List::Product, product_id);
        let mut rows: Vec<_> = rows.filter(|it| it.deleted_at.is_none()).collect();
        rows.sort_by_key(|it| (it.position, it.id));
        Ok(at_most(rows.into_iter(), 200))
    }

    async fn plan_price(&self, id: PlanPriceId) -> Answer<Option<Versioned<PlanPrice>>> {
        self.state().tables.plan_prices.read(id)
    }

    async fn plan_prices(&self, plan_id: PlanId) -> Answer<Vec<Versioned<PlanPrice>>> {
        let state = self.state();
        let mut rows: Vec<_> = state.tables.plan_prices.of(List::Plan, plan_id).collect();
        rows.sort_by_key(|it| Reverse((it.valid_from, it.id)));
        Ok(at_most(rows.into_iter(), 1000))
    }

    async fn price_at(
        &self,
        plan_id: PlanId,
        cycle: BillingCycle,
        currency: Currency,
        at: DateTime<Utc>,
    ) -> Answer<Option<Versioned<PlanPrice>>> {
        let state = self.state();
        let valid = state
            .tables
            .plan_prices
            .of(List::Plan, plan_id)
            .filter(|it| it.cycle == cycle && it.currency == currency && it.is_valid_at(at));
        Ok(valid.max_by_key(|it| it.valid_from).cloned())
    }
}

#[async_trait]
impl PromoRepository for MemoryStore {
    async fn coupon(&self, id: CouponId) -> Answer<Option<Versioned<Coupon>>> {
        self.state().tables.coupons.read(id)
    }

    async fn coupon_by_code(&self, code: &str) -> Answer<Option<Versioned<Coupon>>> {
        Ok(self.state().tables.coupons.by(Unique::CouponCode, code.to_owned()))
    }

    async fn coupons(&self, page: &PageRequest) -> Answer<Page<Versioned<Coupon>>> {
        self.state().tables.coupons.page(page, |_| true)
    }

    async fn coupon_use(&self, order_id: OrderId) -> Answer<Option<Versioned<CouponUse>>> {
        Ok(self.state().tables.coupon_uses.by(Unique::CouponUse, order_id.stored()))
    }

    async fn counter(&self, name: &str) -> Answer<i64> {
        Ok(self.state().counters.get(name))
    }
}

#[async_trait]
impl TaxRepository for MemoryStore {
    async fn tax_rule(&self, id: TaxRuleId) -> Answer<Option<Versioned<TaxRule>>> {
        self.state().tables.tax_rules.read(id)
    }

    async fn tax_rules(&self) -> Answer<Vec<Versioned<TaxRule>>> {
        Ok(at_most(self.state().tables.tax_rules.all().rev(), 1000))
    }
}

#[async_trait]
impl SettingsRepository for MemoryStore {
    async fn setting(&self, key: &str) -> Answer<Option<Versioned<Setting>>> {
        Ok(self.state().tables.settings.by(Unique::SettingKey, key.to_owned()))
    }

    async fn settings_in(&self, folder: &str) -> Answer<Rows<Versioned<Setting>>> {
        let state = self.state();
        let folder = format!("{folder}/");
        let mut met: Vec<_> =
            state.tables.settings.all().filter(|it| it.key.starts_with(&folder)).cloned().collect();
        met.sort_by(|a, b| a.key.cmp(&b.key));
        met.truncate(200);
        let met = met.into_iter().map(|it| (None, it)).collect();
        Ok(Rows { last: None, ..state.tables.settings.parted(met, |_, _| ()) })
    }
}

#[async_trait]
impl IdempotencyRepository for MemoryStore {
    async fn kept_answer(
        &self,
        principal: &str,
        name: &str,
    ) -> Answer<Option<Versioned<KeptAnswer>>> {
        let key = joined(&[principal, name]);
        Ok(self.state().tables.kept_answers.by(Unique::KeptAnswer, key))
    }
}

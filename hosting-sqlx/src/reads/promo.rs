//! Coupons and counters.

use async_trait::async_trait;
use hosting_core::{
    kernel::{Page, PageRequest, Versioned},
    model::{Coupon, CouponId, CouponUse, OrderId},
    port::store::{PromoRepository, read::Answer},
};

use super::{by_id, statements};
use crate::{
    record::{CellReader, Record},
    statement::Statement,
    store::SqlStore,
};

statements! {
    COUPON_BY_CODE = Statement::select(Coupon::COLUMNS, "WHERE t.code = $1");
    COUPONS = by_id!(Coupon, "");
    COUPON_USE = Statement::select(CouponUse::COLUMNS, "WHERE t.order_id = $1");
    COUNTER = Statement::same("SELECT value FROM counters WHERE name = $1");
}

#[async_trait]
impl PromoRepository for SqlStore {
    async fn coupon(&self, id: CouponId) -> Answer<Option<Versioned<Coupon>>> {
        self.by_id(id).await
    }

    async fn coupon_by_code(&self, code: &str) -> Answer<Option<Versioned<Coupon>>> {
        self.one(&COUPON_BY_CODE, &[code.into()]).await
    }

    async fn coupons(&self, page: &PageRequest) -> Answer<Page<Versioned<Coupon>>> {
        self.page(&COUPONS, page, &[]).await
    }

    async fn coupon_use(&self, order_id: OrderId) -> Answer<Option<Versioned<CouponUse>>> {
        self.one(&COUPON_USE, &[(&order_id.stored()).into()]).await
    }

    async fn counter(&self, name: &str) -> Answer<i64> {
        let rows = self
            .db()
            .fetch(&COUNTER, &[name.into()], |row| CellReader::new("counters", row).next("value"))
            .await?;
        Ok(rows.into_iter().next().unwrap_or(0))
    }
}

//! Carts and orders.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::{Page, PageRequest, Versioned},
    model::{Cart, CartId, CustomerId, Order, OrderId, OrderStatus},
    port::store::{OrderFilter, OrderRepository, Rows, read::Answer},
};

use super::{by_id, parted, statements, variant};
use crate::{conn::Cells, record::Record, statement::Statement, store::SqlStore};

statements! {
    ORDER_OF_CART = Statement::select(Order::COLUMNS, "WHERE t.cart_id = $1");
    STALE_ORDERS = Statement::select(
        Order::COLUMNS,
        "WHERE t.status = 'pending' AND t.created_at < $1 AND t.id > $2 ORDER BY t.id LIMIT $3",
    );
    HAS_PAID_ORDER = Statement::same(
        "SELECT id FROM orders WHERE customer_id = $1 AND status IN ('paid', 'refunded', 'failed') LIMIT 1",
    );
    + ORDERS: 4 = by_id!(Order, "", "customer_id", "status");
}

#[async_trait]
impl OrderRepository for SqlStore {
    async fn cart(&self, id: CartId) -> Answer<Option<Versioned<Cart>>> {
        self.by_id(id).await
    }

    async fn order(&self, id: OrderId) -> Answer<Option<Versioned<Order>>> {
        self.by_id(id).await
    }

    async fn order_of_cart(&self, id: CartId) -> Answer<Option<Versioned<Order>>> {
        self.one(&ORDER_OF_CART, &[(&id.stored()).into()]).await
    }

    async fn orders(
        &self,
        filter: &OrderFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Order>>> {
        let customer = filter.customer_id.map(CustomerId::stored);
        let filters = [customer.as_deref(), filter.status.map(OrderStatus::as_str)];
        self.page(&ORDERS[variant(&filters)], page, &filters).await
    }

    async fn stale_orders(
        &self,
        before: DateTime<Utc>,
        after: Option<OrderId>,
        limit: u32,
    ) -> Answer<Rows<Versioned<Order>, OrderId>> {
        let after = after.map(OrderId::stored).unwrap_or_default();
        let args = [before.into(), (&after).into(), limit.into()];
        let created = Order::COLUMNS.cell("created_at");
        let due_at = |row: &dyn Cells| created.and_then(|at| row.instant(at).ok().flatten());
        Ok(parted(self.met(&STALE_ORDERS, &args, due_at).await?, |id, _| Some(id)))
    }

    async fn has_paid_order(&self, customer_id: CustomerId) -> Answer<bool> {
        self.any(&HAS_PAID_ORDER, &[(&customer_id.stored()).into()]).await
    }
}

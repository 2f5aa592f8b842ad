//! Questions about orders, invoices, payments and the webhook inbox.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ulid::Ulid;

use super::super::{MemoryStore, rows::List, schema::joined};
use crate::{
    change::Unique,
    kernel::{Id, Page, PageRequest, Versioned},
    model::{
        Cart, CartId, CustomerId, Invoice, InvoiceId, InvoiceItem, Order, OrderId, OrderStatus,
        Payment, PaymentId, PaymentStatus, Refund, RefundId, WebhookEvent, WebhookEventId,
    },
    port::store::{
        BillingRepository, InvoiceFilter, OrderFilter, OrderRepository, PaymentFilter, Rows,
        WebhookRepository,
        read::{Answer, Due},
    },
};

#[async_trait]
impl OrderRepository for MemoryStore {
    async fn cart(&self, id: CartId) -> Answer<Option<Versioned<Cart>>> {
        self.state().tables.carts.read(id)
    }

    async fn order(&self, id: OrderId) -> Answer<Option<Versioned<Order>>> {
        self.state().tables.orders.read(id)
    }

    async fn order_of_cart(&self, id: CartId) -> Answer<Option<Versioned<Order>>> {
        Ok(self.state().tables.orders.by(Unique::OrderCart, id.stored()))
    }

    async fn orders(
        &self,
        filter: &OrderFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Order>>> {
        let keep = |order: &Order| filter.status.is_none_or(|status| order.status == status);
        let state = self.state();
        match filter.customer_id {
            Some(id) => state.tables.orders.page_of(List::Customer, id, page, keep),
            None => state.tables.orders.page(page, keep),
        }
    }

    async fn stale_orders(
        &self,
        before: DateTime<Utc>,
        after: Option<OrderId>,
        limit: u32,
    ) -> Answer<Rows<Versioned<Order>, OrderId>> {
        let after = after.unwrap_or(Id::from_ulid(Ulid(0)));
        let state = self.state();
        let old = state.tables.orders.all().filter(|it| {
            it.id > after && it.status == OrderStatus::Pending && it.created_at < before
        });
        let met = old.take(usize::try_from(limit).unwrap_or(usize::MAX));
        let met = met.map(|it| (Some(it.created_at), it.clone())).collect();
        Ok(state.tables.orders.parted(met, |_, id| id))
    }

    async fn has_paid_order(&self, customer_id: CustomerId) -> Answer<bool> {
        // An order that failed or was refunded was paid before.
        let was_paid = |order: &Versioned<Order>| {
            matches!(order.status, OrderStatus::Paid | OrderStatus::Refunded | OrderStatus::Failed)
        };
        Ok(self.state().tables.orders.of(List::Customer, customer_id).any(was_paid))
    }
}

#[async_trait]
impl BillingRepository for MemoryStore {
    async fn invoice(&self, id: InvoiceId) -> Answer<Option<Versioned<Invoice>>> {
        self.state().tables.invoices.read(id)
    }

    async fn invoices(
        &self,
        filter: &InvoiceFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Invoice>>> {
        let keep = |invoice: &Invoice| filter.status.is_none_or(|status| invoice.status == status);
        let state = self.state();
        match filter.customer_id {
            Some(id) => state.tables.invoices.page_of(List::Customer, id, page, keep),
            None => state.tables.invoices.page(page, keep),
        }
    }

    async fn invoice_items(&self, id: InvoiceId) -> Answer<Vec<InvoiceItem>> {
        let state = self.state();
        let rows = state.tables.invoice_items.of(List::Invoice, id);
        let mut items: Vec<_> = rows.map(|row| row.value.clone()).collect();
        items.sort_by_key(|item| item.position);
        Ok(items)
    }

    async fn invoices_to_dun(
        &self,
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, InvoiceId)>,
        limit: u32,
    ) -> Answer<Due<Invoice, InvoiceId>> {
        Ok(self.state().tables.invoices.due(List::DueDunning, now, after, limit))
    }

    async fn payment(&self, id: PaymentId) -> Answer<Option<Versioned<Payment>>> {
        self.state().tables.payments.read(id)
    }

    async fn payment_by_reference(
        &self,
        gateway: &str,
        reference: &str,
    ) -> Answer<Option<Versioned<Payment>>> {
        let key = joined(&[gateway, reference]);
        Ok(self.state().tables.payments.by(Unique::PaymentReference, key))
    }

    async fn payments_of(&self, id: InvoiceId) -> Answer<Vec<Versioned<Payment>>> {
        let state = self.state();
        let rows = &state.tables.payments;
        rows.all_of(rows.of(List::Invoice, id), 1000)
    }

    async fn payments(
        &self,
        filter: &PaymentFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Payment>>> {
        let keep = |payment: &Payment| filter.status.is_none_or(|status| payment.status == status);
        let state = self.state();
        match filter.customer_id {
            Some(id) => state.tables.payments.page_of(List::Customer, id, page, keep),
            None => state.tables.payments.page(page, keep),
        }
    }

    async fn unapplied_payments(&self, id: CustomerId) -> Answer<Vec<Versioned<Payment>>> {
        let state = self.state();
        let waits = |it: &&Versioned<Payment>| {
            it.status == PaymentStatus::Succeeded && it.received.minor() > it.applied.minor()
        };
        let rows = &state.tables.payments;
        rows.all_of(rows.of(List::Customer, id).filter(waits), 1000)
    }

    async fn payments_to_ask(
        &self,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Answer<Due<Payment, PaymentId>> {
        Ok(self.state().tables.payments.due(List::DueAsking, now, None, limit))
    }

    async fn refund(&self, id: RefundId) -> Answer<Option<Versioned<Refund>>> {
        self.state().tables.refunds.read(id)
    }

    async fn refunds_of(&self, id: PaymentId) -> Answer<Vec<Versioned<Refund>>> {
        let state = self.state();
        let rows = &state.tables.refunds;
        rows.all_of(rows.of(List::Payment, id), usize::MAX)
    }
}

#[async_trait]
impl WebhookRepository for MemoryStore {
    async fn webhook_event(&self, id: WebhookEventId) -> Answer<Option<Versioned<WebhookEvent>>> {
        self.state().tables.webhook_events.read(id)
    }

    async fn webhook_events(&self, page: &PageRequest) -> Answer<Page<Versioned<WebhookEvent>>> {
        self.state().tables.webhook_events.page(page, |_| true)
    }
}

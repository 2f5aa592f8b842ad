//! What was ordered, billed and paid.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Answer, Due};
use crate::port::store::Rows;
use crate::{
    kernel::{Page, PageRequest, Versioned},
    model::{
        Cart, CartId, CustomerId, Invoice, InvoiceId, InvoiceItem, InvoiceStatus, Order, OrderId,
        OrderStatus, Payment, PaymentId, PaymentStatus, Refund, RefundId,
    },
};

/// Which orders to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Only this customer's.
    pub customer_id: Option<CustomerId>,
    /// Only these.
    pub status: Option<OrderStatus>,
}

/// Questions about carts and orders.
///
/// ```
/// # use std::sync::Arc;
/// # use hosting_core::testing::{Fate, MemoryStore, TestShop};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
/// let cart = shop.cart("nusakopi.com", None).await;
/// assert!(shop.store.cart(cart).await?.is_some());
/// assert!(shop.store.order_of_cart(cart).await?.is_none(), "nothing was ordered yet");
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait OrderRepository: Send + Sync {
    /// One cart.
    async fn cart(&self, id: CartId) -> Answer<Option<Versioned<Cart>>>;
    /// One order.
    async fn order(&self, id: OrderId) -> Answer<Option<Versioned<Order>>>;
    /// The order that a cart became.
    async fn order_of_cart(&self, id: CartId) -> Answer<Option<Versioned<Order>>>;
    /// Orders.
    async fn orders(
        &self,
        filter: &OrderFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Order>>>;
    /// Pending orders made before `before`, oldest first, after the one given; at most `limit`.
    async fn stale_orders(
        &self,
        before: DateTime<Utc>,
        after: Option<OrderId>,
        limit: u32,
    ) -> Answer<Rows<Versioned<Order>, OrderId>>;
    /// Whether the customer has an order that was paid.
    async fn has_paid_order(&self, customer_id: CustomerId) -> Answer<bool>;
}

/// Which invoices to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvoiceFilter {
    /// Only this customer's.
    pub customer_id: Option<CustomerId>,
    /// Only these.
    pub status: Option<InvoiceStatus>,
}

/// Which payments to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaymentFilter {
    /// Only this customer's.
    pub customer_id: Option<CustomerId>,
    /// Only these.
    pub status: Option<PaymentStatus>,
}

/// Questions about invoices and payments.
///
/// ```
/// # use std::sync::Arc;
/// # use hosting_core::{model::{Actor, Subject}, service::orders::place_order};
/// # use hosting_core::testing::{Fate, MemoryStore, TestShop};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
/// let (cart, guest) = (shop.cart("nusakopi.com", None).await, Actor::Guest);
/// let (order, invoice) = place_order(&shop.ports, &guest, cart, shop.customer_id).await?;
/// let found = shop.store.invoice(invoice).await?.ok_or("it was issued")?;
/// assert!(found.number.is_some());
/// assert_eq!(shop.store.payments_of(invoice).await?, []);
/// # let _ = order;
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait BillingRepository: Send + Sync {
    /// One invoice.
    async fn invoice(&self, id: InvoiceId) -> Answer<Option<Versioned<Invoice>>>;
    /// Invoices.
    async fn invoices(
        &self,
        filter: &InvoiceFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Invoice>>>;
    /// An invoice's lines, by position.
    async fn invoice_items(&self, id: InvoiceId) -> Answer<Vec<InvoiceItem>>;
    /// Invoices whose next dunning step is due, earliest first, after the `(next_dunning_at, id)`
    /// given; at most `limit`.
    async fn invoices_to_dun(
        &self,
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, InvoiceId)>,
        limit: u32,
    ) -> Answer<Due<Invoice, InvoiceId>>;
    /// One payment.
    async fn payment(&self, id: PaymentId) -> Answer<Option<Versioned<Payment>>>;
    /// The payment with that reference at that gateway.
    async fn payment_by_reference(
        &self,
        gateway: &str,
        reference: &str,
    ) -> Answer<Option<Versioned<Payment>>>;
    /// An invoice's payments, oldest first; at most 1000.
    async fn payments_of(&self, id: InvoiceId) -> Answer<Vec<Versioned<Payment>>>;
    /// Payments.
    async fn payments(
        &self,
        filter: &PaymentFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Payment>>>;
    /// A customer's payments that succeeded and of which something is applied to nothing, oldest first,
    /// whether or not it was given back; at most 1000.
    async fn unapplied_payments(&self, id: CustomerId) -> Answer<Vec<Versioned<Payment>>>;
    /// Payments whose `next_ask_at` has come, earliest first; at most `limit`.
    async fn payments_to_ask(
        &self,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Answer<Due<Payment, PaymentId>>;
    /// One refund.
    async fn refund(&self, id: RefundId) -> Answer<Option<Versioned<Refund>>>;
    /// A payment's refunds, oldest first.
    async fn refunds_of(&self, id: PaymentId) -> Answer<Vec<Versioned<Refund>>>;
}

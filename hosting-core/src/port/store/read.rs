//! What the core asks the database, one small trait a context.
//!
//! Looking something up by id answers `None` when it was never there; soft-deleted rows are
//! answered by id and left out of lists. Lists are newest first unless they say otherwise.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Rows, StoreError};
use crate::{
    kernel::{BillingCycle, Currency, Email, Page, PageRequest, Slug, Versioned},
    model::{
        ApiKey, ApiKeyId, Cart, CartId, Coupon, CouponId, CouponUse, Customer, CustomerId, Cycle,
        Event, Heartbeat, Invoice, InvoiceId, InvoiceItem, InvoiceStatus, KeptAnswer, OneTimeToken,
        Order, OrderId, OrderStatus, PanelAccount, PanelAccountId, Payment, PaymentId,
        PaymentStatus, Plan, PlanId, PlanPrice, PlanPriceId, Product, ProductId, Refund, RefundId,
        Role, Server, ServerId, Session, Setting, ShopSettings, Subject, Subscription,
        SubscriptionId, SubscriptionStatus, TaxRule, TaxRuleId, User, UserId, WebhookEvent,
        WebhookEventId, access::TokenHash,
    },
};

/// What a question is answered with.
pub type Answer<T> = Result<T, StoreError>;

/// Rows that fell due; the place of each is when, and its id.
pub type Due<T, I> = Rows<Versioned<T>, (DateTime<Utc>, I)>;

/// Which users to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Only this role.
    pub role: Option<Role>,
}

/// Questions about log-ins.
#[async_trait]
pub trait AccessRepository: Send + Sync {
    /// One user.
    async fn user(&self, id: UserId) -> Answer<Option<Versioned<User>>>;
    /// The user with that log-in name, deleted ones too (the name stays taken).
    async fn user_by_email(&self, email: &Email) -> Answer<Option<Versioned<User>>>;
    /// Users that are not deleted.
    async fn users(&self, filter: &UserFilter, page: &PageRequest)
    -> Answer<Page<Versioned<User>>>;
    /// The session with that token, ended ones too.
    async fn session_by_token(&self, hash: &TokenHash) -> Answer<Option<Versioned<Session>>>;
    /// A user's sessions that are neither revoked nor past `now`; at most 200.
    async fn live_sessions(
        &self,
        user_id: UserId,
        now: DateTime<Utc>,
    ) -> Answer<Vec<Versioned<Session>>>;
    /// One API key.
    async fn api_key(&self, id: ApiKeyId) -> Answer<Option<Versioned<ApiKey>>>;
    /// A user's API keys, revoked ones too; at most 200.
    async fn api_keys(&self, user_id: UserId) -> Answer<Vec<Versioned<ApiKey>>>;
    /// The one-time token with that hash, used ones too.
    async fn one_time_token(&self, hash: &TokenHash) -> Answer<Option<Versioned<OneTimeToken>>>;
}

/// Which customers to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerFilter {
    /// Only the one with this mail address.
    pub email: Option<Email>,
}

/// Questions about customers.
#[async_trait]
pub trait CustomerRepository: Send + Sync {
    /// One customer.
    async fn customer(&self, id: CustomerId) -> Answer<Option<Versioned<Customer>>>;
    /// Those of `ids` that exist, in any order; at most 1000 ids.
    async fn customers_by_id(&self, ids: &[CustomerId]) -> Answer<Rows<Versioned<Customer>>>;
    /// Customers that are not deleted.
    async fn customers(
        &self,
        filter: &CustomerFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Customer>>>;
}

/// Questions about what is sold.
#[async_trait]
pub trait CatalogRepository: Send + Sync {
    /// One product.
    async fn product(&self, id: ProductId) -> Answer<Option<Versioned<Product>>>;
    /// The product with that name in addresses, unless deleted.
    async fn product_by_slug(&self, slug: &Slug) -> Answer<Option<Versioned<Product>>>;
    /// Products that are not deleted, by position and id; at most 200.
    async fn products(&self) -> Answer<Vec<Versioned<Product>>>;
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
#[async_trait]
pub trait TaxRepository: Send + Sync {
    /// One rule.
    async fn tax_rule(&self, id: TaxRuleId) -> Answer<Option<Versioned<TaxRule>>>;
    /// All rules; at most 1000.
    async fn tax_rules(&self) -> Answer<Vec<Versioned<TaxRule>>>;
}

/// Which orders to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Only this customer's.
    pub customer_id: Option<CustomerId>,
    /// Only these.
    pub status: Option<OrderStatus>,
}

/// Questions about carts and orders.
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

/// Which subscriptions to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriptionFilter {
    /// Only this customer's.
    pub customer_id: Option<CustomerId>,
    /// Only these.
    pub status: Option<SubscriptionStatus>,
}

/// Questions about subscriptions.
#[async_trait]
pub trait SubscriptionRepository: Send + Sync {
    /// One subscription.
    async fn subscription(&self, id: SubscriptionId) -> Answer<Option<Versioned<Subscription>>>;
    /// Subscriptions.
    async fn subscriptions(
        &self,
        filter: &SubscriptionFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Subscription>>>;
    /// The subscriptions that lines of this invoice pay for, by id.
    async fn subscriptions_of_invoice(&self, id: InvoiceId)
    -> Answer<Vec<Versioned<Subscription>>>;
    /// Subscriptions that are trialing, active, past due or suspended and whose `next_renewal_at`
    /// has come, earliest first, after the `(next_renewal_at, id)` given; at most `limit`.
    async fn subscriptions_to_renew(
        &self,
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, SubscriptionId)>,
        limit: u32,
    ) -> Answer<Due<Subscription, SubscriptionId>>;
    /// Subscriptions not ended whose `cancel_at` has come, earliest first, after the
    /// `(cancel_at, id)` given; at most `limit`.
    async fn subscriptions_to_cancel(
        &self,
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, SubscriptionId)>,
        limit: u32,
    ) -> Answer<Due<Subscription, SubscriptionId>>;
    /// Subscriptions suspended or cancelled whose `terminate_at` has come, earliest first, after the
    /// `(terminate_at, id)` given; at most `limit`.
    async fn subscriptions_to_terminate(
        &self,
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, SubscriptionId)>,
        limit: u32,
    ) -> Answer<Due<Subscription, SubscriptionId>>;
    /// A subscription's billed periods, newest first; at most 1000.
    async fn cycles_of(&self, id: SubscriptionId) -> Answer<Vec<Versioned<Cycle>>>;
    /// The billed periods that this invoice is for.
    async fn cycles_of_invoice(&self, id: InvoiceId) -> Answer<Vec<Versioned<Cycle>>>;
}

/// Questions about servers and accounts.
#[async_trait]
pub trait ProvisioningRepository: Send + Sync {
    /// One server.
    async fn server(&self, id: ServerId) -> Answer<Option<Versioned<Server>>>;
    /// Servers that are not deleted, by name; at most 1000.
    async fn servers(&self) -> Answer<Vec<Versioned<Server>>>;
    /// How many live accounts each server of a group holds, for the servers that are active and not
    /// deleted.
    async fn group_load(&self, server_group: &str) -> Answer<Vec<(Versioned<Server>, i64)>>;
    /// One account.
    async fn panel_account(&self, id: PanelAccountId) -> Answer<Option<Versioned<PanelAccount>>>;
    /// A subscription's account.
    async fn account_of(&self, id: SubscriptionId) -> Answer<Option<Versioned<PanelAccount>>>;
    /// A server's accounts.
    async fn accounts_on(
        &self,
        id: ServerId,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<PanelAccount>>>;
}

/// Questions about settings.
#[async_trait]
pub trait SettingsRepository: Send + Sync {
    /// One setting.
    async fn setting(&self, key: &str) -> Answer<Option<Versioned<Setting>>>;

    /// The shop's settings: the stored document under `shop`, or the defaults.
    async fn shop(&self) -> Answer<ShopSettings> {
        document(self.setting("shop").await?)
    }

    /// When this installation ran: the stored document under `heartbeat`, or nothing.
    async fn heartbeat(&self) -> Answer<Heartbeat> {
        document(self.setting("heartbeat").await?)
    }
}

fn document<T: Default + serde::de::DeserializeOwned>(
    stored: Option<Versioned<Setting>>,
) -> Answer<T> {
    let Some(stored) = stored else { return Ok(T::default()) };
    serde_json::from_value(stored.value.value).map_err(|error| StoreError::Corrupt {
        table: "settings",
        column: "value",
        text: error.to_string(),
    })
}

/// Questions about the journal.
#[async_trait]
pub trait AuditRepository: Send + Sync {
    /// Facts after position `after` in the order the database gave them, at most `limit`, each with
    /// its position. This is the outbox: a listener stores the last position it has dealt with.
    async fn events_after(&self, after: i64, limit: u32) -> Answer<Rows<(i64, Event), i64>>;
    /// Facts about one subject, newest first, by position.
    async fn events_of(&self, subject: &Subject, page: &PageRequest) -> Answer<Page<(i64, Event)>>;
}

/// Questions about the webhook inbox.
#[async_trait]
pub trait WebhookRepository: Send + Sync {
    /// One message.
    async fn webhook_event(&self, id: WebhookEventId) -> Answer<Option<Versioned<WebhookEvent>>>;
    /// Messages.
    async fn webhook_events(&self, page: &PageRequest) -> Answer<Page<Versioned<WebhookEvent>>>;
}

/// Questions about kept answers.
#[async_trait]
pub trait IdempotencyRepository: Send + Sync {
    /// The answer kept for that principal under that name.
    async fn kept_answer(
        &self,
        principal: &str,
        name: &str,
    ) -> Answer<Option<Versioned<KeptAnswer>>>;
}

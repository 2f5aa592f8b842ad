//! A flawed store answers questions as the sound one does, unless its flaw is in the answers.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::{BillingCycle, Currency, Email, Page, PageRequest, Slug, Versioned},
    model::{access::TokenHash, *},
    port::{
        StoreError,
        store::{read::*, *},
    },
};

use super::{Flaw, Flawed};

/// An answer that a flaw may spoil.
trait Answered: Sized {
    fn spoilt(self, _flaw: Flaw) -> Self {
        self
    }
}

impl<T> Answered for Page<T> {
    fn spoilt(mut self, flaw: Flaw) -> Self {
        if flaw == Flaw::StopsAfterOnePage {
            self.next = None;
        }
        self
    }
}
impl<T> Answered for Vec<T> {}
impl<T, P> Answered for Rows<T, P> {}
impl<T> Answered for Option<T> {}
impl Answered for bool {}
impl Answered for i64 {}

macro_rules! passed_on {
    ($($question:ident {
        $($name:ident($($given:ident: $kind:ty),*) -> $answer:ty;)+
    })+) => {$(
        #[async_trait]
        impl $question for Flawed {
            $(async fn $name(&self, $($given: $kind),*) -> Result<$answer, StoreError> {
                self.sound.$name($($given),*).await.map(|it| it.spoilt(self.flaw))
            })+
        }
    )+};
}

passed_on! {
    AccessRepository {
        user(id: UserId) -> Option<Versioned<User>>;
        user_by_email(email: &Email) -> Option<Versioned<User>>;
        users(filter: &UserFilter, page: &PageRequest) -> Page<Versioned<User>>;
        session_by_token(hash: &TokenHash) -> Option<Versioned<Session>>;
        live_sessions(user_id: UserId, now: DateTime<Utc>) -> Vec<Versioned<Session>>;
        api_key(id: ApiKeyId) -> Option<Versioned<ApiKey>>;
        api_keys(user_id: UserId) -> Vec<Versioned<ApiKey>>;
        one_time_token(hash: &TokenHash) -> Option<Versioned<OneTimeToken>>;
    }
    CustomerRepository {
        customer(id: CustomerId) -> Option<Versioned<Customer>>;
        customers_by_id(ids: &[CustomerId]) -> Rows<Versioned<Customer>>;
        customers(filter: &CustomerFilter, page: &PageRequest) -> Page<Versioned<Customer>>;
    }
    CatalogRepository {
        product(id: ProductId) -> Option<Versioned<Product>>;
        product_by_slug(slug: &Slug) -> Option<Versioned<Product>>;
        products() -> Rows<Versioned<Product>>;
        plan(id: PlanId) -> Option<Versioned<Plan>>;
        plan_by_slug(slug: &Slug) -> Option<Versioned<Plan>>;
        plans(product_id: ProductId) -> Vec<Versioned<Plan>>;
        plan_price(id: PlanPriceId) -> Option<Versioned<PlanPrice>>;
        plan_prices(plan_id: PlanId) -> Vec<Versioned<PlanPrice>>;
        price_at(
            plan_id: PlanId,
            cycle: BillingCycle,
            currency: Currency,
            at: DateTime<Utc>
        ) -> Option<Versioned<PlanPrice>>;
    }
    PromoRepository {
        coupon(id: CouponId) -> Option<Versioned<Coupon>>;
        coupon_by_code(code: &str) -> Option<Versioned<Coupon>>;
        coupons(page: &PageRequest) -> Page<Versioned<Coupon>>;
        coupon_use(order_id: OrderId) -> Option<Versioned<CouponUse>>;
        counter(name: &str) -> i64;
    }
    TaxRepository {
        tax_rule(id: TaxRuleId) -> Option<Versioned<TaxRule>>;
        tax_rules() -> Vec<Versioned<TaxRule>>;
    }
    OrderRepository {
        cart(id: CartId) -> Option<Versioned<Cart>>;
        order(id: OrderId) -> Option<Versioned<Order>>;
        order_of_cart(id: CartId) -> Option<Versioned<Order>>;
        orders(filter: &OrderFilter, page: &PageRequest) -> Page<Versioned<Order>>;
        stale_orders(
            before: DateTime<Utc>,
            after: Option<OrderId>,
            limit: u32
        ) -> Rows<Versioned<Order>, OrderId>;
        has_paid_order(customer_id: CustomerId) -> bool;
    }
    BillingRepository {
        invoice(id: InvoiceId) -> Option<Versioned<Invoice>>;
        invoices(filter: &InvoiceFilter, page: &PageRequest) -> Page<Versioned<Invoice>>;
        invoice_items(id: InvoiceId) -> Vec<InvoiceItem>;
        invoices_to_dun(
            now: DateTime<Utc>,
            after: Option<(DateTime<Utc>, InvoiceId)>,
            limit: u32
        ) -> Due<Invoice, InvoiceId>;
        payment(id: PaymentId) -> Option<Versioned<Payment>>;
        payment_by_reference(gateway: &str, reference: &str) -> Option<Versioned<Payment>>;
        payments_of(id: InvoiceId) -> Vec<Versioned<Payment>>;
        unapplied_payments(id: CustomerId) -> Vec<Versioned<Payment>>;
        payments(filter: &PaymentFilter, page: &PageRequest) -> Page<Versioned<Payment>>;
        payments_to_ask(now: DateTime<Utc>, limit: u32) -> Due<Payment, PaymentId>;
        refund(id: RefundId) -> Option<Versioned<Refund>>;
        refunds_of(id: PaymentId) -> Vec<Versioned<Refund>>;
    }
    SubscriptionRepository {
        subscription(id: SubscriptionId) -> Option<Versioned<Subscription>>;
        subscriptions(
            filter: &SubscriptionFilter,
            page: &PageRequest
        ) -> Page<Versioned<Subscription>>;
        subscriptions_of_invoice(id: InvoiceId) -> Vec<Versioned<Subscription>>;
        subscriptions_to_make(after: Option<SubscriptionId>, limit: u32)
            -> Rows<Versioned<Subscription>, SubscriptionId>;
        subscriptions_to_renew(
            now: DateTime<Utc>,
            after: Option<(DateTime<Utc>, SubscriptionId)>,
            limit: u32
        ) -> Due<Subscription, SubscriptionId>;
        subscriptions_to_cancel(
            now: DateTime<Utc>,
            after: Option<(DateTime<Utc>, SubscriptionId)>,
            limit: u32
        ) -> Due<Subscription, SubscriptionId>;
        subscriptions_to_terminate(
            now: DateTime<Utc>,
            after: Option<(DateTime<Utc>, SubscriptionId)>,
            limit: u32
        ) -> Due<Subscription, SubscriptionId>;
        cycles_of(id: SubscriptionId) -> Vec<Versioned<Cycle>>;
        cycles_of_invoice(id: InvoiceId) -> Vec<Versioned<Cycle>>;
    }
    ProvisioningRepository {
        server(id: ServerId) -> Option<Versioned<Server>>;
        servers() -> Rows<Versioned<Server>>;
        every_server(page: &PageRequest) -> Page<Versioned<Server>>;
        group_load(server_group: &str) -> Rows<(Versioned<Server>, i64)>;
        panel_account(id: PanelAccountId) -> Option<Versioned<PanelAccount>>;
        account_of(id: SubscriptionId) -> Option<Versioned<PanelAccount>>;
        every_account(page: &PageRequest) -> Page<Versioned<PanelAccount>>;
        accounts_on(id: ServerId, page: &PageRequest) -> Page<Versioned<PanelAccount>>;
    }
    SettingsRepository {
        setting(key: &str) -> Option<Versioned<Setting>>;
        settings_in(folder: &str) -> Rows<Versioned<Setting>>;
    }
    AuditRepository {
        events_after(after: i64, limit: u32) -> Rows<(i64, Event), i64>;
        count_after(after: i64, at_most: u32) -> i64;
        events_of(subject: &Subject, page: &PageRequest) -> Page<(i64, Event)>;
    }
    WebhookRepository {
        webhook_event(id: WebhookEventId) -> Option<Versioned<WebhookEvent>>;
        webhook_events(page: &PageRequest) -> Page<Versioned<WebhookEvent>>;
    }
    IdempotencyRepository {
        kept_answer(principal: &str, name: &str) -> Option<Versioned<KeptAnswer>>;
    }
    TaskRepository {
        task(id: TaskId) -> Option<Task>;
        tasks(filter: &TaskFilter, page: &PageRequest) -> Page<Task>;
        task_counts() -> Vec<(TaskStatus, i64)>;
        next_due(lane: Option<Lane>) -> Option<DateTime<Utc>>;
    }
}

//! Passing questions on, for a store that stands in front of another.

/// Answers every question of every repository by asking `self.inner`, an `Arc<dyn Store>`.
///
/// What such a store is there for — [`Store`](crate::port::store::Store) itself, which writes and claims —
/// it implements by hand, or all but commits by [`stand_before_commits`](crate::stand_before_commits). The calling crate depends on `async-trait` and `chrono`.
#[macro_export]
macro_rules! pass_questions_on {
    ($front:ident) => {
        const _: () = {
            #[allow(clippy::wildcard_imports, reason = "all repositories, and what they are asked about")]
            use $crate::{
                kernel::*,
                model::{access::TokenHash, *},
                port::store::{read::Due, *},
            };
            use ::chrono::{DateTime, Utc};

            type Found<T> = Option<Versioned<T>>;
            type Many<T> = Vec<Versioned<T>>;
            type Paged<T> = Page<Versioned<T>>;
            type After<T> = Option<(DateTime<Utc>, T)>;

            $crate::__pass_on! { $front
                AccessRepository {
                    fn user(id: UserId) -> Found<User>;
                    fn user_by_email(email: &Email) -> Found<User>;
                    fn users(filter: &UserFilter, page: &PageRequest) -> Paged<User>;
                    fn session_by_token(hash: &TokenHash) -> Found<Session>;
                    fn live_sessions(user_id: UserId, now: DateTime<Utc>) -> Many<Session>;
                    fn api_key(id: ApiKeyId) -> Found<ApiKey>;
                    fn api_keys(user_id: UserId) -> Many<ApiKey>;
                    fn one_time_token(hash: &TokenHash) -> Found<OneTimeToken>;
                }
                CustomerRepository {
                    fn customer(id: CustomerId) -> Found<Customer>;
                    fn customers_by_id(ids: &[CustomerId]) -> Rows<Versioned<Customer>>;
                    fn customers(filter: &CustomerFilter, page: &PageRequest) -> Paged<Customer>;
                }
                CatalogRepository {
                    fn product(id: ProductId) -> Found<Product>;
                    fn product_by_slug(slug: &Slug) -> Found<Product>;
                    fn products() -> Rows<Versioned<Product>>;
                    fn plan(id: PlanId) -> Found<Plan>;
                    fn plan_by_slug(slug: &Slug) -> Found<Plan>;
                    fn plans(product_id: ProductId) -> Many<Plan>;
                    fn plan_price(id: PlanPriceId) -> Found<PlanPrice>;
                    fn plan_prices(plan_id: PlanId) -> Many<PlanPrice>;
                    fn price_at(plan_id: PlanId, cycle: BillingCycle, currency: Currency, at: DateTime<Utc>) -> Found<PlanPrice>;
                }
                PromoRepository {
                    fn coupon(id: CouponId) -> Found<Coupon>;
                    fn coupon_by_code(code: &str) -> Found<Coupon>;
                    fn coupons(page: &PageRequest) -> Paged<Coupon>;
                    fn coupon_use(order_id: OrderId) -> Found<CouponUse>;
                    fn counter(name: &str) -> i64;
                }
                TaxRepository {
                    fn tax_rule(id: TaxRuleId) -> Found<TaxRule>;
                    fn tax_rules() -> Many<TaxRule>;
                }
                OrderRepository {
                    fn cart(id: CartId) -> Found<Cart>;
                    fn order(id: OrderId) -> Found<Order>;
                    fn order_of_cart(id: CartId) -> Found<Order>;
                    fn orders(filter: &OrderFilter, page: &PageRequest) -> Paged<Order>;
                    fn stale_orders(before: DateTime<Utc>, after: Option<OrderId>, limit: u32) -> Rows<Versioned<Order>, OrderId>;
                    fn has_paid_order(customer_id: CustomerId) -> bool;
                }
                BillingRepository {
                    fn invoice(id: InvoiceId) -> Found<Invoice>;
                    fn invoices(filter: &InvoiceFilter, page: &PageRequest) -> Paged<Invoice>;
                    fn invoice_items(id: InvoiceId) -> Vec<InvoiceItem>;
                    fn invoices_to_dun(now: DateTime<Utc>, after: After<InvoiceId>, limit: u32) -> Due<Invoice, InvoiceId>;
                    fn payment(id: PaymentId) -> Found<Payment>;
                    fn payment_by_reference(gateway: &str, reference: &str) -> Found<Payment>;
                    fn payments_of(id: InvoiceId) -> Many<Payment>;
                    fn payments(filter: &PaymentFilter, page: &PageRequest) -> Paged<Payment>;
                    fn unapplied_payments(id: CustomerId) -> Many<Payment>;
                    fn payments_to_ask(now: DateTime<Utc>, limit: u32) -> Due<Payment, PaymentId>;
                    fn refund(id: RefundId) -> Found<Refund>;
                    fn refunds_of(id: PaymentId) -> Many<Refund>;
                }
                SubscriptionRepository {
                    fn subscription(id: SubscriptionId) -> Found<Subscription>;
                    fn subscriptions(filter: &SubscriptionFilter, page: &PageRequest) -> Paged<Subscription>;
                    fn subscriptions_of_invoice(id: InvoiceId) -> Many<Subscription>;
                    fn subscriptions_to_make(after: Option<SubscriptionId>, limit: u32) -> Rows<Versioned<Subscription>, SubscriptionId>;
                    fn subscriptions_to_renew(now: DateTime<Utc>, after: After<SubscriptionId>, limit: u32) -> Due<Subscription, SubscriptionId>;
                    fn subscriptions_to_cancel(now: DateTime<Utc>, after: After<SubscriptionId>, limit: u32) -> Due<Subscription, SubscriptionId>;
                    fn subscriptions_to_terminate(now: DateTime<Utc>, after: After<SubscriptionId>, limit: u32) -> Due<Subscription, SubscriptionId>;
                    fn cycles_of(id: SubscriptionId) -> Many<Cycle>;
                    fn cycles_of_invoice(id: InvoiceId) -> Many<Cycle>;
                }
                ProvisioningRepository {
                    fn server(id: ServerId) -> Found<Server>;
                    fn servers() -> Rows<Versioned<Server>>;
                    fn every_server(page: &PageRequest) -> Paged<Server>;
                    fn group_load(server_group: &str) -> Rows<(Versioned<Server>, i64)>;
                    fn panel_account(id: PanelAccountId) -> Found<PanelAccount>;
                    fn account_of(id: SubscriptionId) -> Found<PanelAccount>;
                    fn every_account(page: &PageRequest) -> Paged<PanelAccount>;
                    fn accounts_on(id: ServerId, page: &PageRequest) -> Paged<PanelAccount>;
                }
                SettingsRepository {
                    fn setting(key: &str) -> Found<Setting>;
                    fn settings_in(folder: &str) -> Rows<Versioned<Setting>>;
                }
                AuditRepository {
                    fn events_after(after: i64, limit: u32) -> Rows<(i64, Event), i64>;
                    fn count_after(after: i64, at_most: u32) -> i64;
                    fn events_of(subject: &Subject, page: &PageRequest) -> Page<(i64, Event)>;
                }
                WebhookRepository {
                    fn webhook_event(id: WebhookEventId) -> Found<WebhookEvent>;
                    fn webhook_events(page: &PageRequest) -> Paged<WebhookEvent>;
                }
                IdempotencyRepository {
                    fn kept_answer(principal: &str, name: &str) -> Found<KeptAnswer>;
                }
                TaskRepository {
                    fn task(id: TaskId) -> Option<Task>;
                    fn tasks(filter: &TaskFilter, page: &PageRequest) -> Page<Task>;
                    fn task_counts() -> Vec<(TaskStatus, i64)>;
                    fn next_due(lane: Option<Lane>) -> Option<DateTime<Utc>>;
                }
            }
        };
    };
}

/// Passes everything on to `self.inner`, an `Arc<dyn Store>`, but commits: those go to the front's own
/// `async fn before_commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError>`.
///
/// The calling crate depends on `async-trait` and `chrono`.
#[macro_export]
macro_rules! stand_before_commits {
    ($front:ident) => {
        $crate::pass_questions_on!($front);

        #[::async_trait::async_trait]
        impl $crate::port::Store for $front {
            async fn commit(
                &self,
                changes: $crate::change::ChangeSet,
            ) -> Result<$crate::change::Receipt, $crate::port::StoreError> {
                self.before_commit(changes).await
            }
            async fn claim(
                &self,
                claim: $crate::port::store::Claim,
            ) -> Result<$crate::port::store::Claimed, $crate::port::StoreError> {
                self.inner.claim(claim).await
            }
            async fn purge(
                &self,
                now: ::chrono::DateTime<::chrono::Utc>,
                limit: u32,
            ) -> Result<u64, $crate::port::StoreError> {
                self.inner.purge(now, limit).await
            }
            async fn purge_done(
                &self,
                done: &$crate::port::store::DoneBefore,
                limit: u32,
            ) -> Result<u64, $crate::port::StoreError> {
                self.inner.purge_done(done, limit).await
            }
            async fn ping(&self) -> Result<(), $crate::port::StoreError> {
                self.inner.ping().await
            }
        }
    };
}

/// One `impl` a repository.
#[doc(hidden)]
#[macro_export]
macro_rules! __pass_on {
    ($front:ident $($port:ident { $(fn $method:ident($($arg:ident: $ty:ty),*) -> $answer:ty;)+ })+) => {$(
        #[::async_trait::async_trait]
        impl $port for $front {$(
            async fn $method(&self $(, $arg: $ty)*) -> Result<$answer, StoreError> {
                self.inner.$method($($arg),*).await
            }
        )+}
    )+};
}

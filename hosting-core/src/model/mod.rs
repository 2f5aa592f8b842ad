//! The nouns: what a hosting company keeps records of.
//!
//! Plain values, grouped by business context. Nouns know each other by id, never by reference, and
//! decide nothing; the verbs are in [`decide`](crate::decide).

pub mod access;
pub mod audit;
pub mod billing;
pub mod catalog;
pub mod charge;
pub mod customer;
mod demand;
pub mod idempotency;
pub mod noun;
pub mod order;
pub mod promo;
pub mod provisioning;
pub mod refund;
pub mod sealing;
pub mod settings;
pub mod subscription;
pub mod task;
pub mod tax;
pub mod webhook;

pub use access::{
    ApiKey, ApiKeyId, OneTimeToken, OneTimeTokenId, Permission, Role, Session, SessionId,
    TokenPurpose, User, UserId, UserStatus,
};
pub use audit::{Actor, DomainEvent, Event, EventId, Listening, Subject};
pub use billing::{
    ConfirmedBy, Invoice, InvoiceId, InvoiceItem, InvoiceItemId, InvoiceStatus, LineKind, Party,
    Payment, PaymentId, PaymentStatus, TaxSummary,
};
pub use catalog::{
    Feature, Plan, PlanId, PlanPrice, PlanPriceId, Product, ProductId, ProductStatus,
};
pub use charge::{Charge, ChargeStatus, Instructions};
pub use customer::{Address, Customer, CustomerId, CustomerKind, CustomerStatus};
pub use idempotency::{KeptAnswer, KeptAnswerId, KeptAnswerStatus};
pub use noun::Noun;
pub use order::{Cart, CartId, CartItem, CartStatus, Order, OrderId, OrderStatus};
pub use promo::{
    AppliesTo, Coupon, CouponId, CouponStatus, CouponUse, CouponUseId, CouponUseStatus, Discount,
    RecurringDiscount,
};
pub use provisioning::{
    AccountStatus, PanelAccount, PanelAccountId, Server, ServerId, ServerStatus, Usage,
};
pub use refund::{AfterRefund, Refund, RefundId, RefundStatus, RefundWay};
pub use settings::{BillingPolicy, Heartbeat, Keeping, Outage, Setting, SettingId, ShopSettings};
pub use subscription::{
    Cycle, CycleId, CycleStatus, ProvisioningStatus, Subscription, SubscriptionId,
    SubscriptionStatus,
};
pub use task::{
    Job, Lane, Lease, LinkCause, MailKind, Place, RunKind, Task, TaskAction, TaskId, TaskStatus,
};
pub use tax::{TaxMode, TaxRule, TaxRuleId};
pub use webhook::{WebhookEvent, WebhookEventId, WebhookStatus};

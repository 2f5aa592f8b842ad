//! A service as its customer sees it.

use chrono::{DateTime, NaiveDate, Utc};
use hosting_core::model::{PanelAccount, Subscription, Usage};
use serde::Serialize;
use utoipa::ToSchema;

use crate::view::{Language, MoneyView};

/// A service without its account.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SubscriptionSummary {
    /// The service.
    id: String,
    /// What invoices call it.
    description: String,
    /// The main domain of the account.
    domain: String,
    /// `pending`, `trialing`, `active`, `past_due`, `suspended`, `cancelled` or `terminated`.
    status: &'static str,
    /// How far the making of the account is: `pending`, `in_progress`, `done` or `failed`.
    provisioning_status: &'static str,
    /// The order it came from.
    order_id: String,
    /// The product.
    product_id: String,
    /// The plan.
    plan_id: String,
    /// How often it is billed.
    cycle: String,
    /// How many.
    quantity: i64,
    /// Each cycle, for one, without coupons.
    price: MoneyView,
    /// First day that is not paid for.
    paid_until: Option<String>,
    /// When the next period is billed.
    next_renewal_at: Option<DateTime<Utc>>,
    /// When it ends by your wish, or ended.
    cancel_at: Option<DateTime<Utc>>,
    /// When it was switched off.
    suspended_at: Option<DateTime<Utc>>,
    /// When the account is removed for good.
    terminate_at: Option<DateTime<Utc>>,
    /// When it was ordered.
    created_at: DateTime<Utc>,
}

impl SubscriptionSummary {
    pub(super) fn new(it: &Subscription, language: Language) -> Self {
        let day = |it: NaiveDate| it.to_string();
        Self {
            id: it.id.to_string(),
            description: it.description.clone(),
            domain: it.domain.to_string(),
            status: it.status.as_str(),
            provisioning_status: it.provisioning_status.as_str(),
            order_id: it.order_id.to_string(),
            product_id: it.product_id.to_string(),
            plan_id: it.plan_id.to_string(),
            cycle: it.cycle.to_string(),
            quantity: it.quantity,
            price: MoneyView::new(it.price, language),
            paid_until: it.paid_until.map(day),
            next_renewal_at: it.next_renewal_at,
            cancel_at: it.cancel_at,
            suspended_at: it.suspended_at,
            terminate_at: it.terminate_at,
            created_at: it.created_at,
        }
    }
}

/// What an account uses, in bytes. Absent where the panel does not say or does not limit.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the unit belongs to each name")]
pub(super) struct UsageView {
    /// Disk in use.
    disk_bytes: Option<i64>,
    /// Disk allowed.
    disk_limit_bytes: Option<i64>,
    /// Traffic this calendar month.
    traffic_bytes: Option<i64>,
    /// Traffic allowed a month.
    traffic_limit_bytes: Option<i64>,
}

impl From<Usage> for UsageView {
    fn from(it: Usage) -> Self {
        Self {
            disk_bytes: it.disk_bytes,
            disk_limit_bytes: it.disk_limit_bytes,
            traffic_bytes: it.traffic_bytes,
            traffic_limit_bytes: it.traffic_limit_bytes,
        }
    }
}

/// The account on a panel. Its password is never shown; ask for a new one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccountView {
    /// Its name on the panel.
    username: String,
    /// Host name of the panel.
    server: Option<String>,
    /// `pending`, `active`, `suspended` or `terminated`.
    status: &'static str,
    /// What it used when it was last looked at.
    usage: UsageView,
    /// When it was last looked at.
    synced_at: Option<DateTime<Utc>>,
}

impl AccountView {
    pub(super) fn new(it: &PanelAccount, server: Option<String>) -> Self {
        Self {
            username: it.username.clone(),
            server,
            status: it.status.as_str(),
            usage: UsageView::from(it.usage),
            synced_at: it.synced_at,
        }
    }
}

/// A service with its account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubscriptionDetails {
    #[serde(flatten)]
    summary: SubscriptionSummary,
    /// Why it ends or ended, in the words of whoever ended it.
    cancel_reason: Option<String>,
    /// What a coupon still does for it.
    coupon: Option<String>,
    /// Its account, once there is one.
    account: Option<AccountView>,
}

impl SubscriptionDetails {
    pub(super) fn new(it: &Subscription, account: Option<AccountView>, language: Language) -> Self {
        Self {
            summary: SubscriptionSummary::new(it, language),
            cancel_reason: it.cancel_reason.clone(),
            coupon: it.discount.as_ref().map(|it| it.code.clone()),
            account,
        }
    }
}

//! The shop's settings: one document, read and replaced as a whole.

use axum::{extract::State, http::HeaderMap};
use hosting_core::{
    kernel::{CountryCode, Currency, SellerZone, Versioned},
    model::{Address, BillingPolicy, Keeping, Party, Permission as P, ShopSettings},
    service::configuration,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::save::{Seen, Tagged, tagged};
use crate::{
    auth::Principal,
    http::{Access, ApiJson, ApiRoutes, Fields, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::SettingsView), routes!(show_settings))
        .route(Access::Needs(P::SettingsManage), routes!(replace_settings))
}

/// The seller's postal address.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SellerAddress {
    /// Street and number.
    line1: String,
    /// Building, floor, neighbourhood.
    line2: Option<String>,
    /// Town.
    city: String,
    /// Province or state.
    region: Option<String>,
    /// Postal code.
    postcode: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "ID")]
    country: String,
}

/// Who sells, as printed on invoices.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SellerParty {
    /// Full name or company.
    #[schema(min_length = 1, max_length = 160)]
    name: String,
    /// Contact at the company.
    attention: Option<String>,
    /// Postal address.
    address: SellerAddress,
    /// Tax number.
    tax_id: Option<String>,
    /// Mail address.
    #[schema(format = Email)]
    email: String,
}

/// When invoices go out, and what happens when they are not paid. Days are calendar days of the
/// seller's time zone.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShopBilling {
    /// How many days before a period begins its invoice goes out.
    #[schema(minimum = 0, maximum = 60)]
    renewal_lead_days: u32,
    /// How many days a new order has to be paid.
    #[schema(minimum = 1, maximum = 90)]
    order_due_days: u32,
    /// How long an offer to pay is open, hours.
    #[schema(minimum = 1, maximum = 168)]
    payment_window_hours: u32,
    /// Reminders, in days from the due date: negative is before it. Ascending.
    #[schema(max_items = 20)]
    reminder_days: Vec<i32>,
    /// Days after the due date before anything is switched off.
    #[schema(minimum = 0, maximum = 365)]
    grace_days: u32,
    /// Days between switching off for non-payment and removing the account.
    #[schema(minimum = 1, maximum = 3650)]
    retention_days: u32,
    /// Days between a cancellation's effect and removing the account.
    #[schema(minimum = 0, maximum = 3650)]
    cancelled_retention_days: u32,
    /// Days after which an order left unpaid is cancelled.
    #[schema(minimum = 1, maximum = 365)]
    abandon_after_days: u32,
    /// How many services may be suspended in one day before a human is asked.
    #[schema(maximum = 1_000_000)]
    max_suspensions_per_day: u32,
    /// How many accounts may be removed in one day before a human is asked.
    #[schema(maximum = 1_000_000)]
    max_terminations_per_day: u32,
    /// Whether a period is billed although an earlier one is still unpaid.
    continuous_invoices: bool,
}

/// How long work that is done is kept.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShopKeeping {
    /// Days for which a task that succeeded is kept.
    #[schema(minimum = 1, maximum = 3650)]
    succeeded_task_days: u32,
    /// Days for which a gateway's message that was dealt with is kept.
    #[schema(minimum = 30, maximum = 3650)]
    processed_webhook_days: u32,
}

impl From<Keeping> for ShopKeeping {
    fn from(it: Keeping) -> Self {
        Self {
            succeeded_task_days: it.succeeded_task_days,
            processed_webhook_days: it.processed_webhook_days,
        }
    }
}

impl From<ShopKeeping> for Keeping {
    fn from(it: ShopKeeping) -> Self {
        Self {
            succeeded_task_days: it.succeeded_task_days,
            processed_webhook_days: it.processed_webhook_days,
        }
    }
}

/// The shop's settings.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffSettings {
    /// Send it back with a change; 0 when nothing was stored yet.
    version: i64,
    /// Who sells.
    seller: SellerParty,
    /// Whose calendar counts; an IANA name.
    #[schema(example = "Asia/Jakarta")]
    zone: String,
    /// What prices are shown in first.
    #[schema(example = "IDR")]
    currency: String,
    /// The pattern of invoice numbers.
    #[schema(example = "INV/{yyyy}/{seq:5}")]
    invoice_number: String,
    /// When invoices go out, and what happens when they are not paid.
    billing: ShopBilling,
    /// How long work that is done is kept.
    keeping: ShopKeeping,
}

fn answer(shop: &Versioned<ShopSettings>) -> Tagged<StaffSettings> {
    let (seller, policy) = (&shop.seller, &shop.billing);
    let view = StaffSettings {
        version: shop.version,
        seller: SellerParty {
            name: seller.name.clone(),
            attention: seller.attention.clone(),
            address: SellerAddress {
                line1: seller.address.line1.clone(),
                line2: seller.address.line2.clone(),
                city: seller.address.city.clone(),
                region: seller.address.region.clone(),
                postcode: seller.address.postcode.clone(),
                country: seller.address.country.to_string(),
            },
            tax_id: seller.tax_id.clone(),
            email: seller.email.clone(),
        },
        zone: shop.zone.to_string(),
        currency: shop.currency.to_string(),
        invoice_number: shop.invoice_number.clone(),
        billing: ShopBilling {
            renewal_lead_days: policy.renewal_lead_days,
            order_due_days: policy.order_due_days,
            payment_window_hours: policy.payment_window_hours,
            reminder_days: policy.reminder_days.clone(),
            grace_days: policy.grace_days,
            retention_days: policy.retention_days,
            cancelled_retention_days: policy.cancelled_retention_days,
            abandon_after_days: policy.abandon_after_days,
            max_suspensions_per_day: policy.max_suspensions_per_day,
            max_terminations_per_day: policy.max_terminations_per_day,
            continuous_invoices: policy.continuous_invoices,
        },
        keeping: shop.keeping.into(),
    };
    tagged(shop.version, view)
}

/// The shop's settings.
#[utoipa::path(get, path = "/api/v1/admin/settings", tag = "admin: settings",
    responses((status = 200, description = "The settings", body = StaffSettings)))]
async fn show_settings(State(app): State<AppState>) -> Result<Tagged<StaffSettings>, Problem> {
    let store = &app.ports().store;
    // Version first: should somebody save between the two, the version is too old, never too new.
    let version = store.setting("shop").await?.map_or(0, |it| it.version);
    Ok(answer(&Versioned::new(store.shop().await?, version)))
}

/// The settings as they shall be, all of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceSettings {
    /// The version you saw, unless `If-Match` says it.
    #[schema(minimum = 0)]
    version: Option<i64>,
    /// Who sells.
    seller: SellerParty,
    /// Whose calendar counts; an IANA name.
    #[schema(example = "Asia/Jakarta")]
    zone: String,
    /// What prices are shown in first.
    #[schema(example = "IDR")]
    currency: String,
    /// The pattern of invoice numbers: `{seq:N}` once, `{yyyy}`, `{mm}`, letters, digits and `/-._`.
    #[schema(example = "INV/{yyyy}/{seq:5}", max_length = 40)]
    invoice_number: String,
    /// When invoices go out, and what happens when they are not paid.
    billing: ShopBilling,
    /// How long work that is done is kept; the defaults when it is left out.
    keeping: Option<ShopKeeping>,
}

fn policy(billing: ShopBilling) -> BillingPolicy {
    BillingPolicy {
        renewal_lead_days: billing.renewal_lead_days,
        order_due_days: billing.order_due_days,
        payment_window_hours: billing.payment_window_hours,
        reminder_days: billing.reminder_days,
        grace_days: billing.grace_days,
        retention_days: billing.retention_days,
        cancelled_retention_days: billing.cancelled_retention_days,
        abandon_after_days: billing.abandon_after_days,
        max_suspensions_per_day: billing.max_suspensions_per_day,
        max_terminations_per_day: billing.max_terminations_per_day,
        continuous_invoices: billing.continuous_invoices,
    }
}

fn wish(body: ReplaceSettings) -> Result<ShopSettings, Problem> {
    let mut fields = Fields::default();
    let address = body.seller.address;
    let country = fields.parse::<CountryCode>("/seller/address/country", &address.country);
    let zone = fields.parse::<SellerZone>("/zone", &body.zone);
    let currency = fields.parse::<Currency>("/currency", &body.currency);
    fields.finish()?;
    let (Some(country), Some(zone), Some(currency)) = (country, zone, currency) else {
        return Err(Problem::internal());
    };
    Ok(ShopSettings {
        seller: Party {
            name: body.seller.name,
            attention: body.seller.attention,
            address: Address {
                line1: address.line1,
                line2: address.line2,
                city: address.city,
                region: address.region,
                postcode: address.postcode,
                country,
            },
            tax_id: body.seller.tax_id,
            email: body.seller.email,
        },
        zone,
        currency,
        invoice_number: body.invoice_number,
        billing: policy(body.billing),
        keeping: body.keeping.map(Keeping::from).unwrap_or_default(),
    })
}

/// Replace the shop's settings. Documents that were issued do not change.
#[utoipa::path(put, path = "/api/v1/admin/settings", tag = "admin: settings", request_body = ReplaceSettings,
    params(("If-Match" = Option<String>, Header, description = "The version you saw, in quotes")),
    responses((status = 200, description = "The settings", body = StaffSettings)))]
async fn replace_settings(
    State(app): State<AppState>,
    me: Principal,
    headers: HeaderMap,
    ApiJson(body): ApiJson<ReplaceSettings>,
) -> Result<Tagged<StaffSettings>, Problem> {
    let seen = Seen::new(&headers, body.version)?;
    let wish = wish(body)?;
    let done = configuration::change_shop(app.ports(), &me.actor(), seen.version, &wish).await;
    Ok(answer(&done.map_err(|it| seen.refused(it))?))
}

//! Versions of a plan's prices: listed and added, never edited.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use hosting_core::{
    decide::catalog::NewPrice,
    kernel::{BillingCycle, Currency},
    model::{Permission as P, PlanId, PlanPrice},
    service::catalog,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    page::{StaffMoney, StaffPage},
    save::refused,
};
use crate::{
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiRoutes, Fields, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::CatalogView), routes!(list_prices))
        .route(Access::Needs(P::CatalogManage), routes!(add_price))
}

/// One version of a price.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffPrice {
    /// This version.
    id: String,
    /// What it is the price of.
    plan_id: String,
    /// How often it is billed.
    cycle: String,
    /// For each cycle and unit of quantity.
    price: StaffMoney,
    /// Once, with the first invoice.
    setup_fee: StaffMoney,
    /// From when it can be bought.
    valid_from: DateTime<Utc>,
    /// Until when it can be bought (exclusive).
    valid_until: Option<DateTime<Utc>>,
    /// Whether it can be bought now.
    current: bool,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl StaffPrice {
    fn new(price: &PlanPrice, now: DateTime<Utc>) -> Self {
        Self {
            id: price.id.to_string(),
            plan_id: price.plan_id.to_string(),
            cycle: price.cycle.to_string(),
            price: price.price.into(),
            setup_fee: price.setup_fee.into(),
            valid_from: price.valid_from,
            valid_until: price.valid_until,
            current: price.is_valid_at(now),
            created_at: price.created_at,
        }
    }
}

/// All versions of a plan's prices, newest start first.
#[utoipa::path(get, path = "/api/v1/admin/plans/{id}/prices", tag = "admin: catalog",
    params(("id" = String, Path, description = "The plan")),
    responses((status = 200, description = "Versions; at most 1000", body = StaffPage<StaffPrice>)))]
async fn list_prices(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<PlanId>,
) -> Result<Json<StaffPage<StaffPrice>>, Problem> {
    let (store, now) = (&app.ports().store, app.ports().now());
    store.plan(id).await?.filter(|it| it.deleted_at.is_none()).ok_or_else(Problem::not_found)?;
    let prices = store.plan_prices(id).await?;
    Ok(Json(StaffPage::whole(prices.iter().map(|it| StaffPrice::new(it, now)).collect())))
}

/// A new version of a price.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPrice {
    /// How often it is billed: `monthly`, `quarterly`, `semiannually`, `annually`, `biennially`,
    /// `triennially`, or `<n>_days`, `<n>_months`.
    #[schema(example = "monthly")]
    cycle: String,
    /// ISO 4217.
    #[schema(example = "IDR")]
    currency: String,
    /// For each cycle and unit of quantity, in minor units of the currency.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, example = 150_000)]
    price_minor: i64,
    /// Once, with the first invoice, in minor units; 0 unless said.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    setup_fee_minor: i64,
    /// From when it can be bought; at once unless said, and not in the past.
    valid_from: Option<DateTime<Utc>>,
}

/// Add a version of a price. The version before it ends when this one begins; customers keep what
/// they bought.
#[utoipa::path(post, path = "/api/v1/admin/plans/{id}/prices", tag = "admin: catalog", request_body = AddPrice,
    params(("id" = String, Path, description = "The plan")),
    responses((status = 201, description = "The version", body = StaffPrice)))]
async fn add_price(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<PlanId>,
    ApiJson(body): ApiJson<AddPrice>,
) -> Result<(StatusCode, Json<StaffPrice>), Problem> {
    let mut fields = Fields::default();
    let cycle = fields.parse::<BillingCycle>("/cycle", &body.cycle);
    let currency = fields.parse::<Currency>("/currency", &body.currency);
    fields.finish()?;
    let (Some(cycle), Some(currency)) = (cycle, currency) else { return Err(Problem::internal()) };
    let wish = NewPrice {
        cycle,
        currency,
        price_minor: body.price_minor,
        setup_fee_minor: body.setup_fee_minor,
        valid_from: body.valid_from,
    };
    let added = catalog::add_price(app.ports(), &me.actor(), id, &wish).await.map_err(refused)?;
    Ok((StatusCode::CREATED, Json(StaffPrice::new(&added, app.ports().now()))))
}

//! Coupons.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use chrono::{DateTime, Utc};
use hosting_core::{
    decide::configuration::{CouponPatch, Edit, NewCoupon},
    kernel::{Currency, Money, Rate, Versioned},
    model::{
        AppliesTo, Coupon, CouponId, Discount, Permission as P, PlanId, ProductId,
        promo::{CouponKind, CouponTrigger},
    },
    service::configuration,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    page::{PageQuery, StaffPage, wanted},
    rate::{decimal, rate},
    save::{Seen, Tagged, given, refused, tagged},
};
use crate::{
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiQuery, ApiRoutes, Fields, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::PricingView), routes!(list_coupons))
        .route(Access::Needs(P::PricingManage), routes!(create_coupon))
        .route(Access::Needs(P::PricingView), routes!(show_coupon))
        .route(Access::Needs(P::PricingManage), routes!(change_coupon))
        .route(Access::Needs(P::PricingManage), routes!(enable_coupon))
        .route(Access::Needs(P::PricingManage), routes!(disable_coupon))
}

/// How much is taken off: a share or an amount.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum StaffDiscount {
    /// A share of the eligible lines.
    Percent {
        /// Fraction of one as a decimal, above 0 and at most 1.
        #[schema(example = "0.10")]
        rate: String,
    },
    /// An amount.
    Fixed {
        /// In minor units of the currency; above zero.
        #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
        amount_minor: i64,
        /// ISO 4217. The coupon counts in this currency only.
        currency: String,
    },
}

impl StaffDiscount {
    fn parse(&self, fields: &mut Fields) -> Option<Discount> {
        match self {
            Self::Percent { rate: text } => {
                rate(fields, "/discount/rate", text).map(|rate| Discount::Percent { rate })
            }
            Self::Fixed { amount_minor, currency } => {
                let currency = fields.parse::<Currency>("/discount/currency", currency)?;
                Some(Discount::Fixed { amount: Money::from_minor(*amount_minor, currency) })
            }
        }
    }
}

impl From<Discount> for StaffDiscount {
    fn from(discount: Discount) -> Self {
        let text = |rate: Rate| decimal(rate);
        match discount {
            Discount::Percent { rate } => Self::Percent { rate: text(rate) },
            Discount::Fixed { amount } => Self::Fixed {
                amount_minor: amount.minor(),
                currency: amount.currency().to_string(),
            },
        }
    }
}

/// For how many terms of a subscription a coupon counts.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(tag = "terms", content = "count", rename_all = "snake_case", deny_unknown_fields)]
pub enum StaffTerms {
    /// The first term only.
    First,
    /// The first so many.
    Terms(u32),
    /// Every term.
    Forever,
}

/// A coupon, as staff see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffCoupon {
    /// The coupon.
    id: String,
    /// Send it back with a change.
    version: i64,
    /// What the customer types.
    code: String,
    /// How much is taken off.
    discount: StaffDiscount,
    /// For how many terms.
    applies_to: StaffTerms,
    /// Whether set-up fees are lowered too.
    includes_setup_fee: bool,
    /// Whether only customers without an earlier paid order may use it.
    new_customers_only: bool,
    /// Only these products; empty is all.
    product_ids: Vec<String>,
    /// Only these plans; empty is all.
    plan_ids: Vec<String>,
    /// From when.
    starts_at: Option<DateTime<Utc>>,
    /// Until when (exclusive).
    ends_at: Option<DateTime<Utc>>,
    /// How many orders may use it in all.
    max_uses: Option<i64>,
    /// How many orders of one customer may use it.
    max_uses_per_customer: Option<i64>,
    /// How many orders use it; only when one coupon is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    uses: Option<i64>,
    /// `active` or `disabled`.
    status: &'static str,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl From<&Versioned<Coupon>> for StaffCoupon {
    fn from(coupon: &Versioned<Coupon>) -> Self {
        Self {
            id: coupon.id.to_string(),
            version: coupon.version,
            code: coupon.code.clone(),
            discount: coupon.discount.into(),
            applies_to: match coupon.applies_to {
                AppliesTo::First => StaffTerms::First,
                AppliesTo::Terms(count) => StaffTerms::Terms(count),
                AppliesTo::Forever => StaffTerms::Forever,
            },
            includes_setup_fee: coupon.includes_setup_fee,
            new_customers_only: coupon.new_customers_only,
            product_ids: coupon.product_ids.iter().map(ToString::to_string).collect(),
            plan_ids: coupon.plan_ids.iter().map(ToString::to_string).collect(),
            starts_at: coupon.starts_at,
            ends_at: coupon.ends_at,
            max_uses: coupon.max_uses,
            max_uses_per_customer: coupon.max_uses_per_customer,
            uses: None,
            status: coupon.status.as_str(),
            created_at: coupon.created_at,
            updated_at: coupon.updated_at,
        }
    }
}

async fn answer(
    app: &AppState,
    coupon: &Versioned<Coupon>,
) -> Result<Tagged<StaffCoupon>, Problem> {
    let uses = app.ports().store.counter(&format!("coupon/{}", coupon.id.stored())).await?;
    Ok(tagged(coupon.version, StaffCoupon { uses: Some(uses), ..StaffCoupon::from(coupon) }))
}

/// Coupons, newest first.
#[utoipa::path(get, path = "/api/v1/admin/coupons", tag = "admin: pricing", params(PageQuery),
    responses((status = 200, description = "A page of coupons", body = StaffPage<StaffCoupon>)))]
async fn list_coupons(
    State(app): State<AppState>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<StaffPage<StaffCoupon>>, Problem> {
    let mut fields = Fields::default();
    let request = wanted::<CouponKind>(&mut fields, query.after.as_deref(), query.limit);
    fields.finish()?;
    let page = app.ports().store.coupons(&request).await?;
    Ok(Json(StaffPage::of(&page, |it| it.id.to_string())))
}

/// One coupon, with how often it is used.
#[utoipa::path(get, path = "/api/v1/admin/coupons/{id}", tag = "admin: pricing",
    params(("id" = String, Path, description = "The coupon")),
    responses((status = 200, description = "The coupon", body = StaffCoupon)))]
async fn show_coupon(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<CouponId>,
) -> Result<Tagged<StaffCoupon>, Problem> {
    let coupon = app.ports().store.coupon(id).await?.ok_or_else(Problem::not_found)?;
    answer(&app, &coupon).await
}

/// A coupon to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCoupon {
    /// What the customer types: 3 to 32 letters, digits and dashes; kept in capitals.
    #[schema(min_length = 3, max_length = 32, example = "KOPI10")]
    code: String,
    /// How much is taken off.
    discount: StaffDiscount,
    /// For how many terms.
    #[schema(example = json!({"terms": "first"}))]
    applies_to: StaffTerms,
    /// Whether set-up fees are lowered too; no unless said.
    #[serde(default)]
    includes_setup_fee: bool,
    /// Whether only customers without an earlier paid order may use it; no unless said.
    #[serde(default)]
    new_customers_only: bool,
    /// Only these products; none is all.
    #[serde(default)]
    #[schema(max_items = 100)]
    product_ids: Vec<String>,
    /// Only these plans; none is all.
    #[serde(default)]
    #[schema(max_items = 100)]
    plan_ids: Vec<String>,
    /// From when.
    starts_at: Option<DateTime<Utc>>,
    /// Until when (exclusive).
    ends_at: Option<DateTime<Utc>>,
    /// How many orders may use it in all.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    max_uses: Option<i64>,
    /// How many orders of one customer may use it.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    max_uses_per_customer: Option<i64>,
}

fn wish(body: CreateCoupon) -> Result<NewCoupon, Problem> {
    let mut fields = Fields::default();
    let discount = body.discount.parse(&mut fields);
    // One more than fits is enough to be refused for being too many.
    let product_ids: Vec<ProductId> = (body.product_ids.iter().take(101).enumerate())
        .filter_map(|(index, it)| fields.parse(&format!("/product_ids/{index}"), it))
        .collect();
    let plan_ids: Vec<PlanId> = (body.plan_ids.iter().take(101).enumerate())
        .filter_map(|(index, it)| fields.parse(&format!("/plan_ids/{index}"), it))
        .collect();
    fields.finish()?;
    Ok(NewCoupon {
        code: body.code,
        discount: discount.ok_or_else(Problem::internal)?,
        applies_to: match body.applies_to {
            StaffTerms::First => AppliesTo::First,
            StaffTerms::Terms(count) => AppliesTo::Terms(count),
            StaffTerms::Forever => AppliesTo::Forever,
        },
        includes_setup_fee: body.includes_setup_fee,
        new_customers_only: body.new_customers_only,
        product_ids,
        plan_ids,
        starts_at: body.starts_at,
        ends_at: body.ends_at,
        max_uses: body.max_uses,
        max_uses_per_customer: body.max_uses_per_customer,
    })
}

/// Make a coupon. It can be used at once, within its dates.
#[utoipa::path(post, path = "/api/v1/admin/coupons", tag = "admin: pricing", request_body = CreateCoupon,
    responses((status = 201, description = "The coupon", body = StaffCoupon)))]
async fn create_coupon(
    State(app): State<AppState>,
    me: Principal,
    ApiJson(body): ApiJson<CreateCoupon>,
) -> Result<(StatusCode, Tagged<StaffCoupon>), Problem> {
    let wish = wish(body)?;
    let made = configuration::create_coupon(app.ports(), &me.actor(), &wish).await;
    Ok((StatusCode::CREATED, answer(&app, &made.map_err(refused)?).await?))
}

/// What of a coupon changes; what is absent stays, and `null` takes it away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeCoupon {
    /// The version you saw, unless `If-Match` says it.
    #[schema(minimum = 0)]
    version: Option<i64>,
    /// From when.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    starts_at: Edit<DateTime<Utc>>,
    /// Until when (exclusive).
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    ends_at: Edit<DateTime<Utc>>,
    /// How many orders may use it in all.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1_000_000_000)]
    max_uses: Edit<i64>,
    /// How many orders of one customer may use it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1_000_000_000)]
    max_uses_per_customer: Edit<i64>,
}

/// Change a coupon's dates and limits. What it gives stays: customers were promised that.
#[utoipa::path(patch, path = "/api/v1/admin/coupons/{id}", tag = "admin: pricing", request_body = ChangeCoupon,
    params(("id" = String, Path, description = "The coupon"), ("If-Match" = Option<String>, Header, description = "The version you saw, in quotes")),
    responses((status = 200, description = "The coupon", body = StaffCoupon)))]
async fn change_coupon(
    State(app): State<AppState>,
    me: Principal,
    headers: HeaderMap,
    ApiPath(id): ApiPath<CouponId>,
    ApiJson(body): ApiJson<ChangeCoupon>,
) -> Result<Tagged<StaffCoupon>, Problem> {
    let seen = Seen::new(&headers, body.version)?;
    let patch = CouponPatch {
        starts_at: body.starts_at,
        ends_at: body.ends_at,
        max_uses: body.max_uses,
        max_uses_per_customer: body.max_uses_per_customer,
    };
    let ports = app.ports();
    let done = configuration::change_coupon(ports, &me.actor(), id, seen.version, &patch).await;
    answer(&app, &done.map_err(|it| seen.refused(it))?).await
}

async fn turn(
    app: &AppState,
    me: &Principal,
    id: CouponId,
    trigger: CouponTrigger,
) -> Result<Tagged<StaffCoupon>, Problem> {
    let done = configuration::turn_coupon(app.ports(), &me.actor(), id, trigger).await;
    answer(app, &done.map_err(refused)?).await
}

/// Switch a coupon on.
#[utoipa::path(post, path = "/api/v1/admin/coupons/{id}/enable", tag = "admin: pricing",
    params(("id" = String, Path, description = "The coupon")),
    responses((status = 200, description = "The coupon", body = StaffCoupon)))]
async fn enable_coupon(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<CouponId>,
) -> Result<Tagged<StaffCoupon>, Problem> {
    turn(&app, &me, id, CouponTrigger::Enabled).await
}

/// Switch a coupon off for new orders. Running services keep what they were promised.
#[utoipa::path(post, path = "/api/v1/admin/coupons/{id}/disable", tag = "admin: pricing",
    params(("id" = String, Path, description = "The coupon")),
    responses((status = 200, description = "The coupon", body = StaffCoupon)))]
async fn disable_coupon(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<CouponId>,
) -> Result<Tagged<StaffCoupon>, Problem> {
    turn(&app, &me, id, CouponTrigger::Disabled).await
}

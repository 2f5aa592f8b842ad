//! Plans: sizes of a product.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use chrono::{DateTime, Utc};
use hosting_core::{
    decide::catalog::{Edit, NewPlan, PlanPatch},
    kernel::{Slug, Versioned},
    model::{Feature, Permission as P, Plan, PlanId, ProductId, catalog::ProductTrigger},
    service::catalog,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    page::StaffPage,
    save::{Seen, Tagged, given, refused, tagged},
};
use crate::{
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiRoutes, Fields, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::CatalogView), routes!(list_plans))
        .route(Access::Needs(P::CatalogManage), routes!(create_plan))
        .route(Access::Needs(P::CatalogView), routes!(show_plan))
        .route(Access::Needs(P::CatalogManage), routes!(change_plan))
        .route(Access::Needs(P::CatalogManage), routes!(publish_plan))
        .route(Access::Needs(P::CatalogManage), routes!(archive_plan))
}

/// One line of a plan's description.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffFeature {
    /// What it is.
    #[schema(min_length = 1, max_length = 80, example = "Storage")]
    label: String,
    /// How much of it.
    #[schema(min_length = 1, max_length = 80, example = "10 GB")]
    value: String,
}

fn features(list: Vec<StaffFeature>) -> Vec<Feature> {
    list.into_iter().map(|it| Feature { label: it.label, value: it.value }).collect()
}

/// A plan, as staff see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffPlan {
    /// The plan.
    id: String,
    /// Send it back with a change. Adding a price is a change too.
    version: i64,
    /// What it is a size of.
    product_id: String,
    /// Its name in addresses.
    slug: String,
    /// What people read.
    name: String,
    /// One sentence.
    description: String,
    /// What one gets.
    features: Vec<StaffFeature>,
    /// The panel's package for it.
    package: String,
    /// The servers it may be placed on.
    server_group: String,
    /// Days of free use before the first invoice.
    trial_days: i64,
    /// How many may be sold in all.
    stock: Option<i64>,
    /// How many were taken from the stock; only when one plan is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    sold: Option<i64>,
    /// Place in lists, low first.
    position: i64,
    /// `draft`, `active` or `archived`.
    status: &'static str,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl From<&Versioned<Plan>> for StaffPlan {
    fn from(plan: &Versioned<Plan>) -> Self {
        let feature =
            |it: &Feature| StaffFeature { label: it.label.clone(), value: it.value.clone() };
        Self {
            id: plan.id.to_string(),
            version: plan.version,
            product_id: plan.product_id.to_string(),
            slug: plan.slug.to_string(),
            name: plan.name.clone(),
            description: plan.description.clone(),
            features: plan.features.iter().map(feature).collect(),
            package: plan.package.clone(),
            server_group: plan.server_group.clone(),
            trial_days: plan.trial_days,
            stock: plan.stock,
            sold: None,
            position: plan.position,
            status: plan.status.as_str(),
            created_at: plan.created_at,
            updated_at: plan.updated_at,
        }
    }
}

fn answer(plan: &Versioned<Plan>) -> Tagged<StaffPlan> {
    tagged(plan.version, StaffPlan::from(plan))
}

/// A product's plans, drafts and archived ones too, by position.
#[utoipa::path(get, path = "/api/v1/admin/products/{id}/plans", tag = "admin: catalog",
    params(("id" = String, Path, description = "The product")),
    responses((status = 200, description = "Plans; at most 200", body = StaffPage<StaffPlan>)))]
async fn list_plans(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<ProductId>,
) -> Result<Json<StaffPage<StaffPlan>>, Problem> {
    let store = &app.ports().store;
    store.product(id).await?.filter(|it| it.deleted_at.is_none()).ok_or_else(Problem::not_found)?;
    let plans = store.plans(id).await?;
    Ok(Json(StaffPage::whole(plans.iter().map(StaffPlan::from).collect())))
}

/// One plan.
#[utoipa::path(get, path = "/api/v1/admin/plans/{id}", tag = "admin: catalog",
    params(("id" = String, Path, description = "The plan")),
    responses((status = 200, description = "The plan", body = StaffPlan)))]
async fn show_plan(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<PlanId>,
) -> Result<Tagged<StaffPlan>, Problem> {
    let store = &app.ports().store;
    let plan = store.plan(id).await?.filter(|it| it.deleted_at.is_none());
    let plan = plan.ok_or_else(Problem::not_found)?;
    let sold = store.counter(&format!("stock/{}", id.stored())).await?;
    let sold = plan.stock.map(|_| sold);
    Ok(tagged(plan.version, StaffPlan { sold, ..StaffPlan::from(&plan) }))
}

/// A plan to be prepared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePlan {
    /// Its name in addresses; unique within the shop.
    #[schema(example = "business")]
    slug: String,
    /// What people read.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// One sentence, plain text.
    #[serde(default)]
    #[schema(max_length = 500)]
    description: String,
    /// What one gets; at most 50 lines.
    #[serde(default)]
    #[schema(max_items = 50)]
    features: Vec<StaffFeature>,
    /// The panel's package for it.
    #[schema(min_length = 1, max_length = 128)]
    package: String,
    /// The servers it may be placed on.
    #[schema(min_length = 1, max_length = 64)]
    server_group: String,
    /// Days of free use before the first invoice; 0 to 365, 0 unless said.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 365)]
    trial_days: i64,
    /// How many may be sold in all; absent is no limit.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    stock: Option<i64>,
    /// Place in lists, low first; 0 unless said.
    #[serde(default)]
    #[schema(minimum = -1000, maximum = 1000)]
    position: i64,
}

/// Prepare a plan. It is a draft until it is published.
#[utoipa::path(post, path = "/api/v1/admin/products/{id}/plans", tag = "admin: catalog", request_body = CreatePlan,
    params(("id" = String, Path, description = "The product")),
    responses((status = 201, description = "The plan", body = StaffPlan)))]
async fn create_plan(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<ProductId>,
    ApiJson(body): ApiJson<CreatePlan>,
) -> Result<(StatusCode, Tagged<StaffPlan>), Problem> {
    let mut fields = Fields::default();
    let slug = fields.parse::<Slug>("/slug", &body.slug);
    fields.finish()?;
    let wish = NewPlan {
        slug: slug.ok_or_else(Problem::internal)?,
        name: body.name,
        description: body.description,
        features: features(body.features),
        package: body.package,
        server_group: body.server_group,
        trial_days: body.trial_days,
        stock: body.stock,
        position: body.position,
    };
    let made = catalog::create_plan(app.ports(), &me.actor(), id, &wish).await;
    Ok((StatusCode::CREATED, answer(&made.map_err(refused)?)))
}

/// What of a plan changes; what is absent stays. Running services keep what they were sold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePlan {
    /// The version you saw, unless `If-Match` says it.
    #[schema(minimum = 0)]
    version: Option<i64>,
    /// Its name in addresses.
    slug: Option<String>,
    /// What people read.
    #[schema(min_length = 1, max_length = 80)]
    name: Option<String>,
    /// One sentence.
    #[schema(max_length = 500)]
    description: Option<String>,
    /// What one gets.
    #[schema(max_items = 50)]
    features: Option<Vec<StaffFeature>>,
    /// The panel's package for new accounts.
    #[schema(min_length = 1, max_length = 128)]
    package: Option<String>,
    /// The servers new accounts may be placed on.
    #[schema(min_length = 1, max_length = 64)]
    server_group: Option<String>,
    /// Days of free use, for new orders.
    #[schema(minimum = 0, maximum = 365)]
    trial_days: Option<i64>,
    /// How many may be sold in all; `null` takes the limit away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000_000)]
    stock: Edit<i64>,
    /// Place in lists.
    #[schema(minimum = -1000, maximum = 1000)]
    position: Option<i64>,
}

/// Change a plan.
#[utoipa::path(patch, path = "/api/v1/admin/plans/{id}", tag = "admin: catalog", request_body = ChangePlan,
    params(("id" = String, Path, description = "The plan"), ("If-Match" = Option<String>, Header, description = "The version you saw, in quotes")),
    responses((status = 200, description = "The plan", body = StaffPlan)))]
async fn change_plan(
    State(app): State<AppState>,
    me: Principal,
    headers: HeaderMap,
    ApiPath(id): ApiPath<PlanId>,
    ApiJson(body): ApiJson<ChangePlan>,
) -> Result<Tagged<StaffPlan>, Problem> {
    let seen = Seen::new(&headers, body.version)?;
    let mut fields = Fields::default();
    let slug = body.slug.as_deref().and_then(|it| fields.parse::<Slug>("/slug", it));
    fields.finish()?;
    let patch = PlanPatch {
        slug,
        name: body.name,
        description: body.description,
        features: body.features.map(features),
        package: body.package,
        server_group: body.server_group,
        trial_days: body.trial_days,
        stock: body.stock,
        position: body.position,
    };
    let done = catalog::change_plan(app.ports(), &me.actor(), id, seen.version, &patch).await;
    Ok(answer(&done.map_err(|it| seen.refused(it))?))
}

async fn turn(
    app: &AppState,
    me: &Principal,
    id: PlanId,
    trigger: ProductTrigger,
) -> Result<Tagged<StaffPlan>, Problem> {
    let done = catalog::turn_plan(app.ports(), &me.actor(), id, trigger).await;
    Ok(answer(&done.map_err(refused)?))
}

/// Put a plan on sale.
#[utoipa::path(post, path = "/api/v1/admin/plans/{id}/publish", tag = "admin: catalog",
    params(("id" = String, Path, description = "The plan")),
    responses((status = 200, description = "The plan", body = StaffPlan)))]
async fn publish_plan(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<PlanId>,
) -> Result<Tagged<StaffPlan>, Problem> {
    turn(&app, &me, id, ProductTrigger::Published).await
}

/// Take a plan off sale. Running services go on.
#[utoipa::path(post, path = "/api/v1/admin/plans/{id}/archive", tag = "admin: catalog",
    params(("id" = String, Path, description = "The plan")),
    responses((status = 200, description = "The plan", body = StaffPlan)))]
async fn archive_plan(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<PlanId>,
) -> Result<Tagged<StaffPlan>, Problem> {
    turn(&app, &me, id, ProductTrigger::Archived).await
}

//! Products.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use chrono::{DateTime, Utc};
use hosting_core::{
    decide::catalog::{NewProduct, ProductPatch},
    kernel::{Slug, Versioned},
    model::{Permission as P, Product, ProductId, catalog::ProductTrigger},
    service::catalog,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    page::StaffPage,
    save::{Seen, Tagged, refused, tagged},
};
use crate::{
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiRoutes, Fields, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::CatalogView), routes!(list_products))
        .route(Access::Needs(P::CatalogManage), routes!(create_product))
        .route(Access::Needs(P::CatalogView), routes!(show_product))
        .route(Access::Needs(P::CatalogManage), routes!(change_product))
        .route(Access::Needs(P::CatalogManage), routes!(publish_product))
        .route(Access::Needs(P::CatalogManage), routes!(archive_product))
}

/// A product, as staff see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffProduct {
    /// The product.
    id: String,
    /// Send it back with a change.
    version: i64,
    /// Its name in addresses.
    slug: String,
    /// What people read.
    name: String,
    /// A few sentences.
    description: String,
    /// The panel adapter that makes its accounts.
    panel: String,
    /// Whether tax is due on it.
    taxable: bool,
    /// Place in lists, low first.
    position: i64,
    /// `draft`, `active` or `archived`.
    status: &'static str,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl From<&Versioned<Product>> for StaffProduct {
    fn from(product: &Versioned<Product>) -> Self {
        Self {
            id: product.id.to_string(),
            version: product.version,
            slug: product.slug.to_string(),
            name: product.name.clone(),
            description: product.description.clone(),
            panel: product.panel.clone(),
            taxable: product.taxable,
            position: product.position,
            status: product.status.as_str(),
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }
}

fn answer(product: &Versioned<Product>) -> Tagged<StaffProduct> {
    tagged(product.version, StaffProduct::from(product))
}

/// All products, drafts and archived ones too, by position.
#[utoipa::path(get, path = "/api/v1/admin/products", tag = "admin: catalog",
    responses((status = 200, description = "Products; at most 200", body = StaffPage<StaffProduct>)))]
async fn list_products(
    State(app): State<AppState>,
) -> Result<Json<StaffPage<StaffProduct>>, Problem> {
    Ok(Json(StaffPage::rows(&app.ports().store.products().await?)))
}

/// One product.
#[utoipa::path(get, path = "/api/v1/admin/products/{id}", tag = "admin: catalog",
    params(("id" = String, Path, description = "The product")),
    responses((status = 200, description = "The product", body = StaffProduct)))]
async fn show_product(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<ProductId>,
) -> Result<Tagged<StaffProduct>, Problem> {
    let product = app.ports().store.product(id).await?.filter(|it| it.deleted_at.is_none());
    Ok(answer(&product.ok_or_else(Problem::not_found)?))
}

/// A product to be prepared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateProduct {
    /// Its name in addresses; unique.
    #[schema(example = "shared-hosting")]
    slug: String,
    /// What people read.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// A few sentences, plain text.
    #[serde(default)]
    #[schema(max_length = 4000)]
    description: String,
    /// The panel adapter that makes its accounts.
    #[schema(example = "cpanel")]
    panel: String,
    /// Whether tax is due on it; yes unless said.
    #[serde(default = "yes")]
    taxable: bool,
    /// Place in lists, low first; -1000 to 1000, 0 unless said.
    #[serde(default)]
    #[schema(minimum = -1000, maximum = 1000)]
    position: i64,
}

const fn yes() -> bool {
    true
}

/// Prepare a product. It is a draft until it is published.
#[utoipa::path(post, path = "/api/v1/admin/products", tag = "admin: catalog", request_body = CreateProduct,
    responses((status = 201, description = "The product", body = StaffProduct)))]
async fn create_product(
    State(app): State<AppState>,
    me: Principal,
    ApiJson(body): ApiJson<CreateProduct>,
) -> Result<(StatusCode, Tagged<StaffProduct>), Problem> {
    let mut fields = Fields::default();
    let slug = fields.parse::<Slug>("/slug", &body.slug);
    fields.finish()?;
    let wish = NewProduct {
        slug: slug.ok_or_else(Problem::internal)?,
        name: body.name,
        description: body.description,
        panel: body.panel,
        taxable: body.taxable,
        position: body.position,
    };
    let made = catalog::create_product(app.ports(), &me.actor(), &wish).await;
    Ok((StatusCode::CREATED, answer(&made.map_err(refused)?)))
}

/// What of a product changes; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeProduct {
    /// The version you saw, unless `If-Match` says it.
    #[schema(minimum = 0)]
    version: Option<i64>,
    /// Its name in addresses.
    slug: Option<String>,
    /// What people read.
    #[schema(min_length = 1, max_length = 80)]
    name: Option<String>,
    /// A few sentences.
    #[schema(max_length = 4000)]
    description: Option<String>,
    /// The panel adapter; only while the product is a draft.
    panel: Option<String>,
    /// Whether tax is due on it, for new orders.
    taxable: Option<bool>,
    /// Place in lists.
    #[schema(minimum = -1000, maximum = 1000)]
    position: Option<i64>,
}

/// Change a product.
#[utoipa::path(patch, path = "/api/v1/admin/products/{id}", tag = "admin: catalog", request_body = ChangeProduct,
    params(("id" = String, Path, description = "The product"), ("If-Match" = Option<String>, Header, description = "The version you saw, in quotes")),
    responses((status = 200, description = "The product", body = StaffProduct)))]
async fn change_product(
    State(app): State<AppState>,
    me: Principal,
    headers: HeaderMap,
    ApiPath(id): ApiPath<ProductId>,
    ApiJson(body): ApiJson<ChangeProduct>,
) -> Result<Tagged<StaffProduct>, Problem> {
    let seen = Seen::new(&headers, body.version)?;
    let mut fields = Fields::default();
    let slug = body.slug.as_deref().and_then(|it| fields.parse::<Slug>("/slug", it));
    fields.finish()?;
    let patch = ProductPatch {
        slug,
        name: body.name,
        description: body.description,
        panel: body.panel,
        taxable: body.taxable,
        position: body.position,
    };
    let done = catalog::change_product(app.ports(), &me.actor(), id, seen.version, &patch).await;
    Ok(answer(&done.map_err(|it| seen.refused(it))?))
}

async fn turn(
    app: &AppState,
    me: &Principal,
    id: ProductId,
    trigger: ProductTrigger,
) -> Result<Tagged<StaffProduct>, Problem> {
    let done = catalog::turn_product(app.ports(), &me.actor(), id, trigger).await;
    Ok(answer(&done.map_err(refused)?))
}

/// Put a product on sale.
#[utoipa::path(post, path = "/api/v1/admin/products/{id}/publish", tag = "admin: catalog",
    params(("id" = String, Path, description = "The product")),
    responses((status = 200, description = "The product", body = StaffProduct)))]
async fn publish_product(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<ProductId>,
) -> Result<Tagged<StaffProduct>, Problem> {
    turn(&app, &me, id, ProductTrigger::Published).await
}

/// Take a product off sale. Running services go on.
#[utoipa::path(post, path = "/api/v1/admin/products/{id}/archive", tag = "admin: catalog",
    params(("id" = String, Path, description = "The product")),
    responses((status = 200, description = "The product", body = StaffProduct)))]
async fn archive_product(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<ProductId>,
) -> Result<Tagged<StaffProduct>, Problem> {
    turn(&app, &me, id, ProductTrigger::Archived).await
}

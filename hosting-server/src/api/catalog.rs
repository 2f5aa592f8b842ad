//! What is sold, and how it can be paid for.

use axum::{Json, extract::State};
use hosting_core::{
    kernel::{Currency, Money, Slug},
    model::{Plan, PlanPrice, Product, ProductStatus, catalog::ProductKind, charge::Shows},
    port::StoreError,
    service::payments,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use crate::{
    http::{Access, ApiPath, ApiQuery, ApiRoutes, Fields, Problem},
    state::AppState,
    view::{Language, MoneyView, page},
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Public, routes!(list))
        .route(Access::Public, routes!(show))
        .route(Access::Public, routes!(payment_methods))
}

/// A line of business with its sizes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductOffer {
    /// The product.
    id: String,
    /// Its name in addresses.
    slug: String,
    /// What people read.
    name: String,
    /// A few sentences, plain text.
    description: String,
    /// Whether tax is due on it.
    taxable: bool,
    /// The sizes on sale.
    plans: Vec<PlanOffer>,
}

/// One line of a plan's description.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeatureView {
    /// What it is.
    #[schema(example = "Storage")]
    label: String,
    /// How much of it.
    #[schema(example = "10 GB")]
    value: String,
}

/// One size.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanOffer {
    /// The plan; what a cart's line names.
    id: String,
    /// Its name in addresses.
    slug: String,
    /// What people read.
    name: String,
    /// One sentence, plain text.
    description: String,
    /// What one gets.
    features: Vec<FeatureView>,
    /// Days of free use before the first invoice; 0 is none.
    trial_days: i64,
    /// Whether none are left.
    sold_out: bool,
    /// What it costs now, per cycle and currency.
    prices: Vec<PriceOffer>,
}

/// What a plan costs for one cycle in one currency, without tax unless the shop's prices contain it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceOffer {
    /// How often it is billed.
    #[schema(example = "monthly")]
    cycle: String,
    /// Each cycle.
    price: MoneyView,
    /// Once, with the first invoice.
    setup_fee: MoneyView,
}

/// Which page of products.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ProductQuery {
    /// Where the page before ended.
    after: Option<String>,
    /// How many; 1 to 200, 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A page of products.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductOffers {
    items: Vec<ProductOffer>,
    /// Give this as `after` for the next page.
    next: Option<String>,
}

fn on_sale(product: &Product) -> bool {
    product.status == ProductStatus::Active && product.deleted_at.is_none()
}

/// What is sold, in the shop's order.
#[utoipa::path(get, path = "/api/v1/catalog/products", tag = "catalog", params(ProductQuery),
    responses((status = 200, description = "A page of products", body = ProductOffers)))]
async fn list(
    State(app): State<AppState>,
    language: Language,
    ApiQuery(query): ApiQuery<ProductQuery>,
) -> Result<Json<ProductOffers>, Problem> {
    let mut fields = Fields::default();
    let request = page::<ProductKind>(&mut fields, query.after.as_deref(), query.limit);
    fields.finish()?;
    // There are 200 products at most; their order is not that of their ids.
    let all = app.ports().store.products().await?.rows;
    let sold: Vec<&Product> = all.iter().map(|it| &it.value).filter(|it| on_sale(it)).collect();
    let begin = match &request.after {
        Some(after) => sold
            .iter()
            .position(|it| it.id.stored() == after.as_str())
            .map_or(sold.len(), |it| it + 1),
        None => 0,
    };
    let rest = sold.get(begin..).unwrap_or_default();
    let limit = usize::try_from(request.limit()).unwrap_or(usize::MAX);
    let shown = rest.get(..limit.min(rest.len())).unwrap_or_default();
    let mut items = Vec::with_capacity(shown.len());
    for product in shown {
        items.push(offer(&app, product, language).await?);
    }
    let last = shown.last().filter(|_| rest.len() > shown.len());
    Ok(Json(ProductOffers { items, next: last.map(|it| it.id.to_string()) }))
}

/// One product.
#[utoipa::path(get, path = "/api/v1/catalog/products/{slug}", tag = "catalog",
    params(("slug" = String, Path, description = "Its name in addresses")),
    responses((status = 200, description = "The product", body = ProductOffer)))]
async fn show(
    State(app): State<AppState>,
    language: Language,
    ApiPath(slug): ApiPath<Slug>,
) -> Result<Json<ProductOffer>, Problem> {
    let product = app.ports().store.product_by_slug(&slug).await?.filter(|it| on_sale(it));
    let product = product.ok_or_else(Problem::not_found)?;
    Ok(Json(offer(&app, &product, language).await?))
}

async fn offer(
    app: &AppState,
    product: &Product,
    language: Language,
) -> Result<ProductOffer, StoreError> {
    let mut plans = Vec::new();
    for plan in app.ports().store.plans(product.id).await? {
        if plan.status == ProductStatus::Active {
            plans.push(plan_offer(app, &plan, language).await?);
        }
    }
    Ok(ProductOffer {
        id: product.id.to_string(),
        slug: product.slug.to_string(),
        name: product.name.clone(),
        description: product.description.clone(),
        taxable: product.taxable,
        plans,
    })
}

async fn plan_offer(
    app: &AppState,
    plan: &Plan,
    language: Language,
) -> Result<PlanOffer, StoreError> {
    let ports = app.ports();
    let now = ports.now();
    // Newest start first: of the versions that are valid, the one that started last counts.
    let mut valid: Vec<PlanPrice> = Vec::new();
    for price in ports.store.plan_prices(plan.id).await? {
        let known = valid.iter().any(|it| it.cycle == price.cycle && it.currency == price.currency);
        if price.is_valid_at(now) && !known {
            valid.push(price.value);
        }
    }
    valid.sort_by_key(|it| (it.currency, it.cycle.unit() as u8, it.cycle.count()));
    let sold_out = match plan.stock {
        Some(stock) => ports.store.counter(&format!("stock/{}", plan.id.stored())).await? >= stock,
        None => false,
    };
    let price = |it: &PlanPrice| PriceOffer {
        cycle: it.cycle.to_string(),
        price: MoneyView::new(it.price, language),
        setup_fee: MoneyView::new(it.setup_fee, language),
    };
    let feature = |it: &hosting_core::model::catalog::Feature| FeatureView {
        label: it.label.clone(),
        value: it.value.clone(),
    };
    Ok(PlanOffer {
        id: plan.id.to_string(),
        slug: plan.slug.to_string(),
        name: plan.name.clone(),
        description: plan.description.clone(),
        features: plan.features.iter().map(feature).collect(),
        trial_days: plan.trial_days,
        sold_out,
        prices: valid.iter().map(price).collect(),
    })
}

/// What is to be paid.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MethodQuery {
    /// Minor units; above zero.
    #[param(minimum = 1)]
    amount_minor: i64,
    /// ISO 4217.
    currency: String,
}

/// A way to pay.
#[derive(Debug, Serialize, ToSchema)]
pub struct MethodView {
    /// Through whom.
    #[schema(example = "midtrans")]
    gateway: String,
    /// How.
    #[schema(example = "bca_va")]
    method: &'static str,
    /// What people read.
    #[schema(example = "BCA Virtual Account")]
    name: &'static str,
    /// `virtual_account`, `bill`, `qr`, `wallet` or `transfer`.
    shows: &'static str,
}

/// Ways to pay.
#[derive(Debug, Serialize, ToSchema)]
pub struct MethodList {
    items: Vec<MethodView>,
}

/// The ways to pay an amount, the shop's preferred gateway first.
#[utoipa::path(get, path = "/api/v1/payment-methods", tag = "catalog", params(MethodQuery),
    responses((status = 200, description = "Ways to pay", body = MethodList)))]
async fn payment_methods(
    State(app): State<AppState>,
    ApiQuery(query): ApiQuery<MethodQuery>,
) -> Result<Json<MethodList>, Problem> {
    let mut fields = Fields::default();
    fields.demand("?amount_minor", query.amount_minor > 0, "above zero");
    let currency = fields.parse::<Currency>("?currency", &query.currency);
    fields.finish()?;
    let currency = currency.ok_or_else(Problem::internal)?;
    let amount = Money::from_minor(query.amount_minor, currency);
    let mut items: Vec<MethodView> = payments::methods_for(app.ports(), amount)
        .into_iter()
        .map(|(gateway, method)| MethodView {
            gateway,
            method: method.id,
            name: method.name,
            shows: match method.shows {
                Shows::VirtualAccount => "virtual_account",
                Shows::Bill => "bill",
                Shows::Qr => "qr",
                Shows::Wallet => "wallet",
                Shows::Transfer => "transfer",
            },
        })
        .collect();
    let preferred = app.config().payment_default.as_deref();
    items.sort_by_key(|it| preferred != Some(it.gateway.as_str()));
    Ok(Json(MethodList { items }))
}

//! The front page, the catalog, and a product with its order form.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use hosting_core::{
    kernel::{BillingCycle, Currency},
    model::charge::Method,
};

use super::{
    form::Typed,
    frame::{Frame, in_query},
    offers::{self, PlanOffer, ProductOffer},
    page,
};
use crate::{
    http::{Access, ApiRoutes, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes.page(Access::Public, "/", home).page(Access::Public, "/catalog", catalog).page(
        Access::Public,
        "/plans/{product}",
        product,
    )
}

/// The currency somebody is shown prices in.
pub(super) async fn currency(app: &AppState, f: &Frame) -> Result<Currency, Problem> {
    let Some(id) = f.me.as_ref().and_then(crate::auth::Principal::customer_id) else {
        return Ok(f.shop.currency);
    };
    let customer = app.ports().store.customer(id).await?;
    Ok(customer.map_or(f.shop.currency, |it| it.currency))
}

/// The names of the ways to pay that are turned on.
fn ways(app: &AppState) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for (_, gateway) in app.ports().gateways.iter() {
        for Method { name, .. } in gateway.methods() {
            if !names.contains(name) {
                names.push(name);
            }
        }
    }
    names
}

#[derive(Debug, Template)]
#[template(path = "home.html")]
struct HomePage {
    f: Frame,
    first: Option<Shelf>,
    ways: Vec<&'static str>,
}

impl HomePage {
    fn ways_in_words(&self) -> String {
        self.ways.join(", ")
    }
}

/// A product's plans for one term.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) offer: ProductOffer,
    pub(super) cycles: Vec<BillingCycle>,
    pub(super) cycle: BillingCycle,
    /// Where the switch of terms leads, without the term.
    pub(super) at: String,
}

impl Shelf {
    fn new(offer: ProductOffer, wish: Option<BillingCycle>, at: String) -> Self {
        let (cycles, cycle) = (offer.cycles(), offer.cycle(wish));
        Self { offer, cycles, cycle, at }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]
    fn is_chosen(&self, cycle: &BillingCycle) -> bool {
        self.cycle == *cycle
    }

    /// The one in the middle stands out: it is neither the least nor the most.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]
    fn stands_out(&self, at: &usize) -> bool {
        self.offer.plans.len() == 3 && *at == 1
    }

    fn choose(&self, plan: &PlanOffer) -> String {
        format!("/plans/{}?plan={}&cycle={}#order", self.offer.product.slug, plan.slug, self.cycle)
    }
}

fn wished(query: Option<&str>) -> Option<BillingCycle> {
    in_query(query.unwrap_or_default(), "cycle").and_then(|it| it.parse().ok())
}

async fn home(
    State(app): State<AppState>,
    f: Frame,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
) -> Result<Response, Problem> {
    let products = offers::all(&app, currency(&app, &f).await?).await?;
    let first = products.into_iter().next();
    let first = first.map(|it| Shelf::new(it, wished(query.as_deref()), "/".to_owned()));
    page(&HomePage { ways: ways(&app), first, f })
}

#[derive(Debug, Template)]
#[template(path = "catalog.html")]
struct CatalogPage {
    f: Frame,
    products: Vec<ProductOffer>,
}

async fn catalog(State(app): State<AppState>, f: Frame) -> Result<Response, Problem> {
    let products = offers::all(&app, currency(&app, &f).await?).await?;
    page(&CatalogPage { f, products })
}

/// A product with its order form.
#[derive(Debug, Template)]
#[template(path = "product.html")]
pub(super) struct ProductPage {
    f: Frame,
    shelf: Shelf,
    form: Typed,
}

impl ProductPage {
    /// The page of `slug`, with what was typed.
    pub(super) async fn load(
        app: &AppState,
        f: Frame,
        slug: &str,
        form: Typed,
    ) -> Result<Self, Problem> {
        let offer = offers::by_slug(app, slug, currency(app, &f).await?).await?;
        let offer = offer.ok_or_else(Problem::not_found)?;
        let wish = form.get("cycle").parse().ok();
        let at = format!("/plans/{slug}");
        Ok(Self { shelf: Shelf::new(offer, wish, at), f, form })
    }

    fn is_plan(&self, slug: &str) -> bool {
        let chosen = self.form.get("plan");
        let first = self.shelf.offer.plans.first().map(|it| it.slug.as_str());
        if chosen.is_empty() { first == Some(slug) } else { chosen == slug }
    }

    fn quantity(&self) -> &str {
        self.form.filled("quantity").unwrap_or("1")
    }
}

async fn product(
    State(app): State<AppState>,
    f: Frame,
    Path(slug): Path<String>,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let asked = |name: &str| in_query(&query, name).unwrap_or_default();
    let form = Typed::of(&[
        ("plan", &asked("plan")),
        ("cycle", &asked("cycle")),
        ("domain", &asked("domain")),
    ]);
    page(&ProductPage::load(&app, f, &slug, form).await?)
}

//! The cart. A guest's cart is whoever's browser knows its id, which is in a cookie.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::Response,
};
use hosting_core::{
    decide::ordering::{CartRefusal, QuotedCart},
    kernel::{BillingCycle, DomainName, Money},
    model::{Actor, Cart, CartId, CartItem, CustomerId, TaxSummary},
    service::{ServiceError, carts, orders},
};

use super::{
    catalog::{ProductPage, currency},
    form::Typed,
    frame::{Frame, cart_cookie},
    go, page, page_again,
};
use crate::{
    auth::{
        Principal,
        limits::{self, Limit},
    },
    config::Scheme,
    http::{Access, ApiRoutes, ClientIp, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .page(Access::Public, "/cart", show)
        .form(Access::Public, "/cart/items", add)
        .form(Access::Public, "/cart/items/{line}", change)
        .form(Access::Public, "/cart/coupon", coupon)
}

/// A cart as it is shown in the cart and at the checkout.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) cart: Cart,
    pub(super) lines: Vec<Line>,
    pub(super) quote: Option<QuotedCart>,
    coupon_refusal: Option<String>,
}

/// One line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) item: CartItem,
    pub(super) name: String,
    pub(super) amount: Option<Money>,
}

impl Shown {
    /// The open cart, with what it costs.
    pub(super) async fn load(app: &AppState, f: &Frame) -> Result<Option<Self>, Problem> {
        let Some(id) = f.cart else { return Ok(None) };
        let (actor, customer_id) = (actor(f), customer_id(f));
        let cart = carts::find(app.ports(), id, customer_id).await?.value;
        let quote = match orders::quote(app.ports(), &actor, id, customer_id).await {
            Ok((_, quote)) => Some(quote),
            Err(ServiceError::Refused(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let mut lines = Vec::with_capacity(cart.items.len());
        for (at, item) in cart.items.iter().enumerate() {
            let store = &app.ports().store;
            let plan = store.plan(item.plan_id).await?.map(|it| it.value);
            let product = match &plan {
                Some(plan) => store.product(plan.product_id).await?.map(|it| it.value),
                None => None,
            };
            let mut name = String::new();
            if let (Some(product), Some(plan)) = (&product, &plan) {
                name = format!("{} {}", product.name, plan.name);
            }
            let amount = quote.as_ref().and_then(|it| amount_of(it, at));
            lines.push(Line { item: item.clone(), name, amount });
        }
        let refusal = quote.as_ref().and_then(|it| it.coupon_refusal);
        let coupon_refusal = refusal.map(|it| f.lang.coupon_refusal(it));
        Ok(Some(Self { cart, lines, quote, coupon_refusal }))
    }

    pub(super) fn code(&self) -> &str {
        self.cart.coupon_code.as_deref().unwrap_or_default()
    }

    #[expect(clippy::unused_self, reason = "templates call methods")]
    pub(super) fn tax_in(&self, f: &Frame, tax: &TaxSummary) -> String {
        let text = if tax.base_factor.is_one() { f.t.cart.tax_plain } else { f.t.cart.tax };
        let text = f.with(text, "name", &tax.name);
        f.with(f.with(&text, "rate", tax.rate), "factor", tax.base_factor)
    }

    pub(super) fn tax_amount(&self, tax: &TaxSummary) -> Money {
        Money::from_minor(tax.tax_minor, self.cart.currency)
    }
}

/// The list price of all lines of the quote that are for the cart's line `at`.
fn amount_of(quote: &QuotedCart, at: usize) -> Option<Money> {
    let lines = quote.quote.lines.iter().zip(&quote.item_of_line);
    let mine = lines.filter(|(_, item)| **item == at).map(|(line, _)| line.list);
    Money::sum(quote.quote.currency, mine).ok()
}

pub(super) fn customer_id(f: &Frame) -> Option<CustomerId> {
    f.me.as_ref().and_then(Principal::customer_id)
}

pub(super) fn actor(f: &Frame) -> Actor {
    f.me.as_ref().map_or(Actor::Guest, Principal::actor)
}

#[derive(Debug, Template)]
#[template(path = "cart.html")]
struct CartPage {
    f: Frame,
    shown: Option<Shown>,
    form: Typed,
}

async fn cart_page(app: &AppState, f: Frame, form: Typed) -> Result<CartPage, Problem> {
    let shown = Shown::load(app, &f).await?.filter(|it| !it.cart.items.is_empty());
    Ok(CartPage { f, shown, form })
}

async fn show(State(app): State<AppState>, f: Frame) -> Result<Response, Problem> {
    page(&cart_page(&app, f, Typed::default()).await?)
}

/// Reads a line; what does not fit is noted in the form.
async fn line(app: &AppState, f: &Frame, form: &mut Typed) -> Result<Option<CartItem>, Problem> {
    let plan = match form.get("plan").parse() {
        Ok(slug) => app.ports().store.plan_by_slug(&slug).await?,
        Err(_) => None,
    };
    let cycle = form.get("cycle").parse::<BillingCycle>().ok();
    let domain = form.get("domain").trim().parse::<DomainName>().ok();
    let quantity = form.filled("quantity").unwrap_or("1").parse::<u32>().ok();
    let quantity = quantity.filter(|it| (1..=100).contains(it));
    for (name, fits, words) in [
        ("plan", plan.is_some(), f.t.form.plan),
        ("cycle", cycle.is_some(), f.t.form.cycle),
        ("domain", domain.is_some(), f.t.form.domain),
        ("quantity", quantity.is_some(), f.t.form.quantity),
    ] {
        if !fits {
            form.note(name, words);
        }
    }
    let (Some(plan), Some(cycle), Some(domain), Some(quantity)) = (plan, cycle, domain, quantity)
    else {
        return Ok(None);
    };
    Ok(Some(CartItem { plan_id: plan.id, cycle, quantity, domain }))
}

/// Takes in why a cart was not changed.
fn learn(f: &Frame, form: &mut Typed, error: ServiceError<CartRefusal>) -> Result<(), Problem> {
    let ServiceError::Refused(refusal) = error else { return Err(error.into()) };
    match refusal {
        CartRefusal::Quantity { .. } => form.note("quantity", f.t.form.quantity),
        CartRefusal::NotForSale { .. } => form.note("plan", f.t.form.plan),
        CartRefusal::NoPrice { .. } => form.note("cycle", f.t.form.cycle),
        CartRefusal::Code => form.note("code", f.t.cart.bad_code),
        CartRefusal::TooManyLines => form.refusal = Some(f.t.form.too_many_lines.to_owned()),
        CartRefusal::AlreadyOrdered => return Err(ServiceError::Refused(refusal).into()),
    }
    Ok(())
}

async fn items(app: &AppState, f: &Frame) -> Result<Vec<CartItem>, Problem> {
    let Some(id) = f.cart else { return Ok(Vec::new()) };
    Ok(carts::find(app.ports(), id, customer_id(f)).await?.items.clone())
}

async fn add(
    State(app): State<AppState>,
    ip: ClientIp,
    f: Frame,
    mut form: Typed,
) -> Result<Response, Problem> {
    let product = form.get("product").to_owned();
    if let Some(item) = line(&app, &f, &mut form).await? {
        let mut all = items(&app, &f).await?;
        all.push(item);
        let (ports, actor) = (app.ports(), actor(&f));
        let done = if let Some(id) = f.cart {
            carts::fill(ports, &actor, id, customer_id(&f), &all).await.map(|()| id)
        } else {
            if customer_id(&f).is_none() {
                limits::count(&app, Limit::CART, ip.0).await?;
            }
            let currency = currency(&app, &f).await?;
            carts::open(ports, &actor, customer_id(&f), currency, &all).await
        };
        match done {
            Ok(id) => return Ok(with_cart(&app, go("/cart?ok=added"), id)),
            Err(error) => learn(&f, &mut form, error)?,
        }
    }
    form.refusal.get_or_insert_with(|| f.t.form.look.to_owned());
    let problem = Problem::invalid(Vec::new());
    page_again(&problem, &ProductPage::load(&app, f, &product, form).await?)
}

/// Remembers the cart for thirty days.
fn with_cart(app: &AppState, mut response: Response, id: CartId) -> Response {
    let scheme = app.config().scheme();
    let secure = if scheme == Scheme::Https { "; Secure" } else { "" };
    let text = format!(
        "{}={id}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000{secure}",
        cart_cookie(scheme)
    );
    if let Ok(mut value) = HeaderValue::from_str(&text) {
        value.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// Changes the quantity of a line, or takes it out.
async fn change(
    State(app): State<AppState>,
    f: Frame,
    Path(line): Path<usize>,
    mut form: Typed,
) -> Result<Response, Problem> {
    let id = f.cart.ok_or_else(Problem::not_found)?;
    let mut all = items(&app, &f).await?;
    // The cart may have changed in another window: only the line that was meant is touched.
    let meant = all.get_mut(line).filter(|it| it.domain.as_str() == form.get("domain"));
    let meant = meant.ok_or_else(Problem::not_found)?;
    if form.get("remove").is_empty() {
        let quantity = form.get("quantity").trim().parse::<u32>().ok();
        let Some(quantity) = quantity.filter(|it| (1..=100).contains(it)) else {
            form.refusal = Some(f.t.form.quantity.to_owned());
            let problem = Problem::invalid(Vec::new());
            return page_again(&problem, &cart_page(&app, f, form).await?);
        };
        meant.quantity = quantity;
    } else {
        all.remove(line);
    }
    match carts::fill(app.ports(), &actor(&f), id, customer_id(&f), &all).await {
        Ok(()) => Ok(go("/cart")),
        Err(error) => {
            learn(&f, &mut form, error)?;
            form.refusal.get_or_insert_with(|| f.t.cart.no_price.to_owned());
            page_again(&Problem::invalid(Vec::new()), &cart_page(&app, f, form).await?)
        }
    }
}

/// Types a coupon, or takes it out. One that does not count stays, and the page says why.
async fn coupon(
    State(app): State<AppState>,
    f: Frame,
    mut form: Typed,
) -> Result<Response, Problem> {
    let id = f.cart.ok_or_else(Problem::not_found)?;
    let code = form.filled("code").filter(|_| form.get("remove").is_empty()).map(str::to_owned);
    let code = code.as_deref();
    match carts::coupon(app.ports(), &actor(&f), id, customer_id(&f), code).await {
        Ok(()) => Ok(go("/cart#coupon")),
        Err(error) => {
            learn(&f, &mut form, error)?;
            page_again(&Problem::invalid(Vec::new()), &cart_page(&app, f, form).await?)
        }
    }
}

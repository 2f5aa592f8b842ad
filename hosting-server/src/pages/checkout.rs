//! The last look before ordering.

use askama::Template;
use axum::{extract::State, response::Response};
use hosting_core::model::{Customer, Permission};

use super::{
    cart::{Shown, customer_id},
    frame::Frame,
    go, page, page_again, people,
};
use crate::{
    api::carts::check_out,
    auth::Principal,
    http::{Access, ApiPath, ApiRoutes, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes.page(Access::Public, "/checkout", show).form(
        Access::CustomerOwn(Permission::CustomerOrdersManage),
        "/checkout",
        place,
    )
}

#[derive(Debug, Template)]
#[template(path = "checkout.html")]
struct CheckoutPage {
    f: Frame,
    shown: Shown,
    customer: Option<Customer>,
    refusal: String,
}

async fn load(app: &AppState, f: Frame, refusal: String) -> Result<Option<CheckoutPage>, Problem> {
    let Some(shown) = Shown::load(app, &f).await?.filter(|it| !it.cart.items.is_empty()) else {
        return Ok(None);
    };
    let customer = match customer_id(&f) {
        Some(id) => app.ports().store.customer(id).await?.map(|it| it.value),
        None => None,
    };
    Ok(Some(CheckoutPage { f, shown, customer, refusal }))
}

async fn show(State(app): State<AppState>, f: Frame) -> Result<Response, Problem> {
    match load(&app, f, String::new()).await? {
        Some(shown) if shown.shown.quote.is_some() => page(&shown),
        _ => Ok(go("/cart")),
    }
}

/// Orders what is in the cart, and goes on to the bill.
async fn place(State(app): State<AppState>, me: Principal, f: Frame) -> Result<Response, Problem> {
    let Some(id) = f.cart else { return Ok(go("/cart")) };
    match check_out(State(app.clone()), me, f.lang, ApiPath(id)).await {
        Ok(_) => {
            let order =
                app.ports().store.order_of_cart(id).await?.ok_or_else(Problem::not_found)?;
            Ok(go(&format!("/customer/invoices/{}", order.invoice_id)))
        }
        Err(problem) if problem.status() == axum::http::StatusCode::CONFLICT => {
            // A coupon's refusal is in the reader's language already.
            let said = problem.words().unwrap_or_default().to_owned();
            let coupon = is_about_the_coupon(&said, f.lang);
            let words = if coupon { said } else { people::words(&problem, f.lang) };
            match load(&app, f, words).await? {
                Some(shown) => page_again(&problem, &shown),
                None => Ok(go("/cart")),
            }
        }
        Err(problem) => Err(problem),
    }
}

/// Whether `said` is why a coupon does not count.
fn is_about_the_coupon(said: &str, lang: crate::view::Language) -> bool {
    use hosting_core::decide::pricing::CouponRefusal as R;
    let all = [
        R::Unknown,
        R::Disabled,
        R::NotYet,
        R::Expired,
        R::NewCustomersOnly,
        R::OtherCurrency,
        R::NothingCovered,
        R::UsedUp,
    ];
    all.into_iter().any(|it| lang.coupon_refusal(it) == said)
}

//! The stack, put together.

use super::{ApiRoutes, Problem, client, gate, health, layers, metrics};
use crate::state::AppState;
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::StatusCode,
    middleware::from_fn_with_state,
    routing::get,
};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

/// The whole web server: the API, pages, probes, and the stack around them.
pub fn router(app: &AppState) -> Router {
    let routes = crate::api::routes(app).with(crate::pages::routes);
    stack_with(app, routes, crate::pages::assets::routes())
}

/// The stack around `routes`; tests put their own routes in.
pub fn stack(app: &AppState, routes: ApiRoutes) -> Router {
    stack_with(app, routes, Router::new())
}

/// Answers what no route takes. It stands behind no gate, so it counts callers itself.
async fn nowhere(State(app): State<AppState>, request: Request) -> Problem {
    gate::slow_down_guest(&app, &request).err().unwrap_or_else(Problem::not_found)
}

/// Answers a method that a route does not take; counts callers like [`nowhere`].
async fn not_so(State(app): State<AppState>, request: Request) -> Problem {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let refusal = || Problem::new(status, "method-not-allowed", "This cannot be done here");
    gate::slow_down_guest(&app, &request).err().unwrap_or_else(refusal)
}

/// The stack around `routes` and `others`: what is no part of the API, such as files, pages and
/// webhooks. Those have no `gate`; a handler among them that asks for a
/// [`Principal`](crate::auth::Principal) fails closed.
pub fn stack_with(app: &AppState, routes: ApiRoutes, others: Router<AppState>) -> Router {
    let (api, document) = routes.into_parts();
    let document = Arc::new(document);
    let show = move || {
        let document = Arc::clone(&document);
        async move { Json((*document).clone()) }
    };
    let room = Arc::new(Semaphore::new(app.config().max_in_flight));
    let work = api
        .merge(others)
        .route("/api/openapi.json", get(show))
        .fallback(nowhere)
        .method_not_allowed_fallback(not_so)
        .layer(from_fn_with_state(app.clone(), layers::hurry))
        .layer(DefaultBodyLimit::max(app.config().body_limit))
        .layer(from_fn_with_state(app.clone(), layers::weigh))
        .layer(from_fn_with_state((app.clone(), room), layers::shed));
    Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::show))
        .merge(work)
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(from_fn_with_state(app.clone(), crate::pages::people::for_people))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(app.clone(), layers::harden))
        .layer(from_fn_with_state(app.clone(), layers::observe))
        .layer(from_fn_with_state(app.clone(), client::note))
        .with_state(app.clone())
}

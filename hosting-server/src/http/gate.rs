//! The gate in front of every registered route.
//!
//! In this order: who is it, are they too fast (429), is their key good (401), did one of our own
//! pages send it (403; only where a cookie speaks for the caller), may they (403), have they asked
//! this before ([idempotency](super::idempotency)). Refusals count as well: a caller whose key is not
//! good is a guest at that address.

use axum::{
    body::Body,
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::csrf::CsrfLayer;

use super::{
    client::ClientIp,
    idempotency,
    problem::Problem,
    routes::{Access, Replay},
};
use crate::{
    auth::{
        credential::{self, Found},
        limits::Subject,
        principal::{Admitted, Principal},
    },
    state::AppState,
};

/// What stands in front of one route.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    pub(super) app: AppState,
    pub(super) access: Access,
    pub(super) replay: Replay,
}

pub(super) async fn gate(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    match admit(&gate, request).await {
        Ok((request, None)) => next.run(request).await,
        Ok((request, Some(principal))) => {
            idempotency::once(&gate.app, &principal, gate.replay, request, next).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn admit(gate: &Gate, mut request: Request) -> Result<(Request, Option<Principal>), Problem> {
    if gate.access == Access::Signed {
        request.extensions_mut().insert(Admitted::Guest);
        return Ok((request, None));
    }
    let found = credential::find(&gate.app, request.headers()).await;
    match &found {
        Ok(Found::ByCookie(it) | Found::ByKey(it)) => slow_down(&gate.app, &it.caller())?,
        Ok(Found::Nobody) | Err(_) => slow_down_guest(&gate.app, &request)?,
    }
    let found = found?;
    if !matches!(found, Found::ByKey(_)) {
        let probe = probe(&request);
        from_our_own_pages(gate.app.config().public_url.as_str(), probe).await?;
    }
    let principal = match found {
        Found::Nobody => None,
        Found::ByCookie(principal) | Found::ByKey(principal) => Some(principal),
    };
    let admitted = match (principal, gate.access) {
        (None, Access::Public) => Admitted::Guest,
        (None, _) => return Err(Problem::unauthorized()),
        (Some(principal), access) => {
            let customer = principal.customer_id();
            let reach = access.admits(|it| principal.holds(it), customer, principal.proof());
            Admitted::Known(principal.reaching(reach.ok_or_else(Problem::forbidden)?))
        }
    };
    let known = match &admitted {
        Admitted::Guest => None,
        Admitted::Known(principal) => Some(principal.clone()),
    };
    request.extensions_mut().insert(admitted);
    Ok((request, known))
}

/// The request without its body, for layers that look at the head only.
fn probe(request: &Request) -> Request {
    let mut probe = Request::new(Body::empty());
    *probe.method_mut() = request.method().clone();
    *probe.uri_mut() = request.uri().clone();
    *probe.headers_mut() = request.headers().clone();
    probe
}

/// Refuses what another site's page made the browser send. The check is the browser's own word:
/// `Sec-Fetch-Site`, else `Origin` against the host.
async fn from_our_own_pages(public_url: &str, probe: Request) -> Result<(), Problem> {
    if matches!(*probe.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let layer = CsrfLayer::new().add_trusted_origin(public_url).map_err(|error| {
        tracing::error!(%error, "PUBLIC_URL is no origin");
        Problem::internal()
    })?;
    let pass = service_fn(|_: Request| async {
        Ok::<_, std::convert::Infallible>(Response::new(Body::empty()))
    });
    let Ok(answer) = layer.layer(pass).oneshot(probe).await;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(Problem::forbidden().detail("The request was sent by another site's page."))
}

/// Counts a request of somebody who is not known, by the network they come from.
pub(super) fn slow_down_guest(app: &AppState, request: &Request) -> Result<(), Problem> {
    match request.extensions().get::<ClientIp>() {
        Some(ClientIp(address)) => slow_down(app, Subject::from(*address).as_str()),
        None => slow_down(app, ""),
    }
}

fn slow_down(app: &AppState, caller: &str) -> Result<(), Problem> {
    let counted = app.throttle().count(caller);
    counted.map_err(|wait| Problem::too_many(wait.as_secs().saturating_add(1)))
}

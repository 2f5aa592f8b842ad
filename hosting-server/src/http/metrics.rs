//! What `/metrics` tells: requests by route template, tasks by status, how far the queue and the listeners
//! are behind.

use std::{net::IpAddr, sync::atomic::AtomicU64, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, Method, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use hosting_core::{model::Lane, port::StoreError, service::Ports, work};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::{client::ClientIp, problem::Problem};
use crate::{auth::token, state::AppState};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: String,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Status {
    status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfLane {
    lane: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfListener {
    listener: String,
}

type Seconds = Gauge<f64, AtomicU64>;

/// Counters of this process, and gauges filled from the database when asked.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram>,
    shed: Counter,
    tasks: Family<Status, Gauge>,
    lag: Seconds,
    lanes: Family<OfLane, Seconds>,
    unheard: Family<OfListener, Gauge>,
    unheard_for: Family<OfListener, Seconds>,
}

fn buckets() -> Histogram {
    Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
}

impl Metrics {
    /// Nothing counted yet.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("hosting");
        let requests = Family::<Answered, Counter>::default();
        registry.register("http_requests", "Answered requests", requests.clone());
        let seconds = Family::<Route, Histogram>::new_with_constructor(buckets);
        let help = "How long answering took";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, seconds.clone());
        let shed = Counter::default();
        registry.register("http_requests_shed", "Requests refused by overload", shed.clone());
        let tasks = Family::<Status, Gauge>::default();
        registry.register("tasks", "Tasks by status", tasks.clone());
        let lag = Seconds::default();
        let help = "How long the earliest due task has been waiting";
        registry.register_with_unit("queue_lag", help, Unit::Seconds, lag.clone());
        let lanes = Family::<OfLane, Seconds>::default();
        let help = "How long the earliest due task of a lane has been waiting";
        registry.register_with_unit("queue_lane_lag", help, Unit::Seconds, lanes.clone());
        let unheard = Family::<OfListener, Gauge>::default();
        let help = "Facts that a listener has not taken in, counted up to 100000";
        registry.register("listener_facts_waiting", help, unheard.clone());
        let unheard_for = Family::<OfListener, Seconds>::default();
        let help = "How long the first fact that a listener has not taken in has been waiting";
        registry.register_with_unit("listener_lag", help, Unit::Seconds, unheard_for.clone());
        Self { registry, requests, seconds, shed, tasks, lag, lanes, unheard, unheard_for }
    }

    /// Counts one answered request. `route` is the template, never the address: addresses are many.
    /// So are methods, since a caller may make one up: those that HTTP does not know are `OTHER`.
    pub fn answered(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let (method, route) = (name_of(method).to_owned(), route.to_owned());
        let labels = Answered { method: method.clone(), route: route.clone(), status };
        self.requests.get_or_create(&labels).inc();
        self.seconds.get_or_create(&Route { method, route }).observe(took.as_secs_f64());
    }

    /// Counts one request refused by overload.
    pub fn shed(&self) {
        self.shed.inc();
    }

    /// Fills the gauges from the database.
    async fn look(&self, ports: &Ports) -> Result<(), StoreError> {
        let (store, now) = (&ports.store, ports.now());
        for (status, count) in store.task_counts().await? {
            let status = status.to_string();
            self.tasks.get_or_create(&Status { status }).set(count);
        }
        self.lag.set(waited(store.next_due(None).await?, now));
        for lane in Lane::ALL {
            let waited = waited(store.next_due(Some(*lane)).await?, now);
            self.lanes.get_or_create(&OfLane { lane: lane.to_string() }).set(waited);
        }
        // A listener whose place was removed is not told any more. Nothing is waited for between
        // clearing and filling, or somebody who asks at the same time would see none.
        let lags = work::lags(ports).await?;
        self.unheard.clear();
        self.unheard_for.clear();
        for (listener, lag) in lags {
            let label = OfListener { listener };
            self.unheard.get_or_create(&label).set(lag.waiting);
            self.unheard_for.get_or_create(&label).set(waited(lag.waiting_since, now));
        }
        Ok(())
    }

    fn text(&self) -> Option<String> {
        let mut text = String::new();
        encode(&mut text, &self.registry).ok().map(|()| text)
    }
}

/// How many seconds ago that was; none when it was not, or is still to come.
fn waited(since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> f64 {
    let waited = since.and_then(|since| (now - since).to_std().ok());
    waited.unwrap_or_default().as_secs_f64()
}

fn name_of(method: &Method) -> &str {
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::CONNECT,
        Method::TRACE,
    ];
    if known.contains(method) { method.as_str() } else { "OTHER" }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

fn may_ask(app: &AppState, headers: &HeaderMap, client: IpAddr) -> bool {
    match &app.config().metrics_token {
        Some(wanted) => token::bearer(headers).is_some_and(|it| token::same(it, wanted.expose())),
        None => client.is_loopback() && !went_through_a_proxy(headers),
    }
}

/// Behind a proxy on this machine everybody's peer is this machine. What proxies add says so, whether
/// or not the proxy was declared; who scrapes locally adds nothing.
fn went_through_a_proxy(headers: &HeaderMap) -> bool {
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"]
        .iter()
        .any(|it| headers.contains_key(*it))
}

pub(super) async fn show(
    State(app): State<AppState>,
    client: ClientIp,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !may_ask(&app, &headers, client.0) {
        return Err(Problem::not_found());
    }
    let metrics = app.metrics();
    metrics.look(app.ports()).await?;
    let text = metrics.text().ok_or_else(Problem::internal)?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

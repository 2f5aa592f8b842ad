//! A back office: a shop in memory, and an admin's program that calls its API.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode},
};
use hosting_adapters::registry::Registry;
use hosting_core::{
    decide::{Context, access},
    model::{Actor, Event, Permission, Role, access::PasswordHash},
    port::{Clock, PaymentGateway, Store},
    service::{Ports, access as service},
    testing::{Fate, MemoryStore, SimGateway, TestShop},
};
use hosting_server::{
    auth::{password::Passwords, token},
    clock::ShiftedClock,
    config::{Config, Sources},
    http,
    state::{AppState, Parts},
};
use serde_json::Value;
use tower::ServiceExt;

use crate::migrated::Migrated;

/// The back office of a shop.
pub(crate) struct Office {
    pub(crate) shop: TestShop,
    pub(crate) app: AppState,
    router: Router,
    key: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Answer {
    /// The fields that a problem names.
    pub(crate) fn pointers(&self) -> Vec<&str> {
        let errors = self.json["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        errors.iter().filter_map(|it| it["pointer"].as_str()).collect()
    }

    /// The answer, which has to have that status.
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self.json
    }
}

impl Office {
    /// A shop on a clock moved by hand, with bank transfers that staff confirm.
    pub(crate) async fn open() -> Self {
        Self::with(None, false, false, |it| it).await
    }

    /// A shop on the server's own movable clock.
    pub(crate) async fn on_test_clock() -> Self {
        Self::with(Some(ShiftedClock::new()), false, true, |it| it).await
    }

    /// The same with a gateway where real money moves.
    pub(crate) async fn on_test_clock_with_real_money() -> Self {
        Self::with(Some(ShiftedClock::new()), true, true, |it| it).await
    }

    /// The same with play money, and a server where real accounts are.
    pub(crate) async fn on_test_clock_with_a_real_server() -> Self {
        Self::with(Some(ShiftedClock::new()), false, false, |it| it).await
    }

    /// A shop whose simulated gateway is reached through what `wrap` puts before it.
    pub(crate) async fn with_gateway(
        wrap: impl FnOnce(Arc<SimGateway>) -> Arc<dyn PaymentGateway>,
    ) -> Self {
        Self::with(None, false, false, |mut shop| {
            let gateway = wrap(Arc::clone(&shop.gateway));
            shop.ports.gateways.insert(SimGateway::NAME, gateway);
            shop
        })
        .await
    }

    async fn with(
        test_clock: Option<Arc<ShiftedClock>>,
        real_money: bool,
        test_servers: bool,
        change: impl FnOnce(TestShop) -> TestShop,
    ) -> Self {
        let mut shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
        shop = change(shop);
        let registry = Registry::with_builtins();
        let mode = if real_money { "true" } else { "false" };
        let settings = [("MANUAL_ACCOUNTS", "BCA 123 a.n. Toko"), ("MANUAL_IS_PRODUCTION", mode)];
        let manual = registry.gateway("manual").unwrap().build_from_env(settings).unwrap();
        shop.ports.gateways.insert("manual", manual);
        if let Some(clock) = &test_clock {
            shop.ports.clock = Arc::clone(clock) as Arc<dyn Clock>;
        }
        let mut environment = vec![("RATE_PER_MINUTE".to_owned(), "1000000".to_owned())];
        if test_servers {
            environment.push(("TEST_SERVERS".to_owned(), "panel.example.com".to_owned()));
        }
        let sources = Sources::read(&registry, None, environment).unwrap();
        let app = AppState::new(Parts {
            config: Config::from_sources(sources).unwrap(),
            passwords: Passwords::cheap(&*shop.ports.entropy).unwrap(),
            ports: shop.ports.clone(),
            test_clock,
            schema: Arc::new(Migrated),
        });
        let key = key(&app, Role::Admin).await;
        Self { router: http::router(&app), shop, app, key }
    }

    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        self.call_to(&self.router, method, path, headers, body).await
    }

    /// The same server once more over another way to the same store.
    pub(crate) fn again_over(&self, store: Arc<dyn Store>) -> Router {
        let app = AppState::new(Parts {
            config: self.app.config().clone(),
            passwords: self.app.passwords().clone(),
            ports: Ports { store, ..self.shop.ports.clone() },
            test_clock: None,
            schema: Arc::new(Migrated),
        });
        http::router(&app)
    }

    pub(crate) async fn call_to(
        &self,
        router: &Router,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1/admin{path}"))
            .header("authorization", &self.key);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, |it| Body::from(it.to_string()));
        let mut request = request.body(body).unwrap();
        let peer: std::net::SocketAddr = "192.0.2.9:4000".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, 1 << 24).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, text, json }
    }

    /// What this machine is told at `/metrics`.
    pub(crate) async fn metrics(&self) -> String {
        let mut request = Request::get("/metrics").body(Body::empty()).unwrap();
        let peer: std::net::SocketAddr = "127.0.0.1:4000".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        assert_eq!(parts.status, StatusCode::OK);
        String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, &[], Some(&body)).await
    }

    pub(crate) async fn act(&self, path: &str) -> Answer {
        self.call("POST", path, &[], None).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call("PATCH", path, &[], Some(&body)).await
    }

    /// The newest facts, oldest first.
    pub(crate) async fn journal(&self) -> Vec<Event> {
        let events = self.shop.store.events_after(0, 10_000).await.unwrap().rows;
        events.into_iter().map(|it| it.1).collect()
    }

    /// Demands that each of `values` at `pointer` of `body` is refused and named.
    pub(crate) async fn refuses(
        &self,
        method: &str,
        path: &str,
        body: &Value,
        cases: &[(&str, Value)],
    ) {
        for (pointer, value) in cases {
            let mut body = body.clone();
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let at = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            if *value == "(absent)" {
                at.remove(name);
            } else {
                at.insert(name.to_owned(), value.clone());
            }
            let answer = self.call(method, path, &[], Some(&body)).await;
            assert_eq!(answer.status, 422, "{pointer} {value}: {}", answer.text);
            assert_eq!(answer.pointers(), [*pointer], "{value}: {}", answer.text);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
        }
    }
}

async fn key(app: &AppState, role: Role) -> String {
    let ports = app.ports();
    let wish = access::NewStaff {
        email: "staff@example.com".parse().unwrap(),
        name: "Staff".to_owned(),
        role,
        password_hash: PasswordHash::new("nobody's"),
        locale: "en".to_owned(),
    };
    let actor = Actor::System;
    let user = service::create_staff(ports, &actor, &wish, None).await.unwrap();
    let fresh = token::fresh(&*ports.entropy);
    let wish = access::NewApiKey {
        id: Context::new(ports.mint(), &actor).id(),
        name: "back office".to_owned(),
        secret_hash: fresh.hash.clone(),
        scopes: Permission::ALL.to_vec(),
        expires_at: None,
    };
    let key = service::create_api_key(ports, &actor, user.id, &wish).await.unwrap();
    format!("Bearer {}", token::key_text(key.id, &fresh))
}

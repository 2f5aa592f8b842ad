//! A shop in memory, and a caller that talks to it.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode, header},
};
use chrono::{DateTime, TimeDelta, Utc};
use hosting_adapters::{registry::Registry, sealing::KeyRing};
use hosting_core::{
    decide::{Context, access},
    kernel::{PageRequest, Secret},
    model::{Actor, Customer, Job, Lane, MailKind, Permission, Role, User},
    port::{
        Clock, Failure, Letter, LetterWriter, Mailer, Store, StoreError, Written, mailer::Mail,
        store::TaskFilter,
    },
    service::{Directory, Ports, access as service},
    testing::{MemoryStore, SeededEntropy, TestClock},
    work,
};
use hosting_server::{
    auth::{password::Passwords, token},
    config::{Config, Sources},
    http,
    state::{AppState, Parts},
    store::Schema,
};
use serde_json::Value;
use tower::ServiceExt;

pub(crate) const PASSWORD: &str = "correct horse battery";

#[derive(Debug)]
struct NoMail;

#[async_trait]
impl Mailer for NoMail {
    async fn send(&self, _: &Mail) -> Result<(), Failure> {
        Ok(())
    }
}

impl LetterWriter for NoMail {
    fn write(&self, _: &Letter<'_>) -> Written {
        Written { subject: String::new(), text: String::new(), html: None }
    }
}

#[derive(Debug)]
pub(crate) struct Pending(pub(crate) u64);

#[async_trait]
impl Schema for Pending {
    async fn pending(&self) -> Result<u64, StoreError> {
        Ok(self.0)
    }
    async fn migrate(&self) -> Result<u64, StoreError> {
        Ok(0)
    }
}

/// A shop in memory.
pub(crate) struct Shop {
    pub(crate) app: AppState,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) router: Router,
    ring: KeyRing,
}

fn ring() -> KeyRing {
    let text = Secret::new(format!("k1:{}=", "A".repeat(43)));
    KeyRing::parse(&text).unwrap()
}

pub(crate) fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// An app over an empty store, with `settings` as if from the environment.
pub(crate) fn app(settings: &[(&str, &str)], pending: u64) -> (AppState, Arc<TestClock>) {
    let environment = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let sources = Sources::read(&Registry::with_builtins(), None, environment).unwrap();
    let clock = Arc::new(TestClock::at(noon()));
    let entropy = Arc::new(SeededEntropy::new(42));
    let passwords = Passwords::cheap(&*entropy).unwrap();
    let ports = Ports {
        store: Arc::new(MemoryStore::new()),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        entropy,
        secrets: Arc::new(ring()),
        gateways: Directory::new(),
        panels: Directory::new(),
        mailer: Arc::new(NoMail),
        letters: Arc::new(NoMail),
    };
    let config = Config::from_sources(sources).unwrap();
    let schema = Arc::new(Pending(pending));
    (AppState::new(Parts { ports, config, passwords, test_clock: None, schema }), clock)
}

impl Shop {
    pub(crate) fn open() -> Self {
        Self::with(&[("RATE_PER_MINUTE", "100000")])
    }

    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        let (app, clock) = app(settings, 0);
        let router = http::router(&app);
        Self { app, clock, router, ring: ring() }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.app.ports().store
    }

    pub(crate) fn later(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// A staff member who can log in with [`PASSWORD`].
    pub(crate) async fn staff(&self, role: Role) -> User {
        let ports = self.app.ports();
        let hash =
            self.app.passwords().hash(&Secret::new(PASSWORD), &*ports.entropy).await.unwrap();
        let wish = access::NewStaff {
            email: format!("{role}{}@example.com", ports.entropy.next()).parse().unwrap(),
            name: "Staff".to_owned(),
            role,
            password_hash: hash,
            locale: "id".to_owned(),
        };
        service::create_staff(ports, &Actor::System, &wish, None).await.unwrap()
    }

    /// A customer who has registered and proved their address.
    pub(crate) async fn customer(&self, email: &str) -> User {
        let answer = self.guest().post("/api/v1/auth/register", registration(email)).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        let token = self.mailed(MailKind::VerifyEmail).await.pop().unwrap();
        let body = serde_json::json!({ "token": token });
        let answer = self.guest().post("/api/v1/auth/verify-email", body).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
        self.user(email).await
    }

    pub(crate) async fn user(&self, email: &str) -> User {
        self.store().user_by_email(&email.parse().unwrap()).await.unwrap().unwrap().value
    }

    pub(crate) async fn customer_of(&self, user: &User) -> Customer {
        self.store().customer(user.customer_id.unwrap()).await.unwrap().unwrap().value
    }

    /// The tokens that mails of `kind` carry, oldest first.
    pub(crate) async fn mailed(&self, kind: MailKind) -> Vec<String> {
        use hosting_core::port::SecretBox;
        // Whether somebody has the address that a link was asked for is the worker's to find out.
        while work::tick(self.app.ports(), Some(Lane::Mail), 100).await.unwrap().claimed > 0 {}
        let tasks = self.store().tasks(&TaskFilter::default(), &PageRequest::first(200)).await;
        let mut tasks = tasks.unwrap().items;
        tasks.sort_by_key(|it| it.created_at);
        let tokens = tasks.into_iter().filter_map(|it| match it.job {
            Job::MailUser { kind: about, user_id, token: Some(token) } if about == kind => {
                let place = service::token_place(user_id);
                Some(self.ring.open(&token, &place).unwrap().expose().to_owned())
            }
            _ => None,
        });
        tokens.collect()
    }

    /// The kinds of all mails to users that carry no link.
    pub(crate) async fn told(&self) -> Vec<MailKind> {
        let tasks = self.store().tasks(&TaskFilter::default(), &PageRequest::first(200)).await;
        let kinds = tasks.unwrap().items.into_iter().filter_map(|it| match it.job {
            Job::MailUser { kind, token: None, .. } => Some(kind),
            _ => None,
        });
        kinds.collect()
    }

    pub(crate) fn guest(&self) -> Caller<'_> {
        Caller { shop: self, headers: HeaderMap::new(), ip: "192.0.2.1" }
    }

    /// A browser that is logged in as `user`.
    pub(crate) async fn browser(&self, user: &User) -> Caller<'_> {
        let ports = self.app.ports();
        let fresh = token::fresh(&*ports.entropy);
        let wish = access::NewSession {
            token_hash: fresh.hash.clone(),
            user_agent: "test".to_owned(),
            ip: "192.0.2.1".to_owned(),
        };
        let actor = Actor::User { user_id: user.id };
        let now = self.store().user(user.id).await.unwrap().unwrap();
        service::log_in(ports, &actor, user.id, &now.password_hash, None, &wish).await.unwrap();
        self.guest().with("cookie", &format!("session={}", fresh.text.expose()))
    }

    /// A program with a key of `user` that has `scopes`.
    pub(crate) async fn program(&self, user: &User, scopes: &[Permission]) -> Caller<'_> {
        let ports = self.app.ports();
        let fresh = token::fresh(&*ports.entropy);
        let actor = Actor::System;
        let wish = access::NewApiKey {
            id: Context::new(ports.mint(), &actor).id(),
            name: "program".to_owned(),
            secret_hash: fresh.hash.clone(),
            scopes: scopes.to_vec(),
            expires_at: None,
        };
        let key = service::create_api_key(ports, &actor, user.id, &wish).await.unwrap();
        let text = token::key_text(key.id, &fresh);
        self.guest().with("authorization", &format!("Bearer {text}"))
    }
}

pub(crate) fn registration(email: &str) -> Value {
    serde_json::json!({
        "email": email,
        "password": PASSWORD,
        "name": "Rani",
        "address": { "line1": "Jl. Melati 1", "city": "Bandung", "country": "ID" },
    })
}

/// Somebody who sends requests.
#[derive(Clone)]
pub(crate) struct Caller<'s> {
    shop: &'s Shop,
    headers: HeaderMap,
    ip: &'static str,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// The fields that a problem names.
    pub(crate) fn pointers(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|it| it["pointer"].as_str().unwrap().to_owned()).collect()
    }
}

impl Caller<'_> {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub(crate) fn from(mut self, ip: &'static str) -> Self {
        self.ip = ip;
        self
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<String>) -> Answer {
        self.send_to(&self.shop.router, method, path, body).await
    }

    pub(crate) async fn send_to(
        &self,
        router: &Router,
        method: &str,
        path: &str,
        body: Option<String>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if body.is_some() && !self.headers.contains_key(header::CONTENT_TYPE) {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let mut request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        request.headers_mut().extend(self.headers.clone());
        let peer = std::net::SocketAddr::new(self.ip.parse().unwrap(), 4000);
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 22).await.unwrap();
        let body = String::from_utf8_lossy(&body).into_owned();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body.to_string())).await
    }
}

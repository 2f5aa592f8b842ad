//! A shop with simulated providers behind the real web server, and callers.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use hosting_adapters::registry::Registry;
use hosting_core::{
    kernel::PageRequest,
    model::{Charge, charge::Method as Way},
    port::{
        Descriptor, Failure, PaymentGateway,
        gateway::{ChargeRequest, Notice, RawWebhook, Rejection},
    },
    testing::{Fate, MemoryStore, SimGateway, TestShop},
};
use hosting_server::{
    auth::{password::Passwords, token::same},
    config::{Config, Sources},
    http,
    state::{AppState, Parts},
    view::letters::ShopLetters,
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::migrated::Migrated;

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const SIGNATURE: &str = "known to the gateway alone";
pub(crate) const WEBHOOK: &str = "/api/payments/sim/webhook";

/// The simulated gateway, whose messages are JSON and signed, and whose answers can get lost.
#[derive(Debug)]
struct Signed {
    inner: Arc<SimGateway>,
    loses: Arc<AtomicBool>,
}

#[async_trait]
impl PaymentGateway for Signed {
    fn descriptor(&self) -> &'static Descriptor {
        self.inner.descriptor()
    }
    fn methods(&self) -> &[Way] {
        self.inner.methods()
    }
    fn is_production(&self) -> bool {
        false
    }
    async fn charge(&self, request: &ChargeRequest) -> Result<Charge, Failure> {
        let charge = self.inner.charge(request).await;
        if self.loses.swap(false, Ordering::SeqCst) {
            return Err(Failure::unknown("charge", "the answer was lost"));
        }
        charge
    }
    async fn find(&self, reference: &str) -> Result<Option<Charge>, Failure> {
        self.inner.find(reference).await
    }
    async fn cancel(&self, reference: &str) -> Result<Charge, Failure> {
        self.inner.cancel(reference).await
    }
    fn verify(&self, webhook: &RawWebhook<'_>) -> Result<Notice, Rejection> {
        let body: Value =
            serde_json::from_slice(webhook.body).map_err(|_| Rejection::Malformed("not JSON"))?;
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let event_key = text("event").ok_or(Rejection::Malformed("no event"))?;
        let signed = webhook.headers.iter().find(|(name, _)| name == "x-signature");
        match signed {
            Some((_, signature)) if same(signature, SIGNATURE) => {
                Ok(Notice { event_key, reference: text("reference") })
            }
            _ => Err(Rejection::Forged),
        }
    }
}

/// A shop behind the real web server.
pub(crate) struct World {
    pub(crate) shop: TestShop,
    pub(crate) router: Router,
    loses: Arc<AtomicBool>,
    callers: AtomicU32,
}

impl World {
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// A shop with something changed before the web server is put around it.
    pub(crate) async fn with(change: impl FnOnce(&mut TestShop)) -> Self {
        let mut shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
        let loses = Arc::new(AtomicBool::new(false));
        let signed = Signed { inner: Arc::clone(&shop.gateway), loses: Arc::clone(&loses) };
        shop.ports.gateways.insert(SimGateway::NAME, Arc::new(signed));
        shop.ports.letters = Arc::new(ShopLetters::new("http://shop.example"));
        change(&mut shop);
        let environment = [("RATE_PER_MINUTE", "1000000"), ("PUBLIC_URL", "http://shop.example")];
        let environment = environment.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let sources = Sources::read(&Registry::with_builtins(), None, environment).unwrap();
        let app = AppState::new(Parts {
            ports: shop.ports.clone(),
            config: Config::from_sources(sources).unwrap(),
            passwords: Passwords::cheap(&*shop.ports.entropy).unwrap(),
            test_clock: None,
            schema: Arc::new(Migrated),
        });
        Self { router: http::router(&app), shop, loses, callers: AtomicU32::new(1) }
    }

    /// The gateway makes its next charge, and the answer gets lost.
    pub(crate) fn lose_next_answer(&self) {
        self.loses.store(true, Ordering::SeqCst);
    }

    /// Somebody without an account, from an address of their own.
    pub(crate) fn guest(&self) -> Caller<'_> {
        let number = self.callers.fetch_add(1, Ordering::SeqCst);
        let ip = format!("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255);
        Caller { world: self, headers: HeaderMap::new(), ip }
    }

    /// A browser of a customer who registered, opened the mailed link and logged in.
    pub(crate) async fn customer(&self, email: &str) -> Caller<'_> {
        let guest = self.guest();
        let body = json!({
            "email": email,
            "password": PASSWORD,
            "name": "Budi Santoso",
            "address": { "line1": "Jl. Melati 1", "city": "Bandung", "country": "ID" },
        });
        let answer = guest.post("/api/v1/auth/register", body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        self.shop.drain().await;
        let mail = self.mail_to(email, "/verify-email?token=");
        let token = mail.split("/verify-email?token=").nth(1).unwrap();
        let token = token.split_whitespace().next().unwrap();
        let answer = guest.post("/api/v1/auth/verify-email", json!({ "token": token })).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
        let login = json!({ "email": email, "password": PASSWORD });
        let answer = guest.post("/api/v1/auth/login", login).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
        guest.with("cookie", cookie.split(';').next().unwrap())
    }

    /// The text of the newest mail to somebody that has `words` in it.
    pub(crate) fn mail_to(&self, email: &str, words: &str) -> String {
        let sent = self.shop.mailer.sent();
        let mut mails = sent.iter().rev().filter(|it| it.to.as_str() == email);
        let found = mails.find(|it| it.text.contains(words) || it.subject.contains(words));
        found.unwrap_or_else(|| panic!("no mail to {email} says {words:?}")).text.clone()
    }

    /// One line of a cart: the plan, monthly.
    pub(crate) fn item(&self, domain: &str) -> Value {
        json!({ "plan_id": self.shop.plan_id.to_string(), "cycle": "monthly", "domain": domain })
    }

    /// A message of the gateway.
    pub(crate) async fn webhook(&self, signature: &str, body: impl Into<Body>) -> Answer {
        let provider = self.guest().with("x-signature", signature);
        provider.send(&Method::POST, WEBHOOK, body.into()).await
    }

    pub(crate) async fn stored_webhooks(&self) -> usize {
        self.shop.store.webhook_events(&PageRequest::default()).await.unwrap().items.len()
    }
}

/// Somebody who sends requests.
#[derive(Clone)]
pub(crate) struct Caller<'w> {
    world: &'w World,
    headers: HeaderMap,
    ip: String,
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

    /// The answer, which must have this status.
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.json()
    }
}

impl Caller<'_> {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub(crate) async fn send(&self, method: &Method, path: &str, body: Body) -> Answer {
        let mut request = Request::builder().method(method).uri(path).body(body).unwrap();
        if *method != Method::GET {
            let json = "application/json".parse().unwrap();
            request.headers_mut().insert(header::CONTENT_TYPE, json);
        }
        request.headers_mut().extend(self.headers.clone());
        let peer: std::net::SocketAddr = format!("{}:4000", self.ip).parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.world.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 22).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(&Method::GET, path, Body::empty()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(&Method::DELETE, path, Body::empty()).await
    }

    pub(crate) async fn act(&self, path: &str) -> Answer {
        self.send(&Method::POST, path, Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(&Method::POST, path, Body::from(body.to_string())).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(&Method::PUT, path, Body::from(body.to_string())).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(&Method::PATCH, path, Body::from(body.to_string())).await
    }

    /// Puts one plan for `domain` into a cart and orders it: the order's and the invoice's id.
    pub(crate) async fn order(&self, domain: &str) -> (String, String) {
        let items = json!({ "items": [self.world.item(domain)] });
        let cart = self.post("/api/v1/carts", items).await.expect(201);
        let path = format!("/api/v1/carts/{}/checkout", cart["id"].as_str().unwrap());
        let placed = self.act(&path).await.expect(201);
        (text(&placed["order"]["id"]), text(&placed["invoice"]["id"]))
    }

    /// Asks to pay an invoice: the payment.
    pub(crate) async fn pay(&self, invoice: &str) -> Value {
        let path = format!("/api/v1/invoices/{invoice}/payments");
        self.post(&path, json!({ "gateway": "sim", "method": "va" })).await.expect(201)
    }

    /// Orders, pays, and waits until the account is there: the service's id.
    pub(crate) async fn service(&self, domain: &str) -> String {
        let (_, invoice) = self.order(domain).await;
        let payment = self.pay(&invoice).await;
        let world = self.world;
        assert!(world.shop.gateway.pay(payment["reference"].as_str().unwrap()));
        let check = format!("/api/v1/payments/{}/check", payment["id"].as_str().unwrap());
        assert_eq!(self.act(&check).await.expect(200)["status"], "succeeded");
        world.shop.drain().await;
        let services = self.get("/api/v1/subscriptions").await.expect(200);
        let found = services["items"].as_array().unwrap().iter().find(|it| it["domain"] == domain);
        text(&found.unwrap()["id"])
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

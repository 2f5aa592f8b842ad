//! A shop with one of each thing in it, and somebody to ask as.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::Request,
};
use chrono::TimeDelta;
use hosting_adapters::registry::Registry;
use hosting_core::{
    change::ChangeSet,
    decide::access,
    kernel::{PageRequest, Secret},
    model::{Actor, Role, User, UserStatus, WebhookEvent, WebhookStatus},
    port::{Store, store::TaskFilter},
    service::{access as service, payments},
    testing::{Fate, TestShop},
};
use hosting_server::{
    auth::{password::Passwords, token},
    config::{Config, Sources},
    http,
    state::{AppState, Parts},
};
use hosting_sqlx::SqlStore;
use serde_json::{Value, json};
use sqlx::{Connection, Row, SqliteConnection};
use tower::ServiceExt;

use super::{
    document::{Document, Operation},
    examples::{Examples, Ids},
    migrated::Migrated,
};

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) json: Value,
    pub(crate) text: String,
}

/// A shop with one of each thing in it.
pub(crate) struct World {
    pub(crate) document: Document,
    pub(crate) examples: Examples,
    shop: TestShop,
    router: Router,
    admin: String,
    customer: String,
    ids: Ids,
    url: String,
    _place: tempfile::TempDir,
}

/// An app whose limits are wide enough for every request to arrive where it is checked.
fn app(shop: &TestShop) -> AppState {
    let settings = [("RATE_PER_MINUTE", "1000000"), ("BODY_LIMIT", "4194304")];
    let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let sources = Sources::read(&Registry::with_builtins(), None, settings).unwrap();
    AppState::new(Parts {
        config: Config::from_sources(sources).unwrap(),
        passwords: Passwords::cheap(&*shop.ports.entropy).unwrap(),
        ports: shop.ports.clone(),
        test_clock: None,
        schema: Arc::new(Migrated),
    })
}

async fn staff(app: &AppState) -> User {
    let ports = app.ports();
    let hash = app.passwords().hash(&Secret::new("correct horse battery"), &*ports.entropy).await;
    let wish = access::NewStaff {
        email: "admin@example.com".parse().unwrap(),
        name: "Admin".to_owned(),
        role: Role::Admin,
        password_hash: hash.unwrap(),
        locale: "id".to_owned(),
    };
    service::create_staff(ports, &Actor::System, &wish, None).await.unwrap()
}

/// Somebody who logs in for the shop's customer.
async fn buyer(app: &AppState, shop: &TestShop, admin: &User) -> User {
    let mint = app.mint();
    let user = User {
        id: mint.id(),
        email: "rani@example.com".parse().unwrap(),
        role: Role::Customer,
        status: UserStatus::Active,
        customer_id: Some(shop.customer_id),
        email_verified_at: Some(mint.now()),
        credentials_epoch: 0,
        ..admin.clone()
    };
    let mut changes = ChangeSet::default();
    changes.users.add(user.clone());
    shop.store.commit(changes).await.unwrap();
    user
}

/// Logs `user` in; answers the cookie.
async fn cookie(app: &AppState, user: &User) -> String {
    let ports = app.ports();
    let fresh = token::fresh(&*ports.entropy);
    let wish = access::NewSession {
        token_hash: fresh.hash.clone(),
        user_agent: "test".to_owned(),
        ip: "192.0.2.1".to_owned(),
    };
    let actor = Actor::User { user_id: user.id };
    service::log_in(ports, &actor, user.id, &user.password_hash, None, &wish).await.unwrap();
    format!("session={}", fresh.text.expose())
}

/// One of each thing.
async fn furnish(app: &AppState, shop: &TestShop, admin: &User) -> Ids {
    let store = &shop.store;
    let cart = shop.cart("kopi.example", None).await;
    let (order, paid) = shop.order(cart).await;
    shop.pay(paid).await;
    let payment = store.payments_of(paid).await.unwrap().remove(0).id;
    let cart = shop.cart("teh.example", None).await;
    let (_, invoice) = shop.order(cart).await;
    let ports = &shop.ports;
    let transfer =
        payments::start(ports, &Actor::Guest, invoice, "manual", "bank_transfer").await.unwrap();
    shop.drain().await;
    let cart = shop.cart("susu.example", None).await;
    let subscription = shop.subscriptions().await.remove(0).id;
    let plan = store.plan(shop.plan_id).await.unwrap().unwrap();
    let page = PageRequest::first(1);
    let task = store.tasks(&TaskFilter::default(), &page).await.unwrap().items.remove(0).id;
    let coupon = store.coupon_by_code("KOPI10").await.unwrap().unwrap().id;
    let server = store.servers().await.unwrap().rows.remove(0).id;
    let (mint, mut changes) = (app.mint(), ChangeSet::default());
    let event = WebhookEvent {
        id: mint.id(),
        gateway: "sim".to_owned(),
        event_key: "1".to_owned(),
        reference: None,
        body: "{}".to_owned(),
        status: WebhookStatus::Ignored,
        processed_at: Some(mint.now()),
        created_at: mint.now(),
        updated_at: mint.now(),
    };
    let webhook = event.id;
    changes.webhook_events.add(event);
    store.commit(changes).await.unwrap();
    Ids::from([
        ("/api/v1/admin/coupons/", coupon.to_string()),
        ("/api/v1/admin/customers/", shop.customer_id.to_string()),
        ("/api/v1/admin/invoices/", invoice.to_string()),
        ("/api/v1/admin/orders/", order.to_string()),
        ("/api/v1/admin/payments/", payment.to_string()),
        ("/api/v1/admin/payments/{id}/confirm", transfer.to_string()),
        ("/api/v1/admin/plans/", shop.plan_id.to_string()),
        ("/api/v1/admin/products/", plan.product_id.to_string()),
        ("/api/v1/admin/servers/", server.to_string()),
        ("/api/v1/admin/subscriptions/", subscription.to_string()),
        ("/api/v1/admin/tasks/", task.to_string()),
        ("/api/v1/admin/webhooks/", webhook.to_string()),
        ("/api/v1/carts/", cart.to_string()),
        ("/api/v1/catalog/products/", "shared-hosting".to_owned()),
        ("/api/v1/invoices/", invoice.to_string()),
        ("/api/v1/orders/", order.to_string()),
        ("/api/v1/payments/", payment.to_string()),
        ("/api/v1/subscriptions/", subscription.to_string()),
        ("/api/v1/users/", admin.id.to_string()),
    ])
}

impl World {
    pub(crate) async fn open() -> Self {
        let place = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", place.path().join("shop.db").display());
        let store = SqlStore::connect(&url).await.unwrap();
        store.migrate().await.unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        let mut shop = TestShop::open(store, Fate::kind()).await;
        let registry = Registry::with_builtins();
        let manual = registry.gateway("manual").unwrap();
        let manual = manual.build_from_env([("MANUAL_ACCOUNTS", "BCA 123 a.n. Toko")]).unwrap();
        shop.ports.gateways.insert("manual", manual);
        let app = app(&shop);
        let admin = staff(&app).await;
        let buyer = buyer(&app, &shop, &admin).await;
        let mut ids = furnish(&app, &shop, &admin).await;
        let mut world = Self {
            document: Document::read(json!({ "paths": {} })),
            examples: Examples::new(ids.clone()),
            router: http::router(&app),
            admin: cookie(&app, &admin).await,
            customer: cookie(&app, &buyer).await,
            ids: Ids::new(),
            shop,
            url,
            _place: place,
        };
        let rule = json!({
            "name": "PPN", "country": "ID", "rate": "0.12", "mode": "exclusive",
            "valid_from": "2026-02-02",
        });
        let rule = world.ask("POST", "/api/v1/admin/tax-rules", Some(&rule), &world.admin).await;
        ids.insert("/api/v1/admin/tax-rules/", rule.json["id"].as_str().unwrap().to_owned());
        let part = json!({ "amount_minor": 10, "reason": "by wish" });
        let path = format!("/api/v1/admin/payments/{}/refunds", ids["/api/v1/admin/payments/"]);
        let refund = world.ask("POST", &path, Some(&part), &world.admin).await;
        ids.insert("/api/v1/admin/refunds/", refund.json["id"].as_str().unwrap().to_owned());
        let document = world.ask("GET", "/api/openapi.json", None, "").await.json;
        world.document = Document::read(document);
        world.ids = ids;
        world
    }

    /// The path with the id of something that is there.
    pub(crate) fn fill(&self, path: &str) -> String {
        let Some((before, _)) = path.split_once('{') else { return path.to_owned() };
        let id = self.ids.get(path).or_else(|| self.ids.get(before));
        let id = id.unwrap_or_else(|| panic!("nothing is known at {before}"));
        super::document::fill(path, id)
    }

    /// Sends a request as somebody who may. Attempts that are counted are tried again an hour later.
    pub(crate) async fn send(
        &self,
        operation: &Operation,
        path: &str,
        query: &str,
        body: Option<&Value>,
    ) -> Answer {
        let who = match operation.access.as_str() {
            "public" if operation.path.contains("/auth/") => "",
            "public" => &self.customer,
            own if own.contains("own things") => &self.customer,
            _ => &self.admin,
        };
        let method = operation.method.to_uppercase();
        let path = format!("{path}{query}");
        let answer = self.ask(&method, &path, body, who).await;
        if answer.status != 429 {
            return answer;
        }
        self.shop.clock.advance(TimeDelta::hours(1));
        self.ask(&method, &path, body, who).await
    }

    async fn ask(&self, method: &str, path: &str, body: Option<&Value>, cookie: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !cookie.is_empty() {
            request = request.header("cookie", cookie);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, |it| Body::from(it.to_string()));
        let mut request = request.body(body).unwrap();
        let peer: SocketAddr = "192.0.2.9:4000".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, 1 << 24).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let kind = parts.headers.get("content-type").and_then(|it| it.to_str().ok());
        Answer {
            status: parts.status.as_u16(),
            content_type: kind.unwrap_or_default().to_owned(),
            json: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        }
    }

    /// How many rows each table has, and the sum of their versions: what changes with any write.
    /// Counted attempts, and when a session was last seen, are no business of anybody's.
    pub(crate) async fn everything(&self) -> Vec<(String, i64, i64)> {
        let mut database = SqliteConnection::connect(&self.url).await.unwrap();
        let tables = "SELECT m.name, EXISTS (SELECT 1 FROM pragma_table_info(m.name) AS c \
                      WHERE c.name = 'version') FROM sqlite_master AS m WHERE m.type = 'table' \
                      AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'counters' ORDER BY m.name";
        let mut found = Vec::new();
        for table in sqlx::query(tables).fetch_all(&mut database).await.unwrap() {
            let (name, has_version): (String, bool) = (table.get(0), table.get(1));
            let sum = if has_version && name != "sessions" { "total(version)" } else { "0" };
            let sql = format!("SELECT count(*), CAST({sum} AS INTEGER) FROM \"{name}\"");
            let row = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(&mut database).await.unwrap();
            found.push((name, row.get(0), row.get(1)));
        }
        assert!(found.iter().any(|(name, count, _)| name == "events" && *count > 10), "{found:?}");
        found
    }
}

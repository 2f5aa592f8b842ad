//! What the log of a running shop holds, at its most talkative: JSON, the names of requests, no secret.

use std::{fs::File, path::PathBuf, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hosting_adapters::sandbox::{World, WorldConfig};
use hosting_core::kernel::Secret;
use hosting_server::clock::{Stopwatch, SystemClock};
use reqwest::{Client, Method, redirect::Policy};
use serde_json::{Value, json};

use crate::process::{PATIENCE, Running, four_ports, program, run, said};

const ADMIN: &str = "admin@shop.example.com";
const ADMIN_PASSWORD: &str = "admins-password-7c1e";
const EMAIL: &str = "budi@customer.example.com";
const FIRST_PASSWORD: &str = "first-password-93fa";
const NEW_PASSWORD: &str = "second-password-b20d";
const WRONG_PASSWORD: &str = "mistyped-password-55e8";
const SERVER_KEY: &str = "SB-Mid-server-4f6a81";
const PANEL_TOKEN: &str = "WHMTOKENA1B2C3D4";
const OTHER_TOKEN: &str = "WHMTOKENE5F6A7B8";
const METRICS_TOKEN: &str = "metrics-token-d01c";
const FORGED: &str = "forged-signature-0e9b";
const RING: &str = "first:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";

/// A shop that logs everything into a file, and everybody's requests to it.
struct Desk {
    world: World,
    serve: Running,
    http: Client,
    url: String,
    log: PathBuf,
    /// What must not be in the log, each under a name that may be told.
    secrets: Vec<(&'static str, String)>,
    /// The name and the status of each request that was answered.
    answered: Vec<(String, u64)>,
    _folder: tempfile::TempDir,
}

struct Answer {
    status: u64,
    cookie: Option<String>,
    body: Value,
}

impl Answer {
    fn expect(self, status: u64) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    fn text(&self, field: &str) -> String {
        let text = self.body[field].as_str();
        text.unwrap_or_else(|| panic!("no {field:?} in {}", self.body)).to_owned()
    }
}

impl Desk {
    async fn open() -> Self {
        let mut config = WorldConfig::new(Arc::new(SystemClock));
        config.midtrans_server_key = Secret::new(SERVER_KEY);
        config.whm_token = Secret::new(PANEL_TOKEN);
        let world = World::start(config).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let address = format!("127.0.0.1:{}", four_ports());
        let (midtrans, smtp) = (world.midtrans_url(), world.smtp_url());
        let settings = [
            ("LISTEN_ADDR", address.as_str()),
            ("LOG", "trace"),
            ("LOG_FORMAT", "json"),
            ("SECRET_KEYS", RING),
            ("METRICS_TOKEN", METRICS_TOKEN),
            ("MIDTRANS_SERVER_KEY", SERVER_KEY),
            ("MIDTRANS_IS_PRODUCTION", "false"),
            ("MIDTRANS_BASE_URL", &midtrans),
            ("PAYMENT_DEFAULT", "midtrans"),
            ("SMTP_URL", &smtp),
            ("MAIL_FROM", "Shop <billing@shop.example.com>"),
        ];
        said(&run(program(folder.path(), &settings, &["migrate"]), ""));
        let panel = world.whm_url();
        let seed = ["seed", "--panel-url", &panel, "--admin", ADMIN, "--secrets-stdin"];
        let input = format!("{ADMIN_PASSWORD}\n{PANEL_TOKEN}\n");
        said(&run(program(folder.path(), &settings, &seed), &input));
        let log = folder.path().join("shop.log");
        // A file, because a pipe that nobody reads fills up and holds the shop.
        let mut command = program(folder.path(), &settings, &["serve"]);
        command.stderr(File::create(&log).unwrap());
        let serve = Running::start(command);
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        let url = format!("http://{address}");
        let (secrets, answered) = (known_before(), Vec::new());
        let desk = Self { world, serve, http, url, log, secrets, answered, _folder: folder };
        desk.is_ready().await;
        desk
    }

    async fn is_ready(&self) {
        let (watch, ready) = (Stopwatch::start(), format!("{}/health/ready", self.url));
        while !self.http.get(&ready).send().await.is_ok_and(|it| it.status().is_success()) {
            assert!(watch.elapsed() < PATIENCE, "it never became ready");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Sends a request with one header more, and keeps how it was named and answered.
    async fn send(
        &mut self,
        (method, path): (Method, &str),
        (header, value): (&str, &str),
        body: &Value,
    ) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if !body.is_null() {
            request = request.json(body);
        }
        let response = request.header(header, value).send().await.unwrap();
        let status = u64::from(response.status().as_u16());
        let named = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        self.answered.push((named, status));
        let cookie = response.headers().get("set-cookie").map(|it| it.to_str().unwrap());
        let cookie = cookie.and_then(|it| it.split(';').next()).map(str::to_owned);
        let text = response.text().await.unwrap();
        Answer { status, cookie, body: serde_json::from_str(&text).unwrap_or(Value::Null) }
    }

    async fn post(&mut self, path: &str, who: &str, body: Value) -> Answer {
        self.send((Method::POST, path), ("cookie", who), &body).await
    }

    async fn get(&mut self, path: &str, who: &str) -> Answer {
        self.send((Method::GET, path), ("cookie", who), &Value::Null).await
    }

    /// The cookie of a new session.
    async fn log_in(&mut self, email: &str, password: &str) -> String {
        let login = json!({ "email": email, "password": password });
        let answer = self.post("/api/v1/auth/login", "", login).await.expect(200);
        let cookie = answer.cookie.unwrap();
        let (_, token) = cookie.split_once('=').unwrap();
        self.secrets.push(("a session's cookie", token.to_owned()));
        cookie
    }

    /// The token of the link to `page` that was mailed.
    async fn mailed(&mut self, page: &str) -> String {
        let (watch, link) = (Stopwatch::start(), format!("{page}?token="));
        loop {
            assert!(watch.elapsed() < PATIENCE, "no mail has a link to {page}");
            let mails = self.world.smtp.to(EMAIL).into_iter().filter_map(|it| it.message().text);
            let mut rests = mails.filter_map(|it| Some(it.split_once(&link)?.1.to_owned()));
            if let Some(rest) = rests.next() {
                let token = rest.split_whitespace().next().unwrap().to_owned();
                self.secrets.push(("a link's token", token.clone()));
                return token;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn registers(&mut self) {
        let wish = json!({
            "email": EMAIL, "password": FIRST_PASSWORD, "name": "Budi", "locale": "id",
            "address": { "line1": "Jl. Melati 1", "city": "Bandung", "country": "ID" },
        });
        self.post("/api/v1/auth/register", "", wish).await.expect(202);
        let token = self.mailed("/verify-email").await;
        self.post("/api/v1/auth/verify-email", "", json!({ "token": token })).await.expect(204);
        self.log_in(EMAIL, FIRST_PASSWORD).await;
        let wrong = json!({ "email": EMAIL, "password": WRONG_PASSWORD });
        self.post("/api/v1/auth/login", "", wrong).await.expect(401);
    }

    /// By the link in the mail, which a browser opens before the new password is sent.
    async fn forgets_the_password(&mut self) {
        self.post("/api/v1/auth/password-reset", "", json!({ "email": EMAIL })).await.expect(202);
        let token = self.mailed("/reset-password").await;
        let page = self.get(&format!("/reset-password?token={token}"), "").await;
        assert!(page.status < 400, "the link leads nowhere: {}", page.status);
        let new = json!({ "token": token, "password": NEW_PASSWORD });
        self.post("/api/v1/auth/password-reset/confirm", "", new).await.expect(204);
    }

    async fn uses_a_key(&mut self, cookie: &str) {
        let wish = json!({ "name": "Deploy", "scopes": ["customer-orders-view"] });
        let made = self.post("/api/v1/auth/api-keys", cookie, wish).await.expect(201);
        let key = made.text("secret");
        let secret = key.splitn(3, '_').nth(2).unwrap().to_owned();
        self.secrets.push(("an API key", secret));
        let bearer = ("authorization", format!("Bearer {key}"));
        let orders = (Method::GET, "/api/v1/orders");
        self.send(orders, (bearer.0, &bearer.1), &Value::Null).await.expect(200);
    }

    /// Buys, so that the gateway is called with the server key and the panel with its token.
    async fn buys(&mut self, cookie: &str) {
        let product = self.get("/api/v1/catalog/products/hosting", "").await.expect(200);
        let mut plans = product.body["plans"].as_array().expect("plans").iter();
        let plan = plans.find(|it| it["slug"] == "business").expect("the plan")["id"].clone();
        let item = json!({ "plan_id": plan, "cycle": "monthly", "domain": "nusakopi.com" });
        let cart = self.post("/api/v1/carts", cookie, json!({ "items": [item] })).await.expect(201);
        let checkout = format!("/api/v1/carts/{}/checkout", cart.text("id"));
        let placed = self.post(&checkout, cookie, json!({})).await;
        let invoice = placed.body["invoice"]["id"].as_str().unwrap().to_owned();
        let way = json!({ "gateway": "midtrans", "method": "bca_va" });
        let pay = format!("/api/v1/invoices/{invoice}/payments");
        let payment = self.post(&pay, cookie, way).await;
        let (reference, path) =
            (payment.text("reference"), format!("/api/v1/payments/{}", payment.text("id")));
        let watch = Stopwatch::start();
        while self.get(&path, cookie).await.body["instructions"].is_null() {
            assert!(watch.elapsed() < PATIENCE, "nobody was told how to pay");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.world.midtrans.pay(&reference).expect("the bank takes it");
        self.post(&format!("{path}/check"), cookie, json!({})).await.expect(200);
        while self.world.whm.accounts().is_empty() {
            assert!(watch.elapsed() < PATIENCE, "no account was made");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A message that says it is the gateway's and is not.
    async fn hears_a_forgery(&mut self) {
        let message = json!({
            "order_id": "a-1", "status_code": "200", "gross_amount": "1000.00",
            "transaction_status": "settlement", "signature_key": FORGED,
        });
        self.post("/api/payments/midtrans/webhook", "", message).await.expect(403);
    }

    /// A second server, whose token the panel does not take.
    async fn gets_a_server(&mut self) {
        let admin = self.log_in(ADMIN, ADMIN_PASSWORD).await;
        let server = json!({
            "name": "second", "panel": "cpanel", "server_group": "jakarta", "username": "root",
            "base_url": self.world.whm_url(), "secret": OTHER_TOKEN, "max_accounts": 10,
        });
        let made = self.post("/api/v1/admin/servers", &admin, server).await.expect(201);
        let test = format!("/api/v1/admin/servers/{}/test", made.text("id"));
        let asked = self.post(&test, &admin, Value::Null).await;
        assert!(![401, 403, 404].contains(&asked.status), "{}", asked.body);
        let metrics = ("authorization", format!("Bearer {METRICS_TOKEN}"));
        let at = (Method::GET, "/metrics");
        self.send(at, (metrics.0, &metrics.1), &Value::Null).await.expect(200);
    }
}

/// What is secret before anybody came, also as it travels in headers.
fn known_before() -> Vec<(&'static str, String)> {
    let owned = |(name, secret): (&'static str, &str)| (name, secret.to_owned());
    let mut secrets: Vec<_> = [
        ("the administrator's password", ADMIN_PASSWORD),
        ("the first password", FIRST_PASSWORD),
        ("the new password", NEW_PASSWORD),
        ("the wrong password", WRONG_PASSWORD),
        ("the server key", SERVER_KEY),
        ("the panel's token", PANEL_TOKEN),
        ("the second panel's token", OTHER_TOKEN),
        ("the token of the metrics", METRICS_TOKEN),
        ("the forged signature", FORGED),
        ("the key ring", RING.split_once(':').unwrap().1),
    ]
    .map(owned)
    .into();
    secrets.push(("the server key in a header", STANDARD.encode(format!("{SERVER_KEY}:"))));
    secrets
}

/// The lines, each of them JSON.
fn lines(log: &str) -> Vec<Value> {
    let parse = |line: &str| {
        let parsed: Option<Value> = serde_json::from_str(line).ok().filter(Value::is_object);
        parsed.unwrap_or_else(|| panic!("not a line of JSON: {line}"))
    };
    log.lines().map(parse).collect()
}

/// Which secrets are in the log, and the first line that each is in.
fn told(log: &str, secrets: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    let find = |secret: &str| log.lines().find(|it| it.contains(secret)).map(str::to_owned);
    secrets.iter().filter_map(|(name, secret)| Some((*name, find(secret)?))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_json_with_request_ids_and_hold_no_secret() {
    let mut desk = Desk::open().await;
    desk.registers().await;
    desk.forgets_the_password().await;
    let cookie = desk.log_in(EMAIL, NEW_PASSWORD).await;
    desk.uses_a_key(&cookie).await;
    desk.buys(&cookie).await;
    desk.hears_a_forgery().await;
    desk.gets_a_server().await;
    assert_eq!(desk.serve.stop().0, Some(0));

    let log = std::fs::read_to_string(&desk.log).unwrap();
    let lines = lines(&log);
    assert!(lines.iter().any(|it| it["level"] == "TRACE"), "it was not talkative");
    let of_requests: Vec<_> = lines.iter().filter(|it| it["message"] == "answered").collect();
    for line in &of_requests {
        let id = line["span"]["request_id"].as_str().unwrap_or_default();
        assert!(id.len() == 32 && id.bytes().all(|it| it.is_ascii_hexdigit()), "{line}");
    }
    assert!(desk.answered.len() >= 20, "{:?}", desk.answered);
    for (id, status) in &desk.answered {
        let mut named = of_requests.iter().filter(|it| it["span"]["request_id"] == **id);
        let line = named.next().unwrap_or_else(|| panic!("request {id} has no line"));
        assert!(line["status"] == *status && named.next().is_none(), "{line}");
    }
    let secrets = told(&log, &desk.secrets);
    assert!(secrets.is_empty(), "secrets are in the log: {secrets:#?}");
    // The proof that they would be found: what is no secret is.
    let open = [("a route", "/api/v1/auth/password-reset/confirm".to_owned())];
    assert_eq!(told(&log, &open).len(), 1, "the log is another one");
}

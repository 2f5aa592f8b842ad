//! The whole sandbox world: real adapters against its servers, driven through its console.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use hosting_adapters::{
    cpanel::Cpanel,
    mail::{Sender, SmtpMailer, SmtpUrl},
    registry::Registry,
    sandbox::{AdvanceClock, Ports, World, WorldConfig},
};
use hosting_core::{
    kernel::{Currency, Money, Secret},
    port::{
        Clock, Effect, IdempotencyKey, Mailer, PaymentGateway, ProvisioningAdapter,
        gateway::{ChargeRequest, ChargeStatus, Payer},
        mailer::Mail,
        provisioning::{AccountIdentity, AccountSpec, Found, ServerAccess},
    },
};
use serde_json::{Value, json};

#[derive(Debug, Clone)]
struct Watch(Arc<Mutex<DateTime<Utc>>>);

impl Watch {
    fn new() -> Self {
        let noon = Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).single().expect("a real instant");
        Self(Arc::new(Mutex::new(noon)))
    }
}

impl Clock for Watch {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("nobody panicked")
    }
}

impl AdvanceClock for Watch {
    fn advance(&self, by: TimeDelta) {
        *self.0.lock().expect("nobody panicked") += by;
    }

    fn now(&self) -> DateTime<Utc> {
        Clock::now(self)
    }
}

struct Town {
    world: World,
    watch: Watch,
    http: reqwest::Client,
}

impl Town {
    async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    async fn start_with(change: impl FnOnce(&mut WorldConfig)) -> Self {
        let watch = Watch::new();
        let mut config = WorldConfig::new(Arc::new(watch.clone()));
        config.advance = Some(Arc::new(watch.clone()));
        change(&mut config);
        let world = World::start(config).await.expect("ports are free");
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(10))
            .build()
            .expect("a client");
        Self { world, watch, http }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.world.console_url())
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(self.at(path)).send().await.expect("the console answers");
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.expect("JSON")
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.http.post(self.at(path)).json(body);
        let answer = request.send().await.expect("the console answers");
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.http.get(self.at(path)).send().await.expect("the console answers");
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.expect("text")
    }

    async fn form(&self, path: &str, fields: &[(&str, &str)]) -> u16 {
        let request = self.http.post(self.at(path)).form(fields);
        request.send().await.expect("the console answers").status().as_u16()
    }

    fn gateway(&self) -> Arc<dyn PaymentGateway> {
        let url = self.world.midtrans_url();
        let variables = [
            ("MIDTRANS_SERVER_KEY", "SB-Mid-server-sandbox-world"),
            ("MIDTRANS_BASE_URL", url.as_str()),
            ("MIDTRANS_TIMEOUT_SECONDS", "1"),
        ];
        let registry = Registry::with_builtins();
        let factory = registry.gateway("midtrans").expect("it is compiled in");
        factory.build_from_env(variables).expect("the settings are right")
    }

    fn charge(&self, reference: &str) -> ChargeRequest {
        let now = Clock::now(&self.watch);
        ChargeRequest {
            reference: reference.to_owned(),
            key: IdempotencyKey::new(reference),
            method: "bca_va".to_owned(),
            amount: Money::from_minor(110_000, Currency::IDR),
            expires_at: now + TimeDelta::days(1),
            now,
            description: "Invoice".to_owned(),
            payer: Payer {
                name: "Rani".to_owned(),
                email: "rani@example.com".parse().expect("an address"),
                phone: None,
            },
        }
    }

    fn server(&self) -> ServerAccess {
        ServerAccess {
            base_url: self.world.whm_url(),
            username: "root".to_owned(),
            secret: Secret::new("SANDBOXWORLDTOKEN"),
            ca_pem: None,
            cert_sha256: None,
        }
    }

    fn account(&self) -> (AccountSpec, AccountIdentity) {
        let intended_at = Clock::now(&self.watch);
        let (username, domain) = ("rani01".to_owned(), "rani.example.com".to_owned());
        let identity = AccountIdentity {
            username: username.clone(),
            domain: domain.clone(),
            intended_at,
            owner: None,
        };
        let spec = AccountSpec {
            username,
            domain,
            package: "starter".to_owned(),
            password: Secret::new("Xq7!fare-Wend-Tulip"),
            contact: "rani@example.com".parse().expect("an address"),
            intended_at,
        };
        (spec, identity)
    }

    fn mailer(&self) -> SmtpMailer {
        let url = SmtpUrl::parse(&self.world.smtp_url()).expect("an address");
        let sender: Sender = "Awan <billing@awan.example>".parse().expect("a sender");
        SmtpMailer::new(url, sender, Arc::new(self.watch.clone())).expect("no TLS is needed")
    }
}

fn mail(subject: &str, html: Option<&str>) -> Mail {
    Mail {
        key: IdempotencyKey::new("task-1"),
        to: "rani@example.com".parse().expect("an address"),
        to_name: "Rani".to_owned(),
        subject: subject.to_owned(),
        text: "Open https://shop.example/verify?t=1".to_owned(),
        html: html.map(str::to_owned),
    }
}

#[tokio::test]
async fn a_script_pays_an_invoice_through_the_console() {
    let town = Town::start().await;
    let gateway = town.gateway();
    gateway.charge(&town.charge("INV-1-a1")).await.expect("the gateway takes it");
    let listed = town.get("/api/payments").await;
    assert_eq!(listed[0]["order_id"], "INV-1-a1");
    assert_eq!(listed[0]["transaction_status"], "pending");

    let (status, paid) = town.post("/api/payments/INV-1-a1/pay", &json!({})).await;
    assert_eq!((status, &paid["transaction_status"]), (200, &json!("settlement")));
    let charge = gateway.find("INV-1-a1").await.expect("it answers").expect("it is known");
    assert_eq!((charge.status, charge.amount.minor()), (ChargeStatus::Succeeded, 110_000));

    let (status, body) = town.post("/api/payments/INV-1-a1/pay", &json!({})).await;
    assert_eq!((status, body["error"].is_string()), (409, true), "it is paid already");
    assert_eq!(town.post("/api/payments/INV-9/pay", &json!({})).await.0, 404);
    assert_eq!(town.post("/api/payments/INV-1-a1/eat", &json!({})).await.0, 404);
    assert_eq!(town.post("/api/nothing", &json!({})).await.0, 404);
}

#[tokio::test]
async fn payments_can_fall_short_and_offers_can_end() {
    let town = Town::start().await;
    let gateway = town.gateway();
    for reference in ["INV-2", "INV-3", "INV-4", "INV-5"] {
        gateway.charge(&town.charge(reference)).await.expect("the gateway takes it");
    }
    for (reference, action, word) in [
        ("INV-2", "pay_short", "settlement"),
        ("INV-3", "expire", "expire"),
        ("INV-4", "deny", "deny"),
    ] {
        let (status, body) =
            town.post(&format!("/api/payments/{reference}/{action}"), &json!({})).await;
        assert_eq!((status, &body["transaction_status"]), (200, &json!(word)), "{action}");
    }
    let short = gateway.find("INV-2").await.expect("it answers").expect("it is known");
    assert_eq!(short.amount.minor(), 55_000);

    let (status, clock) = town.post("/api/clock", &json!({ "seconds": 2 * 86_400 })).await;
    assert_eq!((status, &clock["now"]), (200, &json!("2026-03-03T12:00:00Z")));
    let late = gateway.find("INV-5").await.expect("it answers").expect("it is known");
    assert_eq!(late.status, ChargeStatus::Expired, "time ended the offer");
}

#[tokio::test]
async fn the_shop_hears_of_an_ended_offer_without_anybody_looking() {
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let ears = heard.clone();
    let shop = axum::Router::new().route(
        "/webhook",
        axum::routing::post(async move |axum::Json(notice): axum::Json<Value>| {
            let word = notice["transaction_status"].as_str().unwrap_or("?").to_owned();
            ears.lock().expect("nobody panicked").push(word);
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/webhook", listener.local_addr().expect("it is bound"));
    let shop = tokio::spawn(async move { axum::serve(listener, shop).await });

    let town = Town::start_with(|config| config.notification_url = Some(url)).await;
    town.gateway().charge(&town.charge("INV-8")).await.expect("the gateway takes it");
    town.watch.advance(TimeDelta::days(2));
    for _ in 0..100 {
        if heard.lock().expect("nobody panicked").len() >= 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(*heard.lock().expect("nobody panicked"), ["pending", "expire"]);
    shop.abort();
}

#[tokio::test]
async fn ordered_faults_happen_to_the_real_adapters() {
    let town = Town::start().await;
    let order =
        json!({ "provider": "midtrans", "call": "/v2/charge", "fault": "cut_after", "times": 1 });
    assert_eq!(town.post("/api/faults", &order).await.0, 201);
    let failure = town.gateway().charge(&town.charge("INV-6")).await.expect_err("it is cut");
    assert_eq!(failure.effect(), Effect::Unknown);
    assert!(town.gateway().find("INV-6").await.expect("it answers").is_some(), "it happened");
    assert_eq!(town.get("/api/faults").await, json!({ "faults": [] }), "the fault is used up");

    let order = json!({ "provider": "whm", "call": "", "fault": "rate_limited", "times": 3 });
    assert_eq!(town.post("/api/faults", &order).await.0, 201);
    let (_, identity) = town.account();
    let panel = Cpanel::default();
    panel.find(&town.server(), &identity).await.expect_err("too many requests");
    let cleared = town.http.delete(town.at("/api/faults")).send().await.expect("it answers");
    assert_eq!(cleared.status(), 204);
    assert_eq!(panel.find(&town.server(), &identity).await.expect("it works"), Found::Nothing);

    for wrong in [
        json!({ "provider": "nobody", "call": "", "fault": "html", "times": 1 }),
        json!({ "provider": "whm", "call": "", "fault": "html", "times": 0 }),
        json!({ "provider": "whm", "call": "", "fault": "fire", "times": 1 }),
    ] {
        assert_eq!(town.post("/api/faults", &wrong).await.0, 422, "{wrong}");
    }
}

#[tokio::test]
async fn an_abuse_desk_suspends_an_account_that_the_adapter_made() {
    let town = Town::start().await;
    let panel = Cpanel::default();
    let (spec, identity) = town.account();
    panel.create(&town.server(), &spec).await.expect("the panel takes it");
    let accounts = town.get("/api/accounts").await;
    assert_eq!(accounts[0]["username"], "rani01");
    assert!(!accounts.to_string().contains("Wend"), "passwords are not listed");

    let suspend = "/api/accounts/rani01/suspend";
    assert_eq!(town.post(suspend, &json!({ "reason": " " })).await.0, 422);
    assert_eq!(town.post(suspend, &json!({ "reason": "Spam", "locked": true })).await.0, 204);
    assert_eq!(
        town.post("/api/accounts/nobody/suspend", &json!({ "reason": "Spam" })).await.0,
        404
    );
    let Found::Ours(state) = panel.find(&town.server(), &identity).await.expect("it answers")
    else {
        panic!("the account is ours");
    };
    assert!(state.suspended.is_some_and(|it| it.contains("Spam")));
    panel.unsuspend(&town.server(), &identity).await.expect_err("it is not our suspension");
}

#[tokio::test]
async fn a_script_reads_a_mail_and_switches_the_server_off() {
    let town = Town::start().await;
    let mailer = town.mailer();
    mailer.send(&mail("Selamat — datang", None)).await.expect("the server takes it");
    let found = town.get("/api/mail?to=rani@example.com").await;
    assert_eq!(found[0]["subject"], "Selamat — datang");
    assert!(
        found[0]["text"].as_str().is_some_and(|it| it.contains("https://shop.example/verify?t=1"))
    );
    assert_eq!(town.get("/api/mail?to=nobody@example.com").await, json!([]));
    assert_eq!(town.get("/api/mail/1").await["from"], "billing@awan.example");

    let (status, set) = town.post("/api/smtp", &json!({ "down": true })).await;
    assert_eq!((status, &set["down"]), (200, &json!(true)));
    let failure = mailer.send(&mail("x", None)).await.expect_err("it is switched off");
    assert_eq!(failure.effect(), Effect::NoneRetry);
    let cleared = town.http.delete(town.at("/api/mail")).send().await.expect("it answers");
    assert_eq!((cleared.status().as_u16(), town.get("/api/mail").await), (204, json!([])));
}

#[tokio::test]
async fn the_pages_show_everything_escaped_and_their_forms_work() {
    let town = Town::start().await;
    town.gateway().charge(&town.charge("INV-7")).await.expect("the gateway takes it");
    let (spec, _) = town.account();
    Cpanel::default().create(&town.server(), &spec).await.expect("the panel takes it");
    let evil = "<script>alert(1)</script>";
    town.mailer().send(&mail(evil, Some("<b>Halo</b><script>1</script>"))).await.expect("taken");

    let payments = town.page("/").await;
    assert!(payments.contains("INV-7") && payments.contains("Rp 110.000"));
    assert!(payments.contains("action=\"/payments/INV-7/pay\""));
    assert!(payments.contains("action=\"/clock\""), "the clock can be moved");
    assert_eq!(town.form("/payments/INV-7/pay", &[]).await, 303);
    assert!(!town.page("/").await.contains("action=\"/payments/INV-7/pay\""), "it is paid");
    assert_eq!(town.form("/payments/INV-7/pay", &[]).await, 409);

    assert_eq!(
        town.form("/accounts/rani01/suspend", &[("reason", evil), ("locked", "on")]).await,
        303
    );
    let accounts = town.page("/accounts").await;
    assert!(accounts.contains("&lt;script&gt;") && !accounts.contains("<script"));

    for path in ["/mail", "/mail/1"] {
        let page = town.page(path).await;
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{path}");
    }
    let frame = town.http.get(town.at("/mail/1/html")).send().await.expect("it answers");
    let policy = frame.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.starts_with("sandbox; default-src 'none'"), "{policy}");
    assert!(frame.text().await.expect("text").contains("<b>Halo</b>"));

    let fault =
        [("provider", "whm"), ("call", "createacct"), ("fault", "lose_answer"), ("times", "2")];
    assert_eq!(town.form("/faults", &fault).await, 303);
    assert!(town.page("/faults").await.contains("createacct"));
    assert_eq!(town.form("/faults/clear", &[]).await, 303);
    assert!(town.world.faults.pending().is_empty());

    assert_eq!(town.form("/mail/switches", &[("reject", "on")]).await, 303);
    assert!(town.world.smtp.switches().reject && !town.world.smtp.switches().down);
    assert_eq!(town.form("/clock", &[("amount", "3"), ("unit", "days")]).await, 303);
    assert_eq!(Clock::now(&town.watch).to_rfc3339(), "2026-03-04T12:00:00+00:00");
    assert_eq!(town.form("/clock", &[("amount", "0"), ("unit", "days")]).await, 422);
    assert_eq!(town.form("/mail/clear", &[]).await, 303);
    assert!(town.world.smtp.inbox().is_empty());
}

#[tokio::test]
async fn webhooks_are_switched_by_form_and_by_script() {
    let town = Town::start().await;
    let form =
        [("delay_seconds", "2"), ("copies", "3"), ("order", "pending_last"), ("body", "forged")];
    assert_eq!(town.form("/webhooks", &form).await, 303);
    let set = json!({
        "on": false, "delay_seconds": 2, "copies": 3, "order": "pending_last", "body": "forged",
    });
    assert_eq!(town.get("/api/webhooks").await, set);
    assert!(!town.world.midtrans.webhooks().on, "an unchecked box is off");

    let (status, now) = town.post("/api/webhooks", &json!({ "body": "tampered" })).await;
    assert_eq!((status, &now["on"], &now["body"]), (200, &json!(true), &json!("tampered")));
    assert_eq!(town.post("/api/webhooks", &json!({ "copies": 0 })).await.0, 422);
    assert_eq!(town.post("/api/webhooks", &json!({ "delay_seconds": 9_999 })).await.0, 422);
    assert_eq!(town.post("/api/webhooks", &json!({ "colour": "red" })).await.0, 422);
}

#[tokio::test]
async fn other_sites_cannot_use_the_console_and_pages_run_nothing() {
    let town = Town::start().await;
    let order = json!({ "provider": "whm", "call": "", "fault": "html", "times": 1 });
    for (name, value) in [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")] {
        let request = town.http.post(town.at("/api/faults")).header(name, value).json(&order);
        assert_eq!(request.send().await.expect("it answers").status(), 403, "{name}");
    }
    let rebound = town.http.get(town.at("/")).header("Host", "evil.example");
    assert_eq!(rebound.send().await.expect("it answers").status(), 403);
    assert!(town.world.faults.pending().is_empty());

    let page = town.http.get(town.at("/")).send().await.expect("it answers");
    let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let html = page.text().await.expect("text");
    assert!(!html.contains(" style=") && !html.contains("<script"), "the policy would block it");
    let css = town.http.get(town.at("/console.css")).send().await.expect("it answers");
    assert_eq!(css.headers()["content-type"], "text/css; charset=utf-8");
    let nothing = town.http.get(town.at("/nothing")).send().await.expect("it answers");
    assert_eq!(nothing.status(), 404);
}

#[tokio::test]
async fn a_clock_that_cannot_be_moved_is_only_shown() {
    let town = Town::start_with(|config| config.advance = None).await;
    assert!(!town.page("/").await.contains("action=\"/clock\""));
    assert_eq!(town.post("/api/clock", &json!({ "seconds": 60 })).await.0, 409);
    assert_eq!(town.get("/api/clock").await["can_be_moved"], json!(false));
}

#[tokio::test]
async fn a_world_that_was_shut_down_gives_its_ports_back() {
    let town = Town::start().await;
    let port = |url: String| url.rsplit(':').next().and_then(|it| it.parse().ok()).expect("a port");
    let ports = Ports {
        midtrans: port(town.world.midtrans_url()),
        whm: port(town.world.whm_url()),
        smtp: port(town.world.smtp_url()),
        console: port(town.world.console_url()),
    };
    let mut config = WorldConfig::new(Arc::new(Watch::new()));
    config.ports = ports;
    let taken = World::start(config.clone()).await.expect_err("the ports are taken");
    assert!(taken.to_string().contains("Midtrans"), "{taken}");

    town.world.shutdown().await;
    let again = World::start(config).await.expect("the ports are free again");
    assert_eq!(port(again.console_url()), ports.console);
}

//! A shop with simulated providers, and a browser that follows forms and keeps cookies.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode, header},
};
use hosting_adapters::registry::Registry;
use hosting_core::testing::{Fate, MemoryStore, TestShop};
use hosting_server::{
    auth::password::Passwords,
    config::{Config, Sources},
    http,
    state::{AppState, Parts},
    view::letters::ShopLetters,
};
use tower::ServiceExt;

use crate::migrated::Migrated;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A shop behind the real web server.
pub(crate) struct World {
    pub(crate) shop: TestShop,
    pub(crate) app: AppState,
    router: Router,
    callers: AtomicU32,
}

impl World {
    pub(crate) async fn open() -> Self {
        let mut shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
        shop.ports.letters = Arc::new(ShopLetters::new("http://shop.example"));
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
        Self { router: http::router(&app), app, shop, callers: AtomicU32::new(1) }
    }

    /// A browser that has never been here, from an address of its own.
    pub(crate) fn browser(&self) -> Browser<'_> {
        let number = self.callers.fetch_add(1, Ordering::SeqCst);
        let ip = format!("10.1.{}.{}", number >> 8 & 255, number & 255);
        Browser { world: self, ip, cookies: Mutex::default(), language: "en-GB,en;q=0.8" }
    }

    /// The newest mail's link that begins with `path`, as a path.
    pub(crate) fn mailed_link(&self, path: &str) -> String {
        let sent = self.shop.mailer.sent();
        let links = sent.iter().rev().flat_map(|it| it.text.split_whitespace());
        let start = format!("http://shop.example{path}");
        let found = links.into_iter().find(|it| it.starts_with(&start));
        found.unwrap().trim_start_matches("http://shop.example").to_owned()
    }

    /// Somebody who registered, opened the mailed link and logged in, all by forms.
    pub(crate) async fn customer(&self, email: &str, name: &str) -> Browser<'_> {
        let browser = self.browser();
        browser.register(email, name).await.expect(200);
        self.shop.drain().await;
        let link = self.mailed_link("/verify-email?token=");
        let token = link.split("token=").nth(1).unwrap().to_owned();
        browser.get(&link).await.expect(200);
        let done = browser.post("/verify-email", &[("token", &token)]).await;
        assert_eq!(done.leads_to(), "/login?ok=verified");
        let done = browser.log_in(email, PASSWORD, "").await;
        assert_eq!(done.leads_to(), "/dashboard");
        browser
    }
}

/// A browser.
pub(crate) struct Browser<'w> {
    world: &'w World,
    ip: String,
    cookies: Mutex<BTreeMap<String, String>>,
    pub(crate) language: &'static str,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Page {
    /// The page, which must have this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    /// The page, which must say all of this.
    #[track_caller]
    pub(crate) fn says(&self, all: &[&str]) -> &Self {
        let text = self.body.replace('\u{a0}', " ");
        for words in all {
            assert!(text.contains(words), "the page does not say {words:?}:\n{text}");
        }
        self
    }

    /// Where the browser is sent.
    #[track_caller]
    pub(crate) fn leads_to(&self) -> String {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.headers[header::LOCATION].to_str().unwrap().to_owned()
    }

    /// What comes after `lead`, up to a quote.
    #[track_caller]
    pub(crate) fn after(&self, lead: &str) -> String {
        let rest = self.body.split(lead).nth(1);
        let rest = rest.unwrap_or_else(|| panic!("no {lead:?} in\n{}", self.body));
        rest.split(['"', '<']).next().unwrap().to_owned()
    }
}

pub(crate) fn encoded(fields: &[(&str, &str)]) -> String {
    let mut url = reqwest::Url::parse("http://form.invalid/").unwrap();
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

impl Browser<'_> {
    pub(crate) async fn send(&self, request: axum::http::request::Builder, body: String) -> Page {
        let jar = self.cookies.lock().unwrap().clone();
        let jar: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request
            .header(header::HOST, "shop.example")
            .header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
            .header(header::ACCEPT_LANGUAGE, self.language)
            .header(header::COOKIE, jar.join("; "))
            .body(Body::from(body))
            .unwrap();
        let peer: std::net::SocketAddr = format!("{}:4000", self.ip).parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.world.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
        }
        let body = to_bytes(body, 1 << 22).await.unwrap();
        let body = String::from_utf8_lossy(&body).into_owned();
        Page { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        self.send(Request::get(path.split('#').next().unwrap()), String::new()).await
    }

    /// Sends a form from one of the shop's own pages.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request, encoded(fields)).await
    }

    pub(crate) async fn register(&self, email: &str, name: &str) -> Page {
        let fields = [
            ("email", email),
            ("password", PASSWORD),
            ("name", name),
            ("line1", "Jl. Melati 1"),
            ("city", "Bandung"),
            ("country", "id"),
            ("company", ""),
            ("phone", ""),
        ];
        self.post("/register", &fields).await
    }

    pub(crate) async fn log_in(&self, email: &str, password: &str, next: &str) -> Page {
        let fields = [("email", email), ("password", password), ("next", next)];
        self.post("/login", &fields).await
    }

    /// Puts the shop's plan into the cart, monthly.
    pub(crate) async fn add(&self, domain: &str) -> Page {
        let page = self.get("/plans/hosting?cycle=monthly").await.expect(200);
        let plan = page.after("name=\"plan\" value=\"");
        let fields = [
            ("product", "hosting"),
            ("plan", &plan),
            ("cycle", "monthly"),
            ("domain", domain),
            ("quantity", "1"),
        ];
        self.post("/cart/items", &fields).await
    }

    /// Orders one plan: the path of its invoice.
    pub(crate) async fn order(&self, domain: &str) -> String {
        assert_eq!(self.add(domain).await.leads_to(), "/cart?ok=added");
        self.post("/checkout", &[]).await.leads_to()
    }
}

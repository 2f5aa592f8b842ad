//! Limits, forgery, headers, probes.

use axum::http::StatusCode;
use chrono::TimeDelta;
use hosting_core::model::{MailKind, Role};
use hosting_server::http;
use serde_json::json;

use crate::shop::{Shop, app};

#[tokio::test]
async fn another_sites_page_cannot_use_the_cookie() {
    let shop = Shop::open();
    let admin = shop.staff(Role::Admin).await;
    let browser = shop.browser(&admin).await.with("host", "shop.example");
    let path = "/api/v1/auth/logout";
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let forged = browser.clone().with(name, value).send("POST", path, None).await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    let reading = browser.clone().with("sec-fetch-site", "cross-site").get("/api/v1/auth/me").await;
    assert_eq!(reading.status, StatusCode::OK);
    let login = json!({ "email": "a@example.com", "password": "x" });
    let elsewhere = shop.guest().with("sec-fetch-site", "cross-site");
    let forged = elsewhere.post("/api/v1/auth/login", login).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN, "nor log somebody in as another");
    let own = browser.clone().with("sec-fetch-site", "same-origin").send("POST", path, None).await;
    assert_eq!(own.status, StatusCode::NO_CONTENT);
    let program = shop.program(&admin, Role::Admin.permissions()).await;
    let program = program.with("origin", "https://elsewhere.example");
    let wish = json!({ "email": "sari@example.com", "name": "Sari", "role": "support" });
    assert_eq!(program.post("/api/v1/users", wish).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn trying_passwords_is_limited_by_address_and_by_account() {
    let shop = Shop::open();
    let attempt = |email: &str| json!({ "email": email, "password": "wrong password" });
    let guest = shop.guest();
    for _ in 0..20 {
        let answer = guest.post("/api/v1/auth/login", attempt("rani@example.com")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    let refused = guest.post("/api/v1/auth/login", attempt("budi@example.com")).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=900).contains(&wait));
    let elsewhere = shop.guest().from("198.51.100.1");
    for _ in 0..10 {
        let answer = elsewhere.post("/api/v1/auth/login", attempt("rani@example.com")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    let answer = elsewhere.post("/api/v1/auth/login", attempt("rani@example.com")).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "the account's limit");
    shop.later(TimeDelta::seconds(wait));
    let answer = guest.post("/api/v1/auth/login", attempt("rani@example.com")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "after the wait");
}

#[tokio::test]
async fn one_address_gets_few_mails_whoever_asks() {
    let shop = Shop::open();
    shop.customer("rani@example.com").await;
    for n in 0..8_u8 {
        let guest = shop.guest().from(Box::leak(format!("10.1.0.{n}").into_boxed_str()));
        let body = json!({ "email": "rani@example.com" });
        let answer = guest.post("/api/v1/auth/password-reset", body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "nobody is told");
    }
    let mails = shop.mailed(MailKind::ResetPassword).await.len();
    assert_eq!(mails, 3, "four an hour, one of them at registration");
}

#[tokio::test]
async fn a_runaway_program_is_slowed_down() {
    let shop = Shop::with(&[("RATE_PER_MINUTE", "8")]);
    let admin = shop.staff(Role::Admin).await;
    let browser = shop.browser(&admin).await;
    let mut last = browser.get("/api/v1/auth/me").await;
    for _ in 0..4 {
        last = browser.get("/api/v1/auth/me").await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn every_answer_is_hardened_and_named() {
    let shop = Shop::open();
    for path in ["/health/live", "/api/v1/auth/me", "/nothing"] {
        let answer = shop.guest().get(path).await;
        let csp = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(csp.starts_with("default-src 'none'") && !csp.contains("unsafe"), "{csp}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["x-request-id"].len(), 32);
        assert!(!answer.headers.contains_key("strict-transport-security"), "plain http");
    }
}

#[tokio::test]
async fn people_get_a_page_and_programs_a_problem() {
    let shop = Shop::open();
    let person = shop.guest().with("accept", "text/html,*/*");
    let page = person.get("/nothing").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(page.body.starts_with("<!doctype html>"));
    let api = person.get("/api/v1/nothing").await;
    assert_eq!(api.headers["content-type"], "application/problem+json");
    assert_eq!(api.json()["type"], "/problems/not-found");
}

#[tokio::test]
async fn a_panic_and_a_late_answer_are_answers_and_overload_is_refused() {
    async fn panics() -> &'static str {
        panic!("on purpose")
    }
    async fn sleeps() -> &'static str {
        tokio::time::sleep(std::time::Duration::from_hours(1)).await;
        "late"
    }
    let shop = Shop::with(&[("REQUEST_TIMEOUT", "1"), ("MAX_IN_FLIGHT", "1")]);
    let extra = axum::Router::new()
        .route("/panics", axum::routing::get(panics))
        .route("/sleeps", axum::routing::get(sleeps));
    let router = http::stack_with(&shop.app, http::ApiRoutes::new(&shop.app), extra);
    let guest = shop.guest();
    let answer = guest.send_to(&router, "GET", "/panics", None).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!answer.body.contains("purpose"));
    let slow = guest.send_to(&router, "GET", "/sleeps", None);
    let crowded = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let refused = guest.send_to(&router, "GET", "/nothing", None).await;
        (refused, guest.send_to(&router, "GET", "/health/live", None).await)
    };
    let (slow, (refused, probe)) = tokio::join!(slow, crowded);
    assert_eq!(slow.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(probe.status, StatusCode::OK, "probes are not shed");
    let after = guest.send_to(&router, "GET", "/nothing", None).await;
    assert_eq!(after.status, StatusCode::NOT_FOUND, "the place is free again");
}

#[tokio::test]
async fn readiness_waits_for_migrations() {
    let shop = Shop::open();
    assert_eq!(shop.guest().get("/health/ready").await.status, StatusCode::OK);
    let (behind, _) = app(&[], 2);
    let answer = shop.guest().send_to(&http::router(&behind), "GET", "/health/ready", None).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["pending_migrations"], 2);
}

#[tokio::test]
async fn metrics_count_by_template_and_are_not_for_everybody() {
    let shop = Shop::open();
    let admin = shop.staff(Role::Admin).await;
    let browser = shop.browser(&admin).await;
    browser.get(&format!("/api/v1/users/{}", admin.id)).await;
    assert_eq!(shop.guest().get("/metrics").await.status, StatusCode::NOT_FOUND);
    let metrics = shop.guest().from("127.0.0.1").get("/metrics").await;
    assert_eq!(metrics.status, StatusCode::OK, "{}", metrics.body);
    let line =
        "hosting_http_requests_total{method=\"GET\",route=\"/api/v1/users/{id}\",status=\"200\"} 1";
    assert!(metrics.body.contains(line), "{}", metrics.body);
    assert!(metrics.body.contains("hosting_queue_lag_seconds 0"), "{}", metrics.body);

    let shop = Shop::with(&[("METRICS_TOKEN", "s3cret")]);
    let local = shop.guest().from("127.0.0.1");
    assert_eq!(local.get("/metrics").await.status, StatusCode::NOT_FOUND);
    let scraper = shop.guest().with("authorization", "Bearer s3cret");
    assert_eq!(scraper.get("/metrics").await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_nobody_admits_is_slowed_down_too() {
    let key = "Bearer hbk_nonsense";
    for (method, path, authorization) in [
        ("GET", "/nothing", None),
        ("DELETE", "/api/v1/auth/login", None),
        ("GET", "/api/v1/auth/me", Some(key)),
        ("GET", "/api/v1/auth/me", Some("Basic nonsense")),
        ("GET", "/api/v1/auth/me", None),
    ] {
        let shop = Shop::with(&[("RATE_PER_MINUTE", "8")]);
        // Two addresses of one household.
        let [mut here, mut there] =
            ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"].map(|it| shop.guest().from(it));
        if let Some(text) = authorization {
            here = here.with("authorization", text);
            there = there.with("authorization", text);
        }
        for caller in [&here, &there] {
            let answer = caller.send(method, path, None).await;
            assert_ne!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{method} {path}");
        }
        let third = here.send(method, path, None).await;
        assert_eq!(third.status, StatusCode::TOO_MANY_REQUESTS, "{method} {path}");
        let elsewhere = shop.guest().from("2001:db8:1:3::1").send(method, path, None).await;
        assert_ne!(elsewhere.status, StatusCode::TOO_MANY_REQUESTS, "{method} {path}");
    }
}

#[tokio::test]
async fn a_made_up_method_makes_no_new_series_of_metrics() {
    let shop = Shop::open();
    for method in ["FROBNICATE", "X1", "X2"] {
        shop.guest().send(method, "/nothing", None).await;
    }
    let metrics = shop.guest().from("127.0.0.1").get("/metrics").await.body;
    for method in ["FROBNICATE", "X1", "X2"] {
        assert!(!metrics.contains(method), "{metrics}");
    }
    let line = "hosting_http_requests_total{method=\"OTHER\",route=\"unmatched\",status=\"404\"} 3";
    assert!(metrics.contains(line), "{metrics}");
}

#[tokio::test]
async fn behind_an_undeclared_proxy_nobody_is_this_machine() {
    let shop = Shop::open();
    let local = shop.guest().from("127.0.0.1");
    assert_eq!(local.get("/metrics").await.status, StatusCode::OK);
    for (name, value) in [
        ("x-forwarded-for", "198.51.100.7"),
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=198.51.100.7"),
        ("x-real-ip", "198.51.100.7"),
        ("via", "1.1 proxy"),
    ] {
        let answer = local.clone().with(name, value).get("/metrics").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}: {value}");
    }
}

#[tokio::test]
async fn guests_of_one_network_open_so_many_carts_and_no_more() {
    let shop = Shop::open();
    let open = |ip: &'static str| {
        let guest = shop.guest().from(ip);
        async move { guest.post("/api/v1/carts", json!({ "items": [] })).await.status }
    };
    for n in 0..60 {
        let ip = if n % 2 == 0 { "2001:db8:1:2::1" } else { "2001:db8:1:2::2" };
        assert_eq!(open(ip).await, StatusCode::CREATED, "{n}");
    }
    assert_eq!(open("2001:db8:1:2::3").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(open("2001:db8:1:3::3").await, StatusCode::CREATED, "another network");
    let rani = shop.customer("rani@example.com").await;
    let browser = shop.browser(&rani).await.from("2001:db8:1:2::3");
    let own = browser.post("/api/v1/carts", json!({ "items": [] })).await;
    assert_eq!(own.status, StatusCode::CREATED, "customers are not guests");
}

//! Registering, logging in and out, links from mails, language and look.

use axum::http::{Request, header};

use crate::browser::{PASSWORD, World, encoded};

#[tokio::test]
async fn a_form_that_does_not_fit_says_where_and_keeps_what_was_typed() {
    let world = World::open().await;
    let browser = world.browser();
    browser.get("/register").await.expect(200).says(&["name=\"email\""]);
    let fields = [
        ("email", "nobody"),
        ("password", "short"),
        ("name", "Rani Wulandari"),
        ("line1", "Jl. Braga 44"),
        ("city", "Bandung"),
        ("country", "Indonesia"),
        ("phone", "abc"),
    ];
    let page = browser.post("/register", &fields).await.expect(422);
    page.says(&[
        "Type a mail address",
        "Use 10 to 128 characters",
        "Type two letters such as ID.",
        "Type a number with its country code",
        "value=\"Rani Wulandari\"",
        "value=\"Jl. Braga 44\"",
        "aria-invalid=\"true\"",
    ]);
    assert!(!page.body.contains("short"), "a password is never sent back");
    browser.post("/register", &[]).await.expect(422);
    browser.post("/login", &[]).await.expect(422);
}

#[tokio::test]
async fn log_in_leads_only_to_pages_of_this_shop() {
    let world = World::open().await;
    let email = "rani@example.com";
    world.customer(email, "Rani").await;
    for (next, place) in [
        ("/customer/orders", "/customer/orders"),
        ("https://evil.example/", "/dashboard"),
        ("//evil.example", "/dashboard"),
        ("/\\evil.example", "/dashboard"),
        ("/\t/evil.example", "/dashboard"),
        ("javascript:alert(1)", "/dashboard"),
    ] {
        let browser = world.browser();
        let page = browser.get(&format!("/login?{}", encoded(&[("next", next)]))).await.expect(200);
        assert_eq!(page.after("name=\"next\" value=\""), if place == next { next } else { "" });
        assert_eq!(browser.log_in(email, PASSWORD, next).await.leads_to(), place, "{next}");
    }
}

#[tokio::test]
async fn a_guest_is_sent_to_log_in_and_back() {
    let world = World::open().await;
    world.customer("rani@example.com", "Rani").await;
    let browser = world.browser();
    let place = browser.get("/customer/invoices?after=x").await.leads_to();
    assert_eq!(place, "/login?next=/customer/invoices%3Fafter%3Dx");
    let next = browser.get(&place).await.expect(200).after("name=\"next\" value=\"");
    let done = browser.log_in("rani@example.com", PASSWORD, &next).await;
    assert_eq!(done.leads_to(), "/customer/invoices?after=x");
    assert_eq!(browser.get("/login").await.leads_to(), "/dashboard");
    assert_eq!(browser.post("/logout", &[]).await.leads_to(), "/login?ok=out");
    assert!(browser.get("/dashboard").await.leads_to().starts_with("/login"));
    assert_eq!(browser.post("/checkout", &[]).await.leads_to(), "/login");
}

#[tokio::test]
async fn wrong_passwords_are_counted_as_in_the_api() {
    let world = World::open().await;
    let browser = world.browser();
    for _ in 0..20 {
        let page = browser.log_in("rani@example.com", "wrong password", "").await.expect(422);
        page.says(&["The mail address or the password is wrong"]);
    }
    let page = browser.log_in("rani@example.com", "wrong password", "").await.expect(429);
    page.says(&["Wait a little, then try again."]);
}

#[tokio::test]
async fn a_forgotten_password_is_chosen_anew_once() {
    let world = World::open().await;
    let email = "rani@example.com";
    world.customer(email, "Rani").await;
    let browser = world.browser();
    let known = browser.post("/forgot", &[("email", email)]).await.expect(200);
    let unknown = browser.post("/forgot", &[("email", "nobody@example.com")]).await.expect(200);
    assert_eq!(known.body, unknown.body, "whether there is an account is not told");
    world.shop.drain().await;
    let link = world.mailed_link("/reset-password?token=");
    let token = link.split("token=").nth(1).unwrap();
    browser.get(&link).await.expect(200).says(&["Choose a new password"]);
    let weak = browser.post("/reset-password", &[("token", token), ("password", "short")]).await;
    weak.expect(422).says(&["Use 10 to 128 characters", token]);
    let fields = [("token", token), ("password", "another good one")];
    assert_eq!(browser.post("/reset-password", &fields).await.leads_to(), "/login?ok=reset");
    browser.post("/reset-password", &fields).await.expect(422).says(&["not valid any more"]);
    browser.log_in(email, PASSWORD, "").await.expect(422);
    assert_eq!(browser.log_in(email, "another good one", "").await.leads_to(), "/dashboard");
    let bad = browser.post("/verify-email", &[("token", "nonsense")]).await.expect(422);
    bad.says(&["not valid any more", "Ask for a new link"]);
}

#[tokio::test]
async fn language_and_look_are_asked_for_remembered_and_preferred_in_that_order() {
    let world = World::open().await;
    let mut browser = world.browser();
    browser.get("/").await.says(&["<html lang=\"en\">", "Choose a plan"]);
    browser.language = "de, id;q=0.5";
    browser.get("/").await.says(&["<html lang=\"id\">", "Pilih paket"]);
    browser.get("/cart?lang=en&theme=dark").await.says(&["<html lang=\"en\" data-theme=\"dark\">"]);
    browser.get("/").await.says(&["<html lang=\"en\" data-theme=\"dark\">"]);
    browser.get("/?lang=xx&theme=pink").await.says(&["<html lang=\"en\""]);
    assert_eq!(browser.cookie("lang").as_deref(), Some("en"));
    browser
        .get("/nothing")
        .await
        .expect(404)
        .says(&["This page is not there", "data-theme=\"dark\""]);
    browser.get("/nothing?lang=id").await.expect(404).says(&["Halaman ini tidak ada"]);
}

#[tokio::test]
async fn the_answer_to_a_form_can_change_language_too() {
    let world = World::open().await;
    let rani = world.customer("rani@example.com", "Rani").await;
    let invoice = rani.order("rani.com").await;
    rani.add("kedua.com").await.leads_to();
    for path in [
        "/login",
        "/register",
        "/forgot",
        "/verify-email/resend",
        "/profile/password",
        "/profile",
        "/cart/items/0",
        &format!("{invoice}/pay"),
    ] {
        let browser =
            if path.contains("/log") || path == "/register" { &world.browser() } else { &rani };
        let again = browser.post(path, &[("domain", "kedua.com"), ("quantity", "no")]).await;
        let again = again.expect(422);
        let mut links = again.body.split("href=\"").skip(1).filter_map(|it| it.split('"').next());
        let other = links.find(|it| it.contains("lang=")).unwrap().replace("&#38;", "&");
        assert!([200, 303].contains(&browser.get(&other).await.status.as_u16()), "{path}: {other}");
    }
}

#[tokio::test]
async fn another_sites_form_is_refused() {
    let world = World::open().await;
    let rani = world.customer("rani@example.com", "Rani").await;
    for path in ["/logout", "/checkout", "/profile", "/login", "/cart/items"] {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "cross-site")
            .header(header::ORIGIN, "https://evil.example");
        let page = rani.send(request, String::new()).await;
        page.expect(403).says(&["This is not for you"]);
    }
    rani.get("/dashboard").await.expect(200);
}

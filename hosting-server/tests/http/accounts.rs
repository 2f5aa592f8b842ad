//! Registering, logging in and out, passwords, sessions, keys, staff.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use hosting_core::{
    kernel::PageRequest,
    model::{Job, MailKind, Permission, Role},
    port::store::TaskFilter,
};
use serde_json::json;

use crate::shop::{PASSWORD, Shop, registration};

const LOGIN: &str = "/api/v1/auth/login";
const ME: &str = "/api/v1/auth/me";

#[tokio::test]
async fn a_customer_registers_proves_the_address_logs_in_and_out() {
    let shop = Shop::open();
    let login = json!({ "email": "rani@example.com", "password": PASSWORD });
    let guest = shop.guest();
    guest.post("/api/v1/auth/register", registration("Rani@Example.com")).await;
    let early = guest.post(LOGIN, login.clone()).await;
    assert_eq!(early.status, StatusCode::UNAUTHORIZED, "not confirmed yet");
    let token = shop.mailed(MailKind::VerifyEmail).await.remove(0);
    let proof = json!({ "token": token });
    let first = guest.post("/api/v1/auth/verify-email", proof.clone()).await;
    assert_eq!(first.status, StatusCode::NO_CONTENT);
    let again = guest.post("/api/v1/auth/verify-email", proof).await;
    assert_eq!(again.pointers(), ["/token"], "a link works once");

    let entered = guest.post(LOGIN, login).await;
    assert_eq!(entered.status, StatusCode::OK, "{}", entered.body);
    let cookie = entered.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=1209600"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    let browser = shop.guest().with("cookie", cookie.split(';').next().unwrap());
    let me = browser.get(ME).await.json();
    assert_eq!((&me["role"], &me["email"]), (&json!("customer"), &json!("rani@example.com")));
    let customer = shop.customer_of(&shop.user("rani@example.com").await).await;
    assert_eq!(customer.name, "Rani");
    let out = browser.send("POST", "/api/v1/auth/logout", None).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert_eq!(browser.get(ME).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn over_tls_the_cookie_is_bound_to_the_host() {
    let ring = format!("k1:{}=", "A".repeat(43));
    let shop = Shop::with(&[("PUBLIC_URL", "https://shop.example"), ("SECRET_KEYS", &ring)]);
    shop.customer("rani@example.com").await;
    let login = json!({ "email": "rani@example.com", "password": PASSWORD });
    let entered = shop.guest().post(LOGIN, login).await;
    let cookie = entered.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-session=") && cookie.contains("Secure"), "{cookie}");
    assert!(entered.headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
}

#[tokio::test]
async fn a_taken_address_is_answered_like_a_free_one() {
    let shop = Shop::open();
    let guest = shop.guest();
    let free = guest.post("/api/v1/auth/register", registration("rani@example.com")).await;
    shop.customer("budi@example.com").await;
    let taken = guest.post("/api/v1/auth/register", registration("budi@example.com")).await;
    assert_eq!((free.status, free.body), (taken.status, taken.body));
    assert_eq!(shop.mailed(MailKind::ResetPassword).await.len(), 1, "the owner hears of it");

    let known = json!({ "email": "budi@example.com" });
    let unknown = json!({ "email": "nobody@example.com" });
    for path in ["/api/v1/auth/password-reset", "/api/v1/auth/verify-email/resend"] {
        let known = guest.post(path, known.clone()).await;
        let unknown = guest.post(path, unknown.clone()).await;
        assert_eq!((known.status, known.body), (unknown.status, unknown.body));
    }
    let wrong = json!({ "email": "budi@example.com", "password": "wrong password" });
    let nobody = json!({ "email": "nobody@example.com", "password": "wrong password" });
    let (wrong, nobody) = (guest.post(LOGIN, wrong).await, guest.post(LOGIN, nobody).await);
    assert_eq!((wrong.status, wrong.body), (nobody.status, nobody.body));
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let shop = Shop::open();
    let rani = shop.customer("rani@example.com").await;
    let (here, there) = (shop.browser(&rani).await, shop.browser(&rani).await);
    let change = |old: &str| json!({ "current_password": old, "new_password": "another password" });
    let refused = here.post("/api/v1/auth/password", change("wrong password")).await;
    assert_eq!(refused.pointers(), ["/current_password"]);
    assert_eq!(there.get(ME).await.status, StatusCode::OK);
    let done = here.post("/api/v1/auth/password", change(PASSWORD)).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
    assert_eq!(here.get(ME).await.status, StatusCode::OK);
    assert_eq!(there.get(ME).await.status, StatusCode::UNAUTHORIZED);
    let old = json!({ "email": "rani@example.com", "password": PASSWORD });
    assert_eq!(shop.guest().post(LOGIN, old).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_mailed_link_chooses_a_new_password_once_and_ends_all_sessions() {
    let shop = Shop::open();
    let rani = shop.customer("rani@example.com").await;
    let browser = shop.browser(&rani).await;
    shop.later(TimeDelta::minutes(1));
    for _ in 0..2 {
        let body = json!({ "email": "rani@example.com" });
        shop.guest().post("/api/v1/auth/password-reset", body).await;
    }
    let tokens = shop.mailed(MailKind::ResetPassword).await;
    assert_eq!(tokens.len(), 2);
    shop.later(TimeDelta::minutes(1));
    let confirm = |token: &str| json!({ "token": token, "password": "another password" });
    let path = "/api/v1/auth/password-reset/confirm";
    let done = shop.guest().post(path, confirm(&tokens[0])).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
    assert_eq!(browser.get(ME).await.status, StatusCode::UNAUTHORIZED);
    for token in &tokens {
        let again = shop.guest().post(path, confirm(token)).await;
        assert_eq!(again.pointers(), ["/token"], "the other link died with the change");
    }
    let new = json!({ "email": "rani@example.com", "password": "another password" });
    assert_eq!(shop.guest().post(LOGIN, new).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_ends_after_fourteen_days_or_by_hand() {
    let shop = Shop::open();
    let rani = shop.customer("rani@example.com").await;
    let (here, there) = (shop.browser(&rani).await, shop.browser(&rani).await);
    let sessions = here.get("/api/v1/auth/sessions").await.json();
    let other = sessions["items"].as_array().unwrap().iter().find(|it| it["current"] == false);
    let path = format!("/api/v1/auth/sessions/{}", other.unwrap()["id"].as_str().unwrap());
    assert_eq!(here.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(there.get(ME).await.status, StatusCode::UNAUTHORIZED);
    shop.later(TimeDelta::days(14) - TimeDelta::seconds(1));
    assert_eq!(here.get(ME).await.status, StatusCode::OK);
    shop.later(TimeDelta::seconds(1));
    assert_eq!(here.get(ME).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_key_is_shown_once_works_and_is_revoked() {
    let shop = Shop::open();
    let rani = shop.customer("rani@example.com").await;
    let browser = shop.browser(&rani).await;
    let wish = json!({ "name": "Deploy", "scopes": ["customer-orders-view"] });
    let made = browser.post("/api/v1/auth/api-keys", wish).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let made = made.json();
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("hbk_"));
    let program = shop.guest().with("authorization", &format!("Bearer {secret}"));
    assert_eq!(program.get(ME).await.status, StatusCode::OK);
    let listed = browser.get("/api/v1/auth/api-keys").await;
    assert!(!listed.body.contains(secret) && listed.json()["items"][0]["last_used_at"].is_string());
    let forged = format!("{}AAAA", &secret[..secret.len() - 4]);
    let thief = shop.guest().with("authorization", &format!("Bearer {forged}"));
    assert_eq!(thief.get(ME).await.status, StatusCode::UNAUTHORIZED);
    let path = format!("/api/v1/auth/api-keys/{}", made["id"].as_str().unwrap());
    assert_eq!(browser.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(program.get(ME).await.status, StatusCode::UNAUTHORIZED);
    let beyond = json!({ "name": "Deploy", "scopes": ["users-manage"] });
    let beyond = browser.post("/api/v1/auth/api-keys", beyond).await;
    assert_eq!(beyond.pointers(), ["/scopes"]);
}

#[tokio::test]
async fn staff_are_invited_by_mail_and_a_disabled_account_is_out_at_once() {
    let shop = Shop::open();
    let admin = shop.staff(Role::Admin).await;
    let browser = shop.browser(&admin).await;
    let wish = json!({ "email": "sari@example.com", "name": "Sari", "role": "support" });
    let made = browser.post("/api/v1/users", wish.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(browser.post("/api/v1/users", wish).await.pointers(), ["/email"]);
    let token = shop.mailed(MailKind::Invitation).await.remove(0);
    let confirm = json!({ "token": token, "password": PASSWORD });
    shop.guest().post("/api/v1/auth/password-reset/confirm", confirm).await;
    let sari = shop.user("sari@example.com").await;
    let hers = shop.browser(&sari).await;
    let key = shop.program(&sari, &[Permission::OrdersView]).await;
    assert_eq!(hers.get(ME).await.status, StatusCode::OK);
    let path = format!("/api/v1/users/{}/disable", sari.id);
    assert_eq!(browser.send("POST", &path, None).await.json()["status"], "disabled");
    assert_eq!(hers.get(ME).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(key.get(ME).await.status, StatusCode::UNAUTHORIZED);
    let own = format!("/api/v1/users/{}/disable", admin.id);
    assert_eq!(browser.send("POST", &own, None).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn users_come_in_pages() {
    let shop = Shop::open();
    let admin = shop.staff(Role::Admin).await;
    for _ in 0..4 {
        shop.later(TimeDelta::seconds(1));
        shop.staff(Role::Support).await;
    }
    let browser = shop.browser(&admin).await;
    let (mut seen, mut path) = (Vec::new(), "/api/v1/users?limit=2".to_owned());
    loop {
        let page = browser.get(&path).await.json();
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|it| it["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/users?limit=2&after={next}");
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|a, b| a > b), "newest first, none twice");
}

#[tokio::test]
async fn whoever_registered_an_address_first_does_not_have_its_account() {
    let shop = Shop::open();
    let guest = shop.guest();
    let login = |password: &str| json!({ "email": "rani@example.com", "password": password });
    let mut thief = registration("rani@example.com");
    thief["password"] = json!("the thief's password");
    let first = guest.post("/api/v1/auth/register", thief).await;
    let again = guest.post("/api/v1/auth/register", registration("rani@example.com")).await;
    assert_eq!((first.status, first.body), (again.status, again.body));
    let reset = shop.mailed(MailKind::ResetPassword).await.pop().unwrap();
    let verify = shop.mailed(MailKind::VerifyEmail).await.pop().unwrap();

    // Whichever of the two links the owner opens, the first registrant is not let in.
    shop.later(TimeDelta::minutes(1));
    let proof = guest.post("/api/v1/auth/verify-email", json!({ "token": verify })).await;
    assert_eq!(proof.status, StatusCode::NO_CONTENT);
    for password in ["the thief's password", PASSWORD] {
        let refused = guest.post(LOGIN, login(password)).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{password}");
    }
    let confirm = "/api/v1/auth/password-reset/confirm";
    let chosen = || json!({ "token": reset, "password": "the owner's password" });
    assert_eq!(guest.post(confirm, chosen()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(guest.post(confirm, chosen()).await.pointers(), ["/token"], "it works once");
    assert_eq!(guest.post(LOGIN, login("the owner's password")).await.status, StatusCode::OK);
    let thief = guest.post(LOGIN, login("the thief's password")).await;
    assert_eq!(thief.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_link_for_an_unproved_address_chooses_the_password_and_proves_it() {
    let shop = Shop::open();
    let guest = shop.guest();
    for _ in 0..2 {
        guest.post("/api/v1/auth/register", registration("rani@example.com")).await;
    }
    let reset = shop.mailed(MailKind::ResetPassword).await.pop().unwrap();
    let chosen = json!({ "token": reset, "password": "the owner's password" });
    guest.post("/api/v1/auth/password-reset/confirm", chosen).await;
    let login = json!({ "email": "rani@example.com", "password": "the owner's password" });
    assert_eq!(guest.post(LOGIN, login).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_new_password_stops_keys_and_is_told_by_mail() {
    let shop = Shop::open();
    let rani = shop.customer("rani@example.com").await;
    let (browser, key) =
        (shop.browser(&rani).await, shop.program(&rani, &[Permission::CustomerOrdersView]).await);
    assert_eq!(shop.told().await, [MailKind::ApiKeyCreated]);
    assert_eq!(key.get(ME).await.status, StatusCode::OK);
    let change = json!({ "current_password": PASSWORD, "new_password": "another password" });
    let done = browser.post("/api/v1/auth/password", change).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
    assert_eq!(key.get(ME).await.status, StatusCode::UNAUTHORIZED);
    assert!(shop.told().await.contains(&MailKind::PasswordChanged));
}

#[tokio::test]
async fn asking_for_a_link_does_the_same_work_for_known_and_unknown_addresses() {
    let shop = Shop::open();
    shop.customer("rani@example.com").await;
    for path in ["/api/v1/auth/password-reset", "/api/v1/auth/verify-email/resend"] {
        let mut left = Vec::new();
        for email in ["rani@example.com", "nobody@example.com"] {
            let filter = TaskFilter::default();
            let before = shop.store().tasks(&filter, &PageRequest::first(200)).await.unwrap();
            shop.guest().post(path, json!({ "email": email })).await;
            let after = shop.store().tasks(&filter, &PageRequest::first(200)).await.unwrap();
            let new = after.items.iter().find(|it| !before.items.contains(it)).unwrap();
            assert_eq!(after.items.len(), before.items.len() + 1, "{path} {email}");
            left.push(matches!(new.job, Job::MailLink { .. }));
        }
        assert_eq!(left, [true, true], "{path}");
    }
    let mails = shop.mailed(MailKind::ResetPassword).await;
    assert_eq!(mails.len(), 1, "nobody@example.com is mailed nothing");
}

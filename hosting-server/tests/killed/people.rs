//! People who buy and insist.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use hosting_core::testing::SeededEntropy;
use hosting_server::clock::Stopwatch;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    killer::Progress,
    shop::{PASSWORD, Shop},
};

const PATIENCE: Duration = Duration::from_mins(1);

/// One person buys one plan after the other until the killing is over. Answers the domains.
pub(crate) async fn shop_until(
    shop: Arc<Shop>,
    number: usize,
    seed: u64,
    progress: Arc<Progress>,
) -> Vec<String> {
    let dice = SeededEntropy::new(seed ^ (0x00c0_ffee + u64::try_from(number).unwrap_or(0)));
    let cookie = register(&shop, &format!("pembeli{number}@customer.example.com")).await;
    let plan = plan(&shop).await;
    let (mut domains, mut invoices) = (Vec::new(), Vec::new());
    while !progress.is_over() {
        // Three purchases for two kills, so that each kill finds somebody in the middle of one.
        if domains.len() > progress.kills() * 3 / 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        }
        let domain = format!("toko-{number}-{}.com", domains.len());
        invoices.push(buy(&shop, &cookie, &dice, &plan, &domain).await);
        domains.push(domain);
        tokio::time::sleep(Duration::from_millis(dice.next_u64() % 500)).await;
    }
    for invoice in invoices {
        wait_until_paid(&shop, &cookie, &invoice).await;
    }
    domains
}

/// Waits until the shop knows that an invoice was paid.
pub(crate) async fn wait_until_paid(shop: &Shop, cookie: &str, invoice: &str) {
    let watch = Stopwatch::start();
    let path = format!("/invoices/{invoice}");
    while shop.call(Some(cookie), None, (Method::GET, &path), None).await["status"] != "paid" {
        assert!(watch.elapsed() < PATIENCE, "invoice {invoice} was paid and is not credited");
        shop.move_on().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Registers, proves the address by the link in the mail, and logs in; each step as often as it takes.
pub(crate) async fn register(shop: &Shop, email: &str) -> String {
    let address = json!({ "line1": "Jl. Malioboro 5", "city": "Yogyakarta", "country": "ID" });
    let wish = json!({
        "email": email, "password": PASSWORD, "name": "Pembeli", "address": address, "locale": "id",
    });
    shop.call(None, None, (Method::POST, "/auth/register"), Some(&wish)).await;
    let (watch, mut opened) = (Stopwatch::start(), BTreeSet::new());
    while watch.elapsed() < PATIENCE {
        for mail in shop.world.smtp.to(email) {
            let text = mail.message().text.unwrap_or_default();
            let Some(token) = token_in(&text) else { continue };
            // Nobody opens a link again and again; the shop would make them wait.
            if !opened.insert(token.clone()) {
                continue;
            }
            // Who registers again, because the first answer was lost, may be somebody else for all the
            // shop knows: the link of that mail chooses the password.
            let (path, proof) = if text.contains("/reset-password?") {
                let proof = json!({ "token": token, "password": PASSWORD });
                ("/auth/password-reset/confirm", proof)
            } else {
                ("/auth/verify-email", json!({ "token": token }))
            };
            // A refusal may mean that it was proved just before the process died.
            let (status, ..) = shop.insist(None, None, (Method::POST, path), Some(&proof)).await;
            let may_be = status.is_success() || status == StatusCode::UNPROCESSABLE_ENTITY;
            if may_be && let Some(cookie) = shop.log_in(email).await {
                return cookie;
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{email} never got in");
}

fn token_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("token=")?;
    let letter = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    Some(rest.chars().take_while(letter).collect())
}

pub(crate) async fn plan(shop: &Shop) -> Value {
    let product = shop.call(None, None, (Method::GET, "/catalog/products/hosting"), None).await;
    let plans = product["plans"].as_array().expect("plans");
    plans.iter().find(|it| it["slug"] == "business").expect("the plan")["id"].clone()
}

/// Orders one plan and pays it at the bank. Answers the invoice.
pub(crate) async fn buy(
    shop: &Shop,
    cookie: &str,
    dice: &SeededEntropy,
    plan: &Value,
    domain: &str,
) -> String {
    let who = Some(cookie);
    let line = json!({ "plan_id": plan, "cycle": "monthly", "domain": domain });
    let wish = json!({ "items": [line] });
    let key = format!("cart-{domain}");
    let cart = shop.call(who, Some(&key), (Method::POST, "/carts"), Some(&wish)).await;
    let path = format!("/carts/{}/checkout", text(&cart, "id"));
    let placed = shop.call(who, None, (Method::POST, &path), Some(&json!({}))).await;
    if dice.one_in(3) {
        // An impatient second click.
        let again = shop.call(who, None, (Method::POST, &path), Some(&json!({}))).await;
        assert_eq!(again["invoice"]["id"], placed["invoice"]["id"], "one cart, one invoice");
    }
    let invoice = text(&placed["invoice"], "id");
    pay(shop, cookie, dice, &invoice, &format!("pay-{domain}")).await;
    invoice
}

/// Asks how to pay an invoice, and pays it at the bank.
pub(crate) async fn pay(shop: &Shop, cookie: &str, dice: &SeededEntropy, invoice: &str, key: &str) {
    let who = Some(cookie);
    let path = format!("/invoices/{invoice}/payments");
    let way = json!({ "gateway": "midtrans", "method": "bca_va" });
    let key = dice.one_in(2).then_some(key);
    let payment = shop.call(who, key, (Method::POST, &path), Some(&way)).await;
    let path = format!("/payments/{}", text(&payment, "id"));
    let watch = Stopwatch::start();
    loop {
        let payment = shop.call(who, None, (Method::GET, &path), None).await;
        if !payment["instructions"].is_null() {
            let reference = text(&payment, "reference");
            shop.world.midtrans.pay(&reference).expect("the bank takes it once");
            break;
        }
        assert!(watch.elapsed() < PATIENCE, "nobody was told how to pay: {payment}");
        if watch.elapsed() > Duration::from_secs(4) {
            shop.move_on().await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    if dice.one_in(3) {
        // "I have paid": a refusal (asked too often) is as good as an answer.
        let path = format!("{path}/check");
        let _ = shop.insist(who, None, (Method::POST, &path), Some(&json!({}))).await;
    }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` is missing in {value}")).to_owned()
}

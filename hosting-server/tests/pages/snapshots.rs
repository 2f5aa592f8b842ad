//! A few key pages and answers, whole, as they were last looked at.
//!
//! What changes in them is seen in a change of `snapshots/`. Ids and the hashes of assets are written
//! alike; the clock is the test's, so days are content. After a wanted change:
//! `INSTA_UPDATE=always cargo test -p hosting-server --test pages snapshots`, and look at what changed.

use insta::{assert_json_snapshot, assert_snapshot};

use crate::browser::{Browser, World};

/// The text with `ord_01J…` as `ord_[id]`, hashes of assets as `[hash]`, and no line of spaces.
fn plain(text: &str) -> String {
    let is_of_an_id = |it: &u8| it.is_ascii_digit() || it.is_ascii_uppercase();
    let (mut told, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('_') {
        let (before, after) = rest.split_at(at + 1);
        told += before;
        let length = after.bytes().take_while(is_of_an_id).count();
        rest = after;
        if length == 26 {
            told += "[id]";
            rest = &after[length..];
        }
    }
    told += rest;
    let mut parts = told.split("?v=");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let length = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        told = format!("{told}?v=[hash]{}", &part[length..]);
    }
    let lines = told.lines().map(str::trim_end).filter(|it| !it.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// The page as it is sent, without what has no meaning.
async fn page(browser: &Browser<'_>, path: &str) -> String {
    plain(&browser.get(path).await.body)
}

/// An answer of the API, with ids written alike.
async fn json(browser: &Browser<'_>, path: &str) -> serde_json::Value {
    let body = plain(&browser.get(path).await.expect(200).body);
    serde_json::from_str(&body).unwrap()
}

#[test]
fn what_is_redacted_is_an_id_or_a_hash_and_nothing_else() {
    let text = "ord_01JQ8ZK4W9T5M3N7R2V6X0Y1AB x_y ORD_1 /a.css?v=0123abcdef012345\" 2026-01-31";
    assert_eq!(plain(text), "ord_[id] x_y ORD_1 /a.css?v=[hash]\" 2026-01-31");
}

#[tokio::test]
async fn pages_of_a_guest() {
    let world = World::open().await;
    let browser = world.browser();
    assert_snapshot!("front", page(&browser, "/").await);
    assert_snapshot!("log_in", page(&browser, "/login").await);
    assert_snapshot!("nowhere", page(&browser, "/nowhere").await);
    browser.add("NusaKopi.com").await.leads_to();
    browser.post("/cart/coupon", &[("code", "kopi10")]).await.leads_to();
    assert_snapshot!("cart", page(&browser, "/cart").await);
}

#[tokio::test]
async fn a_bill() {
    let world = World::open().await;
    let browser = world.customer("budi@example.com", "Budi Santoso").await;
    browser.add("NusaKopi.com").await.leads_to();
    let bill = browser.post("/checkout", &[]).await.leads_to();
    assert_snapshot!("bill", page(&browser, &bill).await);
}

#[tokio::test]
async fn answers_of_the_api() {
    let world = World::open().await;
    let browser = world.customer("budi@example.com", "Budi Santoso").await;
    browser.add("NusaKopi.com").await.leads_to();
    browser.post("/checkout", &[]).await.leads_to();
    assert_json_snapshot!("products", json(&browser, "/api/v1/catalog/products").await);
    assert_json_snapshot!("orders", json(&browser, "/api/v1/orders").await);
    assert_json_snapshot!("invoices", json(&browser, "/api/v1/invoices").await);
}

//! The shop's settings.

use serde_json::{Value, json};

use crate::office::Office;

async fn current(office: &Office) -> Value {
    office.get("/settings").await.expect(200)
}

#[tokio::test]
async fn settings_are_replaced_as_a_whole_and_count_at_once() {
    let office = Office::open().await;
    let mut wish = current(&office).await;
    assert_eq!((&wish["version"], &wish["zone"]), (&json!(1), &json!("Asia/Jakarta")));
    wish["invoice_number"] = json!("FKT-{yyyy}-{seq:4}");
    wish["billing"]["grace_days"] = json!(3);
    wish["seller"]["email"] = json!("Billing@Example.com");
    let saved = office.call("PUT", "/settings", &[], Some(&wish)).await.expect(200);
    assert_eq!((&saved["version"], &saved["billing"]["grace_days"]), (&json!(2), &json!(3)));
    assert_eq!(saved["seller"]["email"], "billing@example.com");
    assert_eq!(current(&office).await, saved);
    let cart = office.shop.cart("kopi.example", None).await;
    let (_, invoice) = office.shop.order(cart).await;
    let number = office.get(&format!("/invoices/{invoice}")).await.json["number"].clone();
    assert_eq!(number, "FKT-2026-0001");

    let late = office.call("PUT", "/settings", &[], Some(&wish)).await;
    assert_eq!(late.status, 409);
    wish.as_object_mut().unwrap().remove("version");
    let stale = office.call("PUT", "/settings", &[("if-match", "\"1\"")], Some(&wish)).await;
    assert_eq!(stale.status, 412);
    let unsaid = office.call("PUT", "/settings", &[], Some(&wish)).await;
    assert_eq!(unsaid.pointers(), ["/version"]);
}

#[tokio::test]
async fn every_setting_is_checked_and_named() {
    let office = Office::open().await;
    let wish = current(&office).await;
    let mut cases = vec![
        ("/zone", json!("Jakarta")),
        ("/zone", json!("(absent)")),
        ("/currency", json!("RP")),
        ("/invoice_number", json!("INV/{yyyy}")),
        ("/invoice_number", json!("INV {seq:5}")),
        ("/logo", json!("cat.png")),
        ("/seller/name", json!("")),
        ("/seller/email", json!("billing")),
        ("/seller/fax", json!("1")),
        ("/seller/address/line1", json!("")),
        ("/seller/address/city", json!("(absent)")),
        ("/seller/address/country", json!("XX")),
        ("/seller/address/planet", json!("Earth")),
        ("/billing/reminder_days", json!([1, 1])),
        ("/billing/reminder_days", json!([3, -3])),
        ("/billing/reminder_days", json!(vec![1; 21])),
        ("/billing/reminder_days", json!([400])),
        ("/billing/mercy", json!(true)),
        ("/billing/continuous_invoices", json!("no")),
    ];
    for (pointer, most) in [
        ("/billing/renewal_lead_days", 60),
        ("/billing/order_due_days", 90),
        ("/billing/payment_window_hours", 168),
        ("/billing/grace_days", 365),
        ("/billing/retention_days", 3650),
        ("/billing/cancelled_retention_days", 3650),
        ("/billing/abandon_after_days", 365),
        ("/billing/max_suspensions_per_day", 1_000_000),
        ("/billing/max_terminations_per_day", 1_000_000),
    ] {
        cases.push((pointer, json!(most + 1)));
        cases.push((pointer, json!("(absent)")));
    }
    office.refuses("PUT", "/settings", &wish, &cases).await;
    assert_eq!(current(&office).await["version"], 1, "nothing was saved");
}

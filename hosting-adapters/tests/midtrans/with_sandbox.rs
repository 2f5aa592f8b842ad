//! The gateway and the sandbox, together: every method, repeats, races and notifications.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use chrono::TimeDelta;
use hosting_adapters::midtrans::sandbox::{Body, Order, SandboxError, WebhookSwitches};
use hosting_core::port::{
    Clock, Effect, PaymentGateway,
    gateway::{ChargeStatus, Instructions, RawWebhook, Rejection, Shows},
};
use serde_json::{Value, json};

use crate::support::{Bench, KEY, gateway_at, rupiah};

#[tokio::test]
async fn every_method_can_be_charged_found_paid_and_found_paid() {
    let bench = Bench::new().await;
    for method in bench.gateway.methods() {
        let reference = format!("INV-{}", method.id.replace('_', "-"));
        let request = bench.request(&reference, method.id, 150_000);
        let charge = bench.gateway.charge(&request).await.expect(method.id);
        assert_eq!(charge.status, ChargeStatus::Pending);
        assert_eq!(charge.amount, rupiah(150_000));
        assert_eq!(charge.expires_at, Some(request.expires_at), "{}", method.id);
        let shown = charge.instructions.as_ref().expect(method.id);
        let fits = matches!(
            (method.shows, shown),
            (Shows::VirtualAccount, Instructions::VirtualAccount { .. })
                | (Shows::Bill, Instructions::Bill { .. })
                | (Shows::Qr, Instructions::Qr { .. })
                | (Shows::Wallet, Instructions::Wallet { .. })
        );
        assert!(fits, "{}: {shown:?}", method.id);
        if let Instructions::VirtualAccount { bank, .. } = shown {
            assert_eq!(format!("{bank}_va"), method.id);
        }
        bench.sandbox.pay(&reference).expect("payable");
        let found = bench.gateway.find(&reference).await.expect("asked").expect("there");
        assert_eq!(found.status, ChargeStatus::Succeeded);
        assert_eq!(found.provider_ref, charge.provider_ref);
        assert_eq!(found.paid_at, Some(bench.clock.now()));
    }
    assert_eq!(bench.sandbox.effects().charges, 8);
}

#[tokio::test]
async fn charging_twice_makes_one_charge_and_answers_the_same() {
    let bench = Bench::new().await;
    // Permata does not honour the key; the others forget it after five minutes.
    for (reference, method) in [("INV-1", "bca_va"), ("INV-2", "permata_va"), ("INV-3", "qris")] {
        let request = bench.request(reference, method, 150_000);
        let first = bench.gateway.charge(&request).await.expect(method);
        assert_eq!(bench.gateway.charge(&request).await.expect(method), first);
        bench.clock.advance(TimeDelta::minutes(6));
        let later = bench.gateway.charge(&request).await.expect(method);
        assert_eq!(later.provider_ref, first.provider_ref);
        if method != "qris" {
            assert_eq!(later, first);
        }
        assert_eq!(bench.sandbox.charges_of(reference), 1);
    }
}

#[tokio::test]
async fn a_reference_that_is_taken_for_another_amount_is_refused() {
    let bench = Bench::new().await;
    bench.gateway.charge(&bench.request("INV-1", "permata_va", 150_000)).await.expect("charged");
    let other = bench.request("INV-1", "permata_va", 99_000);
    let failure = bench.gateway.charge(&other).await.expect_err("refused");
    assert_eq!((failure.effect(), failure.code()), (Effect::NoneFinal, Some("406")));
}

/// The provider's keys are shared by everything: a key used again brings another order's answer.
#[tokio::test]
async fn a_key_that_is_used_again_does_not_bring_another_payment() {
    let bench = Bench::new().await;
    let first = bench.request("INV-1", "bca_va", 150_000);
    bench.gateway.charge(&first).await.expect("charged");
    let mut second = bench.request("INV-2", "bca_va", 150_000);
    second.key = first.key;
    let failure = bench.gateway.charge(&second).await.expect_err("not ours");
    assert_eq!(failure.effect(), Effect::Unknown);
    assert_eq!(bench.gateway.find("INV-2").await.expect("asked"), None);
}

#[tokio::test]
async fn offers_end_by_the_clock() {
    let bench = Bench::new().await;
    bench.gateway.charge(&bench.request("INV-1", "bni_va", 150_000)).await.expect("charged");
    bench.clock.advance(TimeDelta::minutes(59));
    let find =
        || async { bench.gateway.find("INV-1").await.expect("asked").expect("there").status };
    assert_eq!(find().await, ChargeStatus::Pending);
    bench.clock.advance(TimeDelta::minutes(1));
    assert_eq!(find().await, ChargeStatus::Expired);
    let late = bench.sandbox.pay("INV-1");
    assert_eq!(late, Err(SandboxError::NotPending("expire".to_owned())));
}

#[tokio::test]
async fn requests_that_cannot_work_are_refused_without_a_call() {
    let bench = Bench::new().await;
    let good = || bench.request("INV-1", "bca_va", 150_000);
    let mut bad = Vec::new();
    let mut other = good();
    "credit_card".clone_into(&mut other.method);
    bad.push(other);
    bad.push(bench.request("INV-1", "bca_va", 9_999));
    bad.push(bench.request("INV/1", "bca_va", 150_000));
    bad.push(bench.request("", "bca_va", 150_000));
    let mut late = good();
    late.expires_at = late.now + TimeDelta::seconds(19);
    bad.push(late);
    let mut dollars = good();
    dollars.amount =
        hosting_core::kernel::Money::from_minor(150_000, hosting_core::kernel::Currency::USD);
    bad.push(dollars);
    bench.faults.next("midtrans", "", hosting_adapters::sandbox::Fault::Html, 1);
    for request in bad {
        let failure = bench.gateway.charge(&request).await.expect_err("refused");
        assert_eq!(failure.effect(), Effect::NoneFinal, "{failure}");
    }
    assert_eq!(bench.faults.pending().len(), 1, "nothing was sent");
}

#[tokio::test]
async fn an_offer_that_is_too_long_is_cut_to_what_the_channel_allows() {
    let bench = Bench::new().await;
    let mut request = bench.request("INV-1", "qris", 150_000);
    request.expires_at = request.now + TimeDelta::days(30);
    let charge = bench.gateway.charge(&request).await.expect("charged");
    assert_eq!(charge.expires_at, Some(request.now + TimeDelta::days(7)));
}

#[tokio::test]
async fn cancelling_ends_the_offer_and_never_the_payment() {
    let bench = Bench::new().await;
    bench.gateway.charge(&bench.request("INV-1", "bri_va", 150_000)).await.expect("charged");
    let cancelled = bench.gateway.cancel("INV-1").await.expect("cancelled");
    assert_eq!(cancelled.status, ChargeStatus::Expired);
    assert_eq!(bench.gateway.cancel("INV-1").await.expect("again").status, ChargeStatus::Expired);
    bench.gateway.charge(&bench.request("INV-2", "bri_va", 150_000)).await.expect("charged");
    bench.sandbox.pay("INV-2").expect("payable");
    let raced = bench.gateway.cancel("INV-2").await.expect("answered");
    assert_eq!(raced.status, ChargeStatus::Succeeded);
    let failure = bench.gateway.cancel("INV-3").await.expect_err("unknown");
    assert_eq!((failure.effect(), failure.code()), (Effect::NoneFinal, Some("404")));
    let effects = bench.sandbox.effects();
    assert_eq!((effects.expires, effects.cancels), (1, 0));
}

#[tokio::test]
async fn a_wallet_is_paid_on_the_page_behind_its_deeplink() {
    let bench = Bench::new().await;
    let request = bench.request("INV-1", "gopay", 44_000);
    let charge = bench.gateway.charge(&request).await.expect("charged");
    let Some(Instructions::Wallet { deeplink, .. }) = charge.instructions else {
        panic!("no wallet: {charge:?}");
    };
    let browser = reqwest::Client::new();
    let page = browser.get(&deeplink).send().await.expect("a page").text().await.expect("text");
    assert!(page.contains("Pay Rp44000"), "{page}");
    assert!(browser.post(&deeplink).send().await.expect("a page").status().is_success());
    assert_eq!(browser.post(&deeplink).send().await.expect("a page").status(), 409);
    let found = bench.gateway.find("INV-1").await.expect("asked").expect("there");
    assert_eq!(found.status, ChargeStatus::Succeeded);
}

#[tokio::test]
async fn a_wrong_key_opens_nothing() {
    let bench = Bench::new().await;
    let config = hosting_adapters::midtrans::MidtransConfig {
        base_url: Some(bench.server.base_url().to_owned()),
        ..hosting_adapters::midtrans::MidtransConfig::sandbox(hosting_core::kernel::Secret::new(
            "SB-Mid-server-wrong",
        ))
    };
    let gateway = hosting_adapters::midtrans::Midtrans::new(config).expect("valid");
    let request = bench.request("INV-1", "bca_va", 150_000);
    let failure = gateway.charge(&request).await.expect_err("refused");
    assert_eq!((failure.effect(), failure.code()), (Effect::NoneRetry, Some("401")));
    assert!(failure.is_server_wide(), "only staff can mend it");
    let look = gateway.find("INV-1").await.expect_err("refused");
    assert!(look.is_server_wide() && look.effect() == Effect::NoneRetry);
    assert_eq!(bench.sandbox.effects().charges, 0);
}

#[tokio::test]
async fn what_was_paid_is_what_is_found() {
    let bench = Bench::new().await;
    for reference in ["INV-1", "INV-2", "INV-3"] {
        let request = bench.request(reference, "bca_va", 150_000);
        bench.gateway.charge(&request).await.expect("charged");
    }
    bench.sandbox.pay_amount("INV-1", 149_999).expect("payable");
    bench.sandbox.pay_with_imposed_fee("INV-2", 4_000).expect("payable");
    bench.sandbox.pay("INV-3").expect("payable");
    bench.sandbox.deny("INV-3").expect("there");
    let find = |reference: &'static str| async {
        let charge = bench.gateway.find(reference).await.expect("asked").expect("there");
        (charge.status, charge.amount, charge.paid_at.is_some())
    };
    assert_eq!(find("INV-1").await, (ChargeStatus::Succeeded, rupiah(149_999), true));
    assert_eq!(find("INV-2").await, (ChargeStatus::Succeeded, rupiah(150_000), true));
    assert_eq!(find("INV-3").await, (ChargeStatus::Failed, rupiah(150_000), false));
    let fee = bench.sandbox.notification("INV-2").expect("there");
    assert_eq!(fee["gross_amount"], "154000.00");
}

/// The sandbox refuses what the provider refuses, so that a mistake in the adapter shows.
#[tokio::test]
async fn the_sandbox_checks_what_the_provider_checks() {
    let bench = Bench::new().await;
    let good = json!({
        "payment_type": "bank_transfer",
        "transaction_details": { "order_id": "INV-1", "gross_amount": 150_000 },
        "item_details": [{ "id": "a", "price": 150_000, "quantity": 1, "name": "a" }],
        "bank_transfer": { "bank": "bca" },
    });
    let bad = [
        ("/transaction_details/gross_amount", json!(150_000.5)),
        ("/transaction_details/gross_amount", json!("150000")),
        ("/transaction_details/gross_amount", json!(0)),
        ("/transaction_details/order_id", json!("")),
        ("/transaction_details/order_id", json!("a b")),
        ("/item_details/0/price", json!(149_999)),
        ("/bank_transfer/bank", json!("bsi")),
        ("/payment_type", json!("cash")),
    ];
    for (at, value) in bad {
        let mut body = good.clone();
        *body.pointer_mut(at).expect(at) = value;
        assert_eq!(post_charge(&bench, &body).await["status_code"], "400", "{at}");
    }
    let mut card = good.clone();
    card["payment_type"] = json!("credit_card");
    assert_eq!(post_charge(&bench, &card).await["status_code"], "402");
    assert_eq!(bench.sandbox.effects().charges, 0);
    assert_eq!(post_charge(&bench, &good).await["status_code"], "201");
    assert_eq!(post_charge(&bench, &good).await["status_code"], "406");
}

async fn post_charge(bench: &Bench, body: &Value) -> Value {
    let url = format!("{}/v2/charge", bench.server.base_url());
    let request = reqwest::Client::new().post(url).basic_auth(KEY, Some("")).json(body);
    request.send().await.expect("an answer").json().await.expect("JSON")
}

/// A shop that keeps what it is told, and refuses the first `refusals` messages.
struct Shop {
    bodies: Mutex<Vec<Vec<u8>>>,
    refusals: Mutex<u32>,
}

async fn hook(State(shop): State<Arc<Shop>>, body: Bytes) -> StatusCode {
    let mut refusals = shop.refusals.lock().expect("not poisoned");
    if *refusals > 0 {
        *refusals -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    shop.bodies.lock().expect("not poisoned").push(body.to_vec());
    StatusCode::OK
}

async fn open_shop(bench: &Bench, refusals: u32) -> Arc<Shop> {
    let shop = Arc::new(Shop { bodies: Mutex::default(), refusals: Mutex::new(refusals) });
    let router = Router::new().route("/hook", post(hook)).with_state(shop.clone());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    bench.sandbox.set_notification_url(Some(url));
    shop
}

/// The state words that arrived, with the verdict on each message, once there are `count`.
async fn heard(bench: &Bench, shop: &Shop, count: usize) -> Vec<(String, Result<(), Rejection>)> {
    for _ in 0..500 {
        if shop.bodies.lock().expect("not poisoned").len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Whatever is too much would come now.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let bodies = shop.bodies.lock().expect("not poisoned").clone();
    let verdicts = bodies.iter().map(|body| {
        let value: Value = serde_json::from_slice(body).expect("JSON");
        let word = value["transaction_status"].as_str().expect("a word").to_owned();
        let verdict = bench.gateway.verify(&RawWebhook { headers: &[], body });
        (word, verdict.map(|_| ()))
    });
    verdicts.collect()
}

fn words(heard: &[(String, Result<(), Rejection>)]) -> Vec<&str> {
    heard.iter().map(|it| it.0.as_str()).collect()
}

#[tokio::test]
async fn each_change_is_notified_even_to_a_shop_that_stumbles() {
    let bench = Bench::new().await;
    let shop = open_shop(&bench, 1).await;
    bench.gateway.charge(&bench.request("INV-1", "bca_va", 150_000)).await.expect("charged");
    assert_eq!(words(&heard(&bench, &shop, 1).await), ["pending"]);
    bench.sandbox.pay("INV-1").expect("payable");
    let heard = heard(&bench, &shop, 2).await;
    assert_eq!(words(&heard), ["pending", "settlement"]);
    assert!(heard.iter().all(|it| it.1.is_ok()));
    let tries: Vec<_> = bench.sandbox.deliveries().iter().map(|it| it.http_status).collect();
    assert_eq!(tries, [Some(503), Some(200), Some(200)]);
}

#[tokio::test]
async fn notifications_can_be_lost_repeated_and_turned_around() {
    let bench = Bench::new().await;
    let shop = open_shop(&bench, 0).await;
    let switches = WebhookSwitches { order: Order::PendingLast, copies: 2, ..Default::default() };
    bench.sandbox.set_webhooks(switches);
    bench.gateway.charge(&bench.request("INV-1", "bca_va", 150_000)).await.expect("charged");
    bench.sandbox.pay("INV-1").expect("payable");
    let all = heard(&bench, &shop, 4).await;
    assert_eq!(words(&all), ["settlement", "settlement", "pending", "pending"]);
    bench.sandbox.set_webhooks(WebhookSwitches { on: false, ..Default::default() });
    bench.gateway.charge(&bench.request("INV-2", "bca_va", 150_000)).await.expect("charged");
    bench.sandbox.pay("INV-2").expect("payable");
    assert_eq!(heard(&bench, &shop, 4).await.len(), 4);
    bench
        .sandbox
        .set_webhooks(WebhookSwitches { delay: Duration::from_millis(300), ..Default::default() });
    bench.sandbox.resend("INV-2").expect("there");
    assert_eq!(heard(&bench, &shop, 0).await.len(), 4, "not yet");
    assert_eq!(heard(&bench, &shop, 5).await.len(), 5);
}

#[tokio::test]
async fn disturbed_notifications_are_rejected() {
    let bench = Bench::new().await;
    let shop = open_shop(&bench, 0).await;
    for (at, body) in [Body::Tampered, Body::StatusEdited, Body::Forged].into_iter().enumerate() {
        bench.sandbox.set_webhooks(WebhookSwitches { body, ..Default::default() });
        let reference = format!("INV-{at}");
        let request = bench.request(&reference, "bca_va", 150_000);
        bench.gateway.charge(&request).await.expect("charged");
        let heard = heard(&bench, &shop, at + 1).await;
        assert!(heard[at].1.is_err(), "{body:?}: {heard:?}");
    }
}

#[tokio::test]
async fn nobody_listening_is_a_failure_that_may_be_tried_again() {
    let bench = Bench::new().await;
    let nowhere = {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        format!("http://{}", listener.local_addr().expect("an address"))
    };
    let gateway = gateway_at(&nowhere, Duration::from_secs(2));
    let request = bench.request("INV-1", "bca_va", 150_000);
    let failure = gateway.charge(&request).await.expect_err("refused");
    assert_eq!(failure.effect(), Effect::NoneRetry);
}

#[tokio::test]
async fn what_the_bank_takes_back_in_parts_is_told_part_by_part() {
    let bench = Bench::new().await;
    bench.gateway.charge(&bench.request("INV-1", "gopay", 150_000)).await.expect("charged");
    assert!(bench.sandbox.charge_back("INV-1", 1).is_err(), "nobody has paid");
    bench.sandbox.pay("INV-1").expect("payable");
    let mut keys = Vec::new();
    for (amount, word, sum) in [
        (50_000, ChargeStatus::PartiallyChargedBack, Some(50_000)),
        (25_000, ChargeStatus::PartiallyChargedBack, Some(75_000)),
        (75_000, ChargeStatus::ChargedBack, None),
    ] {
        bench.sandbox.charge_back("INV-1", amount).expect("there is as much");
        let found = bench.gateway.find("INV-1").await.expect("asked").expect("there");
        assert_eq!((found.status, found.given_back), (word, sum.map(rupiah)));
        let notice = bench.sandbox.notification("INV-1").expect("there").to_string();
        let raw = RawWebhook { headers: &[], body: notice.as_bytes() };
        keys.push(bench.gateway.verify(&raw).expect("signed").event_key);
    }
    keys.dedup();
    assert_eq!(keys.len(), 3, "each is news: {keys:?}");
    assert!(bench.sandbox.charge_back("INV-1", 1).is_err(), "nothing is left");
}

#[tokio::test]
async fn a_part_that_the_bank_took_back_without_saying_how_much_is_not_guessed() {
    let bench = Bench::new().await;
    bench.gateway.charge(&bench.request("INV-1", "gopay", 150_000)).await.expect("charged");
    bench.sandbox.pay("INV-1").expect("payable");
    bench.sandbox.set_status("INV-1", "partial_chargeback", None).expect("a known word");
    let failure = bench.gateway.find("INV-1").await.expect_err("not how much");
    assert_eq!(failure.effect(), Effect::NoneRetry, "{failure}");
}

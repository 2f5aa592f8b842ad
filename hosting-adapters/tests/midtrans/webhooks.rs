//! Which messages are taken, and what they are taken for.

use std::collections::BTreeSet;

use hosting_adapters::midtrans::{Midtrans, MidtransConfig};
use hosting_core::{
    kernel::Secret,
    port::{
        PaymentGateway,
        gateway::{Notice, RawWebhook, Rejection},
    },
};
use serde_json::{Value, json};

use crate::support::{Bench, KEY, fixtures};

fn gateway() -> Midtrans {
    Midtrans::new(MidtransConfig::sandbox(Secret::new(KEY))).expect("valid")
}

fn verify(body: &[u8]) -> Result<Notice, Rejection> {
    gateway().verify(&RawWebhook { headers: &[], body })
}

fn body_of(name: &str) -> Value {
    let all = fixtures("webhook");
    let (_, fixture) = all.iter().find(|it| it.0 == name).expect(name);
    fixture["webhook"]["body"].clone()
}

fn verify_json(body: &Value) -> Result<Notice, Rejection> {
    verify(body.to_string().as_bytes())
}

#[test]
fn sample_notifications_are_accepted_or_rejected_as_they_say() {
    let mut keys = BTreeSet::new();
    let (mut accepted, mut rejected) = (0, 0);
    for (name, fixture) in fixtures("webhook") {
        let body = match fixture["webhook"]["body_raw"].as_str() {
            Some(raw) => raw.to_owned(),
            None => fixture["webhook"]["body"].to_string(),
        };
        let verdict = verify(body.as_bytes());
        if fixture["meta"]["mapped"].is_null() {
            assert!(verdict.is_err(), "{name}");
            rejected += 1;
            continue;
        }
        let notice = verdict.unwrap_or_else(|it| panic!("{name}: {it}"));
        let order_id = fixture["webhook"]["body"]["order_id"].as_str();
        assert_eq!(notice.reference.as_deref(), order_id, "{name}");
        // The same settlement with unknown fields is the same message.
        let is_repeat = name == "webhook-va-settlement.json";
        assert_eq!(keys.insert(notice.event_key), !is_repeat, "{name}");
        accepted += 1;
    }
    assert_eq!((accepted, rejected), (22, 3));
}

#[test]
fn the_reason_tells_a_forgery_from_another_message() {
    let forged = verify_json(&body_of("webhook-bad-signature.json"));
    assert_eq!(forged, Err(Rejection::Forged));
    for name in ["webhook-forged-status-valid-signature.json", "webhook-subscription-event.json"] {
        assert!(matches!(verify_json(&body_of(name)), Err(Rejection::Malformed(_))), "{name}");
    }
    let link = json!({ "account_id": "a", "account_status": "ENABLED", "status_code": "200",
        "signature_key": "00" });
    assert!(matches!(verify_json(&link), Err(Rejection::Malformed(_))));
}

#[test]
fn every_signed_field_is_held_by_the_signature() {
    for (field, value) in [
        ("order_id", "INV-2026-0011"),
        ("status_code", "201"),
        ("gross_amount", "150000.01"),
        ("gross_amount", "150000"),
        ("signature_key", "00"),
    ] {
        let mut body = body_of("webhook-va-settlement.json");
        body[field] = json!(value);
        assert_eq!(verify_json(&body), Err(Rejection::Forged), "{field}");
    }
}

#[test]
fn signed_fields_must_be_text_and_there() {
    for field in ["order_id", "status_code", "gross_amount", "signature_key"] {
        for value in [json!(200), json!(null), json!(["200"]), json!("")] {
            let mut body = body_of("webhook-va-settlement.json");
            body[field] = value.clone();
            let verdict = verify_json(&body);
            assert!(matches!(verdict, Err(Rejection::Malformed(_))), "{field}={value}");
        }
    }
}

/// The texts are signed without separators, so the signature fits another cut of the same text.
#[test]
fn another_cut_of_the_signed_text_is_not_taken() {
    let body = body_of("webhook-va-settlement.json");
    let whole = "INV-2026-0010200150000.00";
    let mut taken = Vec::new();
    for first in 1..whole.len() - 2 {
        for second in first + 1..whole.len() {
            let mut body = body.clone();
            body["order_id"] = json!(whole[..first]);
            body["status_code"] = json!(whole[first..second]);
            body["gross_amount"] = json!(whole[second..]);
            if let Ok(notice) = verify_json(&body) {
                taken.push(notice.reference);
            }
        }
    }
    assert_eq!(taken, [Some("INV-2026-0010".to_owned())]);
}

#[test]
fn shapes_that_nobody_sends_are_malformed() {
    let long = [b"{\"order_id\":\"".as_slice(), &vec![b'a'; 70_000], b"\"}"].concat();
    let twice = br#"{"order_id":"a","order_id":"b"}"#;
    let deep = "[".repeat(10_000);
    for body in [b"".as_slice(), b"null", b"[]", b"\"x\"", b"{", b"\xff", twice, &long] {
        assert!(matches!(verify(body), Err(Rejection::Malformed(_))));
    }
    assert!(matches!(verify(deep.as_bytes()), Err(Rejection::Malformed(_))));
    let mut body = body_of("webhook-va-settlement.json");
    for id in ["", "a b", "a/b", &"a".repeat(65)] {
        body["transaction_id"] = json!(id);
        assert!(matches!(verify_json(&body), Err(Rejection::Malformed(_))), "{id}");
    }
}

#[test]
fn each_step_of_a_transaction_has_its_own_event() {
    let key = |name: &str| verify_json(&body_of(name)).expect(name).event_key;
    assert_ne!(key("webhook-va-pending.json"), key("webhook-va-settlement.json"));
    assert_ne!(
        key("webhook-partial-refund-1-requested.json"),
        key("webhook-partial-refund-2-bank-confirmed.json"),
    );
    let settled = body_of("webhook-va-settlement.json");
    let mut repeat = settled.clone();
    repeat["status_message"] = json!("again");
    assert_eq!(verify_json(&settled), verify_json(&repeat));
    // Keys are stored; hostile notifications cannot make them long.
    let mut many = body_of("webhook-partial-refund-1-requested.json");
    many["refunds"] = (0..500).map(|it| json!({ "refund_chargeback_id": it })).collect();
    assert!(verify_json(&many).expect("signed").event_key.len() <= 128);
}

#[tokio::test]
async fn the_sandbox_signs_what_the_gateway_takes() {
    let bench = Bench::new().await;
    let request = bench.request("INV-1", "bca_va", 150_000);
    bench.gateway.charge(&request).await.expect("charged");
    for word in ["pending", "settlement", "deny", "cancel", "expire", "refund", "chargeback"] {
        bench.sandbox.set_status("INV-1", word, Some("accept")).expect("there");
        let body = bench.sandbox.notification("INV-1").expect("there");
        let notice = verify_json(&body).unwrap_or_else(|it| panic!("{word}: {it}"));
        assert_eq!(notice.reference.as_deref(), Some("INV-1"));
    }
}

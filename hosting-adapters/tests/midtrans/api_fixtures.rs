//! Every sample answer, served to the gateway, is understood as its fixture says.

use std::time::Duration;

use hosting_core::port::{
    Effect, Failure, IdempotencyKey, PaymentGateway,
    gateway::{Charge, ChargeStatus, Instructions, METHOD_INACTIVE, Refunds},
};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path},
};

use crate::support::{fixtures, gateway_at, request, rupiah, start};

const AUTHORIZATION: &str = "Basic U0ItTWlkLXNlcnZlci1URVNUS0VZMDEyMzQ1Njc4OWFiY2RlZjo=";

async fn serve(fixture: &Value, verb: &str, at: &str) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method(verb))
        .and(path(at))
        .and(header("Authorization", AUTHORIZATION))
        .respond_with(template(&fixture["response"]))
        .expect(1..)
        .mount(&server)
        .await;
    server
}

fn template(response: &Value) -> ResponseTemplate {
    let status = u16::try_from(response["http_status"].as_u64().expect("a status")).expect("u16");
    let template = ResponseTemplate::new(status);
    match response["body_raw"].as_str() {
        Some(raw) => template.set_body_raw(raw, "text/html"),
        None => template.set_body_json(&response["body"]),
    }
}

/// Charges what the sample request charged, whatever the method: an answer speaks for itself.
async fn charge(fixture: &Value) -> Result<Charge, Failure> {
    let server = serve(fixture, "POST", "/v2/charge").await;
    let details = &fixture["request"]["body"]["transaction_details"];
    let reference = details["order_id"].as_str().unwrap_or("INV-1");
    // Small sample amounts and an amount with decimals do not reach the wire.
    let amount = details["gross_amount"].as_i64().unwrap_or(150_000);
    let request = request(start(), reference, "qris", amount);
    gateway_at(&server.uri(), Duration::from_secs(5)).charge(&request).await
}

/// Serves the sample's body as the state of its order.
async fn find(fixture: &Value) -> Result<Option<Charge>, Failure> {
    let reference = fixture["response"]["body"]["order_id"].as_str().unwrap_or("INV-1");
    let server = serve(fixture, "GET", &format!("/v2/{reference}/status")).await;
    gateway_at(&server.uri(), Duration::from_secs(5)).find(reference).await
}

fn mapped(fixture: &Value) -> Option<ChargeStatus> {
    fixture["meta"]["mapped"].as_str().and_then(ChargeStatus::parse)
}

#[tokio::test]
async fn sample_charges_mean_what_their_fixtures_say() {
    let mut seen = 0;
    for (name, fixture) in fixtures("api") {
        let answered = fixture["response"]["body"]["transaction_status"].is_string();
        if fixture["request"]["path"] != "/v2/charge" || !answered {
            continue;
        }
        let charge = charge(&fixture).await.unwrap_or_else(|it| panic!("{name}: {it}"));
        assert_eq!(Some(charge.status), mapped(&fixture), "{name}");
        let body = &fixture["response"]["body"];
        assert_eq!(charge.provider_ref, body["transaction_id"], "{name}");
        assert_eq!(Some(charge.amount.minor()), body["gross_amount"].as_str().and_then(whole));
        let paid = charge.status == ChargeStatus::Succeeded;
        assert_eq!(charge.paid_at.is_some(), paid, "{name}");
        seen += 1;
    }
    assert_eq!(seen, 21);
}

fn whole(text: &str) -> Option<i64> {
    text.strip_suffix(".00")?.parse().ok()
}

#[tokio::test]
async fn sample_states_mean_what_their_fixtures_say() {
    let mut seen = 0;
    for (name, fixture) in fixtures("api") {
        let answered = fixture["response"]["body"]["transaction_status"].is_string();
        if fixture["request"]["path"] == "/v2/charge" || !answered {
            continue;
        }
        let mut fixture = fixture;
        if name == "refund-direct-denied-202.json" {
            // This code is about the refund that was denied; the payment is as paid as before.
            fixture["response"]["body"]["status_code"] = json!("200");
        }
        let charge = find(&fixture).await.unwrap_or_else(|it| panic!("{name}: {it}"));
        assert_eq!(charge.map(|it| it.status), mapped(&fixture), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 14);
}

/// The state that a webhook tells is the state that a look finds, so its body serves as one.
#[tokio::test]
async fn sample_notifications_describe_states_the_same_way() {
    for (name, fixture) in fixtures("webhook") {
        let body = &fixture["webhook"]["body"];
        let Some(mut expected) = mapped(&fixture) else { continue };
        if body["transaction_status"] == "chargeback" {
            // Finer than the fixture: the bank took the money back.
            expected = ChargeStatus::ChargedBack;
        }
        let fixture = json!({ "response": { "http_status": 200, "body": body } });
        let charge = find(&fixture).await.unwrap_or_else(|it| panic!("{name}: {it}"));
        assert_eq!(charge.expect("found").status, expected, "{name}");
    }
}

/// The effect and code of a charge that a sample error answers.
fn expected_error(name: &str) -> (Effect, &'static str) {
    match name {
        "error-400-validation.json" => (Effect::NoneFinal, "400"),
        // The keys are wrong: nobody's payment failed, and it is tried again.
        "error-401-auth.json" => (Effect::NoneRetry, "401"),
        "error-402-channel-not-active.json" => (Effect::NoneFinal, METHOD_INACTIVE),
        "error-411-card-token.json" => (Effect::NoneFinal, "411"),
        "charge-ovo-unknown-phone.json" => (Effect::NoneFinal, "404"),
        // The same server answers the look as well: a contradiction, so nothing is known.
        "error-406-duplicate-order.json" => (Effect::Unknown, "406"),
        "error-429-rate.json" => (Effect::NoneRetry, "429"),
        "error-505-va-not-created.json" => (Effect::NoneRetry, "505"),
        "error-500-internal.json" => (Effect::Unknown, "500"),
        "idempotency-in-progress-http202.json" => (Effect::Unknown, "202"),
        "error-html-body.json" => (Effect::Unknown, "404"),
        other => panic!("{other}: no expectation"),
    }
}

#[tokio::test]
async fn sample_errors_of_a_charge_have_the_right_effect() {
    let mut seen = 0;
    for (name, fixture) in fixtures("api") {
        let is_error = !fixture["response"]["body"]["transaction_status"].is_string();
        let at = fixture["request"]["path"].as_str().expect("a path");
        if !is_error || !(at == "/v2/charge" || at == "/v2//approve") {
            continue;
        }
        let failure = charge(&fixture).await.expect_err(&name);
        let (effect, code) = expected_error(&name);
        assert_eq!((failure.effect(), failure.code()), (effect, Some(code)), "{name}: {failure}");
        assert_eq!(failure.is_server_wide(), code == "401", "{name}: whom it concerns");
        assert!(!failure.to_string().contains("TESTKEY"), "{failure}");
        seen += 1;
    }
    assert_eq!(seen, 11);
}

#[tokio::test]
async fn a_look_that_fails_says_that_nothing_happened() {
    for (name, fixture) in fixtures("api") {
        let found = match name.as_str() {
            "status-not-found.json" => {
                assert_eq!(find(&fixture).await.expect("answered"), None);
                continue;
            }
            "error-500-internal.json" | "error-html-body.json" | "error-429-rate.json" => {
                find(&fixture).await
            }
            _ => continue,
        };
        assert_eq!(found.expect_err(&name).effect(), Effect::NoneRetry, "{name}");
    }
}

#[tokio::test]
async fn what_the_customer_needs_is_taken_as_it_was_returned() {
    let va = |bank: &str, number: &str| Instructions::VirtualAccount {
        bank: bank.to_owned(),
        number: number.to_owned(),
    };
    let bill = |code: &str, key: &str| Instructions::Bill {
        biller_code: code.to_owned(),
        bill_key: key.to_owned(),
    };
    let wallet = "https://simulator.sandbox.midtrans.com/gopay/partner/app/payment-pin\
                  ?id=00000000-1111-4222-8333-000000000020";
    let expected = [
        ("charge-va-bca-pending.json", va("bca", "812345678910")),
        ("charge-va-bni-pending.json", va("bni", "812345678911")),
        ("charge-va-bri-pending.json", va("bri", "812345678912")),
        ("charge-va-cimb-pending.json", va("cimb", "812345678913")),
        ("charge-va-permata-pending.json", va("permata", "8778001234567890")),
        ("charge-echannel-mandiri-pending.json", bill("70012", "991234567890")),
        (
            "charge-qris-gopay-pending.json",
            Instructions::Qr { payload: "00020101021226INVENTED-QRIS-STRING-0021-6304ABCD".into() },
        ),
        (
            "charge-qris-shopee-pending.json",
            Instructions::Qr { payload: "00020101021226INVENTED-QRIS-STRING-0022-6304DCBA".into() },
        ),
        (
            "charge-gopay-pending.json",
            Instructions::Wallet { deeplink: wallet.to_owned(), qr_payload: None },
        ),
    ];
    let all = fixtures("api");
    for (name, instructions) in expected {
        let (_, fixture) = all.iter().find(|it| it.0 == name).expect(name);
        let charge = charge(fixture).await.expect(name);
        assert_eq!(charge.instructions, Some(instructions), "{name}");
        // Both spellings of the time are read, and both are in GMT+7.
        let hours = (charge.expires_at.expect(name) - start()).num_minutes();
        assert!([15, 24 * 60].contains(&hours), "{name}: {hours}");
    }
}

#[tokio::test]
async fn the_picture_of_a_code_is_not_taken_for_its_text() {
    let (_, mut fixture) = named("charge-qris-gopay-pending.json");
    fixture["response"]["body"].as_object_mut().expect("a body").remove("qr_string");
    let charge = charge(&fixture).await.expect("charged");
    assert_eq!((charge.status, charge.instructions), (ChargeStatus::Pending, None));
}

fn named(name: &str) -> (String, Value) {
    fixtures("api").into_iter().find(|it| it.0 == name).expect(name)
}

#[tokio::test]
async fn an_ended_offer_is_a_success_of_cancelling() {
    let (_, fixture) = named("expire-ok-407.json");
    let server = serve(&fixture, "POST", "/v2/INV-2026-0011/expire").await;
    let gateway = gateway_at(&server.uri(), Duration::from_secs(5));
    let charge = gateway.cancel("INV-2026-0011").await.expect("cancelled");
    assert_eq!((charge.status, charge.amount), (ChargeStatus::Expired, rupiah(150_000)));
}

#[tokio::test]
async fn a_customer_who_paid_while_we_cancelled_has_paid() {
    let (_, refusal) = named("cancel-412-not-modifiable.json");
    let server = serve(&refusal, "POST", "/v2/INV-2026-0010/expire").await;
    let (_, state) = named("status-settlement.json");
    Mock::given(path("/v2/INV-2026-0010/status"))
        .respond_with(template(&state["response"]))
        .mount(&server)
        .await;
    let gateway = gateway_at(&server.uri(), Duration::from_secs(5));
    let charge = gateway.cancel("INV-2026-0010").await.expect("answered");
    assert_eq!(charge.status, ChargeStatus::Succeeded);
    let paid_at = charge.paid_at.map(|it| it.to_rfc3339());
    assert_eq!(paid_at.as_deref(), Some("2026-11-02T03:05:00+00:00"));
}

#[tokio::test]
async fn a_fee_for_the_provider_is_not_money_for_us() {
    let all = fixtures("webhook");
    let (_, notice) =
        all.iter().find(|it| it.0 == "webhook-settlement-with-imposed-fee.json").expect("there");
    let mut body = notice["webhook"]["body"].clone();
    let as_noticed = json!({ "response": { "http_status": 200, "body": body } });
    let charge = find(&as_noticed).await.expect("found").expect("there");
    assert_eq!(charge.amount, rupiah(10_000));
    // A state answer has the same split one level higher.
    body["extra_info"] = body["metadata"]["extra_info"].clone();
    body.as_object_mut().expect("a body").remove("metadata");
    let as_state = json!({ "response": { "http_status": 200, "body": body } });
    assert_eq!(find(&as_state).await.expect("found").expect("there").amount, rupiah(10_000));
    body["extra_info"]["gross_amount_info"]["customer_imposed_payment_fee"] = json!("70");
    let wrong = json!({ "response": { "http_status": 200, "body": body } });
    assert_eq!(find(&wrong).await.expect_err("refused").effect(), Effect::NoneRetry);
}

#[tokio::test]
async fn contradictions_are_not_believed() {
    let (_, fixture) = named("status-settlement.json");
    let cases = [
        ("status_code", json!("201")),
        ("fraud_status", json!("deny")),
        ("gross_amount", json!("150000.50")),
        ("gross_amount", json!(150_000.5)),
        ("currency", json!("USD")),
        ("transaction_status", json!("celebrated")),
        ("settlement_time", json!("yesterday")),
        ("transaction_id", json!("")),
    ];
    for (field, value) in cases {
        let mut changed = fixture.clone();
        changed["response"]["body"][field] = value.clone();
        let failure = find(&changed).await.expect_err(field);
        assert_eq!(failure.effect(), Effect::NoneRetry, "{field}={value}");
    }
    let mut shouted = fixture;
    shouted["response"]["body"]["transaction_status"] = json!("SETTLEMENT");
    shouted["response"]["body"]["fraud_status"] = json!("ACCEPT");
    let charge = find(&shouted).await.expect("found").expect("there");
    assert_eq!(
        (charge.status, charge.detail.as_str()),
        (ChargeStatus::Succeeded, "settlement/accept")
    );
}

/// The provider answers a repeated idempotency key with the stored answer of another order.
#[tokio::test]
async fn an_answer_about_another_order_is_not_ours() {
    let (_, mut fixture) = named("charge-va-bca-pending.json");
    fixture["request"]["body"]["transaction_details"]["order_id"] = json!("INV-2026-9999");
    assert_eq!(charge(&fixture).await.expect_err("refused").effect(), Effect::Unknown);
}

#[tokio::test]
async fn a_refund_that_was_denied_with_http_200_is_refused() {
    let (_, denied) = named("refund-direct-denied-202.json");
    let server = serve(&denied, "POST", "/v2/INV-2026-0002/refund").await;
    let mut state = denied["response"].clone();
    state["body"]["status_code"] = json!("200");
    Mock::given(path("/v2/INV-2026-0002/status"))
        .respond_with(template(&state))
        .mount(&server)
        .await;
    let gateway = gateway_at(&server.uri(), Duration::from_secs(5));
    let key = IdempotencyKey::new("rf-0002-1");
    let failure =
        gateway.refund("INV-2026-0002", rupiah(145_000), &key, "cancelled").await.expect_err("no");
    assert_eq!((failure.effect(), failure.code()), (Effect::NoneFinal, Some("202")));
}

#[tokio::test]
async fn a_key_that_is_repeated_to_us_does_not_reach_the_logs() {
    let (_, mut fixture) = named("error-401-auth.json");
    fixture["response"]["body"]["status_message"] =
        json!(format!("unknown key {}", crate::support::KEY));
    let failure = charge(&fixture).await.expect_err("refused");
    assert!(!format!("{failure} {failure:?}").contains("TESTKEY"), "{failure:?}");
}

/// The key must not follow a redirect to somebody else.
#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = MockServer::start().await;
    let server = MockServer::start().await;
    let moved = ResponseTemplate::new(307).insert_header("Location", elsewhere.uri().as_str());
    Mock::given(wiremock::matchers::any()).respond_with(moved).mount(&server).await;
    let gateway = gateway_at(&server.uri(), Duration::from_secs(5));
    let failure =
        gateway.charge(&request(start(), "INV-1", "qris", 5_000)).await.expect_err("refused");
    assert_eq!(failure.effect(), Effect::Unknown);
    assert_eq!(gateway.find("INV-1").await.expect_err("refused").effect(), Effect::NoneRetry);
    assert_eq!(elsewhere.received_requests().await.map(|it| it.len()), Some(0));
}

/// What is sent, word for word.
#[tokio::test]
async fn a_charge_is_asked_for_in_the_documented_words() {
    let (_, fixture) = named("charge-va-bca-pending.json");
    let server = serve(&fixture, "POST", "/v2/charge").await;
    let request = request(start(), "INV-2026-0010", "bca_va", 150_000);
    gateway_at(&server.uri(), Duration::from_secs(5)).charge(&request).await.expect("charged");
    let sent = server.received_requests().await.expect("recorded");
    let [sent] = sent.as_slice() else { panic!("{} requests", sent.len()) };
    let header = |name: &str| sent.headers.get(name).and_then(|it| it.to_str().ok());
    assert_eq!(header("idempotency-key"), Some("charge-INV-2026-0010"));
    assert_eq!(header("accept"), Some("application/json"));
    assert_eq!(header("content-type"), Some("application/json"));
    let expected = json!({
        "payment_type": "bank_transfer",
        "transaction_details": { "order_id": "INV-2026-0010", "gross_amount": 150_000 },
        "item_details": [{
            "id": "invoice",
            "price": 150_000,
            "quantity": 1,
            "name": "Hosting invoice INV-2026-0010",
        }],
        "customer_details": {
            "first_name": "Rani Wijaya",
            "email": "rani@example.com",
            "phone": "+6281234567890",
        },
        "custom_expiry": {
            "order_time": "2026-11-02 10:00:00 +0700",
            "expiry_duration": 3_600,
            "unit": "second",
        },
        "bank_transfer": { "bank": "bca" },
    });
    assert_eq!(sent.body_json::<Value>().expect("JSON"), expected);
}

//! Servers: a secret goes in and never comes out.

use hosting_core::{
    port::SecretBox as _,
    testing::{ClearBox, SimPanel},
};
use serde_json::{Value, json};

use crate::office::Office;

const SECRET: &str = "whm-token-5b1c9e";

fn server() -> Value {
    json!({
        "name": "jkt2", "panel": SimPanel::NAME, "server_group": "jakarta",
        "base_url": "https://jkt2.example.com:2087/", "username": "root", "secret": SECRET,
        "max_accounts": 2,
    })
}

#[tokio::test]
async fn a_secret_is_sealed_for_its_server_and_in_no_answer() {
    let office = Office::open().await;
    let made = office.post("/servers", server()).await;
    let mut answers = vec![made.text.clone()];
    let made = made.expect(201);
    assert_eq!(made["base_url"], "https://jkt2.example.com:2087");
    let path = format!("/servers/{}", made["id"].as_str().unwrap());
    let stored = |name: &'static str| {
        let store = office.shop.store.clone();
        async move {
            let servers = store.servers().await.unwrap().rows;
            servers.into_iter().find(|it| it.name == name).unwrap()
        }
    };
    let before = stored("jkt2").await;
    let place = format!("servers/secret/{}", before.id.stored());
    assert_eq!(ClearBox.open(&before.secret, &place).unwrap().expose(), SECRET);
    assert!(ClearBox.open(&before.secret, "servers/secret/other").is_err());

    let rotated = office.patch(&path, json!({ "version": 1, "secret": "another-7f3a" })).await;
    assert_eq!(rotated.status, 200, "{}", rotated.text);
    let after = stored("jkt2").await;
    assert_eq!(ClearBox.open(&after.secret, &place).unwrap().expose(), "another-7f3a");
    answers.push(rotated.text);
    let mut bad = server();
    bad["base_url"] = json!("ftp://nowhere");
    for answer in [
        office.get("/servers").await,
        office.get(&path).await,
        office.post("/servers", server()).await,
        office.post("/servers", bad).await,
        office.act(&format!("{path}/test")).await,
        office.get(&format!("{path}/packages")).await,
        office.get(&format!("/events?subject={}", made["id"].as_str().unwrap())).await,
        office.get("/events/tail?limit=200").await,
    ] {
        answers.push(answer.text);
    }
    for text in answers {
        for secret in [SECRET, "another-7f3a", before.secret.as_str(), after.secret.as_str()] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[tokio::test]
async fn every_field_of_a_server_is_checked_and_named() {
    let office = Office::open().await;
    office
        .refuses(
            "POST",
            "/servers",
            &server(),
            &[
                ("/name", json!("")),
                ("/name", json!("jkt1")),
                ("/panel", json!("plesk")),
                ("/server_group", json!("two words")),
                ("/base_url", json!("jkt2.example.com")),
                ("/base_url", json!("https://root:pw@jkt2.example.com")),
                ("/base_url", json!("https://jkt2.example.com/path")),
                ("/username", json!("")),
                ("/secret", json!("")),
                ("/secret", json!("(absent)")),
                ("/ca_pem", json!("not pem")),
                ("/cert_sha256", json!("abc")),
                ("/max_accounts", json!(0)),
                ("/api_key", json!("x")),
            ],
        )
        .await;
    let panel = office
        .patch("/servers/srv_01ARZ3NDEKTSV4RRFFQ69G5FAV", json!({ "version": 1, "panel": "x" }));
    assert_eq!(panel.await.pointers(), ["/panel"]);
}

#[tokio::test]
async fn a_drained_server_takes_no_new_accounts() {
    let office = Office::open().await;
    let listed = office.get("/servers").await.expect(200);
    let path = format!("/servers/{}", listed["items"][0]["id"].as_str().unwrap());
    assert_eq!(office.act(&format!("{path}/drain")).await.expect(200)["status"], "maintenance");
    assert_eq!(office.act(&format!("{path}/drain")).await.status, 409);
    let cart = office.shop.cart("kopi.example", None).await;
    let (_, invoice) = office.shop.order(cart).await;
    let payment = office.shop.ask_to_pay(invoice).await;
    assert!(office.shop.gateway.pay(&payment.reference));
    office.shop.settle_down(chrono::TimeDelta::minutes(20)).await;
    assert_eq!(office.shop.panel.accounts().len(), 0);

    assert_eq!(office.act(&format!("{path}/disable")).await.expect(200)["status"], "disabled");
    assert_eq!(office.act(&format!("{path}/activate")).await.expect(200)["status"], "active");
    office.shop.settle_down(chrono::TimeDelta::hours(12)).await;
    assert_eq!(office.shop.panel.accounts().len(), 1);
    assert_eq!(office.get(&path).await.json["accounts"], 1);
    let test = office.act(&format!("{path}/test")).await.expect(200);
    assert_eq!(test, json!({ "version": "1", "hostname": "sim", "warnings": [] }));
    let packages = office.get(&format!("{path}/packages")).await.expect(200);
    assert_eq!(packages["items"][0]["name"], "business");
}

#[tokio::test]
async fn a_secret_goes_nowhere_new_unless_it_is_given_again() {
    let office = Office::open().await;
    let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
    let mut wish = server();
    wish["cert_sha256"] = json!("ab".repeat(32));
    let made = office.post("/servers", wish).await.expect(201);
    let path = format!("/servers/{}", made["id"].as_str().unwrap());
    for change in [
        json!({ "base_url": "https://thief.example.com:2087" }),
        json!({ "base_url": "http://jkt2.example.com:2087" }),
        json!({ "username": "thief" }),
        json!({ "ca_pem": pem }),
        json!({ "cert_sha256": "cd".repeat(32) }),
        json!({ "cert_sha256": null }),
    ] {
        let mut body = change.clone();
        body["version"] = json!(1);
        let refused = office.patch(&path, body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.pointers()),
            (422, vec!["/secret"]),
            "{change}"
        );
    }
    let same = json!({
        "version": 1, "name": "jkt3", "max_accounts": 5, "base_url": "https://jkt2.example.com:2087/",
    });
    assert_eq!(office.patch(&path, same).await.expect(200)["version"], 2, "the same end");
    let moved =
        json!({ "version": 2, "base_url": "https://jkt9.example.com:2087", "secret": "new" });
    office.patch(&path, moved).await.expect(200);
}

//! The test clock moves time where no real money moves.

use hosting_core::model::DomainEvent;
use serde_json::json;

use crate::office::Office;

#[tokio::test]
async fn the_clock_stands_still_unless_it_is_a_test_clock() {
    let office = Office::open().await;
    let shown = office.get("/clock").await.expect(200);
    assert_eq!(shown["movable"], false);
    let moved = office.post("/clock/advance", json!({ "days": 1 })).await;
    assert_eq!(
        (moved.status.as_u16(), &moved.json["type"]),
        (409, &json!("/problems/clock-is-real"))
    );
    assert!(moved.json["detail"].as_str().unwrap().contains("TEST_CLOCK"));

    let real = Office::on_test_clock_with_real_money().await;
    let moved = real.post("/clock/advance", json!({ "days": 1 })).await;
    assert_eq!(moved.status, 409);
    assert!(moved.json["detail"].as_str().unwrap().contains("manual"), "{}", moved.text);
    assert_eq!(real.get("/clock").await.json["ahead_seconds"], 0);
}

#[tokio::test]
async fn the_clock_stands_still_beside_a_real_panel() {
    let office = Office::on_test_clock_with_a_real_server().await;
    let moved = office.post("/clock/advance", json!({ "days": 1 })).await;
    assert_eq!(moved.status, 409, "{}", moved.text);
    assert!(moved.json["detail"].as_str().unwrap().contains("panel.example.com"), "{}", moved.text);
    assert_eq!(office.get("/clock").await.json["movable"], false);

    // Nor is a real panel added to a shop whose clock is moved; one on this machine is a sandbox.
    let office = Office::on_test_clock().await;
    let server = |name: &str, base_url: &str| {
        json!({
            "name": name, "panel": "simpanel", "server_group": "shared", "base_url": base_url,
            "username": "root", "secret": "a-token", "max_accounts": 10,
        })
    };
    let real = server("real", "https://10.0.0.5:2087");
    let refused = office.post("/servers", real).await;
    assert_eq!((refused.status.as_u16(), refused.pointers()), (422, vec!["/base_url"]));
    for (number, here) in ["http://127.0.0.1:2087", "http://[::1]:2087"].into_iter().enumerate() {
        let made = office.post("/servers", server(&format!("test-{number}"), here)).await;
        let made = made.expect(201);
        let path = format!("/servers/{}", made["id"].as_str().unwrap());
        let body = json!({
            "base_url": "https://panel.example.net", "secret": "another", "version": made["version"],
        });
        let moved = office.patch(&path, body).await;
        assert_eq!((moved.status.as_u16(), moved.pointers()), (422, vec!["/base_url"]));
    }
    assert_eq!(office.get("/clock").await.json["movable"], true);
}

#[tokio::test]
async fn each_day_is_lived_through() {
    let office = Office::on_test_clock().await;
    let before = office.app.ports().now();
    let moved = office.post("/clock/advance", json!({ "days": 25 })).await.expect(200);
    assert_eq!(
        moved["moved_seconds"].as_i64().unwrap() + moved["remaining_seconds"].as_i64().unwrap(),
        25 * 86_400
    );
    assert_eq!(moved["remaining_seconds"], 0, "memory is quick");
    assert_eq!(moved["ahead_seconds"], 25 * 86_400);
    assert!(office.app.ports().now() - before >= chrono::TimeDelta::days(25));

    let runs = office.get("/tasks?action=run&status=succeeded&limit=200").await.expect(200);
    let runs = runs["items"].as_array().unwrap();
    let mut days: Vec<_> = runs
        .iter()
        .filter(|it| it["about"]["run"] == "renewals")
        .map(|it| it["about"]["date"].as_str().unwrap().to_owned())
        .collect();
    days.sort();
    days.dedup();
    assert_eq!(days.len(), 25, "a renewal run for each day");
    let heartbeat = office.shop.store.heartbeat().await.unwrap();
    assert!(heartbeat.outages.is_empty(), "moved time is no outage: grace does not grow");
    let journal = office.journal().await;
    let steps = journal.iter().filter(|it| {
        it.body == DomainEvent::ConfigurationChanged { what: "test_clock".to_owned() }
    });
    assert_eq!(steps.count(), 25);
}

#[tokio::test]
async fn the_clock_goes_forward_and_not_too_far() {
    let office = Office::on_test_clock().await;
    for (body, pointer) in [
        (json!({}), "/days"),
        (json!({ "days": 0 }), "/days"),
        (json!({ "days": 401 }), "/days"),
        (json!({ "days": -1 }), "/days"),
        (json!({ "seconds": 34_560_001 }), "/seconds"),
        (json!({ "seconds": 1, "days": 1 }), "/seconds"),
        (json!({ "weeks": 1 }), "/weeks"),
    ] {
        let answer = office.post("/clock/advance", body.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.pointers()), (422, vec![pointer]), "{body}");
    }
    let moved = office.post("/clock/advance", json!({ "seconds": 90 })).await.expect(200);
    assert_eq!(moved["ahead_seconds"], 90);
}

//! `demo` and `sandbox`: they say where to look, answer there, stop when told, and keep off what is
//! not theirs.

use std::path::Path;

use hosting_sqlx::Dialect;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::{
    process::{Running, four_ports, program, refused, row, run, said},
    support,
};

const FREE: [&str; 3] = ["demo", "--sandbox-port", "0"];
const ANYWHERE: (&str, &str) = ("LISTEN_ADDR", "127.0.0.1:0");

async fn log_in(client: &Client, shop: &str, line: &str) {
    let mut words = line.split_whitespace();
    let (email, password) = (words.next().unwrap(), words.nth(1).unwrap());
    let body = json!({ "email": email, "password": password });
    let answer = client.post(format!("{shop}/api/v1/auth/login")).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{email}");
}

fn line<'a>(said: &'a str, name: &str) -> &'a str {
    let found = said.lines().find_map(|it| it.trim_start().strip_prefix(name));
    found.unwrap_or_else(|| panic!("no row {name:?} in {said}"))
}

#[tokio::test]
async fn the_demo_says_where_to_look_answers_there_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Running::start(program(folder.path(), &[ANYWHERE], &FREE));
    let said = demo.says("Outside world");
    let (shop, console) = (row(&said, "Shop"), row(&said, "Outside world"));
    let client = Client::new();
    for page in [format!("{shop}/"), format!("{shop}/health/ready"), format!("{console}/")] {
        assert_eq!(client.get(&page).send().await.unwrap().status(), StatusCode::OK, "{page}");
    }
    log_in(&client, &shop, line(&said, "Administrator")).await;
    log_in(&client, &shop, line(&said, "Customer")).await;
    let ways = client.get(format!("{shop}/api/v1/payment-methods?amount_minor=50000&currency=IDR"));
    let ways: Value = ways.send().await.unwrap().json().await.unwrap();
    assert!(ways.to_string().contains("bank_transfer"), "{ways}");
    assert_eq!(demo.stop().0, Some(0));
    assert!(client.get(format!("{shop}/")).send().await.is_err(), "it is closed");
}

#[test]
fn the_demo_leaves_the_shop_in_the_same_data_folder_alone() {
    let folder = tempfile::tempdir().unwrap();
    said(&run(program(folder.path(), &[], &["migrate"]), ""));
    let admin = ["admin", "create", "--email", "ibu@shop.example.com", "--password-stdin"];
    said(&run(program(folder.path(), &[], &admin), "a-password-for-the-real-shop\n"));
    let before = std::fs::read(folder.path().join("hosting.db")).unwrap();

    for _ in 0..2 {
        let mut demo = Running::start(program(folder.path(), &[ANYWHERE], &FREE));
        demo.says("Outside world");
        assert_eq!(demo.stop().0, Some(0));
    }
    assert_eq!(before, std::fs::read(folder.path().join("hosting.db")).unwrap());
    // It is the same shop: she is in it.
    let again =
        refused(&run(program(folder.path(), &[], &admin), "a-password-for-the-real-shop\n"));
    assert!(again.contains("has an account already"), "{again}");
}

#[test]
fn the_demo_refuses_a_folder_that_no_demo_made() {
    let folder = tempfile::tempdir().unwrap();
    let demo = folder.path().join("demo");
    std::fs::create_dir(&demo).unwrap();
    std::fs::write(demo.join("demo.db"), "somebody's").unwrap();
    let told = refused(&run(program(folder.path(), &[ANYWHERE], &FREE), ""));
    assert!(told.contains("no demo made") && told.contains("DATA_DIR"), "{told}");
    assert_eq!(std::fs::read_to_string(demo.join("demo.db")).unwrap(), "somebody's");
}

#[tokio::test]
async fn the_demo_refuses_a_database_with_anything_in_it_untouched() {
    for dialect in Dialect::ALL {
        let Some(server) = support::server(dialect) else { continue };
        let fresh = support::Fresh::empty(dialect, &server).await;
        support::run_on(&fresh.url, "CREATE TABLE diary (page INTEGER)").await;
        let folder = tempfile::tempdir().unwrap();
        let settings = [ANYWHERE, ("DATABASE_URL", fresh.url.as_str())];
        let told = refused(&run(program(folder.path(), &settings, &FREE), ""));
        assert!(told.contains("empty database"), "{dialect:?}: {told}");
        assert!(!told.contains(&fresh.url), "the address may hold a password");
        let ours = support::ask(&fresh.url, tables(dialect)).await;
        assert_eq!(ours, [["diary"]], "{dialect:?}: a table came");
        assert!(!folder.path().join("demo").exists());
        fresh.drop().await;
    }
}

fn tables(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        Dialect::Postgres => {
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'"
        }
        Dialect::MySql => {
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
        }
    }
}

#[tokio::test]
async fn the_sandbox_says_what_to_set_answers_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let first = four_ports();
    let port = first.to_string();
    let mut sandbox =
        Running::start(program(folder.path(), &[], &["sandbox", "--sandbox-port", &port]));
    let said = sandbox.says("WHM server");
    assert_eq!(row(&said, "Console"), format!("http://127.0.0.1:{first}"));
    assert_eq!(row(&said, "MIDTRANS_BASE_URL"), format!("http://127.0.0.1:{}", first + 1));
    let client = Client::new();
    let clock = client.get(format!("{}/api/clock", row(&said, "Console"))).send().await.unwrap();
    let clock: Value = clock.json().await.unwrap();
    assert_eq!(clock["can_be_moved"], false, "{clock}");

    // What it says is enough for a shop to start with.
    let settings = [
        ("MIDTRANS_BASE_URL", row(&said, "MIDTRANS_BASE_URL")),
        ("MIDTRANS_SERVER_KEY", row(&said, "MIDTRANS_SERVER_KEY")),
        ("SMTP_URL", row(&said, "SMTP_URL")),
        ("MAIL_FROM", "Shop <billing@shop.example.com>".to_owned()),
    ];
    let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    crate::process::said(&run(program(folder.path(), &settings, &["check-config"]), ""));
    assert_eq!(sandbox.stop().0, Some(0));
    assert!(!Path::new(folder.path()).join("hosting.db").exists());
}

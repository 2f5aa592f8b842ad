//! `migrate`, `admin create`, `seed`, `work`, `serve` and `check-config`, each as an operator calls it.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::process::{Running, four_ports, program, refused, run, said, text};

const PASSWORD: &str = "a-password-for-testing";

#[test]
fn migrate_says_what_it_did_and_may_be_called_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = said(&run(program(folder.path(), &[], &["migrate"]), ""));
    assert!(first.contains("the schema is up to date") && !first.starts_with("0 "), "{first}");
    let again = said(&run(program(folder.path(), &[], &["migrate"]), ""));
    assert!(again.starts_with("0 steps"), "{again}");
}

#[test]
fn nothing_starts_on_a_schema_that_is_behind_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let admin = ["admin", "create", "--email", "a@shop.example.com", "--password-stdin"];
    for arguments in [&["serve"] as &[&str], &["work"], &admin] {
        let input = format!("{PASSWORD}\n");
        let told = refused(&run(program(folder.path(), &[], arguments), &input));
        assert!(told.contains("run `hosting-server migrate` first"), "{arguments:?}: {told}");
    }
}

#[test]
fn an_administrator_is_made_once_and_not_with_a_weak_password() {
    let folder = tempfile::tempdir().unwrap();
    said(&run(program(folder.path(), &[], &["migrate"]), ""));
    let create = |email: &str, password: &str| {
        let arguments = ["admin", "create", "--email", email, "--password-stdin"];
        run(program(folder.path(), &[], &arguments), &format!("{password}\n"))
    };
    let weak = refused(&create("ibu@shop.example.com", "secret"));
    assert!(weak.contains("password") && !weak.contains("secret\n"), "{weak}");
    let made = said(&create("ibu@shop.example.com", PASSWORD));
    assert!(made.contains("ibu@shop.example.com"), "{made}");
    assert!(refused(&create("ibu@shop.example.com", PASSWORD)).contains("an account already"));
    let arguments = ["admin", "create", "--email", "x@shop.example.com"];
    let bare = run(program(folder.path(), &[], &arguments), "");
    assert!(!bare.status.success() && text(&bare.stderr).contains("--password-stdin"));
}

#[test]
fn an_invoice_that_is_not_there_is_not_explained() {
    let folder = tempfile::tempdir().unwrap();
    said(&run(program(folder.path(), &[], &["migrate"]), ""));
    let none = "inv_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let told = refused(&run(program(folder.path(), &[], &["explain", none]), ""));
    assert!(told.contains(&format!("there is no invoice {none}")), "{told}");
    let nonsense = run(program(folder.path(), &[], &["explain", "INV/2026/1"]), "");
    assert!(!nonsense.status.success());
}

#[test]
fn a_seeded_shop_is_seeded_once() {
    let folder = tempfile::tempdir().unwrap();
    said(&run(program(folder.path(), &[], &["migrate"]), ""));
    let seed =
        || run(program(folder.path(), &[], &["seed", "--secrets-stdin"]), "a-long-one\ntoken\n");
    assert!(said(&seed()).contains("the shop is seeded"));
    assert!(said(&seed()).contains("nothing done"));
}

#[tokio::test]
async fn serve_answers_and_work_works_and_both_stop_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let port = four_ports();
    let address = format!("127.0.0.1:{port}");
    let settings = [("LISTEN_ADDR", address.as_str()), ("WORKERS", "1"), ("LOG", "info")];
    said(&run(program(folder.path(), &settings, &["migrate"]), ""));
    let input = format!("{PASSWORD}\ntoken\n");
    said(&run(program(folder.path(), &settings, &["seed", "--secrets-stdin"]), &input));
    let work = Running::start(program(folder.path(), &settings, &["work"]));
    let serve = Running::start(program(folder.path(), &settings, &["serve"]));
    let client = Client::new();
    let ready = format!("http://{address}/health/ready");
    let watch = hosting_server::clock::Stopwatch::start();
    while !client.get(&ready).send().await.is_ok_and(|it| it.status() == StatusCode::OK) {
        assert!(watch.elapsed() < crate::process::PATIENCE, "it never became ready");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let login = json!({ "email": "admin@shop.example.com", "password": PASSWORD });
    let url = format!("http://{address}/api/v1/auth/login");
    let answer = client.post(url).json(&login).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let products = client.get(format!("http://{address}/api/v1/catalog/products")).send().await;
    let products: Value = products.unwrap().json().await.unwrap();
    assert!(products.to_string().contains("hosting"), "{products}");
    assert_eq!(serve.stop().0, Some(0));
    assert_eq!(work.stop().0, Some(0));
}

#[test]
fn check_config_shows_where_each_key_was_set_and_fails_where_serve_would() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.toml");
    std::fs::write(&file, "workers = 3\n[midtrans]\nserver_key = 'SB-Mid-server-hunter2'").unwrap();
    let arguments = ["check-config", "--config", file.to_str().unwrap()];
    let shown = said(&run(program(folder.path(), &[("LOG", "warn")], &arguments), ""));
    assert!(shown.contains("WORKERS = 3  #") && shown.contains("shop.toml"), "{shown}");
    assert!(shown.contains("LOG = warn  # environment"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");

    for (key, value) in [("LOG", "a=b=c"), ("SMTP_URL", "localhost:25"), ("WORKERS", "none")] {
        let sender = ("MAIL_FROM", "Shop <billing@shop.example.com>");
        let settings = [sender, (key, value)];
        let told = refused(&run(program(folder.path(), &settings, &["check-config"]), ""));
        assert!(told.contains(key), "{told}");
        let serves = refused(&run(program(folder.path(), &settings, &["serve", "--migrate"]), ""));
        assert!(serves.contains(key), "{serves}");
    }
}

#[test]
fn a_database_from_the_future_is_refused_when_the_test_clock_is_off() {
    let folder = tempfile::tempdir().unwrap();
    let on = [("TEST_CLOCK", "on")];
    said(&run(program(folder.path(), &[], &["migrate"]), ""));
    crate::story::move_clock(folder.path(), 40);
    let admin = ["admin", "create", "--email", "a@shop.example.com", "--password-stdin"];
    let input = format!("{PASSWORD}\n");
    for arguments in [&["serve"] as &[&str], &["work"], &admin] {
        let told = refused(&run(program(folder.path(), &[], arguments), &input));
        assert!(told.contains("40 days ahead") && told.contains("TEST_CLOCK"), "{told}");
    }
    said(&run(program(folder.path(), &on, &admin), &input));
}

#[test]
fn a_test_clock_does_not_start_beside_a_real_panel() {
    let folder = tempfile::tempdir().unwrap();
    said(&run(program(folder.path(), &[], &["migrate"]), ""));
    let seed = ["seed", "--secrets-stdin", "--panel-url", "https://panel.example.com:2087"];
    let input = format!("{PASSWORD}\ntoken\n");
    said(&run(program(folder.path(), &[], &seed), &input));
    let on = ("TEST_CLOCK", "on");
    let told = refused(&run(program(folder.path(), &[on], &["work"]), ""));
    assert!(told.contains("panel.example.com") && told.contains("TEST_SERVERS"), "{told}");
    let admin = ["admin", "create", "--email", "a@shop.example.com", "--password-stdin"];
    let named = [on, ("TEST_SERVERS", "panel.example.com")];
    said(&run(program(folder.path(), &named, &admin), &input));
}

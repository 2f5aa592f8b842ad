//! `demo --story`, the acceptance: it ends well on every database, and it can end badly.

use std::{path::Path, time::Duration};

use chrono::TimeDelta;
use hosting_core::{decide::Context, kernel::Mint, model::Actor, port::Clock as _};
use hosting_server::{
    clock::{ShiftedClock, Stopwatch},
    entropy::SystemEntropy,
};
use hosting_sqlx::{Dialect, SqlStore};
use reqwest::Client;
use serde_json::Value;

use crate::{
    process::{PATIENCE, four_ports, program, run, said, text},
    support,
};

async fn ends_well(dialect: Dialect) {
    let Some(server) = support::server(dialect) else { return };
    let fresh = support::Fresh::empty(dialect, &server).await;
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Vec::new();
    if dialect != Dialect::Sqlite {
        settings.push(("DATABASE_URL", fresh.url.as_str()));
    }
    let told = said(&run(program(folder.path(), &settings, &["demo", "--story"]), ""));
    println!("{told}");
    assert!(told.lines().count() >= 12, "steps are missing");
    assert!(told.contains("every rupiah and every account is accounted for"), "it did not end");
    fresh.drop().await;
}

#[tokio::test]
async fn the_story_ends_well_on_sqlite() {
    ends_well(Dialect::Sqlite).await;
}

#[tokio::test]
async fn the_story_ends_well_on_postgres() {
    ends_well(Dialect::Postgres).await;
}

#[tokio::test]
async fn the_story_ends_well_on_mysql() {
    ends_well(Dialect::MySql).await;
}

/// Somebody who is no part of the shop removes an account on the panel, as soon as it is there.
async fn lose_the_account(first_port: u16, done: &tokio::sync::Notify) -> String {
    let client = Client::new();
    let accounts = format!("http://127.0.0.1:{first_port}/api/accounts");
    let watch = Stopwatch::start();
    loop {
        assert!(watch.elapsed() < PATIENCE, "no account was ever made");
        let listed = async { client.get(&accounts).send().await?.json::<Value>().await };
        let listed = listed.await.unwrap_or_default();
        if let Some(username) = listed[0]["username"].as_str() {
            let panel = format!(
                "http://127.0.0.1:{}/json-api/removeacct?api.version=1&username={username}",
                first_port + 2
            );
            let call = client.get(panel).header("authorization", "whm root:SANDBOXWORLDTOKEN");
            let answer = call.send().await.unwrap().text().await.unwrap();
            done.notify_one();
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_ends_badly_when_an_account_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let first = four_ports();
    let port = first.to_string();
    let command = program(folder.path(), &[], &["demo", "--story", "--sandbox-port", &port]);
    let playing = tokio::task::spawn_blocking(move || run(command, ""));
    let lost = tokio::sync::Notify::new();
    let answer = lose_the_account(first, &lost).await;
    assert!(answer.contains("\"result\":1"), "the panel kept it: {answer}");
    let output = playing.await.unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(!text(&output.stdout).contains("ended well"));
    assert!(text(&output.stderr).starts_with("error: "), "{}", text(&output.stderr));
}

/// Moves the test clock of the embedded database in `data`, as a shop with the clock on would.
pub(crate) fn move_clock(data: &Path, days: i64) {
    let url = format!("sqlite://{}", data.join("hosting.db").display());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = SqlStore::connect(&url).await.unwrap();
        let (clock, dice) = (ShiftedClock::new(), SystemEntropy);
        let context = Context::new(Mint::at(clock.now(), &dice), &Actor::System);
        clock.advance(&store, &context, TimeDelta::days(days)).await.unwrap();
        store.close().await;
    });
}

//! Several programs on one database share the queue.

mod support;

use std::{collections::BTreeMap, process::Command};

use chrono::TimeDelta;
use hosting_core::{
    change::{ChangeSet, Verdict},
    port::{Store as _, store::Claim},
    testing::conformance::store::Sample,
};
use hosting_sqlx::SqlStore;

const PLACE: &str = "HOSTING_TEST_CLAIM_AT";
const TASKS: usize = 300;

/// The other program: claims until there is nothing left, and says what it got.
#[tokio::test]
#[ignore = "a part of the test below, which starts it as a program of its own"]
async fn claimer() {
    let Ok(url) = std::env::var(PLACE) else { return };
    let store = SqlStore::connect_with(&url, &support::options()).await.unwrap();
    let sample = Sample::new(1);
    sample.advance(TimeDelta::days(1));
    for round in 0.. {
        let token = format!("{}-{round}", std::process::id());
        let (now, lease) = (sample.now(), TimeDelta::hours(1));
        let claim = Claim { token, now, lease, lane: None, only: None, limit: 7 };
        let got = store.claim(claim).await.unwrap().tasks;
        if got.is_empty() {
            break;
        }
        let mut ended = ChangeSet::default();
        for task in got {
            println!("got {}", task.lease.task_id.stored());
            ended.settle(&task.lease, Verdict::Succeeded);
        }
        store.commit(ended).await.unwrap();
    }
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_two_programs_hold_one_task() {
    support::on_each_empty(|store, url| async move {
        store.migrate().await.unwrap();
        let sample = Sample::new(1);
        let mut all = ChangeSet::default();
        for at in 0..TASKS {
            all.task(sample.task(&format!("task-{at}")));
        }
        store.commit(all).await.unwrap();

        let mut programs = tokio::task::JoinSet::new();
        for _ in 0..3 {
            let url = url.clone();
            programs.spawn_blocking(move || {
                Command::new(std::env::current_exe().unwrap())
                    .args(["--exact", "claimer", "--ignored", "--nocapture"])
                    .env(PLACE, url)
                    .output()
                    .unwrap()
            });
        }
        let mut held: BTreeMap<String, u32> = BTreeMap::new();
        for program in programs.join_all().await {
            let said = String::from_utf8_lossy(&program.stdout).into_owned();
            assert!(program.status.success(), "{said}{}", String::from_utf8_lossy(&program.stderr));
            for id in said.lines().filter_map(|line| line.split("got ").nth(1)) {
                *held.entry(id.to_owned()).or_default() += 1;
            }
        }
        assert_eq!(held.len(), TASKS, "every task was held");
        assert!(held.values().all(|times| *times == 1), "a task was held twice: {held:?}");
    })
    .await;
}

//! Tasks, dead letters, runs, and the journal.

use chrono::TimeDelta;
use hosting_core::{
    change::{ChangeSet, NewTask, Verdict},
    kernel::Sealed,
    model::{Job, MailKind, SubscriptionId, TaskId, UserId},
    port::Claim,
};
use serde_json::json;

use crate::office::Office;

async fn enqueue(office: &Office, key: &str, job: Job) -> TaskId {
    let task = NewTask::new(&office.shop.ports.mint(), key, job);
    let id = task.id;
    let mut changes = ChangeSet::default();
    changes.task(task);
    office.shop.store.commit(changes).await.unwrap();
    id
}

async fn kill(office: &Office, id: TaskId) {
    let claim = Claim {
        token: "worker".to_owned(),
        now: office.shop.ports.now(),
        lease: TimeDelta::minutes(1),
        lane: None,
        only: Some(id),
        limit: 1,
    };
    let held = office.shop.store.claim(claim).await.unwrap().tasks.remove(0);
    let mut changes = ChangeSet::default();
    changes.settle(&held.lease, Verdict::Failed { error: "the panel said no".to_owned() });
    office.shop.store.commit(changes).await.unwrap();
}

fn user(office: &Office) -> UserId {
    office.shop.ports.mint().id()
}

#[tokio::test]
async fn the_work_about_one_service_is_listed_by_it() {
    let office = Office::open().await;
    let some = || -> SubscriptionId { office.shop.ports.mint().id() };
    let (mine, other) = (some(), some());
    let make = |subscription_id| Job::CreateAccount { subscription_id };
    let dead = enqueue(&office, "create/1", make(mine)).await;
    kill(&office, dead).await;
    // Ids sort by age as soon as the clock moves.
    office.shop.clock.advance(TimeDelta::milliseconds(1));
    enqueue(&office, "create/2", make(other)).await;
    let sync = enqueue(&office, "sync/1", Job::SyncAccount { subscription_id: mine }).await;
    let listed = |query: String| {
        let office = &office;
        async move {
            let page = office.get(&format!("/tasks?subscription_id={query}")).await.expect(200);
            let items = page["items"].as_array().unwrap().iter();
            items.map(|it| it["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    assert_eq!(listed(mine.to_string()).await, [sync.to_string(), dead.to_string()]);
    assert_eq!(listed(format!("{mine}&status=failed")).await, [dead.to_string()]);
    assert_eq!(listed(format!("{mine}&status=queued&action=create")).await, [""; 0]);
    assert_eq!(office.get("/tasks?subscription_id=mine").await.pointers(), ["?subscription_id"]);
}

#[tokio::test]
async fn a_dead_letter_is_shown_in_words_and_tried_again() {
    let office = Office::open().await;
    let job =
        Job::MailStaff { kind: MailKind::PaymentUnapplied, payment_id: None, refund_id: None };
    let id = enqueue(&office, "mail/one", job.clone()).await;
    let path = format!("/tasks/{id}");
    assert_eq!(office.act(&format!("{path}/retry")).await.status, 409, "it is not dead");
    kill(&office, id).await;
    let dead = office.get("/tasks?status=failed&action=mail").await.expect(200);
    assert_eq!(dead["items"][0]["id"], id.to_string());
    let shown = office.get(&path).await.expect(200);
    assert_eq!(shown["last_error"], "the panel said no");
    assert_eq!((&shown["attempts"], &shown["next_try_at"]), (&json!(1), &json!(null)));
    assert_eq!(office.get("/tasks/counts").await.expect(200)["failed"], 1);

    let twin = enqueue(&office, "mail/one", job).await;
    assert_eq!(office.act(&format!("{path}/retry")).await.status, 409, "another is at it");
    let taken = json!({ "reason": "not needed" });
    let back = office.post(&format!("/tasks/{twin}/withdraw"), taken.clone()).await.expect(200);
    assert_eq!(back["last_error"], "withdrawn by staff: not needed");
    assert_eq!(office.post(&format!("/tasks/{twin}/withdraw"), taken).await.status, 409);

    let revived = office.act(&format!("{path}/retry")).await.expect(200);
    assert_eq!((&revived["status"], &revived["attempts"]), (&json!("queued"), &json!(1)));
    assert!(revived["next_try_at"].is_string());
    let told = office.get(&format!("/events?subject={id}")).await.expect(200);
    assert_eq!(told["items"][0]["name"], "TaskRetried");
    assert_eq!(told["items"][0]["actor"]["actor"], "api_key");
}

#[tokio::test]
async fn what_a_task_carries_sealed_is_not_shown() {
    let office = Office::open().await;
    let user_id = user(&office);
    let token = Sealed::from_stored("k1.envelope-of-a-link");
    let job = Job::MailUser { kind: MailKind::ResetPassword, user_id, token: Some(token) };
    let id = enqueue(&office, "mail/link", job).await;
    let subscription_id = office.shop.ports.mint().id();
    let password = Sealed::from_stored("k1.envelope-of-a-password");
    enqueue(&office, "reset", Job::ResetPassword { subscription_id, password }).await;
    for path in [format!("/tasks/{id}"), "/tasks".to_owned()] {
        let answer = office.get(&path).await;
        assert_eq!(answer.status, 200);
        assert!(!answer.text.contains("envelope"), "{}", answer.text);
    }
    let about = office.get(&format!("/tasks/{id}")).await.json["about"].clone();
    assert_eq!(about, json!({ "user_id": user_id.to_string(), "mail": "reset_password" }));
    assert_eq!(office.get("/tasks?status=lost").await.pointers(), ["?status"]);
    assert_eq!(office.get("/tasks?action=dance").await.pointers(), ["?action"]);
}

#[tokio::test]
async fn a_run_is_ordered_once_at_a_time() {
    let office = Office::open().await;
    for run in ["renewals", "dunning", "endings", "housekeeping"] {
        let path = format!("/runs/{run}");
        let task = office.act(&path).await.expect(202);
        let shown = office.get(&format!("/tasks/{}", task["task_id"].as_str().unwrap())).await;
        assert_eq!(shown.expect(200)["about"]["run"], run);
        assert_eq!(office.act(&path).await.status, 409);
        office.shop.drain().await;
        office.act(&path).await.expect(202);
    }
    assert_eq!(office.act("/runs/naked").await.status, 404);
}

#[tokio::test]
async fn the_journal_is_read_by_subject_and_from_a_position() {
    let office = Office::open().await;
    let cart = office.shop.cart("kopi.example", None).await;
    let (order, invoice) = office.shop.order(cart).await;
    let of_order = office.get(&format!("/events?subject={order}")).await.expect(200);
    assert_eq!(of_order["items"][0]["name"], "OrderPlaced");
    let of_invoice = office.get(&format!("/events?subject={invoice}&limit=1")).await.expect(200);
    assert_eq!(of_invoice["items"].as_array().unwrap().len(), 1);

    let (mut seen, mut after) = (Vec::new(), 0);
    loop {
        let page = office.get(&format!("/events/tail?after={after}&limit=2")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        if items.is_empty() {
            assert!(page["next"].is_null());
            break;
        }
        seen.extend(items.iter().map(|it| it["position"].as_i64().unwrap()));
        after = page["next"].as_str().unwrap().parse().unwrap();
    }
    let sorted = {
        let mut it = seen.clone();
        it.sort_unstable();
        it.dedup();
        it
    };
    assert_eq!(seen, sorted);
    assert_eq!(seen.len(), office.journal().await.len());
    assert_eq!(office.get("/events").await.pointers(), ["?subject"]);
    assert_eq!(office.get("/events?subject=a%20b").await.pointers(), ["?subject"]);
    assert_eq!(office.get("/events/tail?after=-1").await.pointers(), ["?after"]);
}

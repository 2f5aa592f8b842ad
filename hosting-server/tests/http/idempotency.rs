//! Asking twice is asking once.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::{Json, Router, extract::State, http::StatusCode};
use chrono::TimeDelta;
use hosting_core::{
    change::{ChangeSet, Take},
    model::{Role, Setting, SettingId},
};
use hosting_server::{
    auth::Principal,
    http::{self, Access, ApiRoutes, Problem},
    state::AppState,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use utoipa_axum::routes;

use crate::shop::{Answer, Caller, Shop};

static FAILURES: AtomicU32 = AtomicU32::new(0);

#[utoipa::path(post, path = "/api/v1/test/slow", responses((status = 201)))]
async fn slow(State(_app): State<AppState>, me: Principal) -> (StatusCode, Json<Value>) {
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    (StatusCode::CREATED, Json(json!({ "by": me.user_id().to_string() })))
}

#[utoipa::path(post, path = "/api/v1/test/flaky", responses((status = 201)))]
async fn flaky(_me: Principal) -> Result<StatusCode, Problem> {
    if FAILURES.fetch_add(1, Ordering::Relaxed) == 0 {
        return Err(Problem::internal());
    }
    Ok(StatusCode::CREATED)
}

/// Something that a repeat would do again: a counter goes up, and a setting is there.
fn effect(app: &AppState) -> ChangeSet {
    let mut changes = ChangeSet::default();
    let mint = app.mint();
    let id: SettingId = mint.id();
    let (key, at) = (format!("effect-{id}"), mint.now());
    let value = Value::Null;
    changes.settings.add(Setting { id, key, value, created_at: at, updated_at: at });
    changes.takes.push(Take::one("effects", None));
    changes
}

async fn effects(shop: &Shop) -> i64 {
    shop.store().counter("effects").await.unwrap()
}

#[utoipa::path(post, path = "/api/v1/test/broken", responses((status = 201)))]
async fn broken(State(app): State<AppState>, _me: Principal) -> Result<StatusCode, Problem> {
    app.ports().store.commit(effect(&app)).await?;
    Err(Problem::internal())
}

#[utoipa::path(post, path = "/api/v1/test/counted", responses((status = 201)))]
async fn counted(State(app): State<AppState>, _me: Principal) -> Result<StatusCode, Problem> {
    let mut changes = ChangeSet::default();
    changes.takes.push(Take::one("attempts", None));
    app.ports().store.commit(changes).await?;
    Err(Problem::too_many(60))
}

/// Waits until it is let go before it does anything, and before it answers.
static BEFORE: Semaphore = Semaphore::const_new(0);
static AFTER: Semaphore = Semaphore::const_new(0);

#[utoipa::path(post, path = "/api/v1/test/stalled", responses((status = 201)))]
async fn stalled(State(app): State<AppState>, _me: Principal) -> Result<StatusCode, Problem> {
    BEFORE.acquire().await.unwrap().forget();
    app.ports().store.commit(effect(&app)).await?;
    AFTER.acquire().await.unwrap().forget();
    app.ports().store.commit(effect(&app)).await?;
    Ok(StatusCode::CREATED)
}

fn router(shop: &Shop) -> Router {
    let routes = ApiRoutes::new(&shop.app)
        .route(Access::LoggedIn, routes!(broken))
        .route(Access::LoggedIn, routes!(counted))
        .route(Access::LoggedIn, routes!(stalled))
        .route(Access::LoggedIn, routes!(slow))
        .route(Access::LoggedIn, routes!(flaky));
    http::stack(&shop.app, routes)
}

async fn admin(shop: &Shop) -> Caller<'_> {
    let admin = shop.staff(Role::Admin).await;
    shop.browser(&admin).await
}

fn staff(email: &str) -> Value {
    json!({ "email": email, "name": "Sari", "role": "support" })
}

fn replayed(answer: &Answer) -> bool {
    answer.headers.get("idempotency-replayed").is_some_and(|it| it == "true")
}

#[tokio::test]
async fn a_repeat_is_answered_the_same_and_done_once() {
    let shop = Shop::open();
    let browser = admin(&shop).await.with("idempotency-key", "one");
    let first = browser.post("/api/v1/users", staff("sari@example.com")).await;
    let again = browser.post("/api/v1/users", staff("sari@example.com")).await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!((replayed(&first), replayed(&again)), (false, true));
    assert_eq!(again.headers["content-type"], "application/json");
    let other = browser.clone().with("idempotency-key", "two");
    let other = other.post("/api/v1/users", staff("sari@example.com")).await;
    assert_eq!(other.pointers(), ["/email"], "another key is another request");
    shop.later(TimeDelta::hours(23));
    assert!(replayed(&browser.post("/api/v1/users", staff("sari@example.com")).await));
}

#[tokio::test]
async fn refusals_are_repeated_too() {
    let shop = Shop::open();
    let browser = admin(&shop).await.with("idempotency-key", "one");
    let first = browser.post("/api/v1/users", staff("nonsense")).await;
    let again = browser.post("/api/v1/users", staff("nonsense")).await;
    assert_eq!(again.pointers(), ["/email"]);
    assert!(!replayed(&first) && replayed(&again));
    assert_eq!(again.headers["content-type"], "application/problem+json");
}

#[tokio::test]
async fn the_same_key_with_another_request_is_refused() {
    let shop = Shop::open();
    let browser = admin(&shop).await.with("idempotency-key", "one");
    browser.post("/api/v1/users", staff("sari@example.com")).await;
    let other = browser.post("/api/v1/users", staff("dewi@example.com")).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.pointers(), ["Idempotency-Key"]);
    let elsewhere = browser.post("/api/v1/admin/customers", staff("sari@example.com")).await;
    assert_eq!(elsewhere.pointers(), ["Idempotency-Key"]);
}

#[tokio::test]
async fn keys_belong_to_their_caller() {
    let shop = Shop::open();
    let (one, two) = (admin(&shop).await, admin(&shop).await);
    let (one, two) = (one.with("idempotency-key", "k"), two.with("idempotency-key", "k"));
    let first = one.post("/api/v1/users", staff("sari@example.com")).await;
    let second = two.post("/api/v1/users", staff("dewi@example.com")).await;
    assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::CREATED));
}

#[tokio::test]
async fn of_two_at_once_one_is_told_to_wait() {
    let shop = Shop::open();
    let router = router(&shop);
    let browser = admin(&shop).await.with("idempotency-key", "one");
    let send = || browser.send_to(&router, "POST", "/api/v1/test/slow", None);
    let (a, b) = tokio::join!(send(), send());
    let mut statuses = [a.status, b.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::CREATED, StatusCode::CONFLICT]);
    let waiting = if a.status == StatusCode::CONFLICT { a } else { b };
    assert!(waiting.headers.contains_key("retry-after"));
    assert!(replayed(&send().await));
}

#[tokio::test]
async fn a_dead_workers_request_is_taken_over_after_two_minutes() {
    let shop = Shop::open();
    let router = router(&shop);
    let browser = admin(&shop).await.with("idempotency-key", "one");
    let send = || browser.send_to(&router, "POST", "/api/v1/test/slow", None);
    // The worker dies before it answers.
    let cut = tokio::time::timeout(std::time::Duration::from_millis(50), send()).await;
    assert!(cut.is_err());
    assert_eq!(send().await.status, StatusCode::CONFLICT);
    shop.later(TimeDelta::minutes(2));
    let taken = send().await;
    assert_eq!(taken.status, StatusCode::CREATED);
    assert!(!replayed(&taken) && replayed(&send().await));
}

#[tokio::test]
async fn our_own_failures_are_not_kept() {
    let shop = Shop::open();
    let router = router(&shop);
    let browser = admin(&shop).await.with("idempotency-key", "one");
    let send = || browser.send_to(&router, "POST", "/api/v1/test/flaky", None);
    assert_eq!(send().await.status, StatusCode::INTERNAL_SERVER_ERROR);
    let second = send().await;
    assert_eq!(second.status, StatusCode::CREATED);
    assert!(!replayed(&second));
}

#[tokio::test]
async fn a_failure_of_ours_after_the_effect_is_never_worked_on_again() {
    let shop = Shop::open();
    let router = router(&shop);
    let browser = admin(&shop).await.with("idempotency-key", "one");
    let send = || browser.send_to(&router, "POST", "/api/v1/test/broken", None);
    assert_eq!(send().await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(effects(&shop).await, 1);
    for wait in [0, 1, 3, 60, 23 * 60] {
        shop.later(TimeDelta::minutes(wait));
        let repeat = send().await;
        assert_eq!(repeat.status, StatusCode::CONFLICT, "{}", repeat.body);
        assert_eq!(repeat.json()["type"], "/problems/done-already");
        assert!(replayed(&repeat) && !repeat.headers.contains_key("retry-after"));
    }
    assert_eq!(effects(&shop).await, 1, "nothing was done again");
}

#[tokio::test]
async fn counting_an_attempt_is_no_effect() {
    let shop = Shop::open();
    let router = router(&shop);
    let browser = admin(&shop).await.with("idempotency-key", "one");
    for attempts in 1..=3 {
        let answer = browser.send_to(&router, "POST", "/api/v1/test/counted", None).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.body);
        assert_eq!(shop.store().counter("attempts").await.unwrap(), attempts);
    }
}

#[tokio::test]
async fn a_worker_that_was_taken_over_makes_nothing_true_any_more() {
    let shop = Shop::open();
    let router = router(&shop);
    let browser = admin(&shop).await.with("idempotency-key", "one");
    let send = || browser.send_to(&router, "POST", "/api/v1/test/stalled", None);
    let takes_over = async {
        tokio::task::yield_now().await;
        shop.later(TimeDelta::minutes(2));
        let (second, ()) = tokio::join!(send(), async {
            // Of the two that wait, the first, which was taken over, goes first.
            tokio::task::yield_now().await;
            BEFORE.add_permits(1);
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            assert_eq!(effects(&shop).await, 0, "it was taken over");
            BEFORE.add_permits(1);
            tokio::task::yield_now().await;
            // Being done, it is not taken over, however long its answer takes.
            shop.later(TimeDelta::minutes(3));
            assert_eq!(send().await.json()["type"], "/problems/done-already");
            AFTER.add_permits(1);
        });
        second
    };
    let (first, second) = tokio::join!(send(), takes_over);
    assert_eq!((first.status, second.status), (StatusCode::CONFLICT, StatusCode::CREATED));
    assert_eq!(effects(&shop).await, 2, "both commits of the second");
    assert!(replayed(&send().await));
}

#[tokio::test]
async fn an_answer_with_a_secret_is_not_kept_but_the_key_is_made_once() {
    let shop = Shop::open();
    let browser = admin(&shop).await.with("idempotency-key", "one");
    let wish = json!({ "name": "Deploy", "scopes": ["users-view"] });
    let first = browser.post("/api/v1/auth/api-keys", wish.clone()).await;
    let secret = first.json()["secret"].as_str().unwrap().to_owned();
    let again = browser.post("/api/v1/auth/api-keys", wish).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(replayed(&again) && !again.body.contains(&secret));
    let keys = browser.get("/api/v1/auth/api-keys").await.json();
    assert_eq!(keys["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_that_is_no_key_is_refused() {
    let shop = Shop::open();
    for key in ["", "with space", &"x".repeat(129)] {
        let browser = admin(&shop).await.with("idempotency-key", key);
        let answer = browser.post("/api/v1/users", staff("sari@example.com")).await;
        assert_eq!(answer.pointers(), ["Idempotency-Key"], "{key:?}");
    }
}

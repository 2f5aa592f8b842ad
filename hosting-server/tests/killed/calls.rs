//! Calling a shop that dies in between, and letting its time go by.

use std::{sync::atomic::Ordering, time::Duration};

use hosting_core::{
    kernel::PageRequest,
    model::{ProvisioningStatus, SubscriptionStatus, TaskStatus},
    port::{
        Clock as _,
        store::{SubscriptionFilter, TaskFilter},
    },
};
use hosting_server::clock::Stopwatch;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::shop::{ADMIN, PASSWORD, PATIENCE, Shop, tail};

/// How far time goes in one step: past the longest lease.
const STEP_SECONDS: i64 = 16 * 60;

impl Shop {
    /// How many calls had to be made again.
    pub(crate) fn again(&self) -> u64 {
        self.again.load(Ordering::Relaxed)
    }

    /// Asks one process once; any of them may be the one. `None` when there was no answer, or one that
    /// says "later".
    async fn ask(
        &self,
        who: Option<&str>,
        key: Option<&str>,
        (method, path): (Method, &str),
        body: Option<&Value>,
    ) -> Option<(StatusCode, Value, Option<String>)> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let at = usize::try_from(turn).unwrap_or(0) % self.replicas.len();
        let mut request =
            self.http.request(method, format!("{}/api/v1{path}", self.replicas[at].url));
        for (name, value) in [("cookie", who), ("idempotency-key", key)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.ok()?;
        let status = response.status();
        let later = [StatusCode::CONFLICT, StatusCode::TOO_MANY_REQUESTS];
        let cookie = response.headers().get("set-cookie").and_then(|it| it.to_str().ok());
        let cookie = cookie.and_then(|it| it.split(';').next()).map(str::to_owned);
        let text = response.text().await.ok()?;
        if status.is_server_error() || later.contains(&status) {
            return None;
        }
        let value = if text.is_empty() { Ok(Value::Null) } else { serde_json::from_str(&text) };
        Some((status, value.ok()?, cookie))
    }

    /// Asks until there is an answer, whatever it says.
    pub(crate) async fn insist(
        &self,
        who: Option<&str>,
        key: Option<&str>,
        call: (Method, &str),
        body: Option<&Value>,
    ) -> (StatusCode, Value, Option<String>) {
        let watch = Stopwatch::start();
        while watch.elapsed() < PATIENCE {
            if let Some(answer) = self.ask(who, key, call.clone(), body).await {
                return answer;
            }
            self.again.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{} {}: never answered: {}", call.0, call.1, tail(&self.log));
    }

    /// Asks until it is done; a refusal fails the test.
    pub(crate) async fn call(
        &self,
        who: Option<&str>,
        key: Option<&str>,
        call: (Method, &str),
        body: Option<&Value>,
    ) -> Value {
        let (status, value, _) = self.insist(who, key, call.clone(), body).await;
        assert!(status.is_success(), "{} {}: {status} {value}", call.0, call.1);
        value
    }

    /// A session's cookie, unless the password is not taken.
    pub(crate) async fn log_in(&self, email: &str) -> Option<String> {
        let body = json!({ "email": email, "password": PASSWORD });
        self.insist(None, None, (Method::POST, "/auth/login"), Some(&body)).await.2
    }

    /// Moves the time of the shop and of the world on by sixteen minutes, after which every lease of a
    /// process that died has run out.
    pub(crate) async fn move_on(&self) {
        let admin = self
            .admin
            .get_or_init(|| async { self.log_in(ADMIN).await.expect("the administrator logs in") });
        let admin = admin.await;
        let (call, wish) =
            ((Method::POST, "/admin/clock/advance"), json!({ "seconds": STEP_SECONDS }));
        let watch = Stopwatch::start();
        loop {
            // Each try may move the shop's clock although its answer is lost.
            self.world_clock.ahead_seconds.fetch_add(STEP_SECONDS, Ordering::SeqCst);
            if let Some((status, value, _)) =
                self.ask(Some(admin), None, call.clone(), Some(&wish)).await
            {
                assert!(status.is_success(), "time did not move: {status} {value}");
                break;
            }
            assert!(watch.elapsed() < PATIENCE, "time never moved: {}", tail(&self.log));
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        self.clock.refresh(&*self.store).await.expect("the store answers");
    }

    /// Lets time go by until `sales` services run and nobody holds or waits for a task.
    pub(crate) async fn come_to_rest(&self, sales: usize) {
        let watch = Stopwatch::start();
        while watch.elapsed() < PATIENCE {
            if self.running().await >= sales && !self.is_busy().await {
                return;
            }
            self.move_on().await;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        // The ledger says what is missing.
        println!("the shop did not come to rest: {}", tail(&self.log));
    }

    async fn running(&self) -> usize {
        let filter =
            SubscriptionFilter { customer_id: None, status: Some(SubscriptionStatus::Active) };
        let found = self.store.subscriptions(&filter, &PageRequest::first(200)).await;
        let found = found.expect("the store answers").items;
        found.iter().filter(|it| it.provisioning_status == ProvisioningStatus::Done).count()
    }

    async fn is_busy(&self) -> bool {
        let now = self.clock.now();
        for (status, all) in [(TaskStatus::Running, true), (TaskStatus::Queued, false)] {
            let filter = TaskFilter { status: Some(status), action: None };
            let found = self.store.tasks(&filter, &PageRequest::first(200)).await;
            let found = found.expect("the store answers").items;
            if found.iter().any(|it| all || it.due_at <= now) {
                return true;
            }
        }
        self.store.ping().await.is_err()
    }
}

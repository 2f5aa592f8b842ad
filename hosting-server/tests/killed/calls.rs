//! Calling a shop that dies in between, and letting its time go by.

use std::{pin::Pin, sync::atomic::Ordering, time::Duration};

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
/// How long people try again at once before they come back later.
const STUBBORN: Duration = Duration::from_secs(5);

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
        let value = if text.is_empty() { Ok(Value::Null) } else { serde_json::from_str(&text) };
        let value: Value = value.ok()?;
        if status.is_server_error() || (later.contains(&status) && !is_done_already(&value)) {
            return None;
        }
        Some((status, value, cookie))
    }

    /// Asks until there is an answer, whatever it says. An answer that was lost although its request was
    /// carried out is asked for without the key: each of these wishes finds what is there already, or
    /// makes something (a cart) of which a second one does no harm.
    pub(crate) async fn insist(
        &self,
        who: Option<&str>,
        mut key: Option<&str>,
        call: (Method, &str),
        body: Option<&Value>,
    ) -> (StatusCode, Value, Option<String>) {
        let (watch, mut later) = (Stopwatch::start(), STUBBORN);
        while watch.elapsed() < PATIENCE {
            match self.ask(who, key, call.clone(), body).await {
                Some((_, value, _)) if key.is_some() && is_done_already(&value) => key = None,
                Some(answer) => return answer,
                None => {}
            }
            self.again.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(100)).await;
            // A process that died in the middle holds the key for minutes: people come back later.
            if key.is_some() && watch.elapsed() > later {
                later += STUBBORN;
                self.come_back_later().await;
            }
        }
        panic!("{} {}: never answered: {}", call.0, call.1, tail(&self.log));
    }

    /// A box, because whoever moves the time may have to log in before.
    fn come_back_later(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.move_on())
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

    /// Asks once as the administrator, who logs in when the session has ended.
    async fn ask_as_admin(
        &self,
        call: (Method, &str),
        wish: &Value,
    ) -> Option<(StatusCode, Value, Option<String>)> {
        let mut admin = self.admin.lock().await;
        if admin.is_none() {
            *admin = Some(self.log_in(ADMIN).await.expect("the administrator logs in"));
        }
        let answer = self.ask(admin.as_deref(), None, call, Some(wish)).await?;
        if answer.0 == StatusCode::UNAUTHORIZED {
            *admin = None;
            return None;
        }
        Some(answer)
    }

    /// Moves the time of the shop and of the world on by sixteen minutes, after which every lease of a
    /// process that died has run out.
    pub(crate) async fn move_on(&self) {
        let (call, wish) =
            ((Method::POST, "/admin/clock/advance"), json!({ "seconds": STEP_SECONDS }));
        let watch = Stopwatch::start();
        loop {
            // Each try may move the shop's clock although its answer is lost.
            self.world_clock.ahead_seconds.fetch_add(STEP_SECONDS, Ordering::SeqCst);
            if let Some((status, value, _)) = self.ask_as_admin(call.clone(), &wish).await {
                assert!(status.is_success(), "time did not move: {status} {value}");
                break;
            }
            assert!(watch.elapsed() < PATIENCE, "time never moved: {}", tail(&self.log));
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        self.clock.refresh(&*self.store).await.expect("the store answers");
    }

    /// Lets `days` go by, day by day as the shop lives them. A process that dies in the middle may have
    /// lived some of them; then there are more.
    pub(crate) async fn let_days_pass(&self, days: i64) {
        let watch = Stopwatch::start();
        let mut left = days * 86_400;
        while left > 0 {
            assert!(watch.elapsed() < PATIENCE * 3, "days never pass: {}", tail(&self.log));
            // The world is never behind the shop, and not ahead of it for longer than a call.
            let ahead = self.clock.offset().num_seconds() + left;
            self.world_clock.ahead_seconds.store(ahead, Ordering::SeqCst);
            let (call, wish) = ((Method::POST, "/admin/clock/advance"), json!({ "seconds": left }));
            let answer = self.ask_as_admin(call, &wish).await;
            self.clock.refresh(&*self.store).await.expect("the store answers");
            let ahead = self.clock.offset().num_seconds();
            self.world_clock.ahead_seconds.store(ahead, Ordering::SeqCst);
            match answer {
                Some((status, value, _)) => {
                    assert!(status.is_success(), "time did not move: {status} {value}");
                    left = value["remaining_seconds"].as_i64().unwrap_or(0);
                }
                None => tokio::time::sleep(Duration::from_millis(250)).await,
            }
        }
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

    pub(crate) async fn is_busy(&self) -> bool {
        let now = self.clock.now();
        for (status, all) in [(TaskStatus::Running, true), (TaskStatus::Queued, false)] {
            let filter = TaskFilter { status: Some(status), ..TaskFilter::default() };
            let found = self.store.tasks(&filter, &PageRequest::first(200)).await;
            let found = found.expect("the store answers").items;
            if found.iter().any(|it| all || it.due_at <= now) {
                return true;
            }
        }
        self.store.ping().await.is_err()
    }
}

/// Whether a refusal says that the request with this key was carried out before.
fn is_done_already(value: &Value) -> bool {
    value["type"].as_str().is_some_and(|it| it.contains("done-already"))
}

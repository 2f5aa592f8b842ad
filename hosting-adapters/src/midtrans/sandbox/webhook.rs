//! Notifications, delivered as well or as badly as the switches say.

use std::time::Duration;

use hosting_core::kernel::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{MidtransSandbox, state::State};
use crate::midtrans::signature::sign;

/// Pauses before each try; the real provider takes hours over the same number of tries.
const PAUSES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(3)];
/// Deliveries that are remembered.
const REMEMBERED: usize = 1_000;

/// How notifications are delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebhookSwitches {
    /// Whether they are sent at all.
    pub on: bool,
    /// How long each one waits first, in real time.
    pub delay: Duration,
    /// How often each one is sent.
    pub copies: u32,
    /// In which order.
    pub order: Order,
    /// What is done to the body.
    pub body: Body,
}

impl Default for WebhookSwitches {
    fn default() -> Self {
        Self {
            on: true,
            delay: Duration::ZERO,
            copies: 1,
            order: Order::default(),
            body: Body::default(),
        }
    }
}

/// The order in which notifications about one transaction arrive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// As it happened.
    #[default]
    AsItHappened,
    /// "Pending" is held back and follows whatever comes next.
    PendingLast,
}

/// What happens to the body on its way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Nothing.
    #[default]
    Genuine,
    /// The amount is changed after signing.
    Tampered,
    /// The state word, which is not signed, is changed to `settlement`.
    StatusEdited,
    /// It is signed with another key.
    Forged,
}

/// What became of one try to deliver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// The order it was about.
    pub order_id: String,
    /// The state word in the body that was sent.
    pub transaction_status: String,
    /// The HTTP status of the shop's answer; `None` when there was no answer.
    pub http_status: Option<u16>,
}

/// Something that is to be notified.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) order_id: String,
    /// Whether it is the one about the charge itself.
    pub(super) is_first: bool,
    pub(super) notice: Value,
    pub(super) first_notice: Value,
}

/// Bodies to deliver one after the other.
#[derive(Debug)]
pub(super) struct Job {
    url: String,
    order_id: String,
    delay: Duration,
    bodies: Vec<Value>,
}

/// The client that delivers; it gives up after the provider's fifteen seconds.
pub(super) fn client() -> reqwest::Client {
    let built = reqwest::Client::builder()
        .timeout(Duration::from_secs(15))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent("Veritrans")
        .build();
    built.unwrap_or_default()
}

/// Empties the outbox into deliveries, by the switches of this moment.
pub(super) fn jobs(state: &mut State) -> Vec<Job> {
    let events = std::mem::take(&mut state.outbox);
    let Some(url) = state.notification_url.as_ref().filter(|_| state.switches.on) else {
        return Vec::new();
    };
    let switches = &state.switches;
    let jobs = events.into_iter().filter_map(|event| {
        let mut notices = vec![event.notice];
        if switches.order == Order::PendingLast {
            if event.is_first {
                return None;
            }
            notices.push(event.first_notice);
        }
        let sent = notices.into_iter().map(|it| disturb(it, switches.body));
        let copies = usize::try_from(switches.copies).unwrap_or(usize::MAX);
        let bodies = sent.flat_map(|it| std::iter::repeat_n(it, copies)).collect();
        let (url, order_id, delay) = (url.clone(), event.order_id, switches.delay);
        Some(Job { url, order_id, delay, bodies })
    });
    jobs.collect()
}

/// Does to a body what the switch says.
pub(super) fn disturb(mut notice: Value, body: Body) -> Value {
    match body {
        Body::Genuine => {}
        Body::Tampered => notice["gross_amount"] = json!("1.00"),
        Body::StatusEdited => notice["transaction_status"] = json!("settlement"),
        Body::Forged => {
            let text = |name: &str| notice[name].as_str().unwrap_or_default().to_owned();
            let [order, code, amount] = ["order_id", "status_code", "gross_amount"].map(text);
            let other = Secret::new("SB-Mid-server-somebody-else");
            notice["signature_key"] = json!(sign(&order, &code, &amount, &other));
        }
    }
    notice
}

impl MidtransSandbox {
    /// Delivers in the background; without a runtime nothing is delivered, as if it were lost.
    pub(super) fn dispatch(&self, job: Job) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            tracing::warn!(order_id = job.order_id, "no runtime to deliver a notification on");
            return;
        };
        let sandbox = self.clone();
        runtime.spawn(async move {
            tokio::time::sleep(job.delay).await;
            for body in &job.bodies {
                sandbox.deliver(&job, body).await;
            }
        });
    }

    /// Tries until the shop answers 2xx, a few times.
    async fn deliver(&self, job: &Job, body: &Value) {
        for pause in PAUSES {
            tokio::time::sleep(pause).await;
            let answer = self.inner.http.post(&job.url).json(body).send().await;
            let status = answer.ok().map(|it| it.status());
            self.remember(Delivery {
                order_id: job.order_id.clone(),
                transaction_status: body["transaction_status"].as_str().unwrap_or("").to_owned(),
                http_status: status.map(|it| it.as_u16()),
            });
            if status.is_some_and(|it| it.is_success()) {
                return;
            }
        }
        tracing::warn!(order_id = job.order_id, "the shop did not take a notification");
    }

    fn remember(&self, delivery: Delivery) {
        let lock = self.inner.state.lock();
        let mut state = lock.unwrap_or_else(std::sync::PoisonError::into_inner);
        state.deliveries.push_back(delivery);
        if state.deliveries.len() > REMEMBERED {
            state.deliveries.pop_front();
        }
    }
}

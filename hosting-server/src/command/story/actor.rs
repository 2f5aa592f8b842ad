//! Who acts in the story: people with a browser's cookie, and whoever steers the outside world.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use hosting_core::service::audit::audit;
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::Value;

use crate::{advance::come_to_rest, cli::Failed, clock::Stopwatch, state::AppState};

/// How long the story waits for something that should happen by itself.
const PATIENCE: Duration = Duration::from_secs(45);

/// The shop, the outside world, and a client to talk to both.
#[derive(Debug)]
pub(super) struct Stage {
    app: AppState,
    http: Client,
    shop: String,
    console: String,
}

/// Somebody with a log-in.
#[derive(Debug)]
pub(super) struct Person {
    email: &'static str,
    password: &'static str,
    cookie: Mutex<String>,
}

impl Person {
    fn cookie(&self) -> String {
        self.cookie.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub(super) fn off(what: impl Into<String>) -> Failed {
    Failed::Said(what.into())
}

impl Stage {
    pub(super) fn new(app: AppState, shop: String, console: String) -> Result<Self, Failed> {
        let http = Client::builder()
            .timeout(Duration::from_mins(2))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| off(format!("no HTTP client: {error}")))?;
        Ok(Self { app, http, shop, console })
    }

    /// What time it is for the shop.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.app.ports().now()
    }

    /// Calls the shop's API; anything but a success is off.
    pub(super) async fn api(
        &self,
        who: Option<&Person>,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Failed> {
        let url = format!("{}/api/v1{path}", self.shop);
        let request = || {
            let mut request = self.http.request(method.clone(), &url);
            if let Some(person) = who {
                request = request.header("cookie", person.cookie());
            }
            match &body {
                Some(body) => request.json(body),
                None => request,
            }
        };
        let what = format!("{method} {path}");
        let response = send(&what, request()).await?;
        // Sessions end after two weeks, and in this story weeks go by: people log in again.
        match who {
            Some(person) if response.status() == StatusCode::UNAUTHORIZED => {
                let fresh = self.cookie(person.email, person.password).await?;
                *person.cookie.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
                read(&what, send(&what, request()).await?).await
            }
            _ => read(&what, response).await,
        }
    }

    pub(super) async fn get(&self, who: Option<&Person>, path: &str) -> Result<Value, Failed> {
        self.api(who, Method::GET, path, None).await
    }

    pub(super) async fn post(
        &self,
        who: Option<&Person>,
        path: &str,
        body: Value,
    ) -> Result<Value, Failed> {
        self.api(who, Method::POST, path, Some(body)).await
    }

    /// Logs in and keeps the cookie.
    pub(super) async fn log_in(
        &self,
        email: &'static str,
        password: &'static str,
    ) -> Result<Person, Failed> {
        let cookie = Mutex::new(self.cookie(email, password).await?);
        Ok(Person { email, password, cookie })
    }

    async fn cookie(&self, email: &str, password: &str) -> Result<String, Failed> {
        let url = format!("{}/api/v1/auth/login", self.shop);
        let body = serde_json::json!({ "email": email, "password": password });
        let sent = self.http.post(&url).json(&body).send().await;
        let response = sent.map_err(|error| off(format!("log in: {error}")))?;
        if !response.status().is_success() {
            return Err(off(format!("log in as {email}: {}", response.status())));
        }
        let cookie = response.headers().get("set-cookie").and_then(|it| it.to_str().ok());
        let cookie = cookie.and_then(|it| it.split(';').next());
        Ok(cookie.ok_or_else(|| off("logging in sets no cookie"))?.to_owned())
    }

    /// Does something in the outside world.
    pub(super) async fn outside(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Failed> {
        let mut request = self.http.request(method.clone(), format!("{}/api{path}", self.console));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let what = format!("outside {method} {path}");
        read(&what, send(&what, request).await?).await
    }

    /// Asks again and again until `right` says so; `what` is what should have happened.
    pub(super) async fn until(
        &self,
        what: &str,
        who: Option<&Person>,
        path: &str,
        right: impl Fn(&Value) -> bool,
    ) -> Result<Value, Failed> {
        let watch = Stopwatch::start();
        loop {
            let seen = self.get(who, path).await?;
            if right(&seen) {
                return Ok(seen);
            }
            if watch.elapsed() > PATIENCE {
                return Err(off(format!("{what}: it did not happen; last seen: {seen}")));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A mail to `to` whose subject or text contains `part`.
    pub(super) async fn mail(&self, to: &str, part: &str) -> Result<Value, Failed> {
        let watch = Stopwatch::start();
        loop {
            let mails = self.inbox(to).await?;
            if let Some(found) = mails.into_iter().find(|it| it.to_string().contains(part)) {
                return Ok(found);
            }
            if watch.elapsed() > PATIENCE {
                return Err(off(format!("no mail to {to} mentions `{part}`")));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Demands that there are `count` mails to `to` with all these words in the subject. What the queue
    /// owes is done first, so nothing is waited for.
    pub(super) async fn mailed(
        &self,
        to: &str,
        words: &[&str],
        count: usize,
    ) -> Result<(), Failed> {
        come_to_rest(&self.app).await?;
        let mails = self.inbox(to).await?;
        let subjects: Vec<_> = mails.iter().filter_map(|it| it["subject"].as_str()).collect();
        let fits = |subject: &&&str| words.iter().all(|word| subject.contains(word));
        let found = subjects.iter().filter(fits).count();
        if found == count {
            return Ok(());
        }
        Err(off(format!("{found} mails to {to} say {words:?}, not {count}; of {subjects:?}")))
    }

    /// What the mail server took for `to`.
    async fn inbox(&self, to: &str) -> Result<Vec<Value>, Failed> {
        list("the inbox", self.outside(Method::GET, &format!("/mail?to={to}"), None).await?)
    }

    /// Every charge that the provider ever made.
    pub(super) async fn charges(&self) -> Result<Vec<Value>, Failed> {
        list("the charges", self.outside(Method::GET, "/payments", None).await?)
    }

    /// Every account on the panel.
    pub(super) async fn accounts(&self) -> Result<Vec<Value>, Failed> {
        list("the accounts", self.outside(Method::GET, "/accounts", None).await?)
    }

    /// Waits until the queue is at rest, checks the books, and prints the step.
    pub(super) async fn tell(&self, step: &str) -> Result<(), Failed> {
        come_to_rest(&self.app).await?;
        let audited = audit(&*self.app.ports().store).await?;
        if let Some(found) = audited.findings.first() {
            return Err(off(format!("the books are off: {}: {}", found.subject, found.sentence)));
        }
        let day = self.app.ports().now().format("%Y-%m-%d");
        crate::cli::say(&format!("{day}  {step}"))
    }
}

async fn send(what: &str, request: reqwest::RequestBuilder) -> Result<Response, Failed> {
    request.send().await.map_err(|error| off(format!("{what}: {error}")))
}

async fn read(what: &str, response: Response) -> Result<Value, Failed> {
    let status = response.status();
    let text = response.text().await.map_err(|error| off(format!("{what}: {error}")))?;
    if !status.is_success() {
        return Err(off(format!("{what} was answered {status}: {text}")));
    }
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text).map_err(|error| off(format!("{what}: {error}")))
}

/// The items; what is not a list is off, for an empty one would pass for nothing.
fn list(what: &str, answer: Value) -> Result<Vec<Value>, Failed> {
    match answer {
        Value::Array(items) => Ok(items),
        other => Err(off(format!("{what} should be a list: {other}"))),
    }
}

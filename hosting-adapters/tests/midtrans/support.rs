//! A clock, requests, fixtures, and a gateway that talks to a sandbox.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use hosting_adapters::{
    midtrans::{
        Midtrans, MidtransConfig,
        sandbox::{MidtransSandbox, Running},
    },
    sandbox::Faults,
};
use hosting_core::{
    kernel::{Currency, Money, Secret},
    port::{
        Clock, IdempotencyKey,
        gateway::{ChargeRequest, Payer},
    },
};
use serde_json::Value;

pub(crate) const KEY: &str = "SB-Mid-server-TESTKEY0123456789abcdef";

/// A clock moved by hand.
#[derive(Debug)]
pub(crate) struct HandClock(Mutex<DateTime<Utc>>);

impl HandClock {
    pub(crate) fn advance(&self, by: TimeDelta) {
        *self.0.lock().expect("not poisoned") += by;
    }
}

impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("not poisoned")
    }
}

/// 2026-11-02 10:00:00 in Jakarta.
pub(crate) fn start() -> DateTime<Utc> {
    "2026-11-02T03:00:00Z".parse().expect("an instant")
}

/// A sandbox, what makes it fail, and a gateway that calls it.
pub(crate) struct Bench {
    pub(crate) clock: Arc<HandClock>,
    pub(crate) faults: Faults,
    pub(crate) sandbox: MidtransSandbox,
    pub(crate) gateway: Midtrans,
    pub(crate) server: Running,
}

impl Bench {
    /// `timeout` is how long the gateway waits.
    pub(crate) async fn with_timeout(timeout: Duration) -> Self {
        let clock = Arc::new(HandClock(Mutex::new(start())));
        let faults = Faults::default();
        let sandbox = MidtransSandbox::new(KEY, clock.clone(), faults.clone(), None);
        let server = sandbox.spawn().await.expect("a free port");
        let gateway = gateway_at(server.base_url(), timeout);
        Self { clock, faults, sandbox, gateway, server }
    }

    pub(crate) async fn new() -> Self {
        Self::with_timeout(Duration::from_secs(30)).await
    }

    /// A request at the present time for an offer of one hour.
    pub(crate) fn request(&self, reference: &str, method: &str, minor: i64) -> ChargeRequest {
        request(self.clock.now(), reference, method, minor)
    }
}

pub(crate) fn gateway_at(base_url: &str, timeout: Duration) -> Midtrans {
    let config = MidtransConfig {
        base_url: Some(base_url.to_owned()),
        timeout,
        ..MidtransConfig::sandbox(Secret::new(KEY))
    };
    Midtrans::new(config).expect("a valid configuration")
}

pub(crate) fn request(
    now: DateTime<Utc>,
    reference: &str,
    method: &str,
    minor: i64,
) -> ChargeRequest {
    ChargeRequest {
        reference: reference.to_owned(),
        key: IdempotencyKey::new(format!("charge-{reference}")),
        method: method.to_owned(),
        amount: rupiah(minor),
        expires_at: now + TimeDelta::hours(1),
        now,
        description: format!("Hosting invoice {reference}"),
        payer: Payer {
            name: "Rani Wijaya".to_owned(),
            email: "rani@example.com".parse().expect("an address"),
            phone: Some("+6281234567890".parse().expect("a number")),
        },
    }
}

pub(crate) fn rupiah(minor: i64) -> Money {
    Money::from_minor(minor, Currency::IDR)
}

/// Every fixture of `kind` (`api`, `webhook`), with its file name.
pub(crate) fn fixtures(kind: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/midtrans");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the fixtures") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("readable");
        let fixture: Value = serde_json::from_str(&text).expect("JSON");
        if fixture["meta"]["kind"] == kind {
            found.push((name, fixture));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

//! Midtrans, against the local server that speaks its protocol: once with a virtual account, whose
//! money no call gives back, and once with QRIS.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hosting_adapters::{
    midtrans::{
        Midtrans, MidtransConfig,
        sandbox::{Body, MidtransSandbox, Running},
    },
    sandbox::{Fault, Faults},
};
use hosting_core::{
    kernel::{Currency, Money, Secret},
    port::{Clock as _, PaymentGateway},
    testing::{
        TestClock,
        conformance::gateway::{
            GatewayCall, GatewayHarness, GivenBack, Line, Message, Messages, Provider,
        },
    },
};

const KEY: &str = "SB-Mid-server-CONFORM0123456789abcd";

struct Harness {
    method: &'static str,
    clock: Arc<TestClock>,
    faults: Faults,
    sandbox: MidtransSandbox,
    gateway: Midtrans,
    _server: Running,
}

async fn harness(method: &'static str) -> Harness {
    let clock = Arc::new(TestClock::at("2026-11-02T03:00:00Z".parse().expect("an instant")));
    let faults = Faults::default();
    let sandbox = MidtransSandbox::new(KEY, clock.clone(), faults.clone(), None);
    let server = sandbox.spawn().await.expect("a free port");
    let config = MidtransConfig {
        base_url: Some(server.base_url().to_owned()),
        timeout: Duration::from_secs(20),
        ..MidtransConfig::sandbox(Secret::new(KEY))
    };
    let gateway = Midtrans::new(config).expect("a valid configuration");
    Harness { method, clock, faults, sandbox, gateway, _server: server }
}

impl GatewayHarness for Harness {
    fn gateway(&self) -> &dyn PaymentGateway {
        &self.gateway
    }
    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
    fn method(&self) -> &'static str {
        self.method
    }
    fn amount(&self) -> Money {
        Money::from_minor(155_431, Currency::IDR)
    }
    fn secrets(&self) -> Vec<String> {
        vec![KEY.to_owned()]
    }
    fn provider(&self) -> Option<&dyn Provider> {
        Some(self)
    }
    fn line(&self) -> Option<&dyn Line> {
        Some(self)
    }
    fn messages(&self) -> Option<&dyn Messages> {
        Some(self)
    }
    fn refunds(&self) -> Option<&dyn GivenBack> {
        Some(self)
    }
}

#[async_trait]
impl Provider for Harness {
    async fn charges(&self, reference: &str) -> u32 {
        u32::try_from(self.sandbox.charges_of(reference)).expect("a few")
    }
    async fn asked(&self, reference: &str) -> Option<Money> {
        let transaction = self.sandbox.transaction(reference)?;
        Some(Money::from_minor(transaction.gross_amount, Currency::IDR))
    }
    async fn customer_pays(&self, reference: &str) {
        self.sandbox.pay(reference).expect("the charge is open");
    }
}

#[async_trait]
impl Line for Harness {
    async fn lose_next_answer(&self, call: GatewayCall) {
        let path = match call {
            GatewayCall::Charge => "/v2/charge",
            GatewayCall::Find => "/status",
            GatewayCall::Cancel => "/expire",
            GatewayCall::Refund => "/refund",
        };
        self.faults.next("midtrans", path, Fault::CutAfter, 1);
    }
}

impl Harness {
    fn message(&self, reference: &str, body: Body) -> Message {
        let notice = self.sandbox.disturbed_notification(reference, body).expect("it was charged");
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Message { headers, body: notice.to_string().into_bytes() }
    }
}

#[async_trait]
impl Messages for Harness {
    async fn genuine(&self, reference: &str) -> Message {
        self.message(reference, Body::Genuine)
    }
    async fn tampered(&self, reference: &str) -> Message {
        self.message(reference, Body::Tampered)
    }
    async fn forged(&self, reference: &str) -> Message {
        self.message(reference, Body::Forged)
    }
}

#[async_trait]
impl GivenBack for Harness {
    async fn refunds(&self, _: &str) -> u32 {
        // No rule refunds two charges.
        u32::try_from(self.sandbox.effects().refunds).expect("a few")
    }
}

async fn qris() -> Harness {
    harness("qris").await
}

async fn gopay() -> Harness {
    harness("gopay").await
}

hosting_core::gateway_conformance!(with_qris, qris, [offers, paying, losing, messages, refunding]);
hosting_core::gateway_conformance!(
    with_gopay,
    gopay,
    [offers, paying, losing, messages, refunding]
);

/// The rules of a virtual account; what is refused there is tried where the refunds are.
mod virtual_accounts {
    use hosting_core::testing::conformance::gateway::{PARTS, run};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn every_rule_but_those_of_refunds_is_kept() {
        for (_, rules) in PARTS.iter().filter(|(part, _)| *part != "refunding") {
            for rule in *rules {
                println!("{rule}");
                let harness = super::harness("bca_va").await;
                run(rule, &harness).expect("a listed rule").await;
            }
        }
    }
}

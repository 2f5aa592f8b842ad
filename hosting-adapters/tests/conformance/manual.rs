//! Bank transfers that staff confirm: no provider, no line, no messages.

use chrono::{DateTime, Utc};
use hosting_adapters::manual::{ManualConfig, ManualTransfer};
use hosting_core::{
    kernel::{Currency, Money},
    port::PaymentGateway,
    testing::conformance::gateway::GatewayHarness,
};

struct Harness(ManualTransfer);

impl GatewayHarness for Harness {
    fn gateway(&self) -> &dyn PaymentGateway {
        &self.0
    }
    fn now(&self) -> DateTime<Utc> {
        "2026-11-02T03:00:00Z".parse().expect("an instant")
    }
    fn method(&self) -> &'static str {
        "bank_transfer"
    }
    fn amount(&self) -> Money {
        Money::from_minor(155_431, Currency::IDR)
    }
    fn secrets(&self) -> Vec<String> {
        // The accounts are there to be read, and there is no key.
        Vec::new()
    }
}

async fn fresh() -> Harness {
    let accounts = "BCA 1234567890 a.n. PT Contoh";
    let config = ManualConfig::from_lines(accounts, Currency::IDR);
    Harness(ManualTransfer::new(config).expect("a valid configuration"))
}

hosting_core::gateway_conformance!(transfers, fresh, [offers]);

//! The manual gateway says no more than it knows.

use chrono::{DateTime, Duration, Utc};
use hosting_adapters::manual::{ConfigError, ManualConfig, ManualTransfer};
use hosting_core::{
    kernel::{Currency, Money},
    port::{
        Effect, IdempotencyKey, PaymentGateway,
        gateway::{ChargeRequest, ChargeStatus, Instructions, Payer, RawWebhook, Rejection, Shows},
    },
};

const ACCOUNTS: &str = "BCA 1234567890 a.n. PT Contoh\n\n  Mandiri 0987654321 a.n. PT Contoh \n";

fn gateway() -> ManualTransfer {
    ManualTransfer::new(ManualConfig::from_lines(ACCOUNTS, Currency::IDR)).expect("valid")
}

fn request(amount: Money) -> ChargeRequest {
    let now: DateTime<Utc> = DateTime::from_timestamp(1_793_588_400, 0).expect("in range");
    ChargeRequest {
        reference: "INV-12-1".to_owned(),
        key: IdempotencyKey::new("pay-12-1"),
        method: "bank_transfer".to_owned(),
        amount,
        expires_at: now + Duration::days(3),
        now,
        description: "Invoice 12".to_owned(),
        payer: Payer {
            name: "Rani".to_owned(),
            email: "rani@example.com".parse().expect("valid"),
            phone: None,
        },
    }
}

fn rupiah(minor: i64) -> Money {
    Money::from_minor(minor, Currency::IDR)
}

#[tokio::test]
async fn the_customer_is_told_where_to_transfer_and_what_to_write() {
    let gateway = gateway();
    let charge = gateway.charge(&request(rupiah(150_000))).await.expect("charged");
    assert_eq!(charge.status, ChargeStatus::Pending);
    assert_eq!(charge.amount, rupiah(150_000));
    assert_eq!(charge.paid_at, None);
    let accounts =
        ["BCA 1234567890 a.n. PT Contoh", "Mandiri 0987654321 a.n. PT Contoh"].map(str::to_owned);
    let expected =
        Instructions::Transfer { accounts: accounts.to_vec(), reference: "INV-12-1".to_owned() };
    assert_eq!(charge.instructions, Some(expected));
    assert_eq!(gateway.charge(&request(rupiah(150_000))).await.expect("again"), charge);
}

#[tokio::test]
async fn nothing_is_ever_claimed_to_be_paid() {
    let gateway = gateway();
    gateway.charge(&request(rupiah(150_000))).await.expect("charged");
    assert_eq!(gateway.find("INV-12-1").await.expect("answered"), None);
    let cancelled = gateway.cancel("INV-12-1").await.expect("cancelled");
    assert_eq!((cancelled.status, cancelled.amount), (ChargeStatus::Failed, rupiah(0)));
    assert!(gateway.confirmed_by_staff());
    assert!(gateway.refunds().is_none());
}

#[tokio::test]
async fn another_currency_or_method_is_refused_for_good() {
    let gateway = gateway();
    let dollars = request(Money::from_minor(1_000, Currency::USD));
    let mut other = request(rupiah(1_000));
    "bca_va".clone_into(&mut other.method);
    for request in [dollars, request(rupiah(0)), other] {
        let failure = gateway.charge(&request).await.expect_err("refused");
        assert_eq!(failure.effect(), Effect::NoneFinal, "{failure}");
    }
}

#[test]
fn messages_are_not_taken() {
    let webhook = RawWebhook { headers: &[], body: b"{}" };
    assert_eq!(gateway().verify(&webhook), Err(Rejection::NotSupported));
}

#[test]
fn accounts_that_cannot_be_shown_are_refused() {
    let config = |accounts: &[&str]| ManualConfig {
        accounts: accounts.iter().map(|&it| it.to_owned()).collect(),
        currency: Currency::IDR,
        is_production: true,
    };
    let error = |accounts: &[&str]| ManualTransfer::new(config(accounts)).err();
    assert_eq!(error(&[]), Some(ConfigError::Accounts));
    assert_eq!(error(&["BCA"; 21]), Some(ConfigError::Accounts));
    for line in ["", "  ", "BCA 1\nMandiri 2", &"x".repeat(201)] {
        assert_eq!(error(&[line]), Some(ConfigError::Line), "{line}");
    }
    let gateway = ManualTransfer::new(config(&["BCA 1"])).expect("valid");
    assert!(gateway.is_production());
    assert_eq!(gateway.methods()[0].shows, Shows::Transfer);
}

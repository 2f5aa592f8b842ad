//! What is refused before the first call, and what is never shown.

use std::time::Duration;

use hosting_adapters::midtrans::{ConfigError, MAX_TIMEOUT, Midtrans, MidtransConfig};
use hosting_core::{kernel::Secret, port::PaymentGateway};

use crate::support::KEY;

fn error(config: MidtransConfig) -> Option<ConfigError> {
    Midtrans::new(config).err()
}

#[test]
fn keys_of_the_other_environment_are_refused() {
    let live = "Mid-server-abc123cde456";
    let cases = [
        (MidtransConfig::production(Secret::new(KEY)), ConfigError::SandboxKeyInProduction),
        (MidtransConfig::sandbox(Secret::new(live)), ConfigError::ProductionKeyInSandbox),
        (MidtransConfig::sandbox(Secret::new("SB-Mid-client-abc")), ConfigError::ClientKey),
        (MidtransConfig::production(Secret::new("Mid-client-abc")), ConfigError::ClientKey),
        (MidtransConfig::sandbox(Secret::new("")), ConfigError::NotAKey),
        (MidtransConfig::sandbox(Secret::new("SB-Mid-server-a b\n")), ConfigError::NotAKey),
        (MidtransConfig::sandbox(Secret::new("SB-Mid-server-a:b")), ConfigError::NotAKey),
    ];
    for (config, expected) in cases {
        assert_eq!(error(config), Some(expected));
    }
    let gateway = Midtrans::new(MidtransConfig::production(Secret::new(live))).expect("valid");
    assert!(gateway.is_production());
}

#[test]
fn real_payments_cannot_be_sent_elsewhere() {
    let config = MidtransConfig {
        base_url: Some("https://proxy.example.com".to_owned()),
        ..MidtransConfig::production(Secret::new("Mid-server-abc123cde456"))
    };
    assert_eq!(error(config), Some(ConfigError::BaseUrlInProduction));
    for bad in
        ["", "localhost:80", "ftp://x.example", "http://u:p@x.example", "http://x.example/?a"]
    {
        let config = MidtransConfig {
            base_url: Some(bad.to_owned()),
            ..MidtransConfig::sandbox(Secret::new(KEY))
        };
        assert_eq!(error(config), Some(ConfigError::BaseUrl), "{bad}");
    }
}

#[test]
fn a_call_cannot_outlast_the_lease() {
    for timeout in [Duration::ZERO, MAX_TIMEOUT + Duration::from_millis(1)] {
        let config = MidtransConfig { timeout, ..MidtransConfig::sandbox(Secret::new(KEY)) };
        assert_eq!(error(config), Some(ConfigError::Timeout(38)));
    }
    assert!(MAX_TIMEOUT * 3 < Duration::from_mins(2));
}

#[test]
fn keys_are_not_shown() {
    let config = MidtransConfig {
        client_key: Some("SB-Mid-client-visible".to_owned()),
        ..MidtransConfig::sandbox(Secret::new(KEY))
    };
    let shown = format!("{config:?}");
    let gateway = Midtrans::new(config).expect("valid");
    assert_eq!(gateway.client_key(), Some("SB-Mid-client-visible"));
    for text in [shown, format!("{gateway:?}"), format!("{gateway:#?}")] {
        assert!(!text.contains("TESTKEY") && !text.contains("visible"), "{text}");
    }
}

#[test]
fn methods_have_names_that_can_be_stored() {
    let gateway = Midtrans::new(MidtransConfig::sandbox(Secret::new(KEY))).expect("valid");
    let ids: Vec<_> = gateway.methods().iter().map(|it| it.id).collect();
    let expected =
        ["bca_va", "bni_va", "bri_va", "permata_va", "cimb_va", "mandiri_bill", "qris", "gopay"];
    assert_eq!(ids, expected);
    assert_eq!(gateway.descriptor().id, "midtrans");
    assert!(gateway.methods().iter().all(|it| it.min_minor > 0 && it.max_minor > it.min_minor));
}

fn offering(methods: &[&str]) -> MidtransConfig {
    let methods = Some(methods.iter().map(|it| (*it).to_owned()).collect());
    MidtransConfig { methods, ..MidtransConfig::sandbox(Secret::new(KEY)) }
}

#[test]
fn only_the_listed_ways_to_pay_are_offered() {
    let gateway = Midtrans::new(offering(&["qris", "bca_va"])).expect("valid");
    let ids: Vec<_> = gateway.methods().iter().map(|it| it.id).collect();
    assert_eq!(ids, ["bca_va", "qris"], "in the order in which customers see them");
}

#[test]
fn a_list_of_ways_to_pay_that_cannot_be_meant_is_refused() {
    assert_eq!(error(offering(&[])), Some(ConfigError::NoMethod));
    assert_eq!(error(offering(&["bca"])), Some(ConfigError::UnknownMethod("bca".to_owned())));
    let twice = ConfigError::MethodTwice("qris".to_owned());
    assert_eq!(error(offering(&["qris", "qris"])), Some(twice));
    let words = ConfigError::UnknownMethod("bca".to_owned()).to_string();
    assert!(words.contains("bca_va"), "it names the known ones: {words}");
}

#[tokio::test]
async fn a_way_to_pay_that_is_not_offered_is_not_charged() {
    let bench = crate::support::Bench::new().await;
    let config = MidtransConfig {
        base_url: Some(bench.server.base_url().to_owned()),
        ..offering(&["qris"])
    };
    let gateway = Midtrans::new(config).expect("valid");
    let failure = gateway.charge(&bench.request("INV-1", "bca_va", 150_000)).await;
    let failure = failure.expect_err("refused");
    let refused = (hosting_core::port::Effect::NoneFinal, Some("method"));
    assert_eq!((failure.effect(), failure.code()), refused);
    assert_eq!(bench.sandbox.effects().charges, 0);
    gateway.charge(&bench.request("INV-2", "qris", 150_000)).await.expect("offered");
}

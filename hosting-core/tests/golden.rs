//! What is stored or queued as JSON can be read by every later version, and is written back the same.
//!
//! The samples in `golden/` are never changed and only added to: they stand for rows that are out
//! there. A new variant without a sample fails, and so does a renamed field.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;

use hosting_core::{
    kernel::Ratio,
    model::{
        Actor, Address, AppliesTo, CartItem, Discount, DomainEvent, Feature, Heartbeat,
        Instructions, Job, Listening, Party, Place, RecurringDiscount, ShopSettings, TaxSummary,
        Usage, billing::Derivation,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

fn samples(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// Reads every sample and writes it back the same.
fn survive<T: Serialize + DeserializeOwned>(name: &str) {
    let samples = samples(name);
    assert!(!samples.is_empty(), "{name}");
    for sample in samples {
        let read: T = serde_json::from_value(sample.clone())
            .unwrap_or_else(|error| panic!("{name} is not read any more: {error}\n{sample:#}"));
        assert_eq!(serde_json::to_value(&read).unwrap(), sample, "{name} is written otherwise");
    }
}

/// The names that an enum knows, as it says itself when it is given another.
fn known<T: DeserializeOwned>(tag: &str) -> BTreeSet<String> {
    let error = serde_json::from_value::<T>(json!({ tag: "?" })).err().unwrap().to_string();
    let (_, list) = error.split_once("expected").unwrap_or_else(|| panic!("{error}"));
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// [`survive`], and there is a sample of every variant.
fn every_variant_survives<T: Serialize + DeserializeOwned>(name: &str, tag: &str) {
    survive::<T>(name);
    let sampled: BTreeSet<_> =
        samples(name).iter().filter_map(|it| Some(it.get(tag)?.as_str()?.to_owned())).collect();
    let missing: Vec<_> = known::<T>(tag).into_iter().filter(|it| !sampled.contains(it)).collect();
    assert!(missing.is_empty(), "golden/{name}.json has no sample of {missing:?}");
}

#[test]
fn every_kind_of_work_that_was_queued_can_be_done() {
    every_variant_survives::<Job>("job", "job");
    survive::<Place>("place");
}

#[test]
fn every_fact_in_the_journal_can_be_told() {
    every_variant_survives::<DomainEvent>("domain_event", "event");
    every_variant_survives::<Actor>("actor", "actor");
    assert_eq!(known::<DomainEvent>("event").len(), DomainEvent::NAMES.len());
}

#[test]
fn how_a_customer_pays_and_what_is_taken_off_survives() {
    every_variant_survives::<Instructions>("instructions", "type");
    every_variant_survives::<Discount>("discount", "kind");
    every_variant_survives::<AppliesTo>("applies_to", "terms");
    survive::<RecurringDiscount>("recurring_discount");
}

#[test]
fn what_an_invoice_froze_survives() {
    survive::<Address>("address");
    survive::<Party>("party");
    survive::<TaxSummary>("tax_summary");
    survive::<Derivation>("derivation");
    survive::<Ratio>("ratio");
}

#[test]
fn the_other_documents_survive() {
    survive::<Usage>("usage");
    survive::<CartItem>("cart_item");
    survive::<Feature>("feature");
    survive::<ShopSettings>("shop_settings");
    survive::<Heartbeat>("heartbeat");
    survive::<Listening>("listening");
}

#[test]
fn a_variant_without_a_sample_is_noticed() {
    let known = known::<Discount>("kind");
    assert_eq!(known, ["fixed", "percent"].map(str::to_owned).into());
    let read = serde_json::from_value::<Discount>(json!({ "kind": "by_feeling" }));
    assert!(read.is_err());
}

//! A message says what to look at, if its sender is who it should be.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use super::{
    GatewayHarness, Message,
    asserts::{REFERENCE, charged, found, messages, paid, shows_no_secret},
};
use crate::{model::charge::ChargeStatus, port::gateway::Rejection};

fn is_rejected(harness: &dyn GatewayHarness, message: &Message, what: &str) {
    match harness.gateway().verify(&message.raw()) {
        Ok(notice) => panic!("{what} was accepted: {notice:?}"),
        Err(rejection) => {
            assert_ne!(rejection, Rejection::NotSupported, "this gateway does take messages");
            shows_no_secret(harness, &format!("{rejection} {rejection:?}"));
        }
    }
}

pub async fn a_genuine_message_names_its_charge(harness: &dyn GatewayHarness) {
    charged(harness, REFERENCE).await;
    let message = messages(harness).genuine(REFERENCE).await;
    let notice = harness.gateway().verify(&message.raw()).expect("it is genuine");
    assert_eq!(notice.reference.as_deref(), Some(REFERENCE));
    assert!((1..=200).contains(&notice.event_key.len()), "`{}`", notice.event_key);
}

pub async fn a_message_that_was_changed_on_its_way_is_rejected(harness: &dyn GatewayHarness) {
    charged(harness, REFERENCE).await;
    let message = messages(harness).tampered(REFERENCE).await;
    assert_ne!(message, messages(harness).genuine(REFERENCE).await, "nothing was changed");
    is_rejected(harness, &message, "a message that was tampered with");
}

pub async fn a_message_by_somebody_else_is_rejected(harness: &dyn GatewayHarness) {
    charged(harness, REFERENCE).await;
    let message = messages(harness).forged(REFERENCE).await;
    is_rejected(harness, &message, "a forged message");
}

pub async fn what_is_no_message_at_all_is_rejected(harness: &dyn GatewayHarness) {
    charged(harness, REFERENCE).await;
    let headers = messages(harness).genuine(REFERENCE).await.headers;
    for body in [&b""[..], b"{}", b"[]", b"null", b"\xff\xfe\x00", b"<html></html>", b"{\"a\":"] {
        for headers in [Vec::new(), headers.clone()] {
            is_rejected(harness, &Message { headers, body: body.to_vec() }, "nonsense");
        }
    }
}

pub async fn a_message_that_breaks_off_is_rejected(harness: &dyn GatewayHarness) {
    charged(harness, REFERENCE).await;
    let Message { headers, body } = messages(harness).genuine(REFERENCE).await;
    let half = body.iter().copied().take(body.len() / 2).collect();
    is_rejected(harness, &Message { headers, body: half }, "half a message");
}

pub async fn repeats_of_one_message_have_one_key(harness: &dyn GatewayHarness) {
    charged(harness, REFERENCE).await;
    let (first, repeat) =
        (messages(harness).genuine(REFERENCE).await, messages(harness).genuine(REFERENCE).await);
    let key = |it: &Message| harness.gateway().verify(&it.raw()).expect("genuine").event_key;
    assert_eq!(key(&first), key(&repeat));
}

pub async fn news_has_another_key(harness: &dyn GatewayHarness) {
    let key = |it: &Message| harness.gateway().verify(&it.raw()).expect("genuine").event_key;
    charged(harness, REFERENCE).await;
    let waiting = key(&messages(harness).genuine(REFERENCE).await);
    super::asserts::provider(harness).customer_pays(REFERENCE).await;
    let settled = key(&messages(harness).genuine(REFERENCE).await);
    assert_ne!(waiting, settled, "the inbox would drop the news as a repeat");
}

pub async fn messages_about_two_charges_have_two_keys(harness: &dyn GatewayHarness) {
    let key = |it: &Message| harness.gateway().verify(&it.raw()).expect("genuine").event_key;
    let mut keys = Vec::new();
    for reference in [REFERENCE, "INV-2026-00043-1"] {
        charged(harness, reference).await;
        keys.push(key(&messages(harness).genuine(reference).await));
    }
    keys.dedup();
    assert_eq!(keys.len(), 2, "one of them would be dropped as a repeat");
}

pub async fn reading_a_message_changes_nothing(harness: &dyn GatewayHarness) {
    charged(harness, REFERENCE).await;
    let waiting = messages(harness).genuine(REFERENCE).await;
    let settled = {
        paid(harness).await;
        messages(harness).genuine(REFERENCE).await
    };
    for message in [settled, waiting] {
        harness.gateway().verify(&message.raw()).expect("genuine");
    }
    let seen = found(harness, REFERENCE).await.expect("it was charged");
    assert_eq!(seen.status, ChargeStatus::Succeeded);
}

//! Messages of a gateway: verified, stored once, answered at once, never believed.

use hosting_core::{
    kernel::PageRequest,
    model::{PaymentStatus, WebhookStatus},
};
use serde_json::{Value, json};

use crate::world::{Answer, SIGNATURE, WEBHOOK, World, text};

async fn awaiting(world: &World) -> (String, String) {
    let budi = world.customer("budi@example.com").await;
    let (_, invoice) = budi.order("nusakopi.com").await;
    let payment = budi.pay(&invoice).await;
    world.shop.drain().await;
    (text(&payment["id"]), text(&payment["reference"]))
}

async fn status(world: &World, payment: &str) -> PaymentStatus {
    let id = payment.parse().unwrap();
    world.shop.store.payment(id).await.unwrap().unwrap().status
}

fn message(reference: &str) -> String {
    json!({ "event": format!("settled-{reference}"), "reference": reference }).to_string()
}

fn problem(answer: &Answer) -> Value {
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    answer.json()
}

#[tokio::test]
async fn forged_truncated_and_oversized_messages_change_nothing() {
    let world = World::open().await;
    let (payment, reference) = awaiting(&world).await;
    assert!(world.shop.gateway.pay(&reference), "there is something to learn");
    let good = message(&reference);
    let truncated = good[..good.len() - 3].to_owned();
    let oversized = format!("{}{}", good, " ".repeat(64 << 10));
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("", good.clone().into(), 403),
        ("known to the gateway alonE", good.clone().into(), 403),
        (SIGNATURE, truncated.into(), 400),
        (SIGNATURE, "".into(), 400),
        (SIGNATURE, "[]".into(), 400),
        (SIGNATURE, vec![0xff, 0xfe, b'{'], 400),
        (SIGNATURE, good.replace("settled", "set\0tled").into(), 400),
        (SIGNATURE, oversized.into(), 413),
    ];
    let due = world.shop.store.next_due(None).await.unwrap();
    for (signature, body, expected) in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        let answer = world.webhook(signature, body).await;
        assert_eq!(answer.status.as_u16(), expected, "{shown}: {}", answer.body);
        problem(&answer);
        assert!(!answer.body.contains(&reference), "nothing of the message is repeated");
    }
    assert_eq!(world.stored_webhooks().await, 0);
    assert_eq!(world.shop.store.next_due(None).await.unwrap(), due, "nothing is to be done");
    world.shop.drain().await;
    assert_eq!(status(&world, &payment).await, PaymentStatus::Pending);
}

#[tokio::test]
async fn a_message_that_says_it_is_too_large_is_not_read() {
    let world = World::open().await;
    let provider = world.guest().with("x-signature", SIGNATURE).with("content-length", "65537");
    provider.post(WEBHOOK, json!({ "event": "x" })).await.expect(413);
    assert_eq!(world.stored_webhooks().await, 0);
    let padding = " ".repeat((64 << 10) - 13);
    let most = format!("{{\"event\":\"x\"}}{padding}");
    assert_eq!(most.len(), 64 << 10);
    world.webhook(SIGNATURE, most).await.expect(200);
}

#[tokio::test]
async fn a_replayed_message_is_stored_once_and_credited_once() {
    let world = World::open().await;
    let (payment, reference) = awaiting(&world).await;
    assert!(world.shop.gateway.pay(&reference));
    for _ in 0..3 {
        world.webhook(SIGNATURE, message(&reference)).await.expect(200);
    }
    let (left, right) = tokio::join!(
        world.webhook(SIGNATURE, message(&reference)),
        world.webhook(SIGNATURE, message(&reference)),
    );
    assert_eq!((left.status.as_u16(), right.status.as_u16()), (200, 200));
    world.shop.drain().await;
    world.webhook(SIGNATURE, message(&reference)).await.expect(200);
    world.shop.drain().await;
    assert_eq!(world.stored_webhooks().await, 1);
    assert_eq!(status(&world, &payment).await, PaymentStatus::Succeeded);
    world.shop.check_books().await;
}

#[tokio::test]
async fn a_signed_lie_changes_nothing() {
    let world = World::open().await;
    let (payment, reference) = awaiting(&world).await;
    world.webhook(SIGNATURE, message(&reference)).await.expect(200);
    world.shop.drain().await;
    assert_eq!(status(&world, &payment).await, PaymentStatus::Pending, "nobody paid");
}

#[tokio::test]
async fn what_is_about_nothing_of_ours_is_taken_and_put_aside() {
    let world = World::open().await;
    world.webhook(SIGNATURE, message("INV-9999-NOBODY")).await.expect(200);
    world.webhook(SIGNATURE, json!({ "event": "hello" }).to_string()).await.expect(200);
    world.shop.drain().await;
    let stored = world.shop.store.webhook_events(&PageRequest::default()).await.unwrap();
    assert_eq!(stored.items.len(), 2);
    assert!(stored.items.iter().all(|it| it.status == WebhookStatus::Ignored));
}

#[tokio::test]
async fn an_unknown_gateway_has_no_inbox() {
    let world = World::open().await;
    let path = WEBHOOK.replace("sim", "nobody");
    let answer = world.guest().post(&path, json!({ "event": "x" })).await;
    assert_eq!(answer.status.as_u16(), 404);
    world.guest().get(WEBHOOK).await.expect(405);
}

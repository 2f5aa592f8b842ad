//! The one deletion: what expired and is no record of business.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    asserts::*,
    sample::{Sample, Shop},
};
use crate::{
    change::{ChangeSet, Take, Verdict},
    model::{
        Cart, CartStatus, Customer, KeptAnswer, OneTimeToken, Session, TaskId, User, WebhookEvent,
        WebhookStatus,
    },
    port::{Claim, DoneBefore, Store},
};

/// One row of each kind that expires at `expires_at`.
struct OddsAndEnds {
    counter: String,
    answer: KeptAnswer,
    session: Session,
    token: OneTimeToken,
}

impl OddsAndEnds {
    fn new(sample: &Sample, user: &User, expires_at: DateTime<Utc>) -> Self {
        Self {
            counter: format!("limit/{}", sample.word()),
            answer: KeptAnswer { expires_at, ..sample.kept_answer() },
            session: Session { expires_at, ..sample.session(user) },
            token: OneTimeToken { expires_at, ..sample.one_time_token(user) },
        }
    }

    fn changes(&self) -> ChangeSet {
        let mut changes = new!(
            kept_answers: self.answer, sessions: self.session, one_time_tokens: self.token
        );
        let expires_at = Some(self.answer.expires_at);
        changes.takes.push(Take { expires_at, ..Take::one(self.counter.clone(), None) });
        changes
    }

    /// How many of the four are there.
    async fn there(&self, store: &dyn Store) -> usize {
        let KeptAnswer { principal, name, .. } = &self.answer;
        let found = [
            store.counter(&self.counter).await.unwrap() > 0,
            store.kept_answer(principal, name).await.unwrap().is_some(),
            store.session_by_token(&self.session.token_hash).await.unwrap().is_some(),
            store.one_time_token(&self.token.token_hash).await.unwrap().is_some(),
        ];
        found.into_iter().filter(|it| *it).count()
    }
}

async fn stored_user(store: &dyn Store, sample: &Sample) -> User {
    let user = sample.user(None);
    put(store, new!(users: user)).await;
    user
}

pub async fn what_expired_more_than_a_day_ago_is_thrown_away(store: &dyn Store) {
    let sample = Sample::new(1);
    let user = stored_user(store, &sample).await;
    let now = sample.now();
    let old = OddsAndEnds::new(&sample, &user, now - TimeDelta::hours(25));
    let recent = OddsAndEnds::new(&sample, &user, now - TimeDelta::hours(23));
    let valid = OddsAndEnds::new(&sample, &user, now + TimeDelta::hours(1));
    for all in [&old, &recent, &valid] {
        put(store, all.changes()).await;
    }
    assert_eq!(store.purge(now, 100).await.unwrap(), 4);
    assert_eq!(old.there(store).await, 0);
    assert_eq!(recent.there(store).await, 4);
    assert_eq!(valid.there(store).await, 4);
    assert_eq!(store.purge(now, 100).await.unwrap(), 0);
}

pub async fn a_purge_throws_away_no_more_than_its_limit(store: &dyn Store) {
    let sample = Sample::new(1);
    let user = stored_user(store, &sample).await;
    let now = sample.now();
    for _ in 0..3 {
        let old = OddsAndEnds::new(&sample, &user, now - TimeDelta::days(2));
        put(store, old.changes()).await;
    }
    assert_eq!(store.purge(now, 2).await.unwrap(), 8);
    assert_eq!(store.purge(now, 2).await.unwrap(), 4);
    assert_eq!(store.purge(now, 2).await.unwrap(), 0);
}

pub async fn a_counter_without_an_end_is_never_thrown_away(store: &dyn Store) {
    let sample = Sample::new(1);
    let takes = vec![Take::one("coupon/hemat", Some(5))];
    put(store, ChangeSet { takes, ..ChangeSet::default() }).await;
    let far = sample.now() + TimeDelta::days(10_000);
    assert_eq!(store.purge(far, 100).await.unwrap(), 0);
    assert_eq!(store.counter("coupon/hemat").await.unwrap(), 1);
}

/// A task that ended so at the sample's present instant.
async fn ended(store: &dyn Store, sample: &Sample, verdict: Verdict) -> TaskId {
    let task = sample.task(&sample.word());
    enqueue(store, std::slice::from_ref(&task)).await;
    let only = Claim { only: Some(task.id), ..claim(&sample.word(), sample.now()) };
    put(store, settling(&claimed_one(store, only).await, verdict)).await;
    task.id
}

pub async fn tasks_that_succeeded_long_ago_are_thrown_away_and_dead_letters_never(
    store: &dyn Store,
) {
    let sample = Sample::new(1);
    let old = ended(store, &sample, Verdict::Succeeded).await;
    let dead = ended(store, &sample, Verdict::Failed { error: "no".to_owned() }).await;
    let waiting = sample.task("mail/old");
    enqueue(store, std::slice::from_ref(&waiting)).await;
    let late = sample.task("mail/late");
    enqueue(store, std::slice::from_ref(&late)).await;
    sample.advance(TimeDelta::days(31));
    // Made long ago, and done a moment ago.
    let only = Claim { only: Some(late.id), ..claim("late", sample.now()) };
    put(store, settling(&claimed_one(store, only).await, Verdict::Succeeded)).await;
    let young = ended(store, &sample, Verdict::Succeeded).await;
    let before = sample.now() - TimeDelta::days(30);
    let done = DoneBefore { tasks: before, webhooks: before };
    assert_eq!(store.purge_done(&done, 100).await.unwrap(), 1);
    assert_eq!(store.task(old).await.unwrap(), None);
    for id in [dead, waiting.id, late.id, young] {
        assert!(store.task(id).await.unwrap().is_some(), "{id}");
    }
}

pub async fn webhooks_that_were_dealt_with_long_ago_are_thrown_away(store: &dyn Store) {
    let sample = Sample::new(1);
    let message =
        |status, processed_at| WebhookEvent { status, processed_at, ..sample.webhook_event() };
    let then = Some(sample.now());
    let old = message(WebhookStatus::Processed, then);
    let ignored = message(WebhookStatus::Ignored, then);
    let waiting = message(WebhookStatus::Received, None);
    let late = message(WebhookStatus::Processed, Some(sample.now() + TimeDelta::days(181)));
    sample.advance(TimeDelta::days(181));
    let young = message(WebhookStatus::Processed, Some(sample.now()));
    for row in [&old, &ignored, &waiting, &late, &young] {
        put(store, new!(webhook_events: row)).await;
    }
    let before = sample.now() - TimeDelta::days(180);
    let done = DoneBefore { tasks: before, webhooks: before };
    assert_eq!(store.purge_done(&done, 1).await.unwrap(), 1, "no more than the limit");
    assert_eq!(store.purge_done(&done, 100).await.unwrap(), 1);
    for gone in [&old, &ignored] {
        assert_eq!(store.webhook_event(gone.id).await.unwrap(), None);
    }
    for kept in [&waiting, &late, &young] {
        assert!(store.webhook_event(kept.id).await.unwrap().is_some(), "{kept:?}");
    }
}

pub async fn a_purged_key_can_be_taken_again(store: &dyn Store) {
    let sample = Sample::new(1);
    let old = sample.kept_answer();
    put(store, new!(kept_answers: old)).await;
    store.purge(old.expires_at + TimeDelta::days(2), 100).await.unwrap();
    put(store, new!(kept_answers: KeptAnswer { id: sample.mint().id(), ..old })).await;
}

pub async fn guests_carts_that_nobody_touched_for_a_month_are_thrown_away(store: &dyn Store) {
    let sample = Sample::new(1);
    let shop = Shop::new(&sample);
    put(store, shop.changes()).await;
    let now = sample.now();
    let aged = |days: i64, customer: Option<&Customer>, status: CartStatus| Cart {
        updated_at: now - TimeDelta::days(days),
        status,
        ..sample.cart(customer, &shop.plan)
    };
    let forgotten = aged(31, None, CartStatus::Open);
    let kept = [
        aged(29, None, CartStatus::Open),
        aged(400, Some(&shop.customer), CartStatus::Open),
        aged(400, None, CartStatus::Ordered),
    ];
    put(store, new!(carts: forgotten)).await;
    for cart in &kept {
        put(store, new!(carts: cart)).await;
    }
    store.purge(now, 100).await.unwrap();
    assert_eq!(store.cart(forgotten.id).await.unwrap(), None);
    for cart in &kept {
        assert!(store.cart(cart.id).await.unwrap().is_some(), "{cart:?}");
    }
}

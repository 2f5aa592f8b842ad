//! The one deletion: what expired and is no record of business.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use chrono::{DateTime, TimeDelta, Utc};

use super::{asserts::*, sample::Sample};
use crate::{
    change::{ChangeSet, Take},
    model::{KeptAnswer, OneTimeToken, Session, User},
    port::Store,
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

pub async fn a_purged_key_can_be_taken_again(store: &dyn Store) {
    let sample = Sample::new(1);
    let old = sample.kept_answer();
    put(store, new!(kept_answers: old)).await;
    store.purge(old.expires_at + TimeDelta::days(2), 100).await.unwrap();
    put(store, new!(kept_answers: KeptAnswer { id: sample.mint().id(), ..old })).await;
}

//! A listener that goes on from the last position never misses a fact that is committed later.

mod support;

use hosting_core::{
    change::ChangeSet,
    model::{Actor, DomainEvent},
    port::{Store as _, store::AuditRepository as _},
    testing::conformance::store::Sample,
};
use hosting_sqlx::Dialect;
use sqlx::{Connection as _, Executor as _};
use support::Fresh;

fn fact(sample: &Sample) -> ChangeSet {
    let mut changes = ChangeSet::default();
    let mint = sample.mint();
    let body = DomainEvent::ConfigurationChanged { what: "plan".to_owned() };
    changes.record(&mint, &Actor::System, sample.product().id, body);
    changes
}

#[tokio::test]
async fn a_writer_that_is_slow_to_commit_holds_the_listener_back_and_not_the_others() {
    let Some(server) = support::server(Dialect::Postgres) else { return };
    let fresh = Fresh::empty(Dialect::Postgres, &server).await;
    fresh.store.migrate().await.unwrap();
    let sample = Sample::new(1);
    fresh.store.commit(fact(&sample)).await.unwrap();

    // A writer takes a position and does not commit yet.
    let mut slow = sqlx::PgConnection::connect(&fresh.url).await.unwrap();
    let announce = "BEGIN; SELECT pg_advisory_xact_lock_shared(1752134516, \
                    ((last_value - 1) & 2147483647)::int) FROM events_position_seq; \
                    INSERT INTO events (version, id, actor, subject, name, body, created_at, updated_at) \
                    VALUES (1, '01ARZ3NDEKTSV4RRFFQ69G5FAV', '{\"actor\":\"system\"}', 'prd_1', 'OrderPaid', \
                    '{\"event\":\"OrderPaid\"}', now(), now())";
    slow.execute(sqlx::raw_sql(announce)).await.unwrap();

    fresh.store.commit(fact(&sample)).await.unwrap();
    let seen = fresh.store.events_after(0, 10).await.unwrap().rows;
    assert!(seen.len() <= 1, "a fact behind an open transaction was told: {seen:?}");
    let last = seen.last().map_or(0, |(position, _)| *position);

    slow.execute(sqlx::raw_sql("COMMIT")).await.unwrap();
    let rest = fresh.store.events_after(last, 10).await.unwrap().rows;
    assert_eq!(seen.len() + rest.len(), 3);
    slow.close().await.unwrap();
    fresh.drop().await;
}

#[tokio::test]
async fn a_commit_that_failed_leaves_a_gap_that_holds_nobody_back() {
    support::on_each(|store| async move {
        let sample = Sample::new(1);
        let first = fact(&sample);
        store.commit(first.clone()).await.unwrap();
        let mut twice = fact(&sample);
        twice.and(first);
        store.commit(twice).await.unwrap_err();
        store.commit(fact(&sample)).await.unwrap();
        assert_eq!(store.events_after(0, 10).await.unwrap().rows.len(), 2);
    })
    .await;
}

//! The hot statements go through their indexes, on every database.

mod support;

use chrono::TimeDelta;
use hosting_core::{
    change::{ChangeSet, Verdict},
    model::{Actor, DomainEvent, OrderStatus},
    port::{Store as _, store::Claim},
    testing::conformance::store::{Sample, Shop},
};
use hosting_sqlx::{Dialect, SqlStore, StatementInfo};
use support::Fresh;

const TIME: &str = "'2020-01-01 00:00:00.000'";
const LAST: &str = "'~'";
const ID: &str = "'01ARZ3NDEKTSV4RRFFQ69G5FAV'";
const WORD: &str = "'queued'";
const COUNT: &str = "50";

/// A statement, told by a part of its text; values for its arguments; the indexes that serve it.
type Hot = (&'static str, &'static [&'static str], &'static [&'static str]);

#[rustfmt::skip]
const HOT: &[Hot] = &[
    ("subscriptions AS t WHERE t.next_renewal_at <= $1 AND coalesce", &[TIME, COUNT], &["subscriptions_to_renew"]),
    ("subscriptions AS t WHERE t.next_renewal_at <= $1 AND t.next", &[TIME, COUNT, TIME, ID], &["subscriptions_to_renew"]),
    ("subscriptions AS t WHERE t.cancel_at <= $1 AND coalesce", &[TIME, COUNT], &["subscriptions_to_cancel"]),
    ("subscriptions AS t WHERE t.terminate_at <= $1 AND coalesce", &[TIME, COUNT], &["subscriptions_to_terminate"]),
    ("subscriptions AS t WHERE t.id < $1 AND t.customer_id = $3 ORDER", &[LAST, COUNT, ID], &["subscriptions_by_customer", "subscriptions_by_customer_status_renewal"]),
    ("subscriptions AS t WHERE t.id < $1 AND t.customer_id = $3 AND coalesce", &[LAST, COUNT, ID, WORD], &["subscriptions_by_customer", "subscriptions_by_customer_status_renewal"]),
    ("subscriptions AS t WHERE t.id < $1 AND t.status = $3 ORDER", &[LAST, COUNT, WORD], &["subscriptions_by_status"]),
    ("subscriptions AS t WHERE t.id = $1", &[ID], &["subscriptions_pkey"]),
    ("invoices AS t WHERE t.next_dunning_at <= $1 ORDER", &[TIME, COUNT], &["invoices_to_dun"]),
    ("invoices AS t WHERE t.id < $1 AND t.customer_id = $3 ORDER", &[LAST, COUNT, ID], &["invoices_by_customer", "invoices_by_customer_status_due"]),
    ("invoices AS t WHERE t.id < $1 AND t.status = $3 ORDER", &[LAST, COUNT, WORD], &["invoices_by_status"]),
    ("invoice_items AS t WHERE t.invoice_id = $1", &[ID], &["invoice_items_position"]),
    ("payments AS t WHERE t.next_ask_at <= $1", &[TIME, COUNT], &["payments_to_ask"]),
    ("payments AS t WHERE t.gateway = $1 AND t.reference = $2", &[WORD, WORD], &["payments_reference"]),
    ("payments AS t WHERE t.invoice_id = $1", &[ID], &["payments_by_invoice"]),
    ("orders AS t WHERE t.cart_id = $1", &[ID], &["orders_cart_id"]),
    ("orders AS t WHERE t.status = 'pending'", &[TIME, ID, COUNT], &["orders_by_status"]),
    ("users AS t WHERE t.email = $1", &[WORD], &["users_email"]),
    ("sessions AS t WHERE t.token_hash = $1", &[WORD], &["sessions_token_hash"]),
    ("subscription_cycles AS t WHERE t.subscription_id = $1", &[ID], &["subscription_cycles_period"]),
    ("subscription_cycles AS t WHERE t.invoice_id = $1", &[ID], &["subscription_cycles_by_invoice"]),
    ("panel_accounts AS t WHERE t.subscription_id = $1", &[ID], &["panel_accounts_subscription_id"]),
    ("provision_tasks AS t WHERE t.status = 'queued' AND t.due_at", &[TIME, COUNT], &["provision_tasks_due"]),
    ("provision_tasks AS t WHERE t.status = 'queued' AND t.lane", &[TIME, COUNT, "'run'"], &["provision_tasks_due_by_lane", "provision_tasks_due"]),
    ("provision_tasks AS t WHERE t.status = 'running' AND t.lease_until", &[TIME, COUNT], &["provision_tasks_leased", "provision_tasks_by_status", "provision_tasks_due"]),
    ("provision_tasks AS t WHERE t.id < $1 AND t.status = $3 AND t.action = $4", &[LAST, COUNT, "'failed'", "'run'"], &["provision_tasks_by_status_action", "provision_tasks_by_status"]),
    ("provision_tasks AS t WHERE t.id < $1 AND t.status = $3 ORDER", &[LAST, COUNT, "'succeeded'"], &["provision_tasks_by_status", "provision_tasks_by_status_action", "provision_tasks_pkey"]),
    ("events AS t WHERE t.subject = $3", &["100000", COUNT, ID], &["events_by_subject"]),
    ("webhook_events AS t WHERE t.id < $1", &[LAST, COUNT], &["webhook_events_pkey"]),
    ("kept_answers AS t WHERE t.principal = $1", &[WORD, WORD], &["kept_answers_name"]),
];

/// The statement with its arguments written out.
fn filled(statement: StatementInfo, args: &[&str], dialect: Dialect) -> String {
    let plain = statement.text(Dialect::Sqlite);
    let mut text = statement.text(dialect).to_owned();
    if dialect == Dialect::MySql {
        for part in plain.split('$').skip(1) {
            let number: usize = part[..1].parse().expect("an argument's number");
            text = text.replacen('?', args[number - 1], 1);
        }
    }
    for (at, arg) in args.iter().enumerate() {
        text = text.replace(&format!("${}", at + 1), arg);
    }
    text
}

async fn explain(dialect: Dialect, url: &str, sql: &str) -> String {
    let asked = match dialect {
        Dialect::Sqlite => format!("EXPLAIN QUERY PLAN {sql}"),
        Dialect::Postgres => format!("SET enable_seqscan = off; EXPLAIN {sql}"),
        Dialect::MySql => format!("EXPLAIN {sql}"),
    };
    support::ask(url, &asked).await.iter().map(|row| row.join(" | ")).collect::<Vec<_>>().join("\n")
}

/// How a plan of that database names an index.
fn names(plan: &str, index: &str, dialect: Dialect) -> bool {
    match (dialect, index.strip_suffix("_pkey")) {
        (Dialect::Sqlite, Some(_)) => plan.contains("USING PRIMARY KEY"),
        // Unique constraints get indexes named by the database.
        (Dialect::Sqlite, None) => {
            plan.contains(&format!("INDEX {index} ")) || plan.contains("sqlite_autoindex")
        }
        // One row by a unique key is looked up while planning.
        (Dialect::MySql, _) if plan.contains("after reading const tables") => true,
        (Dialect::MySql, Some(_)) => plan.contains("PRIMARY"),
        (Dialect::Postgres, _) => plan.contains(index),
        // The fields are id, kind, table, type, possible, chosen …
        (Dialect::MySql, None) => plan.lines().any(|row| row.split(" | ").nth(5) == Some(index)),
    }
}

/// Enough rows for a planner to care, in several states.
async fn populate(store: &SqlStore) {
    let sample = Sample::new(1);
    for round in 0..10 {
        let mut all = ChangeSet::default();
        for at in 0..60 {
            let mut shop = Shop::new(&sample);
            if at > 5 {
                shop.order.status = OrderStatus::Paid;
            }
            all.and(shop.changes());
            let body = DomainEvent::OrderPaid {};
            all.record(&sample.mint(), &Actor::System, shop.order.id, body);
            for _ in 0..10 {
                all.task(sample.task(&sample.word()));
            }
            all.task(sample.run_task(&sample.word()));
        }
        store.commit(all).await.expect("populated");
        settle(store, &sample, round).await;
    }
}

/// Works off most tasks: many succeed, some fail, a few are still held.
async fn settle(store: &SqlStore, sample: &Sample, round: usize) {
    let now = sample.mint().now();
    let token = format!("round-{round}");
    let claim =
        Claim { token, now, lease: TimeDelta::hours(1), lane: None, only: None, limit: 600 };
    let mut ended = ChangeSet::default();
    for (at, task) in store.claim(claim).await.expect("claimed").iter().enumerate() {
        match at % 100 {
            0 => {}
            1 => ended.settle(&task.lease, Verdict::Failed { error: "no".to_owned() }),
            _ => ended.settle(&task.lease, Verdict::Succeeded),
        }
    }
    store.commit(ended).await.expect("settled");
}

/// Statistics, as the servers gather them by themselves. `SQLite` has none in a shop, and here.
async fn analyze(dialect: Dialect, url: &str) {
    let tables: Vec<_> = SqlStore::tables().iter().map(hosting_sqlx::TableInfo::name).collect();
    match dialect {
        Dialect::Sqlite => {}
        Dialect::Postgres => support::run_on(url, "ANALYZE").await,
        Dialect::MySql => {
            support::ask(url, &format!("ANALYZE TABLE {}", tables.join(", "))).await;
        }
    }
}

async fn hot_statements_use_their_indexes(dialect: Dialect) {
    let Some(server) = support::server(dialect) else { return };
    let fresh = Fresh::empty(dialect, &server).await;
    fresh.store.migrate().await.expect("migrated");
    populate(&fresh.store).await;
    analyze(dialect, &fresh.url).await;
    let mut wrong = Vec::new();
    for (part, args, indexes) in HOT {
        let all = SqlStore::statements();
        let statement = all.iter().find(|it| it.text(Dialect::Sqlite).contains(part));
        let statement = statement.unwrap_or_else(|| panic!("no statement says {part}"));
        let sql = filled(*statement, args, dialect);
        let plan = explain(dialect, &fresh.url, &sql).await;
        if !indexes.iter().any(|it| names(&plan, it, dialect)) {
            wrong.push(format!("{sql}\n{plan}"));
        }
    }
    fresh.drop().await;
    assert!(wrong.is_empty(), "{dialect:?}:\n{}", wrong.join("\n\n"));
}

#[tokio::test]
async fn hot_statements_use_their_indexes_on_sqlite() {
    hot_statements_use_their_indexes(Dialect::Sqlite).await;
}

#[tokio::test]
async fn hot_statements_use_their_indexes_on_postgres() {
    hot_statements_use_their_indexes(Dialect::Postgres).await;
}

#[tokio::test]
async fn hot_statements_use_their_indexes_on_mysql() {
    hot_statements_use_their_indexes(Dialect::MySql).await;
}

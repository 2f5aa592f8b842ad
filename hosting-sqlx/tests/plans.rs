//! The hot statements go through their indexes, on every database: each through the one it was made
//! for, in a shop of some thousand rows, with the statistics the servers gather and nothing forbidden
//! to the planner.

mod support;

use chrono::TimeDelta;
use hosting_core::{
    change::{ChangeSet, NewTask, Unique, Verdict},
    model::{Actor, DomainEvent, InvoiceStatus, Job, OrderStatus, SubscriptionStatus},
    port::{Store as _, store::Claim},
    testing::conformance::store::{Sample, Shop},
};
use hosting_sqlx::{Dialect, SqlStore, StatementInfo};
use support::Fresh;

const TIME: &str = "'2020-01-01 00:00:00.000'";
const LAST: &str = "'~'";
const COUNT: &str = "50";
/// Values that are looked up in the shop.
const CUSTOMER: &str =
    "SELECT customer_id FROM subscriptions GROUP BY customer_id ORDER BY count(*) DESC LIMIT 1";
const SERVICE: &str = "SELECT max(id) FROM subscriptions";
const FIRST_SERVICE: &str = "SELECT min(id) FROM subscriptions";
const TASK_SERVICE: &str = "SELECT max(subscription_id) FROM provision_tasks";
const INVOICE: &str = "SELECT max(id) FROM invoices";
const ORDER: &str = "SELECT min(id) FROM orders";
const CART: &str = "SELECT max(cart_id) FROM orders";
const EMAIL: &str = "SELECT max(email) FROM users";
const TOKEN: &str = "SELECT max(token_hash) FROM sessions";
const GATEWAY: &str = "SELECT max(gateway) FROM payments";
const REFERENCE: &str = "SELECT max(reference) FROM payments";
const SUBJECT: &str = "SELECT max(subject) FROM events";
const PRINCIPAL: &str = "SELECT max(principal) FROM kept_answers";
const ANSWER: &str =
    "SELECT name FROM kept_answers WHERE principal = (SELECT max(principal) FROM kept_answers)";

/// A statement, told by a part of its text; values for its arguments; the index that serves it.
type Hot = (&'static str, &'static [&'static str], &'static str);

#[rustfmt::skip]
const HOT: &[Hot] = &[
    ("subscriptions AS t WHERE t.next_renewal_at <= $1 AND coalesce", &[TIME, COUNT], "subscriptions_to_renew"),
    ("subscriptions AS t WHERE t.next_renewal_at <= $1 AND t.next", &[TIME, COUNT, TIME, FIRST_SERVICE], "subscriptions_to_renew"),
    ("subscriptions AS t WHERE t.provisioning_status", &[FIRST_SERVICE, COUNT], "subscriptions_to_make"),
    ("subscriptions AS t WHERE t.cancel_at <= $1 AND coalesce", &[TIME, COUNT], "subscriptions_to_cancel"),
    ("subscriptions AS t WHERE t.terminate_at <= $1 AND coalesce", &[TIME, COUNT], "subscriptions_to_terminate"),
    ("subscriptions AS t WHERE t.id < $1 AND t.customer_id = $3 ORDER", &[LAST, COUNT, CUSTOMER], "subscriptions_by_customer"),
    ("subscriptions AS t WHERE coalesce(t.id, '') < $1 AND t.customer_id = $3 AND t.status", &[LAST, COUNT, CUSTOMER, "'active'"], "subscriptions_by_customer_status_renewal"),
    ("subscriptions AS t WHERE t.id < $1 AND t.status = $3 ORDER", &[LAST, COUNT, "'suspended'"], "subscriptions_by_status"),
    ("subscriptions AS t WHERE t.id = $1", &[SERVICE], "subscriptions_pkey"),
    ("invoices AS t WHERE t.next_dunning_at <= $1 ORDER", &[TIME, COUNT], "invoices_to_dun"),
    ("invoices AS t WHERE t.id < $1 AND t.customer_id = $3 ORDER", &[LAST, COUNT, CUSTOMER], "invoices_by_customer"),
    ("invoices AS t WHERE coalesce(t.id, '') < $1 AND t.customer_id = $3 AND t.status", &[LAST, COUNT, CUSTOMER, "'unpaid'"], "invoices_by_customer_status_due"),
    ("invoices AS t WHERE t.id < $1 AND t.status = $3 ORDER", &[LAST, COUNT, "'overdue'"], "invoices_by_status"),
    ("invoice_items AS t WHERE t.invoice_id = $1", &[INVOICE], "invoice_items_position"),
    ("payments AS t WHERE t.next_ask_at <= $1", &[TIME, COUNT], "payments_to_ask"),
    ("payments AS t WHERE t.gateway = $1 AND t.reference = $2", &[GATEWAY, REFERENCE], "payments_reference"),
    ("payments AS t WHERE t.invoice_id = $1", &[INVOICE], "payments_by_invoice"),
    ("orders AS t WHERE t.cart_id = $1", &[CART], "orders_cart_id"),
    ("orders AS t WHERE coalesce(t.id, '') < $1 AND t.customer_id = $3 AND t.status", &[LAST, COUNT, CUSTOMER, "'paid'"], "orders_by_customer_status"),
    ("orders AS t WHERE t.status = 'pending'", &[TIME, ORDER, COUNT], "orders_by_status"),
    ("users AS t WHERE t.email = $1", &[EMAIL], "users_email"),
    ("sessions AS t WHERE t.token_hash = $1", &[TOKEN], "sessions_token_hash"),
    ("subscription_cycles AS t WHERE t.subscription_id = $1", &[SERVICE], "subscription_cycles_period"),
    ("subscription_cycles AS t WHERE t.invoice_id = $1", &[INVOICE], "subscription_cycles_by_invoice"),
    ("panel_accounts AS t WHERE t.subscription_id = $1", &[SERVICE], "panel_accounts_subscription_id"),
    ("provision_tasks AS t WHERE t.status = 'queued' AND t.due_at", &[TIME, COUNT], "provision_tasks_due"),
    ("provision_tasks AS t WHERE t.status = 'queued' AND t.lane", &[TIME, COUNT, "'run'"], "provision_tasks_due_by_lane"),
    ("provision_tasks AS t WHERE t.status = 'running' AND t.lease_until", &[TIME, COUNT], "provision_tasks_leased"),
    ("provision_tasks AS t WHERE t.id < $1 AND t.status = $3 AND t.action = $4", &[LAST, COUNT, "'failed'", "'run'"], "provision_tasks_by_status_action"),
    ("provision_tasks AS t WHERE t.id < $1 AND t.subscription_id = $3 ORDER", &[LAST, COUNT, TASK_SERVICE], "provision_tasks_by_subscription"),
    ("provision_tasks AS t WHERE t.id < $1 AND t.subscription_id = $4 AND coalesce(t.status", &[LAST, COUNT, "'failed'", TASK_SERVICE], "provision_tasks_by_subscription"),
    ("count(*) FROM provision_tasks WHERE status = $1", &["'failed'"], "provision_tasks_by_status"),
    ("events AS t WHERE t.subject = $3", &["100000", COUNT, SUBJECT], "events_by_subject"),
    ("webhook_events AS t WHERE t.id < $1", &[LAST, COUNT], "webhook_events_pkey"),
    ("kept_answers AS t WHERE t.principal = $1", &[PRINCIPAL, ANSWER], "kept_answers_name"),
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
        Dialect::Postgres | Dialect::MySql => format!("EXPLAIN {sql}"),
    };
    support::ask(url, &asked).await.iter().map(|row| row.join(" | ")).collect::<Vec<_>>().join("\n")
}

/// How the database itself calls an index: `SQLite` numbers those of constraints.
async fn own_name(dialect: Dialect, url: &str, index: &str) -> String {
    if dialect == Dialect::MySql && index.ends_with("_pkey") {
        return "PRIMARY".to_owned();
    }
    let (table, columns) = match (index.strip_suffix("_pkey"), Unique::parse(index)) {
        _ if dialect != Dialect::Sqlite => return index.to_owned(),
        (Some(table), _) => (table, vec!["id"]),
        (None, Some(unique)) => (unique.columns().0, unique.columns().1.to_vec()),
        (None, None) => return index.to_owned(),
    };
    let sql = format!(
        "SELECT l.name FROM pragma_index_list('{table}') AS l WHERE l.origin <> 'c' AND '{}' = \
         (SELECT group_concat(i.name, ',') FROM pragma_index_info(l.name) AS i)",
        columns.join(",")
    );
    support::ask(url, &sql).await.remove(0).remove(0)
}

/// Whether a plan of that database goes through the index of that name.
fn goes_through(plan: &str, index: &str, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Sqlite | Dialect::Postgres => {
            plan.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == index)
        }
        // The fields are id, kind, table, type, possible, chosen …
        Dialect::MySql => plan.lines().any(|row| row.split(" | ").nth(5) == Some(index)),
    }
}

/// The value of an argument as text: itself, or what the shop answers.
async fn value(url: &str, arg: &str) -> String {
    if arg.starts_with("SELECT") {
        let found = support::ask(url, arg).await.remove(0).remove(0);
        assert!(!found.is_empty(), "{arg}");
        return format!("'{found}'");
    }
    arg.to_owned()
}

/// Enough rows for a planner to care, in several states.
async fn populate(store: &SqlStore) {
    let sample = Sample::new(1);
    for round in 0..40 {
        let mut all = ChangeSet::default();
        for at in 0..60 {
            let mut shop = Shop::new(&sample);
            if at > 0 {
                shop.order.status = OrderStatus::Paid;
            }
            if at == 0 {
                many_services(&sample, &shop, &mut all);
            }
            all.and(shop.changes());
            let body = DomainEvent::OrderPaid {};
            all.record(&sample.mint(), &Actor::System, shop.order.id, body);
            for _ in 0..10 {
                all.task(sample.task(&sample.word()));
            }
            all.task(sample.run_task(&sample.word()));
            let job = Job::SyncAccount { subscription_id: shop.subscription.id };
            all.task(NewTask { job, ..sample.task(&sample.word()) });
        }
        store.commit(all).await.expect("populated");
        settle(store, &sample, round).await;
    }
}

/// A customer with many services and bills, in all states.
fn many_services(sample: &Sample, shop: &Shop, all: &mut ChangeSet) {
    for at in 0..60 {
        let (cart, mut invoice, mut order, mut subscription) = shop.another_service(sample);
        order.status = OrderStatus::Paid;
        if at < 12 {
            invoice.status = InvoiceStatus::ALL[at % InvoiceStatus::ALL.len()];
            order.status = OrderStatus::ALL[at % OrderStatus::ALL.len()];
            subscription.status = SubscriptionStatus::ALL[at % SubscriptionStatus::ALL.len()];
        }
        all.carts.add(cart);
        all.invoices.add(invoice);
        all.orders.add(order);
        all.subscriptions.add(subscription);
    }
}

/// Works off most tasks: many succeed, some fail, a few are still held.
async fn settle(store: &SqlStore, sample: &Sample, round: usize) {
    let now = sample.mint().now();
    let token = format!("round-{round}");
    let claim =
        Claim { token, now, lease: TimeDelta::hours(1), lane: None, only: None, limit: 600 };
    let mut ended = ChangeSet::default();
    for (at, task) in store.claim(claim).await.expect("claimed").tasks.iter().enumerate() {
        match at % 100 {
            0 => {}
            1 => ended.settle(&task.lease, Verdict::Failed { error: "no".to_owned() }),
            _ => ended.settle(&task.lease, Verdict::Succeeded),
        }
    }
    store.commit(ended).await.expect("settled");
}

/// Statistics, as the servers gather them by themselves, and `SQLite` does not. A table just emptied
/// or filled must not mislead it, so it is tried without.
async fn analyze(dialect: Dialect, url: &str) {
    let tables: Vec<_> = SqlStore::tables().iter().map(hosting_sqlx::TableInfo::name).collect();
    match dialect {
        Dialect::Sqlite => {}
        Dialect::Postgres => support::run_on(url, "VACUUM ANALYZE").await,
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
    for (part, args, index) in HOT {
        let all = SqlStore::statements();
        let statement = all.iter().find(|it| it.text(Dialect::Sqlite).contains(part));
        let statement = statement.unwrap_or_else(|| panic!("no statement says {part}"));
        let mut values = Vec::new();
        for arg in *args {
            values.push(value(&fresh.url, arg).await);
        }
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let sql = filled(*statement, &values, dialect);
        let plan = explain(dialect, &fresh.url, &sql).await;
        let index = own_name(dialect, &fresh.url, index).await;
        if !goes_through(&plan, &index, dialect) {
            wrong.push(format!("{index} does not serve {part}\n{plan}"));
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

/// Thirty thousand rows of a table, from ten digits.
fn filling(dialect: Dialect, table: &str) -> String {
    let id = match dialect {
        Dialect::Sqlite => "printf('%026d', n)",
        Dialect::Postgres => "lpad(n::text, 26, '0')",
        Dialect::MySql => "LPAD(n, 26, '0')",
    };
    let time = "'2026-01-01 00:00:00.000'";
    let time =
        if dialect == Dialect::Postgres { format!("{time}::timestamptz") } else { time.into() };
    let json = if dialect == Dialect::Postgres { "'{}'::jsonb" } else { "'{}'" };
    let (columns, values) = match table {
        "settings" => ("name, value", format!("{id}, {json}")),
        _ => (
            "action, lane, task_key, live_key, job, status, attempts, max_attempts, due_at, lease_token",
            format!("'mail', 'mail', {id}, {id}, {json}, 'running', 1, 16, {time}, 'worker'"),
        ),
    };
    let digits = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL \
                  SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL \
                  SELECT 8 UNION ALL SELECT 9)";
    format!(
        "INSERT INTO {table} (id, version, created_at, updated_at, {columns}) \
         SELECT {id}, 1, {time}, {time}, {values} FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d \
           + 10000 * f.d AS n FROM {digits} AS a, {digits} AS b, {digits} AS c, {digits} AS e, \
           {digits} AS f WHERE f.d < 3) AS numbers"
    )
}

/// The statements that write batches, told by a part of their text.
const BATCHES: &[(&str, &str)] = &[
    ("settings", "CROSS JOIN settings AS t ON t.id = v.id AND t.version = v.version"),
    ("settings", "UPDATE settings AS t SET version = t.version + 1"),
    ("provision_tasks", "UPDATE provision_tasks AS t SET status = v.status"),
    ("provision_tasks", "UPDATE provision_tasks AS t SET status = 'running'"),
];

/// A batch of so many rows, spread over the table.
fn batch(rows: usize) -> String {
    let row = |at: usize| {
        format!(r#"{{"id":"{:026}","version":1,"lease_token":"worker"}}"#, at * 30_000 / rows)
    };
    let list: Vec<_> = (0..rows).map(row).collect();
    format!("'[{}]'", list.join(","))
}

/// Whether a plan looks each row of the batch up by its id instead of going through the table.
fn looks_up(plan: &str, table: &str, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Sqlite => {
            plan.contains(&format!("SEARCH t USING INDEX sqlite_autoindex_{table}_1 (id=?)"))
        }
        Dialect::Postgres => {
            plan.contains(&format!("{table}_pkey"))
                && !plan.contains(&format!("Seq Scan on {table}"))
        }
        Dialect::MySql => plan.lines().any(|row| {
            let fields: Vec<_> = row.split(" | ").collect();
            fields.get(2) == Some(&"t") && fields.get(5) == Some(&"PRIMARY")
        }),
    }
}

async fn batches_look_their_rows_up(dialect: Dialect) {
    let Some(server) = support::server(dialect) else { return };
    let fresh = Fresh::empty(dialect, &server).await;
    fresh.store.migrate().await.expect("migrated");
    let mut wrong = Vec::new();
    // A table of which the planner knows nothing yet, and one that it knows.
    for known in [false, true] {
        if known {
            analyze(dialect, &fresh.url).await;
        } else {
            for table in ["settings", "provision_tasks"] {
                support::run_on(&fresh.url, &filling(dialect, table)).await;
            }
        }
        for (table, part) in BATCHES {
            let all = SqlStore::statements();
            let statement = all.iter().find(|it| it.text(Dialect::Sqlite).contains(part));
            let statement = statement.unwrap_or_else(|| panic!("no statement says {part}"));
            for rows in [1, 1000] {
                let sql = filled(*statement, &[&batch(rows)], dialect);
                let plan = explain(dialect, &fresh.url, &sql).await;
                if !looks_up(&plan, table, dialect) {
                    wrong.push(format!("known: {known}, {rows} rows: {part}\n{plan}"));
                }
            }
        }
    }
    fresh.drop().await;
    assert!(wrong.is_empty(), "{dialect:?}:\n{}", wrong.join("\n\n"));
}

#[tokio::test]
async fn batches_look_their_rows_up_on_sqlite() {
    batches_look_their_rows_up(Dialect::Sqlite).await;
}

#[tokio::test]
async fn batches_look_their_rows_up_on_postgres() {
    batches_look_their_rows_up(Dialect::Postgres).await;
}

#[tokio::test]
async fn batches_look_their_rows_up_on_mysql() {
    batches_look_their_rows_up(Dialect::MySql).await;
}

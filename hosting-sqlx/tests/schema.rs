//! The three schemas are one schema, and the one that the code believes in.

mod support;

use std::collections::BTreeMap;

use hosting_core::{change::Unique, model};
use hosting_sqlx::{Dialect, Kind, MIGRATIONS, SqlStore};

/// By table and column: the native type and whether it may be empty.
type Found = BTreeMap<(String, String), (String, bool)>;
/// By table and column: what it holds and whether it may be empty.
type Believed = BTreeMap<(String, String), (Kind, bool)>;

async fn found(dialect: Dialect, url: &str) -> Found {
    let sql = match dialect {
        Dialect::Sqlite => {
            "SELECT m.name, p.name, p.type, p.\"notnull\" = 0 AND p.pk = 0 FROM sqlite_master AS m \
             JOIN pragma_table_info(m.name) AS p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
        }
        Dialect::Postgres => {
            "SELECT table_name, column_name, data_type, (is_nullable = 'YES')::int \
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
        Dialect::MySql => {
            "SELECT table_name, column_name, column_type, is_nullable = 'YES' \
             FROM information_schema.columns WHERE table_schema = DATABASE()"
        }
    };
    let rows = support::ask(url, sql).await.into_iter();
    let ours = rows.filter(|row| {
        !matches!(row[0].as_str(), "hosting_migrations" | "events_head" | "claims_head")
    });
    ours.map(|row| ((row[0].clone(), row[1].clone()), (row[2].to_lowercase(), row[3] == "1")))
        .collect()
}

/// The native types of a kind; `varchar` stands for one of any length.
fn native(dialect: Dialect, kind: Kind) -> &'static [&'static str] {
    match (dialect, kind) {
        (Dialect::Sqlite, Kind::Int | Kind::Flag) => &["integer"],
        (Dialect::Sqlite, _) | (Dialect::Postgres, Kind::Text) => &["text"],
        (Dialect::Postgres, Kind::Id) => &["character varying"],
        (Dialect::Postgres, Kind::Int) => &["bigint"],
        (Dialect::Postgres, Kind::Flag) => &["boolean"],
        (Dialect::Postgres, Kind::Instant) => &["timestamp with time zone"],
        (_, Kind::Date) => &["date"],
        (Dialect::Postgres, Kind::Json) => &["jsonb"],
        (Dialect::MySql, Kind::Id) => &["char(26)"],
        (Dialect::MySql, Kind::Int) => &["bigint", "bigint(20)"],
        (Dialect::MySql, Kind::Flag) => &["tinyint(1)"],
        (Dialect::MySql, Kind::Instant) => &["datetime(3)"],
        (Dialect::MySql, Kind::Text) => &["varchar", "longtext"],
        // `MariaDB` keeps documents as long text, and checks that they are documents.
        (Dialect::MySql, Kind::Json) => &["json", "longtext"],
    }
}

/// What the code writes and reads.
fn believed() -> Believed {
    let mut all = Believed::new();
    for table in SqlStore::tables() {
        let key = |column: &str| (table.name().to_owned(), column.to_owned());
        all.insert(key("version"), (Kind::Int, false));
        for column in table.columns() {
            all.insert(key(column.name), (column.kind, column.nullable));
        }
    }
    all.insert(("events".to_owned(), "position".to_owned()), (Kind::Int, false));
    for table in ["counters", "number_series"] {
        for column in ["created_at", "updated_at"] {
            all.insert((table.to_owned(), column.to_owned()), (Kind::Instant, false));
        }
    }
    all
}

#[tokio::test]
async fn the_schemas_agree_column_by_column() {
    support::on_each_empty(|store, url| async move {
        store.migrate().await.unwrap();
        let (dialect, believed) = (store.dialect(), believed());
        let found = found(dialect, &url).await;
        for (column, (kind, nullable)) in &believed {
            let (is, may_be_empty) = found.get(column).unwrap_or_else(|| panic!("no {column:?}"));
            let is = if is.starts_with("varchar(") { "varchar" } else { is.as_str() };
            assert!(native(dialect, *kind).contains(&is), "{column:?} is {is} on {dialect:?}");
            assert_eq!(may_be_empty, nullable, "{column:?} on {dialect:?}");
        }
        let unknown: Vec<_> = found.keys().filter(|it| !believed.contains_key(*it)).collect();
        assert!(unknown.is_empty(), "not in the code: {unknown:?}");
        for table in SqlStore::tables() {
            for column in ["created_at", "updated_at", "version"] {
                let key = (table.name().to_owned(), column.to_owned());
                assert!(found.contains_key(&key), "{key:?}");
            }
        }
    })
    .await;
}

/// The states that a column may have, for every column that has a closed list.
const STATES: &[(&str, &str, &[&str])] = &[
    ("customers", "status", model::CustomerStatus::NAMES),
    ("customers", "kind", model::CustomerKind::NAMES),
    ("users", "status", model::UserStatus::NAMES),
    ("users", "role", model::Role::NAMES),
    ("one_time_tokens", "purpose", model::TokenPurpose::NAMES),
    ("products", "status", model::ProductStatus::NAMES),
    ("plans", "status", model::ProductStatus::NAMES),
    ("coupons", "status", model::CouponStatus::NAMES),
    ("coupon_uses", "status", model::CouponUseStatus::NAMES),
    ("tax_rules", "mode", model::TaxMode::NAMES),
    ("tax_rules", "customer_kind", model::CustomerKind::NAMES),
    ("servers", "status", model::ServerStatus::NAMES),
    ("panel_accounts", "status", model::AccountStatus::NAMES),
    ("carts", "status", model::CartStatus::NAMES),
    ("orders", "status", model::OrderStatus::NAMES),
    ("subscriptions", "status", model::SubscriptionStatus::NAMES),
    ("subscriptions", "provisioning_status", model::ProvisioningStatus::NAMES),
    ("subscription_cycles", "status", model::CycleStatus::NAMES),
    ("invoices", "status", model::InvoiceStatus::NAMES),
    ("invoice_items", "kind", model::LineKind::NAMES),
    ("payments", "status", model::PaymentStatus::NAMES),
    ("payments", "confirmed_by", model::ConfirmedBy::NAMES),
    ("refunds", "status", model::RefundStatus::NAMES),
    ("refunds", "way", model::RefundWay::NAMES),
    ("refunds", "services", model::AfterRefund::NAMES),
    ("webhook_events", "status", model::WebhookStatus::NAMES),
    ("kept_answers", "status", model::KeptAnswerStatus::NAMES),
    ("provision_tasks", "status", model::TaskStatus::NAMES),
    ("provision_tasks", "action", model::TaskAction::NAMES),
    ("provision_tasks", "lane", model::Lane::NAMES),
];

#[test]
fn the_checks_have_the_states_of_the_tables_in_every_dialect() {
    for dialect in Dialect::ALL {
        let all: String = MIGRATIONS.iter().map(|it| it.text(dialect)).collect();
        for (table, column, names) in STATES {
            let list: Vec<_> = names.iter().map(|it| format!("'{it}'")).collect();
            let check = format!(
                "CONSTRAINT {table}_{column}_check CHECK ({column} IN ({}))",
                list.join(", ")
            );
            assert!(all.contains(&check), "{dialect:?} lacks: {check}");
        }
        let checks = all.matches("_check CHECK (").count();
        assert_eq!(
            checks,
            STATES.len(),
            "{dialect:?} has a check that no list of states is behind"
        );
    }
}

#[test]
fn the_unique_constraints_have_their_names_and_columns_in_every_dialect() {
    for dialect in Dialect::ALL {
        let all: String = MIGRATIONS.iter().map(|it| it.text(dialect)).collect();
        for unique in Unique::ALL.iter().filter(|it| **it != Unique::PrimaryKey) {
            let (table, columns) = unique.columns();
            let constraint = format!("CONSTRAINT {unique} UNIQUE ({})", columns.join(", "));
            let create = all.split("CREATE TABLE").find(|it| it.contains(&constraint));
            let create = create.unwrap_or_else(|| panic!("{dialect:?} lacks: {constraint}"));
            let named = create.trim_start().trim_start_matches("IF NOT EXISTS ");
            assert!(named.starts_with(&format!("{table} (")), "{constraint} is on another table");
        }
        // The journal's id is the one that is unique without being the table's key.
        assert_eq!(all.matches(" UNIQUE (").count(), Unique::ALL.len(), "{dialect:?}");
    }
}

#[test]
fn the_migrations_have_the_same_names_in_every_dialect() {
    for (at, step) in MIGRATIONS.iter().enumerate() {
        assert_eq!(step.number, i64::try_from(at).unwrap() + 1);
        for folder in ["sqlite", "postgres", "mysql"] {
            let file = format!(
                "{}/migrations/{folder}/{:04}_{}.sql",
                env!("CARGO_MANIFEST_DIR"),
                step.number,
                step.name
            );
            assert!(std::path::Path::new(&file).exists(), "{file}");
        }
    }
    for folder in ["sqlite", "postgres", "mysql"] {
        let files =
            std::fs::read_dir(format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR")));
        assert_eq!(
            files.unwrap().count(),
            MIGRATIONS.len(),
            "{folder} has a file that is not embedded"
        );
    }
}

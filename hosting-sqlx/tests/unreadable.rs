//! Every database reads around rows that cannot be read.

mod support;

use async_trait::async_trait;
use hosting_core::testing::conformance::unreadable::{self, Spoil};
use hosting_sqlx::Dialect;
use support::Fresh;

/// Spoils rows by SQL: what a newer version may have written, or somebody by hand.
struct Hand {
    dialect: Dialect,
    url: String,
}

impl Hand {
    async fn set(&self, table: &str, id: &str, from: &str, to: &str) {
        let column = match table {
            "provision_tasks" => "job",
            "events" => "body",
            _ => "currency",
        };
        // Documents are kept in the database's own form; what is replaced in them is their kind.
        let sql = match (column, self.dialect) {
            ("currency", _) => format!("UPDATE {table} SET currency = '{to}' WHERE id = '{id}'"),
            (_, Dialect::Postgres) => format!(
                "UPDATE {table} SET {column} = replace({column}::text, '{from}', '{to}')::jsonb \
                 WHERE id = '{id}'"
            ),
            _ => format!(
                "UPDATE {table} SET {column} = replace({column}, '{from}', '{to}') \
                 WHERE id = '{id}'"
            ),
        };
        support::run_on(&self.url, &sql).await;
    }

    /// Gives a row a word that only a later schema allows.
    async fn outdate(&self, table: &str, id: &str) {
        let check = match (table, self.dialect) {
            ("servers", Dialect::Sqlite) => "PRAGMA ignore_check_constraints = ON;",
            ("servers", _) => "ALTER TABLE servers DROP CONSTRAINT servers_status_check;",
            _ => "",
        };
        let word = if table == "servers" { "status = 'melted'" } else { "slug = 'Not A Slug'" };
        let sql = format!("{check} UPDATE {table} SET {word} WHERE id = '{id}'");
        support::run_on(&self.url, sql.trim()).await;
    }

    fn words(table: &str) -> (&'static str, &'static str) {
        match table {
            "provision_tasks" => ("mail_staff", "mail_to_the_moon"),
            "events" => ("OrderPaid", "OrderTeleported"),
            _ => ("IDR", "XXQ"),
        }
    }
}

#[async_trait]
impl Spoil for Hand {
    async fn spoil(&self, table: &'static str, id: &str) {
        if let "servers" | "products" = table {
            return self.outdate(table, id).await;
        }
        let (sound, spoilt) = Self::words(table);
        self.set(table, id, sound, spoilt).await;
    }
    async fn heal(&self, table: &'static str, id: &str) {
        let (sound, spoilt) = Self::words(table);
        self.set(table, id, spoilt, sound).await;
    }
}

macro_rules! rules {
    ($($rule:ident)+) => {$(
        #[tokio::test]
        async fn $rule() {
            for dialect in Dialect::ALL {
                let Some(server) = support::server(dialect) else { continue };
                println!("on {dialect:?}");
                let fresh = Fresh::empty(dialect, &server).await;
                fresh.store.migrate().await.expect("migrated");
                let hand = Hand { dialect, url: fresh.url.clone() };
                unreadable::$rule(&*fresh.store, &hand).await;
                fresh.drop().await;
            }
        }
    )+};
}

rules! {
    a_task_that_cannot_be_read_keeps_no_lane_from_its_work
    services_that_cannot_be_read_stop_no_run
    bills_that_cannot_be_read_stop_no_run
    orders_that_cannot_be_read_stop_no_run
    a_customer_that_cannot_be_read_is_told_apart
    a_server_or_product_that_cannot_be_read_hides_no_other
    a_fact_that_cannot_be_read_is_told_apart
}

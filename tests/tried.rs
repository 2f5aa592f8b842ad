//! Says, after all tests, which databases they ran on: a suite that skipped one is green as well.
//!
//! It is a program without a test harness, so that nothing keeps what it says from the terminal.

#[path = "../hosting-sqlx/tests/support/mod.rs"]
mod support;

use hosting_sqlx::Dialect;

#[tokio::main]
async fn main() {
    let mut said = Vec::new();
    for dialect in Dialect::ALL {
        said.push(tried(dialect).await);
    }
    println!("\ndatabases tried: {}\n", said.join("; "));
}

async fn tried(dialect: Dialect) -> String {
    let (name, variable, question) = match dialect {
        Dialect::Sqlite => return "SQLite".to_owned(),
        Dialect::Postgres => ("PostgreSQL", "HOSTING_TEST_POSTGRES_URL", "SHOW server_version"),
        Dialect::MySql => ("MySQL", "HOSTING_TEST_MYSQL_URL", "SELECT VERSION()"),
    };
    let Some(server) = support::server(dialect) else {
        return format!("{name} NOT tried: set {variable}");
    };
    let answer = support::ask(&server, question).await;
    let version = answer.first().and_then(|it| it.first()).cloned().unwrap_or_default();
    format!("{name} ({version})")
}

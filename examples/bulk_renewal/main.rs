//! How long a night's renewals take, beside the same rows written without any rule.
//!
//! ```text
//! cargo run --release -p hosting-examples --example bulk_renewal -- \
//!     --database 'sqlite:///var/tmp/bulk.db?mode=rwc' --renewals 100000 --raw-too
//! ```
//!
//! The database must be empty; tables are made. Subscriptions are sown that are due now, one to a
//! customer, and `service::renewals::run` bills them: invoice, line, period, number, two facts and a
//! mail each. With `--raw-too` the same rows are written once more by a bare writer, in blocks that take turns
//! with the run's.

mod count;
mod measure;
mod raw;
mod sow;

use std::{error::Error, sync::Arc};

use chrono::TimeDelta;
use clap::Parser;
use hosting_core::{
    service::{Ports, renewals::Slice},
    testing::{Fate, TestShop},
};
use hosting_sqlx::SqlStore;

/// Bills many subscriptions at once and says how long it took.
#[derive(Debug, Parser)]
struct Wanted {
    /// An empty database: `sqlite://…?mode=rwc`, `postgres://…` or `mysql://…`.
    #[arg(long)]
    database: String,
    /// How many subscriptions are due.
    #[arg(long, default_value_t = 100_000)]
    renewals: u64,
    /// How many paid invoices lie in the tables already.
    #[arg(long, default_value_t = 0)]
    old_invoices: u64,
    /// How many subscriptions are billed in one transaction.
    #[arg(long, default_value_t = Slice::default().page)]
    page: u32,
    /// Writes as many rows without rules, in turns with the run.
    #[arg(long)]
    raw_too: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    count::listen()?;
    let wanted = Wanted::parse();
    let store = Arc::new(SqlStore::connect(&wanted.database).await?);
    store.migrate().await?;
    let shop = TestShop::open(store.clone(), Fate::kind()).await;
    // Three months after everything that is sown was made: ids sort by age, as they do in a shop.
    let clock = measure::RunningClock::from(shop.ports.now() + TimeDelta::days(90));
    let clock = Arc::new(clock);
    let ports = Ports { store: store.clone(), clock, ..shop.ports.clone() };
    println!("{:?}, {} due, {} to a page", store.dialect(), wanted.renewals, wanted.page);

    sow::old_invoices(&store, wanted.old_invoices).await?;
    let plot = sow::plot(&ports, shop.plan_id).await?;
    sow::due(&store, &plot, measure::COUNTED, sow::Bed::Run).await?;
    println!("{:.4} statements a renewal in a batch of 1000", measure::statements(&ports).await?);

    let probes = sow::due(&store, &plot, measure::PROBED, sow::Bed::Aside).await?;
    sow::due(&store, &plot, wanted.renewals, sow::Bed::Run).await?;
    let raw = if wanted.raw_too { Some(raw::Raw::open(&wanted.database).await?) } else { None };
    let timed = measure::run(&ports, raw, wanted.renewals, wanted.page).await?;
    timed.print();
    let longest = measure::transactions(&ports, &plot, &probes, wanted.page).await?;
    println!("one transaction: median {:.1} ms, longest {:.1} ms", longest.0, longest.1);
    store.close().await;
    Ok(())
}

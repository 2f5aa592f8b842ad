//! A shop's process that does what the world asks of it, and aborts at the point it was told to.
//!
//! It is a child of `aborted.rs` and ends when the world does.

use std::{error::Error, sync::Arc};

use chrono::Utc;
use hosting_core::{
    port::{PaymentGateway, ProvisioningAdapter},
    service::{Directory, Ports},
    testing::{
        ClearBox, Fate, FatedStore, PlainLetters, SeededEntropy, SimGateway, SimPanel, TestClock,
        process::carry_out,
    },
};
use hosting_sqlx::{SqlStore, StoreOptions};
use hosting_tests::{
    line::{Down, Line, Up},
    outside::Outside,
    world::{ABORTS_AT, DATABASE, SEED, WORLD},
};
use tokio::{net::TcpStream, sync::Mutex};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let fate = Fate::dies_at(std::env::var(ABORTS_AT)?.parse()?);
    let fate = Arc::new(fate.by(|| std::process::abort()));
    let mut options = StoreOptions::default();
    options.max_connections = 2;
    let store = SqlStore::connect_with(&std::env::var(DATABASE)?, &options).await?;
    let line = Line::new(TcpStream::connect(std::env::var(WORLD)?).await?)?;
    let line = Arc::new(Mutex::new(line));
    let clock = Arc::new(TestClock::at(chrono::DateTime::<Utc>::UNIX_EPOCH));
    let outside = Arc::new(Outside::new(Arc::clone(&line), Arc::clone(&fate), Arc::clone(&clock)));
    let mut gateways: Directory<dyn PaymentGateway> = Directory::new();
    gateways.insert(SimGateway::NAME, Arc::clone(&outside) as Arc<dyn PaymentGateway>);
    let mut panels: Directory<dyn ProvisioningAdapter> = Directory::new();
    panels.insert(SimPanel::NAME, Arc::clone(&outside) as Arc<dyn ProvisioningAdapter>);
    let ports = Ports {
        store: Arc::new(FatedStore::new(Arc::new(store), Arc::clone(&fate))),
        clock: Arc::clone(&clock) as Arc<_>,
        entropy: Arc::new(SeededEntropy::new(std::env::var(SEED)?.parse()?)),
        secrets: Arc::new(ClearBox),
        gateways,
        panels,
        mailer: outside,
        letters: Arc::new(PlainLetters),
    };
    loop {
        // The world is over when it says nothing more.
        let Ok(heard) = line.lock().await.hear().await else { return Ok(()) };
        let Down::Wish { wish, now } = heard else { return Err("nobody asked".into()) };
        clock.set(now);
        let said = match carry_out(&ports, &wish).await {
            Ok(granted) => Up::Granted { granted, passed: fate.passed() },
            Err(error) => Up::Refused(error),
        };
        line.lock().await.say(&said).await?;
    }
}

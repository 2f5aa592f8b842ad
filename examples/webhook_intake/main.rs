//! How many webhooks a second are verified and stored before they are acknowledged, beside bare inserts.
//!
//! ```text
//! cargo run --release -p hosting-examples --example webhook_intake -- \
//!     --database 'sqlite:///var/tmp/intake.db?mode=rwc' --seconds 10
//! ```
//!
//! Clients send at the same time, each one after its last was stored. Midtrans' own adapter checks the
//! signature of each and says what it is about. The bare inserts write the same two rows, the webhook and
//! its task, without the adapter and the store; both take turns. HTTP is not in it.

mod raw;

use std::{
    error::Error,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Parser;
use hosting_adapters::midtrans::{Midtrans, MidtransConfig};
use hosting_core::{
    kernel::Secret,
    model::{Task, WebhookEvent},
    port::{PaymentGateway, gateway::RawWebhook},
    service::{Ports, payments::store_webhook},
    testing::{Fate, TestShop},
};
use hosting_sqlx::{SqlStore, StoreOptions};
use serde_json::json;
use sha2::{Digest as _, Sha512};
use tokio::task::JoinSet;

use self::raw::{Message, Raw};

/// The account's key, with which messages are signed.
const SERVER_KEY: &str = "SB-Mid-server-intake";
/// How long one side has its turn.
const TURN: Duration = Duration::from_secs(1);

/// Stores many webhooks at once and says how long it took.
#[derive(Debug, Parser)]
struct Wanted {
    /// An empty database: `sqlite://…?mode=rwc`, `postgres://…` or `mysql://…`.
    #[arg(long)]
    database: String,
    /// How many clients send at the same time.
    #[arg(long, default_value_t = 32)]
    clients: u32,
    /// For how many seconds each side is timed.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
}

/// What may go wrong, for people to read.
type Failure = Box<dyn Error + Send + Sync>;

/// Which way a webhook is stored.
#[derive(Debug, Clone, Copy)]
enum Way {
    Service,
    Raw,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let wanted = Wanted::parse();
    let mut options = StoreOptions::default();
    options.max_connections = wanted.clients.min(32);
    let store = Arc::new(SqlStore::connect_with(&wanted.database, &options).await?);
    store.migrate().await?;
    let shop = TestShop::open(store.clone(), Fate::kind()).await;
    let ports = Ports { store: store.clone(), ..shop.ports.clone() };
    let config = MidtransConfig::sandbox(Secret::new(SERVER_KEY));
    let gateway = Arc::new(Midtrans::new(config)?);
    let bare = Raw::open(&wanted.database, options.max_connections).await?;
    let (mut served, mut raw) = (Vec::new(), Vec::new());
    for _ in 0..wanted.seconds {
        for (way, rates) in [(Way::Service, &mut served), (Way::Raw, &mut raw)] {
            rates.push(turn(&ports, &bare, &gateway, wanted.clients, way).await?);
        }
    }
    let (served, raw) = (median(served), median(raw));
    println!("{:?}, {} clients", store.dialect(), wanted.clients);
    println!("verified, stored and acknowledged: {served:.0} a second in the median turn");
    println!("bare inserts: {raw:.0} a second; ratio {:.2}", served / raw);
    store.close().await;
    Ok(())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

/// Lets all clients send for one turn; answers how many were stored in a second.
#[expect(clippy::disallowed_methods, reason = "this program measures")]
async fn turn(
    ports: &Ports,
    bare: &Raw,
    gateway: &Arc<Midtrans>,
    clients: u32,
    way: Way,
) -> Result<f64, Failure> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let began = Instant::now();
    let mut sending = JoinSet::new();
    for _ in 0..clients {
        let (ports, bare, gateway) = (ports.clone(), bare.clone(), gateway.clone());
        sending.spawn(async move {
            let mut stored = 0_u32;
            while began.elapsed() < TURN {
                let number = NUMBER.fetch_add(1, Ordering::Relaxed);
                let body = message(number);
                match way {
                    Way::Service => {
                        let raw = RawWebhook { headers: &[], body: body.as_bytes() };
                        let notice = gateway.verify(&raw)?;
                        let id = store_webhook(&ports, &*gateway, notice, body).await?;
                        assert!(id.is_some(), "each one is news");
                    }
                    Way::Raw => bare.store(&row(&ports, number, &body)).await?,
                }
                stored += 1;
            }
            Ok::<_, Failure>(stored)
        });
    }
    let mut all = 0;
    while let Some(stored) = sending.join_next().await {
        all += stored??;
    }
    Ok(f64::from(all) / began.elapsed().as_secs_f64())
}

/// A message as the provider sends them, about transaction `number`.
fn message(number: u64) -> String {
    static SIGNATURE: LazyLock<String> = LazyLock::new(|| {
        let digest = Sha512::digest(format!("INV-2026-00042-1200155400.00{SERVER_KEY}"));
        digest.iter().fold(String::new(), |text, it| format!("{text}{it:02x}"))
    });
    json!({
        "transaction_time": "2026-11-02 10:00:01",
        "transaction_status": "settlement",
        "transaction_id": format!("9aed5972-5b6a-401e-894b-{number:012}"),
        "status_message": "midtrans payment notification",
        "status_code": "200",
        "signature_key": *SIGNATURE,
        "settlement_time": "2026-11-02 10:02:51",
        "payment_type": "bank_transfer",
        "order_id": "INV-2026-00042-1",
        "merchant_id": "M004123",
        "gross_amount": "155400.00",
        "fraud_status": "accept",
        "currency": "IDR",
    })
    .to_string()
}

/// What the service would store.
fn row<'a>(ports: &Ports, number: u64, body: &'a str) -> Message<'a> {
    let mint = ports.mint();
    Message {
        id: mint.id::<WebhookEvent>().stored(),
        task_id: mint.id::<Task>().stored(),
        event_key: format!("9aed5972:{number}:settlement:200"),
        reference: Some("INV-2026-00042-1".to_owned()),
        body,
        at: mint.now(),
    }
}

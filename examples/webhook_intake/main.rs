//! How many webhooks a second are stored before they are acknowledged, beside bare inserts.
//!
//! ```text
//! cargo run --release -p hosting-examples --example webhook_intake -- \
//!     --database 'sqlite:///var/tmp/intake.db?mode=rwc' --seconds 10
//! ```
//!
//! Clients send at the same time, each one after its last was stored. The bare inserts write the
//! same two rows, the webhook and its task, without the store; both take turns.

mod raw;

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Parser;
use hosting_core::{
    model::{Task, WebhookEvent},
    port::gateway::Notice,
    service::{Ports, payments::store_webhook},
    testing::{Fate, SimGateway, TestShop},
};
use hosting_sqlx::{SqlStore, StoreOptions};
use tokio::task::JoinSet;

use self::raw::{Message, Raw};

/// What a provider's message looks like in size.
const BODY: &str = r#"{"transaction_time":"2026-11-02 10:00:01","transaction_status":"settlement","transaction_id":"9aed5972-5b6a-401e-894b-a32c91ed1a3a","status_message":"midtrans payment notification","status_code":"200","signature_key":"fe5f725ea770c451017e9d6300af72b830a668d2f7d5da9b778ec2c4f9177efe5127d492d9ddfbcf6806ea5cd7dc1a7337c674d6139026b28f49ad0ea1ce5107","settlement_time":"2026-11-02 10:02:51","payment_type":"bank_transfer","order_id":"INV-2026-00042-1","merchant_id":"M004123","gross_amount":"155400.00","fraud_status":"accept","currency":"IDR"}"#;
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
    let gateway = shop.gateway.clone();
    let bare = Raw::open(&wanted.database, options.max_connections).await?;
    let (mut served, mut raw) = (Vec::new(), Vec::new());
    for _ in 0..wanted.seconds {
        for (way, rates) in [(Way::Service, &mut served), (Way::Raw, &mut raw)] {
            rates.push(turn(&ports, &bare, &gateway, wanted.clients, way).await?);
        }
    }
    let (served, raw) = (median(served), median(raw));
    println!("{:?}, {} clients", store.dialect(), wanted.clients);
    println!("stored and acknowledged: {served:.0} a second in the median turn");
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
    gateway: &Arc<SimGateway>,
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
                let notice = Notice {
                    event_key: format!("9aed5972:{number}:settlement:200"),
                    reference: Some("INV-2026-00042-1".to_owned()),
                };
                match way {
                    Way::Service => {
                        let id = store_webhook(&ports, &*gateway, notice, BODY.to_owned()).await?;
                        assert!(id.is_some(), "each one is news");
                    }
                    Way::Raw => bare.store(&message(&ports, notice)).await?,
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

/// What the service would store.
fn message(ports: &Ports, notice: Notice) -> Message<'static> {
    let mint = ports.mint();
    Message {
        id: mint.id::<WebhookEvent>().stored(),
        task_id: mint.id::<Task>().stored(),
        event_key: notice.event_key,
        reference: notice.reference,
        body: BODY,
        at: mint.now(),
    }
}

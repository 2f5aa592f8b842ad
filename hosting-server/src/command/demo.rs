//! `demo`: the whole shop with the whole outside world, on this machine, in one process.
//!
//! The shop is the real one and so are its adapters; only the other side is the sandbox. Time can be
//! moved forward, from the console and over the API.
//!
//! The sandbox forgets when it ends, so a database from an earlier demo would speak of accounts and
//! charges that nobody knows: each demo begins anew, in a [`Folder`] of its own or in an empty
//! database.

mod folder;

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use chrono::{DateTime, TimeDelta, Utc};
use hosting_adapters::{
    registry::Registry,
    sandbox::{AdvanceClock, Ports as SandboxPorts, World, WorldConfig},
};
use hosting_core::{
    kernel::{Email, Secret},
    model::Actor,
    port::Clock,
};
use hosting_sqlx::SqlStore;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{serve::serve_on, signal};
use crate::{
    advance::advance,
    assemble::{assemble_with, ready},
    cli::Failed,
    clock::ShiftedClock,
    config::{Config, Sources},
    logging,
    seed::{self, Seed},
    state::AppState,
};

pub use folder::{Folder, MARKER};

/// The administrator's log-in and password in every demo.
pub const ADMIN: (&str, &str) = ("admin@shop.example.com", "demo-admin-password");
/// The first customer's log-in and password in every demo.
pub const CUSTOMER: (&str, &str) = ("rani@customer.example.com", "demo-customer-password");

/// A running demo.
#[derive(Debug)]
pub struct Demo {
    /// The shop.
    pub app: AppState,
    /// Where it listens.
    pub url: String,
    /// The outside world.
    pub world: World,
    listener: TcpListener,
    _folder: Folder,
}

/// What kind of demo.
#[derive(Debug, Clone)]
pub struct Options {
    /// The adapters the shop knows. Those of the sandbox are configured.
    pub registry: Registry,
    /// Where the shop listens; `None` takes a free port.
    pub listen: Option<SocketAddr>,
    /// Where the sandbox servers listen.
    pub sandbox: SandboxPorts,
    /// The demo's own folder; see [`Folder`].
    pub data_dir: PathBuf,
    /// Another database than the embedded one; it must not have a single table.
    pub database_url: Option<String>,
    /// Log filter.
    pub log: String,
}

/// The console's way to move the clock, once there is a shop to move it for.
#[derive(Debug)]
struct DemoClock {
    clock: Arc<ShiftedClock>,
    shop: OnceLock<AppState>,
}

impl AdvanceClock for DemoClock {
    fn advance(&self, by: TimeDelta) {
        let Some(app) = self.shop.get().cloned() else { return };
        let clock = Arc::clone(&self.clock);
        tokio::spawn(async move {
            if let Err(error) = advance(&app, &clock, &Actor::System, by).await {
                tracing::error!(%error, "the clock could not be moved");
            }
        });
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

impl Demo {
    /// Starts the sandbox and opens a new shop beside it.
    ///
    /// # Errors
    /// A port that is taken, a folder that is not a demo's or cannot be written, a database that is
    /// not empty. Neither folder nor database is touched before all ports are ours.
    pub async fn start(options: Options) -> Result<Self, Failed> {
        let wanted = options.listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = TcpListener::bind(wanted)
            .await
            .map_err(|source| Failed::Listen { address: wanted, source })?;
        let address = listener.local_addr()?;
        let url = format!("http://{address}");
        let clock = ShiftedClock::new();
        let hand = Arc::new(DemoClock { clock: Arc::clone(&clock), shop: OnceLock::new() });
        let mut world = WorldConfig::new(Arc::clone(&clock) as Arc<dyn Clock>);
        world.ports = options.sandbox;
        world.notification_url = Some(format!("{url}/api/payments/midtrans/webhook"));
        world.advance = Some(Arc::clone(&hand) as Arc<dyn AdvanceClock>);
        let (midtrans_key, panel_token) =
            (world.midtrans_server_key.clone(), world.whm_token.clone());
        let panel_user = world.whm_user.clone();
        let world = World::start(world).await?;

        if let Some(database) = &options.database_url {
            demand_blank(database).await?;
        }
        let folder = Folder::begin_anew(&options.data_dir)?;
        let config = config(&options, &folder, &url, &world, &midtrans_key)?;
        logging::begin(&config)?;
        let app = assemble_with(config, Some(clock)).await?;
        app.schema().migrate().await?;
        ready(&app).await?;
        // Set once: nobody else holds this cell.
        let _ = hand.shop.set(app.clone());
        let seed = Seed {
            panel_url: world.whm_url(),
            panel_user,
            panel_token,
            admin_email: email(ADMIN.0)?,
            admin_password: hash(&app, ADMIN.1).await?,
            customer_email: email(CUSTOMER.0)?,
            customer_password: hash(&app, CUSTOMER.1).await?,
        };
        if !seed::plant(app.ports(), &seed).await? {
            return Err(Failed::Said(
                "a demo needs an empty database; this one has products".to_owned(),
            ));
        }
        Ok(Self { app, url, world, listener, _folder: folder })
    }

    /// Serves until `stop`.
    ///
    /// # Errors
    /// The listener failed.
    pub async fn serve(self, stop: &CancellationToken) -> Result<(), Failed> {
        let Self { app, world, listener, _folder: folder, .. } = self;
        let served = serve_on(&app, listener, stop).await;
        world.shutdown().await;
        drop(folder);
        served
    }
}

/// Runs the demo until told to stop.
///
/// # Errors
/// See [`Demo::start`].
pub async fn run(options: Options) -> Result<(), Failed> {
    let demo = Demo::start(options).await?;
    let stop = CancellationToken::new();
    signal::watch(&stop);
    crate::cli::say(&welcome(&demo))?;
    demo.serve(&stop).await
}

fn welcome(demo: &Demo) -> String {
    let rows = [
        ("Shop", demo.url.clone()),
        ("API reference", format!("{}/api/openapi.json", demo.url)),
        ("Administrator", format!("{}  password {}", ADMIN.0, ADMIN.1)),
        ("Customer", format!("{}  password {}", CUSTOMER.0, CUSTOMER.1)),
        ("Coupon", "KOPI10".to_owned()),
        (
            "Outside world",
            format!("{}  (pay, break things, move the clock)", demo.world.console_url()),
        ),
    ];
    let rows = rows.map(|(name, what)| format!("  {name:<14} {what}"));
    format!(
        "The shop is open. Ctrl-C closes it; the next demo begins anew.\n\n{}\n",
        rows.join("\n")
    )
}

/// A database with anything in it is somebody's. It is refused as it is, before it is opened.
async fn demand_blank(url: &str) -> Result<(), Failed> {
    if SqlStore::is_blank(url).await? {
        return Ok(());
    }
    Err(Failed::Said(
        "a demo needs an empty database, and the one that DATABASE_URL names has tables; nothing in \
         it was touched. Name an empty one, or unset DATABASE_URL"
            .to_owned(),
    ))
}

fn config(
    options: &Options,
    folder: &Folder,
    url: &str,
    world: &World,
    midtrans_key: &Secret,
) -> Result<Config, Failed> {
    let pairs = [
        ("DATA_DIR", folder.path().display().to_string()),
        ("DATABASE_URL", options.database_url.clone().unwrap_or_else(|| folder.database_url())),
        ("PUBLIC_URL", url.to_owned()),
        ("TEST_CLOCK", "on".to_owned()),
        ("MIDTRANS_SERVER_KEY", midtrans_key.expose().to_owned()),
        ("MIDTRANS_IS_PRODUCTION", "false".to_owned()),
        ("MIDTRANS_BASE_URL", world.midtrans_url()),
        ("MANUAL_ACCOUNTS", "BCA 1234567890 a.n. PT Contoh Awan Nusantara".to_owned()),
        ("MANUAL_IS_PRODUCTION", "false".to_owned()),
        ("PAYMENT_DEFAULT", "midtrans".to_owned()),
        ("SMTP_URL", world.smtp_url()),
        ("MAIL_FROM", "PT Contoh Awan <billing@shop.example.com>".to_owned()),
        ("LOG", options.log.clone()),
        ("LOG_FORMAT", "text".to_owned()),
        // A story asks more in a minute than people do.
        ("RATE_PER_MINUTE", "60000".to_owned()),
    ];
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value));
    let sources = Sources::read(&options.registry, None, pairs)?;
    Ok(Config::from_sources(sources)?)
}

fn email(text: &str) -> Result<Email, Failed> {
    text.parse().map_err(|error| Failed::Said(format!("{error}")))
}

async fn hash(
    app: &AppState,
    password: &str,
) -> Result<hosting_core::model::access::PasswordHash, Failed> {
    let hashed = app.passwords().hash(&Secret::new(password), &*app.ports().entropy).await;
    hashed.map_err(|error| Failed::Said(format!("the password could not be hashed: {error}")))
}

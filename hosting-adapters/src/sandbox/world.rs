//! All sandbox servers together, on this machine.

use std::{
    fmt,
    future::Future,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use hosting_core::{kernel::Secret, port::Clock};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use super::{AdvanceClock, Faults, SmtpSandbox, SmtpSandboxConfig, console::Console};
use crate::{cpanel::sandbox::WhmSandbox, midtrans::sandbox::MidtransSandbox};

/// How often the servers look whether time has done something (offers end, banks confirm).
const SWEEP: Duration = Duration::from_millis(500);
/// How long open calls may take to end when the world stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// Where the servers listen on 127.0.0.1; 0 takes a free port.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ports {
    /// Midtrans.
    pub midtrans: u16,
    /// WHM.
    pub whm: u16,
    /// SMTP.
    pub smtp: u16,
    /// The console.
    pub console: u16,
}

/// What a world is made of.
#[derive(Debug, Clone)]
pub struct WorldConfig {
    /// Where the servers listen.
    pub ports: Ports,
    /// The server key that Midtrans accepts and signs with.
    pub midtrans_server_key: Secret,
    /// The WHM user that may call.
    pub whm_user: String,
    /// Its API token.
    pub whm_token: Secret,
    /// Where Midtrans sends notifications; `None` is nowhere.
    pub notification_url: Option<String>,
    /// How the SMTP server behaves.
    pub smtp: SmtpSandboxConfig,
    /// The time all servers live by.
    pub clock: Arc<dyn Clock>,
    /// The same clock, if the console may move it forward.
    pub advance: Option<Arc<dyn AdvanceClock>>,
}

impl WorldConfig {
    /// A world on free ports with keys that are good for nothing else, and no notifications.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            ports: Ports::default(),
            midtrans_server_key: Secret::new("SB-Mid-server-sandbox-world"),
            whm_user: "root".to_owned(),
            whm_token: Secret::new("SANDBOXWORLDTOKEN"),
            notification_url: None,
            smtp: SmtpSandboxConfig::default(),
            clock,
            advance: None,
        }
    }
}

/// A running world. It stops when it is shut down or dropped.
///
/// State is in memory and ends with the world.
pub struct World {
    /// The payment gateway.
    pub midtrans: MidtransSandbox,
    /// The panel.
    pub whm: WhmSandbox,
    /// The mail server.
    pub smtp: SmtpSandbox,
    /// The fault switches of Midtrans (`midtrans`) and WHM (`whm`).
    pub faults: Faults,
    addresses: Addresses,
    stop: watch::Sender<bool>,
    servers: JoinSet<()>,
}

#[derive(Debug, Clone, Copy)]
struct Addresses {
    midtrans: SocketAddr,
    whm: SocketAddr,
    smtp: SocketAddr,
    console: SocketAddr,
}

impl World {
    /// Starts all servers; when this answers, they listen.
    ///
    /// # Errors
    /// When a port is taken; nothing is left running then.
    pub async fn start(config: WorldConfig) -> io::Result<Self> {
        let Ports { midtrans, whm, smtp, console } = config.ports;
        let (midtrans_at, whm_at) = (bind("Midtrans", midtrans).await?, bind("WHM", whm).await?);
        let (smtp_at, console_at) = (bind("SMTP", smtp).await?, bind("console", console).await?);
        let addresses = Addresses {
            midtrans: midtrans_at.local_addr()?,
            whm: whm_at.local_addr()?,
            smtp: smtp_at.local_addr()?,
            console: console_at.local_addr()?,
        };

        let (faults, clock) = (Faults::default(), config.clock);
        let midtrans = MidtransSandbox::new(
            config.midtrans_server_key.expose(),
            clock.clone(),
            faults.clone(),
            config.notification_url,
        );
        let whm =
            WhmSandbox::new(&config.whm_user, &config.whm_token, clock.clone(), faults.clone());
        let smtp = SmtpSandbox::new(config.smtp, clock.clone());
        let console = Console {
            midtrans: midtrans.clone(),
            whm: whm.clone(),
            smtp: smtp.clone(),
            faults: faults.clone(),
            clock,
            advance: config.advance,
        };

        let (stop, stopping) = watch::channel(false);
        let mut servers = JoinSet::new();
        servers.spawn(serve(midtrans_at, midtrans.router(), stopping.clone()));
        servers.spawn(serve(whm_at, whm.router(), stopping.clone()));
        servers.spawn(serve(console_at, console.router(), stopping.clone()));
        servers.spawn(until(stopping.clone(), smtp.clone().serve(smtp_at)));
        servers.spawn(until(stopping, sweep(midtrans.clone())));
        Ok(Self { midtrans, whm, smtp, faults, addresses, stop, servers })
    }

    /// Where Midtrans is: its base URL.
    pub fn midtrans_url(&self) -> String {
        format!("http://{}", self.addresses.midtrans)
    }

    /// Where WHM is: its base URL.
    pub fn whm_url(&self) -> String {
        format!("http://{}", self.addresses.whm)
    }

    /// Where the mail server is. It asks for a login only if it was configured with one.
    pub fn smtp_url(&self) -> String {
        format!("smtp://{}", self.addresses.smtp)
    }

    /// Where the console is.
    pub fn console_url(&self) -> String {
        format!("http://{}", self.addresses.console)
    }

    /// Stops all servers, and answers when their ports are free. Calls that are still open, such as
    /// those whose answer was ordered to be lost, get two seconds to end.
    pub async fn shutdown(mut self) {
        // Fails only when every server has ended already.
        let _ = self.stop.send(true);
        let ended = async { while self.servers.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, ended).await.is_err() {
            self.servers.shutdown().await;
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

async fn bind(what: &str, port: u16) -> io::Result<TcpListener> {
    // This machine only: the servers forget who may do what as easily as any toy.
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    bound.map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("the {what} sandbox cannot listen on port {port}: {error}"),
        )
    })
}

async fn serve(listener: TcpListener, router: Router, stopping: watch::Receiver<bool>) {
    let served = axum::serve(listener, router).with_graceful_shutdown(stopped(stopping)).await;
    if let Err(error) = served {
        tracing::warn!(%error, "a sandbox server stopped");
    }
}

async fn until(stopping: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = stopped(stopping) => {}
        () = work => {}
    }
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error says that the world is gone, which is the same.
    let _ = stopping.wait_for(|it| *it).await;
}

async fn sweep(midtrans: MidtransSandbox) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        midtrans.sweep();
    }
}

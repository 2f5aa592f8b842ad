//! The shop as child processes, and the world beside it.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use hosting_adapters::sandbox::{World, WorldConfig};
use hosting_core::port::{Clock, Entropy as _, Store};
use hosting_server::{
    clock::{ShiftedClock, Stopwatch, SystemClock},
    entropy::SystemEntropy,
};
use reqwest::Client;

use super::support::Fresh;

pub(crate) const PASSWORD: &str = "a-password-for-killing";
pub(crate) const ADMIN: &str = "admin@shop.example.com";
/// How long anything may take before the test counts as failed.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// One process of the shop, running or dead.
pub(crate) struct Replica {
    pub(crate) url: String,
    address: String,
    child: Mutex<Option<Child>>,
}

/// The time of the outside world: never behind the shop's, because a panel takes an account that is
/// older than the wish for it to be somebody else's.
#[derive(Debug, Default)]
pub(crate) struct WorldClock {
    pub(crate) ahead_seconds: AtomicI64,
}

impl Clock for WorldClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + TimeDelta::seconds(self.ahead_seconds.load(Ordering::SeqCst))
    }
}

/// The shop, its database as the test sees it, and the outside world.
pub(crate) struct Shop {
    pub(crate) world: World,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) replicas: Vec<Replica>,
    /// The shop's clock as it was when it was last looked up.
    pub(crate) clock: Arc<ShiftedClock>,
    pub(crate) world_clock: Arc<WorldClock>,
    environment: Vec<(&'static str, String)>,
    pub(crate) http: Client,
    pub(crate) turn: AtomicU64,
    pub(crate) again: AtomicU64,
    /// The administrator's session, which ends when much time goes by.
    pub(crate) admin: tokio::sync::Mutex<Option<String>>,
    pub(crate) log: PathBuf,
    _folder: tempfile::TempDir,
}

/// A free port below those that the machine gives to outgoing connections: while the process is
/// dead, nobody else can be given its port.
fn free_address() -> String {
    loop {
        let dice = SystemEntropy.next().to_le_bytes();
        let port = 20_000 + u16::from_le_bytes([dice[0], dice[1]]) % 12_000;
        let address = format!("127.0.0.1:{port}");
        if TcpListener::bind(&address).is_ok() {
            return address;
        }
    }
}

impl Shop {
    /// Seeds the database and starts all processes.
    pub(crate) async fn open(fresh: &Fresh, replicas: usize) -> Self {
        let world_clock = Arc::new(WorldClock::default());
        let addresses: Vec<_> = (0..replicas).map(|_| free_address()).collect();
        let mut config = WorldConfig::new(world_clock.clone());
        let hook = format!("http://{}/api/payments/midtrans/webhook", addresses[0]);
        config.notification_url = Some(hook);
        let (key, token) = (config.midtrans_server_key.clone(), config.whm_token.clone());
        let world = World::start(config).await.expect("a world");
        let folder = tempfile::tempdir().expect("a folder");
        let environment = vec![
            ("DATA_DIR", folder.path().display().to_string()),
            ("DATABASE_URL", fresh.url.clone()),
            ("TEST_CLOCK", "on".to_owned()),
            ("MIDTRANS_SERVER_KEY", key.expose().to_owned()),
            ("MIDTRANS_IS_PRODUCTION", "false".to_owned()),
            ("MIDTRANS_BASE_URL", world.midtrans_url()),
            ("MANUAL_ACCOUNTS", "BCA 1234567890 a.n. PT Contoh Awan Nusantara".to_owned()),
            ("MANUAL_IS_PRODUCTION", "false".to_owned()),
            ("PAYMENT_DEFAULT", "midtrans".to_owned()),
            ("SMTP_URL", world.smtp_url()),
            ("MAIL_FROM", "PT Contoh Awan <billing@shop.example.com>".to_owned()),
            ("LOG", "warn".to_owned()),
            ("LOG_FORMAT", "text".to_owned()),
            ("RATE_PER_MINUTE", "60000".to_owned()),
        ];
        let shop = Self {
            store: fresh.store.clone(),
            replicas: addresses.into_iter().map(Replica::new).collect(),
            clock: ShiftedClock::new(),
            world_clock,
            environment,
            http: Client::builder().timeout(Duration::from_secs(25)).build().expect("a client"),
            turn: AtomicU64::new(0),
            again: AtomicU64::new(0),
            admin: tokio::sync::Mutex::default(),
            log: folder.path().join("shop.log"),
            _folder: folder,
            world,
        };
        shop.run(&["migrate"], "");
        let secrets = format!("{PASSWORD}\n{}\n", token.expose());
        let panel = shop.world.whm_url();
        shop.run(&["seed", "--panel-url", &panel, "--admin", ADMIN, "--secrets-stdin"], &secrets);
        for replica in &shop.replicas {
            shop.start(replica);
            shop.ready(replica).await;
        }
        shop
    }

    fn command(&self, address: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hosting-server"));
        command.env_clear().envs(self.environment.iter().map(|(key, value)| (*key, value)));
        command.env("LISTEN_ADDR", address).env("PUBLIC_URL", format!("http://{address}"));
        command.stdout(self.log()).stderr(self.log());
        command
    }

    fn log(&self) -> File {
        let open = OpenOptions::new().create(true).append(true).open(&self.log);
        open.expect("a log")
    }

    /// Runs a command to its end.
    fn run(&self, arguments: &[&str], input: &str) {
        let mut command = self.command("127.0.0.1:0");
        let mut child =
            command.args(arguments).stdin(Stdio::piped()).spawn().expect("the program starts");
        let mut pipe = child.stdin.take().expect("a pipe");
        pipe.write_all(input.as_bytes()).expect("it reads");
        drop(pipe);
        let status = child.wait().expect("it ends");
        assert!(status.success(), "{arguments:?} failed: {}", tail(&self.log));
    }

    /// Starts a process; it may take a moment until it answers.
    pub(crate) fn start(&self, replica: &Replica) {
        let mut command = self.command(&replica.address);
        let child = command.args(["serve", "--migrate"]).stdin(Stdio::null()).spawn();
        *replica.child() = Some(child.expect("the program starts"));
    }

    /// Waits until a process answers.
    pub(crate) async fn ready(&self, replica: &Replica) {
        let watch = Stopwatch::start();
        while watch.elapsed() < PATIENCE {
            let asked = self.http.get(format!("{}/health/ready", replica.url)).send().await;
            if asked.is_ok_and(|it| it.status().is_success()) {
                return;
            }
            let ended = replica.child().as_mut().and_then(|it| it.try_wait().expect("asked"));
            assert!(ended.is_none(), "the shop ended by itself: {}", tail(&self.log));
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the shop never became ready: {}", tail(&self.log));
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        for replica in &self.replicas {
            replica.kill();
        }
        if std::thread::panicking() {
            println!("the shop's log ends with:\n{}", tail(&self.log));
        }
    }
}

impl Replica {
    fn new(address: String) -> Self {
        Self { url: format!("http://{address}"), address, child: Mutex::new(None) }
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// SIGKILL: the process gets no chance to tidy up. `false` when it was dead already.
    pub(crate) fn kill(&self) -> bool {
        let Some(mut child) = self.child().take() else { return false };
        let alive = child.try_wait().is_ok_and(|it| it.is_none());
        let struck = child.kill().is_ok();
        let _ = child.wait();
        alive && struck
    }
}

/// The last lines of a log.
pub(crate) fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().rev().take(40).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

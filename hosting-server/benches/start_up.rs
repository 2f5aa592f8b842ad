//! How long the program takes from its start to its first answer, and what it holds at rest.
//!
//! ```text
//! cargo bench -p hosting-server --bench start_up
//! cargo bench -p hosting-server --bench start_up -- --database postgres://postgres@127.0.0.1:5432/start_up
//! ```
//!
//! The shop is seeded with sample plans; `SQLite` in a new folder unless a database is named, which must be
//! empty.

use std::{
    error::Error,
    io::Write as _,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use clap::Parser;
use hosting_server::clock::Stopwatch;
use reqwest::Client;

type Failure = Box<dyn Error + Send + Sync>;

/// How often the program is started.
const STARTS: usize = 15;
/// How long it rests before its memory is read.
const REST: Duration = Duration::from_secs(20);
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Measures starts.
#[derive(Debug, Parser)]
struct Wanted {
    /// An empty database; `SQLite` in a new folder unless said.
    #[arg(long)]
    database: Option<String>,
    /// Cargo says so to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A running shop, which ends with this value.
struct Shop {
    child: Child,
    url: String,
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program(folder: &Path, database: Option<&str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hosting-server"));
    command.env_clear().env("DATA_DIR", folder).env("LOG", "error");
    if let Some(database) = database {
        command.env("DATABASE_URL", database);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

impl Shop {
    /// Starts it; answers with how long the first answer took.
    async fn start(
        folder: &Path,
        database: Option<&str>,
        client: &Client,
    ) -> Result<(Self, Duration), Failure> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let url = format!("http://{address}");
        let watch = Stopwatch::start();
        let mut command = program(folder, database);
        let child = command.arg("serve").env("LISTEN_ADDR", address.to_string()).spawn()?;
        let mut shop = Self { child, url };
        while !shop.answers(client, "/health/ready").await {
            if let Some(status) = shop.child.try_wait()? {
                return Err(format!("it ended by itself: {status}").into());
            }
            if watch.elapsed() > PATIENCE {
                return Err("it never became ready".into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok((shop, watch.elapsed()))
    }

    async fn answers(&self, client: &Client, path: &str) -> bool {
        let answer = client.get(format!("{}{path}", self.url)).send().await;
        answer.is_ok_and(|it| it.status().is_success())
    }

    /// What it holds in memory, in KiB.
    fn resident(&self) -> Result<u64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
        let line = line.ok_or("no VmRSS")?.trim().trim_end_matches("kB").trim();
        Ok(line.parse()?)
    }
}

/// Makes a shop with sample plans.
fn seed(folder: &Path, database: Option<&str>) -> Result<(), Failure> {
    let panel = "https://panel.example.com:2087";
    let migrate = &["migrate"][..];
    let seed = &["seed", "--panel-url", panel, "--admin", "admin@example.com", "--secrets-stdin"];
    for arguments in [migrate, seed] {
        let mut command = program(folder, database);
        let mut child = command.args(arguments).stdin(Stdio::piped()).spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // Nobody reads it where nothing is asked.
            let _ = input.write_all(b"a-password-for-measuring\na-token\n");
        }
        let status = child.wait()?;
        if !status.success() {
            return Err(format!("{arguments:?}: {status}").into());
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let wanted = Wanted::parse();
    let database = wanted.database.as_deref();
    let (folder, client) = (tempfile::tempdir()?, Client::new());
    seed(folder.path(), database)?;
    let mut took = Vec::new();
    for _ in 0..STARTS {
        let (shop, time) = Shop::start(folder.path(), database, &client).await?;
        took.push(time.as_secs_f64() * 1e3);
        drop(shop);
    }
    took.sort_by(f64::total_cmp);
    let (median, longest) = (took[took.len() / 2], took[took.len() - 1]);
    println!("start to first answer: median {median:.0} ms, longest {longest:.0} ms of {STARTS}");
    let (shop, _) = Shop::start(folder.path(), database, &client).await?;
    tokio::time::sleep(REST).await;
    println!("at rest: {} KiB resident after {} s", shop.resident()?, REST.as_secs());
    for path in ["/", "/catalog", "/api/v1/catalog/products", "/login"] {
        if !shop.answers(&client, path).await {
            return Err(format!("{path} is not answered").into());
        }
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    println!("after its first pages: {} KiB resident", shop.resident()?);
    Ok(())
}

//! The world around a shop that runs as a child process.

use std::{
    io,
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use hosting_core::{
    kernel::Secret,
    port::{
        Clock as _, Failure, Mailer as _, PaymentGateway as _, ProvisioningAdapter as _,
        provisioning::{AccountIdentity, ServerAccess},
    },
    testing::{
        Process, SimGateway, SimMailer, SimPanel, TestClock, TestShop,
        process::{Granted, Unheard, Wish},
    },
};
use tokio::{net::TcpListener, sync::Mutex};

use crate::line::{Call, Down, Line, Reply, Trouble, Up};

/// Where the process finds the world; a variable of its environment.
pub const WORLD: &str = "SHOP_WORLD";
/// Its database.
pub const DATABASE: &str = "SHOP_DATABASE";
/// At which point it aborts: a number, from 1; 0 is never.
pub const ABORTS_AT: &str = "SHOP_ABORTS_AT";
/// What its dice are thrown from.
pub const SEED: &str = "SHOP_SEED";

/// At which point a process aborts, by how many there were before it; 0 is never.
pub type Deaths = fn(seed: u64, process: u64) -> u64;

/// A shop's process that is a child of this one, and the line to it.
#[derive(Debug)]
pub struct Abroad {
    program: &'static str,
    database: String,
    deaths: Deaths,
    seed: u64,
    listener: TcpListener,
    address: SocketAddr,
    clock: Arc<TestClock>,
    gateway: Arc<SimGateway>,
    panel: Arc<SimPanel>,
    mailer: Arc<SimMailer>,
    running: Mutex<Option<(Child, Line)>>,
    started: AtomicU64,
    aborted: AtomicU64,
    passed: AtomicU64,
}

impl Abroad {
    /// The world of `shop`, whose process is `program` on the database at `database`.
    ///
    /// # Errors
    /// No free port.
    pub async fn open(
        shop: &TestShop,
        program: &'static str,
        database: &str,
        (deaths, seed): (Deaths, u64),
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        Ok(Self {
            program,
            database: database.to_owned(),
            deaths,
            seed,
            listener,
            address,
            clock: Arc::clone(&shop.clock),
            gateway: Arc::clone(&shop.gateway),
            panel: Arc::clone(&shop.panel),
            mailer: Arc::clone(&shop.mailer),
            running: Mutex::default(),
            started: AtomicU64::new(0),
            aborted: AtomicU64::new(0),
            passed: AtomicU64::new(0),
        })
    }

    /// How many processes ended by SIGABRT.
    pub fn aborted(&self) -> u64 {
        self.aborted.load(Ordering::SeqCst)
    }

    /// How many points the living process has passed.
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }

    async fn start(&self) -> io::Result<(Child, Line)> {
        let process = self.started.fetch_add(1, Ordering::SeqCst);
        let child = Command::new(self.program)
            .env(WORLD, self.address.to_string())
            .env(DATABASE, &self.database)
            .env(ABORTS_AT, (self.deaths)(self.seed, process).to_string())
            // Each process throws its own dice: what it makes up must never have been made up before.
            .env(SEED, (1_000 + process).to_string())
            .stdin(Stdio::null())
            .spawn()?;
        let (socket, _) = self.listener.accept().await?;
        Ok((child, Line::new(socket)?))
    }

    async fn talk(&self, line: &mut Line, wish: &Wish) -> io::Result<Result<Granted, Unheard>> {
        line.say(&Down::Wish { wish: wish.clone(), now: self.clock.now() }).await?;
        loop {
            match line.hear().await? {
                Up::Granted { granted, passed } => {
                    self.passed.store(passed, Ordering::SeqCst);
                    return Ok(Ok(granted));
                }
                Up::Refused(error) => return Ok(Err(Unheard::Refused(error))),
                Up::Call(call) => {
                    let reply = self.carry_out(*call).await.map_err(Trouble::from);
                    line.say(&Down::Reply(reply)).await?;
                }
            }
        }
    }

    async fn carry_out(&self, call: Call) -> Result<Reply, Failure> {
        let (panel, server) = (&self.panel, server());
        let done = |()| Reply::Done;
        match call {
            Call::Charge(offer) => {
                let charge = self.gateway.charge(&offer.into()).await?;
                Ok(Reply::Charge(Some((&charge).into())))
            }
            Call::FindCharge(reference) => {
                let found = self.gateway.find(&reference).await?;
                Ok(Reply::Charge(found.as_ref().map(Into::into)))
            }
            Call::CancelCharge(reference) => {
                let charge = self.gateway.cancel(&reference).await?;
                Ok(Reply::Charge(Some((&charge).into())))
            }
            Call::Create(account) => {
                let state = panel.create(&server, &account.into()).await?;
                Ok(Reply::Account((&state).into()))
            }
            Call::FindAccount(it) => Ok(panel.find(&server, &it.into()).await?.into()),
            Call::Suspend(it, why) => panel.suspend(&server, &it.into(), &why).await.map(done),
            Call::Unsuspend(it) => panel.unsuspend(&server, &it.into()).await.map(done),
            Call::Terminate(it) => panel.terminate(&server, &it.into()).await.map(done),
            Call::ChangePackage(it, name) => {
                let it: AccountIdentity = it.into();
                panel.change_package(&server, &it, &name).await.map(done)
            }
            Call::SetPassword(it, password) => {
                let it: AccountIdentity = it.into();
                panel.set_password(&server, &it, &Secret::new(password)).await.map(done)
            }
            Call::Mail(letter) => self.mailer.send(&letter.into()).await.map(done),
        }
    }
}

/// The simulated panel does not look at it.
fn server() -> ServerAccess {
    ServerAccess {
        base_url: "https://panel.example.com:2087".to_owned(),
        username: "root".to_owned(),
        secret: Secret::new("token"),
        ca_pem: None,
        cert_sha256: None,
    }
}

#[async_trait]
impl Process for Abroad {
    async fn ask(&self, wish: &Wish) -> Result<Granted, Unheard> {
        let refused = |error: io::Error| Unheard::Refused(error.to_string());
        let mut running = self.running.lock().await;
        let (mut child, mut line) = match running.take() {
            Some(running) => running,
            None => self.start().await.map_err(refused)?,
        };
        if let Ok(answer) = self.talk(&mut line, wish).await {
            *running = Some((child, line));
            return answer;
        }
        drop(line);
        let ended = child.wait().map_err(refused)?;
        if is_abort(ended) {
            self.aborted.fetch_add(1, Ordering::SeqCst);
            return Err(Unheard::Struck);
        }
        Err(Unheard::Refused(format!("the process ended by itself: {ended}")))
    }

    async fn start_again(&self) {}
}

#[cfg(unix)]
fn is_abort(ended: std::process::ExitStatus) -> bool {
    const SIGABRT: i32 = 6;
    std::os::unix::process::ExitStatusExt::signal(&ended) == Some(SIGABRT)
}

#[cfg(not(unix))]
fn is_abort(ended: std::process::ExitStatus) -> bool {
    !ended.success()
}

impl Drop for Abroad {
    fn drop(&mut self) {
        if let Some((child, _)) = self.running.get_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

//! What the SMTP sandbox knows: mails, switches and limits.

use std::{
    collections::VecDeque,
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use hosting_core::{kernel::Secret, port::Clock};
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};

use super::session;
use crate::sandbox::mime::Message;

/// How the SMTP sandbox behaves.
#[derive(Debug, Clone)]
pub struct SmtpSandboxConfig {
    /// User and password it insists on; `None` takes mail from anybody.
    pub login: Option<(String, Secret)>,
    /// The longest message taken, bytes.
    pub max_message: usize,
    /// Mails kept; older ones are forgotten.
    pub keep: usize,
}

impl Default for SmtpSandboxConfig {
    fn default() -> Self {
        Self { login: None, max_message: 10 * 1024 * 1024, keep: 1_000 }
    }
}

/// What goes wrong until it is switched back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch on a panel")]
pub struct SmtpSwitches {
    /// Every greeting and command is answered 421, and the connection closed.
    pub down: bool,
    /// Every receiver is refused with 550.
    pub reject: bool,
    /// Every receiver is put off with 451.
    pub defer: bool,
    /// The message is kept, and the answer never comes.
    pub lose_answer: bool,
}

/// A mail that was taken.
#[derive(Debug, Clone)]
pub struct ReceivedMail {
    /// Counted from 1.
    pub id: u64,
    /// When it was taken, by the world's clock.
    pub received_at: DateTime<Utc>,
    /// The envelope's sender.
    pub from: String,
    /// The envelope's receivers.
    pub to: Vec<String>,
    /// The message as sent, without dot-stuffing.
    pub raw: Vec<u8>,
}

impl ReceivedMail {
    /// The message, understood.
    pub fn message(&self) -> Message {
        Message::parse(&self.raw)
    }
}

/// The SMTP sandbox. Clones are the same sandbox.
#[derive(Clone)]
pub struct SmtpSandbox {
    inner: Arc<Inner>,
}

struct Inner {
    config: SmtpSandboxConfig,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    switches: SmtpSwitches,
    mails: VecDeque<ReceivedMail>,
    taken: u64,
}

/// Connections served at once; more are answered 421.
const CONNECTIONS: usize = 64;

impl SmtpSandbox {
    /// An empty sandbox.
    pub fn new(config: SmtpSandboxConfig, clock: Arc<dyn Clock>) -> Self {
        Self { inner: Arc::new(Inner { config, clock, state: Mutex::default() }) }
    }

    /// Serves `listener` until the future is dropped; its connections end with it.
    pub async fn serve(self, listener: TcpListener) {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let mut sessions = JoinSet::new();
        loop {
            while sessions.try_join_next().is_some() {}
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of file handles, mostly: wait for sessions to end.
                    tracing::debug!(%error, "the SMTP sandbox could not accept");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let (sandbox, place) = (self.clone(), places.clone().try_acquire_owned());
            sessions.spawn(async move {
                let ended: io::Result<()> = match place {
                    Ok(_place) => session::run(stream, &sandbox).await,
                    Err(_) => session::turn_away(stream).await,
                };
                if let Err(error) = ended {
                    tracing::debug!(%error, "an SMTP sandbox connection broke");
                }
            });
        }
    }

    /// All mails kept, oldest first.
    pub fn inbox(&self) -> Vec<ReceivedMail> {
        self.state().mails.iter().cloned().collect()
    }

    /// The mails kept for `address`, oldest first. Case does not matter.
    pub fn to(&self, address: &str) -> Vec<ReceivedMail> {
        let ours = |it: &&ReceivedMail| it.to.iter().any(|to| to.eq_ignore_ascii_case(address));
        self.state().mails.iter().filter(ours).cloned().collect()
    }

    /// The mail with that id, if it is still kept.
    pub fn mail(&self, id: u64) -> Option<ReceivedMail> {
        self.state().mails.iter().find(|it| it.id == id).cloned()
    }

    /// Forgets all mails.
    pub fn clear(&self) {
        self.state().mails.clear();
    }

    /// What is switched wrong.
    pub fn switches(&self) -> SmtpSwitches {
        self.state().switches
    }

    /// Sets all switches.
    pub fn set_switches(&self, switches: SmtpSwitches) {
        self.state().switches = switches;
    }

    pub(super) fn config(&self) -> &SmtpSandboxConfig {
        &self.inner.config
    }

    pub(super) fn keep(&self, from: String, to: Vec<String>, raw: Vec<u8>) -> u64 {
        let received_at = self.inner.clock.now();
        let mut state = self.state();
        state.taken += 1;
        let id = state.taken;
        state.mails.push_back(ReceivedMail { id, received_at, from, to, raw });
        while state.mails.len() > self.inner.config.keep {
            state.mails.pop_front();
        }
        id
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SmtpSandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("SmtpSandbox")
            .field("mails", &state.mails.len())
            .field("switches", &state.switches)
            .finish_non_exhaustive()
    }
}

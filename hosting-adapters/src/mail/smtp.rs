//! Handing mail to a relay over SMTP.
//!
//! | seen | effect |
//! |---|---|
//! | no connection, no TLS, no answer before the message was sent | nothing happened, retry |
//! | a reply 4xx, at any point | nothing happened, retry |
//! | a reply 5xx to the receiver's address or to the message | nothing happened, final |
//! | a reply 5xx before that: greeting, log-in, sender | nothing happened, retry |
//! | time-out, cut or unreadable reply after the message was sent | unknown |
//!
//! What the relay has against us and not against the mail — a password that was changed, a sender it
//! does not relay for, a lock — is mended by an operator, and then every mail goes out.
//!
//! The conversation is driven here, step by step, because only then is it known whether the message
//! had left when it broke off (defect D8).

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use hosting_core::port::{Clock, Failure, Mailer, mailer::Mail};
use lettre::transport::smtp::{
    Error,
    authentication::{Credentials, Mechanism},
    client::{AsyncSmtpConnection, TlsParameters},
    commands::{Data, Mail as MailFrom, Rcpt},
    extension::ClientId,
};

use super::{
    compose::{ACTION, Composed, compose},
    sender::Sender,
    smtp_url::{SmtpUrl, SmtpUrlError, TlsMode},
};

/// How long the relay may take to be ready for the message, and again to take it.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// How long a kept connection may take to show that it still lives.
const STILL_THERE: Duration = Duration::from_secs(5);

/// Connections kept open between mails.
const KEPT: usize = 4;

/// Hands mail to a relay over SMTP, keeping up to four connections open between mails.
pub struct SmtpMailer {
    url: SmtpUrl,
    tls: Option<TlsParameters>,
    sender: Sender,
    clock: Arc<dyn Clock>,
    timeout: Duration,
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

impl SmtpMailer {
    /// A mailer that hands over at `url`. `clock` writes the `Date` header.
    ///
    /// # Errors
    /// [`SmtpUrlError::Tls`] when TLS is wanted and this machine has no certificates to trust.
    pub fn new(url: SmtpUrl, sender: Sender, clock: Arc<dyn Clock>) -> Result<Self, SmtpUrlError> {
        let tls = match url.tls {
            TlsMode::None => None,
            TlsMode::Wrapped | TlsMode::Required | TlsMode::Opportunistic => Some(
                TlsParameters::new(url.host.clone())
                    .map_err(|error| SmtpUrlError::Tls(error.to_string()))?,
            ),
        };
        Ok(Self { url, tls, sender, clock, timeout: TIMEOUT, idle: Mutex::default() })
    }

    /// Waits `timeout` for each half of a hand-over instead of [`TIMEOUT`].
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Connects, logs in and says whether that worked, without sending anything.
    ///
    /// # Errors
    /// A [`Failure`]; nothing happened.
    pub async fn test_connection(&self) -> Result<(), Failure> {
        let connection = self.before(async { self.open().await.map_err(Told::us) }).await?;
        self.park(connection);
        Ok(())
    }

    /// A connection on which the relay waits for the message.
    async fn ready(&self, message: &Composed) -> Result<AsyncSmtpConnection, Told> {
        let mut connection = match self.reuse().await {
            Some(connection) => connection,
            None => self.open().await.map_err(Told::us)?,
        };
        let sender = MailFrom::new(Some(message.from.clone()), Vec::new());
        connection.command(sender).await.map_err(Told::us)?;
        let receiver = Rcpt::new(message.to.clone(), Vec::new());
        connection.command(receiver).await.map_err(Told::mail)?;
        connection.command(Data).await.map_err(Told::mail)?;
        Ok(connection)
    }

    async fn reuse(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let mut connection = self.lock().pop()?;
            let lives = tokio::time::timeout(STILL_THERE, connection.test_connected()).await;
            if lives.unwrap_or(false) {
                return Some(connection);
            }
        }
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, Error> {
        let hello = self.url.ehlo.clone().map_or_else(ClientId::default, ClientId::Domain);
        let wrapped = self.tls.clone().filter(|_| self.url.tls == TlsMode::Wrapped);
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            self.url.place(),
            Some(self.timeout),
            &hello,
            wrapped,
            None,
        )
        .await?;
        if let Some(tls) = self.tls.clone() {
            match self.url.tls {
                TlsMode::Required => connection.starttls(tls, &hello).await?,
                TlsMode::Opportunistic if connection.can_starttls() => {
                    connection.starttls(tls, &hello).await?;
                }
                TlsMode::Opportunistic | TlsMode::Wrapped | TlsMode::None => {}
            }
        }
        if let Some((user, password)) = &self.url.login {
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
        }
        Ok(connection)
    }

    /// Runs a step before the message is sent: whatever breaks here, nothing happened.
    async fn before<T>(&self, step: impl Future<Output = Result<T, Told>>) -> Result<T, Failure> {
        match tokio::time::timeout(self.timeout, step).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(told)) => Err(replied(told).unwrap_or_else(|error| {
                // What the client itself refuses (no STARTTLS, no common login) waits for an operator.
                Failure::retry(ACTION, "the relay was not ready to take the message").because(error)
            })),
            Err(_) => Err(Failure::retry(ACTION, "the relay did not answer in time")),
        }
    }

    fn park(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.lock();
        if idle.len() < KEPT {
            idle.push(connection);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<AsyncSmtpConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), Failure> {
        let message = compose(mail, &self.sender, self.clock.now())?;
        let mut connection = self.before(self.ready(&message)).await?;
        match tokio::time::timeout(self.timeout, connection.message(&message.bytes)).await {
            Ok(Ok(_)) => {
                self.park(connection);
                Ok(())
            }
            Ok(Err(error)) => Err(replied(Told::mail(error)).unwrap_or_else(|error| {
                Failure::unknown(ACTION, "the connection broke after the message was sent")
                    .because(error)
            })),
            Err(_) => Err(Failure::unknown(ACTION, "no answer after the message was sent")),
        }
    }
}

/// What went wrong, and whom it was said about.
struct Told {
    error: Error,
    about_the_mail: bool,
}

impl Told {
    /// About us: every mail would hear the same.
    const fn us(error: Error) -> Self {
        Self { error, about_the_mail: false }
    }

    /// About this mail.
    const fn mail(error: Error) -> Self {
        Self { error, about_the_mail: true }
    }
}

/// The failure that a refusing reply means; gives the error back when there was no reply.
fn replied(told: Told) -> Result<Failure, Error> {
    let Told { error, about_the_mail } = told;
    let Some(code) = error.status() else {
        return Err(error);
    };
    let failure = match (error.is_permanent(), about_the_mail) {
        (true, true) => Failure::refused(ACTION, "the relay refused the mail"),
        (true, false) => Failure::retry(ACTION, "the relay does not serve us: check the log-in"),
        (false, _) => Failure::retry(ACTION, "the relay cannot take the mail now"),
    };
    Ok(failure.with_code(code.to_string()).because(error))
}

impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpMailer")
            .field("url", &self.url)
            .field("sender", &self.sender)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

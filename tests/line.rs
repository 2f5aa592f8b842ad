//! What travels between the world and a shop's process: one JSON text a line.

use std::io;

use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::{Email, Money, Phone, Secret},
    model::{Charge, ChargeStatus, Instructions, Usage},
    port::{
        Effect, Failure, IdempotencyKey,
        gateway::{ChargeRequest, Payer},
        mailer::Mail,
        provisioning::{AccountIdentity, AccountSpec, AccountState, Found},
    },
    testing::process::{Granted, Wish},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// From the world to the process.
#[derive(Debug, Serialize, Deserialize)]
pub enum Down {
    /// Somebody wants something, and the time is `now`.
    Wish {
        /// What.
        wish: Wish,
        /// What time it is.
        now: DateTime<Utc>,
    },
    /// What came of a call.
    Reply(Result<Reply, Trouble>),
}

/// From the process to the world.
#[derive(Debug, Serialize, Deserialize)]
pub enum Up {
    /// A call outside.
    Call(Box<Call>),
    /// What came of a wish, and how many points the process has passed in its life.
    Granted {
        /// What.
        granted: Granted,
        /// How many.
        passed: u64,
    },
    /// The wish was refused.
    Refused(String),
}

/// A call outside.
#[derive(Debug, Serialize, Deserialize)]
pub enum Call {
    /// [`PaymentGateway::charge`](hosting_core::port::PaymentGateway::charge).
    Charge(Offer),
    /// [`PaymentGateway::find`](hosting_core::port::PaymentGateway::find).
    FindCharge(String),
    /// [`PaymentGateway::cancel`](hosting_core::port::PaymentGateway::cancel).
    CancelCharge(String),
    /// [`ProvisioningAdapter::create`](hosting_core::port::ProvisioningAdapter::create).
    Create(Account),
    /// [`ProvisioningAdapter::find`](hosting_core::port::ProvisioningAdapter::find).
    FindAccount(Identity),
    /// [`ProvisioningAdapter::suspend`](hosting_core::port::ProvisioningAdapter::suspend), and why.
    Suspend(Identity, String),
    /// [`ProvisioningAdapter::unsuspend`](hosting_core::port::ProvisioningAdapter::unsuspend).
    Unsuspend(Identity),
    /// [`ProvisioningAdapter::terminate`](hosting_core::port::ProvisioningAdapter::terminate).
    Terminate(Identity),
    /// [`ProvisioningAdapter::change_package`](hosting_core::port::ProvisioningAdapter::change_package).
    ChangePackage(Identity, String),
    /// [`ProvisioningAdapter::set_password`](hosting_core::port::ProvisioningAdapter::set_password).
    SetPassword(Identity, String),
    /// [`Mailer::send`](hosting_core::port::Mailer::send).
    Mail(Letter),
}

/// What a call brought.
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply {
    /// It is done.
    Done,
    /// A charge, if there is one.
    Charge(Option<ChargeSeen>),
    /// An account as the panel sees it.
    Account(AccountSeen),
    /// Nothing under that name.
    NoAccount,
    /// Somebody else's, and why.
    Foreign(String),
}

/// A [`Failure`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Trouble {
    effect: Effect,
    code: Option<String>,
    detail: String,
}

impl Trouble {
    /// The failure that it stands for.
    pub fn failure(self, action: &'static str) -> Failure {
        let failure = Failure::new(self.effect, action, self.detail);
        match self.code {
            Some(code) => failure.with_code(code),
            None => failure,
        }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        let code = failure.code().map(str::to_owned);
        Self { effect: failure.effect(), code, detail: failure.to_string() }
    }
}

/// A type of the ports that does not travel by itself, and its fields.
macro_rules! travels {
    ($(#[$doc:meta])* $name:ident = $port:ty { $($field:ident: $ty:ty),+ $(; $other:ident = $value:expr)* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Serialize, Deserialize)]
        pub struct $name { $($field: $ty),+ }
        impl From<&$port> for $name {
            fn from(it: &$port) -> Self {
                Self { $($field: it.$field.clone()),+ }
            }
        }
        impl From<$name> for $port {
            fn from(it: $name) -> Self {
                Self { $($field: it.$field),+ $(, $other: $value)* }
            }
        }
    };
}

travels! {
    /// A charge as the gateway sees it.
    ChargeSeen = Charge {
        reference: String, provider_ref: String, status: ChargeStatus, amount: Money,
        given_back: Option<Money>, instructions: Option<Instructions>,
        expires_at: Option<DateTime<Utc>>, paid_at: Option<DateTime<Utc>>, detail: String,
    }
}
travels! {
    /// An account as the panel sees it.
    AccountSeen = AccountState {
        username: String, domain: String, package: String, suspended: Option<String>,
        owner: Option<String>, ip: Option<String>, usage: Usage,
    }
}
travels! {
    /// What an account is recognised by.
    Identity = AccountIdentity {
        username: String, domain: String, intended_at: DateTime<Utc>, owner: Option<String>,
    }
}
travels! {
    /// A mail.
    Letter = Mail {
        key: IdempotencyKey, to: Email, to_name: String, subject: String, text: String,
        html: Option<String>,
    }
}
travels! {
    /// Who pays.
    Customer = Payer { name: String, email: Email, phone: Option<Phone> }
}

/// What a gateway is asked for.
#[derive(Debug, Serialize, Deserialize)]
pub struct Offer {
    reference: String,
    key: IdempotencyKey,
    method: String,
    amount: Money,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
    description: String,
    payer: Customer,
}

impl From<&ChargeRequest> for Offer {
    fn from(it: &ChargeRequest) -> Self {
        Self {
            reference: it.reference.clone(),
            key: it.key.clone(),
            method: it.method.clone(),
            amount: it.amount,
            expires_at: it.expires_at,
            now: it.now,
            description: it.description.clone(),
            payer: Customer::from(&it.payer),
        }
    }
}

impl From<Offer> for ChargeRequest {
    fn from(it: Offer) -> Self {
        Self {
            reference: it.reference,
            key: it.key,
            method: it.method,
            amount: it.amount,
            expires_at: it.expires_at,
            now: it.now,
            description: it.description,
            payer: it.payer.into(),
        }
    }
}

/// An account as we want it; the password of a simulated one is no secret.
#[derive(Debug, Serialize, Deserialize)]
pub struct Account {
    username: String,
    domain: String,
    package: String,
    password: String,
    contact: Email,
    intended_at: DateTime<Utc>,
}

impl From<&AccountSpec> for Account {
    fn from(it: &AccountSpec) -> Self {
        Self {
            username: it.username.clone(),
            domain: it.domain.clone(),
            package: it.package.clone(),
            password: it.password.expose().to_owned(),
            contact: it.contact.clone(),
            intended_at: it.intended_at,
        }
    }
}

impl From<Account> for AccountSpec {
    fn from(it: Account) -> Self {
        Self {
            username: it.username,
            domain: it.domain,
            package: it.package,
            password: Secret::new(it.password),
            contact: it.contact,
            intended_at: it.intended_at,
        }
    }
}

impl From<Found> for Reply {
    fn from(found: Found) -> Self {
        match found {
            Found::Nothing => Self::NoAccount,
            Found::Ours(state) => Self::Account((&state).into()),
            Found::Foreign { reason } => Self::Foreign(reason),
        }
    }
}

/// One end of the line.
#[derive(Debug)]
pub struct Line {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Line {
    /// The end at this socket.
    ///
    /// # Errors
    /// A socket that does not take its options.
    pub fn new(socket: TcpStream) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        let (reader, writer) = socket.into_split();
        Ok(Self { reader: BufReader::new(reader), writer })
    }

    /// Says something.
    ///
    /// # Errors
    /// The other end is gone.
    pub async fn say(&mut self, what: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(what)?;
        text.push(b'\n');
        self.writer.write_all(&text).await
    }

    /// Hears what the other end says.
    ///
    /// # Errors
    /// The other end is gone, or says what nobody understands.
    pub async fn hear<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        let mut text = String::new();
        if self.reader.read_line(&mut text).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(serde_json::from_str(&text)?)
    }
}

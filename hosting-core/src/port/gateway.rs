//! Taking money through somebody else.
//!
//! # The contract
//!
//! * The order reference is chosen and stored by us before the first call, unique per attempt, and
//!   never used again. Charging twice with one reference makes one charge, and answers the same.
//! * A [`Failure`] says what is known about the *effect*. In doubt an adapter answers
//!   [`Effect::Unknown`](super::Effect::Unknown); the caller then asks
//!   [`PaymentGateway::find`] before it does anything else.
//! * Money is credited from what [`PaymentGateway::find`] says and never from a message (law 4).
//! * A capability is a method that returns `Some`. There are no flags to disagree with.
//! * Adapters never sleep, retry or read the clock; the caller owns time.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    descriptor::Descriptor,
    effect::{Failure, IdempotencyKey},
};
use crate::kernel::{Email, Money, Phone};

/// The [`Failure::code`](super::Failure::code) of a charge that is refused because the way to pay is
/// not active for the account: it is no fault of the customer, so staff are told.
pub const METHOD_INACTIVE: &str = "method_inactive";

/// What the gateway is asked for.
#[derive(Debug, Clone)]
pub struct ChargeRequest {
    /// Our reference for this attempt; at most 50 of `[A-Za-z0-9-]`. The gateway's `order_id`.
    pub reference: String,
    /// The key for providers that take one.
    pub key: IdempotencyKey,
    /// [`Method::id`].
    pub method: String,
    /// What is asked for; above zero.
    pub amount: Money,
    /// When the offer to pay ends.
    pub expires_at: DateTime<Utc>,
    /// The instant of the request, for providers that want it said.
    pub now: DateTime<Utc>,
    /// One line that the customer may see on the bank's screen.
    pub description: String,
    /// Who pays.
    pub payer: Payer,
}

/// Who pays, as far as a gateway wants to know.
#[derive(Debug, Clone)]
pub struct Payer {
    /// Full name.
    pub name: String,
    /// Mail address.
    pub email: Email,
    /// Phone number.
    pub phone: Option<Phone>,
}

pub use crate::model::charge::{Charge, ChargeStatus, Instructions, Method, Shows};

/// A webhook as it came in: nothing in it is believed yet.
#[derive(Debug, Clone)]
pub struct RawWebhook<'a> {
    /// Header names in lower case, with values.
    pub headers: &'a [(String, String)],
    /// The body, byte for byte.
    pub body: &'a [u8],
}

/// A webhook whose sender was verified. It says *what to look at*, not what is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Identical for repeats of the same message; unique per gateway in our inbox.
    pub event_key: String,
    /// Our reference of the charge it is about, if it is about one.
    pub reference: Option<String>,
}

/// Why a webhook is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The body is not what this provider sends.
    #[error("the message is malformed: {0}")]
    Malformed(&'static str),
    /// The signature is wrong or absent.
    #[error("the signature does not match")]
    Forged,
    /// This gateway takes no webhooks.
    #[error("this gateway sends no webhooks")]
    NotSupported,
}

/// Takes payments.
///
/// A whole gateway is `examples/my_gateway.rs`. What all of them do, here on a simulated one:
///
/// ```
/// # use std::sync::Arc;
/// # use chrono::{DateTime, TimeDelta, Utc};
/// # use hosting_core::{kernel::{Currency, Money}, port::IdempotencyKey};
/// use hosting_core::{
///     port::{PaymentGateway, gateway::{ChargeRequest, ChargeStatus, Payer}},
///     testing::{Fate, SimGateway, TestClock},
/// };
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let now: DateTime<Utc> = "2026-03-31T12:00:00Z".parse()?;
/// let gateway = SimGateway::new(Arc::new(Fate::kind()), Arc::new(TestClock::at(now)));
/// let request = ChargeRequest {
///     reference: "INV-1".to_owned(),
///     key: IdempotencyKey::new("charge-1"),
///     method: SimGateway::ACCOUNT.to_owned(),
///     amount: Money::from_minor(150_000, Currency::IDR),
///     expires_at: now + TimeDelta::days(1),
///     now,
///     description: "Hosting".to_owned(),
///     payer: Payer { name: "Rani".to_owned(), email: "rani@example.com".parse()?, phone: None },
/// };
/// assert_eq!(gateway.charge(&request).await?.status, ChargeStatus::Pending);
/// gateway.pay("INV-1");
/// // Whether money came is what the provider says when it is asked (law 4).
/// let found = gateway.find("INV-1").await?.ok_or("it was charged")?;
/// assert_eq!(found.status, ChargeStatus::Succeeded);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait PaymentGateway: std::fmt::Debug + Send + Sync {
    /// Who this is.
    fn descriptor(&self) -> &'static Descriptor;

    /// The ways to pay it serves.
    fn methods(&self) -> &[Method];

    /// Whether real money moves; test clocks and fault switches are refused then.
    fn is_production(&self) -> bool;

    /// Asks for money.
    async fn charge(&self, request: &ChargeRequest) -> Result<Charge, Failure>;

    /// The charge made under our `reference`, if the provider ever saw it. The truth (law 4).
    async fn find(&self, reference: &str) -> Result<Option<Charge>, Failure>;

    /// Ends an unpaid offer. Answers the state after it, which may be *paid*: customers race us.
    async fn cancel(&self, reference: &str) -> Result<Charge, Failure>;

    /// Verifies a webhook's sender and says which charge to look at.
    ///
    /// # Errors
    /// A [`Rejection`]; nothing of the message may be used then.
    fn verify(&self, webhook: &RawWebhook<'_>) -> Result<Notice, Rejection>;

    /// Giving money back, where the provider can.
    fn refunds(&self) -> Option<&dyn Refunds> {
        None
    }

    /// Money that staff confirm by hand, for gateways that hear nothing by themselves.
    fn confirmed_by_staff(&self) -> bool {
        false
    }
}

/// Giving money back through the provider.
///
/// A gateway that can answers it from [`PaymentGateway::refunds`]; one that cannot has no such method, so
/// that what staff are offered is what works.
///
/// ```
/// # use std::sync::Arc;
/// # use hosting_core::testing::{Fate, SimGateway, TestClock};
/// use hosting_core::port::PaymentGateway;
///
/// fn can_give_back(gateway: &dyn PaymentGateway) -> bool {
///     gateway.refunds().is_some()
/// }
/// # let clock = TestClock::at("2026-03-31T12:00:00Z".parse().unwrap());
/// assert!(can_give_back(&SimGateway::new(Arc::new(Fate::kind()), Arc::new(clock))));
/// ```
#[async_trait]
pub trait Refunds: Send + Sync {
    /// Refunds `amount` of the charge under our `reference`; `key` makes repeats one refund.
    async fn refund(
        &self,
        reference: &str,
        amount: Money,
        key: &IdempotencyKey,
        reason: &str,
    ) -> Result<RefundState, Failure>;

    /// The refund made with `key`, if the provider ever saw it.
    async fn find_refund(
        &self,
        reference: &str,
        key: &IdempotencyKey,
    ) -> Result<Option<RefundState>, Failure>;
}

/// The provider's view of one refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundState {
    /// The provider's own id.
    pub provider_ref: String,
    /// Whether the money has left, rather than only been asked to.
    pub completed: bool,
    /// What is given back.
    pub amount: Money,
}

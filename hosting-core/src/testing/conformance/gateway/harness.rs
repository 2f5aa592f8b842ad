//! What a gateway is tried with.

use crate::{
    kernel::Money,
    port::{PaymentGateway, gateway::RawWebhook},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::{future::Future, pin::Pin};

/// A rule at work.
pub type Work<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A gateway to be tried, and what stands behind it. Each rule gets a fresh one.
pub trait GatewayHarness: Send + Sync {
    /// The gateway.
    fn gateway(&self) -> &dyn PaymentGateway;

    /// The instant by which the provider lives.
    fn now(&self) -> DateTime<Utc>;

    /// The [`Method::id`](crate::model::charge::Method::id) to pay with.
    fn method(&self) -> &str;

    /// An amount that the method takes.
    fn amount(&self) -> Money;

    /// Texts that nobody may read: keys, tokens, passwords.
    fn secrets(&self) -> Vec<String>;

    /// The provider, if there is one: a bank transfer that staff confirm has none.
    fn provider(&self) -> Option<&dyn Provider> {
        None
    }

    /// What lies between the gateway and the provider, if it can break.
    fn line(&self) -> Option<&dyn Line> {
        None
    }

    /// The provider's messages, if it sends any.
    fn messages(&self) -> Option<&dyn Messages> {
        None
    }

    /// What the provider gave back, if it can.
    fn refunds(&self) -> Option<&dyn GivenBack> {
        None
    }
}

/// The provider as a simulation: what really happened there, and what customers do.
#[async_trait]
pub trait Provider: Send + Sync {
    /// How many charges were ever made under `reference`.
    async fn charges(&self, reference: &str) -> u32;

    /// What the provider has on record as asked for under `reference`, in our minor units.
    async fn asked(&self, reference: &str) -> Option<Money>;

    /// The customer pays what was asked.
    async fn customer_pays(&self, reference: &str);
}

/// Which call of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewayCall {
    /// [`PaymentGateway::charge`].
    Charge,
    /// [`PaymentGateway::find`].
    Find,
    /// [`PaymentGateway::cancel`].
    Cancel,
    /// [`Refunds::refund`](crate::port::gateway::Refunds::refund).
    Refund,
}

/// What lies between a gateway and its provider.
#[async_trait]
pub trait Line: Send + Sync {
    /// The provider does what the next such call wants, and its answer never arrives.
    async fn lose_next_answer(&self, call: GatewayCall);
}

/// A message as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Header names in lower case, with values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Message {
    /// As it comes in at our end.
    pub fn raw(&self) -> RawWebhook<'_> {
        RawWebhook { headers: &self.headers, body: &self.body }
    }
}

/// The provider's messages about one charge.
#[async_trait]
pub trait Messages: Send + Sync {
    /// A genuine one about the present state of `reference`; asked twice, it is the same message.
    async fn genuine(&self, reference: &str) -> Message;

    /// The genuine one with a signed part changed on its way.
    async fn tampered(&self, reference: &str) -> Message;

    /// One made and signed by somebody without our key.
    async fn forged(&self, reference: &str) -> Message;
}

/// What the provider gave back.
#[async_trait]
pub trait GivenBack: Send + Sync {
    /// How many refunds of the charge under `reference` were ever made.
    async fn refunds(&self, reference: &str) -> u32;
}

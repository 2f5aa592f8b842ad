//! The part of a shop that can die.
//!
//! People and the outside world live in the test. What they ask of the shop is a [`Wish`], which a
//! [`Process`] carries out: in the test itself, under a [`Fate`] that only plays dead, or in a real child
//! process that really ends. The story is the same.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Fate, SimGateway};
use crate::{
    decide::subscription::When,
    model::{Actor, CartId, CustomerId, InvoiceId, OrderId, PaymentId, SubscriptionId},
    port::gateway::RawWebhook,
    service::{Ports, orders, payments, subscriptions},
    work::{schedule_runs, tick},
};

/// Something that is asked of the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    /// A customer orders what is in a cart.
    Order {
        /// The cart.
        cart: CartId,
        /// Who orders.
        customer: CustomerId,
    },
    /// A customer wants to pay an invoice.
    Pay {
        /// The invoice.
        invoice: InvoiceId,
    },
    /// A customer moves away at once.
    Cancel {
        /// The service.
        subscription: SubscriptionId,
    },
    /// The gateway has news.
    Hear {
        /// The message, byte for byte.
        body: String,
    },
    /// Another day.
    Schedule,
    /// One turn of a worker.
    Work,
}

/// What came of a wish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Granted {
    /// The order is placed.
    Ordered(OrderId, InvoiceId),
    /// The payment is started.
    Paying(PaymentId),
    /// It is done.
    Done,
    /// A turn took so many tasks.
    Worked(u32),
}

/// Why nothing came of a wish, or why nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unheard {
    /// The process died, or lost something on the way. It is to be asked again.
    #[error("the process was struck")]
    Struck,
    /// It says no, or failed by itself. Nothing was done to it.
    #[error("{0}")]
    Refused(String),
}

/// A shop's process.
#[async_trait]
pub trait Process: std::fmt::Debug + Send + Sync {
    /// Asks once.
    ///
    /// # Errors
    /// [`Unheard`].
    async fn ask(&self, wish: &Wish) -> Result<Granted, Unheard>;

    /// Starts the process again, if it died.
    async fn start_again(&self);
}

/// A process that lives in the test and only plays dead.
#[derive(Debug)]
pub struct Played {
    ports: Ports,
    fate: Arc<Fate>,
}

impl Played {
    /// A process with `ports`, whose store and adapters are under `fate`.
    pub fn new(ports: Ports, fate: Arc<Fate>) -> Self {
        Self { ports, fate }
    }
}

#[async_trait]
impl Process for Played {
    async fn ask(&self, wish: &Wish) -> Result<Granted, Unheard> {
        let blows = self.fate.blows();
        match carry_out(&self.ports, wish).await {
            // What a dead process says reaches nobody.
            _ if self.fate.is_dead() => Err(Unheard::Struck),
            Ok(granted) => Ok(granted),
            Err(_) if self.fate.blows() > blows => Err(Unheard::Struck),
            Err(error) => Err(Unheard::Refused(error)),
        }
    }
    async fn start_again(&self) {
        self.fate.revive();
    }
}

/// Carries out a wish with `ports`.
///
/// # Errors
/// What the shop says to people: a refusal, or that the database failed.
pub async fn carry_out(ports: &Ports, wish: &Wish) -> Result<Granted, String> {
    let guest = Actor::Guest;
    match wish {
        Wish::Order { cart, customer } => {
            let placed = orders::place_order(ports, &guest, *cart, *customer).await;
            placed.map(|(order, invoice)| Granted::Ordered(order, invoice)).map_err(text)
        }
        Wish::Pay { invoice } => {
            let begun = payments::start(ports, &guest, *invoice, SimGateway::NAME, "va").await;
            begun.map(Granted::Paying).map_err(text)
        }
        Wish::Cancel { subscription } => {
            let why = "moving away";
            let ended =
                subscriptions::cancel(ports, &Actor::System, *subscription, When::Now, why).await;
            ended.map(|()| Granted::Done).map_err(text)
        }
        Wish::Hear { body } => {
            let gateway = ports.gateways.get(SimGateway::NAME).ok_or("there is no gateway")?;
            let webhook = RawWebhook { headers: &[], body: body.as_bytes() };
            let notice = gateway.verify(&webhook).map_err(text)?;
            let stored = payments::store_webhook(ports, &**gateway, notice, body.clone()).await;
            stored.map(|_| Granted::Done).map_err(text)
        }
        Wish::Schedule => schedule_runs(ports).await.map(|()| Granted::Done).map_err(text),
        Wish::Work => {
            tick(ports, None, 8).await.map(|it| Granted::Worked(it.claimed)).map_err(text)
        }
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

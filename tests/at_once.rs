//! One payment that everybody learns of at the same time, in two replicas on one database.
//!
//! Each replica has connections and dice of its own, as two processes have; the gateway, the panel
//! and the mail carrier are the same for both. What sets out first is another thing in each round.

#[path = "../hosting-sqlx/tests/support/mod.rs"]
mod support;

use std::{future::Future, pin::Pin, sync::Arc};

use chrono::TimeDelta;
use hosting_core::{
    change::ChangeSet,
    kernel::PageRequest,
    model::{Actor, Payment, PaymentStatus, Subject},
    port::{Clock as _, gateway::Notice},
    service::{
        Ports, ServiceError,
        offers::{SaidRefusal, said_paid},
        payments::store_webhook,
    },
    testing::{Fate, SeededEntropy, SimGateway, TestShop},
    work,
};
use hosting_sqlx::SqlStore;
use tokio::{sync::Barrier, task::JoinSet};

/// How many payments are learned of on each database, each in an order of its own.
const ROUNDS: usize = 12;
/// How many tasks a worker takes at once: few, so that both workers get some.
const CLAIM: u32 = 2;
/// How often a worker looks for tasks while everybody is busy.
const TURNS: usize = 10;

/// A shop with a second replica beside its own ports.
struct Replicas {
    shop: TestShop,
    second: Ports,
    second_store: Arc<SqlStore>,
}

/// A payment that the bank was paid and that the shop does not know of yet.
struct Paid {
    payment: Payment,
    domain: String,
}

type Trigger = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Replicas {
    async fn open(store: Arc<SqlStore>, url: &str) -> Self {
        store.migrate().await.unwrap();
        let shop = TestShop::open(store, Fate::kind()).await;
        let second_store = SqlStore::connect_with(url, &support::options()).await.unwrap();
        let second_store = Arc::new(second_store);
        let entropy = Arc::new(SeededEntropy::new(8));
        let second = Ports { store: second_store.clone(), entropy, ..shop.ports.clone() };
        Self { shop, second, second_store }
    }

    fn both(&self) -> [Ports; 2] {
        [self.shop.ports.clone(), self.second.clone()]
    }

    /// Orders, and pays at the bank. When this answers, the chain of questions is due.
    async fn pay(&self, round: usize) -> Paid {
        let domain = format!("toko{round}.com");
        let cart = self.shop.cart(&domain, None).await;
        let (_, invoice) = self.shop.order(cart).await;
        let payment = self.shop.ask_to_pay(invoice).await;
        assert!(self.shop.gateway.pay(&payment.reference), "the charge is open at the provider");
        let payment = self.shop.store.payment(payment.id).await.unwrap().unwrap().value;
        let asks_at = payment.next_ask_at.expect("it is asked about");
        self.shop.clock.set(asks_at.max(self.shop.clock.now()) + TimeDelta::seconds(1));
        Paid { payment, domain }
    }

    /// Everything by which the shop may learn of it, in both replicas.
    fn triggers(&self, paid: &Paid) -> Vec<Trigger> {
        let mut triggers: Vec<Trigger> = Vec::new();
        for ports in self.both() {
            triggers.push(Box::pin(hears(ports.clone(), paid.payment.reference.clone())));
            triggers.push(Box::pin(works(ports)));
        }
        triggers.push(Box::pin(asks(self.second.clone(), paid.payment.clone())));
        triggers
    }

    /// Works in both replicas until nothing is due, and what had to be tried again later too.
    async fn come_to_rest(&self) {
        for ports in self.both() {
            work::until_idle(&ports, 500).await.unwrap();
        }
        self.shop.settle_down(TimeDelta::minutes(30)).await;
    }

    /// How many facts of that name there are about something.
    async fn facts(&self, of: Subject, name: &str) -> usize {
        let page = PageRequest::first(PageRequest::MAX);
        let events = self.shop.store.events_of(&of, &page).await.unwrap().items;
        events.iter().filter(|(_, it)| it.body.name() == name).count()
    }

    /// How many mails of that kind went out.
    fn mails(&self, kind: &str) -> usize {
        self.shop.mailer.sent().iter().filter(|it| it.subject.starts_with(kind)).count()
    }

    /// What is not as it would be if one alone had learned of it, after so many purchases.
    async fn wrong(&self, paid: &Paid, purchases: usize) -> Vec<String> {
        let store = &self.shop.store;
        let payment = store.payment(paid.payment.id).await.unwrap().unwrap();
        let invoice = store.invoice(payment.invoice_id).await.unwrap().unwrap();
        let made = self.shop.panel.created().get(&paid.domain).copied().unwrap_or(0);
        let counted = [
            ("PaymentReceived", self.facts(payment.id.into(), "PaymentReceived").await, 1),
            ("InvoicePaid", self.facts(invoice.id.into(), "InvoicePaid").await, 1),
            ("accounts made", usize::try_from(made).unwrap(), 1),
            ("accounts on the panel", self.shop.panel.accounts().len(), purchases),
            ("welcome mails", self.mails("welcome"), purchases),
            ("receipts", self.mails("payment_received"), purchases),
        ];
        let mut wrong: Vec<_> = counted
            .into_iter()
            .filter(|(_, found, expected)| found != expected)
            .map(|(what, found, expected)| format!("{what}: {found} instead of {expected}"))
            .collect();
        if payment.status != PaymentStatus::Succeeded || payment.applied != payment.amount {
            wrong.push(format!("credited {:?}, {:?}", payment.applied, payment.status));
        }
        if invoice.paid != invoice.total {
            wrong.push(format!("paid {:?} of {:?}", invoice.paid, invoice.total));
        }
        wrong
    }

    async fn close(self) {
        self.second_store.close().await;
    }
}

/// The gateway's message, which is the same in both replicas, and what comes of it.
async fn hears(ports: Ports, reference: String) {
    let gateway = Arc::clone(ports.gateways.get(SimGateway::NAME).unwrap());
    let event_key = format!("settlement {reference}");
    let notice = Notice { event_key, reference: Some(reference) };
    store_webhook(&ports, &*gateway, notice, String::new()).await.unwrap();
    work::tick(&ports, None, CLAIM).await.unwrap();
}

/// A worker, which finds the due question, the message, and whatever comes of them.
async fn works(ports: Ports) {
    for _ in 0..TURNS {
        work::tick(&ports, None, CLAIM).await.unwrap();
        tokio::task::yield_now().await;
    }
}

/// The customer says "I have paid", and waits.
async fn asks(ports: Ports, payment: Payment) {
    match said_paid(&ports, &Actor::Guest, payment.id, None).await {
        Ok(Some(task)) => {
            work::run_now(&ports, task).await.unwrap();
        }
        // Somebody else was faster.
        Ok(None) | Err(ServiceError::Refused(SaidRefusal::Over(_))) => {}
        Err(error) => panic!("the customer's question was refused: {error}"),
    }
}

/// Lets them all go at the same moment; who is woken first is for the dice to say.
async fn at_once(mut triggers: Vec<Trigger>, dice: &SeededEntropy) {
    let start = Arc::new(Barrier::new(triggers.len()));
    let mut going = JoinSet::new();
    while !triggers.is_empty() {
        let left = u64::try_from(triggers.len()).unwrap();
        let next = triggers.swap_remove(usize::try_from(dice.next_u64() % left).unwrap());
        let (start, steps_back) = (Arc::clone(&start), dice.next_u64() % 4);
        going.spawn(async move {
            start.wait().await;
            for _ in 0..steps_back {
                tokio::task::yield_now().await;
            }
            next.await;
        });
    }
    while let Some(ended) = going.join_next().await {
        ended.unwrap();
    }
}

/// D1: whoever learns of a payment, and however many at once, it is credited once, and what it pays
/// for is made once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_webhook_twice_a_poll_and_a_second_replica_together_credit_once() {
    support::on_each_empty(|store, url| async move {
        let replicas = Replicas::open(store, &url).await;
        for round in 0..ROUNDS {
            let dice = SeededEntropy::new(u64::try_from(round).unwrap());
            let paid = replicas.pay(round).await;
            at_once(replicas.triggers(&paid), &dice).await;
            replicas.come_to_rest().await;
            let wrong = replicas.wrong(&paid, round + 1).await;
            assert!(wrong.is_empty(), "round {round}: {wrong:?}");
        }
        let inbox = PageRequest::first(PageRequest::MAX);
        let inbox = replicas.shop.store.webhook_events(&inbox).await.unwrap().items;
        assert_eq!(inbox.len(), ROUNDS, "a message is stored once");
        replicas.shop.check_books().await;
        replicas.close().await;
    })
    .await;
}

/// The proof that the test above can fail: where a second replica writes over what the first has
/// learned, as one would that did not compare versions, it is found out.
#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_writes_over_what_another_learned_is_found_out() {
    let proof = support::on_each_empty(|store, url| async move {
        let replicas = Replicas::open(store, &url).await;
        let paid = replicas.pay(0).await;
        let store = &replicas.shop.store;
        let invoice_id = paid.payment.invoice_id;
        let unpaid = store.invoice(invoice_id).await.unwrap().unwrap().value;
        hears(replicas.shop.ports.clone(), paid.payment.reference.clone()).await;
        replicas.come_to_rest().await;
        let wrong = replicas.wrong(&paid, 1).await;
        assert!(wrong.is_empty(), "one alone does it right: {wrong:?}");

        let mut changes = ChangeSet::default();
        let learned = store.payment(paid.payment.id).await.unwrap().unwrap();
        changes.payments.change(learned.with(paid.payment.clone()));
        let credited = store.invoice(invoice_id).await.unwrap().unwrap();
        changes.invoices.change(credited.with(unpaid));
        store.commit(changes).await.unwrap();
        asks(replicas.second.clone(), paid.payment.clone()).await;
        replicas.come_to_rest().await;
        let wrong = replicas.wrong(&paid, 1).await;
        let twice = "PaymentReceived: 2 instead of 1".to_owned();
        assert!(wrong.contains(&twice), "nobody noticed: {wrong:?}");
        replicas.close().await;
    });
    Box::pin(proof).await;
}

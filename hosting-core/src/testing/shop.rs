//! A whole shop on any store: one product, one plan, one server, one customer, simulated providers.
//!
//! Its steps insist like people and programs do: when the process dies in the middle of one, or loses
//! what it was told, it is started again some minutes later — after the leases ran out — and the step is
//! tried again.

#![allow(clippy::wildcard_imports, reason = "a whole shop needs every noun")]

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone as _, Utc};

use super::{
    ClearBox, Fate, FatedStore, PlainLetters, Process, SeededEntropy, SimGateway, SimMailer,
    SimPanel, TestClock,
    fate::{Blow, Place},
    process::{Granted, Played, Unheard, Wish},
};
use crate::{
    change::ChangeSet,
    kernel::{BillingCycle, Currency, Mint, Money, Rate, Ratio, Secret},
    model::*,
    port::{Clock as _, SecretBox as _, Store},
    service::{Directory, Ports},
};

/// A shop to play stories in.
#[derive(Debug)]
pub struct TestShop {
    /// What use cases are given; its store is under the shop's fate.
    pub ports: Ports,
    /// The store itself, which never dies.
    pub store: Arc<dyn Store>,
    /// The clock, moved by hand.
    pub clock: Arc<TestClock>,
    /// The gateway.
    pub gateway: Arc<SimGateway>,
    /// The panel.
    pub panel: Arc<SimPanel>,
    /// The mail carrier.
    pub mailer: Arc<SimMailer>,
    /// What goes wrong.
    pub fate: Arc<Fate>,
    /// The shop's process, when it is not this one: then the ports are unused.
    pub abroad: Option<Arc<dyn Process>>,
    /// The customer.
    pub customer_id: CustomerId,
    /// The plan: 100 000 rupiah a month and 50 000 for setting up.
    pub plan_id: PlanId,
}

/// Ten in the morning in Jakarta on 31 January 2026: an anchor day that most months do not have.
pub fn opening() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 31, 3, 0, 0).unwrap()
}

impl TestShop {
    /// Opens the shop on an empty, migrated store.
    pub async fn open(store: Arc<dyn Store>, fate: Fate) -> Self {
        Self::open_with(store, fate, ShopSettings::default()).await
    }

    /// Opens the shop with settings of one's own.
    pub async fn open_with(store: Arc<dyn Store>, fate: Fate, settings: ShopSettings) -> Self {
        let (fate, clock) = (Arc::new(fate), Arc::new(TestClock::at(opening())));
        let gateway = Arc::new(SimGateway::new(Arc::clone(&fate), clock.clone()));
        let panel = Arc::new(SimPanel::new(Arc::clone(&fate)));
        let mailer = Arc::new(SimMailer::new(Arc::clone(&fate)));
        let mut gateways: Directory<dyn crate::port::PaymentGateway> = Directory::new();
        gateways.insert(SimGateway::NAME, gateway.clone());
        let mut panels: Directory<dyn crate::port::ProvisioningAdapter> = Directory::new();
        panels.insert(SimPanel::NAME, panel.clone());
        let entropy = Arc::new(SeededEntropy::new(7));
        let ports = Ports {
            store: Arc::new(FatedStore::new(Arc::clone(&store), Arc::clone(&fate))),
            clock: clock.clone(),
            entropy: entropy.clone(),
            secrets: Arc::new(ClearBox),
            gateways,
            panels,
            mailer: mailer.clone(),
            letters: Arc::new(PlainLetters),
        };
        let mint = Mint::at(clock.now(), &*entropy);
        let (seed, customer_id, plan_id) = seed(&mint, &settings);
        store.commit(seed).await.expect("an empty store takes the seed");
        let abroad = None;
        Self { ports, store, clock, gateway, panel, mailer, fate, abroad, customer_id, plan_id }
    }

    /// A cart with one plan for `domain`, monthly.
    pub async fn cart(&self, domain: &str, coupon: Option<&str>) -> CartId {
        let mint = self.ports.mint();
        let cart = Cart {
            id: mint.id(),
            customer_id: Some(self.customer_id),
            currency: Currency::IDR,
            items: vec![CartItem {
                plan_id: self.plan_id,
                cycle: BillingCycle::MONTHLY,
                quantity: 1,
                domain: domain.parse().unwrap(),
            }],
            coupon_code: coupon.map(str::to_owned),
            status: CartStatus::Open,
            created_at: mint.now(),
            updated_at: mint.now(),
        };
        let id = cart.id;
        let mut changes = ChangeSet::default();
        changes.carts.add(cart);
        self.store.commit(changes).await.unwrap();
        id
    }

    /// Asks the shop's process until it answers.
    pub async fn ask(&self, wish: Wish) -> Granted {
        for _ in 0..200 {
            match self.ask_once(&wish).await {
                Ok(granted) => return granted,
                Err(Unheard::Struck) => self.restart().await,
                Err(Unheard::Refused(error)) => {
                    panic!("{wish:?} was refused although nothing had gone wrong: {error}")
                }
            }
        }
        panic!("the process was struck two hundred times in one step");
    }

    async fn ask_once(&self, wish: &Wish) -> Result<Granted, Unheard> {
        match &self.abroad {
            Some(process) => process.ask(wish).await,
            None => self.played().ask(wish).await,
        }
    }

    /// Tries a step of one's own, on the shop's ports, until nothing strikes it.
    pub async fn insist<T, E, F>(&self, step: impl Fn() -> F) -> T
    where
        F: Future<Output = Result<T, E>>,
        E: std::fmt::Display,
    {
        for _ in 0..200 {
            let blows = self.fate.blows();
            match step().await {
                _ if self.fate.is_dead() => self.restart().await,
                Ok(done) => return done,
                Err(_) if self.fate.blows() > blows => self.restart().await,
                Err(error) => panic!("refused although nothing had gone wrong: {error}"),
            }
        }
        panic!("the process was struck two hundred times in one step");
    }

    fn played(&self) -> Played {
        Played::new(self.ports.clone(), Arc::clone(&self.fate))
    }

    async fn restart(&self) {
        match &self.abroad {
            Some(process) => process.start_again().await,
            None => self.played().start_again().await,
        }
        self.clock.advance(TimeDelta::minutes(16));
    }

    /// Orders what is in a cart.
    pub async fn order(&self, cart: CartId) -> (OrderId, InvoiceId) {
        let customer = self.customer_id;
        match self.ask(Wish::Order { cart, customer }).await {
            Granted::Ordered(order, invoice) => (order, invoice),
            other => panic!("an order ended as {other:?}"),
        }
    }

    /// The customer moves away at once.
    pub async fn cancel(&self, subscription: SubscriptionId) {
        for _ in 0..200 {
            match self.ask_once(&Wish::Cancel { subscription }).await {
                Ok(_) => return,
                Err(Unheard::Struck) => self.restart().await,
                // It was cancelled, and only the answer was lost.
                Err(Unheard::Refused(error)) => {
                    let found = self.store.subscription(subscription).await.unwrap().unwrap();
                    assert_eq!(found.status, SubscriptionStatus::Cancelled, "{error}");
                    return;
                }
            }
        }
        panic!("the process was struck two hundred times in one step");
    }

    /// Asks to pay an invoice and waits until the customer knows how.
    pub async fn ask_to_pay(&self, invoice: InvoiceId) -> Payment {
        for _ in 0..50 {
            let Granted::Paying(id) = self.ask(Wish::Pay { invoice }).await else {
                panic!("a payment ended as something else")
            };
            self.drain().await;
            let payment = self.store.payment(id).await.unwrap().unwrap().value;
            if payment.instructions.is_some() {
                return payment;
            }
            self.clock.advance(TimeDelta::minutes(5));
        }
        panic!("the customer never learned how to pay");
    }

    /// The customer pays an invoice, and the webhook is lost: only asking finds it.
    pub async fn pay(&self, invoice: InvoiceId) {
        let payment = self.ask_to_pay(invoice).await;
        assert!(self.gateway.pay(&payment.reference), "the charge is open at the provider");
        self.settle_down(TimeDelta::hours(13)).await;
    }

    /// The customer pays an invoice, and the gateway tells us: once, again, too late or never.
    pub async fn pay_and_hear(&self, invoice: InvoiceId) {
        let payment = self.ask_to_pay(invoice).await;
        assert!(self.gateway.pay(&payment.reference), "the charge is open at the provider");
        self.hear().await;
        self.settle_down(TimeDelta::minutes(1)).await;
        if self.fate.blows() == 0 {
            let heard = self.store.payment(payment.id).await.unwrap().unwrap();
            assert_eq!(heard.status, PaymentStatus::Succeeded, "the news came and was acted on");
        }
        self.settle_down(TimeDelta::hours(13)).await;
    }

    /// Delivers what the gateway has to tell. It repeats each message until it is acknowledged.
    pub async fn hear(&self) {
        let (mut late, mut again) = (Vec::new(), Vec::new());
        for body in self.gateway.take_news() {
            match self.fate.meet(Place::Message) {
                Some(Blow::Lose) => continue,
                Some(Blow::Delay) => {
                    late.push(body);
                    continue;
                }
                Some(Blow::Repeat) => again.extend([body.clone(), body.clone()]),
                _ => {}
            }
            self.ask(Wish::Hear { body }).await;
        }
        for body in late.into_iter().chain(again) {
            self.ask(Wish::Hear { body: body.clone() }).await;
            self.drain().await;
            // Acknowledged, and sent all the same.
            self.ask(Wish::Hear { body }).await;
        }
    }

    /// Works until nothing is due at the present instant.
    pub async fn drain(&self) {
        for _ in 0..2_000 {
            match self.ask_once(&Wish::Work).await {
                Ok(Granted::Worked(0)) => return,
                Ok(_) => {}
                Err(Unheard::Struck) => self.restart().await,
                Err(Unheard::Refused(error)) => panic!("the database failed by itself: {error}"),
            }
        }
        panic!("the queue never emptied");
    }

    /// Lets time go by up to `horizon`, from one due task to the next.
    pub async fn settle_down(&self, horizon: TimeDelta) {
        let end = self.clock.now() + horizon;
        loop {
            self.drain().await;
            match self.store.next_due(None).await.unwrap() {
                Some(at) if at <= end => {
                    self.clock.set(at.max(self.clock.now()) + TimeDelta::seconds(1));
                }
                _ => return,
            }
        }
    }

    /// Lets `days` go by with one round of runs a day; more of them change nothing.
    pub async fn live(&self, days: u32) {
        for _ in 0..days {
            self.clock.advance(TimeDelta::hours(24));
            self.ask(Wish::Schedule).await;
            self.drain().await;
            self.settle_down(TimeDelta::minutes(30)).await;
        }
    }

    /// Lets `days` go by in which nothing runs.
    pub fn skip(&self, days: i64) {
        self.clock.advance(TimeDelta::days(days));
    }

    /// The customer's subscriptions, oldest first.
    pub async fn subscriptions(&self) -> Vec<Subscription> {
        let filter = crate::port::store::SubscriptionFilter {
            customer_id: Some(self.customer_id),
            status: None,
        };
        let page = self.store.subscriptions(&filter, &crate::kernel::PageRequest::first(200)).await;
        let mut all: Vec<_> = page.unwrap().items.into_iter().map(|it| it.value).collect();
        all.reverse();
        all
    }

    /// All invoices, oldest first; at most 200.
    pub async fn invoices(&self) -> Vec<Invoice> {
        let filter = crate::port::store::InvoiceFilter::default();
        let page = self.store.invoices(&filter, &crate::kernel::PageRequest::first(200)).await;
        let mut all: Vec<_> = page.unwrap().items.into_iter().map(|it| it.value).collect();
        all.reverse();
        all
    }

    /// The invoice that is open, if there is exactly one.
    pub async fn open_invoice(&self) -> Option<Invoice> {
        let mut open: Vec<_> =
            self.invoices().await.into_iter().filter(|it| it.status.is_open()).collect();
        if open.len() == 1 { open.pop() } else { None }
    }

    /// Checks what must hold at any instant. Panics with the broken sentence.
    pub async fn check_books(&self) {
        let audited = crate::service::audit::audit(&*self.store).await.unwrap();
        assert!(audited.findings.is_empty(), "the books are off: {:?}", audited.findings);
        for (domain, times) in self.panel.created() {
            assert!(times <= 1, "{domain} was created {times} times");
        }
        let calls = self.gateway.most_per_reference();
        assert!(calls <= 1, "one reference was charged again without looking");
        for subscription in self.subscriptions().await {
            let cycles = self.store.cycles_of(subscription.id).await.unwrap();
            let mut starts: Vec<NaiveDate> = cycles.iter().map(|it| it.period_start).collect();
            starts.sort();
            starts.dedup();
            assert_eq!(starts.len(), cycles.len(), "one period was billed twice");
        }
    }
}

fn seed(mint: &Mint<'_>, settings: &ShopSettings) -> (ChangeSet, CustomerId, PlanId) {
    let now = mint.now();
    let mut changes = ChangeSet::default();
    changes.settings.add(Setting {
        id: mint.id(),
        key: "shop".to_owned(),
        value: serde_json::to_value(settings).unwrap(),
        created_at: now,
        updated_at: now,
    });
    changes.tax_rules.add(TaxRule {
        id: mint.id(),
        name: "PPN".to_owned(),
        country: Some("ID".parse().unwrap()),
        region: None,
        customer_kind: None,
        rate: Rate::from_basis_points(1100),
        base_factor: Ratio::ONE,
        mode: TaxMode::Exclusive,
        valid_from: NaiveDate::from_ymd_opt(2022, 4, 1).unwrap(),
        valid_until: None,
        created_at: now,
        updated_at: now,
    });
    let customer = Customer {
        id: mint.id(),
        kind: CustomerKind::Individual,
        name: "Rani Wulandari".to_owned(),
        company: None,
        email: "rani@example.com".parse().unwrap(),
        phone: Some("0812 3456 7890".parse().unwrap()),
        address: Address {
            line1: "Jl. Braga 44".to_owned(),
            line2: None,
            city: "Bandung".to_owned(),
            region: None,
            postcode: None,
            country: "ID".parse().unwrap(),
        },
        tax_id: None,
        currency: Currency::IDR,
        locale: "id".to_owned(),
        status: CustomerStatus::Active,
        hold: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    let customer_id = customer.id;
    changes.customers.add(customer);
    let plan_id = seed_catalog(mint, &mut changes);
    seed_server(mint, &mut changes);
    (changes, customer_id, plan_id)
}

fn seed_catalog(mint: &Mint<'_>, changes: &mut ChangeSet) -> PlanId {
    let now = mint.now();
    let idr = |minor| Money::from_minor(minor, Currency::IDR);
    let product = Product {
        id: mint.id(),
        slug: "hosting".parse().unwrap(),
        name: "Hosting".to_owned(),
        description: "Shared hosting".to_owned(),
        panel: SimPanel::NAME.to_owned(),
        taxable: true,
        position: 1,
        status: ProductStatus::Active,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    let plan = Plan {
        id: mint.id(),
        product_id: product.id,
        slug: "business".parse().unwrap(),
        name: "Business".to_owned(),
        description: "For shops".to_owned(),
        features: vec![Feature { label: "Storage".to_owned(), value: "50 GB".to_owned() }],
        package: "business".to_owned(),
        server_group: "jakarta".to_owned(),
        trial_days: 0,
        stock: None,
        position: 1,
        status: ProductStatus::Active,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    changes.plan_prices.add(PlanPrice {
        id: mint.id(),
        plan_id: plan.id,
        cycle: BillingCycle::MONTHLY,
        currency: Currency::IDR,
        price: idr(100_000),
        setup_fee: idr(50_000),
        valid_from: now,
        valid_until: None,
        created_at: now,
        updated_at: now,
    });
    changes.coupons.add(Coupon {
        id: mint.id(),
        code: "KOPI10".to_owned(),
        discount: Discount::Percent { rate: Rate::from_basis_points(1000) },
        applies_to: AppliesTo::First,
        includes_setup_fee: false,
        new_customers_only: false,
        product_ids: Vec::new(),
        plan_ids: Vec::new(),
        starts_at: None,
        ends_at: None,
        max_uses: Some(2),
        max_uses_per_customer: Some(1),
        status: CouponStatus::Active,
        created_at: now,
        updated_at: now,
    });
    let plan_id = plan.id;
    changes.products.add(product);
    changes.plans.add(plan);
    plan_id
}

fn seed_server(mint: &Mint<'_>, changes: &mut ChangeSet) {
    let id: ServerId = mint.id();
    let place = sealing::server_secret(id);
    changes.servers.add(Server {
        id,
        name: "jkt1".to_owned(),
        panel: SimPanel::NAME.to_owned(),
        server_group: "jakarta".to_owned(),
        base_url: "https://panel.example.com:2087".to_owned(),
        username: "root".to_owned(),
        secret: ClearBox.seal(&Secret::new("token"), &place, [0; 24]),
        ca_pem: None,
        cert_sha256: None,
        max_accounts: 100,
        status: ServerStatus::Active,
        paused_at: None,
        paused_until: None,
        pause_reason: None,
        created_at: mint.now(),
        updated_at: mint.now(),
        deleted_at: None,
    });
}

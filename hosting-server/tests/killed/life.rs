//! Months in the life of a shop that is killed again and again.
//!
//! Four people have a service each. One pays every bill; one pays only when the service is off; one never
//! pays again; one leaves at once. Days go by until each of them is where that must lead.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use hosting_core::{
    change::ChangeSet,
    kernel::PageRequest,
    model::{Subscription, SubscriptionStatus},
    port::store::SubscriptionFilter,
    testing::SeededEntropy,
};
use hosting_server::clock::Stopwatch;
use hosting_sqlx::Dialect;
use reqwest::Method;
use serde_json::json;

use super::{
    TURN,
    killer::{Killer, Mischief},
    life_ledger::Life,
    people, seed,
    shop::Shop,
    support,
};

/// After so many days everybody must be where they are going.
const DAYS: i64 = 90;
/// Before that day no bill goes out; until then days go by in threes.
const QUIET: i64 = 21;

/// How somebody deals with bills after the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    PaysAlways,
    PaysLate,
    NeverPaysAgain,
    Leaves,
}

impl Habit {
    pub(crate) const ALL: [Self; 4] =
        [Self::PaysAlways, Self::PaysLate, Self::NeverPaysAgain, Self::Leaves];

    /// Where the service ends.
    pub(crate) const fn end(self) -> SubscriptionStatus {
        match self {
            Self::PaysAlways | Self::PaysLate => SubscriptionStatus::Active,
            Self::NeverPaysAgain | Self::Leaves => SubscriptionStatus::Terminated,
        }
    }

    /// Whether the service is switched off for want of money on the way.
    pub(crate) const fn is_suspended_once(self) -> bool {
        matches!(self, Self::PaysLate | Self::NeverPaysAgain)
    }
}

/// A customer with one service.
pub(crate) struct Person {
    pub(crate) habit: Habit,
    pub(crate) email: String,
    pub(crate) domain: String,
    /// In which states the service was seen.
    pub(crate) seen: BTreeSet<&'static str>,
    renewed: bool,
}

/// Plays the life on a shop of `replicas` processes, of which the first is killed.
pub(crate) async fn survive(dialect: Dialect, replicas: usize) {
    let Some(server) = support::server(dialect) else { return };
    let _turn = TURN.lock().await;
    let (seed, watch) = (seed(), Stopwatch::start());
    support::say(&format!("{dialect:?}: months go by, HOSTING_KILL_SEED={seed}"));
    let fresh = support::Fresh::empty(dialect, &server).await;
    let shop = Arc::new(Shop::open(&fresh, replicas).await);
    be_strict(&shop).await;
    let dice = SeededEntropy::new(seed);
    let killer = Killer::new(Arc::clone(&shop), SeededEntropy::new(!seed), Mischief::Much);
    let mut all = arrive(&shop, &dice).await;
    // A kill strikes at a random moment of each day, however long this machine takes for one: one with a
    // kill takes about twice as long as one without.
    let (mut day, mut days, mut length) = (0, 0, Duration::from_millis(500));
    while !all.iter().all(is_there) {
        assert!(day < DAYS, "seed {seed}: after {day} days: {:?}", seen(&all));
        let step = if day < QUIET { 3 } else { 1 };
        day += step;
        days += 1;
        let living = async {
            let watch = Stopwatch::start();
            shop.let_days_pass(step).await;
            for person in &mut all {
                live_a_day(&shop, &dice, person, day).await;
            }
            watch.elapsed()
        };
        (length, ()) = tokio::join!(living, killer.strike(length / 2));
    }
    shop.world.faults.clear();
    shop.come_to_rest(0).await;
    let kills = killer.progress().kills();
    let life = Life::read(&shop, &all).await;
    support::say(&format!(
        "{dialect:?}, {replicas} process(es): {kills} kills in {day} days, {} calls made again, {:?}",
        shop.again(),
        watch.elapsed(),
    ));
    let findings = life.findings();
    assert!(findings.is_empty(), "seed {seed}: {findings:#?}");
    assert!(kills >= days, "only {kills} kills in {days} steps");
    drop(shop);
    fresh.drop().await;
}

fn seen(all: &[Person]) -> Vec<(Habit, Vec<&'static str>)> {
    all.iter().map(|it| (it.habit, it.seen.iter().copied().collect())).collect()
}

/// Short terms, so that less time has to go by.
async fn be_strict(shop: &Shop) {
    let read = shop.store.setting("shop").await.expect("asked").expect("the settings");
    let mut row = read.value.clone();
    row.value["billing"]["grace_days"] = json!(2);
    row.value["billing"]["retention_days"] = json!(3);
    row.value["billing"]["cancelled_retention_days"] = json!(2);
    let mut changes = ChangeSet::default();
    changes.settings.change(read.with(row));
    shop.store.commit(changes).await.expect("the settings are taken");
}

async fn arrive(shop: &Shop, dice: &SeededEntropy) -> Vec<Person> {
    let mut all = Vec::new();
    for (number, habit) in Habit::ALL.into_iter().enumerate() {
        let email = format!("pelanggan{number}@customer.example.com");
        let cookie = people::register(shop, &email).await;
        let plan = people::plan(shop).await;
        let domain = format!("rumah-{number}.com");
        people::buy(shop, &cookie, dice, &plan, &domain).await;
        all.push(Person { habit, email, domain, seen: BTreeSet::new(), renewed: false });
    }
    all
}

/// The service of a domain, as the shop's database has it.
pub(crate) async fn service(shop: &Shop, domain: &str) -> Subscription {
    let filter = SubscriptionFilter { customer_id: None, status: None };
    let found = shop.store.subscriptions(&filter, &PageRequest::first(200)).await.expect("asked");
    let mut found = found.items.into_iter().filter(|it| it.domain.to_string() == domain);
    found.next().expect("the service is there").value
}

fn is_there(person: &Person) -> bool {
    let way = !person.habit.is_suspended_once()
        || person.seen.contains(SubscriptionStatus::Suspended.as_str());
    let paid = person.habit.end() != SubscriptionStatus::Active || person.renewed;
    way && paid && person.seen.contains(person.habit.end().as_str())
}

async fn live_a_day(shop: &Shop, dice: &SeededEntropy, person: &mut Person, day: i64) {
    let service = service(shop, &person.domain).await;
    person.seen.insert(service.status.as_str());
    let off = service.status == SubscriptionStatus::Suspended;
    let gone = [SubscriptionStatus::Cancelled, SubscriptionStatus::Terminated];
    match person.habit {
        Habit::Leaves if day >= 6 && !gone.contains(&service.status) => {
            let path = format!("/subscriptions/{}/cancel", service.id);
            let wish = json!({ "when": "now", "reason": "moving away" });
            // A refusal may mean that it was done just before the process died.
            let cookie = log_in(shop, person).await;
            let _ = shop.insist(Some(&cookie), None, (Method::POST, &path), Some(&wish)).await;
        }
        Habit::PaysAlways => pay_open(shop, dice, person, &service).await,
        Habit::PaysLate if off => pay_open(shop, dice, person, &service).await,
        _ => {}
    }
}

/// Yesterday's session may have ended with yesterday.
async fn log_in(shop: &Shop, person: &Person) -> String {
    shop.log_in(&person.email).await.expect("the password is right")
}

async fn pay_open(shop: &Shop, dice: &SeededEntropy, person: &mut Person, service: &Subscription) {
    for cycle in shop.store.cycles_of(service.id).await.expect("asked") {
        let invoice = shop.store.invoice(cycle.invoice_id).await.expect("asked").expect("there");
        if !invoice.status.is_open() {
            continue;
        }
        let id = invoice.id.to_string();
        let cookie = log_in(shop, person).await;
        people::pay(shop, &cookie, dice, &id, &format!("pay-{id}")).await;
        people::wait_until_paid(shop, &cookie, &id).await;
        person.renewed = true;
        // What follows is looked for from now on.
        person.seen.remove(person.habit.end().as_str());
    }
}

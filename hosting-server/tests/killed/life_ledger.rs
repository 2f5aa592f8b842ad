//! What must hold after months: shop, gateway, panel and mailboxes agree, and nothing was done twice.

use std::collections::BTreeMap;

use hosting_core::{
    kernel::PageRequest,
    model::{PaymentStatus, SubscriptionStatus, TaskStatus},
    port::store::{InvoiceFilter, PaymentFilter, TaskFilter},
    service::audit::audit,
};

use super::{
    life::{Person, service},
    shop::Shop,
};

/// A service at the end, and its account.
#[derive(Debug, Clone)]
struct Kept {
    #[expect(dead_code, reason = "people read it when the test fails")]
    domain: String,
    wanted: SubscriptionStatus,
    status: SubscriptionStatus,
    /// Whether each account of the domain on the panel is switched on.
    accounts: Vec<bool>,
    /// How often an account of the stored name was made.
    made: u32,
    /// Whether it was to be switched off for want of money, and whether that was seen.
    suspended: (bool, bool),
}

/// A bill and the letters that name it.
#[derive(Debug, Clone)]
struct Told {
    #[expect(dead_code, reason = "people read it when the test fails")]
    number: String,
    wanted: usize,
    found: usize,
}

/// Everything that was found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Life {
    kept: Vec<Kept>,
    /// What arrived at the gateway, by reference, and how often each reference was charged.
    arrived: BTreeMap<String, i64>,
    charged: BTreeMap<String, usize>,
    /// What the books say arrived, by reference.
    booked: BTreeMap<String, i64>,
    /// How many domains have accounts that nobody ordered.
    strangers: usize,
    told: Vec<Told>,
    dead_letters: Vec<String>,
    audited: Vec<String>,
}

impl Life {
    /// Reads the shop's database, the gateway, the panel and the mailboxes.
    pub(crate) async fn read(shop: &Shop, people: &[Person]) -> Self {
        let (store, page) = (&*shop.store, PageRequest::first(200));
        let mut found = Self::default();
        for person in people {
            found.kept.push(kept(shop, person).await);
        }
        let ours = |domain: &String| people.iter().any(|it| it.domain == *domain);
        found.strangers = shop.world.whm.accounts().iter().filter(|it| !ours(&it.domain)).count();
        let midtrans = &shop.world.midtrans;
        for charge in midtrans.transactions() {
            found.charged.insert(charge.order_id.clone(), midtrans.charges_of(&charge.order_id));
            if charge.transaction_status == "settlement" {
                found.arrived.insert(charge.order_id, charge.gross_amount);
            }
        }
        let payments = store.payments(&PaymentFilter::default(), &page).await.expect("payments");
        let booked = payments.items.iter().filter(|it| it.status == PaymentStatus::Succeeded);
        found.booked = booked.map(|it| (it.reference.clone(), it.received.minor())).collect();
        found.told = told(shop, people).await;
        let failed = TaskFilter { status: Some(TaskStatus::Failed), ..TaskFilter::default() };
        let failed = store.tasks(&failed, &page).await.expect("tasks").items;
        found.dead_letters = failed.iter().map(|it| format!("given up: {it:?}")).collect();
        let audited = audit(store).await.expect("an audit").findings;
        found.audited =
            audited.iter().map(|it| format!("{}: {}", it.subject, it.sentence)).collect();
        found
    }

    /// What does not hold, in words.
    pub(crate) fn findings(&self) -> Vec<String> {
        let mut found = [self.dead_letters.clone(), self.audited.clone()].concat();
        for kept in &self.kept {
            let accounts: &[bool] = match kept.wanted {
                SubscriptionStatus::Active => &[true],
                _ => &[],
            };
            let right = kept.status == kept.wanted
                && kept.accounts == accounts
                && kept.made == 1
                && kept.suspended.0 == kept.suspended.1;
            if !right {
                found.push(format!("a service is not as it should be: {kept:?}"));
            }
        }
        if self.strangers > 0 {
            found.push(format!("{} accounts that nobody ordered", self.strangers));
        }
        if self.arrived != self.booked {
            found.push(format!("{:?} arrived, {:?} is booked", self.arrived, self.booked));
        }
        let twice = self.charged.iter().filter(|(_, times)| **times != 1);
        found.extend(twice.map(|(it, times)| format!("{it} was charged {times} times")));
        let untold = self.told.iter().filter(|it| it.found < it.wanted);
        found.extend(untold.map(|it| format!("letters are missing: {it:?}")));
        found
    }
}

async fn kept(shop: &Shop, person: &Person) -> Kept {
    let service = service(shop, &person.domain).await;
    let account = shop.store.account_of(service.id).await.expect("asked");
    let whm = &shop.world.whm;
    let accounts = whm.accounts();
    let accounts = accounts.iter().filter(|it| it.domain == person.domain);
    let wanted = person.habit.is_suspended_once();
    let seen = person.seen.contains(SubscriptionStatus::Suspended.as_str());
    Kept {
        domain: person.domain.clone(),
        wanted: person.habit.end(),
        status: service.status,
        accounts: accounts.map(|it| it.suspended.is_none()).collect(),
        made: account.map_or(0, |it| whm.creations(&it.username)),
        suspended: (wanted, seen),
    }
}

/// The letters to all people that name each bill: it was issued, and its money arrived. One letter may
/// come twice after a crash, under one `Message-ID`, and counts once.
async fn told(shop: &Shop, people: &[Person]) -> Vec<Told> {
    let mut letters = BTreeMap::<String, String>::new();
    for person in people {
        for mail in shop.world.smtp.to(&person.email) {
            let message = mail.message();
            let id = message.header("message-id").unwrap_or_default().to_owned();
            let text = message.text.clone().unwrap_or_default();
            letters.insert(id, format!("{}\n{text}", message.subject()));
        }
    }
    let page = PageRequest::first(200);
    let invoices = shop.store.invoices(&InvoiceFilter::default(), &page).await.expect("invoices");
    let told = |invoice: &hosting_core::model::Invoice| {
        let number = invoice.number.clone()?;
        let found = letters.values().filter(|it| it.contains(&number)).count();
        let wanted = if invoice.paid.is_positive() { 2 } else { 1 };
        Some(Told { number, wanted, found })
    };
    invoices.items.iter().filter_map(|it| told(it)).collect()
}

fn right() -> Life {
    let sums = BTreeMap::from([("r".to_owned(), 100)]);
    let kept = |wanted: SubscriptionStatus, accounts: Vec<bool>| Kept {
        domain: "a.com".to_owned(),
        wanted,
        status: wanted,
        accounts,
        made: 1,
        suspended: (true, true),
    };
    Life {
        kept: vec![
            kept(SubscriptionStatus::Active, vec![true]),
            kept(SubscriptionStatus::Terminated, Vec::new()),
        ],
        arrived: sums.clone(),
        booked: sums,
        charged: BTreeMap::from([("r".to_owned(), 1)]),
        told: vec![Told { number: "1".to_owned(), wanted: 2, found: 2 }],
        ..Life::default()
    }
}

#[test]
fn a_life_that_is_right_is_found_right() {
    assert_eq!(right().findings(), Vec::<String>::new());
}

/// Each thing that could go wrong is seen.
#[test]
fn a_life_that_is_wrong_is_found_wrong() {
    type Breaks = fn(&mut Life);
    let wrongs: [(&str, Breaks); 13] = [
        ("switched off though paid", |it| it.kept[0].accounts = vec![false]),
        ("no account though paid", |it| it.kept[0].accounts.clear()),
        ("a second account", |it| it.kept[0].accounts.push(true)),
        ("an account made twice", |it| it.kept[0].made = 2),
        ("suspended in the books", |it| it.kept[0].status = SubscriptionStatus::Suspended),
        ("never switched off", |it| it.kept[0].suspended.1 = false),
        ("removed and still there", |it| it.kept[1].accounts.push(false)),
        ("a stranger's account", |it| it.strangers = 1),
        ("money that is not booked", |it| it.booked.clear()),
        ("booked money that never came", |it| it.arrived.clear()),
        ("a second charge", |it| *it.charged.get_mut("r").expect("r") = 2),
        ("a lost letter", |it| it.told[0].found = 1),
        ("a task that was given up", |it| it.dead_letters.push("a task".to_owned())),
    ];
    for (what, breaks) in wrongs {
        let mut life = right();
        breaks(&mut life);
        assert!(!life.findings().is_empty(), "not seen: {what}");
    }
}

//! Law 7: no suspension on suspicion.

use chrono::{DateTime, TimeDelta, Utc};
use hosting_core::{
    decide::{
        Books, Context,
        subscription::{Allowance, Evidence, NotProven, ProvenUnpaid},
    },
    kernel::{Mint, Versioned},
    model::{
        Actor, Customer, Invoice, InvoiceStatus, Outage, Payment, PaymentStatus, ShopSettings,
        Subscription, SubscriptionStatus,
    },
    port::Clock as _,
    service::dunning,
    testing::{SeededEntropy, TestShop},
};
use proptest::prelude::*;

use super::stage::{buy, edit, facts, play, shop, shop_with};

/// Everything the proof is made from, complete.
#[derive(Debug, Clone)]
struct Case {
    now: DateTime<Utc>,
    books: Books,
    invoice: Invoice,
    payments: Vec<Versioned<Payment>>,
    customer: Customer,
    subscription: Subscription,
    left: u32,
}

impl Case {
    fn prove(&self) -> Result<(), NotProven> {
        let entropy = SeededEntropy::new(1);
        let context = Context::new(Mint::at(self.now, &entropy), &Actor::System);
        let day = self.books.day_of(self.now);
        let mut allowance = Allowance { day, cap: 5, left: self.left };
        let evidence = Evidence {
            invoice: &self.invoice,
            payments: &self.payments,
            customer: &self.customer,
            subscription: &self.subscription,
        };
        let proof = ProvenUnpaid::prove(&context, &self.books, &evidence, &mut allowance);
        assert_eq!(allowance.left, self.left - u32::from(proof.is_ok()), "a proof takes one");
        proof.map(drop)
    }
}

/// A renewal long past due and grace, with one attempt to pay it that ended and was asked about.
async fn complete() -> Case {
    let shop = shop().await;
    buy(&shop, "nusakopi.com").await;
    shop.live(24).await;
    let renewal = shop.open_invoice().await.unwrap();
    shop.ask_to_pay(renewal.id).await;
    let customer = shop.store.customer(shop.customer_id).await.unwrap().unwrap();
    edit!(shop, customers, &customer, |it| it.hold = Some("travelling".to_owned()));
    shop.live(20).await;
    let subscription = shop.subscriptions().await.remove(0);
    assert_eq!(subscription.status, SubscriptionStatus::PastDue, "the hold keeps it on");
    let invoice = shop.store.invoice(renewal.id).await.unwrap().unwrap().value;
    let mut payments = shop.store.payments_of(renewal.id).await.unwrap();
    payments[0].value.asked_at = Some(shop.clock.now());
    let books = shop.ports.books().await.unwrap();
    Case {
        now: shop.clock.now(),
        books,
        invoice,
        payments,
        customer: customer.value,
        subscription,
        left: 5,
    }
}

#[tokio::test]
async fn each_missing_part_of_the_proof_refuses() {
    let whole = complete().await;
    assert_eq!(whole.prove(), Ok(()));
    let without = |take: &dyn Fn(&mut Case)| {
        let mut case = whole.clone();
        take(&mut case);
        case.prove()
    };
    for status in [InvoiceStatus::Unpaid, InvoiceStatus::Partial, InvoiceStatus::Paid] {
        assert_eq!(without(&|it| it.invoice.status = status), Err(NotProven::NotOverdue));
    }
    assert_eq!(without(&|it| it.invoice.paid = it.invoice.total), Err(NotProven::NotOverdue));
    let in_grace = |it: Result<(), NotProven>| matches!(it, Err(NotProven::InGrace(_)));
    assert!(in_grace(without(&|it| it.now = it.invoice.due_at + TimeDelta::days(6))));
    assert!(
        in_grace(without(&|it| {
            let from = it.invoice.due_at + TimeDelta::days(1);
            it.books.outages.push(Outage { from, until: from + TimeDelta::days(30) });
        })),
        "our own outage is not the customer's"
    );
    let held = |reason: &str| Err(NotProven::OnHold(reason.to_owned()));
    assert_eq!(without(&|it| it.customer.hold = Some("a".to_owned())), held("a"));
    assert_eq!(without(&|it| it.subscription.hold = Some("b".to_owned())), held("b"));
    for status in [PaymentStatus::Pending, PaymentStatus::Challenge, PaymentStatus::Unknown] {
        let missing = without(&|it| it.payments[0].value.status = status);
        assert!(matches!(missing, Err(NotProven::InFlight { .. })), "{status}: {missing:?}");
    }
    let ids = vec![whole.payments[0].id];
    for asked_at in [None, Some(whole.now - TimeDelta::hours(25))] {
        let missing = without(&|it| it.payments[0].value.asked_at = asked_at);
        assert_eq!(missing, Err(NotProven::NotAsked(ids.clone())));
    }
    let lately = Some(whole.now - TimeDelta::hours(23));
    assert_eq!(without(&|it| it.payments[0].value.asked_at = lately), Ok(()));
    assert_eq!(without(&|it| it.left = 0), Err(NotProven::CapReached(5)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    /// Whatever is missing in whatever combination: proven is exactly what lacks nothing.
    #[test]
    fn nothing_is_proven_unless_everything_is_there(missing in proptest::collection::vec(any::<[bool; 8]>(), 16)) {
        let whole = play(complete());
        for parts in missing {
            let mut case = whole.clone();
            let takes: [fn(&mut Case); 8] = [
                |it| it.invoice.status = InvoiceStatus::Unpaid,
                |it| it.invoice.paid = it.invoice.total,
                |it| it.now = it.invoice.due_at + TimeDelta::days(2),
                |it| it.customer.hold = Some("hold".to_owned()),
                |it| it.subscription.hold = Some("hold".to_owned()),
                |it| it.payments[0].value.status = PaymentStatus::Challenge,
                |it| it.payments[0].value.asked_at = None,
                |it| it.left = 0,
            ];
            for (take, missing) in takes.into_iter().zip(parts) {
                if missing {
                    take(&mut case);
                }
            }
            prop_assert_eq!(case.prove().is_ok(), parts == [false; 8]);
        }
    }
}

/// The proof has private fields and one constructor; nobody else writes one down.
#[test]
fn a_proof_is_written_down_in_one_place() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut waiting, mut writers) = (vec![source], Vec::new());
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let structure = text.find("pub struct ProvenUnpaid {\n    invoice_id:");
            assert_eq!(structure.is_some(), path.ends_with("subscription/proof.rs"));
            if text.contains("SubscriptionTrigger::Suspended") && !path.starts_with("model") {
                writers.push(path.file_name().unwrap().to_string_lossy().into_owned());
                assert!(
                    text.contains("proof: &ProvenUnpaid"),
                    "{} suspends unproven",
                    path.display()
                );
            }
        }
    }
    assert_eq!(writers, ["dun.rs"], "one decision suspends");
}

async fn suspended(shop: &TestShop) -> usize {
    let all = shop.subscriptions().await;
    all.iter().filter(|it| it.status == SubscriptionStatus::Suspended).count()
}

/// The day's cap: the rest stays on, and a human is told once.
#[tokio::test]
async fn beyond_the_cap_nobody_is_suspended_and_a_human_is_told_once() {
    let mut settings = ShopSettings::default();
    settings.billing.max_suspensions_per_day = 2;
    let shop = shop_with(settings).await;
    for number in 0..5 {
        buy(&shop, &format!("toko{number}.com")).await;
    }
    shop.live(34).await;
    let mut days = 0;
    while suspended(&shop).await == 0 {
        shop.live(1).await;
        days += 1;
        assert!(days < 20, "nobody is ever suspended");
    }
    assert_eq!(suspended(&shop).await, 2);
    // However often it runs on that day.
    for _ in 0..3 {
        dunning::run(&shop.ports, &Actor::System, None, dunning_slice()).await.unwrap();
    }
    assert_eq!((suspended(&shop).await, facts(&shop, "EnforcementStopped").await), (2, 1));
    shop.live(1).await;
    assert_eq!(suspended(&shop).await, 4);
    shop.live(1).await;
    assert_eq!(suspended(&shop).await, 5);
    assert_eq!(facts(&shop, "EnforcementStopped").await, 2, "once on each day that hit the cap");
}

fn dunning_slice() -> hosting_core::service::renewals::Slice {
    hosting_core::service::renewals::Slice::default()
}

//! Law 7: no suspension on suspicion.

use chrono::{DateTime, TimeDelta, Utc};
use hosting_core::{
    decide::{
        Books, Context,
        subscription::{
            Allowance, Evidence, MoneyTrail, NotProven, ProofMisused, ProvenUnpaid,
            TerminateRefusal, terminate_unpaid,
        },
    },
    kernel::{Currency, Id, Mint, Money, Versioned},
    model::{
        Actor, Customer, Cycle, CycleStatus, Invoice, InvoiceStatus, Outage, Payment,
        PaymentStatus, ShopSettings, Subscription, SubscriptionStatus,
    },
    port::Clock as _,
    service::dunning,
    testing::{SeededEntropy, TestShop, money_trail},
};
use proptest::prelude::*;

use super::stage::{buy, edit, facts, play, shop, shop_with};

/// Everything the proof is made from, complete.
#[derive(Debug, Clone)]
struct Case {
    now: DateTime<Utc>,
    books: Books,
    invoice: Versioned<Invoice>,
    cycles: Vec<Versioned<Cycle>>,
    payments: Vec<Versioned<Payment>>,
    /// Payments of the customer of which something is applied to nothing.
    unapplied: Vec<Versioned<Payment>>,
    customer: Versioned<Customer>,
    subscription: Versioned<Subscription>,
    left: u32,
}

impl Case {
    fn prove(&self) -> Result<(), NotProven> {
        let trail = money_trail(&self.invoice, self.payments.clone(), &self.unapplied);
        self.prove_by(&trail).map(drop)
    }

    fn prove_by(&self, trail: &MoneyTrail) -> Result<ProvenUnpaid, NotProven> {
        let entropy = SeededEntropy::new(1);
        let context = Context::new(Mint::at(self.now, &entropy), &Actor::System);
        let day = self.books.day_of(self.now);
        let mut allowance = Allowance { day, cap: 5, left: self.left };
        let evidence = Evidence {
            invoice: &self.invoice,
            cycles: &self.cycles,
            trail,
            customer: &self.customer,
            subscription: &self.subscription,
        };
        let proof = ProvenUnpaid::prove(&context, &self.books, &evidence, &mut allowance);
        assert_eq!(allowance.left, self.left - u32::from(proof.is_ok()), "a proof takes one");
        proof
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
    let id = shop.subscriptions().await[0].id;
    let subscription = shop.store.subscription(id).await.unwrap().unwrap();
    assert_eq!(subscription.status, SubscriptionStatus::PastDue, "the hold keeps it on");
    let invoice = shop.store.invoice(renewal.id).await.unwrap().unwrap();
    let cycles = shop.store.cycles_of_invoice(renewal.id).await.unwrap();
    let mut payments = shop.store.payments_of(renewal.id).await.unwrap();
    payments[0].value.asked_at = Some(shop.clock.now());
    let books = shop.ports.books().await.unwrap();
    Case {
        now: shop.clock.now(),
        books,
        invoice,
        cycles,
        payments,
        unapplied: Vec::new(),
        customer,
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
        assert_eq!(without(&|it| it.invoice.value.status = status), Err(NotProven::NotOverdue));
    }
    assert_eq!(without(&|it| it.invoice.value.paid = it.invoice.total), Err(NotProven::NotOverdue));
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
    assert_eq!(without(&|it| it.customer.value.hold = Some("a".to_owned())), held("a"));
    assert_eq!(without(&|it| it.subscription.value.hold = Some("b".to_owned())), held("b"));
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
                |it| it.invoice.value.status = InvoiceStatus::Unpaid,
                |it| it.invoice.value.paid = it.invoice.total,
                |it| it.now = it.invoice.due_at + TimeDelta::days(2),
                |it| it.customer.value.hold = Some("hold".to_owned()),
                |it| it.subscription.value.hold = Some("hold".to_owned()),
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

/// Each piece of evidence that is about something else, although it is complete in itself.
#[tokio::test]
async fn evidence_about_something_else_proves_nothing() {
    let whole = complete().await;
    let entropy = SeededEntropy::new(9);
    let mint = Mint::at(whole.now, &entropy);
    let without = |take: &dyn Fn(&mut Case)| {
        let mut case = whole.clone();
        take(&mut case);
        assert!(matches!(case.prove(), Err(NotProven::Mismatch(_))), "{:?}", case.prove());
    };
    without(&|it| it.customer.value.id = mint.id());
    without(&|it| it.subscription.value.customer_id = mint.id());
    without(&|it| it.subscription.value.id = mint.id());
    without(&|it| it.cycles.clear());
    without(&|it| it.cycles[0].value.status = CycleStatus::Paid);
    without(&|it| it.cycles[0].value.invoice_id = mint.id());
    without(&|it| it.payments[0].value.invoice_id = mint.id());
    without(&|it| {
        it.payments = vec![it.payments[0].clone(); 1000];
    });
    // The payments of another invoice, or of this one before a payment was begun.
    let mut other = whole.invoice.clone();
    other.value.id = mint.id();
    let mismatch = |it: Result<_, NotProven>| matches!(it, Err(NotProven::Mismatch(_)));
    assert!(mismatch(whole.prove_by(&money_trail(&other, Vec::new(), &[]))));
    let mut earlier = whole.invoice.clone();
    earlier.version -= 1;
    assert!(mismatch(whole.prove_by(&money_trail(&earlier, whole.payments.clone(), &[]))));
}

/// Money of the customer that nobody has applied may be for this invoice: a human looks.
#[tokio::test]
async fn money_that_is_applied_to_nothing_stops_the_proof() {
    let whole = complete().await;
    let mut waiting = whole.payments[0].clone();
    waiting.value.id = Id::from_ulid(ulid::Ulid(7));
    waiting.value.status = PaymentStatus::Succeeded;
    waiting.value.received = Money::from_minor(1, Currency::IDR);
    let with = |waiting: Versioned<Payment>| {
        let mut case = whole.clone();
        case.unapplied = vec![waiting];
        case.prove()
    };
    assert_eq!(with(waiting.clone()), Err(NotProven::MoneyWaits(vec![waiting.id])));
    let mut applied = waiting.clone();
    applied.value.applied = applied.received;
    assert_eq!(with(applied), Ok(()));
    let mut theirs = waiting;
    theirs.value.customer_id = Id::from_ulid(ulid::Ulid(8));
    assert_eq!(with(theirs), Ok(()), "somebody else's money");
}

/// A proof is for one service as it was read, at one instant, and is used up by one act.
#[tokio::test]
async fn a_proof_is_for_one_service_at_one_instant() {
    let whole = complete().await;
    let trail = money_trail(&whole.invoice, whole.payments.clone(), &[]);
    let entropy = SeededEntropy::new(3);
    let mut suspended = whole.subscription.clone();
    suspended.value.status = SubscriptionStatus::Suspended;
    let act = |on: &Versioned<Subscription>, now: DateTime<Utc>| {
        let proof = whole.prove_by(&trail).unwrap();
        let context = Context::new(Mint::at(now, &entropy), &Actor::System);
        terminate_unpaid(&context, on, proof)
    };
    assert!(act(&suspended, whole.now).is_ok());
    let misused = |it: ProofMisused| TerminateRefusal::Proof(it);
    let later = act(&suspended, whole.now + TimeDelta::seconds(1));
    assert_eq!(later.unwrap_err(), misused(ProofMisused::Stale));
    let mut changed = suspended.clone();
    changed.version += 1;
    assert_eq!(act(&changed, whole.now).unwrap_err(), misused(ProofMisused::OtherService));
    let mut other = suspended;
    other.value.id = Id::from_ulid(ulid::Ulid(9));
    assert_eq!(act(&other, whole.now).unwrap_err(), misused(ProofMisused::OtherService));
}

/// Every source file below `folder`, with its path relative to it.
fn sources(folder: &std::path::Path) -> Vec<(std::path::PathBuf, String)> {
    let (mut waiting, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(folder).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

/// The proof has private fields and one constructor; whoever suspends or removes asks for one, by
/// value, and nobody else does either.
#[test]
fn a_proof_is_written_down_in_one_place() {
    let all = sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let holding = |words: &str| -> Vec<_> {
        let met =
            all.iter().filter(|(path, text)| !path.starts_with("model") && text.contains(words));
        met.map(|(path, _)| path.to_str().unwrap()).collect()
    };
    let here = |name: &str| format!("decide/subscription/{name}.rs");
    assert_eq!(holding("pub struct ProvenUnpaid {\n    invoice_id:"), [here("proof")]);
    assert_eq!(holding("Ok(Self {\n            invoice_id: invoice.id,"), [here("proof")]);
    assert_eq!(holding("SubscriptionTrigger::Suspended"), [here("dun")]);
    assert_eq!(holding("SubscriptionTrigger::Terminated"), [here("terminate")]);
    assert_eq!(holding("proof: ProvenUnpaid"), [here("dun"), here("terminate")]);
    assert!(holding("&ProvenUnpaid").is_empty(), "a proof that is lent can be used twice");
    assert!(
        holding("MoneyTrail::new(")
            .iter()
            .all(|it| { it.starts_with("service/") || it.starts_with("testing/") })
    );
    let models = all.iter().filter(|(path, _)| path.starts_with("model")).count();
    assert!(models > 5, "the nouns are left out, and they are there to be left out");
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

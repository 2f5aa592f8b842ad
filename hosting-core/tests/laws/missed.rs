//! Laws 5 and 6: missed periods, not today's date; and each period once.

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use hosting_core::{
    kernel::Rate,
    model::{Actor, ShopSettings, SubscriptionStatus},
    service::renewals::{self, Slice},
    testing::TestShop,
};
use proptest::prelude::*;

use super::stage::{another_customer, buy, edit, play, shop, shop_with};

/// One customer of a history: on which day they buy, and which of the renewals before the outage
/// they pay.
#[derive(Debug, Clone)]
struct Life {
    joins: u32,
    pays: bool,
}

/// Plays the history up to the outage.
async fn before(lives: &[Life], policy: &ShopSettings, days: u32) -> TestShop {
    let mut shop = shop_with(policy.clone()).await;
    let mut customers = Vec::new();
    for life in lives {
        customers.push((another_customer(&mut shop).await, life));
    }
    for day in 0..days {
        for (number, (customer, life)) in customers.iter().enumerate() {
            shop.customer_id = *customer;
            if life.joins == day {
                buy(&shop, &format!("toko{number}.com")).await;
            }
            let open = shop.invoices().await.into_iter();
            let open: Vec<_> = open
                .filter(|it| it.customer_id == *customer && it.status.is_open() && life.pays)
                .collect();
            for invoice in open {
                shop.pay(invoice.id).await;
            }
        }
        shop.live(1).await;
    }
    shop
}

/// Every billed period with its amounts, and every number.
async fn documents(shop: &TestShop) -> (Vec<String>, Vec<Option<String>>) {
    let (mut lines, mut numbers) = (Vec::new(), Vec::new());
    for invoice in shop.invoices().await {
        for item in shop.store.invoice_items(invoice.id).await.unwrap() {
            lines.push(format!(
                "{} {:?} {} {} {}",
                item.description, item.period_start, item.net, item.tax, item.gross
            ));
        }
        numbers.push(invoice.number);
    }
    lines.sort();
    numbers.sort();
    (lines, numbers)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// k missed days and one run make the same documents as k daily runs.
    #[test]
    fn missed_days_and_one_run_bill_what_daily_runs_bill(
        lives in proptest::collection::vec(
            (0_u32..20, any::<bool>()).prop_map(|(joins, pays)| Life { joins, pays }), 1..4),
        lead in 20_u32..60,
        missed in 1_u32..45,
        continuous in any::<bool>(),
    ) {
        let mut policy = ShopSettings::default();
        policy.billing.continuous_invoices = continuous;
        // Removal ends billing and comes later after an outage; it has a test of its own.
        policy.billing.retention_days = 365;
        let (daily, dark) = play(async {
            let daily = before(&lives, &policy, lead).await;
            let dark = before(&lives, &policy, lead).await;
            daily.live(missed).await;
            dark.clock.advance(TimeDelta::days(i64::from(missed) - 1));
            dark.live(1).await;
            // With continuous invoices a later period comes due by billing the one before.
            dark.live_on_the_spot().await;
            (documents(&daily).await, documents(&dark).await)
        });
        prop_assert_eq!(daily, dark);
    }
}

/// One renewal with what of it may and may not depend on when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Renewal {
    line: String,
    amounts: (i64, i64, i64),
    tax: i64,
    number: String,
    issued_on: NaiveDate,
    due_on: NaiveDate,
    begins: NaiveDate,
}

async fn renewals_of(shop: &TestShop) -> Vec<Renewal> {
    let books = shop.ports.books().await.unwrap();
    let mut found = Vec::new();
    for invoice in shop.invoices().await {
        for item in shop.store.invoice_items(invoice.id).await.unwrap() {
            let Some(begins) = item.period_start else { continue };
            let list = item.net.minor() + item.discount.minor();
            found.push(Renewal {
                line: item.description,
                amounts: (list, item.discount.minor(), item.net.minor()),
                tax: item.tax.minor(),
                number: invoice.number.clone().unwrap(),
                issued_on: books.day_of(invoice.issued_at.unwrap()),
                due_on: books.day_of(invoice.due_at),
                begins,
            });
        }
    }
    found.sort_by(|a, b| a.line.cmp(&b.line));
    found
}

/// The tax goes up from 11 to 12 percent at the turn of the year.
async fn tax_goes_up(shop: &TestShop) {
    let rule = shop.store.tax_rules().await.unwrap().remove(0);
    let turn: NaiveDate = "2027-01-01".parse().unwrap();
    edit!(shop, tax_rules, &rule, |it| it.valid_until = Some(turn));
    let mut next = rule.value.clone();
    next.id = shop.ports.mint().id();
    next.valid_from = turn;
    next.rate = Rate::from_basis_points(1200);
    let mut changes = hosting_core::change::ChangeSet::default();
    changes.tax_rules.add(next);
    shop.store.commit(changes).await.unwrap();
}

/// What is true of every renewal, whenever it was made: tax and number are those of the day on which it
/// was issued, and nobody has less than three days to pay.
fn is_of_its_day(it: &Renewal) {
    let percent = if it.issued_on.year() < 2027 { 11 } else { 12 };
    assert_eq!(it.tax, (it.amounts.2 * percent + 50) / 100, "{it:?}");
    assert!(it.number.starts_with(&format!("INV/{}/", it.issued_on.year())), "{it:?}");
    let shortest = it.issued_on + TimeDelta::days(3);
    assert_eq!(it.due_on, it.begins.max(shortest), "{it:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// An outage over the turn of the year, in which the tax changes. k daily runs and one late run
    /// bill the same periods at the same price. An invoice that comes late has its own true day: the
    /// tax and the number series of that day, and a later due date where it would have been too soon.
    /// Invoices that were not late are the same to the last digit.
    #[test]
    fn a_late_invoice_differs_by_its_day_and_never_by_its_price(
        joins in proptest::collection::vec(0_u32..20, 1..4),
        lead in 10_u32..30,
        missed in 2_u32..40,
    ) {
        let (daily, dark) = play(async {
            let mut both = Vec::new();
            for is_dark in [false, true] {
                let shop = shop().await;
                tax_goes_up(&shop).await;
                shop.skip(304);
                for day in 0..lead {
                    for (number, _) in joins.iter().enumerate().filter(|(_, it)| **it == day) {
                        buy(&shop, &format!("toko{number}.com")).await;
                    }
                    shop.live(1).await;
                }
                if is_dark {
                    shop.clock.advance(TimeDelta::days(i64::from(missed) - 1));
                    shop.live(1).await;
                } else {
                    shop.live(missed).await;
                }
                shop.check_books().await;
                both.push(renewals_of(&shop).await);
            }
            let dark = both.pop().unwrap();
            (both.pop().unwrap(), dark)
        });
        prop_assert_eq!(daily.len(), dark.len(), "the same periods");
        for (daily, dark) in daily.iter().zip(&dark) {
            is_of_its_day(daily);
            is_of_its_day(dark);
            prop_assert_eq!(&daily.line, &dark.line);
            prop_assert_eq!(daily.amounts, dark.amounts, "the price was agreed when it was ordered");
            prop_assert_eq!(daily.begins, dark.begins, "periods do not move");
            prop_assert!(daily.due_on <= dark.due_on && daily.issued_on <= dark.issued_on, "kinder");
            if daily.issued_on == dark.issued_on {
                prop_assert_eq!((daily.tax, daily.due_on), (dark.tax, dark.due_on));
            }
        }
    }
}

/// More runs at the same instant.
trait OnTheSpot {
    async fn live_on_the_spot(&self);
}

impl OnTheSpot for TestShop {
    async fn live_on_the_spot(&self) {
        for _ in 0..3 {
            renewals::run(&self.ports, &Actor::System, None, Slice::default()).await.unwrap();
        }
    }
}

/// A shop that was dark while an account waited for its removal gives its owner that time back.
#[tokio::test]
async fn nobody_is_removed_in_the_hour_in_which_the_shop_is_back() {
    let (daily, dark) = (shop().await, shop().await);
    for shop in [&daily, &dark] {
        buy(shop, "nusakopi.com").await;
        shop.live(40).await;
        assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Suspended);
    }
    daily.live(29).await;
    dark.clock.advance(TimeDelta::days(28));
    dark.live(1).await;
    assert_eq!(daily.subscriptions().await[0].status, SubscriptionStatus::Terminated);
    assert_eq!(dark.subscriptions().await[0].status, SubscriptionStatus::Suspended);
    assert_eq!(dark.panel.accounts().len(), 1, "nothing is lost");
    dark.live(20).await;
    assert_eq!(dark.subscriptions().await[0].status, SubscriptionStatus::Suspended);
    dark.live(12).await;
    assert_eq!(dark.subscriptions().await[0].status, SubscriptionStatus::Terminated);
}

/// Law 5: two runs at the same time bill a period once.
#[tokio::test(flavor = "multi_thread")]
async fn two_runs_at_once_bill_a_period_once() {
    let shop = shop().await;
    for number in 0..20 {
        buy(&shop, &format!("toko{number}.com")).await;
    }
    let before = shop.invoices().await.len();
    shop.clock.advance(TimeDelta::days(25));
    let mut runs = tokio::task::JoinSet::new();
    for page in [3, 5, 7, 250] {
        let ports = shop.ports.clone();
        runs.spawn(async move {
            let slice = Slice { page, pages: 100 };
            renewals::run(&ports, &Actor::System, None, slice).await.unwrap().billed
        });
    }
    let mut billed = 0;
    while let Some(run) = runs.join_next().await {
        billed += run.unwrap();
    }
    assert_eq!(billed, 20);
    assert_eq!(shop.invoices().await.len() - before, 20);
    shop.check_books().await;
}

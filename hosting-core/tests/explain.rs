//! Every issued invoice explains itself, and one whose figures were changed does not.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

use std::sync::Arc;

use chrono::DateTime;
use hosting_core::{
    decide::{
        Context,
        billing::{Explanation, Step, Unexplained, explain, issue},
        pricing::{LineInput, price},
    },
    kernel::{Currency, Id, Mint, Money, Rate, Ratio},
    model::{Actor, Discount, Invoice, InvoiceItem, LineKind, TaxMode, TaxRule},
    testing::{Fate, MemoryStore, SeededEntropy, TestShop},
};
use proptest::prelude::*;

fn id<T>(seed: u64) -> Id<T> {
    Mint::at(DateTime::UNIX_EPOCH, &SeededEntropy::new(seed)).id()
}

fn rupiah(minor: i64) -> Money {
    Money::from_minor(minor, Currency::IDR)
}

fn line(minor: i64, quantity: u32, ratio: Ratio) -> LineInput {
    LineInput {
        kind: LineKind::Plan,
        description: "Hosting".to_owned(),
        quantity,
        unit_price: rupiah(minor),
        ratio,
        price_id: id(1),
        taxable: true,
        discountable: true,
        subscription_id: None,
        period: None,
    }
}

fn ppn(mode: TaxMode) -> TaxRule {
    TaxRule {
        id: id(2),
        name: "PPN".to_owned(),
        country: None,
        region: None,
        customer_kind: None,
        rate: Rate::from_basis_points(1_200),
        base_factor: Ratio::new(11, 12).unwrap(),
        mode,
        valid_from: DateTime::UNIX_EPOCH.date_naive(),
        valid_until: None,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn invoice(
    lines: Vec<LineInput>,
    coupon: Option<Discount>,
    tax: Option<&TaxRule>,
) -> (Invoice, Vec<InvoiceItem>) {
    let quote = price(Currency::IDR, lines, coupon.map(|it| ("HEMAT", it)), tax).unwrap();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        let shop = TestShop::open(Arc::new(MemoryStore::default()), Fate::kind()).await;
        let books = shop.ports.books().await.unwrap();
        let customer = shop.store.customer(shop.customer_id).await.unwrap().unwrap();
        let context = Context::new(shop.ports.mint(), &Actor::System);
        let issued = issue(&context, &books, &customer, quote, None, context.now());
        (issued.invoice, issued.items)
    })
}

/// What the steps of a line are called, in their order.
fn names(explained: &Explanation, line: usize) -> Vec<&'static str> {
    let name = |it: &Step| match it {
        Step::Price { .. } => "price",
        Step::Period(_) => "period",
        Step::Coupon { .. } => "coupon",
        Step::Tax { .. } => "tax",
        Step::Untaxed => "untaxed",
        Step::Owed { .. } => "owed",
    };
    explained.lines[line].steps.iter().map(name).collect()
}

#[test]
fn a_part_of_a_period_with_a_coupon_and_tax_is_explained_step_by_step() {
    let part = Ratio::new(14, 31).unwrap();
    let coupon = Discount::Fixed { amount: rupiah(10_000) };
    let (invoice, items) =
        invoice(vec![line(100_000, 3, part)], Some(coupon), Some(&ppn(TaxMode::Exclusive)));
    let explained = explain(&invoice, &items).unwrap();
    assert_eq!(names(&explained, 0), ["price", "coupon", "tax", "owed"]);
    let Step::Price { fraction, list, .. } = &explained.lines[0].steps[0] else { panic!() };
    // 300 000 × 14/31 = 135 483.87…
    assert_eq!((*fraction, *list), (part, rupiah(135_484)));
    let Step::Tax { mode, tax, .. } = &explained.lines[0].steps[2] else { panic!() };
    // 125 484 × 12 % × 11/12 = 13 803.24
    assert_eq!((*mode, *tax), (TaxMode::Exclusive, rupiah(13_803)));
    assert_eq!(explained.total, rupiah(139_287));
}

#[test]
fn what_is_not_taxed_says_so() {
    let (invoice, items) = invoice(vec![line(100_000, 1, Ratio::ONE)], None, None);
    assert_eq!(names(&explain(&invoice, &items).unwrap(), 0), ["price", "untaxed", "owed"]);
}

/// Every figure of a line and of the document, changed by one rupiah.
type Change = fn(&mut Invoice, &mut InvoiceItem);

#[test]
fn a_figure_that_was_changed_is_not_explained() {
    let changes: [(&str, Change); 11] = [
        ("unit price", |_, it| it.unit_price = it.unit_price.plus(rupiah(1)).unwrap()),
        ("quantity", |_, it| it.quantity += 1),
        ("discount", |_, it| it.discount = it.discount.plus(rupiah(1)).unwrap()),
        ("net", |_, it| it.net = it.net.plus(rupiah(1)).unwrap()),
        ("tax", |_, it| it.tax = it.tax.plus(rupiah(1)).unwrap()),
        ("gross", |_, it| it.gross = it.gross.plus(rupiah(1)).unwrap()),
        ("fraction", |_, it| it.derivation.ratio = Ratio::new(13, 31).unwrap()),
        ("subtotal", |it, _| it.subtotal = it.subtotal.plus(rupiah(1)).unwrap()),
        ("document tax", |it, _| it.tax = it.tax.plus(rupiah(1)).unwrap()),
        ("total", |it, _| it.total = it.total.plus(rupiah(1)).unwrap()),
        ("rate", |it, _| it.taxes[0].rate = Rate::from_basis_points(1_100)),
    ];
    for mode in [TaxMode::Exclusive, TaxMode::Inclusive] {
        let part = Ratio::new(14, 31).unwrap();
        let coupon = Discount::Percent { rate: Rate::from_basis_points(1_000) };
        let lines = vec![line(100_000, 3, part), line(50_000, 1, Ratio::ONE)];
        let (invoice, items) = invoice(lines, Some(coupon), Some(&ppn(mode)));
        assert!(explain(&invoice, &items).is_ok(), "{mode}");
        for (what, change) in changes {
            let (mut invoice, mut items) = (invoice.clone(), items.clone());
            change(&mut invoice, &mut items[0]);
            assert!(explain(&invoice, &items).is_err(), "{mode}: the {what} was changed");
        }
        let gone = explain(&invoice, &items[..1]);
        assert_eq!(gone, Err(Unexplained::Sum { figure: "subtotal" }), "a line is missing");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is priced and issued explains itself.
    #[test]
    fn whatever_is_issued_explains_itself(
        lines in prop::collection::vec((0_i64..5_000_000, 1_u32..20, 1_i64..=31, 1_i64..=31), 1..6),
        coupon in prop::option::of(0_i64..3_000_000),
        percent in prop::option::of(0_u32..=10_000),
        mode in prop::option::of(prop::sample::select(vec![TaxMode::Exclusive, TaxMode::Inclusive])),
    ) {
        let lines = lines.into_iter().map(|(minor, quantity, part, whole)| {
            line(minor, quantity, Ratio::new(part.min(whole), whole).unwrap())
        });
        let coupon = coupon.map(|it| Discount::Fixed { amount: rupiah(it) });
        let percent = percent.map(|it| Discount::Percent { rate: Rate::from_basis_points(it) });
        let rule = mode.map(ppn);
        let (invoice, items) = invoice(lines.collect(), coupon.or(percent), rule.as_ref());
        let explained = explain(&invoice, &items);
        prop_assert!(explained.is_ok(), "{:?}", explained);
    }
}

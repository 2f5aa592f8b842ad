//! Tax: which rule counts, and that cart, line and total never disagree (defect D5).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]
#![expect(clippy::arithmetic_side_effects, reason = "the amounts of these tests are small enough")]

use chrono::{DateTime, NaiveDate};
use hosting_core::{
    decide::pricing::{BuyerForTax, LineInput, Quote, choose_rule, price},
    kernel::{CountryCode, Currency, Id, Mint, Money, Rate, Ratio},
    model::{CustomerKind, LineKind, TaxMode, TaxRule},
    testing::SeededEntropy,
};
use proptest::prelude::*;

fn id<T>(seed: u64) -> Id<T> {
    Mint::at(DateTime::UNIX_EPOCH, &SeededEntropy::new(seed)).id()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn country(code: &str) -> CountryCode {
    code.parse().unwrap()
}

/// A rule for everybody since 2022.
fn rule(name: &str, basis_points: u32, base_factor: Ratio, mode: TaxMode) -> TaxRule {
    TaxRule {
        id: id(u64::from(basis_points)),
        name: name.to_owned(),
        country: None,
        region: None,
        customer_kind: None,
        rate: Rate::from_basis_points(basis_points),
        base_factor,
        mode,
        valid_from: day("2022-04-01"),
        valid_until: None,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn ppn(mode: TaxMode) -> TaxRule {
    rule("PPN", 1_100, Ratio::ONE, mode)
}

/// Twelve per cent of eleven twelfths: the "other value" base of 2025.
fn ppn_other_value(mode: TaxMode) -> TaxRule {
    rule("PPN", 1_200, Ratio::new(11, 12).unwrap(), mode)
}

fn line(minor: i64, currency: Currency, taxable: bool) -> LineInput {
    LineInput {
        kind: LineKind::Plan,
        description: "Hosting".to_owned(),
        quantity: 1,
        unit_price: Money::from_minor(minor, currency),
        ratio: Ratio::ONE,
        price_id: id(1),
        taxable,
        discountable: true,
        subscription_id: None,
        period: None,
    }
}

fn quote(amounts: &[i64], rule: &TaxRule) -> Quote {
    let lines = amounts.iter().map(|&it| line(it, Currency::IDR, true)).collect();
    price(Currency::IDR, lines, None, Some(rule)).unwrap()
}

/// `net`, `tax` and `gross` of every line.
fn amounts(quote: &Quote) -> Vec<(i64, i64, i64)> {
    quote.lines.iter().map(|it| (it.net.minor(), it.tax.minor(), it.gross.minor())).collect()
}

fn holds_together(quote: &Quote) {
    let sum = |part: fn(&hosting_core::decide::pricing::PricedLine) -> Money| {
        quote.lines.iter().map(|it| i128::from(part(it).minor())).sum::<i128>()
    };
    for line in &quote.lines {
        assert_eq!(line.net.plus(line.tax), Ok(line.gross));
        assert!(!line.net.is_negative() && !line.tax.is_negative());
    }
    assert_eq!(sum(|it| it.tax), i128::from(quote.tax.minor()));
    assert_eq!(sum(|it| it.gross), i128::from(quote.total.minor()));
    assert_eq!(sum(|it| it.net) + sum(|it| it.tax), i128::from(quote.total.minor()));
    let by_rule: i64 = quote.taxes.iter().map(|it| it.tax_minor).sum();
    assert_eq!(by_rule, quote.tax.minor());
}

#[test]
fn eleven_per_cent_on_top_of_fifty_thousand() {
    let quote = quote(&[50_000], &ppn(TaxMode::Exclusive));
    assert_eq!(amounts(&quote), [(50_000, 5_500, 55_500)]);
    assert_eq!(quote.total, Money::from_minor(55_500, Currency::IDR));
    assert_eq!(quote.taxes[0].name, "PPN");
    assert_eq!((quote.taxes[0].net_minor, quote.taxes[0].tax_minor), (50_000, 5_500));
}

#[test]
fn eleven_per_cent_inside_a_price() {
    // 111 000 × 11/111 = 11 000; 50 000 × 11/111 = 4 954,95… → 4 955.
    assert_eq!(amounts(&quote(&[111_000], &ppn(TaxMode::Inclusive))), [(100_000, 11_000, 111_000)]);
    assert_eq!(amounts(&quote(&[50_000], &ppn(TaxMode::Inclusive))), [(45_045, 4_955, 50_000)]);
}

#[test]
fn a_half_rupiah_of_tax_goes_up() {
    // 50 × 11 % = 5,5.
    assert_eq!(quote(&[50], &ppn(TaxMode::Exclusive)).tax.minor(), 6);
    // 45 × 11 % = 4,95; 40 × 11 % = 4,4.
    assert_eq!(quote(&[45], &ppn(TaxMode::Exclusive)).tax.minor(), 5);
    assert_eq!(quote(&[40], &ppn(TaxMode::Exclusive)).tax.minor(), 4);
}

#[test]
fn tax_is_rounded_once_for_the_document_and_then_shared_out() {
    // 3 × 33 333 = 99 999; 11 % = 10 999,89 → 11 000. Line by line it would be 3 × 3 667 = 11 001.
    let quote = quote(&[33_333, 33_333, 33_333], &ppn(TaxMode::Exclusive));
    assert_eq!(quote.tax.minor(), 11_000);
    let taxes: Vec<_> = amounts(&quote).iter().map(|it| it.1).collect();
    assert_eq!(taxes, [3_667, 3_667, 3_666]);
    holds_together(&quote);
}

#[test]
fn lines_without_tax_carry_none() {
    let lines = vec![line(50_000, Currency::IDR, true), line(25_000, Currency::IDR, false)];
    let quote = price(Currency::IDR, lines, None, Some(&ppn(TaxMode::Exclusive))).unwrap();
    assert_eq!(amounts(&quote), [(50_000, 5_500, 55_500), (25_000, 0, 25_000)]);
    assert_eq!(quote.taxes[0].net_minor, 50_000);
    assert_eq!(quote.lines[0].derivation.tax.as_deref(), Some("PPN"));
    assert_eq!(quote.lines[1].derivation.tax, None);
    holds_together(&quote);
}

#[test]
fn without_a_rule_nothing_is_added() {
    let quote = price(Currency::IDR, vec![line(50_000, Currency::IDR, true)], None, None).unwrap();
    assert_eq!(amounts(&quote), [(50_000, 0, 50_000)]);
    assert!(quote.taxes.is_empty());
}

#[test]
fn decimals_of_the_currency_count() {
    let of = |minor, currency, points| {
        let rule = rule("VAT", points, Ratio::ONE, TaxMode::Exclusive);
        let quote = price(currency, vec![line(minor, currency, true)], None, Some(&rule)).unwrap();
        quote.total.to_string()
    };
    // 29.97 × 8.87 % = 2.658… → 2.66; 1.250 × 5 % = 0.0625 → 0.063; 1 980 × 10 % = 198.
    assert_eq!(of(2_997, Currency::USD, 887), "USD 32.63");
    assert_eq!(of(1_250, Currency::KWD, 500), "KWD 1.313");
    assert_eq!(of(1_980, Currency::JPY, 1_000), "JPY 2178");
}

/// Everything, one country, one region of it, and companies of that country.
fn rules() -> Vec<TaxRule> {
    let named = |name: &str, points| rule(name, points, Ratio::ONE, TaxMode::Exclusive);
    vec![
        named("anywhere", 0),
        TaxRule { country: Some(country("ID")), ..named("country", 1_100) },
        TaxRule {
            country: Some(country("ID")),
            region: Some("Batam".to_owned()),
            ..named("region", 1)
        },
        TaxRule {
            country: Some(country("ID")),
            customer_kind: Some(CustomerKind::Company),
            ..named("company", 2)
        },
    ]
}

fn chosen(
    rules: &[TaxRule],
    code: &str,
    region: Option<&str>,
    kind: CustomerKind,
    on: &str,
) -> String {
    let country = country(code);
    let buyer = BuyerForTax { country: &country, region, kind };
    choose_rule(rules, buyer, day(on)).map_or_else(|| "none".to_owned(), |it| it.name.clone())
}

#[test]
fn the_most_particular_rule_counts() {
    let rules = rules();
    let name = |code, region, kind| chosen(&rules, code, region, kind, "2026-01-01");
    assert_eq!(name("SG", None, CustomerKind::Individual), "anywhere");
    assert_eq!(name("ID", None, CustomerKind::Individual), "country");
    assert_eq!(name("ID", None, CustomerKind::Company), "company");
    assert_eq!(name("ID", Some("Batam"), CustomerKind::Individual), "region");
    // A region comes before a kind of customer.
    assert_eq!(name("ID", Some("Batam"), CustomerKind::Company), "region");
    assert_eq!(name("ID", Some("Bali"), CustomerKind::Individual), "country");
}

#[test]
fn the_order_of_the_rules_does_not_matter() {
    let mut rules = rules();
    let before = chosen(&rules, "ID", Some("Batam"), CustomerKind::Company, "2026-01-01");
    rules.reverse();
    assert_eq!(chosen(&rules, "ID", Some("Batam"), CustomerKind::Company, "2026-01-01"), before);
}

#[test]
fn a_rule_counts_from_its_first_day_until_the_day_before_its_last() {
    let old = TaxRule { valid_until: Some(day("2025-01-01")), ..ppn(TaxMode::Exclusive) };
    let new = TaxRule {
        name: "PPN 2025".to_owned(),
        valid_from: day("2025-01-01"),
        ..ppn_other_value(TaxMode::Exclusive)
    };
    let rules = [old, new];
    let name = |on| chosen(&rules, "ID", None, CustomerKind::Individual, on);
    assert_eq!(name("2022-03-31"), "none");
    assert_eq!(name("2022-04-01"), "PPN");
    assert_eq!(name("2024-12-31"), "PPN");
    assert_eq!(name("2025-01-01"), "PPN 2025");
}

#[test]
fn of_two_that_overlap_the_later_one_counts() {
    let later = TaxRule {
        name: "later".to_owned(),
        valid_from: day("2025-01-01"),
        ..ppn(TaxMode::Exclusive)
    };
    let rules = [later, ppn(TaxMode::Exclusive)];
    assert_eq!(chosen(&rules, "ID", None, CustomerKind::Individual, "2024-12-31"), "PPN");
    assert_eq!(chosen(&rules, "ID", None, CustomerKind::Individual, "2025-01-01"), "later");
}

fn any_mode() -> impl Strategy<Value = TaxMode> {
    prop::sample::select(TaxMode::ALL.to_vec())
}

proptest! {
    #[test]
    fn net_and_tax_are_gross_on_every_line_and_in_total(
        amounts in prop::collection::vec((0_i64..1_000_000_000, any::<bool>()), 1..20),
        points in 0_u32..3_000,
        factor in (0_i64..=12).prop_map(|n| Ratio::new(n, 12).unwrap()),
        mode in any_mode(),
    ) {
        let lines: Vec<_> =
            amounts.iter().map(|&(it, taxable)| line(it, Currency::IDR, taxable)).collect();
        let rule = rule("tax", points, factor, mode);
        let quote = price(Currency::IDR, lines, None, Some(&rule)).unwrap();
        holds_together(&quote);
        for (line, &(stated, _)) in quote.lines.iter().zip(&amounts) {
            // What the price list says is kept: as net when tax is added, as gross when contained.
            let kept = if mode == TaxMode::Exclusive { line.net } else { line.gross };
            prop_assert_eq!(kept.minor(), stated);
        }
    }

    #[test]
    fn eleven_twelfths_of_twelve_per_cent_is_eleven_per_cent(
        amounts in prop::collection::vec(0_i64..10_000_000_000, 1..10),
        mode in any_mode(),
    ) {
        let plain = quote(&amounts, &ppn(mode));
        let other_value = quote(&amounts, &ppn_other_value(mode));
        prop_assert_eq!(plain.tax, other_value.tax);
        prop_assert_eq!(plain.total, other_value.total);
        for (plain, other) in plain.lines.iter().zip(&other_value.lines) {
            prop_assert_eq!((plain.net, plain.tax), (other.net, other.tax));
        }
    }

    #[test]
    fn the_document_tax_is_within_half_a_rupiah(
        amounts in prop::collection::vec(0_i64..1_000_000_000, 1..10),
        points in 0_u32..3_000,
    ) {
        let quote = quote(&amounts, &rule("tax", points, Ratio::ONE, TaxMode::Exclusive));
        let sum: i128 = amounts.iter().map(|&it| i128::from(it)).sum();
        let off = i128::from(quote.tax.minor()) * 10_000 - sum * i128::from(points);
        prop_assert!(off.abs() * 2 <= 10_000);
    }
}

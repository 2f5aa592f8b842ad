//! Money is exact (law 8, defect D6): properties over random amounts, and every currency.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::arithmetic_side_effects, reason = "the amounts of these tests are small enough")]

use hosting_core::kernel::{Currency, Money, MoneyError, Rate, Ratio, Rounding};
use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};

const ROUNDINGS: [Rounding; 4] =
    [Rounding::HalfUp, Rounding::HalfEven, Rounding::Down, Rounding::Up];

fn rupiah(minor: i64) -> Money {
    Money::from_minor(minor, Currency::IDR)
}

fn minors(parts: &[Money]) -> Vec<i64> {
    parts.iter().map(|it| it.minor()).collect()
}

/// Any weights that do not add up to nothing.
fn weights() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(0_u64..=1_000_000_000, 1..12)
        .prop_filter("something to divide among", |it| it.iter().any(|&weight| weight > 0))
}

proptest! {
    #[test]
    fn parts_add_up_to_the_whole(minor in any::<i64>(), weights in weights()) {
        let parts = rupiah(minor).allocate(&weights).unwrap();
        prop_assert_eq!(parts.len(), weights.len());
        let sum: i128 = parts.iter().map(|it| i128::from(it.minor())).sum();
        prop_assert_eq!(sum, i128::from(minor));
    }

    #[test]
    fn each_part_is_within_one_unit_of_its_exact_share(minor in any::<i64>(), weights in weights()) {
        let total: i128 = weights.iter().map(|&it| i128::from(it)).sum();
        let parts = rupiah(minor).allocate(&weights).unwrap();
        for (part, &weight) in parts.iter().zip(&weights) {
            // |part - minor·weight/total| < 1, without dividing.
            let off = i128::from(part.minor()) * total - i128::from(minor) * i128::from(weight);
            prop_assert!(off.abs() < total, "{part} for weight {weight} of {total}");
        }
    }

    #[test]
    fn nothing_weighted_gets_nothing(minor in any::<i64>(), weights in weights()) {
        let parts = rupiah(minor).allocate(&weights).unwrap();
        for (part, &weight) in parts.iter().zip(&weights) {
            prop_assert!(weight > 0 || part.is_zero());
        }
    }

    #[test]
    fn the_same_weights_share_out_the_same_way(minor in any::<i64>(), weights in weights()) {
        let once = rupiah(minor).allocate(&weights).unwrap();
        prop_assert_eq!(&once, &rupiah(minor).allocate(&weights).unwrap());
    }

    #[test]
    fn a_heavier_part_never_gets_less(minor in 0..i64::MAX, weights in weights()) {
        let parts = rupiah(minor).allocate(&weights).unwrap();
        for (part, weight) in parts.iter().zip(&weights) {
            for (other, lighter) in parts.iter().zip(&weights) {
                prop_assert!(lighter >= weight || other.minor() <= part.minor());
            }
        }
    }

    #[test]
    fn a_credit_mirrors_its_debit(minor in 0..i64::MAX, weights in weights()) {
        let debit = rupiah(minor).allocate(&weights).unwrap();
        let credit = rupiah(-minor).allocate(&weights).unwrap();
        for (debit, credit) in debit.iter().zip(&credit) {
            prop_assert_eq!(debit.negated().unwrap(), *credit);
        }
    }

    #[test]
    fn rounding_agrees_with_decimal_arithmetic(
        minor in -1_000_000_000_000_i64..1_000_000_000_000,
        numerator in 0_i64..1_000_000,
        denominator in prop::sample::select(vec![1_i64, 2, 4, 5, 8, 10, 20, 100, 125, 1_000, 10_000]),
        rounding in prop::sample::select(ROUNDINGS.to_vec()),
    ) {
        // These denominators divide a power of ten, so that the decimal quotient is exact.
        let exact = Decimal::from(minor) * Decimal::from(numerator) / Decimal::from(denominator);
        let expected = exact.round_dp_with_strategy(0, RoundingStrategy::from(rounding));
        let share = rupiah(minor).share(Ratio::new(numerator, denominator).unwrap(), rounding).unwrap();
        prop_assert_eq!(Decimal::from(share.minor()), expected);
    }

    #[test]
    fn any_fraction_rounds_to_a_neighbour(
        minor in any::<i64>(),
        numerator in 0_i64..1_000,
        more in 0_i64..1_000,
        rounding in prop::sample::select(ROUNDINGS.to_vec()),
    ) {
        let denominator = numerator + more + 1;
        let share = rupiah(minor).share(Ratio::new(numerator, denominator).unwrap(), rounding).unwrap();
        let off = i128::from(share.minor()) * i128::from(denominator)
            - i128::from(minor) * i128::from(numerator);
        let half = matches!(rounding, Rounding::HalfUp | Rounding::HalfEven);
        let bound = i128::from(denominator);
        let near = if half { off.abs() * 2 <= bound } else { off.abs() < bound };
        prop_assert!(near, "{} is not next to the exact share", share);
    }

    #[test]
    fn currencies_are_never_mixed(a in any::<i64>(), b in any::<i64>()) {
        let (rupiah, dollars) = (rupiah(a), Money::from_minor(b, Currency::USD));
        let mixed = MoneyError::Mixed(Currency::IDR, Currency::USD);
        prop_assert_eq!(rupiah.plus(dollars), Err(mixed));
        prop_assert_eq!(rupiah.minus(dollars), Err(mixed));
        prop_assert_eq!(rupiah.at_most(dollars), Err(mixed));
        prop_assert_eq!(Money::sum(Currency::IDR, [rupiah, dollars]), Err(mixed));
    }

    #[test]
    fn a_sum_is_exact_or_refused(a in any::<i64>(), b in any::<i64>()) {
        let plus = rupiah(a).plus(rupiah(b)).map(Money::minor);
        prop_assert_eq!(plus, a.checked_add(b).ok_or(MoneyError::Overflow));
        let minus = rupiah(a).minus(rupiah(b)).map(Money::minor);
        prop_assert_eq!(minus, a.checked_sub(b).ok_or(MoneyError::Overflow));
    }

    #[test]
    fn money_survives_json(minor in any::<i64>(), at in any::<prop::sample::Index>()) {
        let currencies: Vec<_> = Currency::all().collect();
        let amount = Money::from_minor(minor, *at.get(&currencies));
        let json = serde_json::to_string(&amount).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), amount);
    }
}

#[test]
fn the_largest_remainder_decides_and_ties_go_to_the_earlier_part() {
    // 100 : 3 → 33⅓ each; the one that is left goes to the first.
    assert_eq!(minors(&rupiah(100).allocate(&[1, 1, 1]).unwrap()), [34, 33, 33]);
    // 10 by 1 : 2 : 3 → 1⅔, 3⅓, 5; the first has the largest remainder.
    assert_eq!(minors(&rupiah(10).allocate(&[1, 2, 3]).unwrap()), [2, 3, 5]);
    // 11 000 of tax over lines of 50 000, 30 000 and 20 000.
    let tax = rupiah(11_000).allocate(&[50_000, 30_000, 20_000]).unwrap();
    assert_eq!(minors(&tax), [5_500, 3_300, 2_200]);
}

#[test]
fn there_is_nothing_to_share_out_among_nobody() {
    assert_eq!(rupiah(100).allocate(&[]), Err(MoneyError::NoShares));
    assert_eq!(rupiah(100).allocate(&[0, 0]), Err(MoneyError::NoShares));
}

#[test]
fn each_rounding_does_what_its_name_says_at_a_half() {
    let half = Ratio::new(1, 2).unwrap();
    let round = |minor, rounding| rupiah(minor).share(half, rounding).unwrap().minor();
    let all = |minor| ROUNDINGS.map(|rounding| round(minor, rounding));
    // HalfUp, HalfEven, Down, Up.
    assert_eq!(all(5), [3, 2, 2, 3]);
    assert_eq!(all(7), [4, 4, 3, 4]);
    assert_eq!(all(-5), [-3, -2, -2, -3]);
    assert_eq!(all(4), [2, 2, 2, 2]);
}

#[test]
fn every_currency_prints_and_parses_as_itself() {
    let mut before: Option<Currency> = None;
    for currency in Currency::all() {
        let code = currency.to_string();
        assert_eq!(code.parse::<Currency>().unwrap(), currency);
        assert_eq!(code.len(), 3);
        assert!(code.bytes().all(|it| it.is_ascii_uppercase()));
        assert!(before.is_none_or(|it| it < currency), "{code} is out of order or twice there");
        before = Some(currency);
        let json = serde_json::to_string(&currency).unwrap();
        assert_eq!(serde_json::from_str::<Currency>(&json).unwrap(), currency);
    }
}

#[test]
fn currencies_that_are_none_are_refused_by_name() {
    for text in ["", "idr", "ID", "IDRR", "XXX", "XAU", "BTC", "Rp"] {
        let refused = text.parse::<Currency>().unwrap_err().to_string();
        assert!(refused.contains(text) && refused.contains("IDR"), "{refused}");
    }
}

#[test]
fn exponents_are_those_of_the_field() {
    let exponent = |code: &str| code.parse::<Currency>().unwrap().exponent();
    for code in ["IDR", "JPY", "KRW", "VND", "CLP", "PYG", "ISK", "UGX", "XAF", "XOF", "XPF"] {
        assert_eq!(exponent(code), 0, "{code}");
    }
    for code in ["USD", "EUR", "SGD", "MYR", "GBP", "AUD", "CNY", "HUF", "MRU", "MGA"] {
        assert_eq!(exponent(code), 2, "{code}");
    }
    for code in ["KWD", "BHD", "IQD", "JOD", "LYD", "OMR", "TND"] {
        assert_eq!(exponent(code), 3, "{code}");
    }
    for code in ["CLF", "UYW"] {
        assert_eq!(exponent(code), 4, "{code}");
    }
    // The named constants are the table's.
    for named in [Currency::IDR, Currency::JPY, Currency::USD, Currency::KWD] {
        assert_eq!(named.code().parse::<Currency>().unwrap(), named);
    }
}

#[test]
fn money_is_written_with_all_the_decimals_of_its_currency() {
    let text = |minor, currency| Money::from_minor(minor, currency).to_string();
    assert_eq!(text(150_000, Currency::IDR), "IDR 150000");
    assert_eq!(text(1_980, Currency::JPY), "JPY 1980");
    assert_eq!(text(1_250, Currency::USD), "USD 12.50");
    assert_eq!(text(-5, Currency::USD), "USD -0.05");
    assert_eq!(text(1_250, Currency::KWD), "KWD 1.250");
    assert_eq!(text(i64::MIN, Currency::IDR), "IDR -9223372036854775808");
}

#[test]
fn stored_money_is_whole_minor_units() {
    let json = serde_json::to_value(rupiah(150_000)).unwrap();
    assert_eq!(json, serde_json::json!({ "amount_minor": 150_000, "currency": "IDR" }));
    for wrong in [
        r#"{"amount_minor":1.5,"currency":"IDR"}"#,
        r#"{"amount_minor":"15","currency":"IDR"}"#,
        r#"{"amount_minor":15,"currency":"idr"}"#,
        r#"{"amount_minor":15}"#,
    ] {
        assert!(serde_json::from_str::<Money>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_rate_is_exact_and_within_its_bounds() {
    let eleven = Rate::from_basis_points(1_100);
    assert_eq!(eleven.to_string(), "11%");
    assert_eq!((eleven.as_ratio().numerator(), eleven.as_ratio().denominator()), (11, 100));
    assert!(Rate::new(Decimal::new(-1, 2)).is_err());
    assert!(Rate::new(Decimal::from(11)).is_err());
    assert!(Rate::new(Decimal::new(1, 13)).is_err());
    assert!(Rate::new(Decimal::new(1, 12)).is_ok());
}

#[test]
fn a_ratio_is_in_lowest_terms_and_refuses_to_lose_digits() {
    let twelfths = Ratio::new(11, 12).unwrap().times(Ratio::new(12, 100).unwrap()).unwrap();
    assert_eq!((twelfths.numerator(), twelfths.denominator()), (11, 100));
    assert!(Ratio::new(1, 0).is_err());
    assert!(Ratio::new(1, -2).is_err());
    let tiny = Ratio::new(1, i64::MAX).unwrap();
    assert_eq!(tiny.times(tiny), None);
}

//! The one pricing function (law 9): worked examples in rupiah, and coupons that never give away
//! more than there is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use chrono::{DateTime, TimeDelta, Utc};
use hosting_core::{
    decide::pricing::{
        CouponContext, CouponRefusal, LineInput, PricingError, Quote, check_coupon, covers, price,
    },
    kernel::{Currency, Id, Mint, Money, MoneyError, Rate, Ratio},
    model::{
        AppliesTo, Coupon, CouponStatus, Discount, LineKind, PlanId, ProductId, TaxMode, TaxRule,
    },
    testing::SeededEntropy,
};
use proptest::prelude::*;

fn id<T>(seed: u64) -> Id<T> {
    Mint::at(DateTime::UNIX_EPOCH, &SeededEntropy::new(seed)).id()
}

fn rupiah(minor: i64) -> Money {
    Money::from_minor(minor, Currency::IDR)
}

fn line(minor: i64) -> LineInput {
    LineInput {
        kind: LineKind::Plan,
        description: "Hosting".to_owned(),
        quantity: 1,
        unit_price: rupiah(minor),
        ratio: Ratio::ONE,
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
        rate: Rate::from_basis_points(1_100),
        base_factor: Ratio::ONE,
        mode,
        valid_from: DateTime::UNIX_EPOCH.date_naive(),
        valid_until: None,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn percent(basis_points: u32) -> Discount {
    Discount::Percent { rate: Rate::from_basis_points(basis_points) }
}

fn fixed(minor: i64) -> Discount {
    Discount::Fixed { amount: rupiah(minor) }
}

fn quote(lines: Vec<LineInput>, coupon: Option<Discount>, tax: Option<&TaxRule>) -> Quote {
    price(Currency::IDR, lines, coupon.map(|it| ("HEMAT", it)), tax).unwrap()
}

/// `subtotal`, `discount`, `tax`, `total`.
fn totals(quote: &Quote) -> (i64, i64, i64, i64) {
    let Quote { subtotal, discount, tax, total, .. } = quote;
    (subtotal.minor(), discount.minor(), tax.minor(), total.minor())
}

fn discounts(quote: &Quote) -> Vec<i64> {
    quote.lines.iter().map(|it| it.discount.minor()).collect()
}

#[test]
fn a_plan_with_set_up_fee_and_tax_on_top() {
    let set_up = LineInput { kind: LineKind::SetupFee, ..line(25_000) };
    let quote = quote(vec![line(50_000), set_up], None, Some(&ppn(TaxMode::Exclusive)));
    assert_eq!(totals(&quote), (75_000, 0, 8_250, 83_250));
    assert_eq!(quote.lines[0].gross, rupiah(55_500));
    assert_eq!(quote.lines[1].gross, rupiah(27_750));
}

#[test]
fn three_of_one_plan() {
    let three = LineInput { quantity: 3, ..line(45_000) };
    assert_eq!(totals(&quote(vec![three], None, None)), (135_000, 0, 0, 135_000));
}

#[test]
fn a_part_of_a_month_is_a_fraction_rounded_once() {
    // 10 of 31 days of 3 × 50 000 = 48 387,09… (one at a time it would be 3 × 16 129 = 48 387).
    let part = LineInput { quantity: 3, ratio: Ratio::new(10, 31).unwrap(), ..line(50_000) };
    let quote = quote(vec![part], None, Some(&ppn(TaxMode::Exclusive)));
    // 48 387 × 11 % = 5 322,57.
    assert_eq!(totals(&quote), (48_387, 0, 5_323, 53_710));
    assert_eq!(quote.lines[0].derivation.ratio, Ratio::new(10, 31).unwrap());
}

#[test]
fn a_percentage_is_taken_before_tax_and_shared_out_exactly() {
    // 99 999 less 10 % (9 999,9 → 10 000) is 89 999; 11 % of it is 9 899,89 → 9 900.
    let quote = quote(vec![line(33_333); 3], Some(percent(1_000)), Some(&ppn(TaxMode::Exclusive)));
    assert_eq!(totals(&quote), (99_999, 10_000, 9_900, 99_899));
    assert_eq!(discounts(&quote), [3_334, 3_333, 3_333]);
    assert_eq!(quote.lines[0].derivation.coupon.as_deref(), Some("HEMAT"));
}

#[test]
fn a_percentage_of_prices_that_contain_tax() {
    // 111 000 less 20 % is 88 800, and 88 800 × 11/111 = 8 800 of that is tax.
    let quote = quote(vec![line(111_000)], Some(percent(2_000)), Some(&ppn(TaxMode::Inclusive)));
    assert_eq!(totals(&quote), (111_000, 22_200, 8_800, 88_800));
    assert_eq!(quote.lines[0].net, rupiah(80_000));
}

#[test]
fn a_fixed_amount_is_shared_out_by_what_the_lines_cost() {
    // 20 000 over 50 000 and 30 000 is 12 500 and 7 500.
    let quote = quote(vec![line(50_000), line(30_000)], Some(fixed(20_000)), None);
    assert_eq!(discounts(&quote), [12_500, 7_500]);
    assert_eq!(totals(&quote), (80_000, 20_000, 0, 60_000));
}

#[test]
fn a_fixed_amount_above_the_price_makes_it_free_and_no_more() {
    let quote = quote(
        vec![line(50_000), line(25_000)],
        Some(fixed(100_000)),
        Some(&ppn(TaxMode::Exclusive)),
    );
    assert_eq!(totals(&quote), (75_000, 75_000, 0, 0));
    assert_eq!(discounts(&quote), [50_000, 25_000]);
}

#[test]
fn a_coupon_leaves_lines_outside_its_scope_alone() {
    let outside = LineInput { discountable: false, ..line(25_000) };
    let quote = quote(vec![line(50_000), outside], Some(percent(5_000)), None);
    assert_eq!(discounts(&quote), [25_000, 0]);
    assert_eq!(quote.lines[1].derivation.coupon, None);
}

#[test]
fn a_free_line_is_no_reason_to_fail() {
    let trial = LineInput { ratio: Ratio::ZERO, ..line(50_000) };
    let quote = quote(vec![trial], Some(fixed(10_000)), Some(&ppn(TaxMode::Exclusive)));
    assert_eq!(totals(&quote), (0, 0, 0, 0));
}

#[test]
fn nonsense_has_no_price() {
    let priced = |it| price(Currency::IDR, vec![it], None, None).map(|it| it.total);
    assert_eq!(priced(line(-1)), Err(PricingError::Negative));
    assert_eq!(priced(LineInput { quantity: 0, ..line(1) }), Err(PricingError::Negative));
    let back = LineInput { ratio: Ratio::new(-1, 2).unwrap(), ..line(1) };
    assert_eq!(priced(back), Err(PricingError::Negative));
    let huge = LineInput { quantity: 2, ..line(i64::MAX) };
    assert_eq!(priced(huge), Err(MoneyError::Overflow.into()));
    let dollars = LineInput { unit_price: Money::from_minor(1, Currency::USD), ..line(1) };
    assert_eq!(priced(dollars), Err(MoneyError::Mixed(Currency::IDR, Currency::USD).into()));
}

#[test]
fn a_fixed_amount_in_another_currency_is_never_converted() {
    let dollars = Discount::Fixed { amount: Money::from_minor(500, Currency::USD) };
    let refused = price(Currency::IDR, vec![line(50_000)], Some(("HEMAT", dollars)), None);
    assert_eq!(refused, Err(MoneyError::Mixed(Currency::USD, Currency::IDR).into()));
}

fn coupon() -> Coupon {
    Coupon {
        id: id(3),
        code: "HEMAT".to_owned(),
        discount: percent(1_000),
        applies_to: AppliesTo::First,
        includes_setup_fee: false,
        new_customers_only: false,
        product_ids: Vec::new(),
        plan_ids: Vec::new(),
        starts_at: None,
        ends_at: None,
        max_uses: None,
        max_uses_per_customer: None,
        status: CouponStatus::Active,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn noon() -> DateTime<Utc> {
    "2026-06-01T05:00:00Z".parse().unwrap()
}

fn checked(coupon: &Coupon, has_paid_order: Option<bool>) -> Result<(), CouponRefusal> {
    check_coupon(coupon, CouponContext { now: noon(), currency: Currency::IDR, has_paid_order })
}

#[test]
fn a_coupon_counts_within_its_dates() {
    let minute = TimeDelta::minutes(1);
    let from = |at| checked(&Coupon { starts_at: Some(at), ..coupon() }, None);
    assert_eq!(from(noon()), Ok(()));
    assert_eq!(from(noon().checked_add_signed(minute).unwrap()), Err(CouponRefusal::NotYet));
    let until = |at| checked(&Coupon { ends_at: Some(at), ..coupon() }, None);
    assert_eq!(until(noon().checked_add_signed(minute).unwrap()), Ok(()));
    assert_eq!(until(noon()), Err(CouponRefusal::Expired));
}

#[test]
fn a_coupon_for_new_customers_is_shown_to_guests_and_refused_to_others() {
    let new_only = Coupon { new_customers_only: true, ..coupon() };
    assert_eq!(checked(&new_only, None), Ok(()));
    assert_eq!(checked(&new_only, Some(false)), Ok(()));
    assert_eq!(checked(&new_only, Some(true)), Err(CouponRefusal::NewCustomersOnly));
}

#[test]
fn a_coupon_that_is_off_or_in_other_money_says_so() {
    let off = Coupon { status: CouponStatus::Disabled, ..coupon() };
    assert_eq!(checked(&off, None), Err(CouponRefusal::Disabled));
    let dollars = Discount::Fixed { amount: Money::from_minor(500, Currency::USD) };
    let other = Coupon { discount: dollars, ..coupon() };
    assert_eq!(checked(&other, None), Err(CouponRefusal::OtherCurrency));
}

#[test]
fn a_coupon_covers_the_products_and_plans_it_names() {
    let (product, plan): (ProductId, PlanId) = (id(10), id(11));
    let (other_product, other_plan): (ProductId, PlanId) = (id(12), id(13));
    let covers = |coupon: &Coupon, kind| covers(coupon, kind, product, plan);
    assert!(covers(&coupon(), LineKind::Plan));
    assert!(!covers(&coupon(), LineKind::SetupFee));
    assert!(covers(&Coupon { includes_setup_fee: true, ..coupon() }, LineKind::SetupFee));
    assert!(covers(&Coupon { product_ids: vec![product], ..coupon() }, LineKind::Plan));
    assert!(covers(&Coupon { plan_ids: vec![plan], ..coupon() }, LineKind::Plan));
    let elsewhere =
        Coupon { product_ids: vec![other_product], plan_ids: vec![other_plan], ..coupon() };
    assert!(!covers(&elsewhere, LineKind::Plan));
    // Named by its plan although its product is not.
    let either = Coupon { product_ids: vec![other_product], plan_ids: vec![plan], ..coupon() };
    assert!(covers(&either, LineKind::Plan));
}

#[test]
fn a_coupon_counts_for_as_many_terms_as_it_says() {
    assert_eq!(AppliesTo::First.after_first(), None);
    assert_eq!(AppliesTo::Terms(1).after_first(), None);
    assert_eq!(AppliesTo::Terms(3).after_first(), Some(Some(2)));
    assert_eq!(AppliesTo::Forever.after_first(), Some(None));
}

fn any_discount() -> impl Strategy<Value = Discount> {
    prop_oneof![(1_u32..=10_000).prop_map(percent), (1_i64..2_000_000_000).prop_map(fixed),]
}

fn any_lines() -> impl Strategy<Value = Vec<LineInput>> {
    let one = (0_i64..1_000_000_000, 1_u32..5, any::<bool>(), any::<bool>()).prop_map(
        |(minor, quantity, discountable, taxable)| LineInput {
            quantity,
            discountable,
            taxable,
            ..line(minor)
        },
    );
    prop::collection::vec(one, 1..12)
}

proptest! {
    #[test]
    fn a_coupon_is_shared_out_exactly_and_never_exceeds_a_line(
        lines in any_lines(),
        discount in any_discount(),
        mode in prop::sample::select(TaxMode::ALL.to_vec()),
    ) {
        let quote = quote(lines, Some(discount), Some(&ppn(mode)));
        let shared = Money::sum(Currency::IDR, quote.lines.iter().map(|it| it.discount)).unwrap();
        prop_assert_eq!(shared, quote.discount);
        for line in &quote.lines {
            prop_assert!(!line.discount.is_negative());
            prop_assert!(line.discount.minor() <= line.list.minor());
            prop_assert!(line.input.discountable || line.discount.is_zero());
            prop_assert!(!line.gross.is_negative());
            prop_assert_eq!(line.net.plus(line.tax).unwrap(), line.gross);
        }
    }

    #[test]
    fn a_coupon_is_worth_what_it_says_and_at_most_what_it_covers(
        lines in any_lines(),
        discount in any_discount(),
    ) {
        let covered: i64 = lines
            .iter()
            .filter(|it| it.discountable)
            .map(|it| it.unit_price.times(it.quantity).unwrap().minor())
            .fold(0, i64::saturating_add);
        let quote = quote(lines, Some(discount), None);
        let worth = match discount {
            Discount::Fixed { amount } => amount.minor().min(covered),
            Discount::Percent { rate } => {
                rupiah(covered).share(rate.as_ratio(), hosting_core::kernel::Rounding::HalfUp)
                    .unwrap().minor()
            }
        };
        prop_assert_eq!(quote.discount.minor(), worth);
    }

    #[test]
    fn a_document_is_the_same_however_often_it_is_priced(
        lines in any_lines(),
        discount in any_discount(),
    ) {
        let rule = ppn(TaxMode::Exclusive);
        let once = quote(lines.clone(), Some(discount), Some(&rule));
        prop_assert_eq!(once, quote(lines, Some(discount), Some(&rule)));
    }
}

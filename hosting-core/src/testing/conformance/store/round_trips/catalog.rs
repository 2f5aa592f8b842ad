//! Products, prices, coupons and tax rules.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use super::{
    super::{
        asserts::*,
        sample::{Sample, day},
    },
    row::*,
};
use crate::{
    kernel::{BillingCycle, Currency, Rate, Ratio, Versioned, calendar::CycleUnit},
    model::*,
    port::Store,
};

pub async fn a_product_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let bare = Product { description: String::new(), taxable: false, ..s.product() };
    let full = Product {
        name: text(),
        description: TEXT.repeat(20),
        panel: "proxmox".to_owned(),
        taxable: true,
        position: i64::MIN,
        status: ProductStatus::Archived,
        created_at: bare.created_at,
        deleted_at: Some(last()),
        ..s.product()
    };
    survives!(store, products, bare, full, |row| store.product(row.id));
}

pub async fn a_plan_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let bare = Plan { description: String::new(), ..s.plan(&shop.product) };
    let feature = |label: &str, value: &str| Feature { label: label.into(), value: value.into() };
    let full = Plan {
        name: text(),
        description: text(),
        features: vec![feature(TEXT, "10 GB"), feature("", ""), feature("Mail", TEXT)],
        package: "reseller_big plan".to_owned(),
        server_group: "jakarta-1".to_owned(),
        trial_days: 30,
        stock: Some(i64::MAX),
        position: i64::MAX,
        status: ProductStatus::Draft,
        created_at: bare.created_at,
        deleted_at: Some(early()),
        ..s.plan(&shop.product)
    };
    survives!(store, plans, bare, full, |row| store.plan(row.id));
}

pub async fn a_price_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let bare = s.plan_price(&shop.plan);
    let full = PlanPrice {
        cycle: BillingCycle::new(3660, CycleUnit::Day).unwrap(),
        currency: Currency::KWD,
        price: kwd(i64::MAX),
        setup_fee: kwd(i64::MAX - 1),
        valid_from: early(),
        valid_until: Some(last()),
        created_at: bare.created_at,
        ..s.plan_price(&shop.plan)
    };
    survives!(store, plan_prices, bare, full, |row| store.plan_price(row.id));
}

pub async fn a_coupon_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let bare = Coupon { applies_to: AppliesTo::Forever, ..s.coupon() };
    let full = Coupon {
        discount: Discount::Fixed { amount: kwd(i64::MAX) },
        applies_to: AppliesTo::Terms(u32::MAX),
        includes_setup_fee: true,
        new_customers_only: true,
        product_ids: vec![shop.product.id],
        plan_ids: vec![shop.plan.id, s.plan(&shop.product).id],
        starts_at: Some(early()),
        ends_at: Some(last()),
        max_uses: Some(i64::MAX),
        max_uses_per_customer: Some(0),
        status: CouponStatus::Disabled,
        created_at: bare.created_at,
        ..s.coupon()
    };
    survives!(store, coupons, bare, full, |row| store.coupon(row.id));
}

pub async fn a_tax_rule_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let bare = s.tax_rule();
    let full = TaxRule {
        name: text(),
        country: Some("ID".parse().unwrap()),
        region: Some(text()),
        customer_kind: Some(CustomerKind::Company),
        rate: Rate::new(rust_decimal::Decimal::new(123_456_789_012, 12)).unwrap(),
        base_factor: Ratio::new(i64::MAX, i64::MAX - 1).unwrap(),
        mode: TaxMode::Inclusive,
        valid_from: day(1970, 1, 1),
        valid_until: Some(last_day()),
        created_at: bare.created_at,
        ..s.tax_rule()
    };
    survives!(store, tax_rules, bare, full, |row| store.tax_rule(row.id));
}

pub async fn a_coupon_use_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let (cart, invoice, order, _) = shop.another_service(&s);
    let (other_cart, other_invoice, other, _) = shop.another_service(&s);
    put(
        store,
        new!(
            carts: cart, invoices: invoice, orders: order,
            carts: other_cart, invoices: other_invoice, orders: other
        ),
    )
    .await;
    let bare = s.coupon_use(&shop.coupon, &order);
    let full = CouponUse {
        status: CouponUseStatus::GivenBack,
        created_at: bare.created_at,
        updated_at: last(),
        ..s.coupon_use(&shop.coupon, &other)
    };
    survives!(store, coupon_uses, bare, full, |row| store.coupon_use(row.order_id));
}

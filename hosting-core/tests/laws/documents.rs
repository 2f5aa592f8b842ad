//! Laws 9 and 10, defect D5: one quote everywhere, and issued invoices do not change.

use std::collections::BTreeMap;

use hosting_core::{
    kernel::{Currency, Money, Rate},
    model::{
        Actor, AppliesTo, CartId, CartItem, Discount, InvoiceItem, LineKind, ShopSettings,
        SubscriptionId,
    },
    service::orders,
    testing::TestShop,
};
use proptest::prelude::*;

use super::stage::{buy, edit, play, shop};

type Amounts = (i64, i64, i64, i64);

fn amounts(items: &[InvoiceItem]) -> Vec<Amounts> {
    let of =
        |it: &InvoiceItem| (it.discount.minor(), it.net.minor(), it.tax.minor(), it.gross.minor());
    items.iter().map(of).collect()
}

/// Sets the price of the one plan and makes the coupon count for ever.
async fn reprice(shop: &TestShop, price: i64, setup: i64, discount: Discount, on_setup: bool) {
    let read = shop.store.plan_prices(shop.plan_id).await.unwrap().remove(0);
    edit!(shop, plan_prices, &read, |it| {
        it.price = Money::from_minor(price, Currency::IDR);
        it.setup_fee = Money::from_minor(setup, Currency::IDR);
    });
    let read = shop.store.coupon_by_code("KOPI10").await.unwrap().unwrap();
    edit!(shop, coupons, &read, |it| {
        it.discount = discount;
        it.applies_to = AppliesTo::Forever;
        it.includes_setup_fee = on_setup;
    });
}

fn discounts() -> impl Strategy<Value = Discount> {
    prop_oneof![
        (1_u32..=10_000).prop_map(|it| Discount::Percent { rate: Rate::from_basis_points(it) }),
        (1_i64..200_000)
            .prop_map(|it| Discount::Fixed { amount: Money::from_minor(it, Currency::IDR) }),
    ]
}

/// A cart with a line of the one plan for each quantity.
async fn cart_of(shop: &TestShop, quantities: &[u32]) -> CartId {
    let cart = shop.cart("nusakopi.com", Some("KOPI10")).await;
    let read = shop.store.cart(cart).await.unwrap().unwrap();
    edit!(shop, carts, &read, |it| {
        let line = it.items.remove(0);
        for (number, quantity) in quantities.iter().enumerate() {
            let domain = format!("toko{number}.com").parse().unwrap();
            it.items.push(CartItem { quantity: *quantity, domain, ..line.clone() });
        }
    });
    cart
}

/// The discount and net amount of the renewal of each service.
async fn renewals(shop: &TestShop) -> BTreeMap<SubscriptionId, (i64, i64)> {
    let mut found = BTreeMap::new();
    for service in shop.subscriptions().await {
        let cycles = shop.store.cycles_of(service.id).await.unwrap();
        let items = shop.store.invoice_items(cycles[0].invoice_id).await.unwrap();
        assert_eq!((items.len(), items[0].subscription_id), (1, Some(service.id)));
        found.insert(service.id, (items[0].discount.minor(), items[0].net.minor()));
    }
    found
}

/// What the first invoice says of each service's term.
fn terms(items: &[InvoiceItem]) -> BTreeMap<SubscriptionId, (i64, i64)> {
    let terms = items.iter().filter(|it| it.kind == LineKind::Plan);
    let amounts = |it: &InvoiceItem| (it.discount.minor(), it.net.minor());
    terms.map(|it| (it.subscription_id.unwrap(), amounts(it))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// The cart, the order's invoice and every renewal agree to the rupiah, whatever the number of
    /// lines, their quantities, the set-up fee and the coupon.
    #[test]
    fn cart_invoice_and_renewal_agree_to_the_rupiah(
        price in 1_i64..3_000_000,
        setup in prop_oneof![Just(0_i64), 1_i64..500_000],
        quantities in proptest::collection::vec(1_u32..9, 1..6),
        discount in discounts(),
        on_setup in any::<bool>(),
    ) {
        play(async {
            let shop = shop().await;
            reprice(&shop, price, setup, discount, on_setup).await;
            let cart = cart_of(&shop, &quantities).await;
            let asked = orders::quote(&shop.ports, &Actor::Guest, cart, Some(shop.customer_id));
            let (_, quoted) = asked.await.unwrap();
            let (_, invoice) = shop.order(cart).await;
            let bill = shop.store.invoice(invoice).await.unwrap().unwrap().value;
            let items = shop.store.invoice_items(invoice).await.unwrap();
            let quote = quoted.quote;
            assert_eq!((quote.subtotal, quote.discount, quote.tax, quote.total),
                (bill.subtotal, bill.discount, bill.tax, bill.total));
            let lines: Vec<Amounts> = quote.lines.iter()
                .map(|it| (it.discount.minor(), it.net.minor(), it.tax.minor(), it.gross.minor()))
                .collect();
            assert_eq!(lines, amounts(&items));
            if bill.total.is_positive() {
                shop.pay(invoice).await;
            }
            shop.drain().await;
            shop.skip(24);
            shop.live(1).await;
            let (first, again) = (terms(&items), renewals(&shop).await);
            assert_eq!(first.len(), again.len());
            match discount {
                // Each service's share of the amount is its own for every term.
                Discount::Fixed { .. } => assert_eq!(first, again),
                // A percentage is rounded once a document: the order's lines share what one rounding
                // gave, a renewal rounds its own line. They differ by a rupiah at most.
                Discount::Percent { .. } => for (service, (a, net_a)) in &first {
                    let (b, net_b) = again[service];
                    assert!((a - b).abs() <= 1 && (net_a - net_b).abs() <= 1, "{first:?} {again:?}");
                    assert!(quantities.len() > 1 || setup > 0 || *a == b, "one line, one rounding");
                },
            }
            shop.check_books().await;
        });
    }
}

/// Ten services share a fixed amount; each does not get the whole of it once they are billed apart.
#[tokio::test]
async fn a_fixed_coupon_is_not_multiplied_by_the_services_of_an_order() {
    let shop = shop().await;
    let discount = Discount::Fixed { amount: Money::from_minor(50_000, Currency::IDR) };
    reprice(&shop, 50_000, 0, discount, false).await;
    let cart = cart_of(&shop, &[1; 10]).await;
    let (_, invoice) = shop.order(cart).await;
    shop.pay(invoice).await;
    shop.skip(24);
    shop.live(1).await;
    let again: Vec<_> = renewals(&shop).await.into_values().collect();
    assert_eq!(again, [(5_000, 45_000); 10]);
    assert_eq!(again.iter().map(|it| it.0).sum::<i64>(), 50_000, "as on the first invoice");
    shop.check_books().await;
}

/// The same when the first term is a free trial, of which there is no share on the first invoice; and
/// what a set-up fee took is not taken again.
#[tokio::test]
async fn a_fixed_coupon_after_a_trial_is_shared_too() {
    for (terms, on_setup, wanted) in
        [(AppliesTo::Forever, false, 10_000), (AppliesTo::First, true, 2_500)]
    {
        let shop = shop().await;
        let discount = Discount::Fixed { amount: Money::from_minor(40_000, Currency::IDR) };
        reprice(&shop, 50_000, 7_500, discount, on_setup).await;
        let coupon = shop.store.coupon_by_code("KOPI10").await.unwrap().unwrap();
        edit!(shop, coupons, &coupon, |it| it.applies_to = terms);
        let plan = shop.store.plan(shop.plan_id).await.unwrap().unwrap();
        edit!(shop, plans, &plan, |it| it.trial_days = 14);
        let cart = cart_of(&shop, &[1; 4]).await;
        let (_, invoice) = shop.order(cart).await;
        if shop.open_invoice().await.is_some() {
            shop.pay(invoice).await;
        }
        shop.drain().await;
        shop.skip(8);
        shop.live(1).await;
        let first: Vec<_> = renewals(&shop).await.into_values().collect();
        assert_eq!(first, [(wanted, 50_000 - wanted); 4], "{terms:?}");
    }
}

/// Law 10: whatever changes afterwards, the issued invoice stays as it is; the next one is new.
#[tokio::test]
async fn an_issued_invoice_stays_as_it_was_issued() {
    let shop = shop().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let bill = shop.store.invoice(invoice).await.unwrap().unwrap().value;
    let lines = shop.store.invoice_items(invoice).await.unwrap();

    let customer = shop.store.customer(shop.customer_id).await.unwrap().unwrap();
    edit!(shop, customers, &customer, |it| it.name = "Rani Menikah".to_owned());
    let price = shop.store.plan_prices(shop.plan_id).await.unwrap().remove(0);
    edit!(shop, plan_prices, &price, |it| it.price = Money::from_minor(1, Currency::IDR));
    let rule = shop.store.tax_rules().await.unwrap().remove(0);
    edit!(shop, tax_rules, &rule, |it| it.rate = Rate::from_basis_points(1200));
    let mut settings = ShopSettings::default();
    settings.seller.name = "PT Nama Baru".to_owned();
    settings.invoice_number = "BARU/{seq:3}".to_owned();
    let stored = shop.store.setting("shop").await.unwrap().unwrap();
    edit!(shop, settings, &stored, |it| it.value = serde_json::to_value(&settings).unwrap());

    shop.pay(invoice).await;
    shop.live(26).await;
    let after = shop.store.invoice(invoice).await.unwrap().unwrap().value;
    let frozen = |it: &hosting_core::model::Invoice| {
        let amounts = (it.subtotal, it.discount, it.tax, it.total);
        let parties = (it.seller.clone(), it.buyer.clone());
        (it.number.clone(), amounts, parties, it.taxes.clone(), it.issued_at, it.due_at)
    };
    assert_eq!(frozen(&after), frozen(&bill));
    assert_eq!(shop.store.invoice_items(invoice).await.unwrap(), lines);

    let renewal = shop.open_invoice().await.unwrap();
    assert_eq!(renewal.buyer.name, "Rani Menikah");
    assert_eq!(renewal.seller.name, "PT Nama Baru");
    assert_eq!(renewal.number.as_deref(), Some("BARU/001"));
    // The price was agreed when it was ordered; the tax is what the law says now.
    assert_eq!((renewal.subtotal.minor(), renewal.tax.minor()), (100_000, 12_000));
}

/// Law 10 and D9: numbers have no gap and none twice, however many are issued at once.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_have_no_gap_when_many_are_issued_at_once() {
    let shop = shop().await;
    let mut carts = Vec::new();
    for number in 0..30 {
        carts.push(shop.cart(&format!("toko{number}.com"), None).await);
    }
    let mut placing = tokio::task::JoinSet::new();
    for cart in carts {
        let (ports, customer) = (shop.ports.clone(), shop.customer_id);
        // Each is ordered twice at once: a second click is no second order.
        for _ in 0..2 {
            let ports = ports.clone();
            placing.spawn(async move {
                orders::place_order(&ports, &Actor::Guest, cart, customer).await.unwrap();
            });
        }
    }
    while let Some(placed) = placing.join_next().await {
        placed.unwrap();
    }
    let mut numbers: Vec<_> =
        shop.invoices().await.into_iter().map(|it| it.number.unwrap()).collect();
    numbers.sort();
    let wanted: Vec<_> = (1..=30).map(|it| format!("INV/2026/{it:05}")).collect();
    assert_eq!(numbers, wanted);
    buy(&shop, "lain.com").await;
    shop.check_books().await;
}

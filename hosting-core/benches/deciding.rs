//! What one decision costs, without a database.
//!
//! ```text
//! cargo bench -p hosting-core --bench deciding
//! ```
//!
//! The values that are decided about come out of a shop in memory, so that they are as full as those
//! of a real one: a tax rule, a coupon, an order, a payment that is waiting.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench stops when its shop is not as expected"
)]

use std::{hint::black_box, sync::Arc};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use hosting_core::{
    decide::{
        Books, Context,
        billing::{Affected, learn},
        ordering::{Checkout, QuoteItem, check_out, quote_cart},
        pricing::BuyerForTax,
        subscription::renew,
    },
    kernel::{Mint, Versioned},
    model::{
        Actor, Cart, Charge, ChargeStatus, Coupon, Customer, Payment, Plan, PlanPrice, Product,
        Subscription,
    },
    port::{
        PaymentGateway as _,
        store::{
            BillingRepository as _, CatalogRepository as _, CustomerRepository as _,
            OrderRepository as _, PromoRepository as _, SubscriptionRepository as _,
        },
    },
    testing::{Fate, MemoryStore, TestShop},
};

/// Everything that the decisions are about.
struct Bench {
    shop: TestShop,
    books: Books,
    customer: Versioned<Customer>,
    cart: Versioned<Cart>,
    product: Product,
    plan: Plan,
    price: PlanPrice,
    coupon: Versioned<Coupon>,
    payment: Versioned<Payment>,
    affected: Affected,
    charge: Charge,
    due: Versioned<Subscription>,
}

async fn prepare() -> Bench {
    let store = Arc::new(MemoryStore::new());
    let shop = TestShop::open(store.clone(), Fate::kind()).await;
    let books = shop.ports.books().await.unwrap();
    // One order is paid for and gives the subscription that is due; another waits for its money.
    let first = shop.cart("first.example.com", None).await;
    let (_, invoice) = shop.order(first).await;
    shop.pay(invoice).await;
    let mut due = store.subscriptions_of_invoice(invoice).await.unwrap().remove(0);
    assert!(due.value.anchor_on.is_some(), "it runs");
    due.value.next_renewal_at = Some(shop.ports.now());
    let second = shop.cart("second.example.com", None).await;
    let (_, invoice) = shop.order(second).await;
    let payment = shop.ask_to_pay(invoice).await;
    shop.gateway.pay(&payment.reference);
    let charge = shop.gateway.find(&payment.reference).await.unwrap().expect("it was charged");
    assert_eq!(charge.status, ChargeStatus::Succeeded);
    let invoice = store.invoice(invoice).await.unwrap().unwrap();
    let affected = Affected {
        order: store.order(invoice.order_id.unwrap()).await.unwrap(),
        subscriptions: store.subscriptions_of_invoice(invoice.id).await.unwrap(),
        cycles: store.cycles_of_invoice(invoice.id).await.unwrap(),
        payments: store.payments_of(invoice.id).await.unwrap(),
        refunds: Vec::new(),
        still_overdue: Vec::new(),
        paid_elsewhere: Vec::new(),
        invoice,
    };
    let cart = shop.cart("third.example.com", Some("KOPI10")).await;
    let cart = store.cart(cart).await.unwrap().unwrap();
    let item = cart.items.first().unwrap();
    let price = store.price_at(item.plan_id, item.cycle, cart.currency, shop.ports.now()).await;
    let plan = store.plan(item.plan_id).await.unwrap().unwrap().value;
    Bench {
        customer: store.customer(shop.customer_id).await.unwrap().unwrap(),
        product: store.product(plan.product_id).await.unwrap().unwrap().value,
        price: price.unwrap().unwrap().value,
        coupon: store.coupon_by_code("KOPI10").await.unwrap().unwrap(),
        payment: store.payment(payment.id).await.unwrap().unwrap(),
        shop,
        books,
        cart,
        plan,
        affected,
        charge,
        due,
    }
}

impl Bench {
    /// Times a decision; each is given dice of its own and drops what it decided afterwards.
    fn time<T>(&self, c: &mut Criterion, name: &str, decide: impl Fn(&Context<'_>) -> T) {
        let now = self.shop.ports.now();
        let entropy = &*self.shop.ports.entropy;
        c.bench_function(name, |bencher| {
            bencher.iter_batched(
                || Context::new(Mint::at(now, entropy), &Actor::System),
                |context| black_box(decide(black_box(&context))),
                BatchSize::SmallInput,
            );
        });
    }

    fn quoted(&self) -> [QuoteItem<'_>; 1] {
        let item = self.cart.items.first().unwrap();
        [QuoteItem { item, plan: &self.plan, product: &self.product, price: &self.price }]
    }
}

fn deciding(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let bench = runtime.block_on(prepare());
    let (books, customer) = (&bench.books, &bench.customer);

    bench.time(c, "one renewal", |context| {
        renew(context, books, &bench.due, customer).expect("it is due")
    });
    let items = bench.quoted();
    bench.time(c, "a quote for a cart with a coupon", |context| {
        let (coupon, buyer) = (Some(&bench.coupon.value), BuyerForTax::from(&customer.value));
        let currency = bench.cart.currency;
        let quoted = quote_cart(context, books, currency, &items, coupon, Some(false), buyer);
        quoted.expect("it has a price")
    });
    let checkout = Checkout {
        cart: &bench.cart,
        items: &items,
        coupon: Some(&bench.coupon),
        customer,
        has_paid_order: false,
    };
    bench.time(c, "an order", |context| check_out(context, books, &checkout).expect("placed"));
    bench.time(c, "a payment that arrived", |context| {
        learn(context, books, &bench.payment, &bench.affected, &bench.charge).expect("credited")
    });
}

criterion_group!(benches, deciding);
criterion_main!(benches);

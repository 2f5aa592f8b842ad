//! Carts, orders, invoices, payments and the webhook inbox.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use super::{
    super::{
        asserts::*,
        sample::{Sample, day},
    },
    row::*,
};
use crate::{
    kernel::{BillingCycle, Currency, Rate, Ratio, Rounding, Versioned},
    model::{billing::Derivation, *},
    port::Store,
};

pub async fn a_cart_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let bare = Cart { items: vec![], ..s.cart(None, &shop.plan) };
    let item = |quantity, domain: &str| CartItem {
        plan_id: shop.plan.id,
        cycle: BillingCycle::TRIENNIALLY,
        quantity,
        domain: domain.parse().unwrap(),
    };
    let full = Cart {
        customer_id: Some(shop.customer.id),
        currency: Currency::JPY,
        items: vec![item(100, "xn--bcher-kva.example"), item(1, "a.id")],
        coupon_code: Some(text()),
        status: CartStatus::Ordered,
        created_at: bare.created_at,
        ..s.cart(None, &shop.plan)
    };
    survives!(store, carts, bare, full, |row| store.cart(row.id));
}

pub async fn an_order_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let (cart, invoice, bare, _) = shop.another_service(&s);
    let (other_cart, other_invoice, other, subscription) = shop.another_service(&s);
    let full = Order {
        subscription_ids: vec![shop.subscription.id, subscription.id],
        coupon_id: Some(shop.coupon.id),
        currency: Currency::KWD,
        total: kwd(i64::MAX),
        status: OrderStatus::Refunded,
        created_at: bare.created_at,
        ..other
    };
    let parents = new!(carts: cart, invoices: invoice, carts: other_cart, invoices: other_invoice);
    put(store, parents).await;
    survives!(store, orders, bare, full, |row| store.order(row.id));
}

pub async fn an_invoice_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let bare = s.invoice(&shop.customer);
    let tax = |name: &str, points| TaxSummary {
        name: name.to_owned(),
        rate: Rate::from_basis_points(points),
        base_factor: Ratio::new(11, 12).unwrap(),
        net_minor: i64::MAX,
        tax_minor: -1,
    };
    let full = Invoice {
        order_id: Some(shop.order.id),
        number: Some("INV/2026/000000000001".to_owned()),
        status: InvoiceStatus::Refunded,
        currency: Currency::KWD,
        subtotal: kwd(i64::MAX),
        discount: kwd(i64::MAX - 1),
        tax: kwd(i64::MAX - 2),
        total: kwd(i64::MAX - 3),
        paid: kwd(i64::MAX - 4),
        seller: full_party(),
        buyer: full_party(),
        taxes: vec![tax(TEXT, 1_200), tax("", 0)],
        issued_at: Some(early()),
        due_at: last(),
        paid_at: Some(last()),
        dunning_step: i64::MAX,
        next_dunning_at: Some(last()),
        created_at: bare.created_at,
        ..s.invoice(&shop.customer)
    };
    survives!(store, invoices, bare, full, |row| store.invoice(row.id));
}

pub async fn an_invoice_line_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let invoice = s.invoice(&shop.customer);
    let bare = s.invoice_item(&invoice, &shop.plan_price, 1);
    let derivation = Derivation {
        price_id: shop.plan_price.id,
        ratio: Ratio::new(17, 31).unwrap(),
        coupon: Some(text()),
        tax: Some(text()),
        rounding: Rounding::HalfEven,
    };
    let full = InvoiceItem {
        kind: LineKind::SetupFee,
        subscription_id: Some(shop.subscription.id),
        description: text(),
        quantity: i64::MAX,
        currency: Currency::KWD,
        unit_price: kwd(i64::MAX),
        discount: kwd(1),
        net: kwd(i64::MAX - 1),
        tax: kwd(i64::MAX - 2),
        gross: kwd(i64::MAX - 3),
        period_start: Some(day(2028, 2, 29)),
        period_end: Some(last_day()),
        derivation,
        ..s.invoice_item(&invoice, &shop.plan_price, 2)
    };
    put(store, new!(invoices: invoice, invoice_items: full, invoice_items: bare)).await;
    assert_eq!(store.invoice_items(invoice.id).await.unwrap(), [bare, full]);
}

pub async fn a_payment_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let bare = s.payment(&shop.invoice);
    let shown = [
        Instructions::VirtualAccount { bank: "bca".to_owned(), number: "0012345".to_owned() },
        Instructions::Bill { biller_code: "70012".to_owned(), bill_key: "0009".to_owned() },
        Instructions::Qr { payload: "00020101021226".repeat(20) },
        Instructions::Wallet { deeplink: "gojek://x?a=1&b=%20".to_owned(), qr_payload: None },
        Instructions::Transfer { accounts: vec![text(), String::new()], reference: text() },
    ];
    for instructions in shown {
        let bare = Payment { reference: s.word(), id: s.mint().id(), ..bare.clone() };
        let full = Payment {
            gateway: "midtrans".to_owned(),
            method: "bca_va".to_owned(),
            provider_ref: Some(text()),
            currency: Currency::KWD,
            amount: kwd(i64::MAX),
            received: kwd(i64::MAX - 1),
            applied: kwd(i64::MAX - 2),
            given_back: kwd(i64::MAX - 3),
            confirmed_by: ConfirmedBy::Staff,
            reported_at: Some(early()),
            report: Some(text()),
            status: PaymentStatus::Succeeded,
            instructions: Some(instructions),
            expires_at: last(),
            asked_at: Some(early()),
            next_ask_at: Some(last()),
            asks: i64::MAX,
            succeeded_at: Some(early()),
            detail: text(),
            created_at: bare.created_at,
            ..s.payment(&shop.invoice)
        };
        survives!(store, payments, bare, full, |row| store.payment(row.id));
    }
}

pub async fn a_refund_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let bare = s.refund(&shop.payment);
    let full = Refund {
        currency: Currency::KWD,
        amount: kwd(i64::MAX),
        reason: text(),
        way: RefundWay::ChargedBack,
        services: AfterRefund::Keep,
        status: RefundStatus::Succeeded,
        provider_ref: Some(text()),
        detail: text(),
        created_at: bare.created_at,
        updated_at: last(),
        ..s.refund(&shop.payment)
    };
    survives!(store, refunds, bare, full, |row| store.refund(row.id));
}

pub async fn a_webhook_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let bare = WebhookEvent { body: String::new(), ..s.webhook_event() };
    let full = WebhookEvent {
        gateway: "xendit".to_owned(),
        reference: Some(text()),
        body: format!("{{\"text\":\"{TEXT}\",\"a\" : 1.00}}{}", "x".repeat(60_000)),
        status: WebhookStatus::Ignored,
        processed_at: Some(last()),
        created_at: bare.created_at,
        ..s.webhook_event()
    };
    survives!(store, webhook_events, bare, full, |row| store.webhook_event(row.id));
}

//! What is stored comes back exactly: nothing set, everything set, and back again.
//!
//! Each rule stores a row with everything set, changes it to one with nothing set, changes it back,
//! and stores the bare one as new, so that both ways of writing see both kinds of row.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use chrono::{DateTime, NaiveDate, TimeZone as _, Utc};

use super::{asserts::*, sample::{Sample, Shop, day}};
use crate::{
    kernel::{BillingCycle, Currency, Money, Rate, Ratio, Rounding, Sealed, Versioned, calendar::CycleUnit},
    model::{
        access::PasswordHash, billing::Derivation, *,
    },
    port::Store,
};

/// Letters of several scripts, signs that need escaping somewhere, and white space.
const TEXT: &str = "Ünï ñ Ж 漢字 عربى 😀 e\u{301} 'x' \"y\" \\ %_ {} $1 ?1 -- ; <b>&amp;\t\n end ";

fn text() -> String {
    TEXT.to_owned()
}

/// The last millisecond of the calendar that every database shares.
fn last() -> DateTime<Utc> {
    Utc.timestamp_millis_opt(253_402_300_799_999).unwrap()
}

fn early() -> DateTime<Utc> {
    Utc.timestamp_millis_opt(1).unwrap()
}

fn last_day() -> NaiveDate {
    day(9999, 12, 31)
}

const fn kwd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::KWD)
}

fn full_address() -> Address {
    Address {
        line1: text(),
        line2: Some(text()),
        city: text(),
        region: Some(text()),
        postcode: Some("00123".to_owned()),
        country: "KW".parse().unwrap(),
    }
}

fn full_party() -> Party {
    Party {
        name: text(),
        attention: Some(text()),
        address: full_address(),
        tax_id: Some("01.234.567.8-901.000".to_owned()),
        email: "finance@example.com".to_owned(),
    }
}

macro_rules! survives {
    ($store:ident, $field:ident, $bare:ident, $full:ident, |$row:ident| $read:expr) => {
        let emptied = {
            let mut row = $bare.clone();
            row.id = $full.id;
            row
        };
        put($store, new!($field: $full)).await;
        for (row, version) in [(&$full, 1), (&emptied, 2), (&$full, 3)] {
            if version > 1 {
                put($store, changed!($field: Versioned::new(row.clone(), version - 1))).await;
            }
            let $row = row;
            assert_eq!($read.await.unwrap(), Some(Versioned::new(row.clone(), version)));
        }
        put($store, new!($field: $bare)).await;
        let $row = &$bare;
        assert_eq!($read.await.unwrap(), Some(Versioned::new($bare.clone(), 1)));
    };
}

async fn stored_shop(store: &dyn Store, sample: &Sample) -> Shop {
    let shop = Shop::new(sample);
    put(store, shop.changes()).await;
    shop
}

pub async fn a_setting_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let bare = Setting { value: serde_json::json!({}), ..s.setting() };
    let value = serde_json::json!({
        "text": TEXT, "least": i64::MIN, "most": i64::MAX, "half": 0.5, "yes": true, "none": null,
        "list": [1, [], {}, ""], "": { "nested": { "deeper": [null] } },
    });
    let full = Setting { key: "Toko/ünïcode 漢字".to_owned(), value, ..s.setting() };
    survives!(store, settings, bare, full, |row| store.setting(&row.key));
}

pub async fn a_setting_may_be_any_json(store: &dyn Store) {
    let sample = Sample::new(1);
    for value in [
        serde_json::json!(null),
        serde_json::json!(""),
        serde_json::json!(TEXT),
        serde_json::json!(0),
        serde_json::json!(false),
        serde_json::json!([]),
    ] {
        let setting = Setting { value, ..sample.setting() };
        put(store, new!(settings: setting)).await;
        assert_eq!(store.setting(&setting.key).await.unwrap().unwrap().value, setting);
    }
}

pub async fn a_customer_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let bare = s.customer();
    let full = Customer {
        kind: CustomerKind::Company,
        name: text(),
        company: Some(text()),
        phone: Some("+6281234567890".parse().unwrap()),
        address: full_address(),
        tax_id: Some(text()),
        currency: Currency::KWD,
        locale: "en".to_owned(),
        status: CustomerStatus::Closed,
        hold: Some(text()),
        created_at: bare.created_at,
        updated_at: last(),
        deleted_at: Some(early()),
        ..s.customer()
    };
    survives!(store, customers, bare, full, |row| store.customer(row.id));
}

pub async fn a_user_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let bare = s.user(None);
    let full = User {
        name: text(),
        password_hash: PasswordHash::new("$argon2id$v=19$m=65536,t=3,p=4$AAAA+/$BBBB+/"),
        role: Role::Support,
        status: UserStatus::Disabled,
        customer_id: Some(shop.customer.id),
        locale: "en".to_owned(),
        email_verified_at: Some(early()),
        created_at: bare.created_at,
        updated_at: last(),
        deleted_at: Some(last()),
        ..s.user(None)
    };
    survives!(store, users, bare, full, |row| store.user(row.id));
}

pub async fn a_session_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let bare = Session { user_agent: String::new(), ..s.session(&shop.user) };
    let full = Session {
        user_agent: text(),
        ip: "2001:0db8:85a3:0000:0000:8a2e:0370:7334".to_owned(),
        expires_at: last(),
        revoked_at: Some(early()),
        created_at: bare.created_at,
        ..s.session(&shop.user)
    };
    survives!(store, sessions, bare, full, |row| store.session_by_token(&row.token_hash));
}

pub async fn an_api_key_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let bare = ApiKey { scopes: vec![], ..s.api_key(&shop.user) };
    let full = ApiKey {
        name: text(),
        scopes: Permission::ALL.to_vec(),
        expires_at: Some(last()),
        last_used_at: Some(early()),
        revoked_at: Some(last()),
        created_at: bare.created_at,
        ..s.api_key(&shop.user)
    };
    survives!(store, api_keys, bare, full, |row| store.api_key(row.id));
}

pub async fn a_one_time_token_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let bare = s.one_time_token(&shop.user);
    let full = OneTimeToken {
        purpose: TokenPurpose::ResetPassword,
        expires_at: last(),
        used_at: Some(early()),
        created_at: bare.created_at,
        ..s.one_time_token(&shop.user)
    };
    survives!(store, one_time_tokens, bare, full, |row| store.one_time_token(&row.token_hash));
}

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

pub async fn a_server_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let bare = s.server();
    let full = Server {
        panel: "proxmox".to_owned(),
        server_group: "jakarta-1".to_owned(),
        base_url: "https://[2001:db8::1]:8006/api2/json".to_owned(),
        username: "root@pam!token".to_owned(),
        secret: Sealed::from_stored("v1.k2.".to_owned() + &"Zm9v/+==".repeat(40)),
        ca_pem: Some(format!("-----BEGIN CERTIFICATE-----\n{}\n", "QUJD".repeat(800))),
        cert_sha256: Some(s.hex64()),
        max_accounts: i64::MAX,
        status: ServerStatus::Maintenance,
        created_at: bare.created_at,
        deleted_at: Some(last()),
        ..s.server()
    };
    survives!(store, servers, bare, full, |row| store.server(row.id));
}

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

pub async fn a_subscription_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let bare = Subscription {
        taxable: false,
        ..s.subscription(&shop.order, &shop.plan, &shop.plan_price)
    };
    let discount = RecurringDiscount {
        coupon_id: shop.coupon.id,
        code: text(),
        discount: Discount::Percent { rate: Rate::from_basis_points(1) },
        terms_left: Some(u32::MAX),
    };
    let full = Subscription {
        description: text(),
        domain: "xn--bcher-kva.example".parse().unwrap(),
        status: SubscriptionStatus::Suspended,
        provisioning_status: ProvisioningStatus::Failed,
        cycle: BillingCycle::new(5, CycleUnit::Week).unwrap(),
        quantity: i64::MAX,
        currency: Currency::KWD,
        price: kwd(i64::MAX),
        taxable: true,
        discount: Some(discount),
        anchor_on: Some(day(2024, 2, 29)),
        next_period: i64::MAX,
        next_renewal_at: Some(last()),
        paid_until: Some(last_day()),
        trial_days: 30,
        cancel_at: Some(early()),
        cancel_reason: Some(text()),
        suspended_at: Some(early()),
        terminate_at: Some(last()),
        hold: Some(text()),
        created_at: bare.created_at,
        ..s.subscription(&shop.order, &shop.plan, &shop.plan_price)
    };
    survives!(store, subscriptions, bare, full, |row| store.subscription(row.id));
}

pub async fn a_billed_period_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    for (period_start, period_end, status) in [
        (day(2028, 2, 29), day(2028, 3, 31), CycleStatus::Paid),
        (day(1970, 1, 1), last_day(), CycleStatus::Void),
    ] {
        let base = s.cycle(&shop.subscription, &shop.invoice, 1);
        let cycle = Cycle { number: i64::MAX, period_start, period_end, status, ..base };
        put(store, new!(subscription_cycles: cycle)).await;
        let changed = Cycle { status: CycleStatus::Invoiced, number: 7, ..cycle.clone() };
        put(store, changed!(subscription_cycles: Versioned::new(changed.clone(), 1))).await;
        let cycles = store.cycles_of(shop.subscription.id).await.unwrap();
        assert!(cycles.contains(&Versioned::new(changed, 2)));
    }
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
        status: RefundStatus::Succeeded,
        provider_ref: Some(text()),
        detail: text(),
        created_at: bare.created_at,
        updated_at: last(),
        ..s.refund(&shop.payment)
    };
    survives!(store, refunds, bare, full, |row| store.refund(row.id));
}

pub async fn a_panel_account_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let (cart, invoice, order, one) = shop.another_service(&s);
    let two = s.subscription(&order, &shop.plan, &shop.plan_price);
    put(
        store,
        new!(
            carts: cart, invoices: invoice, orders: order, subscriptions: one, subscriptions: two
        ),
    )
    .await;
    let bare = s.panel_account(&one, &shop.server);
    let usage = Usage {
        disk_bytes: Some(i64::MAX),
        disk_limit_bytes: Some(0),
        traffic_bytes: Some(1),
        traffic_limit_bytes: Some(i64::MAX),
    };
    let full = PanelAccount {
        domain: "xn--bcher-kva.example".to_owned(),
        package: "reseller_big plan".to_owned(),
        password: Sealed::from_stored("v1.k2.Zm9v/+=="),
        status: AccountStatus::Terminated,
        usage,
        synced_at: Some(last()),
        created_at: bare.created_at,
        ..s.panel_account(&two, &shop.server)
    };
    survives!(store, panel_accounts, bare, full, |row| store.panel_account(row.id));
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

pub async fn a_kept_answer_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let bare = s.kept_answer();
    let full = KeptAnswer {
        status: KeptAnswerStatus::Answered,
        http_status: Some(201),
        body: Some(format!("{{\"text\": \"{TEXT}\"}}")),
        expires_at: last(),
        created_at: bare.created_at,
        ..s.kept_answer()
    };
    survives!(store, kept_answers, bare, full, |row| {
        store.kept_answer(&row.principal, &row.name)
    });
}

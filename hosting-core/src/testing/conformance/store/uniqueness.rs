//! What must be unique is unique (law 5), to the letter.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use chrono::TimeDelta;

use super::{
    asserts::*,
    sample::{Sample, Shop},
};
use crate::{
    change::Unique,
    kernel::{BillingCycle, Versioned},
    model::{
        Cart, Coupon, CouponUse, Cycle, Invoice, InvoiceItem, KeptAnswer, OneTimeToken, Order,
        PanelAccount, Payment, Plan, PlanPrice, Product, Server, Session, Setting, User,
        WebhookEvent,
    },
    port::Store,
};

async fn stored_shop(store: &dyn Store, sample: &Sample) -> Shop {
    let shop = Shop::new(sample);
    put(store, shop.changes()).await;
    shop
}

pub async fn an_id_is_stored_once(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = sample.customer();
    put(store, new!(customers: customer)).await;
    duplicate(store, new!(customers: customer), Unique::PrimaryKey).await;
    let twice = sample.customer();
    duplicate(store, new!(customers: twice, customers: twice), Unique::PrimaryKey).await;
    assert_eq!(store.customer(twice.id).await.unwrap(), None);
}

/// A row beside the one in the shop that takes the same key is a duplicate.
macro_rules! clash {
    ($($rule:ident: $unique:ident, $field:ident $noun:ident, |$sample:ident, $shop:ident| $row:expr;)+) => {$(
        pub async fn $rule(store: &dyn Store) {
            let $sample = &Sample::new(1);
            let $shop = stored_shop(store, $sample).await;
            let second: $noun = $row;
            duplicate(store, new!($field: second), Unique::$unique).await;
        }
    )+};
}

clash! {
    a_log_in_name_is_taken_once: UserEmail, users User,
        |s, shop| User { email: shop.user.email, ..s.user(None) };
    a_session_token_is_taken_once: SessionToken, sessions Session,
        |s, shop| Session { token_hash: shop.session.token_hash, ..s.session(&shop.user) };
    a_one_time_token_is_taken_once: OneTimeToken, one_time_tokens OneTimeToken,
        |s, shop| OneTimeToken {
            token_hash: shop.one_time_token.token_hash,
            ..s.one_time_token(&shop.user)
        };
    a_product_slug_is_taken_once: ProductSlug, products Product,
        |s, shop| Product { slug: shop.product.slug, ..s.product() };
    a_plan_slug_is_taken_once_in_the_whole_shop: PlanSlug, plans Plan,
        |s, shop| Plan { slug: shop.plan.slug.clone(), ..s.plan(&shop.product) };
    a_price_has_one_version_at_each_start: PlanPrice, plan_prices PlanPrice,
        |s, shop| PlanPrice {
            valid_from: shop.plan_price.valid_from,
            ..s.plan_price(&shop.plan)
        };
    a_coupon_code_is_taken_once: CouponCode, coupons Coupon,
        |s, shop| Coupon { code: shop.coupon.code, ..s.coupon() };
    an_order_uses_one_coupon: CouponUse, coupon_uses CouponUse,
        |s, shop| s.coupon_use(&shop.coupon, &shop.order);
    one_cart_is_one_order: OrderCart, orders Order,
        |s, shop| s.order(&shop.cart, &shop.invoice);
    an_invoice_has_one_line_at_each_position: InvoiceItem, invoice_items InvoiceItem,
        |s, shop| s.invoice_item(&shop.invoice, &shop.plan_price, 1);
    a_payment_reference_is_used_once: PaymentReference, payments Payment,
        |s, shop| Payment { reference: shop.payment.reference.clone(), ..s.payment(&shop.invoice) };
    a_period_is_billed_once: CyclePeriod, subscription_cycles Cycle,
        |s, shop| Cycle { number: 9, ..s.cycle(&shop.subscription, &shop.invoice, 0) };
    a_server_name_is_taken_once: ServerName, servers Server,
        |s, shop| Server { name: shop.server.name, ..s.server() };
    a_service_has_one_account: AccountSubscription, panel_accounts PanelAccount,
        |s, shop| s.panel_account(&shop.subscription, &shop.server);
    a_setting_has_one_row: SettingKey, settings Setting,
        |s, shop| Setting { key: shop.setting.key, ..s.setting() };
    a_webhook_is_stored_once: WebhookEvent, webhook_events WebhookEvent,
        |s, shop| WebhookEvent { event_key: shop.webhook_event.event_key, ..s.webhook_event() };
    an_answer_is_kept_once: KeptAnswer, kept_answers KeptAnswer,
        |s, shop| KeptAnswer {
            principal: shop.kept_answer.principal,
            name: shop.kept_answer.name,
            ..s.kept_answer()
        };
}

pub async fn a_user_name_is_taken_once_on_a_server(store: &dyn Store) {
    let sample = Sample::new(1);
    let shop = stored_shop(store, &sample).await;
    let (cart, invoice, order, subscription) = shop.another_service(&sample);
    let other = sample.server();
    let more = new!(
        carts: cart, invoices: invoice, orders: order, subscriptions: subscription, servers: other
    );
    put(store, more).await;
    let same_name = |server| PanelAccount {
        username: shop.panel_account.username.clone(),
        ..sample.panel_account(&subscription, server)
    };
    let clash = new!(panel_accounts: same_name(&shop.server));
    duplicate(store, clash, Unique::AccountUsername).await;
    put(store, new!(panel_accounts: same_name(&other))).await;
}

pub async fn an_invoice_number_is_given_once(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = sample.customer();
    let numbered = || Invoice { number: Some("INV/1".to_owned()), ..sample.invoice(&customer) };
    put(store, new!(customers: customer, invoices: numbered())).await;
    duplicate(store, new!(invoices: numbered()), Unique::InvoiceNumber).await;
}

pub async fn invoices_without_a_number_do_not_clash(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = sample.customer();
    let (one, two) = (sample.invoice(&customer), sample.invoice(&customer));
    put(store, new!(customers: customer, invoices: one, invoices: two)).await;
}

pub async fn a_key_is_taken_once_within_one_commit(store: &dyn Store) {
    let sample = Sample::new(1);
    let one = sample.setting();
    let two = Setting { id: sample.mint().id(), ..one.clone() };
    duplicate(store, new!(settings: one, settings: two), Unique::SettingKey).await;
    assert_eq!(store.setting(&one.key).await.unwrap(), None);
}

pub async fn a_changed_row_cannot_take_a_taken_key(store: &dyn Store) {
    let sample = Sample::new(1);
    let (one, two) = (sample.user(None), sample.user(None));
    put(store, new!(users: one, users: two)).await;
    let renamed = User { email: one.email.clone(), ..two.clone() };
    let changes = changed!(users: Versioned::new(renamed, 1));
    duplicate(store, changes, Unique::UserEmail).await;
    assert_eq!(store.user(two.id).await.unwrap(), Some(Versioned::new(two, 1)));
}

pub async fn a_key_that_was_given_up_can_be_taken(store: &dyn Store) {
    let sample = Sample::new(1);
    let (one, spare) = (sample.user(None), sample.user(None));
    put(store, new!(users: one)).await;
    let renamed = User { email: spare.email, ..one.clone() };
    put(store, changed!(users: Versioned::new(renamed.clone(), 1))).await;
    let two = User { email: one.email.clone(), ..sample.user(None) };
    put(store, new!(users: two)).await;
    let found = store.user_by_email(&one.email).await.unwrap().unwrap();
    assert_eq!(found.id, two.id);
    let found = store.user_by_email(&renamed.email).await.unwrap().unwrap();
    assert_eq!(found.id, one.id);
}

pub async fn a_row_may_change_and_keep_its_keys(store: &dyn Store) {
    let sample = Sample::new(1);
    let shop = stored_shop(store, &sample).await;
    let account = PanelAccount { package: "bigger".to_owned(), ..shop.panel_account };
    put(store, changed!(panel_accounts: Versioned::new(account.clone(), 1))).await;
    let found = store.account_of(shop.subscription.id).await.unwrap();
    assert_eq!(found, Some(Versioned::new(account, 2)));
}

pub async fn a_deleted_users_name_stays_taken(store: &dyn Store) {
    let sample = Sample::new(1);
    let gone = User { deleted_at: Some(sample.now()), ..sample.user(None) };
    put(store, new!(users: gone)).await;
    let next = User { email: gone.email, ..sample.user(None) };
    duplicate(store, new!(users: next), Unique::UserEmail).await;
}

pub async fn keys_of_several_columns_clash_only_as_a_whole(store: &dyn Store) {
    let sample = Sample::new(1);
    let shop = stored_shop(store, &sample).await;
    let mut changes = new!(
        payments: Payment {
            gateway: "midtrans".to_owned(),
            reference: shop.payment.reference.clone(),
            ..sample.payment(&shop.invoice)
        },
        webhook_events: WebhookEvent {
            gateway: "xendit".to_owned(),
            event_key: shop.webhook_event.event_key.clone(),
            ..sample.webhook_event()
        },
        kept_answers: KeptAnswer {
            principal: shop.kept_answer.principal.clone(),
            ..sample.kept_answer()
        },
        kept_answers: KeptAnswer { name: shop.kept_answer.name.clone(), ..sample.kept_answer() },
        subscription_cycles: sample.cycle(&shop.subscription, &shop.invoice, 1),
        invoice_items: sample.invoice_item(&shop.invoice, &shop.plan_price, 2),
    );
    let later = shop.plan_price.valid_from + TimeDelta::milliseconds(1);
    let from = shop.plan_price.valid_from;
    for price in [
        PlanPrice { valid_from: later, ..sample.plan_price(&shop.plan) },
        PlanPrice {
            valid_from: from,
            cycle: BillingCycle::ANNUALLY,
            ..sample.plan_price(&shop.plan)
        },
    ] {
        changes.plan_prices.add(price);
    }
    put(store, changes).await;
}

pub async fn keys_are_told_apart_to_the_letter(store: &dyn Store) {
    // Collations that ignore case, accents or trailing spaces would take one payment for another.
    let sample = Sample::new(1);
    let shop = stored_shop(store, &sample).await;
    let references = ["REF-a", "REF-A", "REF-á", "REF-a ", "REF-a\u{301}"];
    for reference in references {
        let payment = Payment { reference: reference.to_owned(), ..sample.payment(&shop.invoice) };
        let webhook = WebhookEvent { event_key: reference.to_owned(), ..sample.webhook_event() };
        put(store, new!(payments: payment, webhook_events: webhook)).await;
    }
    for reference in references {
        let found = store.payment_by_reference("manual", reference).await.unwrap().unwrap();
        assert_eq!(found.reference, reference);
    }
    assert_eq!(store.payment_by_reference("manual", "ref-a").await.unwrap(), None);
}

pub async fn carts_without_a_customer_are_many(store: &dyn Store) {
    let sample = Sample::new(1);
    let shop = stored_shop(store, &sample).await;
    let (one, two): (Cart, Cart) = (sample.cart(None, &shop.plan), sample.cart(None, &shop.plan));
    put(store, new!(carts: one, carts: two)).await;
}

//! Each question answers the rows that match, and no others.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    asserts::*,
    sample::{Sample, Shop, day},
};
use crate::{
    kernel::{BillingCycle, Currency, Email, Id, Money, PageRequest, Versioned},
    model::*,
    port::{
        Store,
        store::{CustomerFilter, UserFilter},
    },
};

pub(super) async fn stored_shop(store: &dyn Store, sample: &Sample) -> Shop {
    let shop = Shop::new(sample);
    put(store, shop.changes()).await;
    shop
}

pub(super) fn ids<T: Noun>(rows: &[Versioned<T>]) -> Vec<Id<T::Kind>> {
    rows.iter().map(|it| it.value.id()).collect()
}

/// Three instants an hour apart, the last of which has just come.
pub(super) fn hours(sample: &Sample) -> [DateTime<Utc>; 3] {
    [2, 1, 0].map(|ago| sample.now() - TimeDelta::hours(ago))
}

pub async fn an_empty_store_answers_nothing(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = Shop::new(&s);
    assert_eq!(store.user(shop.user.id).await.unwrap(), None);
    assert_eq!(store.user_by_email(&shop.user.email).await.unwrap(), None);
    assert_eq!(store.customer(shop.customer.id).await.unwrap(), None);
    assert_eq!(store.customers_by_id(&[shop.customer.id]).await.unwrap().rows, []);
    assert_eq!(store.product_by_slug(&shop.product.slug).await.unwrap(), None);
    assert_eq!(store.plan_by_slug(&shop.plan.slug).await.unwrap(), None);
    assert_eq!(store.coupon_by_code(&shop.coupon.code).await.unwrap(), None);
    assert_eq!(store.order_of_cart(shop.cart.id).await.unwrap(), None);
    assert_eq!(store.invoice_items(shop.invoice.id).await.unwrap(), []);
    assert_eq!(store.payments_of(shop.invoice.id).await.unwrap(), []);
    assert_eq!(store.account_of(shop.subscription.id).await.unwrap(), None);
    assert_eq!(store.group_load("shared").await.unwrap().rows, []);
    assert_eq!(store.tax_rules().await.unwrap(), []);
    assert_eq!(store.task(s.mint().id()).await.unwrap(), None);
    assert_eq!(store.shop().await.unwrap(), ShopSettings::default());
}

pub async fn a_user_is_found_by_log_in_name_even_when_deleted(store: &dyn Store) {
    let s = Sample::new(1);
    let (user, gone) = (s.user(None), User { deleted_at: Some(s.now()), ..s.user(None) });
    put(store, new!(users: user, users: gone)).await;
    for row in [user, gone] {
        let found = store.user_by_email(&row.email).await.unwrap();
        assert_eq!(found, Some(Versioned::new(row, 1)));
    }
    let upper: Email = "USER.none@example.com".parse().unwrap();
    assert_eq!(store.user_by_email(&upper).await.unwrap(), None);
}

pub async fn users_are_listed_by_role(store: &dyn Store) {
    let s = Sample::new(1);
    let (admin, support) = (s.user(None), User { role: Role::Support, ..s.user(None) });
    put(store, new!(users: admin, users: support)).await;
    for (role, expected) in [
        (None, vec![support.id, admin.id]),
        (Some(Role::Admin), vec![admin.id]),
        (Some(Role::Billing), vec![]),
    ] {
        let filter = UserFilter { role, customer_id: None };
        let page = store.users(&filter, &PageRequest::default()).await.unwrap();
        assert_eq!(ids(&page.items), expected);
    }
}

pub async fn users_are_listed_by_customer_and_role(store: &dyn Store) {
    let s = Sample::new(1);
    let (one, other, alone) = (s.customer(), s.customer(), s.customer());
    let admin = s.user(None);
    let (first, second) = (s.user(Some(&one)), s.user(Some(&one)));
    let gone = User { deleted_at: Some(s.now()), ..s.user(Some(&one)) };
    let theirs = s.user(Some(&other));
    put(store, new!(customers: one, customers: other, customers: alone)).await;
    put(store, new!(users: admin, users: first, users: theirs, users: second, users: gone)).await;
    let (customer, of) = (Some(Role::Customer), |it: &Customer| Some(it.id));
    for (customer_id, role, expected) in [
        (of(&one), None, vec![second.id, first.id]),
        (of(&one), customer, vec![second.id, first.id]),
        (of(&one), Some(Role::Admin), vec![]),
        (of(&other), None, vec![theirs.id]),
        (of(&alone), None, vec![]),
        (of(&alone), customer, vec![]),
        (None, Some(Role::Admin), vec![admin.id]),
        (None, customer, vec![theirs.id, second.id, first.id]),
    ] {
        let filter = UserFilter { role, customer_id };
        let (mut seen, mut next) = (Vec::new(), None);
        loop {
            let page = store.users(&filter, &PageRequest::after(next, 1)).await.unwrap();
            seen.extend(ids(&page.items));
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected, "{filter:?}");
    }
}

pub async fn live_sessions_are_neither_revoked_nor_over(store: &dyn Store) {
    let s = Sample::new(1);
    let (user, other) = (s.user(None), s.user(None));
    let live = s.session(&user);
    let revoked = Session { revoked_at: Some(s.now()), ..s.session(&user) };
    let now = s.now();
    let over = Session { expires_at: now, ..s.session(&user) };
    let somebody_elses = s.session(&other);
    put(
        store,
        new!(
            users: user, users: other, sessions: live, sessions: revoked, sessions: over,
            sessions: somebody_elses
        ),
    )
    .await;
    assert_eq!(ids(&store.live_sessions(user.id, now).await.unwrap()), [live.id]);
    // Ended sessions are still found by their token, so that the end can be told apart.
    for ended in [revoked, over] {
        let found = store.session_by_token(&ended.token_hash).await.unwrap();
        assert_eq!(found, Some(Versioned::new(ended, 1)));
    }
}

pub async fn api_keys_of_a_user_include_revoked_ones(store: &dyn Store) {
    let s = Sample::new(1);
    let (user, other) = (s.user(None), s.user(None));
    let revoked = ApiKey { revoked_at: Some(s.now()), ..s.api_key(&user) };
    let (valid, theirs) = (s.api_key(&user), s.api_key(&other));
    put(
        store,
        new!(users: user, users: other, api_keys: revoked, api_keys: valid, api_keys: theirs),
    )
    .await;
    assert_eq!(ids(&store.api_keys(user.id).await.unwrap()), [valid.id, revoked.id]);
}

pub async fn customers_are_found_by_ids_and_by_mail_address(store: &dyn Store) {
    let s = Sample::new(1);
    let (one, two, absent) = (s.customer(), s.customer(), s.customer());
    put(store, new!(customers: one, customers: two)).await;
    let asked = [two.id, absent.id, one.id, two.id];
    let mut found = ids(&store.customers_by_id(&asked).await.unwrap().rows);
    found.sort();
    assert_eq!(found, [one.id, two.id]);
    assert_eq!(store.customers_by_id(&[]).await.unwrap().rows, []);
    let filter = CustomerFilter { email: Some(one.email.clone()) };
    let page = store.customers(&filter, &PageRequest::default()).await.unwrap();
    assert_eq!(ids(&page.items), [one.id]);
    let filter = CustomerFilter { email: Some(absent.email) };
    let page = store.customers(&filter, &PageRequest::default()).await.unwrap();
    assert_eq!(ids(&page.items), []);
}

pub async fn products_and_plans_are_found_by_slug_unless_deleted(store: &dyn Store) {
    let s = Sample::new(1);
    let product = s.product();
    let gone = Product { deleted_at: Some(s.now()), ..s.product() };
    let plan = s.plan(&product);
    let gone_plan = Plan { deleted_at: Some(s.now()), ..s.plan(&product) };
    put(store, new!(products: product, products: gone, plans: plan, plans: gone_plan)).await;
    let found = store.product_by_slug(&product.slug).await.unwrap();
    assert_eq!(found, Some(Versioned::new(product, 1)));
    assert_eq!(store.product_by_slug(&gone.slug).await.unwrap(), None);
    let found = store.plan_by_slug(&plan.slug).await.unwrap();
    assert_eq!(found, Some(Versioned::new(plan, 1)));
    assert_eq!(store.plan_by_slug(&gone_plan.slug).await.unwrap(), None);
}

pub async fn products_and_plans_are_listed_by_position(store: &dyn Store) {
    let s = Sample::new(1);
    let at = |position| Product { position, ..s.product() };
    let (third, first, second, again) = (at(7), at(-1), at(3), at(3));
    let plan_at = |position| Plan { position, ..s.plan(&third) };
    let (late, early) = (plan_at(2), plan_at(1));
    let elsewhere = s.plan(&first);
    put(
        store,
        new!(
            products: third, products: first, products: second, products: again,
            plans: late, plans: early, plans: elsewhere
        ),
    )
    .await;
    let found = ids(&store.products().await.unwrap().rows);
    assert_eq!(found, [first.id, second.id, again.id, third.id]);
    assert_eq!(ids(&store.plans(third.id).await.unwrap()), [early.id, late.id]);
}

pub async fn the_price_at_an_instant_is_the_valid_one_that_started_last(store: &dyn Store) {
    let s = Sample::new(1);
    let product = s.product();
    let (plan, other) = (s.plan(&product), s.plan(&product));
    let [first, second, third] = hours(&s);
    let price = |plan: &Plan, valid_from, valid_until| PlanPrice {
        valid_from,
        valid_until,
        ..s.plan_price(plan)
    };
    let old = price(&plan, first, None);
    let new = price(&plan, second, Some(third));
    let yearly = PlanPrice { cycle: BillingCycle::ANNUALLY, ..price(&plan, second, None) };
    let dollars = Currency::USD;
    let in_dollars = PlanPrice {
        currency: dollars,
        price: crate::kernel::Money::from_minor(999, dollars),
        setup_fee: crate::kernel::Money::zero(dollars),
        ..price(&plan, second, None)
    };
    let of_other = price(&other, second, None);
    let mut changes = new!(products: product, plans: plan, plans: other);
    for row in [&old, &new, &yearly, &in_dollars, &of_other] {
        changes.plan_prices.add(row.clone());
    }
    put(store, changes).await;
    let ms = TimeDelta::milliseconds(1);
    for (at, expected) in [
        (first - ms, None),
        (first, Some(old.id)),
        (second - ms, Some(old.id)),
        (second, Some(new.id)),
        (third - ms, Some(new.id)),
        (third, Some(old.id)),
    ] {
        let cycle = BillingCycle::MONTHLY;
        let found = store.price_at(plan.id, cycle, Currency::IDR, at).await.unwrap();
        assert_eq!(found.map(|it| it.id), expected, "at {at}");
    }
    let found = store.price_at(plan.id, BillingCycle::MONTHLY, dollars, third).await.unwrap();
    assert_eq!(found.map(|it| it.id), Some(in_dollars.id));
    let all = ids(&store.plan_prices(plan.id).await.unwrap());
    assert_eq!(all.len(), 4);
    assert_eq!(all.last(), Some(&old.id), "newest start first");
}

pub async fn a_coupon_is_found_by_its_code_to_the_letter(store: &dyn Store) {
    let shop = stored_shop(store, &Sample::new(1)).await;
    let found = store.coupon_by_code(&shop.coupon.code).await.unwrap();
    assert_eq!(found, Some(Versioned::new(shop.coupon.clone(), 1)));
    let lower = shop.coupon.code.to_lowercase();
    assert_eq!(store.coupon_by_code(&lower).await.unwrap(), None);
    let found = store.coupon_use(shop.order.id).await.unwrap();
    assert_eq!(found, Some(Versioned::new(shop.coupon_use, 1)));
}

pub async fn an_order_is_found_by_its_cart(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let open = s.cart(None, &shop.plan);
    put(store, new!(carts: open)).await;
    let found = store.order_of_cart(shop.cart.id).await.unwrap();
    assert_eq!(found, Some(Versioned::new(shop.order, 1)));
    assert_eq!(store.order_of_cart(open.id).await.unwrap(), None);
}

pub async fn a_paid_order_is_remembered_whatever_became_of_it(store: &dyn Store) {
    // Otherwise a refund would make a customer new again, for coupons that welcome new ones.
    let s = Sample::new(1);
    for (status, expected) in [
        (OrderStatus::Pending, false),
        (OrderStatus::Cancelled, false),
        (OrderStatus::Paid, true),
        (OrderStatus::Refunded, true),
        (OrderStatus::Failed, true),
    ] {
        let shop = Shop::new(&s);
        let mut changes = shop.changes();
        changes.orders.new[0].status = status;
        put(store, changes).await;
        assert_eq!(store.has_paid_order(shop.customer.id).await.unwrap(), expected, "{status}");
    }
}

pub async fn lines_of_an_invoice_come_by_position(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let line = |position| s.invoice_item(&shop.invoice, &shop.plan_price, position);
    let (tenth, second) = (line(10), line(2));
    put(store, new!(invoice_items: tenth, invoice_items: second)).await;
    let items = store.invoice_items(shop.invoice.id).await.unwrap();
    assert_eq!(items, [shop.invoice_item, second, tenth]);
}

pub async fn payments_of_an_invoice_come_oldest_first(store: &dyn Store) {
    let s = Sample::new(1);
    let (shop, other) = (stored_shop(store, &s).await, stored_shop(store, &s).await);
    let second = s.payment(&shop.invoice);
    let refund = s.refund(&shop.payment);
    put(store, new!(payments: second, refunds: refund)).await;
    let found = store.payments_of(shop.invoice.id).await.unwrap();
    assert_eq!(ids(&found), [shop.payment.id, second.id]);
    let found = store.refunds_of(shop.payment.id).await.unwrap();
    assert_eq!(ids(&found), [shop.refund.id, refund.id]);
    assert_eq!(ids(&store.refunds_of(second.id).await.unwrap()), []);
    assert_eq!(ids(&store.payments_of(other.invoice.id).await.unwrap()), [other.payment.id]);
}

pub async fn money_that_is_applied_to_nothing_is_found_by_its_customer(store: &dyn Store) {
    let s = Sample::new(1);
    let (shop, other) = (stored_shop(store, &s).await, stored_shop(store, &s).await);
    let came = |invoice: &Invoice, status, received: i64, applied: i64| {
        let money = |minor| Money::from_minor(minor, invoice.currency);
        let (received, applied) = (money(received), money(applied));
        Payment { received, applied, status, ..s.payment(invoice) }
    };
    let paid = PaymentStatus::Succeeded;
    let rest = came(&shop.invoice, paid, 5, 4);
    let applied = came(&shop.invoice, paid, 5, 5);
    let failed = came(&shop.invoice, PaymentStatus::Failed, 5, 4);
    let whole = came(&shop.invoice, paid, 5, 0);
    let theirs = came(&other.invoice, paid, 5, 0);
    put(store, new!(payments: rest, payments: applied, payments: failed, payments: whole)).await;
    put(store, new!(payments: theirs)).await;
    let found = store.unapplied_payments(shop.customer.id).await.unwrap();
    let ours: Vec<_> = ids(&found).into_iter().filter(|it| *it != shop.payment.id).collect();
    assert_eq!(ours, [rest.id, whole.id]);
    let found = store.unapplied_payments(other.customer.id).await.unwrap();
    assert!(ids(&found).contains(&theirs.id) && !ids(&found).contains(&rest.id));
}

pub async fn a_payment_is_found_by_gateway_and_reference(store: &dyn Store) {
    let shop = stored_shop(store, &Sample::new(1)).await;
    let (gateway, reference) = (&shop.payment.gateway, &shop.payment.reference);
    let found = store.payment_by_reference(gateway, reference).await.unwrap();
    assert_eq!(found, Some(Versioned::new(shop.payment.clone(), 1)));
    assert_eq!(store.payment_by_reference("midtrans", reference).await.unwrap(), None);
    assert_eq!(store.payment_by_reference(gateway, "PAY-none").await.unwrap(), None);
}

pub async fn subscriptions_of_an_invoice_come_once_each(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let second = s.subscription(&shop.order, &shop.plan, &shop.plan_price);
    let line = |position, subscription_id| InvoiceItem {
        subscription_id,
        ..s.invoice_item(&shop.invoice, &shop.plan_price, position)
    };
    put(
        store,
        new!(
            subscriptions: second,
            invoice_items: line(2, Some(second.id)),
            invoice_items: line(3, Some(shop.subscription.id)),
            invoice_items: line(4, None),
        ),
    )
    .await;
    let found = store.subscriptions_of_invoice(shop.invoice.id).await.unwrap();
    assert_eq!(ids(&found), [shop.subscription.id, second.id]);
    let none = store.subscriptions_of_invoice(s.mint().id()).await.unwrap();
    assert_eq!(ids(&none), []);
}

pub async fn billed_periods_are_found_by_service_and_by_invoice(store: &dyn Store) {
    let s = Sample::new(1);
    let (shop, other) = (stored_shop(store, &s).await, stored_shop(store, &s).await);
    let invoice = s.invoice(&shop.customer);
    // Stored against their order in time.
    let (third, second) =
        (s.cycle(&shop.subscription, &invoice, 2), s.cycle(&shop.subscription, &invoice, 1));
    let cycles = new!(
        invoices: invoice, subscription_cycles: third, subscription_cycles: second
    );
    put(store, cycles).await;
    let found = store.cycles_of(shop.subscription.id).await.unwrap();
    assert_eq!(ids(&found), [third.id, second.id, shop.cycle.id], "newest first");
    let mut found = ids(&store.cycles_of_invoice(invoice.id).await.unwrap());
    found.sort();
    assert_eq!(found, [third.id, second.id]);
    let found = store.cycles_of_invoice(other.invoice.id).await.unwrap();
    assert_eq!(ids(&found), [other.cycle.id]);
}

pub async fn servers_come_by_name(store: &dyn Store) {
    let s = Sample::new(1);
    let named = |name: &str| Server { name: name.to_owned(), ..s.server() };
    let (c, a, b) = (named("srv-c"), named("srv-a"), named("srv-b"));
    put(store, new!(servers: c, servers: a, servers: b)).await;
    assert_eq!(ids(&store.servers().await.unwrap().rows), [a.id, b.id, c.id]);
}

pub async fn the_load_of_a_group_counts_live_accounts_of_open_servers(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = Shop::new(&s);
    let empty = s.server();
    let elsewhere = Server { server_group: "jakarta".to_owned(), ..s.server() };
    let drained = Server { status: ServerStatus::Maintenance, ..s.server() };
    let gone = Server { deleted_at: Some(s.now()), ..s.server() };
    let mut changes = shop.changes();
    for server in [&empty, &elsewhere, &drained, &gone] {
        changes.servers.add(server.clone());
    }
    for status in [AccountStatus::Pending, AccountStatus::Suspended, AccountStatus::Terminated] {
        let (cart, invoice, order, subscription) = shop.another_service(&s);
        let account = PanelAccount { status, ..s.panel_account(&subscription, &shop.server) };
        changes.and(new!(
            carts: cart, invoices: invoice, orders: order, subscriptions: subscription,
            panel_accounts: account
        ));
    }
    put(store, changes).await;
    let load = store.group_load("shared").await.unwrap().rows;
    let mut found: Vec<_> = load.iter().map(|(server, load)| (server.id, *load)).collect();
    found.sort();
    assert_eq!(found, [(shop.server.id, 3), (empty.id, 0)]);
}

pub async fn an_account_is_found_by_its_service(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let found = store.account_of(shop.subscription.id).await.unwrap();
    assert_eq!(found, Some(Versioned::new(shop.panel_account, 1)));
    assert_eq!(store.account_of(s.mint().id()).await.unwrap(), None);
}

pub async fn the_shop_reads_its_settings(store: &dyn Store) {
    let s = Sample::new(1);
    let mut settings =
        ShopSettings { invoice_number: "F-{seq:3}".to_owned(), ..Default::default() };
    settings.billing.grace_days = 3;
    let value = serde_json::to_value(&settings).unwrap();
    let row = Setting { key: "shop".to_owned(), value, ..s.setting() };
    put(store, new!(settings: row)).await;
    assert_eq!(store.shop().await.unwrap(), settings);
    let mut pulse = Heartbeat::default();
    pulse.beat(s.now());
    pulse.beat(s.now() + TimeDelta::days(9));
    let value = serde_json::to_value(&pulse).unwrap();
    put(store, new!(settings: Setting { key: "heartbeat".to_owned(), value, ..s.setting() })).await;
    assert_eq!(store.heartbeat().await.unwrap(), pulse);
}

pub async fn tax_rules_are_all_told(store: &dyn Store) {
    let s = Sample::new(1);
    let (one, two) = (s.tax_rule(), TaxRule { valid_until: Some(day(2025, 2, 1)), ..s.tax_rule() });
    put(store, new!(tax_rules: one, tax_rules: two)).await;
    let mut found = ids(&store.tax_rules().await.unwrap());
    found.sort();
    assert_eq!(found, [one.id, two.id]);
}

pub async fn a_kept_answer_is_found_by_who_asked_and_under_which_name(store: &dyn Store) {
    let shop = stored_shop(store, &Sample::new(1)).await;
    let KeptAnswer { principal, name, .. } = &shop.kept_answer;
    let found = store.kept_answer(principal, name).await.unwrap();
    assert_eq!(found, Some(Versioned::new(shop.kept_answer.clone(), 1)));
    assert_eq!(store.kept_answer(name, principal).await.unwrap(), None);
    assert_eq!(store.kept_answer(principal, "other").await.unwrap(), None);
}

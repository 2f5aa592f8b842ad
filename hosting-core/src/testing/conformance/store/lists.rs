//! Lists are keyset pages, newest first, and leave out what was deleted.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use std::collections::BTreeSet;

use super::{
    asserts::*,
    sample::{Sample, Shop},
};
use crate::{
    change::ChangeSet,
    kernel::{Cursor, Page, PageRequest, Versioned},
    model::{
        AccountStatus, Coupon, CouponId, Customer, InvoiceStatus, Order, OrderStatus,
        PaymentStatus, Plan, Product, Server, SubscriptionStatus, User, WebhookEvent,
    },
    port::{
        Store,
        store::{
            CustomerFilter, InvoiceFilter, OrderFilter, PaymentFilter, SubscriptionFilter,
            UserFilter,
        },
    },
};

async fn store_coupons(store: &dyn Store, sample: &Sample, count: usize) -> Vec<CouponId> {
    let coupons: Vec<_> = (0..count).map(|_| sample.coupon()).collect();
    let mut changes = ChangeSet::default();
    changes.coupons.new = coupons.clone();
    put(store, changes).await;
    coupons.iter().map(|it| it.id).collect()
}

async fn page(store: &dyn Store, after: Option<Cursor>, limit: u32) -> Page<Versioned<Coupon>> {
    store.coupons(&PageRequest::after(after, limit)).await.unwrap()
}

fn ids(page: &Page<Versioned<Coupon>>) -> Vec<CouponId> {
    page.items.iter().map(|it| it.id).collect()
}

pub async fn an_empty_list_is_one_empty_page(store: &dyn Store) {
    let page = page(store, None, 10).await;
    assert_eq!((page.items.len(), page.next), (0, None));
}

pub async fn lists_are_newest_first(store: &dyn Store) {
    let mut stored = store_coupons(store, &Sample::new(1), 5).await;
    stored.reverse();
    assert_eq!(ids(&page(store, None, 10).await), stored);
}

pub async fn pages_cover_everything_once(store: &dyn Store) {
    let stored = store_coupons(store, &Sample::new(1), 23).await;
    for limit in [1, 2, 5, 22, 23, 24] {
        let (mut seen, mut next, mut sizes) = (Vec::new(), None, Vec::new());
        loop {
            let page = page(store, next, limit).await;
            seen.extend(ids(&page));
            sizes.push(page.items.len());
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert!(seen.iter().rev().eq(&stored), "every row once, in order, {limit} at a time");
        assert_eq!(sizes.len(), 23_usize.div_ceil(limit.try_into().unwrap()), "no empty last page");
    }
}

pub async fn pages_cover_everything_once_while_rows_are_added(store: &dyn Store) {
    let sample = Sample::new(1);
    let stored = store_coupons(store, &sample, 20).await;
    let (mut seen, mut next) = (Vec::new(), None);
    loop {
        let page = page(store, next, 3).await;
        seen.extend(ids(&page));
        next = page.next;
        if next.is_none() {
            break;
        }
        store_coupons(store, &sample, 2).await;
    }
    assert!(seen.iter().rev().eq(&stored), "what was there is seen once; what came later is not");
}

pub async fn a_full_last_page_says_that_it_is_the_last(store: &dyn Store) {
    store_coupons(store, &Sample::new(1), 10).await;
    assert!(page(store, None, 9).await.next.is_some());
    assert_eq!(page(store, None, 10).await.next, None);
}

pub async fn a_page_holds_at_most_two_hundred_rows(store: &dyn Store) {
    store_coupons(store, &Sample::new(1), 201).await;
    let page = page(store, None, 1_000_000).await;
    assert_eq!(page.items.len(), 200);
    assert!(page.next.is_some());
}

pub async fn a_filter_goes_across_pages(store: &dyn Store) {
    let sample = Sample::new(1);
    let shop = Shop::new(&sample);
    put(store, shop.changes()).await;
    let mut expected = Vec::new();
    for at in 0..12 {
        let (cart, invoice, order, _) = shop.another_service(&sample);
        let status = if at % 3 == 0 { OrderStatus::Paid } else { OrderStatus::Cancelled };
        let order = Order { status, ..order };
        put(store, new!(carts: cart, invoices: invoice, orders: order)).await;
        if status == OrderStatus::Paid {
            expected.insert(0, order.id);
        }
    }
    let filters = [
        OrderFilter { customer_id: None, status: Some(OrderStatus::Paid) },
        OrderFilter { customer_id: Some(shop.customer.id), status: Some(OrderStatus::Paid) },
    ];
    for filter in filters {
        let (mut seen, mut next) = (Vec::new(), None);
        loop {
            let page = store.orders(&filter, &PageRequest::after(next, 3)).await.unwrap();
            seen.extend(page.items.iter().map(|it| it.id));
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected, "{filter:?}");
    }
}

pub async fn every_list_by_customer_and_status_answers_both(store: &dyn Store) {
    // Two shops side by side: what one customer has is not shown to the other.
    let sample = Sample::new(1);
    let (mine, other) = (Shop::new(&sample), Shop::new(&sample));
    put(store, mine.changes()).await;
    put(store, other.changes()).await;
    let (all, customer_id) = (PageRequest::default(), Some(mine.customer.id));
    macro_rules! check {
        ($list:ident, $filter:ident, $row:ident, $absent:expr) => {
            for (customer_id, status, expected) in [
                (None, None, vec![other.$row.id, mine.$row.id]),
                (customer_id, None, vec![mine.$row.id]),
                (None, Some(mine.$row.status), vec![other.$row.id, mine.$row.id]),
                (customer_id, Some(mine.$row.status), vec![mine.$row.id]),
                (customer_id, Some($absent), vec![]),
                (None, Some($absent), vec![]),
            ] {
                let filter = $filter { customer_id, status };
                let page = store.$list(&filter, &all).await.unwrap();
                let found: Vec<_> = page.items.iter().map(|it| it.id).collect();
                assert_eq!(found, expected, "{filter:?}");
            }
        };
    }
    check!(orders, OrderFilter, order, OrderStatus::Failed);
    check!(invoices, InvoiceFilter, invoice, InvoiceStatus::Void);
    check!(payments, PaymentFilter, payment, PaymentStatus::Expired);
    check!(subscriptions, SubscriptionFilter, subscription, SubscriptionStatus::Terminated);
}

pub async fn deleted_rows_are_found_by_id_and_left_out_of_lists(store: &dyn Store) {
    let sample = Sample::new(1);
    let deleted_at = Some(sample.now());
    let customer = sample.customer();
    let gone_customer = Customer { deleted_at, ..sample.customer() };
    let (user, gone_user) = (sample.user(None), User { deleted_at, ..sample.user(None) });
    let (product, gone_product) = (sample.product(), Product { deleted_at, ..sample.product() });
    let (plan, gone_plan) = (sample.plan(&product), Plan { deleted_at, ..sample.plan(&product) });
    let (server, gone_server) = (sample.server(), Server { deleted_at, ..sample.server() });
    put(
        store,
        new!(
            customers: customer, customers: gone_customer, users: user, users: gone_user,
            products: product, products: gone_product, plans: plan, plans: gone_plan,
            servers: server, servers: gone_server,
        ),
    )
    .await;
    macro_rules! check {
        ($gone:ident, $there:ident, $by_id:expr, $listed:expr) => {
            assert_eq!($by_id.unwrap().map(|it| it.value), Some($gone));
            let listed: Vec<_> = $listed.iter().map(|it| it.id).collect();
            assert_eq!(listed, [$there.id]);
        };
    }
    let all = PageRequest::default();
    let customers = store.customers(&CustomerFilter::default(), &all).await.unwrap().items;
    check!(gone_customer, customer, store.customer(gone_customer.id).await, customers);
    let users = store.users(&UserFilter::default(), &all).await.unwrap().items;
    check!(gone_user, user, store.user(gone_user.id).await, users);
    let products = store.products().await.unwrap().rows;
    let plans = store.plans(product.id).await.unwrap();
    check!(gone_product, product, store.product(gone_product.id).await, products);
    check!(gone_plan, plan, store.plan(gone_plan.id).await, plans);
    let servers = store.servers().await.unwrap().rows;
    check!(gone_server, server, store.server(gone_server.id).await, servers);
}

pub async fn the_webhook_inbox_is_listed_newest_first(store: &dyn Store) {
    let sample = Sample::new(1);
    let events: Vec<_> = (0..3).map(|_| sample.webhook_event()).collect();
    for event in &events {
        put(store, new!(webhook_events: event)).await;
    }
    let first = store.webhook_events(&PageRequest::first(2)).await.unwrap();
    let rest = PageRequest::after(first.next.clone(), 2);
    let second = store.webhook_events(&rest).await.unwrap();
    let values = |page: Page<Versioned<WebhookEvent>>| page.items.into_iter().map(|it| it.value);
    let found: Vec<_> = values(first).chain(values(second)).collect();
    assert!(found.iter().rev().eq(&events));
}

pub async fn accounts_of_a_server_come_in_pages(store: &dyn Store) {
    let sample = Sample::new(1);
    let shop = Shop::new(&sample);
    let other = sample.server();
    put(store, shop.changes()).await;
    put(store, new!(servers: other)).await;
    let mut expected = BTreeSet::from([shop.panel_account.id]);
    for at in 0..6 {
        let (cart, invoice, order, subscription) = shop.another_service(&sample);
        let server = if at % 2 == 0 { &shop.server } else { &other };
        let account = sample.panel_account(&subscription, server);
        if at % 2 == 0 {
            expected.insert(account.id);
        }
        let rows = new!(
            carts: cart, invoices: invoice, orders: order, subscriptions: subscription,
            panel_accounts: account
        );
        put(store, rows).await;
    }
    let first = store.accounts_on(shop.server.id, &PageRequest::first(3)).await.unwrap();
    let rest = PageRequest::after(first.next.clone(), 3);
    let second = store.accounts_on(shop.server.id, &rest).await.unwrap();
    assert_eq!(second.next, None);
    let found = first.items.iter().chain(&second.items).map(|it| it.id);
    assert!(found.eq(expected.into_iter().rev()), "newest first, of this server only");
}

pub async fn every_server_and_account_is_met_deleted_and_removed_ones_too(store: &dyn Store) {
    let sample = Sample::new(1);
    let mut shop = Shop::new(&sample);
    shop.panel_account.status = AccountStatus::Terminated;
    put(store, shop.changes()).await;
    let gone = Server { deleted_at: Some(sample.now()), ..sample.server() };
    put(store, new!(servers: gone)).await;
    let (cart, invoice, order, subscription) = shop.another_service(&sample);
    let account = sample.panel_account(&subscription, &gone);
    let rows = new!(
        carts: cart, invoices: invoice, orders: order, subscriptions: subscription,
        panel_accounts: account
    );
    put(store, rows).await;
    let first = store.every_server(&PageRequest::first(1)).await.unwrap();
    let rest = PageRequest::after(first.next.clone(), 1);
    let second = store.every_server(&rest).await.unwrap();
    let servers: Vec<_> = first.items.iter().chain(&second.items).map(|it| it.id).collect();
    assert_eq!((servers, second.next), (vec![gone.id, shop.server.id], None));
    let first = store.every_account(&PageRequest::first(1)).await.unwrap();
    let rest = PageRequest::after(first.next.clone(), 1);
    let second = store.every_account(&rest).await.unwrap();
    let accounts: Vec<_> = first.items.iter().chain(&second.items).map(|it| it.id).collect();
    assert_eq!((accounts, second.next), (vec![account.id, shop.panel_account.id], None));
}

//! Subscriptions, servers and accounts.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use super::{
    super::{
        asserts::*,
        sample::{Sample, day},
    },
    row::*,
};
use crate::{
    kernel::{BillingCycle, Currency, Rate, Sealed, Versioned, calendar::CycleUnit},
    model::*,
    port::Store,
};

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
        paused_at: Some(early()),
        paused_until: Some(last()),
        pause_reason: Some(text()),
        created_at: bare.created_at,
        deleted_at: Some(last()),
        ..s.server()
    };
    survives!(store, servers, bare, full, |row| store.server(row.id));
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
        owner: Some("reseller".to_owned()),
        seen_as: Some(format!("{}@https://{}", "u".repeat(64), "h".repeat(255))),
        creation_called_at: Some(early()),
        empty_looks: i64::MAX,
        created_at: bare.created_at,
        ..s.panel_account(&two, &shop.server)
    };
    survives!(store, panel_accounts, bare, full, |row| store.panel_account(row.id));
}

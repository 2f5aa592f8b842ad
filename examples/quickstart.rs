//! A hosting shop in memory: a plan is sold, paid for and made, and renews a month later.
//!
//! ```text
//! cargo run -p hosting-examples --example quickstart
//! ```
//!
//! The store, the gateway, the panel and the mail are simulations, and [`TestShop`] has a plan, a server
//! and a customer in it. Everything else is what a product calls: the services, and the queue.

use std::{error::Error, sync::Arc};

use chrono::TimeDelta;
use hosting_core::{
    model::{Actor, SubscriptionStatus},
    service::{orders, payments},
    testing::{Fate, MemoryStore, SimGateway, TestShop},
    work::{schedule_runs, until_idle},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
    let (ports, guest) = (&shop.ports, Actor::Guest);

    // A cart is priced by the one function that also prices the order, the invoice and the renewal.
    let cart = shop.cart("nusakopi.com", Some("KOPI10")).await;
    let (_, quoted) = orders::quote(ports, &guest, cart, Some(shop.customer_id)).await?;
    let (order, invoice) = orders::place_order(ports, &guest, cart, shop.customer_id).await?;
    println!("{order}: quoted and ordered for {}", quoted.quote.total);

    // Asking for money is work in the queue; so is everything else that happens outside.
    let payment = payments::start(ports, &guest, invoice, SimGateway::NAME, "va").await?;
    until_idle(ports, 100).await?;
    let payment = shop.store.payment(payment).await?.ok_or("it was stored")?;
    println!("to pay: {:?}", payment.instructions);

    // The customer pays. The queue asks the gateway, credits what it answers, and has the account made.
    shop.gateway.pay(&payment.reference);
    shop.clock.advance(TimeDelta::hours(1));
    let done = until_idle(ports, 100).await?;
    println!("paid; {done} tasks later the panel has {:?}", shop.panel.accounts());
    assert_eq!(shop.panel.accounts().len(), 1);

    // Three weeks later the run bills the next period. Running it twice would change nothing.
    shop.clock.advance(TimeDelta::days(21));
    schedule_runs(ports).await?;
    until_idle(ports, 100).await?;
    let renewal = shop.open_invoice().await.ok_or("the renewal is billed")?;
    println!("invoice {} over {} is out", renewal.number.unwrap_or_default(), renewal.total);
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Active);
    Ok(())
}

#[test]
fn the_shop_sells_and_renews() -> Result<(), Box<dyn Error>> {
    main()
}

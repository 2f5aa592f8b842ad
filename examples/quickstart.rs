//! A hosting shop in memory: a plan is sold, paid for and made, and renews a month later.
//!
//! ```text
//! cargo run -p hosting-examples --example quickstart
//! ```
//!
//! The store, the gateway, the panel and the mail are simulations from `hosting_core::testing`, and
//! [`TestShop`] has one plan, one server and one customer in it. Everything else is what a product
//! calls: the services, and the queue's `tick`.

use std::{error::Error, sync::Arc};

use chrono::TimeDelta;
use hosting_core::{
    model::{Actor, InvoiceStatus, Subject, SubscriptionStatus},
    port::{
        Clock as _,
        store::{AuditRepository as _, BillingRepository as _},
    },
    service::{orders, payments},
    testing::{Fate, MemoryStore, SimGateway, TestShop},
    work::{schedule_runs, tick},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    for line in sell_and_renew().await? {
        println!("{line}");
    }
    Ok(())
}

/// Works until nothing is due; answers how much was done.
async fn work(shop: &TestShop) -> Result<u32, Box<dyn Error>> {
    let mut done = 0;
    loop {
        match tick(&shop.ports, None, 16).await?.claimed {
            0 => return Ok(done),
            some => done += some,
        }
    }
}

async fn sell_and_renew() -> Result<Vec<String>, Box<dyn Error>> {
    let store = Arc::new(MemoryStore::new());
    let shop = TestShop::open(store.clone(), Fate::kind()).await;
    let (ports, guest, mut told) = (&shop.ports, Actor::Guest, Vec::new());

    // A cart is priced by the one function that also prices the order, the invoice and the renewal.
    let cart = shop.cart("nusakopi.com", Some("KOPI10")).await;
    let (_, quoted) = orders::quote(ports, &guest, cart, Some(shop.customer_id)).await?;
    for line in &quoted.quote.lines {
        told.push(format!("quoted: {} — {}", line.input.description, line.gross));
    }
    let (order, invoice) = orders::place_order(ports, &guest, cart, shop.customer_id).await?;
    told.push(format!("ordered: {order} for {}", quoted.quote.total));

    // Asking for money is work in the queue; so is everything else that happens outside.
    let payment = payments::start(ports, &guest, invoice, SimGateway::NAME, "va").await?;
    work(&shop).await?;
    let payment = store.payment(payment).await?.ok_or("it was stored")?;
    told.push(format!("to pay: {:?}", payment.instructions));
    shop.gateway.pay(&payment.reference);
    shop.clock.advance(TimeDelta::hours(1));
    let done = work(&shop).await?;
    told.push(format!("paid; {done} tasks later the panel has {:?}", shop.panel.accounts()));

    // A month later the run bills the next period. Running it twice would change nothing.
    shop.clock.advance(TimeDelta::days(21));
    schedule_runs(ports).await?;
    work(&shop).await?;
    let renewal = shop.open_invoice().await.ok_or("the renewal is billed")?;
    told.push(format!(
        "on {}: invoice {} over {} is out",
        shop.clock.now().date_naive(),
        renewal.number.as_deref().unwrap_or_default(),
        renewal.total,
    ));
    let page = hosting_core::kernel::PageRequest::first(20);
    for (_, event) in store.events_of(&Subject::from(order), &page).await?.items {
        told.push(format!("journal: {} by {:?}", event.body.name(), event.actor));
    }
    told.push(format!("mails: {}", shop.mailer.sent().len()));
    assert_eq!(store.invoice(invoice).await?.map(|it| it.status), Some(InvoiceStatus::Paid));
    assert!(shop.subscriptions().await.iter().all(|it| it.status == SubscriptionStatus::Active));
    Ok(told)
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn the_shop_sells_and_renews() {
        let told = super::sell_and_renew().await.expect("nothing goes wrong").join("\n");
        for expected in ["ordered: ord", "the panel has [(", "is out", "journal: OrderPlaced"] {
            assert!(told.contains(expected), "`{expected}` is missing:\n{told}");
        }
    }
}

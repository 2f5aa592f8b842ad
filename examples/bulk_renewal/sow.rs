//! Fills the tables.

use chrono::{DateTime, TimeDelta, Utc};
use hosting_core::{
    change::ChangeSet,
    kernel::{BillingCycle, Currency},
    model::{CustomerId, Invoice, InvoiceStatus, PlanId, Subscription, SubscriptionId},
    port::StoreError,
    service::Ports,
    testing::conformance::store::Sample,
};
use hosting_sqlx::SqlStore;

/// How many rows of a kind are written at once.
const SHOVEL: u64 = 5_000;

/// Where subscriptions are sown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bed {
    /// Due, so that the run finds them.
    Run,
    /// Not due: somebody else decides about them.
    Aside,
}

/// A subscription that the run does not find, and whose it is.
pub(crate) type Aside = (SubscriptionId, CustomerId);

/// What every subscription is made after.
#[derive(Debug)]
pub(crate) struct Plot {
    sample: Sample,
    pattern: Subscription,
    due_at: DateTime<Utc>,
}

impl Plot {
    /// The subscription under that id, due.
    pub(crate) fn due(&self, (id, customer_id): Aside) -> Subscription {
        let next_renewal_at = Some(self.due_at);
        Subscription { id, customer_id, next_renewal_at, ..self.pattern.clone() }
    }
}

/// Makes the one order from which all subscriptions are said to come.
pub(crate) async fn plot(ports: &Ports, plan_id: PlanId) -> Result<Plot, StoreError> {
    let missing = || StoreError::Refused("the shop has no plan".into());
    let (store, sample) = (&ports.store, Sample::new(11));
    let plan = store.plan(plan_id).await?.ok_or_else(missing)?.value;
    let price = store
        .price_at(plan_id, BillingCycle::MONTHLY, Currency::IDR, ports.now())
        .await?
        .ok_or_else(missing)?
        .value;
    let customer = sample.customer();
    let cart = sample.cart(Some(&customer), &plan);
    let invoice = sample.invoice(&customer);
    let order = sample.order(&cart, &invoice);
    let due_at = ports.now() - TimeDelta::hours(1);
    let anchor = store.shop().await?.zone.date_of(due_at - TimeDelta::days(24));
    let pattern = Subscription {
        anchor_on: Some(anchor),
        next_period: 1,
        paid_until: Some(anchor + TimeDelta::days(31)),
        ..sample.subscription(&order, &plan, &price)
    };
    let mut changes = ChangeSet::default();
    changes.customers.add(customer);
    changes.carts.add(cart);
    changes.invoices.add(invoice);
    changes.orders.add(order);
    store.commit(changes).await?;
    Ok(Plot { sample, pattern, due_at })
}

/// Sows `many` subscriptions, each of a customer of its own; answers those that are not due.
pub(crate) async fn due(
    store: &SqlStore,
    plot: &Plot,
    many: u64,
    bed: Bed,
) -> Result<Vec<Aside>, StoreError> {
    let mut aside = Vec::new();
    for from in (0..many).step_by(usize::try_from(SHOVEL).unwrap_or(1)) {
        let mut changes = ChangeSet::default();
        for _ in from..many.min(from + SHOVEL) {
            let customer = plot.sample.customer();
            let one = (plot.sample.mint().id(), customer.id);
            let due = plot.due(one);
            if bed == Bed::Run {
                changes.subscriptions.add(due);
            } else {
                changes.subscriptions.add(Subscription { next_renewal_at: None, ..due });
                aside.push(one);
            }
            changes.customers.add(customer);
        }
        store.write_raw(&changes).await?;
    }
    Ok(aside)
}

/// Lays paid invoices with one line each into the tables, of a few hundred customers.
pub(crate) async fn old_invoices(store: &SqlStore, many: u64) -> Result<(), StoreError> {
    let sample = Sample::new(13);
    let product = sample.product();
    let plan = sample.plan(&product);
    let price = sample.plan_price(&plan);
    for from in (0..many).step_by(usize::try_from(SHOVEL).unwrap_or(1)) {
        let mut changes = ChangeSet::default();
        let customer = sample.customer();
        for at in from..many.min(from + SHOVEL) {
            let invoice = sample.invoice(&customer);
            let invoice = Invoice {
                number: Some(format!("OLD/{at}")),
                status: InvoiceStatus::Paid,
                paid: invoice.total,
                issued_at: Some(invoice.created_at),
                paid_at: Some(invoice.created_at),
                ..invoice
            };
            changes.invoice_items.add(sample.invoice_item(&invoice, &price, 1));
            changes.invoices.add(invoice);
        }
        changes.customers.add(customer);
        store.write_raw(&changes).await?;
    }
    Ok(())
}

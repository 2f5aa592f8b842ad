//! What must hold when everything has come to rest: shop, gateway and panel agree, and nothing was
//! done twice.

use std::collections::BTreeMap;

use hosting_core::{
    kernel::PageRequest,
    model::{
        InvoiceStatus, OrderStatus, PaymentStatus, ProvisioningStatus, SubscriptionStatus,
        TaskStatus,
    },
    port::store::{OrderFilter, PaymentFilter, TaskFilter},
    service::audit::audit,
};

use super::shop::Shop;

/// An order with everything that hangs on it.
#[derive(Debug, Clone)]
pub(crate) struct Sale {
    domains: Vec<String>,
    order: OrderStatus,
    invoice: InvoiceStatus,
    total: i64,
    /// What was credited to the invoice, one amount a payment that succeeded.
    credited: Vec<i64>,
    services: Vec<(SubscriptionStatus, ProvisioningStatus)>,
}

/// A charge at the gateway.
#[derive(Debug, Clone)]
struct Charged {
    reference: String,
    times: usize,
    settled: bool,
    amount: i64,
}

/// Everything that was found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    ordered: Vec<String>,
    pub(crate) sales: Vec<Sale>,
    /// References of the payments that the shop knows.
    references: Vec<String>,
    charges: Vec<Charged>,
    /// The domain of each account on the panel, and how often an account of its name was made.
    accounts: Vec<(String, u32)>,
    creations: u32,
    /// How many tasks were taken more than once.
    pub(crate) repeated: usize,
    dead_letters: Vec<String>,
    audited: Vec<String>,
}

impl Ledger {
    /// Reads the shop's database, the gateway and the panel. At most 200 of each.
    pub(crate) async fn read(shop: &Shop, ordered: Vec<String>) -> Self {
        let (store, page) = (&*shop.store, PageRequest::first(200));
        let mut found = Self { ordered, ..Self::default() };
        let orders = store.orders(&OrderFilter::default(), &page).await.expect("orders");
        for order in orders.items {
            found.sales.push(sale(shop, &order).await);
        }
        let payments = store.payments(&PaymentFilter::default(), &page).await.expect("payments");
        found.references = payments.items.iter().map(|it| it.reference.clone()).collect();
        let (midtrans, whm) = (&shop.world.midtrans, &shop.world.whm);
        let charged = |it: hosting_adapters::midtrans::sandbox::TransactionView| Charged {
            times: midtrans.charges_of(&it.order_id),
            settled: it.transaction_status == "settlement",
            amount: it.gross_amount,
            reference: it.order_id,
        };
        found.charges = midtrans.transactions().into_iter().map(charged).collect();
        let accounts = whm.accounts();
        found.accounts =
            accounts.into_iter().map(|it| (it.domain, whm.creations(&it.username))).collect();
        found.creations = whm.all_creations();
        let failed = TaskFilter { status: Some(TaskStatus::Failed), ..TaskFilter::default() };
        let failed = store.tasks(&failed, &page).await.expect("tasks").items;
        found.dead_letters = failed.iter().map(|it| format!("{it:?}")).collect();
        found.repeated = repeated(shop).await;
        let audited = audit(store).await.expect("an audit").findings;
        found.audited =
            audited.iter().map(|it| format!("{}: {}", it.subject, it.sentence)).collect();
        found
    }

    /// What does not hold, in words.
    pub(crate) fn findings(&self) -> Vec<String> {
        let mut found: Vec<String> = self.dead_letters.clone();
        found.extend(self.audited.iter().cloned());
        self.sold(&mut found);
        self.made(&mut found);
        self.charged(&mut found);
        found
    }

    fn sold(&self, found: &mut Vec<String>) {
        let mut times: BTreeMap<&str, u32> = self.ordered.iter().map(|it| (&**it, 0)).collect();
        for sale in &self.sales {
            for domain in &sale.domains {
                *times.entry(domain).or_insert(100) += 1;
            }
            let running = (SubscriptionStatus::Active, ProvisioningStatus::Done);
            let right = sale.order == OrderStatus::Paid
                && sale.invoice == InvoiceStatus::Paid
                && sale.credited == [sale.total]
                && sale.services == [running];
            if !right {
                found.push(format!("a sale is not as it should be: {sale:?}"));
            }
        }
        found.extend(times.iter().filter(|(_, it)| **it != 1).map(|(domain, it)| {
            format!("{domain} was ordered {it} times (100 and more: by nobody)")
        }));
    }

    fn made(&self, found: &mut Vec<String>) {
        let wanted = self.ordered.len();
        if usize::try_from(self.creations).ok() != Some(wanted) {
            found.push(format!("{} accounts were made for {wanted} domains", self.creations));
        }
        for domain in &self.ordered {
            let made: Vec<_> = self.accounts.iter().filter(|(it, _)| it == domain).collect();
            if !matches!(made.as_slice(), [(_, 1)]) {
                found.push(format!("{domain} has these accounts: {made:?}"));
            }
        }
    }

    fn charged(&self, found: &mut Vec<String>) {
        for charge in &self.charges {
            if charge.times != 1 {
                found.push(format!("{} was charged {} times", charge.reference, charge.times));
            }
            if !self.references.contains(&charge.reference) {
                found.push(format!("the shop knows nothing of {}", charge.reference));
            }
        }
        let received: i64 = self.charges.iter().filter(|it| it.settled).map(|it| it.amount).sum();
        let invoiced: i64 = self.sales.iter().map(|it| it.total).sum();
        if received != invoiced {
            found.push(format!("{received} rupiah came for invoices over {invoiced}"));
        }
    }
}

/// How many tasks were taken more than once.
async fn repeated(shop: &Shop) -> usize {
    let (mut page, mut count) = (PageRequest::first(PageRequest::MAX), 0);
    loop {
        let found = shop.store.tasks(&TaskFilter::default(), &page).await.expect("tasks");
        count += found.items.iter().filter(|it| it.attempts > 1).count();
        let Some(next) = found.next else { return count };
        page = PageRequest::after(Some(next), PageRequest::MAX);
    }
}

async fn sale(shop: &Shop, order: &hosting_core::model::Order) -> Sale {
    let store = &*shop.store;
    let invoice = store.invoice(order.invoice_id).await.expect("asked").expect("an invoice");
    let payments = store.payments_of(order.invoice_id).await.expect("payments");
    let succeeded = payments.iter().filter(|it| it.status == PaymentStatus::Succeeded);
    let (mut domains, mut services) = (Vec::new(), Vec::new());
    for id in &order.subscription_ids {
        let service = store.subscription(*id).await.expect("asked").expect("a service");
        domains.push(service.domain.to_string());
        services.push((service.status, service.provisioning_status));
    }
    Sale {
        domains,
        order: order.status,
        invoice: invoice.status,
        total: invoice.total.minor(),
        credited: succeeded.map(|it| it.applied.minor()).collect(),
        services,
    }
}

fn right() -> Ledger {
    let sale = Sale {
        domains: vec!["a.com".to_owned()],
        order: OrderStatus::Paid,
        invoice: InvoiceStatus::Paid,
        total: 100,
        credited: vec![100],
        services: vec![(SubscriptionStatus::Active, ProvisioningStatus::Done)],
    };
    let charge = Charged { reference: "r".to_owned(), times: 1, settled: true, amount: 100 };
    Ledger {
        ordered: vec!["a.com".to_owned()],
        sales: vec![sale],
        references: vec!["r".to_owned()],
        charges: vec![charge],
        accounts: vec![("a.com".to_owned(), 1)],
        creations: 1,
        ..Ledger::default()
    }
}

#[test]
fn a_ledger_that_is_right_is_found_right() {
    assert_eq!(right().findings(), Vec::<String>::new());
}

/// Each thing that could go wrong is seen.
#[test]
fn a_ledger_that_is_wrong_is_found_wrong() {
    type Breaks = fn(&mut Ledger);
    let wrongs: [(&str, Breaks); 14] = [
        ("an order is missing", |it| it.sales.clear()),
        ("an order is there twice", |it| it.sales.push(it.sales[0].clone())),
        ("an order nobody made", |it| it.sales[0].domains = vec!["b.com".to_owned()]),
        ("an order is not paid", |it| it.sales[0].order = OrderStatus::Pending),
        ("an invoice is not paid", |it| it.sales[0].invoice = InvoiceStatus::Unpaid),
        ("a payment is credited twice", |it| it.sales[0].credited.push(100)),
        ("a service does not run", |it| {
            it.sales[0].services[0].1 = ProvisioningStatus::InProgress;
        }),
        ("a second account", |it| it.accounts.push(("a.com".to_owned(), 1))),
        ("an account was made twice", |it| it.accounts[0].1 = 2),
        ("an account was made and is gone", |it| it.creations = 2),
        ("a second charge", |it| it.charges[0].times = 2),
        ("a charge the shop does not know", |it| it.references.clear()),
        ("money that came twice", |it| {
            let other = Charged { reference: "s".to_owned(), ..it.charges[0].clone() };
            it.references.push("s".to_owned());
            it.charges.push(other);
        }),
        ("a task that was given up", |it| it.dead_letters.push("a task".to_owned())),
    ];
    for (what, breaks) in wrongs {
        let mut ledger = right();
        breaks(&mut ledger);
        assert!(!ledger.findings().is_empty(), "not seen: {what}");
    }
}

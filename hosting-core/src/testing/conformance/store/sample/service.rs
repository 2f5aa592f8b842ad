//! Subscriptions, servers and accounts.

use super::{Sample, day};
use crate::{
    kernel::Sealed,
    model::{
        AccountStatus, Cycle, CycleStatus, Invoice, Order, PanelAccount, Plan, PlanPrice,
        ProvisioningStatus, Server, ServerStatus, Subscription, SubscriptionStatus, Usage,
    },
};

impl Sample {
    /// An active monthly service.
    pub fn subscription(&self, order: &Order, plan: &Plan, price: &PlanPrice) -> Subscription {
        let mint = self.mint();
        Subscription {
            id: mint.id(),
            customer_id: order.customer_id,
            order_id: order.id,
            product_id: plan.product_id,
            plan_id: plan.id,
            plan_price_id: price.id,
            description: "Business hosting".to_owned(),
            domain: "example.co.id".parse().unwrap(),
            status: SubscriptionStatus::Active,
            provisioning_status: ProvisioningStatus::Done,
            cycle: price.cycle,
            quantity: 1,
            currency: price.currency,
            price: price.price,
            taxable: true,
            discount: None,
            anchor_on: None,
            next_period: 0,
            next_renewal_at: None,
            paid_until: None,
            trial_days: 0,
            cancel_at: None,
            cancel_reason: None,
            suspended_at: None,
            terminate_at: None,
            hold: None,
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }

    /// Month `number` of `subscription`, counted from March 2026 and billed with `invoice`; 0 to 8.
    pub fn cycle(&self, subscription: &Subscription, invoice: &Invoice, number: u32) -> Cycle {
        let mint = self.mint();
        Cycle {
            id: mint.id(),
            subscription_id: subscription.id,
            number: i64::from(number),
            period_start: day(2026, 3 + number, 2),
            period_end: day(2026, 4 + number, 2),
            invoice_id: invoice.id,
            status: CycleStatus::Invoiced,
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }

    /// A server of the group `shared`.
    pub fn server(&self) -> Server {
        let mint = self.mint();
        Server {
            id: mint.id(),
            name: format!("srv-{}", self.word()),
            panel: "manual".to_owned(),
            server_group: "shared".to_owned(),
            base_url: "https://panel.example.com:2087".to_owned(),
            username: "reseller".to_owned(),
            secret: Sealed::from_stored("v1.key.secret"),
            ca_pem: None,
            cert_sha256: None,
            max_accounts: 100,
            status: ServerStatus::Active,
            paused_at: None,
            paused_until: None,
            pause_reason: None,
            created_at: mint.now(),
            updated_at: mint.now(),
            deleted_at: None,
        }
    }

    /// The account of `subscription` on `server`.
    pub fn panel_account(&self, subscription: &Subscription, server: &Server) -> PanelAccount {
        let mint = self.mint();
        PanelAccount {
            id: mint.id(),
            subscription_id: subscription.id,
            server_id: server.id,
            username: format!("u{}", self.word()),
            domain: subscription.domain.to_string(),
            package: "business".to_owned(),
            password: Sealed::from_stored("v1.key.password"),
            status: AccountStatus::Active,
            usage: Usage::default(),
            synced_at: None,
            owner: None,
            seen_as: None,
            creation_called_at: None,
            empty_looks: 0,
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }
}

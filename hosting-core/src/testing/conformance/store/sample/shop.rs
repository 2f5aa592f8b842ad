//! One of everything.

use super::Sample;
use crate::{
    change::ChangeSet,
    model::{
        ApiKey, Cart, Coupon, CouponUse, Customer, Cycle, Invoice, InvoiceItem, KeptAnswer,
        OneTimeToken, Order, PanelAccount, Payment, Plan, PlanPrice, Product, Refund, Server,
        Session, Setting, Subscription, TaxRule, User, WebhookEvent,
    },
};

macro_rules! shop {
    ($($row:ident: $noun:ident in $field:ident,)+) => {
        /// One row of every noun, each referring to the others.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Shop {
            $(
                #[doc = concat!("The [`", stringify!($noun), "`].")]
                pub $row: $noun,
            )+
        }

        impl Shop {
            /// All of it as new rows.
            pub fn changes(&self) -> ChangeSet {
                let mut changes = ChangeSet::default();
                $(changes.$field.add(self.$row.clone());)+
                changes
            }
        }
    };
}

shop! {
    setting: Setting in settings,
    customer: Customer in customers,
    user: User in users,
    session: Session in sessions,
    api_key: ApiKey in api_keys,
    one_time_token: OneTimeToken in one_time_tokens,
    product: Product in products,
    plan: Plan in plans,
    plan_price: PlanPrice in plan_prices,
    coupon: Coupon in coupons,
    tax_rule: TaxRule in tax_rules,
    server: Server in servers,
    cart: Cart in carts,
    invoice: Invoice in invoices,
    order: Order in orders,
    coupon_use: CouponUse in coupon_uses,
    subscription: Subscription in subscriptions,
    invoice_item: InvoiceItem in invoice_items,
    cycle: Cycle in subscription_cycles,
    payment: Payment in payments,
    refund: Refund in refunds,
    panel_account: PanelAccount in panel_accounts,
    webhook_event: WebhookEvent in webhook_events,
    kept_answer: KeptAnswer in kept_answers,
}

impl Shop {
    /// A shop with a customer, who ordered one service with a coupon and began to pay for it.
    pub fn new(sample: &Sample) -> Self {
        let customer = sample.customer();
        let user = sample.user(Some(&customer));
        let product = sample.product();
        let plan = sample.plan(&product);
        let plan_price = sample.plan_price(&plan);
        let coupon = sample.coupon();
        let server = sample.server();
        let cart = sample.cart(Some(&customer), &plan);
        let mut invoice = sample.invoice(&customer);
        let mut order = sample.order(&cart, &invoice);
        let subscription = sample.subscription(&order, &plan, &plan_price);
        invoice.order_id = Some(order.id);
        order.coupon_id = Some(coupon.id);
        order.subscription_ids = vec![subscription.id];
        let mut invoice_item = sample.invoice_item(&invoice, &plan_price, 1);
        invoice_item.subscription_id = Some(subscription.id);
        let payment = sample.payment(&invoice);
        Self {
            setting: sample.setting(),
            session: sample.session(&user),
            api_key: sample.api_key(&user),
            one_time_token: sample.one_time_token(&user),
            tax_rule: sample.tax_rule(),
            coupon_use: sample.coupon_use(&coupon, &order),
            cycle: sample.cycle(&subscription, &invoice, 0),
            refund: sample.refund(&payment),
            panel_account: sample.panel_account(&subscription, &server),
            webhook_event: sample.webhook_event(),
            kept_answer: sample.kept_answer(),
            customer,
            user,
            product,
            plan,
            plan_price,
            coupon,
            server,
            cart,
            invoice,
            order,
            subscription,
            invoice_item,
            payment,
        }
    }

    /// Another service of the same customer: its cart, invoice, order and subscription.
    pub fn another_service(&self, sample: &Sample) -> (Cart, Invoice, Order, Subscription) {
        let cart = sample.cart(Some(&self.customer), &self.plan);
        let invoice = sample.invoice(&self.customer);
        let order = sample.order(&cart, &invoice);
        let subscription = sample.subscription(&order, &self.plan, &self.plan_price);
        (cart, invoice, order, subscription)
    }
}

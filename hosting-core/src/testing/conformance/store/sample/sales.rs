//! The catalog, coupons, carts, orders, invoices and payments.

use chrono::TimeDelta;

use super::{Sample, day, idr, party};
use crate::{
    kernel::{BillingCycle, Currency, Rate, Ratio, Rounding},
    model::{
        AfterRefund, AppliesTo, Cart, CartItem, CartStatus, ConfirmedBy, Coupon, CouponStatus,
        CouponUse, CouponUseStatus, Customer, Discount, Invoice, InvoiceItem, InvoiceStatus,
        LineKind, Order, OrderStatus, Payment, PaymentStatus, Plan, PlanPrice, Product,
        ProductStatus, Refund, RefundStatus, RefundWay, TaxMode, TaxRule, WebhookEvent,
        WebhookStatus, billing::Derivation,
    },
};

impl Sample {
    /// A product on sale.
    pub fn product(&self) -> Product {
        let mint = self.mint();
        Product {
            id: mint.id(),
            slug: format!("hosting-{}", self.word()).parse().unwrap(),
            name: "Web hosting".to_owned(),
            description: "Space for web sites.".to_owned(),
            panel: "manual".to_owned(),
            taxable: true,
            position: 1,
            status: ProductStatus::Active,
            created_at: mint.now(),
            updated_at: mint.now(),
            deleted_at: None,
        }
    }

    /// A plan of `product`.
    pub fn plan(&self, product: &Product) -> Plan {
        let mint = self.mint();
        Plan {
            id: mint.id(),
            product_id: product.id,
            slug: format!("business-{}", self.word()).parse().unwrap(),
            name: "Business".to_owned(),
            description: "For shops.".to_owned(),
            features: Vec::new(),
            package: "business".to_owned(),
            server_group: "shared".to_owned(),
            trial_days: 0,
            stock: None,
            position: 1,
            status: ProductStatus::Active,
            created_at: mint.now(),
            updated_at: mint.now(),
            deleted_at: None,
        }
    }

    /// What `plan` costs a month, from now on.
    pub fn plan_price(&self, plan: &Plan) -> PlanPrice {
        let mint = self.mint();
        PlanPrice {
            id: mint.id(),
            plan_id: plan.id,
            cycle: BillingCycle::MONTHLY,
            currency: Currency::IDR,
            price: idr(150_000),
            setup_fee: idr(0),
            valid_from: mint.now(),
            valid_until: None,
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }

    /// A coupon of ten per cent.
    pub fn coupon(&self) -> Coupon {
        let mint = self.mint();
        Coupon {
            id: mint.id(),
            code: format!("HEMAT-{}", self.word().to_uppercase()),
            discount: Discount::Percent { rate: Rate::from_basis_points(1_000) },
            applies_to: AppliesTo::First,
            includes_setup_fee: false,
            new_customers_only: false,
            product_ids: Vec::new(),
            plan_ids: Vec::new(),
            starts_at: None,
            ends_at: None,
            max_uses: None,
            max_uses_per_customer: None,
            status: CouponStatus::Active,
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }

    /// The Indonesian value added tax: 12 % of 11/12.
    pub fn tax_rule(&self) -> TaxRule {
        let mint = self.mint();
        TaxRule {
            id: mint.id(),
            name: "PPN".to_owned(),
            country: None,
            region: None,
            customer_kind: None,
            rate: Rate::from_basis_points(1_200),
            base_factor: Ratio::new(11, 12).unwrap(),
            mode: TaxMode::Exclusive,
            valid_from: day(2025, 1, 1),
            valid_until: None,
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }

    /// An open cart with one `plan`, of `customer` when there is one.
    pub fn cart(&self, customer: Option<&Customer>, plan: &Plan) -> Cart {
        let mint = self.mint();
        let item = CartItem {
            plan_id: plan.id,
            cycle: BillingCycle::MONTHLY,
            quantity: 1,
            domain: "example.co.id".parse().unwrap(),
        };
        Cart {
            id: mint.id(),
            customer_id: customer.map(|it| it.id),
            currency: Currency::IDR,
            items: vec![item],
            coupon_code: None,
            status: CartStatus::Open,
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }

    /// An unpaid invoice over 150 000 rupiah without a number.
    pub fn invoice(&self, customer: &Customer) -> Invoice {
        let mint = self.mint();
        Invoice {
            id: mint.id(),
            customer_id: customer.id,
            order_id: None,
            number: None,
            status: InvoiceStatus::Unpaid,
            currency: Currency::IDR,
            subtotal: idr(150_000),
            discount: idr(0),
            tax: idr(0),
            total: idr(150_000),
            paid: idr(0),
            seller: party("PT Hosting"),
            buyer: party(&customer.name),
            taxes: Vec::new(),
            issued_at: None,
            due_at: mint.now() + TimeDelta::days(7),
            paid_at: None,
            dunning_step: 0,
            next_dunning_at: None,
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }

    /// The order that `cart` became, billed with `invoice`.
    pub fn order(&self, cart: &Cart, invoice: &Invoice) -> Order {
        let mint = self.mint();
        Order {
            id: mint.id(),
            customer_id: invoice.customer_id,
            cart_id: cart.id,
            invoice_id: invoice.id,
            subscription_ids: Vec::new(),
            coupon_id: None,
            currency: Currency::IDR,
            total: idr(150_000),
            status: OrderStatus::Pending,
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }

    /// The use of `coupon` by `order`.
    pub fn coupon_use(&self, coupon: &Coupon, order: &Order) -> CouponUse {
        let mint = self.mint();
        CouponUse {
            id: mint.id(),
            coupon_id: coupon.id,
            customer_id: order.customer_id,
            order_id: order.id,
            status: CouponUseStatus::Counted,
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }

    /// Line `position` of `invoice`, for a term of `price`.
    pub fn invoice_item(&self, invoice: &Invoice, price: &PlanPrice, position: i64) -> InvoiceItem {
        let mint = self.mint();
        InvoiceItem {
            id: mint.id(),
            invoice_id: invoice.id,
            position,
            kind: LineKind::Plan,
            subscription_id: None,
            description: "Business hosting".to_owned(),
            quantity: 1,
            currency: Currency::IDR,
            unit_price: idr(150_000),
            discount: idr(0),
            net: idr(150_000),
            tax: idr(0),
            gross: idr(150_000),
            period_start: None,
            period_end: None,
            derivation: Derivation {
                price_id: price.id,
                ratio: Ratio::ONE,
                coupon: None,
                tax: None,
                rounding: Rounding::HalfUp,
            },
            created_at: mint.now(),
        }
    }

    /// An attempt to pay `invoice`, not yet asked about.
    pub fn payment(&self, invoice: &Invoice) -> Payment {
        let mint = self.mint();
        Payment {
            id: mint.id(),
            invoice_id: invoice.id,
            customer_id: invoice.customer_id,
            gateway: "manual".to_owned(),
            method: "transfer".to_owned(),
            reference: format!("PAY-{}", self.word()),
            provider_ref: None,
            confirmed_by: ConfirmedBy::Provider,
            currency: Currency::IDR,
            amount: idr(150_000),
            received: idr(0),
            applied: idr(0),
            given_back: idr(0),
            status: PaymentStatus::Pending,
            instructions: None,
            expires_at: mint.now() + TimeDelta::days(1),
            asked_at: None,
            next_ask_at: None,
            asks: 0,
            reported_at: None,
            report: None,
            succeeded_at: None,
            detail: String::new(),
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }

    /// Giving 50 000 rupiah of `payment` back.
    pub fn refund(&self, payment: &Payment) -> Refund {
        let mint = self.mint();
        Refund {
            id: mint.id(),
            payment_id: payment.id,
            invoice_id: payment.invoice_id,
            currency: Currency::IDR,
            amount: idr(50_000),
            reason: "Ordered twice".to_owned(),
            way: RefundWay::Gateway,
            services: AfterRefund::End,
            status: RefundStatus::Pending,
            provider_ref: None,
            detail: String::new(),
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }

    /// A message from a gateway.
    pub fn webhook_event(&self) -> WebhookEvent {
        let mint = self.mint();
        WebhookEvent {
            id: mint.id(),
            gateway: "midtrans".to_owned(),
            event_key: self.word(),
            reference: None,
            body: "{}".to_owned(),
            status: WebhookStatus::Received,
            processed_at: None,
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }
}

//! What each noun's table demands: unique keys, foreign keys, and the lists it is asked by.

use super::rows::{List, Places, RowRef, Stored};
use crate::{
    change::Unique,
    model::{
        ApiKey, Cart, CartStatus, Coupon, CouponUse, Customer, Cycle, Invoice, InvoiceItem,
        KeptAnswer, OneTimeToken, Order, PanelAccount, Payment, Plan, PlanPrice, Product, Refund,
        Server, Session, Setting, Subscription, SubscriptionStatus, TaxRule, User, WebhookEvent,
    },
};

/// Columns joined into one key; the separator occurs in none of them.
pub(super) fn joined(columns: &[&str]) -> String {
    columns.join("\u{1f}")
}

type Take<'f> = &'f mut dyn FnMut(Unique, String);
type To<'f> = &'f mut dyn FnMut(RowRef);

impl Stored for Setting {
    fn uniques(&self, take: Take<'_>) {
        take(Unique::SettingKey, self.key.clone());
    }
}

impl Stored for Customer {}

impl Stored for User {
    fn uniques(&self, take: Take<'_>) {
        take(Unique::UserEmail, self.email.to_string());
    }
    fn refers(&self, to: To<'_>) {
        if let Some(id) = self.customer_id {
            to(RowRef::to::<Customer>(id));
        }
    }
}

impl Stored for Session {
    fn uniques(&self, take: Take<'_>) {
        take(Unique::SessionToken, self.token_hash.as_str().to_owned());
    }
    fn refers(&self, to: To<'_>) {
        to(RowRef::to::<User>(self.user_id));
    }
    fn places(&self, places: &mut Places) {
        places.of(List::User, self.user_id);
        places.due(List::Expiry, Some(self.expires_at));
    }
}

impl Stored for ApiKey {
    fn refers(&self, to: To<'_>) {
        to(RowRef::to::<User>(self.user_id));
    }
    fn places(&self, places: &mut Places) {
        places.of(List::User, self.user_id);
    }
}

impl Stored for OneTimeToken {
    fn uniques(&self, take: Take<'_>) {
        take(Unique::OneTimeToken, self.token_hash.as_str().to_owned());
    }
    fn refers(&self, to: To<'_>) {
        to(RowRef::to::<User>(self.user_id));
    }
    fn places(&self, places: &mut Places) {
        places.due(List::Expiry, Some(self.expires_at));
    }
}

impl Stored for Product {
    fn uniques(&self, take: Take<'_>) {
        take(Unique::ProductSlug, self.slug.to_string());
    }
}

impl Stored for Plan {
    fn uniques(&self, take: Take<'_>) {
        take(Unique::PlanSlug, self.slug.to_string());
    }
    fn refers(&self, to: To<'_>) {
        to(RowRef::to::<Product>(self.product_id));
    }
    fn places(&self, places: &mut Places) {
        places.of(List::Product, self.product_id);
    }
}

impl Stored for PlanPrice {
    fn uniques(&self, take: Take<'_>) {
        let key = joined(&[
            &self.plan_id.stored(),
            &self.cycle.to_string(),
            self.currency.code(),
            &self.valid_from.timestamp_millis().to_string(),
        ]);
        take(Unique::PlanPrice, key);
    }
    fn refers(&self, to: To<'_>) {
        to(RowRef::to::<Plan>(self.plan_id));
    }
    fn places(&self, places: &mut Places) {
        places.of(List::Plan, self.plan_id);
    }
}

impl Stored for Coupon {
    fn uniques(&self, take: Take<'_>) {
        take(Unique::CouponCode, self.code.clone());
    }
}

impl Stored for TaxRule {}

impl Stored for Server {
    fn uniques(&self, take: Take<'_>) {
        take(Unique::ServerName, self.name.clone());
    }
}

impl Stored for Cart {
    fn refers(&self, to: To<'_>) {
        if let Some(id) = self.customer_id {
            to(RowRef::to::<Customer>(id));
        }
    }
    fn places(&self, places: &mut Places) {
        if self.customer_id.is_none() && self.status == CartStatus::Open {
            places.due(List::Expiry, Some(self.updated_at));
        }
    }
}

impl Stored for Invoice {
    fn uniques(&self, take: Take<'_>) {
        if let Some(number) = &self.number {
            take(Unique::InvoiceNumber, number.clone());
        }
    }
    // Its order is written after it and refers to it; the way back has no key.
    fn refers(&self, to: To<'_>) {
        to(RowRef::to::<Customer>(self.customer_id));
    }
    fn places(&self, places: &mut Places) {
        places.of(List::Customer, self.customer_id);
        places.due(List::DueDunning, self.next_dunning_at);
    }
}

impl Stored for Order {
    fn uniques(&self, take: Take<'_>) {
        take(Unique::OrderCart, self.cart_id.stored());
    }
    fn refers(&self, to: To<'_>) {
        to(RowRef::to::<Customer>(self.customer_id));
        to(RowRef::to::<Cart>(self.cart_id));
        to(RowRef::to::<Invoice>(self.invoice_id));
        if let Some(id) = self.coupon_id {
            to(RowRef::to::<Coupon>(id));
        }
    }
    fn places(&self, places: &mut Places) {
        places.of(List::Customer, self.customer_id);
    }
}

impl Stored for CouponUse {
    fn uniques(&self, take: Take<'_>) {
        take(Unique::CouponUse, self.order_id.stored());
    }
    fn refers(&self, to: To<'_>) {
        to(RowRef::to::<Coupon>(self.coupon_id));
        to(RowRef::to::<Customer>(self.customer_id));
        to(RowRef::to::<Order>(self.order_id));
    }
}

impl Stored for Subscription {
    fn refers(&self, to: To<'_>) {
        to(RowRef::to::<Customer>(self.customer_id));
        to(RowRef::to::<Order>(self.order_id));
        to(RowRef::to::<Product>(self.product_id));
        to(RowRef::to::<Plan>(self.plan_id));
        to(RowRef::to::<PlanPrice>(self.plan_price_id));
    }
    fn places(&self, places: &mut Places) {
        use SubscriptionStatus as S;
        places.of(List::Customer, self.customer_id);
        if matches!(self.status, S::Trialing | S::Active | S::PastDue | S::Suspended) {
            places.due(List::DueRenewal, self.next_renewal_at);
        }
        if !matches!(self.status, S::Cancelled | S::Terminated) {
            places.due(List::DueCancellation, self.cancel_at);
        }
        if matches!(self.status, S::Suspended | S::Cancelled) {
            places.due(List::DueTermination, self.terminate_at);
        }
    }
}

impl Stored for InvoiceItem {
    fn uniques(&self, take: Take<'_>) {
        let key = joined(&[&self.invoice_id.stored(), &self.position.to_string()]);
        take(Unique::InvoiceItem, key);
    }
    fn refers(&self, to: To<'_>) {
        to(RowRef::to::<Invoice>(self.invoice_id));
        if let Some(id) = self.subscription_id {
            to(RowRef::to::<Subscription>(id));
        }
    }
    fn places(&self, places: &mut Places) {
        places.of(List::Invoice, self.invoice_id);
    }
}

impl Stored for Cycle {
    fn uniques(&self, take: Take<'_>) {
        let key = joined(&[&self.subscription_id.stored(), &self.period_start.to_string()]);
        take(Unique::CyclePeriod, key);
    }
    fn refers(&self, to: To<'_>) {
        to(RowRef::to::<Subscription>(self.subscription_id));
        to(RowRef::to::<Invoice>(self.invoice_id));
    }
    fn places(&self, places: &mut Places) {
        places.of(List::Subscription, self.subscription_id);
        places.of(List::Invoice, self.invoice_id);
    }
}

impl Stored for Payment {
    fn uniques(&self, take: Take<'_>) {
        take(Unique::PaymentReference, joined(&[&self.gateway, &self.reference]));
    }
    fn refers(&self, to: To<'_>) {
        to(RowRef::to::<Invoice>(self.invoice_id));
        to(RowRef::to::<Customer>(self.customer_id));
    }
    fn places(&self, places: &mut Places) {
        places.of(List::Invoice, self.invoice_id);
        places.of(List::Customer, self.customer_id);
        places.due(List::DueAsking, self.next_ask_at);
    }
}

impl Stored for Refund {
    fn refers(&self, to: To<'_>) {
        to(RowRef::to::<Payment>(self.payment_id));
        to(RowRef::to::<Invoice>(self.invoice_id));
    }
    fn places(&self, places: &mut Places) {
        places.of(List::Payment, self.payment_id);
    }
}

impl Stored for PanelAccount {
    fn uniques(&self, take: Take<'_>) {
        take(Unique::AccountSubscription, self.subscription_id.stored());
        take(Unique::AccountUsername, joined(&[&self.server_id.stored(), &self.username]));
    }
    fn refers(&self, to: To<'_>) {
        to(RowRef::to::<Subscription>(self.subscription_id));
        to(RowRef::to::<Server>(self.server_id));
    }
    fn places(&self, places: &mut Places) {
        places.of(List::Server, self.server_id);
    }
}

impl Stored for WebhookEvent {
    fn uniques(&self, take: Take<'_>) {
        take(Unique::WebhookEvent, joined(&[&self.gateway, &self.event_key]));
    }
}

impl Stored for KeptAnswer {
    fn uniques(&self, take: Take<'_>) {
        take(Unique::KeptAnswer, joined(&[&self.principal, &self.name]));
    }
    fn places(&self, places: &mut Places) {
        places.due(List::Expiry, Some(self.expires_at));
    }
}

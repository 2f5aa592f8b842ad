//! How each noun is stored: its table and its columns, in the order in which they are read.

use hosting_core::model::{
    ApiKey, Cart, Coupon, CouponUse, Customer, Cycle, Invoice, InvoiceItem, KeptAnswer,
    OneTimeToken, Order, PanelAccount, Payment, Plan, PlanPrice, Product, Refund, Server, Session,
    Setting, Subscription, TaxRule, User, WebhookEvent,
};

use crate::record::record;

record! { Setting in "settings" { id, key as "name", value, created_at, updated_at } }

record! { Customer in "customers" {
    id, kind, name, company, email, phone, address, tax_id, currency, locale, status, hold,
    created_at, updated_at, deleted_at,
} }
record! { User in "users" {
    id, email, name, password_hash, role, status, customer_id, locale, email_verified_at,
    credentials_epoch, created_at, updated_at, deleted_at,
} }
record! { Session in "sessions" {
    id, user_id, token_hash, user_agent, ip, expires_at, revoked_at, created_at, updated_at,
} }
record! { ApiKey in "api_keys" {
    id, user_id, name, secret_hash, scopes, expires_at, last_used_at, revoked_at, created_at,
    updated_at,
} }
record! { OneTimeToken in "one_time_tokens" {
    id, user_id, purpose, token_hash, email, credentials_epoch, expires_at, used_at, created_at,
    updated_at,
} }

record! { Product in "products" {
    id, slug, name, description, panel, taxable, position, status, created_at, updated_at,
    deleted_at,
} }
record! { Plan in "plans" {
    id, product_id, slug, name, description, features, package, server_group, trial_days, stock,
    position, status, created_at, updated_at, deleted_at,
} }
record! { PlanPrice in "plan_prices" {
    id, plan_id, cycle, currency, price in currency, setup_fee in currency, valid_from,
    valid_until, created_at, updated_at,
} }
record! { Coupon in "coupons" {
    id, code, discount, applies_to, includes_setup_fee, new_customers_only, product_ids, plan_ids,
    starts_at, ends_at, max_uses, max_uses_per_customer, status, created_at, updated_at,
} }
record! { TaxRule in "tax_rules" {
    id, name, country, region, customer_kind, rate, base_factor, mode, valid_from, valid_until,
    created_at, updated_at,
} }

record! { Server in "servers" {
    id, name, panel, server_group, base_url, username, secret, ca_pem, cert_sha256, max_accounts,
    status, paused_at, paused_until, pause_reason, created_at, updated_at, deleted_at,
} }
record! { PanelAccount in "panel_accounts" {
    id, subscription_id, server_id, username, domain, package, password, status,
    usage as "resource_usage", synced_at, owner, seen_as, creation_called_at, empty_looks,
    created_at, updated_at,
} }

record! { Cart in "carts" {
    id, customer_id, currency, items, coupon_code, status, created_at, updated_at,
} }
record! { Order in "orders" {
    id, customer_id, cart_id, invoice_id, subscription_ids, coupon_id, currency, total in currency,
    status, created_at, updated_at,
} }
record! { CouponUse in "coupon_uses" {
    id, coupon_id, customer_id, order_id, status, created_at, updated_at,
} }

record! { Subscription in "subscriptions" {
    id, customer_id, order_id, product_id, plan_id, plan_price_id, description, domain, status,
    provisioning_status, cycle, quantity, currency, price in currency, taxable, discount,
    anchor_on, next_period, next_renewal_at, paid_until, trial_days, cancel_at, cancel_reason,
    suspended_at, terminate_at, hold, created_at, updated_at,
} }
record! { Cycle in "subscription_cycles" {
    id, subscription_id, number, period_start, period_end, invoice_id, status, created_at,
    updated_at,
} }

record! { Invoice in "invoices" {
    id, customer_id, order_id, number, status, currency, subtotal in currency,
    discount in currency, tax in currency, total in currency, paid in currency, seller, buyer,
    taxes, issued_at, due_at, paid_at, dunning_step, next_dunning_at, created_at, updated_at,
} }
record! { InvoiceItem in "invoice_items" {
    id, invoice_id, position, kind, subscription_id, description, quantity, currency,
    unit_price in currency, discount in currency, net in currency, tax in currency,
    gross in currency, period_start, period_end, derivation, created_at,
    | created_at as "updated_at"
} }
record! { Payment in "payments" {
    id, invoice_id, customer_id, gateway, method, reference, provider_ref, confirmed_by, currency,
    amount in currency, received in currency, applied in currency, given_back in currency, status,
    instructions, expires_at, asked_at, next_ask_at, asks, reported_at, report, succeeded_at, detail, created_at, updated_at,
} }
record! { Refund in "refunds" {
    id, payment_id, invoice_id, currency, amount in currency, reason, way, services, status,
    provider_ref, detail, created_at, updated_at,
} }

record! { WebhookEvent in "webhook_events" {
    id, gateway, event_key, reference, body, status, processed_at, created_at, updated_at,
} }
record! { KeptAnswer in "kept_answers" {
    id, principal, name, fingerprint, status, http_status, body, expires_at, created_at,
    updated_at,
} }

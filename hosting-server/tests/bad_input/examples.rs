//! For each operation a request that fits, with every field given.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::document::Operation;

/// Ids of things that are there, by the path in front of them.
pub(crate) type Ids = BTreeMap<&'static str, String>;

/// Requests that fit.
pub(crate) struct Examples(BTreeMap<&'static str, Vec<Value>>, Ids);

impl Examples {
    pub(crate) fn new(ids: Ids) -> Self {
        let mut bodies = accounts();
        bodies.extend(people());
        bodies.extend(catalog());
        bodies.extend(pricing());
        bodies.extend(shop(&ids));
        bodies.extend(office());
        Self(bodies.into_iter().collect(), ids)
    }

    /// Bodies that fit; several when fields exclude each other.
    pub(crate) fn bodies(&self, operation: &Operation) -> Vec<Value> {
        self.0.get(operation.name().as_str()).cloned().unwrap_or_default()
    }

    /// The query parameters that must be given.
    pub(crate) fn query(&self, operation: &Operation) -> Vec<(&'static str, String)> {
        match operation.path.as_str() {
            "/api/v1/payment-methods" => {
                vec![("amount_minor", "100000".to_owned()), ("currency", "IDR".to_owned())]
            }
            "/api/v1/admin/events" => vec![("subject", self.1["/api/v1/invoices/"].clone())],
            _ => Vec::new(),
        }
    }
}

type Bodies = Vec<(&'static str, Vec<Value>)>;

const PASSWORD: &str = "correct horse battery";

fn address() -> Value {
    json!({
        "line1": "Jl. Melati 1", "line2": "Lantai 2", "city": "Bandung", "region": "Jawa Barat",
        "postcode": "40111", "country": "ID",
    })
}

fn accounts() -> Bodies {
    let email = json!({ "email": "rani@example.com" });
    vec![
        (
            "POST /api/v1/auth/register",
            vec![json!({
                "email": "rani@example.com", "password": PASSWORD, "name": "Rani", "kind": "company",
                "company": "Nusa Kopi", "phone": "+62 812 3456 7890", "address": address(),
                "tax_id": "0012345678901000", "currency": "IDR", "locale": "id",
            })],
        ),
        ("POST /api/v1/auth/verify-email", vec![json!({ "token": "a".repeat(43) })]),
        ("POST /api/v1/auth/verify-email/resend", vec![email.clone()]),
        ("POST /api/v1/auth/password-reset", vec![email]),
        (
            "POST /api/v1/auth/password-reset/confirm",
            vec![json!({ "token": "a".repeat(43), "password": PASSWORD })],
        ),
        (
            "POST /api/v1/auth/login",
            vec![json!({ "email": "rani@example.com", "password": PASSWORD })],
        ),
        (
            "POST /api/v1/auth/password",
            vec![json!({ "current_password": PASSWORD, "new_password": "another horse battery" })],
        ),
        (
            "POST /api/v1/auth/api-keys",
            vec![json!({
                "name": "Deploy", "scopes": ["users-view"], "expires_at": "2027-01-01T00:00:00Z",
            })],
        ),
        (
            "POST /api/v1/users",
            vec![json!({
                "email": "sari@example.com", "name": "Sari", "role": "support", "locale": "id",
            })],
        ),
        (
            "PATCH /api/v1/profile",
            vec![json!({
                "name": "Rani", "kind": "company", "company": "Nusa Kopi",
                "phone": "+62 812 3456 7890", "address": address(), "tax_id": "0012345678901000",
                "locale": "id",
            })],
        ),
    ]
}

fn people() -> Bodies {
    vec![
        ("POST /api/v1/users/{id}/email", vec![json!({ "email": "right@example.com" })]),
        ("POST /api/v1/users/{id}/role", vec![json!({ "role": "billing" })]),
        (
            "POST /api/v1/users/{id}/api-keys/revoke",
            vec![json!({ "api_key_id": "key_01ARZ3NDEKTSV4RRFFQ69G5FAV" })],
        ),
        (
            "POST /api/v1/auth/email",
            vec![json!({ "new_email": "rani.baru@example.com", "current_password": PASSWORD })],
        ),
        (
            "POST /api/v1/admin/customers",
            vec![json!({
                "email": "dewi@example.com", "name": "Dewi", "kind": "company",
                "company": "Nusa Teh", "phone": "+62 812 3456 7891", "address": address(),
                "tax_id": "0012345678901000", "currency": "IDR", "locale": "id",
            })],
        ),
        (
            "PATCH /api/v1/admin/customers/{id}",
            // Every order writes its customer anew, and there are two.
            vec![json!({
                "version": 3, "name": "Dewi", "kind": "company", "company": "Nusa Teh",
                "phone": "+62 812 3456 7891", "address": address(),
                "tax_id": "0012345678901000", "locale": "id",
            })],
        ),
        (
            "POST /api/v1/admin/customers/{id}/users",
            vec![json!({ "email": "tono@example.com", "name": "Tono", "locale": "id" })],
        ),
    ]
}

fn catalog() -> Bodies {
    let feature = json!([{ "label": "Storage", "value": "10 GB" }]);
    vec![
        (
            "POST /api/v1/admin/products",
            vec![json!({
                "slug": "new-hosting", "name": "New", "description": "Words.", "panel": "simpanel",
                "taxable": true, "position": 3,
            })],
        ),
        (
            "PATCH /api/v1/admin/products/{id}",
            vec![json!({
                "version": 1, "slug": "other-hosting", "name": "Other", "description": "Words.",
                "panel": "simpanel", "taxable": true, "position": 3,
            })],
        ),
        (
            "POST /api/v1/admin/products/{id}/plans",
            vec![json!({
                "slug": "new-plan", "name": "New", "description": "Words.", "features": feature,
                "package": "new", "server_group": "jakarta", "trial_days": 1, "stock": 5, "position": 3,
            })],
        ),
        (
            "PATCH /api/v1/admin/plans/{id}",
            vec![json!({
                "version": 1, "slug": "other-plan", "name": "Other", "description": "Words.",
                "features": feature, "package": "new", "server_group": "jakarta", "trial_days": 1,
                "stock": 5, "position": 3,
            })],
        ),
        (
            "POST /api/v1/admin/plans/{id}/prices",
            vec![json!({
                "cycle": "annually", "currency": "IDR", "price_minor": 1000, "setup_fee_minor": 10,
                "valid_from": "2026-12-01T00:00:00Z",
            })],
        ),
    ]
}

fn pricing() -> Bodies {
    vec![
        (
            "POST /api/v1/admin/coupons",
            vec![
                json!({
                    "code": "NEW10", "discount": { "kind": "percent", "rate": "0.10" },
                    "applies_to": { "terms": "terms", "count": 3 }, "includes_setup_fee": true,
                    "new_customers_only": true, "product_ids": ["prd_01ARZ3NDEKTSV4RRFFQ69G5FAV"],
                    "plan_ids": ["pln_01ARZ3NDEKTSV4RRFFQ69G5FAV"],
                    "starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z",
                    "max_uses": 10, "max_uses_per_customer": 1,
                }),
                json!({
                    "code": "NEW11",
                    "discount": { "kind": "fixed", "amount_minor": 1000, "currency": "IDR" },
                    "applies_to": { "terms": "first" },
                }),
            ],
        ),
        (
            "PATCH /api/v1/admin/coupons/{id}",
            vec![json!({
                "version": 1, "starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z",
                "max_uses": 10, "max_uses_per_customer": 1,
            })],
        ),
        (
            "POST /api/v1/admin/tax-rules",
            vec![json!({
                "name": "PPN", "country": "ID", "region": "JB", "customer_kind": "company",
                "rate": "0.12", "base_factor": { "numerator": 11, "denominator": 12 },
                "mode": "exclusive", "valid_from": "2027-01-01", "valid_until": "2028-01-01",
            })],
        ),
        (
            "POST /api/v1/admin/tax-rules/{id}/end",
            vec![json!({ "version": 1, "valid_until": "2027-12-01" })],
        ),
    ]
}

fn shop(ids: &Ids) -> Bodies {
    let item = json!({
        "plan_id": ids["/api/v1/admin/plans/"], "cycle": "monthly", "quantity": 1,
        "domain": "nusakopi.com",
    });
    vec![
        ("POST /api/v1/carts", vec![json!({ "currency": "IDR", "items": [item] })]),
        ("PUT /api/v1/carts/{id}/items", vec![json!({ "items": [item] })]),
        ("PUT /api/v1/carts/{id}/coupon", vec![json!({ "code": "KOPI10" })]),
        (
            "POST /api/v1/subscriptions/{id}/cancel",
            vec![json!({ "when": "end_of_term", "reason": "by wish" })],
        ),
        ("POST /api/v1/invoices/{id}/payments", vec![json!({ "gateway": "sim", "method": "va" })]),
    ]
}

fn office() -> Bodies {
    let reason = || vec![json!({ "reason": "by wish" })];
    let giving_up = || vec![json!({ "reason": "by wish", "paid_part": "give_back" })];
    vec![
        ("POST /api/v1/admin/customers/{id}/hold", reason()),
        ("POST /api/v1/admin/customers/{id}/close", reason()),
        ("POST /api/v1/admin/orders/{id}/cancel", giving_up()),
        ("POST /api/v1/admin/invoices/{id}/void", giving_up()),
        ("POST /api/v1/admin/subscriptions/{id}/hold", reason()),
        ("POST /api/v1/admin/tasks/{id}/withdraw", reason()),
        (
            "POST /api/v1/admin/subscriptions/{id}/cancel",
            vec![json!({ "when": "end_of_term", "reason": "by wish" })],
        ),
        (
            "POST /api/v1/admin/payments/{id}/confirm",
            vec![json!({ "amount_minor": 1000, "note": "BCA 31/01" })],
        ),
        (
            "POST /api/v1/admin/payments/{id}/refunds",
            vec![json!({ "amount_minor": 1000, "reason": "by wish", "services": "end" })],
        ),
        ("POST /api/v1/admin/payments/{id}/deny", vec![json!({ "note": "BCA 31/01" })]),
        ("POST /api/v1/admin/refunds/{id}/paid-out", vec![json!({ "reference": "TRX-1" })]),
        (
            "POST /api/v1/admin/servers",
            vec![json!({
                "name": "jkt2", "panel": "simpanel", "server_group": "jakarta",
                "base_url": "https://panel2.example.com:2087", "username": "root", "secret": "hush",
                "ca_pem": PEM, "cert_sha256": "ab".repeat(32), "max_accounts": 10,
            })],
        ),
        (
            "PATCH /api/v1/admin/servers/{id}",
            vec![json!({
                "version": 1, "name": "jkt2", "server_group": "jakarta",
                "base_url": "https://panel2.example.com:2087", "username": "root", "secret": "hush",
                "ca_pem": PEM, "cert_sha256": "ab".repeat(32), "max_accounts": 10,
            })],
        ),
        ("POST /api/v1/admin/clock/advance", vec![json!({ "seconds": 60 }), json!({ "days": 1 })]),
        ("PUT /api/v1/admin/settings", vec![settings()]),
    ]
}

const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

fn settings() -> Value {
    json!({
        "version": 1,
        "seller": {
            "name": "Toko", "attention": "Bagian Penjualan", "address": address(),
            "tax_id": "0012345678901000", "email": "toko@example.com",
        },
        "zone": "Asia/Jakarta", "currency": "IDR", "invoice_number": "INV/{yyyy}/{seq:5}",
        "billing": {
            "renewal_lead_days": 14, "order_due_days": 3, "payment_window_hours": 24,
            "reminder_days": [-7, 1], "grace_days": 7, "retention_days": 30,
            "cancelled_retention_days": 7, "abandon_after_days": 14,
            "max_suspensions_per_day": 50, "max_terminations_per_day": 20,
            "continuous_invoices": false,
        },
        "keeping": { "succeeded_task_days": 30, "processed_webhook_days": 180 },
    })
}

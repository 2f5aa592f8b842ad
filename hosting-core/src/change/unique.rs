//! What must be unique (law 5).

use crate::closed_enum;

closed_enum! {
    /// A unique constraint of the schema. Its stored name is the constraint's name in the database.
    pub enum Unique {
        /// An id.
        PrimaryKey = "primary_key",
        /// `users (email)`.
        UserEmail = "users_email",
        /// `sessions (token_hash)`.
        SessionToken = "sessions_token_hash",
        /// `one_time_tokens (token_hash)`.
        OneTimeToken = "one_time_tokens_token_hash",
        /// `products (slug)`.
        ProductSlug = "products_slug",
        /// `plans (slug)`.
        PlanSlug = "plans_slug",
        /// `plan_prices (plan_id, cycle, currency, valid_from)`.
        PlanPrice = "plan_prices_version",
        /// `coupons (code)`.
        CouponCode = "coupons_code",
        /// `coupon_uses (order_id)`.
        CouponUse = "coupon_uses_order_id",
        /// `orders (cart_id)`: one cart is one order.
        OrderCart = "orders_cart_id",
        /// `invoices (number)`.
        InvoiceNumber = "invoices_number",
        /// `invoice_items (invoice_id, position)`.
        InvoiceItem = "invoice_items_position",
        /// `payments (gateway, reference)`.
        PaymentReference = "payments_reference",
        /// `subscription_cycles (subscription_id, period_start)`: one renewal per period.
        CyclePeriod = "subscription_cycles_period",
        /// `servers (name)`.
        ServerName = "servers_name",
        /// `panel_accounts (subscription_id)`: one account per service.
        AccountSubscription = "panel_accounts_subscription_id",
        /// `panel_accounts (server_id, username)`.
        AccountUsername = "panel_accounts_username",
        /// `provision_tasks (live_key)`: one live task per key.
        TaskKey = "provision_tasks_live_key",
        /// `settings (key)`.
        SettingKey = "settings_name",
        /// `webhook_events (gateway, event_key)`: one webhook once.
        WebhookEvent = "webhook_events_key",
        /// `kept_answers (principal, name)`.
        KeptAnswer = "kept_answers_name",
    }
}

impl Unique {
    /// The table and columns; empty for [`Unique::PrimaryKey`], which is every table's `id`.
    pub const fn columns(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::PrimaryKey => ("", &[]),
            Self::UserEmail => ("users", &["email"]),
            Self::SessionToken => ("sessions", &["token_hash"]),
            Self::OneTimeToken => ("one_time_tokens", &["token_hash"]),
            Self::ProductSlug => ("products", &["slug"]),
            Self::PlanSlug => ("plans", &["slug"]),
            Self::PlanPrice => ("plan_prices", &["plan_id", "cycle", "currency", "valid_from"]),
            Self::CouponCode => ("coupons", &["code"]),
            Self::CouponUse => ("coupon_uses", &["order_id"]),
            Self::OrderCart => ("orders", &["cart_id"]),
            Self::InvoiceNumber => ("invoices", &["number"]),
            Self::InvoiceItem => ("invoice_items", &["invoice_id", "position"]),
            Self::PaymentReference => ("payments", &["gateway", "reference"]),
            Self::CyclePeriod => ("subscription_cycles", &["subscription_id", "period_start"]),
            Self::ServerName => ("servers", &["name"]),
            Self::AccountSubscription => ("panel_accounts", &["subscription_id"]),
            Self::AccountUsername => ("panel_accounts", &["server_id", "username"]),
            Self::TaskKey => ("provision_tasks", &["live_key"]),
            Self::SettingKey => ("settings", &["name"]),
            Self::WebhookEvent => ("webhook_events", &["gateway", "event_key"]),
            Self::KeptAnswer => ("kept_answers", &["principal", "name"]),
        }
    }
}

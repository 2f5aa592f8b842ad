-- Times are texts of 24 characters in UTC, so that their order is the order of times.
-- invoices.order_id has no foreign key: an order names its invoice, which is therefore written first.

CREATE TABLE settings (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT settings_name UNIQUE (name)
) STRICT;

CREATE TABLE customers (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    company TEXT,
    email TEXT NOT NULL,
    phone TEXT,
    address TEXT NOT NULL,
    tax_id TEXT,
    currency TEXT NOT NULL,
    locale TEXT NOT NULL,
    status TEXT NOT NULL,
    hold TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT,
    PRIMARY KEY (id),
    CONSTRAINT customers_kind_check CHECK (kind IN ('individual', 'company')),
    CONSTRAINT customers_status_check CHECK (status IN ('active', 'closed'))
) STRICT;
CREATE INDEX customers_by_email ON customers (email, id);

CREATE TABLE users (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    customer_id TEXT,
    locale TEXT NOT NULL,
    email_verified_at TEXT,
    credentials_epoch INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT,
    PRIMARY KEY (id),
    CONSTRAINT users_email UNIQUE (email),
    CONSTRAINT users_role_check CHECK (role IN ('admin', 'billing', 'support', 'customer')),
    CONSTRAINT users_status_check CHECK (status IN ('active', 'disabled')),
    CONSTRAINT users_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX users_by_customer ON users (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX users_by_role ON users (role, id);

CREATE TABLE sessions (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    ip TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT sessions_token_hash UNIQUE (token_hash),
    CONSTRAINT sessions_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, expires_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE api_keys (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    expires_at TEXT,
    last_used_at TEXT,
    revoked_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT api_keys_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX api_keys_by_user ON api_keys (user_id, id);

CREATE TABLE one_time_tokens (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    email TEXT,
    credentials_epoch INTEGER NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT one_time_tokens_token_hash UNIQUE (token_hash),
    CONSTRAINT one_time_tokens_purpose_check CHECK (purpose IN ('verify_email', 'reset_password', 'invitation', 'change_email')),
    CONSTRAINT one_time_tokens_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX one_time_tokens_by_user ON one_time_tokens (user_id);
CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at);

CREATE TABLE products (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    panel TEXT NOT NULL,
    taxable INTEGER NOT NULL CHECK (taxable IN (0, 1)),
    position INTEGER NOT NULL,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT,
    PRIMARY KEY (id),
    CONSTRAINT products_slug UNIQUE (slug),
    CONSTRAINT products_status_check CHECK (status IN ('draft', 'active', 'archived'))
) STRICT;

CREATE TABLE plans (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    product_id TEXT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    features TEXT NOT NULL,
    package TEXT NOT NULL,
    server_group TEXT NOT NULL,
    trial_days INTEGER NOT NULL,
    stock INTEGER,
    position INTEGER NOT NULL,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT,
    PRIMARY KEY (id),
    CONSTRAINT plans_slug UNIQUE (slug),
    CONSTRAINT plans_status_check CHECK (status IN ('draft', 'active', 'archived')),
    CONSTRAINT plans_product_id_fk FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX plans_by_product ON plans (product_id, position, id);

CREATE TABLE plan_prices (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    plan_id TEXT NOT NULL,
    cycle TEXT NOT NULL,
    currency TEXT NOT NULL,
    price_minor INTEGER NOT NULL,
    setup_fee_minor INTEGER NOT NULL,
    valid_from TEXT NOT NULL,
    valid_until TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT plan_prices_version UNIQUE (plan_id, cycle, currency, valid_from),
    CONSTRAINT plan_prices_plan_id_fk FOREIGN KEY (plan_id) REFERENCES plans (id) ON DELETE RESTRICT
) STRICT;

CREATE TABLE coupons (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    discount TEXT NOT NULL,
    applies_to TEXT NOT NULL,
    includes_setup_fee INTEGER NOT NULL CHECK (includes_setup_fee IN (0, 1)),
    new_customers_only INTEGER NOT NULL CHECK (new_customers_only IN (0, 1)),
    product_ids TEXT NOT NULL,
    plan_ids TEXT NOT NULL,
    starts_at TEXT,
    ends_at TEXT,
    max_uses INTEGER,
    max_uses_per_customer INTEGER,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT coupons_code UNIQUE (code),
    CONSTRAINT coupons_status_check CHECK (status IN ('active', 'disabled'))
) STRICT;

CREATE TABLE tax_rules (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    country TEXT,
    region TEXT,
    customer_kind TEXT,
    rate TEXT NOT NULL,
    base_factor TEXT NOT NULL,
    mode TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_until TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT tax_rules_customer_kind_check CHECK (customer_kind IN ('individual', 'company')),
    CONSTRAINT tax_rules_mode_check CHECK (mode IN ('exclusive', 'inclusive'))
) STRICT;

CREATE TABLE servers (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    panel TEXT NOT NULL,
    server_group TEXT NOT NULL,
    base_url TEXT NOT NULL,
    username TEXT NOT NULL,
    secret TEXT NOT NULL,
    ca_pem TEXT,
    cert_sha256 TEXT,
    max_accounts INTEGER NOT NULL,
    status TEXT NOT NULL,
    paused_at TEXT,
    paused_until TEXT,
    pause_reason TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT,
    PRIMARY KEY (id),
    CONSTRAINT servers_name UNIQUE (name),
    CONSTRAINT servers_status_check CHECK (status IN ('active', 'maintenance', 'disabled'))
) STRICT;
CREATE INDEX servers_by_group ON servers (server_group, id);

CREATE TABLE carts (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    customer_id TEXT,
    currency TEXT NOT NULL,
    items TEXT NOT NULL,
    coupon_code TEXT,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT carts_status_check CHECK (status IN ('open', 'ordered')),
    CONSTRAINT carts_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX carts_by_customer ON carts (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX carts_of_guests ON carts (updated_at) WHERE customer_id IS NULL AND status = 'open';

CREATE TABLE invoices (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    order_id TEXT,
    number TEXT,
    status TEXT NOT NULL,
    currency TEXT NOT NULL,
    subtotal_minor INTEGER NOT NULL,
    discount_minor INTEGER NOT NULL,
    tax_minor INTEGER NOT NULL,
    total_minor INTEGER NOT NULL,
    paid_minor INTEGER NOT NULL,
    seller TEXT NOT NULL,
    buyer TEXT NOT NULL,
    taxes TEXT NOT NULL,
    issued_at TEXT,
    due_at TEXT NOT NULL,
    paid_at TEXT,
    dunning_step INTEGER NOT NULL,
    next_dunning_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT invoices_number UNIQUE (number),
    CONSTRAINT invoices_status_check CHECK (status IN ('draft', 'unpaid', 'partial', 'overdue', 'paid', 'void', 'refunded')),
    CONSTRAINT invoices_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX invoices_by_customer ON invoices (customer_id, id);
CREATE INDEX invoices_by_customer_status_due ON invoices (customer_id, status, due_at);
CREATE INDEX invoices_by_status ON invoices (status, id);
CREATE INDEX invoices_by_order ON invoices (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX invoices_to_dun ON invoices (next_dunning_at, id) WHERE next_dunning_at IS NOT NULL;

CREATE TABLE orders (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    cart_id TEXT NOT NULL,
    invoice_id TEXT NOT NULL,
    subscription_ids TEXT NOT NULL,
    coupon_id TEXT,
    currency TEXT NOT NULL,
    total_minor INTEGER NOT NULL,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT orders_cart_id UNIQUE (cart_id),
    CONSTRAINT orders_status_check CHECK (status IN ('pending', 'paid', 'cancelled', 'refunded', 'failed')),
    CONSTRAINT orders_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT,
    CONSTRAINT orders_cart_id_fk FOREIGN KEY (cart_id) REFERENCES carts (id) ON DELETE RESTRICT,
    CONSTRAINT orders_invoice_id_fk FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE RESTRICT,
    CONSTRAINT orders_coupon_id_fk FOREIGN KEY (coupon_id) REFERENCES coupons (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX orders_by_customer ON orders (customer_id, id);
CREATE INDEX orders_by_customer_status ON orders (customer_id, status, id);
CREATE INDEX orders_by_status ON orders (status, id);
CREATE INDEX orders_by_invoice ON orders (invoice_id);
CREATE INDEX orders_by_coupon ON orders (coupon_id) WHERE coupon_id IS NOT NULL;

CREATE TABLE coupon_uses (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    coupon_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT coupon_uses_order_id UNIQUE (order_id),
    CONSTRAINT coupon_uses_status_check CHECK (status IN ('counted', 'given_back')),
    CONSTRAINT coupon_uses_coupon_id_fk FOREIGN KEY (coupon_id) REFERENCES coupons (id) ON DELETE RESTRICT,
    CONSTRAINT coupon_uses_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT,
    CONSTRAINT coupon_uses_order_id_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX coupon_uses_by_coupon ON coupon_uses (coupon_id, id);
CREATE INDEX coupon_uses_by_customer ON coupon_uses (customer_id);

CREATE TABLE subscriptions (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    plan_id TEXT NOT NULL,
    plan_price_id TEXT NOT NULL,
    description TEXT NOT NULL,
    domain TEXT NOT NULL,
    status TEXT NOT NULL,
    provisioning_status TEXT NOT NULL,
    cycle TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    currency TEXT NOT NULL,
    price_minor INTEGER NOT NULL,
    taxable INTEGER NOT NULL CHECK (taxable IN (0, 1)),
    discount TEXT,
    anchor_on TEXT,
    next_period INTEGER NOT NULL,
    next_renewal_at TEXT,
    paid_until TEXT,
    trial_days INTEGER NOT NULL,
    cancel_at TEXT,
    cancel_reason TEXT,
    suspended_at TEXT,
    terminate_at TEXT,
    hold TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT subscriptions_status_check CHECK (status IN ('pending', 'trialing', 'active', 'past_due', 'suspended', 'cancelled', 'terminated')),
    CONSTRAINT subscriptions_provisioning_status_check CHECK (provisioning_status IN ('pending', 'in_progress', 'done', 'failed')),
    CONSTRAINT subscriptions_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT,
    CONSTRAINT subscriptions_order_id_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE RESTRICT,
    CONSTRAINT subscriptions_product_id_fk FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE RESTRICT,
    CONSTRAINT subscriptions_plan_id_fk FOREIGN KEY (plan_id) REFERENCES plans (id) ON DELETE RESTRICT,
    CONSTRAINT subscriptions_plan_price_id_fk FOREIGN KEY (plan_price_id) REFERENCES plan_prices (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX subscriptions_by_customer ON subscriptions (customer_id, id);
CREATE INDEX subscriptions_by_customer_status_renewal ON subscriptions (customer_id, status, next_renewal_at);
CREATE INDEX subscriptions_by_status ON subscriptions (status, id);
CREATE INDEX subscriptions_to_renew ON subscriptions (next_renewal_at, id) WHERE next_renewal_at IS NOT NULL;
CREATE INDEX subscriptions_to_cancel ON subscriptions (cancel_at, id) WHERE cancel_at IS NOT NULL;
CREATE INDEX subscriptions_to_make ON subscriptions (id) WHERE provisioning_status IN ('pending', 'in_progress') AND status NOT IN ('pending', 'suspended', 'cancelled', 'terminated');
CREATE INDEX subscriptions_to_terminate ON subscriptions (terminate_at, id) WHERE terminate_at IS NOT NULL;
CREATE INDEX subscriptions_by_order ON subscriptions (order_id);
CREATE INDEX subscriptions_by_product ON subscriptions (product_id);
CREATE INDEX subscriptions_by_plan ON subscriptions (plan_id);
CREATE INDEX subscriptions_by_plan_price ON subscriptions (plan_price_id);

CREATE TABLE invoice_items (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    invoice_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subscription_id TEXT,
    description TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    currency TEXT NOT NULL,
    unit_price_minor INTEGER NOT NULL,
    discount_minor INTEGER NOT NULL,
    net_minor INTEGER NOT NULL,
    tax_minor INTEGER NOT NULL,
    gross_minor INTEGER NOT NULL,
    period_start TEXT,
    period_end TEXT,
    derivation TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT invoice_items_position UNIQUE (invoice_id, position),
    CONSTRAINT invoice_items_kind_check CHECK (kind IN ('plan', 'setup_fee')),
    CONSTRAINT invoice_items_invoice_id_fk FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE RESTRICT,
    CONSTRAINT invoice_items_subscription_id_fk FOREIGN KEY (subscription_id) REFERENCES subscriptions (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX invoice_items_by_subscription ON invoice_items (subscription_id) WHERE subscription_id IS NOT NULL;

CREATE TABLE subscription_cycles (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    subscription_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    period_start TEXT NOT NULL,
    period_end TEXT NOT NULL,
    invoice_id TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT subscription_cycles_period UNIQUE (subscription_id, period_start),
    CONSTRAINT subscription_cycles_status_check CHECK (status IN ('invoiced', 'paid', 'void')),
    CONSTRAINT subscription_cycles_subscription_id_fk FOREIGN KEY (subscription_id) REFERENCES subscriptions (id) ON DELETE RESTRICT,
    CONSTRAINT subscription_cycles_invoice_id_fk FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX subscription_cycles_by_invoice ON subscription_cycles (invoice_id);

CREATE TABLE payments (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    invoice_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    gateway TEXT NOT NULL,
    method TEXT NOT NULL,
    reference TEXT NOT NULL,
    provider_ref TEXT,
    confirmed_by TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    received_minor INTEGER NOT NULL,
    applied_minor INTEGER NOT NULL,
    given_back_minor INTEGER NOT NULL,
    status TEXT NOT NULL,
    instructions TEXT,
    expires_at TEXT NOT NULL,
    asked_at TEXT,
    next_ask_at TEXT,
    asks INTEGER NOT NULL,
    reported_at TEXT,
    report TEXT,
    succeeded_at TEXT,
    detail TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT payments_reference UNIQUE (gateway, reference),
    CONSTRAINT payments_status_check CHECK (status IN ('pending', 'challenge', 'unknown', 'succeeded', 'failed', 'expired')),
    CONSTRAINT payments_confirmed_by_check CHECK (confirmed_by IN ('provider', 'staff')),
    CONSTRAINT payments_invoice_id_fk FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE RESTRICT,
    CONSTRAINT payments_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX payments_by_invoice ON payments (invoice_id, id);
CREATE INDEX payments_by_customer ON payments (customer_id, id);
CREATE INDEX payments_by_customer_status ON payments (customer_id, status, id);
CREATE INDEX payments_by_status ON payments (status, id);
CREATE INDEX payments_to_ask ON payments (next_ask_at, id) WHERE next_ask_at IS NOT NULL;

CREATE TABLE refunds (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    payment_id TEXT NOT NULL,
    invoice_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    reason TEXT NOT NULL,
    way TEXT NOT NULL,
    services TEXT NOT NULL,
    status TEXT NOT NULL,
    provider_ref TEXT,
    detail TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT refunds_status_check CHECK (status IN ('pending', 'unknown', 'succeeded', 'failed')),
    CONSTRAINT refunds_way_check CHECK (way IN ('gateway', 'by_hand', 'at_provider', 'charged_back')),
    CONSTRAINT refunds_services_check CHECK (services IN ('end', 'keep')),
    CONSTRAINT refunds_payment_id_fk FOREIGN KEY (payment_id) REFERENCES payments (id) ON DELETE RESTRICT,
    CONSTRAINT refunds_invoice_id_fk FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX refunds_by_payment ON refunds (payment_id, id);
CREATE INDEX refunds_by_invoice ON refunds (invoice_id);

CREATE TABLE panel_accounts (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    subscription_id TEXT NOT NULL,
    server_id TEXT NOT NULL,
    username TEXT NOT NULL,
    domain TEXT NOT NULL,
    package TEXT NOT NULL,
    password TEXT NOT NULL,
    status TEXT NOT NULL,
    resource_usage TEXT NOT NULL,
    synced_at TEXT,
    owner TEXT,
    seen_as TEXT,
    creation_called_at TEXT,
    empty_looks INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT panel_accounts_subscription_id UNIQUE (subscription_id),
    CONSTRAINT panel_accounts_username UNIQUE (server_id, username),
    CONSTRAINT panel_accounts_status_check CHECK (status IN ('pending', 'active', 'suspended', 'terminated')),
    CONSTRAINT panel_accounts_subscription_id_fk FOREIGN KEY (subscription_id) REFERENCES subscriptions (id) ON DELETE RESTRICT,
    CONSTRAINT panel_accounts_server_id_fk FOREIGN KEY (server_id) REFERENCES servers (id) ON DELETE RESTRICT
) STRICT;
CREATE INDEX panel_accounts_by_server ON panel_accounts (server_id, id);
CREATE INDEX panel_accounts_by_server_status ON panel_accounts (server_id, status);

CREATE TABLE webhook_events (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    gateway TEXT NOT NULL,
    event_key TEXT NOT NULL,
    reference TEXT,
    body TEXT NOT NULL,
    status TEXT NOT NULL,
    processed_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT webhook_events_key UNIQUE (gateway, event_key),
    CONSTRAINT webhook_events_status_check CHECK (status IN ('received', 'processed', 'ignored'))
) STRICT;

CREATE TABLE kept_answers (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    principal TEXT NOT NULL,
    name TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status TEXT NOT NULL,
    http_status INTEGER,
    body TEXT,
    expires_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT kept_answers_name UNIQUE (principal, name),
    CONSTRAINT kept_answers_status_check CHECK (status IN ('in_progress', 'committed', 'answered'))
) STRICT;
CREATE INDEX kept_answers_by_expiry ON kept_answers (expires_at);

CREATE TABLE events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    actor TEXT NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT events_id UNIQUE (id)
) STRICT;
CREATE INDEX events_by_subject ON events (subject, position);

CREATE TABLE provision_tasks (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    action TEXT NOT NULL,
    lane TEXT NOT NULL,
    task_key TEXT NOT NULL,
    live_key TEXT,
    job TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    due_at TEXT NOT NULL,
    lease_token TEXT,
    lease_until TEXT,
    last_error TEXT,
    alone_key TEXT,
    crowd_key TEXT,
    crowd_limit INTEGER,
    subscription_id TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT provision_tasks_live_key UNIQUE (live_key),
    CONSTRAINT provision_tasks_status_check CHECK (status IN ('queued', 'running', 'succeeded', 'failed')),
    CONSTRAINT provision_tasks_action_check CHECK (action IN ('create', 'suspend', 'unsuspend', 'terminate', 'change_plan', 'reset_password', 'sync', 'charge', 'ask_payment', 'cancel_payment', 'refund', 'mail', 'webhook', 'run')),
    CONSTRAINT provision_tasks_lane_check CHECK (lane IN ('panel', 'payment', 'mail', 'run'))
) STRICT;
CREATE INDEX provision_tasks_by_status_action ON provision_tasks (status, action, id);
CREATE INDEX provision_tasks_by_status ON provision_tasks (status, id);
CREATE INDEX provision_tasks_by_action ON provision_tasks (action, id);
CREATE INDEX provision_tasks_by_subscription ON provision_tasks (subscription_id, id) WHERE subscription_id IS NOT NULL;
CREATE INDEX provision_tasks_due_by_lane ON provision_tasks (status, lane, due_at, id) WHERE status = 'queued';
CREATE INDEX provision_tasks_due ON provision_tasks (status, due_at, id) WHERE status = 'queued';
CREATE INDEX provision_tasks_leased ON provision_tasks (status, lease_until, id) WHERE status = 'running';
CREATE INDEX provision_tasks_alone ON provision_tasks (alone_key) WHERE status = 'running';
CREATE INDEX provision_tasks_crowd ON provision_tasks (crowd_key) WHERE status = 'running';

CREATE TABLE counters (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    value INTEGER NOT NULL,
    expires_at TEXT,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;
CREATE INDEX counters_by_expiry ON counters (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE number_series (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    value INTEGER NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

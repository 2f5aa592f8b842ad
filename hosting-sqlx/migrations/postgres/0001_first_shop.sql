-- Identifiers and texts compare byte by byte, as in the other databases.
-- invoices.order_id has no foreign key: an order names its invoice, which is therefore written first.

CREATE TABLE settings (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    value jsonb NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT settings_pkey PRIMARY KEY (id),
    CONSTRAINT settings_name UNIQUE (name)
);

CREATE TABLE customers (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    company text COLLATE "C",
    email text COLLATE "C" NOT NULL,
    phone text COLLATE "C",
    address jsonb NOT NULL,
    tax_id text COLLATE "C",
    currency text COLLATE "C" NOT NULL,
    locale text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    hold text COLLATE "C",
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    deleted_at timestamptz(3),
    CONSTRAINT customers_pkey PRIMARY KEY (id),
    CONSTRAINT customers_kind_check CHECK (kind IN ('individual', 'company')),
    CONSTRAINT customers_status_check CHECK (status IN ('active', 'closed'))
);
CREATE INDEX customers_by_email ON customers (email, id);

CREATE TABLE users (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    email text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    password_hash text COLLATE "C" NOT NULL,
    role text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    customer_id varchar(26) COLLATE "C",
    locale text COLLATE "C" NOT NULL,
    email_verified_at timestamptz(3),
    credentials_epoch bigint NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    deleted_at timestamptz(3),
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email UNIQUE (email),
    CONSTRAINT users_role_check CHECK (role IN ('admin', 'billing', 'support', 'customer')),
    CONSTRAINT users_status_check CHECK (status IN ('active', 'disabled')),
    CONSTRAINT users_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT
);
CREATE INDEX users_by_customer ON users (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX users_by_role ON users (role, id);

CREATE TABLE sessions (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    user_id varchar(26) COLLATE "C" NOT NULL,
    token_hash text COLLATE "C" NOT NULL,
    user_agent text COLLATE "C" NOT NULL,
    ip text COLLATE "C" NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    revoked_at timestamptz(3),
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_token_hash UNIQUE (token_hash),
    CONSTRAINT sessions_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT
);
CREATE INDEX sessions_by_user ON sessions (user_id, expires_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE api_keys (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    user_id varchar(26) COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    secret_hash text COLLATE "C" NOT NULL,
    scopes jsonb NOT NULL,
    expires_at timestamptz(3),
    last_used_at timestamptz(3),
    revoked_at timestamptz(3),
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT
);
CREATE INDEX api_keys_by_user ON api_keys (user_id, id);

CREATE TABLE one_time_tokens (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    user_id varchar(26) COLLATE "C" NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    token_hash text COLLATE "C" NOT NULL,
    email text COLLATE "C",
    credentials_epoch bigint NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    used_at timestamptz(3),
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT one_time_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT one_time_tokens_token_hash UNIQUE (token_hash),
    CONSTRAINT one_time_tokens_purpose_check CHECK (purpose IN ('verify_email', 'reset_password', 'invitation', 'change_email')),
    CONSTRAINT one_time_tokens_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT
);
CREATE INDEX one_time_tokens_by_user ON one_time_tokens (user_id);
CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at);

CREATE TABLE products (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    slug text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    panel text COLLATE "C" NOT NULL,
    taxable boolean NOT NULL,
    position bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    deleted_at timestamptz(3),
    CONSTRAINT products_pkey PRIMARY KEY (id),
    CONSTRAINT products_slug UNIQUE (slug),
    CONSTRAINT products_status_check CHECK (status IN ('draft', 'active', 'archived'))
);

CREATE TABLE plans (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    product_id varchar(26) COLLATE "C" NOT NULL,
    slug text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    features jsonb NOT NULL,
    package text COLLATE "C" NOT NULL,
    server_group text COLLATE "C" NOT NULL,
    trial_days bigint NOT NULL,
    stock bigint,
    position bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    deleted_at timestamptz(3),
    CONSTRAINT plans_pkey PRIMARY KEY (id),
    CONSTRAINT plans_slug UNIQUE (slug),
    CONSTRAINT plans_status_check CHECK (status IN ('draft', 'active', 'archived')),
    CONSTRAINT plans_product_id_fk FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE RESTRICT
);
CREATE INDEX plans_by_product ON plans (product_id, position, id);

CREATE TABLE plan_prices (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    plan_id varchar(26) COLLATE "C" NOT NULL,
    cycle text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    price_minor bigint NOT NULL,
    setup_fee_minor bigint NOT NULL,
    valid_from timestamptz(3) NOT NULL,
    valid_until timestamptz(3),
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT plan_prices_pkey PRIMARY KEY (id),
    CONSTRAINT plan_prices_version UNIQUE (plan_id, cycle, currency, valid_from),
    CONSTRAINT plan_prices_plan_id_fk FOREIGN KEY (plan_id) REFERENCES plans (id) ON DELETE RESTRICT
);

CREATE TABLE coupons (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    code text COLLATE "C" NOT NULL,
    discount jsonb NOT NULL,
    applies_to jsonb NOT NULL,
    includes_setup_fee boolean NOT NULL,
    new_customers_only boolean NOT NULL,
    product_ids jsonb NOT NULL,
    plan_ids jsonb NOT NULL,
    starts_at timestamptz(3),
    ends_at timestamptz(3),
    max_uses bigint,
    max_uses_per_customer bigint,
    status text COLLATE "C" NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT coupons_pkey PRIMARY KEY (id),
    CONSTRAINT coupons_code UNIQUE (code),
    CONSTRAINT coupons_status_check CHECK (status IN ('active', 'disabled'))
);

CREATE TABLE tax_rules (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    country text COLLATE "C",
    region text COLLATE "C",
    customer_kind text COLLATE "C",
    rate text COLLATE "C" NOT NULL,
    base_factor jsonb NOT NULL,
    mode text COLLATE "C" NOT NULL,
    valid_from date NOT NULL,
    valid_until date,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT tax_rules_pkey PRIMARY KEY (id),
    CONSTRAINT tax_rules_customer_kind_check CHECK (customer_kind IN ('individual', 'company')),
    CONSTRAINT tax_rules_mode_check CHECK (mode IN ('exclusive', 'inclusive'))
);

CREATE TABLE servers (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    panel text COLLATE "C" NOT NULL,
    server_group text COLLATE "C" NOT NULL,
    base_url text COLLATE "C" NOT NULL,
    username text COLLATE "C" NOT NULL,
    secret text COLLATE "C" NOT NULL,
    ca_pem text COLLATE "C",
    cert_sha256 text COLLATE "C",
    max_accounts bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    paused_at timestamptz(3),
    paused_until timestamptz(3),
    pause_reason text COLLATE "C",
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    deleted_at timestamptz(3),
    CONSTRAINT servers_pkey PRIMARY KEY (id),
    CONSTRAINT servers_name UNIQUE (name),
    CONSTRAINT servers_status_check CHECK (status IN ('active', 'maintenance', 'disabled'))
);
CREATE INDEX servers_by_group ON servers (server_group, id);

CREATE TABLE carts (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    customer_id varchar(26) COLLATE "C",
    currency text COLLATE "C" NOT NULL,
    items jsonb NOT NULL,
    coupon_code text COLLATE "C",
    status text COLLATE "C" NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT carts_pkey PRIMARY KEY (id),
    CONSTRAINT carts_status_check CHECK (status IN ('open', 'ordered')),
    CONSTRAINT carts_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT
);
CREATE INDEX carts_by_customer ON carts (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX carts_of_guests ON carts (updated_at) WHERE customer_id IS NULL AND status = 'open';

CREATE TABLE invoices (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    customer_id varchar(26) COLLATE "C" NOT NULL,
    order_id varchar(26) COLLATE "C",
    number text COLLATE "C",
    status text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    subtotal_minor bigint NOT NULL,
    discount_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    total_minor bigint NOT NULL,
    paid_minor bigint NOT NULL,
    seller jsonb NOT NULL,
    buyer jsonb NOT NULL,
    taxes jsonb NOT NULL,
    issued_at timestamptz(3),
    due_at timestamptz(3) NOT NULL,
    paid_at timestamptz(3),
    dunning_step bigint NOT NULL,
    next_dunning_at timestamptz(3),
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT invoices_pkey PRIMARY KEY (id),
    CONSTRAINT invoices_number UNIQUE (number),
    CONSTRAINT invoices_status_check CHECK (status IN ('draft', 'unpaid', 'partial', 'overdue', 'paid', 'void', 'refunded')),
    CONSTRAINT invoices_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT
);
CREATE INDEX invoices_by_customer ON invoices (customer_id, id);
CREATE INDEX invoices_by_customer_status_due ON invoices (customer_id, status, due_at);
CREATE INDEX invoices_by_status ON invoices (status, id);
CREATE INDEX invoices_by_order ON invoices (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX invoices_to_dun ON invoices (next_dunning_at, id) WHERE next_dunning_at IS NOT NULL;

CREATE TABLE orders (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    customer_id varchar(26) COLLATE "C" NOT NULL,
    cart_id varchar(26) COLLATE "C" NOT NULL,
    invoice_id varchar(26) COLLATE "C" NOT NULL,
    subscription_ids jsonb NOT NULL,
    coupon_id varchar(26) COLLATE "C",
    currency text COLLATE "C" NOT NULL,
    total_minor bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT orders_pkey PRIMARY KEY (id),
    CONSTRAINT orders_cart_id UNIQUE (cart_id),
    CONSTRAINT orders_status_check CHECK (status IN ('pending', 'paid', 'cancelled', 'refunded', 'failed')),
    CONSTRAINT orders_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT,
    CONSTRAINT orders_cart_id_fk FOREIGN KEY (cart_id) REFERENCES carts (id) ON DELETE RESTRICT,
    CONSTRAINT orders_invoice_id_fk FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE RESTRICT,
    CONSTRAINT orders_coupon_id_fk FOREIGN KEY (coupon_id) REFERENCES coupons (id) ON DELETE RESTRICT
);
CREATE INDEX orders_by_customer ON orders (customer_id, id);
CREATE INDEX orders_by_customer_status ON orders (customer_id, status, id);
CREATE INDEX orders_by_status ON orders (status, id);
CREATE INDEX orders_by_invoice ON orders (invoice_id);
CREATE INDEX orders_by_coupon ON orders (coupon_id) WHERE coupon_id IS NOT NULL;

CREATE TABLE coupon_uses (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    coupon_id varchar(26) COLLATE "C" NOT NULL,
    customer_id varchar(26) COLLATE "C" NOT NULL,
    order_id varchar(26) COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT coupon_uses_pkey PRIMARY KEY (id),
    CONSTRAINT coupon_uses_order_id UNIQUE (order_id),
    CONSTRAINT coupon_uses_status_check CHECK (status IN ('counted', 'given_back')),
    CONSTRAINT coupon_uses_coupon_id_fk FOREIGN KEY (coupon_id) REFERENCES coupons (id) ON DELETE RESTRICT,
    CONSTRAINT coupon_uses_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT,
    CONSTRAINT coupon_uses_order_id_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE RESTRICT
);
CREATE INDEX coupon_uses_by_coupon ON coupon_uses (coupon_id, id);
CREATE INDEX coupon_uses_by_customer ON coupon_uses (customer_id);

CREATE TABLE subscriptions (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    customer_id varchar(26) COLLATE "C" NOT NULL,
    order_id varchar(26) COLLATE "C" NOT NULL,
    product_id varchar(26) COLLATE "C" NOT NULL,
    plan_id varchar(26) COLLATE "C" NOT NULL,
    plan_price_id varchar(26) COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    domain text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    provisioning_status text COLLATE "C" NOT NULL,
    cycle text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL,
    currency text COLLATE "C" NOT NULL,
    price_minor bigint NOT NULL,
    taxable boolean NOT NULL,
    discount jsonb,
    anchor_on date,
    next_period bigint NOT NULL,
    next_renewal_at timestamptz(3),
    paid_until date,
    trial_days bigint NOT NULL,
    cancel_at timestamptz(3),
    cancel_reason text COLLATE "C",
    suspended_at timestamptz(3),
    terminate_at timestamptz(3),
    hold text COLLATE "C",
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT subscriptions_status_check CHECK (status IN ('pending', 'trialing', 'active', 'past_due', 'suspended', 'cancelled', 'terminated')),
    CONSTRAINT subscriptions_provisioning_status_check CHECK (provisioning_status IN ('pending', 'in_progress', 'done', 'failed')),
    CONSTRAINT subscriptions_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT,
    CONSTRAINT subscriptions_order_id_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE RESTRICT,
    CONSTRAINT subscriptions_product_id_fk FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE RESTRICT,
    CONSTRAINT subscriptions_plan_id_fk FOREIGN KEY (plan_id) REFERENCES plans (id) ON DELETE RESTRICT,
    CONSTRAINT subscriptions_plan_price_id_fk FOREIGN KEY (plan_price_id) REFERENCES plan_prices (id) ON DELETE RESTRICT
);
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
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    invoice_id varchar(26) COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    subscription_id varchar(26) COLLATE "C",
    description text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL,
    currency text COLLATE "C" NOT NULL,
    unit_price_minor bigint NOT NULL,
    discount_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    gross_minor bigint NOT NULL,
    period_start date,
    period_end date,
    derivation jsonb NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT invoice_items_pkey PRIMARY KEY (id),
    CONSTRAINT invoice_items_position UNIQUE (invoice_id, position),
    CONSTRAINT invoice_items_kind_check CHECK (kind IN ('plan', 'setup_fee')),
    CONSTRAINT invoice_items_invoice_id_fk FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE RESTRICT,
    CONSTRAINT invoice_items_subscription_id_fk FOREIGN KEY (subscription_id) REFERENCES subscriptions (id) ON DELETE RESTRICT
);
CREATE INDEX invoice_items_by_subscription ON invoice_items (subscription_id) WHERE subscription_id IS NOT NULL;

CREATE TABLE subscription_cycles (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    subscription_id varchar(26) COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    period_start date NOT NULL,
    period_end date NOT NULL,
    invoice_id varchar(26) COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT subscription_cycles_pkey PRIMARY KEY (id),
    CONSTRAINT subscription_cycles_period UNIQUE (subscription_id, period_start),
    CONSTRAINT subscription_cycles_status_check CHECK (status IN ('invoiced', 'paid', 'void')),
    CONSTRAINT subscription_cycles_subscription_id_fk FOREIGN KEY (subscription_id) REFERENCES subscriptions (id) ON DELETE RESTRICT,
    CONSTRAINT subscription_cycles_invoice_id_fk FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE RESTRICT
);
CREATE INDEX subscription_cycles_by_invoice ON subscription_cycles (invoice_id);

CREATE TABLE payments (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    invoice_id varchar(26) COLLATE "C" NOT NULL,
    customer_id varchar(26) COLLATE "C" NOT NULL,
    gateway text COLLATE "C" NOT NULL,
    method text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    provider_ref text COLLATE "C",
    confirmed_by text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    amount_minor bigint NOT NULL,
    received_minor bigint NOT NULL,
    applied_minor bigint NOT NULL,
    given_back_minor bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    instructions jsonb,
    expires_at timestamptz(3) NOT NULL,
    asked_at timestamptz(3),
    next_ask_at timestamptz(3),
    asks bigint NOT NULL,
    reported_at timestamptz(3),
    report text COLLATE "C",
    succeeded_at timestamptz(3),
    detail text COLLATE "C" NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT payments_pkey PRIMARY KEY (id),
    CONSTRAINT payments_reference UNIQUE (gateway, reference),
    CONSTRAINT payments_status_check CHECK (status IN ('pending', 'challenge', 'unknown', 'succeeded', 'failed', 'expired')),
    CONSTRAINT payments_confirmed_by_check CHECK (confirmed_by IN ('provider', 'staff')),
    CONSTRAINT payments_invoice_id_fk FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE RESTRICT,
    CONSTRAINT payments_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT
);
CREATE INDEX payments_by_invoice ON payments (invoice_id, id);
CREATE INDEX payments_by_customer ON payments (customer_id, id);
CREATE INDEX payments_by_customer_status ON payments (customer_id, status, id);
CREATE INDEX payments_by_status ON payments (status, id);
CREATE INDEX payments_to_ask ON payments (next_ask_at, id) WHERE next_ask_at IS NOT NULL;

CREATE TABLE refunds (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    payment_id varchar(26) COLLATE "C" NOT NULL,
    invoice_id varchar(26) COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    amount_minor bigint NOT NULL,
    reason text COLLATE "C" NOT NULL,
    way text COLLATE "C" NOT NULL,
    services text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    provider_ref text COLLATE "C",
    detail text COLLATE "C" NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT refunds_pkey PRIMARY KEY (id),
    CONSTRAINT refunds_status_check CHECK (status IN ('pending', 'unknown', 'succeeded', 'failed')),
    CONSTRAINT refunds_way_check CHECK (way IN ('gateway', 'by_hand', 'at_provider', 'charged_back')),
    CONSTRAINT refunds_services_check CHECK (services IN ('end', 'keep')),
    CONSTRAINT refunds_payment_id_fk FOREIGN KEY (payment_id) REFERENCES payments (id) ON DELETE RESTRICT,
    CONSTRAINT refunds_invoice_id_fk FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE RESTRICT
);
CREATE INDEX refunds_by_payment ON refunds (payment_id, id);
CREATE INDEX refunds_by_invoice ON refunds (invoice_id);

CREATE TABLE panel_accounts (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    subscription_id varchar(26) COLLATE "C" NOT NULL,
    server_id varchar(26) COLLATE "C" NOT NULL,
    username text COLLATE "C" NOT NULL,
    domain text COLLATE "C" NOT NULL,
    package text COLLATE "C" NOT NULL,
    password text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    resource_usage jsonb NOT NULL,
    synced_at timestamptz(3),
    owner text COLLATE "C",
    seen_as text COLLATE "C",
    creation_called_at timestamptz(3),
    empty_looks bigint NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT panel_accounts_pkey PRIMARY KEY (id),
    CONSTRAINT panel_accounts_subscription_id UNIQUE (subscription_id),
    CONSTRAINT panel_accounts_username UNIQUE (server_id, username),
    CONSTRAINT panel_accounts_status_check CHECK (status IN ('pending', 'active', 'suspended', 'terminated')),
    CONSTRAINT panel_accounts_subscription_id_fk FOREIGN KEY (subscription_id) REFERENCES subscriptions (id) ON DELETE RESTRICT,
    CONSTRAINT panel_accounts_server_id_fk FOREIGN KEY (server_id) REFERENCES servers (id) ON DELETE RESTRICT
);
CREATE INDEX panel_accounts_by_server ON panel_accounts (server_id, id);
CREATE INDEX panel_accounts_by_server_status ON panel_accounts (server_id, status);

CREATE TABLE webhook_events (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    gateway text COLLATE "C" NOT NULL,
    event_key text COLLATE "C" NOT NULL,
    reference text COLLATE "C",
    body text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    processed_at timestamptz(3),
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT webhook_events_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_events_key UNIQUE (gateway, event_key),
    CONSTRAINT webhook_events_status_check CHECK (status IN ('received', 'processed', 'ignored'))
);

CREATE TABLE kept_answers (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    principal text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    http_status bigint,
    body text COLLATE "C",
    expires_at timestamptz(3) NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT kept_answers_pkey PRIMARY KEY (id),
    CONSTRAINT kept_answers_name UNIQUE (principal, name),
    CONSTRAINT kept_answers_status_check CHECK (status IN ('in_progress', 'committed', 'answered'))
);
CREATE INDEX kept_answers_by_expiry ON kept_answers (expires_at);

CREATE TABLE events (
    position bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL,
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    actor jsonb NOT NULL,
    subject text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    body jsonb NOT NULL,
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (position),
    CONSTRAINT events_id UNIQUE (id)
);
CREATE INDEX events_by_subject ON events (subject, position);

CREATE TABLE provision_tasks (
    id varchar(26) COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    action text COLLATE "C" NOT NULL,
    lane text COLLATE "C" NOT NULL,
    task_key text COLLATE "C" NOT NULL,
    live_key text COLLATE "C",
    job jsonb NOT NULL,
    status text COLLATE "C" NOT NULL,
    attempts bigint NOT NULL,
    max_attempts bigint NOT NULL,
    due_at timestamptz(3) NOT NULL,
    lease_token text COLLATE "C",
    lease_until timestamptz(3),
    last_error text COLLATE "C",
    alone_key text COLLATE "C",
    crowd_key text COLLATE "C",
    crowd_limit bigint,
    subscription_id varchar(26) COLLATE "C",
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL,
    CONSTRAINT provision_tasks_pkey PRIMARY KEY (id),
    CONSTRAINT provision_tasks_live_key UNIQUE (live_key),
    CONSTRAINT provision_tasks_status_check CHECK (status IN ('queued', 'running', 'succeeded', 'failed')),
    CONSTRAINT provision_tasks_action_check CHECK (action IN ('create', 'suspend', 'unsuspend', 'terminate', 'change_plan', 'reset_password', 'sync', 'charge', 'ask_payment', 'cancel_payment', 'refund', 'mail', 'webhook', 'run')),
    CONSTRAINT provision_tasks_lane_check CHECK (lane IN ('panel', 'payment', 'mail', 'run'))
);
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
    name text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    value bigint NOT NULL,
    expires_at timestamptz(3),
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT counters_pkey PRIMARY KEY (name)
);
CREATE INDEX counters_by_expiry ON counters (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE number_series (
    name text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    value bigint NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT number_series_pkey PRIMARY KEY (name)
);

-- Every statement can be run again: this database commits each by itself. {exact} stands for the
-- server's collation that compares byte by byte and minds trailing spaces: utf8mb4_0900_bin, or
-- utf8mb4_nopad_bin on MariaDB.
-- Times are in UTC. invoices.order_id has no foreign key: an order names its invoice, which is
-- therefore written first.

CREATE TABLE IF NOT EXISTS settings (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    name VARCHAR(64) NOT NULL,
    value JSON NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT settings_name UNIQUE (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS customers (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    kind VARCHAR(20) NOT NULL,
    name VARCHAR(255) NOT NULL,
    company VARCHAR(255),
    email VARCHAR(254) NOT NULL,
    phone VARCHAR(20),
    address JSON NOT NULL,
    tax_id VARCHAR(64),
    currency VARCHAR(3) NOT NULL,
    locale VARCHAR(16) NOT NULL,
    status VARCHAR(20) NOT NULL,
    hold LONGTEXT,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    deleted_at DATETIME(3),
    PRIMARY KEY (id),
    CONSTRAINT customers_kind_check CHECK (kind IN ('individual', 'company')),
    CONSTRAINT customers_status_check CHECK (status IN ('active', 'closed')),
    KEY customers_by_email (email, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS users (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    email VARCHAR(254) NOT NULL,
    name VARCHAR(255) NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    role VARCHAR(20) NOT NULL,
    status VARCHAR(20) NOT NULL,
    customer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
    locale VARCHAR(16) NOT NULL,
    email_verified_at DATETIME(3),
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    deleted_at DATETIME(3),
    PRIMARY KEY (id),
    CONSTRAINT users_email UNIQUE (email),
    CONSTRAINT users_role_check CHECK (role IN ('admin', 'billing', 'support', 'customer')),
    CONSTRAINT users_status_check CHECK (status IN ('active', 'disabled')),
    CONSTRAINT users_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT,
    KEY users_by_customer (customer_id),
    KEY users_by_role (role, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS sessions (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    user_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    user_agent VARCHAR(512) NOT NULL,
    ip VARCHAR(64) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    revoked_at DATETIME(3),
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT sessions_token_hash UNIQUE (token_hash),
    CONSTRAINT sessions_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT,
    KEY sessions_by_user (user_id, expires_at),
    KEY sessions_by_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS api_keys (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    user_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name VARCHAR(255) NOT NULL,
    secret_hash VARCHAR(64) NOT NULL,
    scopes JSON NOT NULL,
    expires_at DATETIME(3),
    last_used_at DATETIME(3),
    revoked_at DATETIME(3),
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT api_keys_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT,
    KEY api_keys_by_user (user_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS one_time_tokens (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    user_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    purpose VARCHAR(32) NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    used_at DATETIME(3),
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT one_time_tokens_token_hash UNIQUE (token_hash),
    CONSTRAINT one_time_tokens_purpose_check CHECK (purpose IN ('verify_email', 'reset_password')),
    CONSTRAINT one_time_tokens_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT,
    KEY one_time_tokens_by_user (user_id),
    KEY one_time_tokens_by_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS products (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    slug VARCHAR(64) NOT NULL,
    name VARCHAR(255) NOT NULL,
    description LONGTEXT NOT NULL,
    panel VARCHAR(64) NOT NULL,
    taxable BOOLEAN NOT NULL,
    position BIGINT NOT NULL,
    status VARCHAR(20) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    deleted_at DATETIME(3),
    PRIMARY KEY (id),
    CONSTRAINT products_slug UNIQUE (slug),
    CONSTRAINT products_status_check CHECK (status IN ('draft', 'active', 'archived'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS plans (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    product_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    slug VARCHAR(64) NOT NULL,
    name VARCHAR(255) NOT NULL,
    description LONGTEXT NOT NULL,
    features JSON NOT NULL,
    package VARCHAR(255) NOT NULL,
    server_group VARCHAR(64) NOT NULL,
    trial_days BIGINT NOT NULL,
    stock BIGINT,
    position BIGINT NOT NULL,
    status VARCHAR(20) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    deleted_at DATETIME(3),
    PRIMARY KEY (id),
    CONSTRAINT plans_slug UNIQUE (slug),
    CONSTRAINT plans_status_check CHECK (status IN ('draft', 'active', 'archived')),
    CONSTRAINT plans_product_id_fk FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE RESTRICT,
    KEY plans_by_product (product_id, position, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS plan_prices (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    plan_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    cycle VARCHAR(32) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    price_minor BIGINT NOT NULL,
    setup_fee_minor BIGINT NOT NULL,
    valid_from DATETIME(3) NOT NULL,
    valid_until DATETIME(3),
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT plan_prices_version UNIQUE (plan_id, cycle, currency, valid_from),
    CONSTRAINT plan_prices_plan_id_fk FOREIGN KEY (plan_id) REFERENCES plans (id) ON DELETE RESTRICT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS coupons (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    code VARCHAR(64) NOT NULL,
    discount JSON NOT NULL,
    applies_to JSON NOT NULL,
    includes_setup_fee BOOLEAN NOT NULL,
    new_customers_only BOOLEAN NOT NULL,
    product_ids JSON NOT NULL,
    plan_ids JSON NOT NULL,
    starts_at DATETIME(3),
    ends_at DATETIME(3),
    max_uses BIGINT,
    max_uses_per_customer BIGINT,
    status VARCHAR(20) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT coupons_code UNIQUE (code),
    CONSTRAINT coupons_status_check CHECK (status IN ('active', 'disabled'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS tax_rules (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    name VARCHAR(64) NOT NULL,
    country VARCHAR(2),
    region VARCHAR(64),
    customer_kind VARCHAR(20),
    rate VARCHAR(32) NOT NULL,
    base_factor JSON NOT NULL,
    mode VARCHAR(20) NOT NULL,
    valid_from DATE NOT NULL,
    valid_until DATE,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT tax_rules_customer_kind_check CHECK (customer_kind IN ('individual', 'company')),
    CONSTRAINT tax_rules_mode_check CHECK (mode IN ('exclusive', 'inclusive'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS servers (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    name VARCHAR(128) NOT NULL,
    panel VARCHAR(64) NOT NULL,
    server_group VARCHAR(64) NOT NULL,
    base_url VARCHAR(512) NOT NULL,
    username VARCHAR(128) NOT NULL,
    secret LONGTEXT NOT NULL,
    ca_pem LONGTEXT,
    cert_sha256 VARCHAR(64),
    max_accounts BIGINT NOT NULL,
    status VARCHAR(20) NOT NULL,
    paused_at DATETIME(3),
    paused_until DATETIME(3),
    pause_reason LONGTEXT,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    deleted_at DATETIME(3),
    PRIMARY KEY (id),
    CONSTRAINT servers_name UNIQUE (name),
    CONSTRAINT servers_status_check CHECK (status IN ('active', 'maintenance', 'disabled')),
    KEY servers_by_group (server_group, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS carts (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    customer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
    currency VARCHAR(3) NOT NULL,
    items JSON NOT NULL,
    coupon_code VARCHAR(64),
    status VARCHAR(20) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT carts_status_check CHECK (status IN ('open', 'ordered')),
    CONSTRAINT carts_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT,
    KEY carts_of_guests (customer_id, status, updated_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS invoices (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    customer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    order_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
    number VARCHAR(64),
    status VARCHAR(20) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    subtotal_minor BIGINT NOT NULL,
    discount_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    total_minor BIGINT NOT NULL,
    paid_minor BIGINT NOT NULL,
    seller JSON NOT NULL,
    buyer JSON NOT NULL,
    taxes JSON NOT NULL,
    issued_at DATETIME(3),
    due_at DATETIME(3) NOT NULL,
    paid_at DATETIME(3),
    dunning_step BIGINT NOT NULL,
    next_dunning_at DATETIME(3),
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT invoices_number UNIQUE (number),
    CONSTRAINT invoices_status_check CHECK (status IN ('draft', 'unpaid', 'partial', 'overdue', 'paid', 'void', 'refunded')),
    CONSTRAINT invoices_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT,
    KEY invoices_by_customer (customer_id, id),
    KEY invoices_by_customer_status_due (customer_id, status, due_at),
    KEY invoices_by_status (status, id),
    KEY invoices_by_order (order_id),
    KEY invoices_to_dun (next_dunning_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS orders (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    customer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    cart_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    invoice_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subscription_ids JSON NOT NULL,
    coupon_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
    currency VARCHAR(3) NOT NULL,
    total_minor BIGINT NOT NULL,
    status VARCHAR(20) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT orders_cart_id UNIQUE (cart_id),
    CONSTRAINT orders_status_check CHECK (status IN ('pending', 'paid', 'cancelled', 'refunded', 'failed')),
    CONSTRAINT orders_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT,
    CONSTRAINT orders_cart_id_fk FOREIGN KEY (cart_id) REFERENCES carts (id) ON DELETE RESTRICT,
    CONSTRAINT orders_invoice_id_fk FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE RESTRICT,
    CONSTRAINT orders_coupon_id_fk FOREIGN KEY (coupon_id) REFERENCES coupons (id) ON DELETE RESTRICT,
    KEY orders_by_customer (customer_id, id),
    KEY orders_by_customer_status (customer_id, status, id),
    KEY orders_by_status (status, id),
    KEY orders_by_invoice (invoice_id),
    KEY orders_by_coupon (coupon_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS coupon_uses (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    coupon_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    customer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    order_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status VARCHAR(20) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT coupon_uses_order_id UNIQUE (order_id),
    CONSTRAINT coupon_uses_status_check CHECK (status IN ('counted', 'given_back')),
    CONSTRAINT coupon_uses_coupon_id_fk FOREIGN KEY (coupon_id) REFERENCES coupons (id) ON DELETE RESTRICT,
    CONSTRAINT coupon_uses_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT,
    CONSTRAINT coupon_uses_order_id_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE RESTRICT,
    KEY coupon_uses_by_coupon (coupon_id, id),
    KEY coupon_uses_by_customer (customer_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS subscriptions (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    customer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    order_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    product_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    plan_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    plan_price_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    description VARCHAR(255) NOT NULL,
    domain VARCHAR(253) NOT NULL,
    status VARCHAR(20) NOT NULL,
    provisioning_status VARCHAR(20) NOT NULL,
    cycle VARCHAR(32) NOT NULL,
    quantity BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    price_minor BIGINT NOT NULL,
    taxable BOOLEAN NOT NULL,
    discount JSON,
    anchor_on DATE,
    next_period BIGINT NOT NULL,
    next_renewal_at DATETIME(3),
    paid_until DATE,
    trial_days BIGINT NOT NULL,
    cancel_at DATETIME(3),
    cancel_reason LONGTEXT,
    suspended_at DATETIME(3),
    terminate_at DATETIME(3),
    hold LONGTEXT,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT subscriptions_status_check CHECK (status IN ('pending', 'trialing', 'active', 'past_due', 'suspended', 'cancelled', 'terminated')),
    CONSTRAINT subscriptions_provisioning_status_check CHECK (provisioning_status IN ('pending', 'in_progress', 'done', 'failed')),
    CONSTRAINT subscriptions_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT,
    CONSTRAINT subscriptions_order_id_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE RESTRICT,
    CONSTRAINT subscriptions_product_id_fk FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE RESTRICT,
    CONSTRAINT subscriptions_plan_id_fk FOREIGN KEY (plan_id) REFERENCES plans (id) ON DELETE RESTRICT,
    CONSTRAINT subscriptions_plan_price_id_fk FOREIGN KEY (plan_price_id) REFERENCES plan_prices (id) ON DELETE RESTRICT,
    KEY subscriptions_by_customer (customer_id, id),
    KEY subscriptions_by_customer_status_renewal (customer_id, status, next_renewal_at),
    KEY subscriptions_by_status (status, id),
    KEY subscriptions_to_renew (next_renewal_at, id),
    KEY subscriptions_to_cancel (cancel_at, id),
    KEY subscriptions_to_terminate (terminate_at, id),
    KEY subscriptions_by_order (order_id),
    KEY subscriptions_by_product (product_id),
    KEY subscriptions_by_plan (plan_id),
    KEY subscriptions_by_plan_price (plan_price_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS invoice_items (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    invoice_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    position BIGINT NOT NULL,
    kind VARCHAR(20) NOT NULL,
    subscription_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
    description VARCHAR(512) NOT NULL,
    quantity BIGINT NOT NULL,
    currency VARCHAR(3) NOT NULL,
    unit_price_minor BIGINT NOT NULL,
    discount_minor BIGINT NOT NULL,
    net_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    gross_minor BIGINT NOT NULL,
    period_start DATE,
    period_end DATE,
    derivation JSON NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT invoice_items_position UNIQUE (invoice_id, position),
    CONSTRAINT invoice_items_kind_check CHECK (kind IN ('plan', 'setup_fee')),
    CONSTRAINT invoice_items_invoice_id_fk FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE RESTRICT,
    CONSTRAINT invoice_items_subscription_id_fk FOREIGN KEY (subscription_id) REFERENCES subscriptions (id) ON DELETE RESTRICT,
    KEY invoice_items_by_subscription (subscription_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS subscription_cycles (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    subscription_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    number BIGINT NOT NULL,
    period_start DATE NOT NULL,
    period_end DATE NOT NULL,
    invoice_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status VARCHAR(20) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT subscription_cycles_period UNIQUE (subscription_id, period_start),
    CONSTRAINT subscription_cycles_status_check CHECK (status IN ('invoiced', 'paid', 'void')),
    CONSTRAINT subscription_cycles_subscription_id_fk FOREIGN KEY (subscription_id) REFERENCES subscriptions (id) ON DELETE RESTRICT,
    CONSTRAINT subscription_cycles_invoice_id_fk FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE RESTRICT,
    KEY subscription_cycles_by_invoice (invoice_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS payments (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    invoice_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    customer_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    gateway VARCHAR(64) NOT NULL,
    method VARCHAR(64) NOT NULL,
    reference VARCHAR(128) NOT NULL,
    provider_ref VARCHAR(255),
    confirmed_by VARCHAR(20) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    amount_minor BIGINT NOT NULL,
    received_minor BIGINT NOT NULL,
    applied_minor BIGINT NOT NULL,
    given_back_minor BIGINT NOT NULL,
    status VARCHAR(20) NOT NULL,
    instructions JSON,
    expires_at DATETIME(3) NOT NULL,
    asked_at DATETIME(3),
    next_ask_at DATETIME(3),
    asks BIGINT NOT NULL,
    reported_at DATETIME(3),
    report VARCHAR(255),
    succeeded_at DATETIME(3),
    detail LONGTEXT NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT payments_reference UNIQUE (gateway, reference),
    CONSTRAINT payments_status_check CHECK (status IN ('pending', 'challenge', 'unknown', 'succeeded', 'failed', 'expired')),
    CONSTRAINT payments_confirmed_by_check CHECK (confirmed_by IN ('provider', 'staff')),
    CONSTRAINT payments_invoice_id_fk FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE RESTRICT,
    CONSTRAINT payments_customer_id_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT,
    KEY payments_by_invoice (invoice_id, id),
    KEY payments_by_customer (customer_id, id),
    KEY payments_by_customer_status (customer_id, status, id),
    KEY payments_by_status (status, id),
    KEY payments_to_ask (next_ask_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS refunds (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    payment_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    invoice_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    currency VARCHAR(3) NOT NULL,
    amount_minor BIGINT NOT NULL,
    reason LONGTEXT NOT NULL,
    way VARCHAR(20) NOT NULL,
    services VARCHAR(20) NOT NULL,
    status VARCHAR(20) NOT NULL,
    provider_ref VARCHAR(255),
    detail LONGTEXT NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT refunds_status_check CHECK (status IN ('pending', 'unknown', 'succeeded', 'failed')),
    CONSTRAINT refunds_way_check CHECK (way IN ('gateway', 'by_hand', 'at_provider', 'charged_back')),
    CONSTRAINT refunds_services_check CHECK (services IN ('end', 'keep')),
    CONSTRAINT refunds_payment_id_fk FOREIGN KEY (payment_id) REFERENCES payments (id) ON DELETE RESTRICT,
    CONSTRAINT refunds_invoice_id_fk FOREIGN KEY (invoice_id) REFERENCES invoices (id) ON DELETE RESTRICT,
    KEY refunds_by_payment (payment_id, id),
    KEY refunds_by_invoice (invoice_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS panel_accounts (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    subscription_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    server_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    username VARCHAR(64) NOT NULL,
    domain VARCHAR(253) NOT NULL,
    package VARCHAR(255) NOT NULL,
    password LONGTEXT NOT NULL,
    status VARCHAR(20) NOT NULL,
    resource_usage JSON NOT NULL,
    synced_at DATETIME(3),
    owner VARCHAR(128),
    seen_as VARCHAR(700),
    creation_called_at DATETIME(3),
    empty_looks BIGINT NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT panel_accounts_subscription_id UNIQUE (subscription_id),
    CONSTRAINT panel_accounts_username UNIQUE (server_id, username),
    CONSTRAINT panel_accounts_status_check CHECK (status IN ('pending', 'active', 'suspended', 'terminated')),
    CONSTRAINT panel_accounts_subscription_id_fk FOREIGN KEY (subscription_id) REFERENCES subscriptions (id) ON DELETE RESTRICT,
    CONSTRAINT panel_accounts_server_id_fk FOREIGN KEY (server_id) REFERENCES servers (id) ON DELETE RESTRICT,
    KEY panel_accounts_by_server (server_id, id),
    KEY panel_accounts_by_server_status (server_id, status)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS webhook_events (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    gateway VARCHAR(64) NOT NULL,
    event_key VARCHAR(255) NOT NULL,
    reference VARCHAR(128),
    body LONGTEXT NOT NULL,
    status VARCHAR(20) NOT NULL,
    processed_at DATETIME(3),
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT webhook_events_key UNIQUE (gateway, event_key),
    CONSTRAINT webhook_events_status_check CHECK (status IN ('received', 'processed', 'ignored'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS kept_answers (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    principal VARCHAR(64) NOT NULL,
    name VARCHAR(255) NOT NULL,
    fingerprint VARCHAR(64) NOT NULL,
    status VARCHAR(20) NOT NULL,
    http_status BIGINT,
    body LONGTEXT,
    expires_at DATETIME(3) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT kept_answers_name UNIQUE (principal, name),
    CONSTRAINT kept_answers_status_check CHECK (status IN ('in_progress', 'committed', 'answered')),
    KEY kept_answers_by_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS events (
    position BIGINT AUTO_INCREMENT NOT NULL,
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    actor JSON NOT NULL,
    subject VARCHAR(64) NOT NULL,
    name VARCHAR(64) NOT NULL,
    body JSON NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (position),
    CONSTRAINT events_id UNIQUE (id),
    KEY events_by_subject (subject, position)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS provision_tasks (
    id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    action VARCHAR(32) NOT NULL,
    lane VARCHAR(20) NOT NULL,
    task_key VARCHAR(160) NOT NULL,
    live_key VARCHAR(160),
    job JSON NOT NULL,
    status VARCHAR(20) NOT NULL,
    attempts BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    due_at DATETIME(3) NOT NULL,
    lease_token VARCHAR(64),
    lease_until DATETIME(3),
    last_error LONGTEXT,
    alone_key VARCHAR(160),
    crowd_key VARCHAR(160),
    crowd_limit BIGINT,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT provision_tasks_live_key UNIQUE (live_key),
    CONSTRAINT provision_tasks_status_check CHECK (status IN ('queued', 'running', 'succeeded', 'failed')),
    CONSTRAINT provision_tasks_action_check CHECK (action IN ('create', 'suspend', 'unsuspend', 'terminate', 'change_plan', 'reset_password', 'sync', 'charge', 'ask_payment', 'cancel_payment', 'refund', 'mail', 'webhook', 'run')),
    CONSTRAINT provision_tasks_lane_check CHECK (lane IN ('panel', 'payment', 'mail', 'run')),
    KEY provision_tasks_by_status_action (status, action, id),
    KEY provision_tasks_by_status (status, id),
    KEY provision_tasks_by_action (action, id),
    KEY provision_tasks_due_by_lane (status, lane, due_at, id),
    KEY provision_tasks_due (status, due_at, id),
    KEY provision_tasks_leased (status, lease_until, id),
    KEY provision_tasks_alone (alone_key, status),
    KEY provision_tasks_crowd (crowd_key, status)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS counters (
    name VARCHAR(191) NOT NULL,
    version BIGINT NOT NULL,
    value BIGINT NOT NULL,
    expires_at DATETIME(3),
    created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    updated_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    PRIMARY KEY (name),
    KEY counters_by_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

CREATE TABLE IF NOT EXISTS number_series (
    name VARCHAR(64) NOT NULL,
    version BIGINT NOT NULL,
    value BIGINT NOT NULL,
    created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    updated_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={exact};

-- Whoever appends to events holds this row until it commits, so that positions appear in order.
CREATE TABLE IF NOT EXISTS events_head (
    id BIGINT NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB;
INSERT IGNORE INTO events_head (id) VALUES (1);

CREATE TABLE IF NOT EXISTS claims_head (
    id BIGINT NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB;
INSERT IGNORE INTO claims_head (id) VALUES (1);

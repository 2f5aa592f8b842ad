//! What every handler may reach.

use std::sync::Arc;

use hosting_core::{kernel::Mint, service::Ports};

use crate::{
    auth::{password::Passwords, throttle::Throttle},
    clock::ShiftedClock,
    config::Config,
    http::metrics::Metrics,
    store::{Schema, keyed::KeyedStore},
};

/// What every handler may reach. Cloning shares it.
#[derive(Debug, Clone)]
pub struct AppState(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ports: Ports,
    config: Config,
    passwords: Passwords,
    throttle: Throttle,
    metrics: Metrics,
    test_clock: Option<Arc<ShiftedClock>>,
    schema: Arc<dyn Schema>,
}

/// What an [`AppState`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// Database, clock, dice, key ring and adapters.
    pub ports: Ports,
    /// The resolved configuration.
    pub config: Config,
    /// How passwords are hashed.
    pub passwords: Passwords,
    /// The movable clock, when it is on; the same that `ports` reads.
    pub test_clock: Option<Arc<ShiftedClock>>,
    /// Whether the database's schema is this program's.
    pub schema: Arc<dyn Schema>,
}

impl AppState {
    /// Puts the parts together. From here on, what a request with an `Idempotency-Key` commits takes
    /// its kept row along.
    pub fn new(parts: Parts) -> Self {
        let Parts { mut ports, config, passwords, test_clock, schema } = parts;
        ports.store = Arc::new(KeyedStore::new(ports.store, Arc::clone(&ports.clock)));
        let throttle = Throttle::per_minute(config.rate_per_minute);
        let metrics = Metrics::new();
        Self(Arc::new(Inner { ports, config, passwords, throttle, metrics, test_clock, schema }))
    }

    /// Database, clock, dice, key ring and adapters.
    pub fn ports(&self) -> &Ports {
        &self.0.ports
    }

    /// The present instant and the dice.
    pub fn mint(&self) -> Mint<'_> {
        self.0.ports.mint()
    }

    /// The resolved configuration.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// How passwords are hashed.
    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// How many requests each caller may make.
    pub fn throttle(&self) -> &Throttle {
        &self.0.throttle
    }

    /// What `/metrics` tells.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The movable clock, when it is on.
    pub fn test_clock(&self) -> Option<&Arc<ShiftedClock>> {
        self.0.test_clock.as_ref()
    }

    /// Whether the database's schema is this program's.
    pub fn schema(&self) -> &dyn Schema {
        &*self.0.schema
    }
}

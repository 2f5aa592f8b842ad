//! `check-config`: the resolved configuration, with secrets hidden.

use hosting_adapters::{registry::Registry, sealing::KeyRing};

use crate::{assemble, cli::Failed, config::Config};

/// One line a key. What only shows when adapters are built (a gateway's settings, the key ring) is
/// checked as well; nothing is opened or written.
///
/// # Errors
/// What would keep the shop from starting.
pub fn run(config: &Config) -> Result<Vec<String>, Failed> {
    if let Some(given) = &config.secret_keys {
        KeyRing::parse(given).map_err(assemble::StartError::from)?;
    }
    assemble::gateways(config, &Registry::with_builtins())?;
    Ok(config.lines())
}

//! `check-config`: the resolved configuration, with secrets hidden.

use hosting_adapters::sealing::KeyRing;

use crate::{
    assemble::{self, StartError},
    cli::Failed,
    config::Config,
    logging,
};

/// One line a key. What only shows when something is made of a key (adapters, mail relay, key ring,
/// log filter, database address) is made and thrown away; nothing is opened or written and nobody is
/// called. So a database or a relay that does not answer is found by `serve` alone. What is likely a
/// mistake comes last, as a warning.
///
/// # Errors
/// What would keep the shop from starting.
pub fn run(config: &Config) -> Result<Vec<String>, Failed> {
    if config.data_dir.exists() && !config.data_dir.is_dir() {
        let path = config.data_dir.display();
        return Err(Failed::Said(format!("DATA_DIR is wrong: {path} is no folder")));
    }
    logging::filter(config)?;
    assemble::rehearse(config)?;
    let warnings = config.warnings().into_iter().map(|it| format!("# warning: {it}"));
    let ring = config.kept_key_ring()?.map(|it| KeyRing::parse(&it)).transpose();
    let ring = ring.map_err(StartError::from)?.map(|it| ring_line(&it));
    Ok(config.lines().into_iter().chain(ring).chain(warnings).collect())
}

fn ring_line(ring: &KeyRing) -> String {
    let mut ids = ring.ids();
    let first = ids.next().unwrap_or_default();
    let others: Vec<_> = ids.collect();
    if others.is_empty() {
        return format!("# the key ring: {first} seals and opens");
    }
    let others = others.join(", ");
    format!(
        "# the key ring: {first} seals, {others} opens too; rotate-keys says whether it is in use"
    )
}

//! `sandbox`: the outside world alone, for a shop that runs elsewhere on this machine.

use std::sync::Arc;

use hosting_adapters::sandbox::{Ports, World, WorldConfig};
use tokio_util::sync::CancellationToken;

use super::signal;
use crate::{cli::Failed, clock::SystemClock};

/// Runs the sandbox servers until told to stop.
///
/// # Errors
/// A port that is taken.
pub async fn run(ports: Ports, notification_url: Option<String>) -> Result<(), Failed> {
    let mut config = WorldConfig::new(Arc::new(SystemClock));
    config.ports = ports;
    config.notification_url = notification_url;
    let (key, user, token) =
        (config.midtrans_server_key.clone(), config.whm_user.clone(), config.whm_token.clone());
    let world = World::start(config).await?;
    let rows = [
        ("Console", world.console_url()),
        ("MIDTRANS_BASE_URL", world.midtrans_url()),
        ("MIDTRANS_SERVER_KEY", key.expose().to_owned()),
        ("SMTP_URL", world.smtp_url()),
        ("WHM server", format!("{}  user {user}  token {}", world.whm_url(), token.expose())),
    ];
    let stop = CancellationToken::new();
    signal::watch(&stop);
    let rows = rows.map(|(name, what)| format!("  {name:<20} {what}"));
    crate::cli::say(&format!(
        "The outside world is open. Ctrl-C closes it.\n\n{}\n",
        rows.join("\n")
    ))?;
    stop.cancelled().await;
    world.shutdown().await;
    Ok(())
}

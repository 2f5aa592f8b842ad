//! Log lines: JSON for machines, text for people, to standard error.
//!
//! Secrets stay out by construction: no header, query or body is ever logged, and secret values have
//! a type whose `Debug` hides them.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{Config, LogFormat};

/// The log filter in the configuration is not one.
#[derive(Debug, thiserror::Error)]
#[error("LOG is wrong: {0}; it should be a filter such as info or hosting_server=debug,warn")]
pub struct BadFilter(String);

/// The filter that configuration names.
///
/// # Errors
/// [`BadFilter`].
pub fn filter(config: &Config) -> Result<EnvFilter, BadFilter> {
    EnvFilter::try_new(&config.log).map_err(|error| BadFilter(error.to_string()))
}

/// Begins logging. Once a process; later calls change nothing.
///
/// # Errors
/// [`BadFilter`].
pub fn begin(config: &Config) -> Result<(), BadFilter> {
    let filter = filter(config)?;
    let registry = tracing_subscriber::registry().with(filter);
    let to = std::io::stderr;
    let begun = match config.log_format {
        LogFormat::Json => {
            let json = fmt::layer().json().flatten_event(true).with_current_span(true);
            registry.with(json.with_span_list(false).with_writer(to)).try_init()
        }
        LogFormat::Text => registry.with(fmt::layer().with_writer(to)).try_init(),
    };
    // Somebody embedding us may log already.
    drop(begun);
    Ok(())
}

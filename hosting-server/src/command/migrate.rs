//! `migrate`: brings the schema up to date.

use crate::{cli::Failed, config::Config, store::open_store};

/// Applies what is pending and answers how many steps that were.
///
/// # Errors
/// A database that cannot be opened or brought up to date.
pub async fn run(config: &Config) -> Result<u64, Failed> {
    // The embedded database's folder may not be there yet.
    std::fs::create_dir_all(&config.data_dir)?;
    let opened = open_store(config).await?;
    Ok(opened.schema.migrate().await?)
}

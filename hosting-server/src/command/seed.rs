//! `seed`: fills a new shop with sample products, a server, a coupon, an administrator, customers.

use hosting_core::kernel::{Email, Secret};

use crate::{
    assemble::{assemble, ready},
    cli::Failed,
    config::Config,
    seed::{self, Seed},
};

/// What the seed is to be told.
#[derive(Debug)]
pub struct Options {
    /// Base address of the panel.
    pub panel_url: String,
    /// Its user.
    pub panel_user: String,
    /// Its token.
    pub panel_token: Secret,
    /// The administrator's log-in.
    pub admin: Email,
    /// The password of the administrator and of the sample customer.
    pub password: Secret,
}

/// Seeds the configured database. `false` when it has products already.
///
/// # Errors
/// A database that cannot be opened; a password that does not fit.
pub async fn run(config: Config, options: Options) -> Result<bool, Failed> {
    let app = assemble(config).await?;
    ready(&app).await?;
    let hashed = app.passwords().hash(&options.password, &*app.ports().entropy).await;
    let hashed =
        hashed.map_err(|error| Failed::Said(format!("the password does not fit: {error}")))?;
    let customer_email = "rani@customer.example.com".parse();
    let seed = Seed {
        panel_url: options.panel_url,
        panel_user: options.panel_user,
        panel_token: options.panel_token,
        admin_email: options.admin,
        admin_password: hashed.clone(),
        customer_email: customer_email.map_err(|error| Failed::Said(format!("{error}")))?,
        customer_password: hashed,
    };
    Ok(seed::plant(app.ports(), &seed).await?)
}

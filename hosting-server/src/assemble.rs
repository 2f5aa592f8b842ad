//! Putting the shop together from its configuration.

use std::sync::Arc;

use hosting_adapters::{
    mail::{FileMailer, SmtpMailer, SmtpUrl, SmtpUrlError},
    registry::{self, Registry, env_name},
    sealing::{KeyRing, KeyRingError},
};
use hosting_core::{
    port::{Clock, Entropy, Mailer, PaymentGateway, ProvisioningAdapter, StoreError},
    service::{Directory, Ports},
};
use hosting_sqlx::ConnectError;

use crate::{
    auth::password::{HashError, Passwords},
    clock::{ShiftedClock, SystemClock},
    config::{Config, ConfigError},
    entropy::SystemEntropy,
    state::{AppState, Parts},
    store::{Opened, open_store},
    view::letters::ShopLetters,
};

/// Why the shop does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The key ring.
    #[error("SECRET_KEYS is wrong: {0}")]
    Keys(#[from] KeyRingError),
    /// The mail relay's address.
    #[error("SMTP_URL is wrong: {0}")]
    Smtp(#[from] SmtpUrlError),
    /// The database cannot be opened.
    #[error("the database cannot be opened")]
    Connect(#[from] ConnectError),
    /// The database does not do what it is asked.
    #[error("the database failed")]
    Store(#[from] StoreError),
    /// Passwords cannot be hashed on this machine.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The schema is behind.
    #[error("{0} schema steps are pending; run `hosting-server migrate` first")]
    Pending(u64),
}

/// The gateways that configuration turns on: those of whose settings at least one is given.
///
/// # Errors
/// A setting that does not fit; a `PAYMENT_DEFAULT` that is not on; a test clock beside real money.
pub fn gateways(
    config: &Config,
    registry: &Registry,
) -> Result<Directory<dyn PaymentGateway>, ConfigError> {
    let mut on = Directory::new();
    for factory in registry.gateways() {
        let id = factory.descriptor.id;
        let mut settings = factory.descriptor.settings.iter();
        if settings.any(|it| config.sources.get(&env_name(id, it.key)).is_some()) {
            let gateway = factory.build_from_env(config.sources.pairs())?;
            if config.test_clock && gateway.is_production() {
                return Err(ConfigError::Together(format!(
                    "TEST_CLOCK is on and {id} takes real money; turn one of them off"
                )));
            }
            on.insert(id, gateway);
        }
    }
    if let Some(wanted) = &config.payment_default
        && on.get(wanted).is_none()
    {
        registry.gateway(wanted)?;
        return Err(ConfigError::Together(format!(
            "PAYMENT_DEFAULT is {wanted}, but none of its settings is given"
        )));
    }
    Ok(on)
}

fn panels(
    config: &Config,
    registry: &Registry,
) -> Result<Directory<dyn ProvisioningAdapter>, registry::ConfigError> {
    let mut on = Directory::new();
    for factory in registry.panels() {
        on.insert(factory.descriptor.id, factory.build_from_env(config.sources.pairs())?);
    }
    Ok(on)
}

fn mailer(config: &Config, clock: &Arc<dyn Clock>) -> Result<Arc<dyn Mailer>, StartError> {
    let (sender, clock) = (config.mail_from.clone(), Arc::clone(clock));
    Ok(match &config.smtp_url {
        Some(url) => Arc::new(SmtpMailer::new(SmtpUrl::parse(url.expose())?, sender, clock)?),
        None => Arc::new(FileMailer::new(config.data_dir.join("mail"), sender, clock)),
    })
}

/// Opens everything the shop needs. The schema is not touched and not looked at.
///
/// # Errors
/// A [`StartError`].
pub async fn assemble(config: Config) -> Result<AppState, StartError> {
    let test_clock = config.test_clock.then(ShiftedClock::new);
    assemble_with(config, test_clock).await
}

/// Opens everything the shop needs on a clock that somebody else moves, too.
///
/// # Errors
/// A [`StartError`].
pub async fn assemble_with(
    config: Config,
    test_clock: Option<Arc<ShiftedClock>>,
) -> Result<AppState, StartError> {
    let registry = Registry::with_builtins();
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let ring = KeyRing::parse(&config.key_ring(&*entropy)?)?;
    let gateways = gateways(&config, &registry)?;
    let panels = panels(&config, &registry).map_err(ConfigError::from)?;
    let clock: Arc<dyn Clock> = match &test_clock {
        Some(shifted) => Arc::clone(shifted) as Arc<dyn Clock>,
        None => Arc::new(SystemClock),
    };
    let mailer = mailer(&config, &clock)?;
    let passwords = Passwords::new(&*entropy)?;
    let Opened { store, schema } = open_store(&config).await?;
    let letters = Arc::new(ShopLetters::new(&config.public_url));
    let secrets = Arc::new(ring);
    let ports = Ports { store, clock, entropy, secrets, gateways, panels, mailer, letters };
    Ok(AppState::new(Parts { ports, config, passwords, test_clock, schema }))
}

/// Waits for nothing: a shop whose schema is behind does not start, and says what to do.
///
/// # Errors
/// [`StartError::Pending`], or a database that cannot be asked.
pub async fn ready(app: &AppState) -> Result<(), StartError> {
    match app.schema().pending().await? {
        0 => {}
        pending => return Err(StartError::Pending(pending)),
    }
    if let Some(clock) = app.test_clock() {
        clock.refresh(&*app.ports().store).await?;
    }
    Ok(())
}

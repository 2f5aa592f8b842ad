//! Putting the shop together from its configuration.

use std::sync::Arc;

use hosting_adapters::{
    mail::{FileMailer, SmtpMailer, SmtpUrl, SmtpUrlError},
    registry::{GatewayFactory, PanelFactory, env_name},
    sealing::{KeyRing, KeyRingError},
};
use hosting_core::{
    port::{Clock, Entropy, Mailer, PaymentGateway, ProvisioningAdapter, StoreError},
    service::{Directory, Ports},
};
use hosting_sqlx::{ConnectError, SqlStore};

use crate::{
    auth::password::{HashError, Passwords},
    clock::{ShiftedClock, SystemClock, stored_ahead},
    config::{Config, ConfigError},
    entropy::SystemEntropy,
    reality::{Real, first_real},
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
    /// The test clock is off and was ahead: time would jump back, and what was done in that future
    /// would be done again. Its days are given.
    #[error(
        "this database's test clock is {0} days ahead of the machine's, and TEST_CLOCK is off: time \
         would jump back, and bills, due dates and log-ins would come from the future; turn \
         TEST_CLOCK on, or begin with an empty database"
    )]
    ClockAhead(i64),
    /// The test clock is on, and something real would live by it.
    #[error("TEST_CLOCK is on and {0}; turn TEST_CLOCK off, or take it out of this shop")]
    TestClock(Real),
}

/// The gateways that configuration turns on: those of whose settings at least one is given.
///
/// # Errors
/// A setting that does not fit; a `PAYMENT_DEFAULT` that is not on; a test clock beside real money.
pub fn gateways(config: &Config) -> Result<Directory<dyn PaymentGateway>, ConfigError> {
    let registry = config.sources.registry();
    let mut on = Directory::new();
    for factory in registry.gateways() {
        let GatewayFactory { descriptor, .. } = *factory;
        let id = descriptor.id;
        let given: Vec<_> = config.sources.of(id, descriptor.settings).collect();
        if given.is_empty() {
            continue;
        }
        let gateway = factory.build_from_env(given)?;
        if config.test_clock && gateway.is_production() {
            let mut way_out = "turn one of them off".to_owned();
            if descriptor.settings.iter().any(|it| it.key == "is_production") {
                let env = env_name(id, "is_production");
                way_out = format!("turn one of them off, or set {env} to false where it is a test");
            }
            return Err(ConfigError::Together(format!(
                "TEST_CLOCK is on and {id} takes real money; {way_out}"
            )));
        }
        on.insert(id, gateway);
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

/// The panels whose servers the shop can have: all that are registered, but for those that need an
/// option and are given none.
///
/// # Errors
/// An option that does not fit, or is missing beside others.
pub fn panels(config: &Config) -> Result<Directory<dyn ProvisioningAdapter>, ConfigError> {
    let mut on = Directory::new();
    for factory in config.sources.registry().panels() {
        let PanelFactory { descriptor, options, .. } = *factory;
        let given: Vec<_> = config.sources.of(descriptor.id, options).collect();
        if given.is_empty() && options.iter().any(|it| it.required) {
            continue;
        }
        on.insert(descriptor.id, factory.build_from_env(given)?);
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

/// Makes everything that is made from configuration alone, and throws it away: what this refuses
/// keeps the shop from starting. Nothing is opened, nothing is written and nobody is called.
///
/// # Errors
/// A [`StartError`].
pub fn rehearse(config: &Config) -> Result<(), StartError> {
    if let Some(ring) = config.kept_key_ring()? {
        KeyRing::parse(&ring)?;
    }
    gateways(config)?;
    panels(config)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    mailer(config, &clock)?;
    SqlStore::check_address(config.database_url.expose())?;
    Ok(())
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
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let ring = KeyRing::parse(&config.key_ring(&*entropy)?)?;
    let gateways = gateways(&config)?;
    let panels = panels(&config)?;
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

/// Waits for nothing: a shop that may not work as it stands does not start, and says what to do.
///
/// # Errors
/// [`StartError::Pending`] when the schema is behind, [`StartError::ClockAhead`] when the database has
/// lived in the future, [`StartError::TestClock`] when something real is on a test clock, or a
/// database that cannot be asked.
pub async fn ready(app: &AppState) -> Result<(), StartError> {
    match app.schema().pending().await? {
        0 => {}
        pending => return Err(StartError::Pending(pending)),
    }
    let store = &*app.ports().store;
    let Some(clock) = app.test_clock() else {
        let ahead = stored_ahead(store).await?;
        return if ahead.is_zero() {
            Ok(())
        } else {
            Err(StartError::ClockAhead(ahead.num_days()))
        };
    };
    clock.refresh(store).await?;
    first_real(app).await?.map_or(Ok(()), |it| Err(StartError::TestClock(it)))
}

//! The command line.
//!
//! [`main`] is the program with the adapters that come with it. A program of one's own is
//! [`main_with`] and a registry with one's own adapters in it:
//!
//! ```no_run
//! use hosting_adapters::registry::Registry;
//!
//! fn main() -> std::process::ExitCode {
//!     let registry = Registry::with_builtins();
//!     // registry.register_gateway(my_gateway::FACTORY) and registry.register_panel(…)
//!     hosting_server::cli::main_with(&registry)
//! }
//! ```

use std::{
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use hosting_adapters::{registry::Registry, sandbox::Ports};
use hosting_core::{kernel::Email, model::InvoiceId, port::StoreError, service::rotation::Aim};
use hosting_sqlx::ConnectError;

use crate::{
    assemble::StartError,
    command::{
        admin, check_config, demo, explain, migrate, rotate_keys, sandbox, seed, serve, story, work,
    },
    config::{Config, ConfigError},
    logging,
};

/// A hosting company's shop, back office and billing in one program.
#[derive(Debug, Parser)]
#[command(name = "hosting-server", version)]
struct Cli {
    /// The configuration file (TOML). The environment wins over it.
    #[arg(long, global = true, env = "HOSTING_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve web pages and the API, and work on tasks.
    Serve {
        /// Bring the schema up to date first.
        #[arg(long)]
        migrate: bool,
    },
    /// Work on tasks only.
    Work,
    /// Bring the database's schema up to date.
    Migrate,
    /// Check the configuration and show it, with secrets hidden.
    CheckConfig,
    /// Seal again, under the first key of `SECRET_KEYS`, what is sealed under another, and say which keys
    /// are still in use. It may be stopped, and run again, at any time.
    RotateKeys {
        /// Only say which keys are in use; nothing is written.
        #[arg(long)]
        check: bool,
    },
    /// Say how an invoice came about, line by line, and fail if its figures do not follow from each other.
    Explain {
        /// Which one, e.g. `inv_01JQ8ZK4W9T5M3N7R2V6X0Y1AB`.
        invoice: InvoiceId,
    },
    /// Administrators.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Fill a new shop with sample products, a server, a coupon, an administrator and customers.
    Seed {
        /// Base address of the sample server's panel.
        #[arg(long, default_value = "http://127.0.0.1:2087")]
        panel_url: String,
        /// The panel user that owns the accounts.
        #[arg(long, default_value = "root")]
        panel_user: String,
        /// The administrator's log-in.
        #[arg(long, default_value = "admin@shop.example.com")]
        admin: Email,
        /// Read two lines from standard input: the password of the administrator and the sample
        /// customer, and the panel's API token.
        #[arg(long, required = true)]
        secrets_stdin: bool,
    },
    /// Run the shop and the whole outside world on this machine, with a clock that can be moved.
    Demo {
        /// Play a customer's whole life instead, print each step, and exit.
        #[arg(long)]
        story: bool,
        /// First of the outside world's four ports: console, Midtrans, WHM, SMTP. 0 takes free ones,
        /// as the story does by itself.
        #[arg(long, value_name = "PORT")]
        sandbox_port: Option<u16>,
    },
    /// Run the outside world alone: gateway, panel, mail server and a console to steer them.
    Sandbox {
        /// Where the gateway sends its notifications.
        #[arg(long)]
        notify: Option<String>,
        /// First of its four ports: console, Midtrans, WHM, SMTP. 0 takes free ones.
        #[arg(long, value_name = "PORT", default_value_t = SANDBOX)]
        sandbox_port: u16,
    },
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Make an administrator.
    Create {
        /// Log-in name.
        #[arg(long)]
        email: Email,
        /// Full name.
        #[arg(long, default_value = "Administrator")]
        name: String,
        /// Read the password from the first line of standard input. It is the only way: a password
        /// in an argument is in the process list.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The shop did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The machine said no.
    #[error("the machine refused")]
    Io(#[from] std::io::Error),
    /// The log filter.
    #[error(transparent)]
    Log(#[from] logging::BadFilter),
    /// In words.
    #[error("{0}")]
    Said(String),
}

impl From<ConfigError> for Failed {
    fn from(error: ConfigError) -> Self {
        Self::Start(error.into())
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Start(error.into())
    }
}

impl From<ConnectError> for Failed {
    fn from(error: ConnectError) -> Self {
        Self::Start(error.into())
    }
}

/// Runs the program with the adapters that come with it; see [`main_with`].
pub fn main() -> ExitCode {
    main_with(&Registry::with_builtins())
}

/// Runs the program with the adapters of `registry`: reads the arguments, does what they say, and
/// tells in words what went wrong. The configuration understands the settings of these adapters, in
/// the file and in the environment.
pub fn main_with(registry: &Registry) -> ExitCode {
    let cli = Cli::parse();
    // Another provider in the same process is fine; none at all would fail at the first call out.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.map_err(Failed::from).and_then(|it| it.block_on(run(cli, registry)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = format!("error: {error}");
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                text = format!("{text}\n  because: {cause}");
                source = cause.source();
            }
            let _ = writeln!(std::io::stderr(), "{text}");
            ExitCode::FAILURE
        }
    }
}

/// First of the ports on which the sandbox servers listen unless they are told otherwise.
const SANDBOX: u16 = 8090;

/// Four ports in a row, or free ones.
fn sandbox_ports(first: u16) -> Result<Ports, Failed> {
    let port = |add: u16| match first {
        0 => Ok(0),
        _ => first.checked_add(add).ok_or_else(|| {
            Failed::Said(format!("from port {first} there are no four ports in a row"))
        }),
    };
    Ok(Ports { console: first, midtrans: port(1)?, whm: port(2)?, smtp: port(3)? })
}

async fn run(cli: Cli, registry: &Registry) -> Result<(), Failed> {
    let file = cli.config.as_deref();
    match cli.command {
        Command::Demo { story, sandbox_port } => {
            let options = demo_options(registry, file)?;
            return demo(options, story, sandbox_port).await;
        }
        Command::Sandbox { notify, sandbox_port } => {
            return sandbox::run(sandbox_ports(sandbox_port)?, notify).await;
        }
        _ => {}
    }
    let config = Config::read(registry, file)?;
    match cli.command {
        Command::Serve { migrate } => {
            logging::begin(&config)?;
            let schema =
                if migrate { serve::Schema::BringUpToDate } else { serve::Schema::MustBeCurrent };
            serve::run(config, schema).await
        }
        Command::Work => {
            logging::begin(&config)?;
            work::run(config).await
        }
        Command::Migrate => {
            logging::begin(&config)?;
            let done = migrate::run(&config).await?;
            say(&format!("{done} steps applied; the schema is up to date"))
        }
        Command::CheckConfig => say(&check_config::run(&config)?.join("\n")),
        Command::RotateKeys { check } => {
            logging::begin(&config)?;
            let aim = if check { Aim::Look } else { Aim::Reseal };
            let told = rotate_keys::run(config, aim).await?;
            say(&told.lines.join("\n"))?;
            told.trouble.map_or(Ok(()), |it| Err(Failed::Said(it)))
        }
        Command::Explain { invoice } => {
            logging::begin(&config)?;
            say(&explain::run(config, invoice).await?.join("\n"))
        }
        Command::Seed { panel_url, panel_user, admin, secrets_stdin: _ } => {
            let mut input = std::io::stdin().lock();
            let password = admin::first_line(&mut input)?;
            let panel_token = admin::first_line(&mut input)?;
            let options = seed::Options { panel_url, panel_user, panel_token, admin, password };
            let planted = seed::run(config, options).await?;
            say(if planted {
                "the shop is seeded"
            } else {
                "there are products already; nothing done"
            })
        }
        // Dealt with above, before the shop's own configuration is read.
        Command::Demo { .. } | Command::Sandbox { .. } => Ok(()),
        Command::Admin(AdminCommand::Create { email, name, password_stdin: _ }) => {
            let password = admin::first_line(std::io::stdin().lock())?;
            let user = admin::run(config, &email, &name, password).await?;
            say(&format!("{} may log in as {}", user.id, user.email))
        }
    }
}

/// The demo has a world and a configuration of its own; of the environment it takes what a person
/// would change: address, folder, database and log filter. In the folder it has one of its own, for
/// the folder itself is the shop's.
fn demo_options(registry: &Registry, file: Option<&Path>) -> Result<demo::Options, Failed> {
    let config = Config::read(registry, file)?;
    let given = |key: &str| config.sources.get(key).map(|(value, _)| value.expose().to_owned());
    Ok(demo::Options {
        registry: registry.clone(),
        listen: Some(config.listen_addr),
        sandbox: sandbox_ports(SANDBOX)?,
        data_dir: config.data_dir.join("demo"),
        database_url: given("DATABASE_URL"),
        log: given("LOG").unwrap_or_else(|| "warn".to_owned()),
    })
}

async fn demo(
    mut options: demo::Options,
    story: bool,
    sandbox_port: Option<u16>,
) -> Result<(), Failed> {
    if let Some(first) = sandbox_port {
        options.sandbox = sandbox_ports(first)?;
    } else if story {
        options.sandbox = Ports::default();
    }
    if story {
        options.listen = None;
        options.data_dir.set_file_name("demo-story");
        return story::run(options).await;
    }
    demo::run(options).await
}

/// Writes to standard output; a closed pipe is an error, not a panic.
pub(crate) fn say(text: &str) -> Result<(), Failed> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}

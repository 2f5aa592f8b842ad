//! The command line.

use std::{io::Write, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use hosting_adapters::registry::Registry;
use hosting_core::{kernel::Email, port::StoreError};
use hosting_sqlx::ConnectError;

use crate::{
    assemble::StartError,
    command::{admin, check_config, migrate, serve, work},
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
    /// Administrators.
    #[command(subcommand)]
    Admin(AdminCommand),
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

/// Runs the program: reads the arguments, does what they say, and tells in words what went wrong.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // Another provider in the same process is fine; none at all would fail at the first call out.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.map_err(Failed::from).and_then(|it| it.block_on(run(cli)));
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

async fn run(cli: Cli) -> Result<(), Failed> {
    let config = Config::read(&Registry::with_builtins(), cli.config.as_deref())?;
    match cli.command {
        Command::Serve { migrate } => {
            logging::begin(&config)?;
            serve::run(config, migrate).await
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
        Command::Admin(AdminCommand::Create { email, name, password_stdin: _ }) => {
            let password = admin::first_line(std::io::stdin().lock())?;
            let user = admin::run(config, &email, &name, password).await?;
            say(&format!("{} may log in as {}", user.id, user.email))
        }
    }
}

fn say(text: &str) -> Result<(), Failed> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}

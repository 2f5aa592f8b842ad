//! What is wrong with the configuration.

use std::path::PathBuf;

/// Why the configuration was not understood. Says which key, what was wrong and what would be right;
/// never repeats the value of a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {} cannot be read", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML. The text around the fault is not repeated: it may hold a secret.
    #[error("the configuration file {} is not TOML: {detail}", path.display())]
    NotToml {
        /// Which file.
        path: PathBuf,
        /// Where and why, without the text.
        detail: String,
    },
    /// A key nobody knows.
    #[error("{}: there is no key `{key}`{}", path.display(), hint(nearest.as_deref()))]
    UnknownKey {
        /// Which file.
        path: PathBuf,
        /// As it was written.
        key: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// A key that is needed is not there.
    #[error("{key} is missing: {expected}")]
    Missing {
        /// Its name.
        key: String,
        /// What would be right.
        expected: String,
    },
    /// The value does not fit.
    #[error("{key} ({from}) is wrong: {problem}; it should be {expected}")]
    Invalid {
        /// Its name.
        key: String,
        /// Where it was set.
        from: String,
        /// What is wrong.
        problem: String,
        /// What would be right.
        expected: String,
    },
    /// Two keys that do not go together.
    #[error("{0}")]
    Together(String),
    /// A payment gateway does not take its settings.
    #[error(transparent)]
    Adapter(#[from] hosting_adapters::registry::ConfigError),
    /// The key ring could not be written.
    #[error("the key ring {} cannot be kept", path.display())]
    KeyRing {
        /// Where.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(
        || "; `hosting-server check-config` shows all keys".to_owned(),
        |it| format!("; did you mean `{it}`?"),
    )
}

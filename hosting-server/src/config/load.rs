//! Reading the file and the environment, and resolving every key.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use hosting_adapters::registry::{Registry, env_name, nearest};
use hosting_core::{kernel::Secret, port::Setting};

use super::{
    error::ConfigError,
    keys::{Key, keys},
};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// The environment.
    Environment,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment => f.write_str("environment"),
        }
    }
}

/// Everything that was set, by variable name. Values are kept as secrets: which are is not known to
/// `Debug`.
#[derive(Debug, Clone)]
pub struct Sources {
    registry: Registry,
    values: BTreeMap<String, (Secret, Origin)>,
    known: Vec<Key>,
    mistyped: Vec<(String, String)>,
}

impl Sources {
    /// Reads the file, if there is one, and lays the environment over it. Variables that are empty
    /// count as absent; variables that are not ours are left alone.
    ///
    /// # Errors
    /// A [`ConfigError`]: the file cannot be read, or has a key nobody knows; two adapters of
    /// `registry` share a key.
    pub fn read(
        registry: &Registry,
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let known = keys(registry);
        let mut names = BTreeSet::new();
        if let Some(twice) = known.iter().find(|it| !names.insert(it.env.as_str())) {
            return Err(ConfigError::Together(format!(
                "two settings are called {}; an adapter needs another name",
                twice.env
            )));
        }
        let mut values = BTreeMap::new();
        if let Some(path) = file {
            for (key, value) in flatten(path)? {
                let env = key.to_ascii_uppercase();
                if !known.iter().any(|it| it.env == env) {
                    let meant = nearest(&env, known.iter().map(|it| it.env.as_str()));
                    let nearest = meant.map(str::to_ascii_lowercase);
                    return Err(ConfigError::UnknownKey { path: path.to_owned(), key, nearest });
                }
                values.insert(env, (Secret::new(value), Origin::File(path.to_owned())));
            }
        }
        let mut mistyped = Vec::new();
        for (env, value) in environment {
            if value.trim().is_empty() {
                continue;
            }
            if known.iter().any(|it| it.env == env) {
                values.insert(env, (Secret::new(value.trim()), Origin::Environment));
            } else if let Some(meant) = nearest(&env, known.iter().map(|it| it.env.as_str())) {
                mistyped.push((env.clone(), meant.to_owned()));
            }
        }
        mistyped.sort();
        Ok(Self { registry: registry.clone(), values, known, mistyped })
    }

    /// The adapters whose keys are understood; the shop is built from the same.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Variables that are not ours and nearly look like one that is, with the one they look like. A
    /// variable may belong to somebody else, so it is no error; but a key with a slip in it would be
    /// ignored without a word.
    pub fn mistyped(&self) -> &[(String, String)] {
        &self.mistyped
    }

    /// Every key there is.
    pub fn known(&self) -> &[Key] {
        &self.known
    }

    /// The value of `env` and where it was set.
    pub fn get(&self, env: &str) -> Option<(&Secret, &Origin)> {
        self.values.get(env).map(|(value, origin)| (value, origin))
    }

    /// What was set of the settings that the adapter `id` declares. Nobody else's: an adapter may
    /// be called as a key of ours begins.
    pub fn of<'a>(
        &'a self,
        id: &'a str,
        declared: &'a [Setting],
    ) -> impl Iterator<Item = (String, &'a str)> {
        declared.iter().filter_map(move |it| {
            let env = env_name(id, it.key);
            let (value, _) = self.get(&env)?;
            Some((env, value.expose()))
        })
    }

    /// The value of `env` as a `T`.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with `expected`.
    pub fn parsed<T: FromStr>(&self, env: &str, expected: &str) -> Result<Option<T>, ConfigError>
    where
        T::Err: fmt::Display,
    {
        let Some((value, _)) = self.get(env) else { return Ok(None) };
        value.expose().parse().map(Some).map_err(|error: T::Err| {
            let secret = self.known.iter().any(|it| it.env == env && it.secret);
            let problem =
                if secret { "it is not understood".to_owned() } else { error.to_string() };
            self.invalid(env, problem, expected)
        })
    }

    /// A number in a range.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] outside `least..=most`.
    pub fn number(
        &self,
        env: &str,
        default: u64,
        least: u64,
        most: u64,
    ) -> Result<u64, ConfigError> {
        let expected = format!("a whole number from {least} to {most}");
        match self.parsed::<u64>(env, &expected)? {
            Some(number) if (least..=most).contains(&number) => Ok(number),
            Some(number) => Err(self.invalid(env, format!("{number} is out of range"), &expected)),
            None => Ok(default),
        }
    }

    /// `on` or `off`.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] for anything else.
    pub fn switch(&self, env: &str) -> Result<bool, ConfigError> {
        match self.get(env).map(|(value, _)| value.expose().to_ascii_lowercase()).as_deref() {
            None | Some("off" | "false" | "0" | "no") => Ok(false),
            Some("on" | "true" | "1" | "yes") => Ok(true),
            Some(other) => Err(self.invalid(env, format!("`{other}` is neither"), "on or off")),
        }
    }

    /// Says that the value of `env` does not fit.
    pub fn invalid(&self, env: &str, problem: impl Into<String>, expected: &str) -> ConfigError {
        let from = self.get(env).map_or(Origin::Default, |(_, origin)| origin.clone());
        ConfigError::Invalid {
            key: env.to_owned(),
            from: from.to_string(),
            problem: problem.into(),
            expected: expected.to_owned(),
        }
    }
}

/// The file's keys with tables joined by `_`: `[midtrans] server_key` is `midtrans_server_key`.
fn flatten(path: &Path) -> Result<Vec<(String, String)>, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::File { path: path.to_owned(), source })?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map(|it| text[..it.start].lines().count().max(1));
        let place = line.map_or_else(String::new, |it| format!("line {it}: "));
        ConfigError::NotToml {
            path: path.to_owned(),
            detail: format!("{place}{}", error.message()),
        }
    })?;
    let mut out = Vec::new();
    let mut open = vec![(String::new(), table)];
    while let Some((prefix, table)) = open.pop() {
        for (key, value) in table {
            let name = if prefix.is_empty() { key } else { format!("{prefix}_{key}") };
            match value {
                toml::Value::Table(inner) => open.push((name, inner)),
                toml::Value::String(text) => out.push((name, text)),
                toml::Value::Integer(number) => out.push((name, number.to_string())),
                toml::Value::Boolean(flag) => out.push((name, flag.to_string())),
                toml::Value::Array(items) => {
                    let texts: Option<Vec<_>> = items.iter().map(toml::Value::as_str).collect();
                    let Some(texts) = texts else { return Err(not_plain(path, &name)) };
                    out.push((name, texts.join(",")));
                }
                toml::Value::Float(_) | toml::Value::Datetime(_) => {
                    return Err(not_plain(path, &name));
                }
            }
        }
    }
    Ok(out)
}

fn not_plain(path: &Path, key: &str) -> ConfigError {
    ConfigError::Invalid {
        key: key.to_owned(),
        from: path.display().to_string(),
        problem: "it has a type no key takes".to_owned(),
        expected: "a text, a whole number, true, false, or a list of texts".to_owned(),
    }
}

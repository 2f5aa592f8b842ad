//! One adapter's settings, checked.

use std::{collections::BTreeMap, fmt};

use hosting_core::{
    kernel::Secret,
    port::{Setting, SettingKind},
};

use super::error::ConfigError;

/// The environment variable of an adapter's setting: `<ID>_<SETTING>` in capitals.
///
/// ```
/// use hosting_adapters::registry::env_name;
///
/// assert_eq!(env_name("midtrans", "server_key"), "MIDTRANS_SERVER_KEY");
/// ```
pub fn env_name(id: &str, key: &str) -> String {
    format!("{id}_{key}").to_ascii_uppercase().replace('-', "_")
}

/// Where settings were read, which says how people call them.
#[derive(Debug, Clone, Copy)]
enum Source {
    Environment,
    Table,
}

/// The values of one adapter's settings: all known, the required ones there, each of its kind.
///
/// Every value is kept as a [`Secret`], so `Debug` shows names only. An empty value is an absent one.
#[derive(Clone)]
pub struct Settings {
    id: &'static str,
    declared: &'static [Setting],
    source: Source,
    values: BTreeMap<&'static str, Secret>,
}

impl Settings {
    /// Settings from a configuration file or a form: pairs of key and value.
    ///
    /// # Errors
    /// A [`ConfigError`] naming the setting as `id.key`.
    pub fn from_pairs<K: AsRef<str>, V: AsRef<str>>(
        id: &'static str,
        declared: &'static [Setting],
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, ConfigError> {
        let mut settings = Self::none(id, declared, Source::Table);
        for (key, value) in pairs {
            settings.put(key.as_ref(), value.as_ref())?;
        }
        settings.complete()
    }

    /// Settings from environment variables. Variables that do not begin with `<ID>_` are not ours and
    /// left alone; one that does, and is not known, is an error.
    ///
    /// # Errors
    /// A [`ConfigError`] naming the variable.
    pub fn from_env<K: AsRef<str>, V: AsRef<str>>(
        id: &'static str,
        declared: &'static [Setting],
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, ConfigError> {
        let prefix = env_name(id, "");
        let mut settings = Self::none(id, declared, Source::Environment);
        for (name, value) in variables {
            if let Some(rest) = name.as_ref().strip_prefix(&prefix) {
                settings.put(&rest.to_ascii_lowercase(), value.as_ref())?;
            }
        }
        settings.complete()
    }

    fn none(id: &'static str, declared: &'static [Setting], source: Source) -> Self {
        Self { id, declared, source, values: BTreeMap::new() }
    }

    fn put(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        let Some(setting) = self.declared.iter().find(|it| it.key == key) else {
            let known = self.declared.iter().map(|it| self.name(it.key));
            return Err(ConfigError::unknown_setting(&self.name(key), known));
        };
        if self.values.contains_key(setting.key) {
            return Err(ConfigError::SetTwice { name: self.name(key) });
        }
        let value = value.trim();
        if value.is_empty() {
            return Ok(());
        }
        if let Some(expected) = expected_instead(setting.kind, value) {
            return Err(ConfigError::Kind { name: self.name(key), expected });
        }
        self.values.insert(setting.key, Secret::new(value));
        Ok(())
    }

    fn complete(self) -> Result<Self, ConfigError> {
        let missing =
            self.declared.iter().find(|it| it.required && !self.values.contains_key(it.key));
        match missing {
            Some(setting) => {
                Err(ConfigError::Missing { name: self.name(setting.key), label: setting.label })
            }
            None => Ok(self),
        }
    }

    /// The adapter they are for.
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// The setting's name as its operator writes it.
    pub fn name(&self, key: &str) -> String {
        match self.source {
            Source::Environment => env_name(self.id, key),
            Source::Table => format!("{}.{key}", self.id),
        }
    }

    /// The text of a setting, if it is set.
    ///
    /// # Errors
    /// [`ConfigError::Undeclared`].
    pub fn text(&self, key: &str) -> Result<Option<&str>, ConfigError> {
        self.value(key).map(|it| it.map(Secret::expose))
    }

    /// The text of a setting that must be set.
    ///
    /// # Errors
    /// [`ConfigError::Undeclared`] or [`ConfigError::Missing`].
    pub fn required_text(&self, key: &str) -> Result<&str, ConfigError> {
        self.required(key).map(Secret::expose)
    }

    /// A secret that must be set.
    ///
    /// # Errors
    /// [`ConfigError::Undeclared`] or [`ConfigError::Missing`].
    pub fn secret(&self, key: &str) -> Result<Secret, ConfigError> {
        self.required(key).cloned()
    }

    /// `true` or `false`, if it is set.
    ///
    /// # Errors
    /// [`ConfigError::Undeclared`] or [`ConfigError::Kind`].
    pub fn flag(&self, key: &str) -> Result<Option<bool>, ConfigError> {
        let wrong = || ConfigError::Kind { name: self.name(key), expected: FLAG };
        self.text(key)?.map(|it| flag(it).ok_or_else(wrong)).transpose()
    }

    /// A whole number, if it is set.
    ///
    /// # Errors
    /// [`ConfigError::Undeclared`] or [`ConfigError::Kind`].
    pub fn number(&self, key: &str) -> Result<Option<i64>, ConfigError> {
        let wrong = |_| ConfigError::Kind { name: self.name(key), expected: NUMBER };
        self.text(key)?.map(|it| it.parse().map_err(wrong)).transpose()
    }

    /// The lines of a setting, without empty ones.
    ///
    /// # Errors
    /// [`ConfigError::Undeclared`].
    pub fn lines(&self, key: &str) -> Result<Vec<&str>, ConfigError> {
        let text = self.text(key)?.unwrap_or_default();
        Ok(text.lines().map(str::trim).filter(|it| !it.is_empty()).collect())
    }

    fn value(&self, key: &str) -> Result<Option<&Secret>, ConfigError> {
        if self.declared.iter().any(|it| it.key == key) {
            Ok(self.values.get(key))
        } else {
            Err(ConfigError::Undeclared { id: self.id, key: key.to_owned() })
        }
    }

    fn required(&self, key: &str) -> Result<&Secret, ConfigError> {
        let label = self.declared.iter().find(|it| it.key == key).map_or("", |it| it.label);
        self.value(key)?.ok_or_else(|| ConfigError::Missing { name: self.name(key), label })
    }
}

const FLAG: &str = "true or false";
const NUMBER: &str = "a whole number";

/// What a value of this kind should have been, if it is not.
fn expected_instead(kind: SettingKind, value: &str) -> Option<&'static str> {
    let (right, expected) = match kind {
        SettingKind::Text | SettingKind::Secret => (!value.contains(['\n', '\r']), "a single line"),
        SettingKind::Url => (is_url(value), "an address that begins with http:// or https://"),
        SettingKind::Flag => (flag(value).is_some(), FLAG),
        SettingKind::Number => (value.parse::<i64>().is_ok(), NUMBER),
        SettingKind::Lines => (true, ""),
    };
    (!right).then_some(expected)
}

fn is_url(value: &str) -> bool {
    let host = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
    host.is_some_and(|it| {
        !it.is_empty() && !it.starts_with('/') && !it.contains(char::is_whitespace)
    })
}

fn flag(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set: Vec<_> = self.values.keys().collect();
        f.debug_struct("Settings").field("id", &self.id).field("set", &set).finish_non_exhaustive()
    }
}

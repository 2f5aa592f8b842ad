//! What is wrong with configuration, and what would be right.

use super::nearest::nearest;

/// Why configuration was not understood. No variant repeats a value: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A setting nobody asked for; silently ignored, it would be a typing error found too late.
    #[error("there is no setting {name}; {hint}")]
    UnknownSetting {
        /// As it was written.
        name: String,
        /// The nearest known name, or all of them.
        hint: String,
    },
    /// A required setting is absent or empty.
    #[error("{name} is missing: {label}")]
    Missing {
        /// As it is written where it was looked for.
        name: String,
        /// What people read beside the field.
        label: &'static str,
    },
    /// The value is of another kind.
    #[error("{name} must be {expected}")]
    Kind {
        /// As it is written where it was found.
        name: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A setting was written twice.
    #[error("{name} is set twice")]
    SetTwice {
        /// As it was written.
        name: String,
    },
    /// An adapter asks for a setting that its descriptor does not declare: a fault of the adapter.
    #[error("the adapter {id} does not declare its setting {key}")]
    Undeclared {
        /// The adapter.
        id: &'static str,
        /// The setting.
        key: String,
    },
    /// The adapter refused the settings together.
    #[error("{id}: {reason}")]
    Refused {
        /// The adapter.
        id: &'static str,
        /// Its reason; adapters never put secrets in it.
        reason: String,
    },
    /// No adapter of that name.
    #[error("there is no {what} called `{id}`; {hint}")]
    UnknownAdapter {
        /// `payment gateway` or `panel`.
        what: &'static str,
        /// As it was written, shortened.
        id: String,
        /// The nearest known name, or all of them.
        hint: String,
    },
    /// Two adapters of one name.
    #[error("there are two {what}s called `{id}`")]
    Twice {
        /// `payment gateway` or `panel`.
        what: &'static str,
        /// The name.
        id: &'static str,
    },
}

impl ConfigError {
    /// The adapter `id` refuses its settings for `reason`.
    pub fn refused(id: &'static str, reason: &dyn std::fmt::Display) -> Self {
        Self::Refused { id, reason: reason.to_string() }
    }

    pub(super) fn unknown_setting(name: &str, known: impl Iterator<Item = String>) -> Self {
        Self::UnknownSetting { name: short(name), hint: hint(name, known) }
    }

    pub(super) fn unknown_adapter<'a>(
        what: &'static str,
        id: &str,
        known: impl Iterator<Item = &'a &'static str>,
    ) -> Self {
        Self::UnknownAdapter {
            what,
            id: short(id),
            hint: hint(id, known.map(|it| (*it).to_owned())),
        }
    }
}

fn hint(name: &str, known: impl Iterator<Item = String>) -> String {
    let known: Vec<String> = known.collect();
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}?"),
        None if known.is_empty() => "none are known".to_owned(),
        None => format!("known are {}", known.join(", ")),
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

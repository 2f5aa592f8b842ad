//! Checking what staff typed, all of it, before refusing.

use std::fmt;

use crate::kernel::{IllegalTransition, Versioned};

/// A field that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The field's name in the command, with dots between levels.
    pub field: String,
    /// What would be right, to be read after "should be".
    pub expected: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` should be {}", self.field, self.expected)
    }
}

/// Why the configuration was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigurationRefusal {
    /// Fields that do not fit; at least one.
    #[error("{}", listed(.0))]
    Fields(Vec<Misfit>),
    /// Somebody saved meanwhile; holds the version it is at now.
    #[error("somebody else changed this meanwhile; it is at version {0} now")]
    Stale(i64),
    /// Lists of this kind are shown whole, so they have an end.
    #[error("there are {0} already, and no more fit")]
    TooMany(usize),
    /// It is in that state already, or cannot get there from here.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
}

fn listed(misfits: &[Misfit]) -> String {
    misfits.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// What a patch says about something that may be absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Edit<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is taken away.
    Remove,
    /// It becomes this.
    Set(T),
}

impl<T: Clone> Edit<T> {
    pub(crate) fn apply(&self, to: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Remove => *to = None,
            Self::Set(value) => *to = Some(value.clone()),
        }
    }
}

/// Collects what does not fit.
#[derive(Debug, Default)]
pub(crate) struct Check(Vec<Misfit>);

impl Check {
    /// Notes that `field` should be `expected`, unless `fits`.
    pub(crate) fn demand(&mut self, field: &str, fits: bool, expected: &str) {
        if !fits {
            self.0.push(Misfit { field: field.to_owned(), expected: expected.to_owned() });
        }
    }

    /// One line of 1 to `most` characters, without the blanks around it.
    pub(crate) fn line(&mut self, field: &str, text: &mut String, most: usize) {
        *text = text.trim().to_owned();
        let length = text.chars().count();
        let fits = (1..=most).contains(&length) && !text.chars().any(char::is_control);
        self.demand(field, fits, &format!("one line of 1 to {most} characters"));
    }

    /// One line of up to `most` characters; none at all becomes absent.
    pub(crate) fn maybe_line(&mut self, field: &str, text: &mut Option<String>, most: usize) {
        *text = text.take().filter(|it| !it.trim().is_empty());
        if let Some(text) = text {
            self.line(field, text, most);
        }
    }

    /// Plain text of several lines, up to `most` characters; may be empty.
    pub(crate) fn text(&mut self, field: &str, text: &mut String, most: usize) {
        *text = text.trim().to_owned();
        let plain = !text.chars().any(|it| it.is_control() && !matches!(it, '\n' | '\t'));
        let fits = text.chars().count() <= most && plain;
        self.demand(field, fits, &format!("plain text of {most} characters at most"));
    }

    /// A whole number from `least` to `most`.
    pub(crate) fn range(&mut self, field: &str, number: i64, least: i64, most: i64) {
        let fits = (least..=most).contains(&number);
        self.demand(field, fits, &format!("a whole number from {least} to {most}"));
    }

    /// A whole number from 1 to `most`, or none.
    pub(crate) fn maybe_range(&mut self, field: &str, number: Option<i64>, most: i64) {
        if let Some(number) = number {
            self.range(field, number, 1, most);
        }
    }

    /// The name of a group, package or user at a panel: `1..=most` printable characters, no blanks.
    pub(crate) fn word(&mut self, field: &str, text: &str, most: usize) {
        let fits = (1..=most).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic());
        self.demand(field, fits, &format!("1 to {most} characters without blanks"));
    }

    /// Ends the check.
    pub(crate) fn finish(self) -> Result<(), ConfigurationRefusal> {
        if self.0.is_empty() { Ok(()) } else { Err(ConfigurationRefusal::Fields(self.0)) }
    }
}

/// Demands that staff saw the version that is there.
pub(crate) fn at_version<T>(
    read: &Versioned<T>,
    expected: i64,
) -> Result<(), ConfigurationRefusal> {
    if read.version == expected { Ok(()) } else { Err(ConfigurationRefusal::Stale(read.version)) }
}

/// Takes over what a patch says and leaves the rest.
pub(crate) fn set<T: Clone>(to: &mut T, wish: Option<&T>) {
    if let Some(wish) = wish {
        to.clone_from(wish);
    }
}

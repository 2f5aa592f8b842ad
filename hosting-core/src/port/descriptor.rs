//! Who an adapter is, before it is configured.

/// What kind of text a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingKind {
    /// One line of plain text.
    Text,
    /// An absolute `http` or `https` address.
    Url,
    /// A secret: sealed when stored, never shown again.
    Secret,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number,
    /// Several lines, for example a PEM certificate.
    Lines,
}

/// One setting that an operator fills in; admin forms and configuration errors are made from these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The name in configuration, `snake_case`.
    pub key: &'static str,
    /// What people read beside the field.
    pub label: &'static str,
    /// What kind of text it takes.
    pub kind: SettingKind,
    /// Whether the adapter cannot work without it.
    pub required: bool,
}

/// An adapter's name and settings.
#[derive(Debug, Clone, Copy)]
pub struct Descriptor {
    /// The stable name used in configuration, in the database and in addresses ("midtrans").
    pub id: &'static str,
    /// What people read ("Midtrans").
    pub name: &'static str,
    /// What an operator fills in.
    pub settings: &'static [Setting],
}

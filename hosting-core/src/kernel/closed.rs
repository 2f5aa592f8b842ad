//! Closed lists: fieldless enums with stored names.

/// Declares a fieldless enum together with its complete list and its stored names.
///
/// The stored name is what databases keep, APIs speak and diagrams show; it is also how the enum
/// is serialised. Reading an unknown name is an error that lists the known ones.
#[macro_export]
macro_rules! closed_enum {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// Every value, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// Every stored name, in declaration order.
            pub const NAMES: &'static [&'static str] = &[$($text,)+];

            /// The name that is stored, logged and shown in diagrams.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The value with that stored name.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result { f.write_str(self.as_str()) }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::kernel::closed::UnknownName;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text).ok_or_else(|| $crate::kernel::closed::UnknownName::new(text, Self::NAMES))
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <::std::borrow::Cow<'de, str> as ::serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(::serde::de::Error::custom)
            }
        }
    };
}

/// The text is not one of a closed list's names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not one of: {}", known.join(", "))]
pub struct UnknownName {
    text: String,
    known: &'static [&'static str],
}

impl UnknownName {
    /// Says that `text` is not in `known`.
    pub fn new(text: &str, known: &'static [&'static str]) -> Self {
        Self { text: text.chars().take(64).collect(), known }
    }
}

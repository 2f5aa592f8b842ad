//! Text that was checked once, where it entered.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text is not what it should be; says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct InvalidText {
    text: String,
    expected: &'static str,
}

impl InvalidText {
    /// `text` should have been `expected` ("an e-mail address such as …").
    pub fn new(text: &str, expected: &'static str) -> Self {
        Self { text: text.chars().take(64).collect(), expected }
    }
}

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Box<str>);

        impl $name {
            /// The normalised text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidText;
            fn from_str(text: &str) -> Result<Self, InvalidText> {
                let check: fn(&str) -> Option<String> = $check;
                check(text)
                    .map(|it| Self(it.into_boxed_str()))
                    .ok_or_else(|| InvalidText::new(text, $expected))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &self.0)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

checked_text! {
    /// An e-mail address, lower case, at most 254 characters. Two spellings of one mailbox that
    /// differ in case are one address here, so that an account cannot be registered twice.
    Email, "an e-mail address such as rani@example.com", email
}
checked_text! {
    /// A phone number in E.164: `+` and 8 to 15 digits. Spaces, dots, dashes and brackets are
    /// dropped; a leading `0` is taken as Indonesian (`0812…` is `+62812…`).
    Phone, "a phone number with country code such as +62 812 3456 7890", phone
}
checked_text! {
    /// A host name that can be registered: lower-case ASCII (IDN as `xn--`), at least two labels.
    DomainName, "a domain name such as example.co.id", domain
}
checked_text! {
    /// A name for addresses of pages: lower-case letters, digits and single dashes, 1 to 64 long.
    Slug, "a short name of lower-case letters, digits and single dashes", slug
}
checked_text! {
    /// An ISO 3166-1 alpha-2 code in capitals.
    CountryCode, "a two-letter country code such as ID", country
}

/// The country code of Indonesia, the default everywhere a country is not said.
pub fn indonesia() -> CountryCode {
    CountryCode("ID".into())
}

fn email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let plain = text.len() <= 254 && text.is_ascii() && !text.contains(['"', '<', '>', ' ']);
    let options = email_address::Options::default().with_required_tld();
    (plain && email_address::EmailAddress::parse_with_options(&text, options).is_ok())
        .then_some(text)
}

fn phone(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > 32 {
        return None;
    }
    let digits: String =
        text.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')')).collect();
    let international = match digits.strip_prefix('+') {
        Some(rest) => rest.to_owned(),
        None => format!("62{}", digits.strip_prefix('0')?),
    };
    let right = (8..=15).contains(&international.len())
        && international.bytes().all(|b| b.is_ascii_digit())
        && !international.starts_with('0');
    right.then(|| format!("+{international}"))
}

fn domain(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('.');
    if text.len() > 253 {
        return None;
    }
    let ascii = idna::domain_to_ascii_strict(text).ok()?;
    let mut labels = 0_usize;
    for label in ascii.split('.') {
        let fits = (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-');
        if !fits {
            return None;
        }
        labels = labels.saturating_add(1);
    }
    let top_is_a_number = ascii.rsplit('.').next()?.bytes().all(|b| b.is_ascii_digit());
    (labels >= 2 && ascii.len() <= 253 && !top_is_a_number).then_some(ascii)
}

fn slug(text: &str) -> Option<String> {
    let right = (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--");
    right.then(|| text.to_owned())
}

fn country(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_uppercase();
    COUNTRIES.binary_search(&text.as_str()).ok().map(|_| text)
}

/// ISO 3166-1 alpha-2, sorted.
#[rustfmt::skip]
const COUNTRIES: &[&str] = &[
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ",
    "BA", "BB", "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS",
    "BT", "BV", "BW", "BY", "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN",
    "CO", "CR", "CU", "CV", "CW", "CX", "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE",
    "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK", "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF",
    "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS", "GT", "GU", "GW", "GY", "HK", "HM",
    "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR", "IS", "IT", "JE", "JM",
    "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA", "LB", "LC",
    "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK",
    "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA",
    "NC", "NE", "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG",
    "PH", "PK", "PL", "PM", "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS", "RU", "RW",
    "SA", "SB", "SC", "SD", "SE", "SG", "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS",
    "ST", "SV", "SX", "SY", "SZ", "TC", "TD", "TF", "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO",
    "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY", "UZ", "VA", "VC", "VE", "VG", "VI",
    "VN", "VU", "WF", "WS", "YE", "YT", "ZA", "ZM", "ZW",
];

//! The panel's words, decoded tolerantly: numbers may be text, flags may be `"0"`, and only names are
//! required. `metadata.output` is left out on purpose: it can hold a clear password.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// The outermost shape of an answer, in any of the API's dialects.
#[derive(Deserialize)]
pub(super) struct Envelope {
    pub(super) metadata: Option<Metadata>,
    #[serde(default)]
    pub(super) data: Value,
    /// The shape of API 2, used for refused credentials and by some servers for `version`.
    pub(super) cpanelresult: Option<Value>,
    /// The shape of API 0, which answers calls whose `api.version` got lost.
    pub(super) result: Option<Value>,
    pub(super) status: Option<Value>,
    pub(super) statusmsg: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct Metadata {
    #[serde(default, deserialize_with = "flag")]
    pub(super) result: bool,
    #[serde(default, deserialize_with = "text")]
    pub(super) reason: String,
}

impl Envelope {
    /// The failure text in the shape of API 0, if this is one.
    pub(super) fn legacy_failure(&self) -> Option<String> {
        let row = self.result.as_ref().and_then(|it| it.get(0).or(Some(it)));
        let (status, message) = match row {
            Some(row) => (row.get("status")?, row.get("statusmsg")),
            None => (self.status.as_ref()?, self.statusmsg.as_ref()),
        };
        let failed = !truth(status)?;
        failed.then(|| message.and_then(Value::as_str).unwrap_or_default().to_owned())
    }
}

/// One account of `accountsummary` or `listaccts`.
#[derive(Deserialize)]
pub(super) struct Account {
    pub(super) user: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) domain: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) plan: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) owner: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) ip: String,
    #[serde(default, deserialize_with = "flag")]
    pub(super) suspended: bool,
    #[serde(default, deserialize_with = "text")]
    pub(super) suspendreason: String,
    #[serde(default, deserialize_with = "flag")]
    pub(super) is_locked: bool,
    #[serde(default, deserialize_with = "whole")]
    pub(super) unix_startdate: Option<i64>,
    #[serde(default, deserialize_with = "mebibytes")]
    pub(super) diskused: Option<i64>,
    #[serde(default, deserialize_with = "mebibytes")]
    pub(super) disklimit: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct Accounts {
    #[serde(default, deserialize_with = "list")]
    pub(super) acct: Vec<Account>,
}

#[derive(Deserialize)]
pub(super) struct Packages {
    #[serde(default, deserialize_with = "list")]
    pub(super) pkg: Vec<PackageRow>,
}

#[derive(Deserialize)]
pub(super) struct PackageRow {
    pub(super) name: String,
    /// MiB.
    #[serde(default, rename = "QUOTA", deserialize_with = "whole")]
    pub(super) quota: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct Traffic {
    #[serde(default, deserialize_with = "list")]
    pub(super) acct: Vec<TrafficRow>,
}

#[derive(Deserialize)]
pub(super) struct TrafficRow {
    pub(super) user: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) maindomain: String,
    #[serde(default, deserialize_with = "flag")]
    pub(super) deleted: bool,
    #[serde(default, deserialize_with = "whole")]
    pub(super) totalbytes: Option<i64>,
    /// Bytes; absent, 0 or a word is unlimited.
    #[serde(default, deserialize_with = "whole")]
    pub(super) limit: Option<i64>,
}

/// A list that may be absent or null.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

/// Text that may be a number, absent or null.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(it) => it,
        Value::Number(it) => it.to_string(),
        _ => String::new(),
    })
}

/// `1`, `"1"` or `true`; anything that is not a flag is an error, so that nothing is guessed.
fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    let value = Value::deserialize(from)?;
    truth(&value).ok_or_else(|| de::Error::custom(NotAFlag))
}

pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Null => Some(false),
        Value::Bool(it) => Some(*it),
        Value::Number(it) => it.as_i64().map(|it| it != 0),
        Value::String(it) => match it.trim() {
            "" | "0" => Some(false),
            "1" => Some(true),
            _ => None,
        },
        _ => None,
    }
}

struct NotAFlag;

impl fmt::Display for NotAFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a flag that is neither 0 nor 1")
    }
}

/// A whole number, as a number or as text; words such as `unlimited` are `None`.
fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Number(it) => it.as_i64(),
        Value::String(it) => it.trim().parse().ok(),
        _ => None,
    })
}

/// A size such as `14M`, `1.5G` or `14` (MiB), in bytes; words such as `unlimited` are `None`.
fn mebibytes<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Number(it) => size_bytes(&it.to_string()),
        Value::String(it) => size_bytes(&it),
        _ => None,
    })
}

/// Bytes of `14M`, `1.5G`, `512K`, `14` (MiB). Exact down to the third decimal, the rest is dropped.
fn size_bytes(text: &str) -> Option<i64> {
    let text = text.trim();
    let end = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit: i64 =
        match unit.trim().to_ascii_uppercase().trim_end_matches("IB").trim_end_matches('B') {
            "K" => 1 << 10,
            "" | "M" => 1 << 20,
            "G" => 1 << 30,
            "T" => 1 << 40,
            _ => return None,
        };
    let (before, after) = number.split_once('.').unwrap_or((number, ""));
    let thousandths: String = after.chars().chain("000".chars()).take(3).collect();
    let parts = thousandths.parse::<i64>().ok()?.checked_mul(unit)? / 1000;
    before.parse::<i64>().ok()?.checked_mul(unit)?.checked_add(parts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Account, Envelope, size_bytes};

    #[test]
    fn sizes_are_bytes() {
        assert_eq!(size_bytes("14M"), Some(14 << 20));
        assert_eq!(size_bytes("14"), Some(14 << 20));
        assert_eq!(size_bytes("512K"), Some(512 << 10));
        assert_eq!(size_bytes("1.5 G"), Some(3 << 29));
        assert_eq!(size_bytes("2GiB"), Some(2 << 30));
        for word in ["unlimited", "*unknown*", "none", "", "-1M", "M"] {
            assert_eq!(size_bytes(word), None, "{word}");
        }
        assert_eq!(size_bytes("99999999999999999T"), None);
    }

    #[test]
    fn an_account_needs_only_its_name() {
        let account: Account = serde_json::from_value(json!({ "user": "a" })).unwrap();
        assert!(!account.suspended && account.unix_startdate.is_none());
        assert!(serde_json::from_value::<Account>(json!({ "domain": "a.test" })).is_err());
    }

    #[test]
    fn flags_are_not_guessed() {
        let locked =
            |it| serde_json::from_value::<Account>(json!({ "user": "a", "is_locked": it }));
        assert!(locked(json!("1")).unwrap().is_locked);
        assert!(!locked(json!("0")).unwrap().is_locked);
        assert!(!locked(json!(null)).unwrap().is_locked);
        assert!(locked(json!("perhaps")).is_err());
    }

    #[test]
    fn a_failure_in_the_old_shape_is_seen() {
        let old = |it| serde_json::from_value::<Envelope>(it).unwrap().legacy_failure();
        assert_eq!(
            old(json!({ "result": [{ "status": 0, "statusmsg": "no" }] })).as_deref(),
            Some("no")
        );
        assert_eq!(old(json!({ "status": "0", "statusmsg": "no" })).as_deref(), Some("no"));
        assert_eq!(old(json!({ "result": [{ "status": 1, "statusmsg": "Ok" }] })), None);
        assert_eq!(old(json!({ "acct": [] })), None);
    }
}

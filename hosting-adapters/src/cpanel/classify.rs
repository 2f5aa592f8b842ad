//! What the panel's failure texts mean (`docs/providers/whm.md`, "Failure texts").
//!
//! The panel gives no codes. Its texts change between versions in their quotes, prefixes and mark-up,
//! hardly in their core words, so those are what is matched. A text that is not in the table is a
//! plain refusal: nothing happened, and a repeat is pointless.

use std::borrow::Cow;

/// The stable codes of this adapter's failures; see [`Failure::code`](hosting_core::port::Failure::code).
pub mod code {
    /// The credentials are refused. Stop: the panel locks out addresses that keep trying.
    pub const AUTH: &str = "auth";
    /// The credentials are right and lack a right.
    pub const FORBIDDEN: &str = "forbidden";
    /// The name belongs to an account.
    pub const USERNAME_TAKEN: &str = hosting_core::port::provisioning::NAME_TAKEN;
    /// The first eight characters of the name are those of another account's. Nothing was made; an
    /// account of ours under the very name counts too, so the caller looks before it renames.
    pub const USERNAME_PREFIX_TAKEN: &str = hosting_core::port::provisioning::NAME_TOO_ALIKE;
    /// The system knows a user of that name and the panel shows no account: a creation still runs, or
    /// broke off. If it stays so, an operator has to clean up.
    pub const USERNAME_HALF_MADE: &str = "username_half_made";
    /// The panel does not accept such a name.
    pub const USERNAME_INVALID: &str = "username_invalid";
    /// Another account has the domain.
    pub const DOMAIN_TAKEN: &str = "domain_taken";
    /// The panel does not accept such a domain.
    pub const DOMAIN_INVALID: &str = "domain_invalid";
    /// The panel wants a stronger password.
    pub const WEAK_PASSWORD: &str = "weak_password";
    /// There is no such package; often a reseller's prefix is missing.
    pub const PACKAGE_UNKNOWN: &str = "package_unknown";
    /// The licence, the reseller or the package allows no more accounts.
    pub const ACCOUNT_LIMIT: &str = "account_limit";
    /// There is no such account.
    pub const NOT_FOUND: &str = "not_found";
    /// Our own input was wrong, for example an empty name.
    pub const VALIDATION: &str = "validation";
    /// The panel said no in words that are not known.
    pub const PANEL_REFUSED: &str = "panel_refused";
    /// What answered is not the panel's interface: a log-in page, a redirect, another program.
    pub const NOT_API: &str = "not_api";
    /// The answer broke off or is not what the interface promises.
    pub const MALFORMED: &str = "malformed";
    /// The server answered with its own error page.
    pub const SERVER_ERROR: &str = "server_error";
    /// Too many calls.
    pub const RATE_LIMITED: &str = "rate_limited";
    /// The account under that name has another domain or owner.
    pub const NOT_OURS: &str = "not_ours";
    /// Somebody else suspended the account, and only they may lift it.
    pub const FOREIGN_SUSPENSION: &str = "foreign_suspension";
    /// The suspension is locked: only root may lift it.
    pub const LOCKED: &str = "locked";
    /// The account is suspended, and the panel does not do this to a suspended account.
    pub const SUSPENDED: &str = "suspended";
    /// The panel reported success and its account says otherwise.
    pub const NOT_APPLIED: &str = "not_applied";
    /// The server's address, credentials or certificate settings cannot be used.
    pub const SERVER_SETTINGS: &str = "server_settings";
    /// The panel's certificate is not trusted.
    pub const CERTIFICATE: &str = "certificate";
}

/// The code for a failure text. All of these are refusals: nothing happened.
///
/// `group`/`passwd entry … already exists` is [`code::USERNAME_HALF_MADE`]: the caller has to look
/// whether an account stands behind it.
pub(super) fn of_reason(reason: &str) -> &'static str {
    let text = core_words(reason);
    let has = |words: &str| text.contains(words);
    if has("access denied") {
        code::AUTH
    } else if has("do not have access to an account") {
        code::FORBIDDEN
    } else if has("must specify a user or domain") {
        // Never "gone": the name we sent was empty.
        code::VALIDATION
    } else if has("group for that username already exists")
        || has("passwd entry for that username already exists")
    {
        code::USERNAME_HALF_MADE
    } else if has("same initial 8") {
        code::USERNAME_PREFIX_TAKEN
    } else if has("already has an account named") {
        code::USERNAME_TAKEN
    } else if has("already exists in the userdata") || in_order(&text, "domain", "already exists") {
        code::DOMAIN_TAKEN
    } else if has("not a valid username") {
        code::USERNAME_INVALID
    } else if has("invalid domain") {
        code::DOMAIN_INVALID
    } else if has("too weak")
        || has("strength rating of")
        || in_order(&text, "at least", "characters")
    {
        code::WEAK_PASSWORD
    } else if has("not a valid package name") || has("package does not exist") {
        code::PACKAGE_UNKNOWN
    } else if has("may not create any more accounts") {
        code::ACCOUNT_LIMIT
    } else if has("called for a user that does not exist")
        || has("account does not exist")
        || in_order(&text, "user", "does not exist")
    {
        code::NOT_FOUND
    } else {
        code::PANEL_REFUSED
    }
}

fn in_order(text: &str, first: &str, second: &str) -> bool {
    text.split_once(first).is_some_and(|(_, rest)| rest.contains(second))
}

/// Lower case, without trace id, mark-up and curly quotes, with single spaces.
fn core_words(reason: &str) -> String {
    tidy(reason).to_lowercase()
}

/// A reason as staff may read it: without trace id, mark-up and curly quotes, on one line, short.
pub(super) fn tidy(reason: &str) -> String {
    let without_trace = match reason.trim_start().strip_prefix("(XID ") {
        Some(rest) => rest.split_once(')').map_or(rest, |(_, rest)| rest),
        None => reason,
    };
    let mut text = String::with_capacity(without_trace.len());
    let mut in_tag = false;
    for letter in without_trace.chars() {
        match letter {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                text.push(' ');
            }
            _ if in_tag => {}
            '\u{2018}' | '\u{2019}' => text.push('\''),
            '\u{201c}' | '\u{201d}' => text.push('"'),
            it if it.is_control() => text.push(' '),
            it => text.push(it),
        }
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(300).collect()
}

/// `text` with every one of `secrets` blotted out; panels are known to echo what they were sent.
pub(super) fn without<'a>(
    text: String,
    secrets: impl IntoIterator<Item = &'a str>,
) -> Cow<'static, str> {
    let mut text = text;
    for secret in secrets.into_iter().filter(|it| it.len() >= 4) {
        if text.contains(secret) {
            text = text.replace(secret, "…");
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::{code, of_reason, tidy, without};

    #[test]
    fn decoration_does_not_change_the_meaning() {
        for text in [
            "This system already has an account named \u{201c}exampl1a\u{201d}.",
            "(XID abc123) This system already has an account named \"exampl1a\".",
            "<b>This system</b>\n already HAS an account  named <i>exampl1a</i>",
        ] {
            assert_eq!(of_reason(text), code::USERNAME_TAKEN, "{text}");
        }
    }

    #[test]
    fn a_name_too_much_like_another_is_not_called_taken() {
        let text = "The name of another account on this server has the same initial 8 characters as \
                    the given username (exampl1a).";
        assert_eq!(of_reason(text), code::USERNAME_PREFIX_TAKEN);
    }

    #[test]
    fn an_empty_name_is_never_taken_for_an_absent_account() {
        let text = "You must specify a user or domain to get a summary of";
        assert_eq!(of_reason(text), code::VALIDATION);
    }

    #[test]
    fn a_missing_package_is_not_a_missing_account() {
        assert_eq!(of_reason("Specified package does not exist."), code::PACKAGE_UNKNOWN);
        assert_eq!(of_reason("Sorry the user a does not exist."), code::NOT_FOUND);
    }

    #[test]
    fn words_that_are_not_known_are_a_plain_refusal() {
        assert_eq!(of_reason("The moon is in the wrong phase."), code::PANEL_REFUSED);
        assert_eq!(of_reason(""), code::PANEL_REFUSED);
    }

    #[test]
    fn a_reason_for_staff_is_one_short_line_without_secrets() {
        let long = format!("<p>bad</p>\n\u{201c}hunter22\u{201d} {}", "x".repeat(1000));
        let tidied = tidy(&long);
        assert!(tidied.len() <= 300 && tidied.starts_with("bad \"hunter22\""));
        assert!(!without(tidied, ["hunter22", ""]).contains("hunter22"));
    }
}

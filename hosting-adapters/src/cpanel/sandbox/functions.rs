//! Which function needs which right, and who does it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{changes, envelope::Reply, look_ups, rules, state::State};

pub(super) type Form = BTreeMap<String, String>;

/// A call that got past the door.
pub(super) struct Call<'a> {
    pub(super) function: &'a str,
    pub(super) user: &'a str,
    pub(super) form: &'a Form,
    /// The `Host` under which the server was reached.
    pub(super) host: &'a str,
    pub(super) now: DateTime<Utc>,
}

impl Call<'_> {
    pub(super) fn text(&self, key: &str) -> &str {
        self.form.get(key).map_or("", |it| it.trim())
    }

    pub(super) fn sees(&self, owner: &str) -> bool {
        self.user == "root" || self.user == owner
    }
}

/// Does what is asked.
pub(super) fn run(state: &mut State, call: &Call<'_>) -> Reply {
    let Some(needed) = rights(call.function) else {
        return Reply::failed("Unknown app requested for this version of the API.");
    };
    if !state.logins.get(call.user).is_some_and(|it| it.may(needed)) {
        return Reply::failed("You do not have permission to use this function.");
    }
    let outcome = match call.function {
        "version" => Ok(Reply::with(json!({ "version": "11.136.0.14" }))),
        "gethostname" => Ok(Reply::with(json!({ "hostname": "whm.sandbox.test" }))),
        "myprivs" => Ok(look_ups::privileges(state, call)),
        "accountsummary" => look_ups::summary(state, call),
        "listaccts" => Ok(look_ups::list(state, call)),
        "listsuspended" => Ok(look_ups::suspended(state, call)),
        "listpkgs" => Ok(look_ups::packages(state, call)),
        "showbw" => Ok(look_ups::traffic(state, call)),
        "get_disk_usage" => Ok(look_ups::disk(state, call)),
        "verify_new_username" => {
            rules::username(state, &call.text("user").to_lowercase()).map(|()| Reply::done("OK"))
        }
        "create_user_session" => look_ups::session(state, call),
        "createacct" => changes::create(state, call),
        "suspendacct" => changes::suspend(state, call),
        "unsuspendacct" => changes::unsuspend(state, call),
        "removeacct" => changes::remove(state, call),
        "changepackage" => changes::change_package(state, call),
        "passwd" => changes::set_password(state, call),
        _ => Err(Reply::failed("Unknown app requested for this version of the API.")),
    };
    outcome.unwrap_or_else(|failure| failure)
}

/// The rights of which one is needed, or `None` for a function that does not exist.
fn rights(function: &str) -> Option<&'static [&'static str]> {
    Some(match function {
        "version" | "gethostname" | "myprivs" => &[],
        "createacct" | "verify_new_username" => &["create-acct"],
        "removeacct" => &["kill-acct"],
        "suspendacct" | "unsuspendacct" => &["suspend-acct"],
        "changepackage" => &["upgrade-account"],
        "passwd" => &["passwd"],
        "listaccts" | "listsuspended" | "get_disk_usage" => &["list-accts"],
        "accountsummary" => &["list-accts", "acct-summary"],
        "listpkgs" => &["list-pkgs"],
        "showbw" => &["show-bandwidth"],
        "create_user_session" => &["create-user-session"],
        _ => return None,
    })
}

//! The functions that look, and the one that makes a customer's session.

use chrono::{Datelike, TimeDelta};
use serde_json::{Value, json};

use super::{
    envelope::Reply,
    functions::Call,
    state::{SandboxAccount, SandboxPackage, Session, State},
};

/// How long a session made for a customer waits for them.
const SESSION_MINUTES: i64 = 15;

pub(super) fn privileges(state: &State, call: &Call<'_>) -> Reply {
    let rights = state.logins.get(call.user).map(|it| &it.rights);
    let map: serde_json::Map<String, Value> =
        rights.into_iter().flatten().map(|it| (it.clone(), json!(1))).collect();
    Reply::with(json!({ "privileges": [map] }))
}

pub(super) fn summary(state: &State, call: &Call<'_>) -> Result<Reply, Reply> {
    let (user, domain) = (call.text("user"), call.text("domain"));
    if user.is_empty() && domain.is_empty() {
        let text = "You must specify a user or domain to get a summary of";
        return Err(Reply::failed(text).and(json!({})));
    }
    let account = state
        .accounts
        .values()
        .find(|it| if user.is_empty() { it.domain == domain } else { it.username == user })
        .ok_or_else(|| Reply::failed("Account does not exist.").and(json!({})))?;
    if !call.sees(&account.owner) {
        return Err(no_access(&account.username));
    }
    Ok(Reply::with(json!({ "acct": [account_row(state, account)] })))
}

pub(super) fn no_access(username: &str) -> Reply {
    Reply::failed(format!("You do not have access to an account named “{username}”."))
}

pub(super) fn list(state: &State, call: &Call<'_>) -> Reply {
    let search = call.text("search");
    let matches = |value: &str| match call.text("searchmethod") {
        _ if search.is_empty() => true,
        "exact" => value == search,
        _ => pattern_matches(search, value),
    };
    let rows: Vec<Value> = state
        .accounts
        .values()
        .filter(|it| call.sees(&it.owner))
        .filter(|it| {
            matches(match call.text("searchtype") {
                "domain" => &it.domain,
                "owner" => &it.owner,
                "ip" => &it.ip,
                "package" => &it.package,
                _ => &it.username,
            })
        })
        .map(|it| account_row(state, it))
        .collect();
    Reply::with(json!({ "acct": rows }))
}

/// The panel takes a search for a pattern. Anchors are what matters for names, so they are what is
/// understood here; the rest is taken literally.
fn pattern_matches(pattern: &str, value: &str) -> bool {
    let (from_start, rest) = pattern.strip_prefix('^').map_or((false, pattern), |it| (true, it));
    let (to_end, literal) = rest.strip_suffix('$').map_or((false, rest), |it| (true, it));
    match (from_start, to_end) {
        (true, true) => value == literal,
        (true, false) => value.starts_with(literal),
        (false, true) => value.ends_with(literal),
        (false, false) => value.contains(literal),
    }
}

/// One account as the panel shows it, with its mixture of numbers and text.
fn account_row(state: &State, account: &SandboxAccount) -> Value {
    let limit = state.package(&account.package).and_then(|it| it.disk_mib);
    let suspension = account.suspended.as_ref();
    json!({
        "user": account.username,
        "domain": account.domain,
        "plan": account.package,
        "owner": account.owner,
        "email": account.contact,
        "ip": account.ip,
        "uid": account.uid.to_string(),
        "suspended": suspension.map_or(json!(0), |_| json!("1")),
        "suspendreason": suspension.map_or("not suspended", |it| &it.reason),
        "suspendtime": suspension.map(|it| it.since.timestamp().to_string()),
        "is_locked": suspension.map_or("0", |it| if it.locked { "1" } else { "0" }),
        "diskused": format!("{}M", account.disk_mib),
        "disklimit": limit.map_or_else(|| "unlimited".to_owned(), |it| format!("{it}M")),
        "inodesused": 312,
        "inodeslimit": "unlimited",
        "maxaddons": "*unknown*",
        "maxparked": "*unknown*",
        "maxpop": "unlimited",
        "partition": "home",
        "shell": "/bin/false",
        "theme": "jupiter",
        "startdate": account.started_at.format("%y %b %d %H:%M").to_string(),
        "unix_startdate": account.started_at.timestamp(),
        "is_temporary_domain": 0,
    })
}

pub(super) fn suspended(state: &State, call: &Call<'_>) -> Reply {
    let rows: Vec<Value> = state
        .accounts
        .values()
        .filter(|it| call.sees(&it.owner))
        .filter_map(|it| Some((it, it.suspended.as_ref()?)))
        .map(|(account, suspension)| {
            json!({
                "user": account.username,
                "owner": account.owner,
                "reason": suspension.reason,
                "is_locked": i32::from(suspension.locked),
                "time": suspension.since.format("%a %b %e %H:%M:%S %Y").to_string(),
                "unixtime": suspension.since.timestamp(),
            })
        })
        .collect();
    Reply::with(json!({ "account": rows }))
}

/// Root's packages are everybody's; a reseller's bear its name and are its own.
pub(super) fn may_use(call: &Call<'_>, package: &SandboxPackage) -> bool {
    package.name.split_once('_').is_none_or(|(owner, _)| call.sees(owner))
}

pub(super) fn packages(state: &State, call: &Call<'_>) -> Reply {
    let limit = |it: Option<i64>| it.map_or_else(|| "unlimited".to_owned(), |it| it.to_string());
    let rows: Vec<Value> = state
        .packages
        .iter()
        .filter(|it| may_use(call, it))
        .map(|it| {
            json!({
                "name": it.name,
                "QUOTA": limit(it.disk_mib),
                "BWLIMIT": limit(it.traffic_mib),
                "MAXPOP": "unlimited",
                "HASSHELL": "n",
                "CGI": "y",
                "FEATURELIST": "default",
            })
        })
        .collect();
    Reply::with(json!({ "pkg": rows }))
}

pub(super) fn traffic(state: &State, call: &Call<'_>) -> Reply {
    let search = call.text("search");
    let live = state.accounts.values().map(|it| {
        let limit = state.package(&it.package).and_then(|it| it.traffic_mib);
        (&it.username, &it.domain, &it.owner, it.traffic_bytes, limit.map(|it| it << 20), 0)
    });
    let gone = state
        .removed
        .iter()
        .map(|it| (&it.username, &it.domain, &it.owner, it.traffic_bytes, None, 1));
    // Removed accounts come first here, to catch readers that take the first row.
    let rows: Vec<Value> = gone
        .chain(live)
        .filter(|row| call.sees(row.2) && (search.is_empty() || pattern_matches(search, row.0)))
        .map(|(user, domain, owner, bytes, limit, deleted)| {
            json!({
                "user": user,
                "maindomain": domain,
                "owner": owner,
                "reseller": 0,
                "totalbytes": bytes,
                "limit": limit.map_or(json!("unlimited"), |it| json!(it)),
                "deleted": deleted,
                "bwusage": [{ "domain": domain, "usage": bytes.to_string(), "deleted": deleted }],
            })
        })
        .collect();
    Reply::with(
        json!({ "acct": rows, "month": call.now.month(), "year": call.now.year(), "reseller": call.user }),
    )
}

pub(super) fn disk(state: &State, call: &Call<'_>) -> Reply {
    let rows: Vec<Value> = state
        .accounts
        .values()
        .filter(|it| call.sees(&it.owner))
        .map(|it| {
            let limit = state.package(&it.package).and_then(|it| it.disk_mib);
            json!({
                "user": it.username,
                "blocks_used": it.disk_mib << 10,
                "blocks_limit": limit.map(|it| it << 10),
                "inodes_used": 312,
                "inodes_limit": null,
            })
        })
        .collect();
    Reply::with(json!({ "accounts": rows }))
}

pub(super) fn session(state: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    let username = call.text("user");
    let account = state
        .accounts
        .get(username)
        .ok_or_else(|| Reply::failed(format!("The user “{username}” does not exist.")))?;
    if !call.sees(&account.owner) {
        return Err(no_access(username));
    }
    let expires_at = call.now + TimeDelta::minutes(SESSION_MINUTES);
    let token = format!("cpsess{:010}", state.next_session);
    state.next_session += 1;
    state.sessions.retain(|_, it| it.expires_at > call.now);
    state.sessions.insert(token.clone(), Session { username: username.to_owned(), expires_at });
    let data = json!({
        "cp_security_token": format!("/{token}"),
        "expires": expires_at.timestamp(),
        "service": call.text("service"),
        "session": format!("{username}:SANDBOX:{token}"),
        "url": format!("http://{}/{token}/login/?session={username}%3aSANDBOX", call.host),
    });
    Ok(Reply::done("Created session").and(data))
}

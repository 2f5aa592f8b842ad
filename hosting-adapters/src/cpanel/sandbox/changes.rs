//! The functions that change accounts.

use hosting_core::kernel::Secret;
use serde_json::json;

use super::{
    envelope::Reply,
    functions::Call,
    look_ups::{may_use, no_access},
    rules,
    state::{Removed, SandboxAccount, SandboxSuspension, State},
};

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    let username = call.text("username").to_lowercase();
    rules::username(state, &username)?;
    let domain = match call.text("domain") {
        // Newer panels invent a domain when none is given.
        "" => format!("{username}.temporary.test"),
        it => it.to_lowercase(),
    };
    rules::domain(state, &domain)?;
    let package = match call.text("plan") {
        "" => "starter",
        it => it,
    };
    if !state.package(package).is_some_and(|it| may_use(call, it)) {
        return Err(Reply::failed(format!("Sorry, “{package}” is not a valid package name")));
    }
    let password = call.form.get("password").or_else(|| call.form.get("pass"));
    if let Some(password) = password {
        rules::password(password)?;
    }
    if state.limit.is_some_and(|it| state.accounts.len() >= it) {
        let text =
            format!("Sorry you may not create any more accounts with the package {package}.");
        return Err(Reply::failed(text));
    }
    let account = SandboxAccount {
        username: username.clone(),
        domain: domain.clone(),
        package: package.to_owned(),
        owner: call.user.to_owned(),
        contact: call.text("contactemail").to_owned(),
        password: Secret::new(password.cloned().unwrap_or_default()),
        suspended: None,
        started_at: call.now,
        ip: "192.0.2.20".to_owned(),
        uid: state.next_uid,
        disk_mib: 1,
        traffic_bytes: 0,
    };
    state.next_uid += 1;
    *state.creations.entry(username.clone()).or_default() += 1;
    state.accounts.insert(username.clone(), account);
    // Without `showpass=n` the real log shows the password: readers must not keep logs.
    let shown = if call.text("showpass") == "n" { "" } else { password.map_or("", String::as_str) };
    let log = format!(
        "| New Account Info |\n| Domain: {domain}\n| UserName: {username}\n| PassWord: {shown}\n"
    );
    let data = json!({
        "ip": "192.0.2.20",
        "nameserver": "ns1.sandbox.test",
        "nameserver2": "ns2.sandbox.test",
        "nameserver3": null,
        "nameserver4": null,
        "package": package,
    });
    Ok(Reply::done("Account Creation Ok").and(data).log(log))
}

/// The account that `call` is about, if the caller may touch it; `absent` is what the function says
/// when there is none.
fn target<'a>(
    state: &'a mut State,
    call: &Call<'_>,
    username: &str,
    absent: impl Into<String>,
) -> Result<&'a mut SandboxAccount, Reply> {
    let account = state.accounts.get_mut(username).ok_or_else(|| Reply::failed(absent))?;
    if call.sees(&account.owner) { Ok(account) } else { Err(no_access(username)) }
}

pub(super) fn suspend(state: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    let user = call.text("user");
    let absent = format!("_suspendacct called for a user that does not exist. ({user})");
    let account = target(state, call, user, absent)?;
    if account.suspended.is_some() {
        return Err(Reply::failed("Account is already suspended"));
    }
    account.suspended = Some(SandboxSuspension {
        reason: call.text("reason").to_owned(),
        locked: call.text("disallowun") == "1",
        since: call.now,
    });
    Ok(Reply::done("OK").log(format!("<script></script>\n{user}'s account has been suspended\n")))
}

pub(super) fn unsuspend(state: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    let user = call.text("user");
    let absent = format!("_unsuspendacct called for a user that does not exist. ({user})");
    let account = target(state, call, user, absent)?;
    if call.user != "root" && account.suspended.as_ref().is_some_and(|it| it.locked) {
        return Err(Reply::failed("You do not have permission to unsuspend this account."));
    }
    account.suspended = None;
    Ok(Reply::done("OK").log(format!("{user}'s account is now active\n")))
}

pub(super) fn remove(state: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    let user = match call.text("user") {
        "" => call.text("username"),
        it => it,
    };
    let account = target(state, call, user, format!("System user {user} does not exist!"))?.clone();
    state.accounts.remove(user);
    state.removed.push(Removed {
        username: account.username,
        domain: account.domain,
        owner: account.owner,
        traffic_bytes: account.traffic_bytes,
    });
    Ok(Reply::done(format!("{user} account removed")).log("Removing files\nRemoving user\n"))
}

pub(super) fn change_package(state: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    let (user, package) = (call.text("user"), call.text("pkg"));
    target(state, call, user, format!("Sorry the user {user} does not exist."))?;
    if !state.package(package).is_some_and(|it| may_use(call, it)) {
        return Err(Reply::failed("Specified package does not exist."));
    }
    if let Some(account) = state.accounts.get_mut(user) {
        package.clone_into(&mut account.package);
    }
    Ok(Reply::done(format!("Account Upgrade/Downgrade Complete for {user}"))
        .log(format!("Changing Package to {package}\n")))
}

pub(super) fn set_password(state: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    let user = call.text("user");
    let account = target(state, call, user, format!("Sorry, the user {user} does not exist."))?;
    if account.suspended.is_some() {
        return Err(Reply::failed("You cannot change the password of a suspended account."));
    }
    let password =
        call.form.get("password").or_else(|| call.form.get("pass")).cloned().unwrap_or_default();
    rules::password(&password).map_err(|it| it.and(json!({ "app": [] })))?;
    account.password = Secret::new(password);
    Ok(Reply::done(format!("Password changed for user “{user}”."))
        .and(json!({ "app": ["system", "ftp", "mail"] })))
}

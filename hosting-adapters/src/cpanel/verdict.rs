//! What an answer means once the account behind it was looked at.

use hosting_core::port::{
    Failure,
    provisioning::{AccountIdentity, AccountSpec, AccountState, Found, Usage},
};
use serde_json::Value;

use super::{
    classify::code,
    client::{Function, Panel},
    wire::truth,
};

/// The rights that our operations need: any of the names on the left, and what fails without.
const RIGHTS: [(&[&str], &str); 9] = [
    (&["create-acct"], "create accounts"),
    (&["kill-acct"], "remove accounts"),
    (&["suspend-acct"], "suspend accounts or lift suspensions"),
    (&["upgrade-account"], "change packages"),
    (&["passwd"], "set passwords"),
    (&["list-accts", "acct-summary"], "look for accounts, so nothing else is safe"),
    (&["list-pkgs"], "list packages"),
    (&["show-bandwidth"], "read traffic"),
    (&["create-user-session"], "log customers in without a password"),
];

/// The account as we ordered it, when the panel made it and does not let us read it.
pub(super) fn as_ordered(account: &AccountSpec) -> AccountState {
    AccountState {
        username: account.username.clone(),
        domain: account.domain.clone(),
        package: account.package.clone(),
        suspended: None,
        owner: None,
        ip: None,
        usage: Usage::default(),
    }
}

/// The failure of a creation, after looking whose the taken name is.
///
/// A name that *we* took in an earlier attempt is not a conflict: the caller is told to look, and
/// adopts it. Calling it taken would make a second account under another name (defect D8).
pub(super) async fn whose_name(
    panel: &Panel<'_>,
    account: &AccountSpec,
    failure: Failure,
) -> Failure {
    let Some(
        refused @ (code::USERNAME_TAKEN | code::USERNAME_PREFIX_TAKEN | code::USERNAME_HALF_MADE),
    ) = failure.code()
    else {
        return failure;
    };
    let is_entry = refused == code::USERNAME_HALF_MADE;
    let identity = AccountIdentity {
        username: account.username.clone(),
        domain: account.domain.clone(),
        intended_at: account.intended_at,
        owner: None,
    };
    let action = Function::CREATEACCT.name;
    match panel.look(&identity).await {
        Ok(Found::Foreign { reason }) => {
            Failure::refused(action, reason).with_code(code::USERNAME_TAKEN)
        }
        Ok(Found::Ours(_)) => Failure::unknown(action, "an earlier attempt made the account")
            .with_code(code::USERNAME_TAKEN)
            .because(failure),
        // An earlier creation still runs, or broke off and an operator has to clean up.
        Ok(Found::Nothing) if is_entry => Failure::retry(
            action,
            "the system has a user of that name and the panel shows no account",
        )
        .with_code(code::USERNAME_HALF_MADE)
        .because(failure),
        Ok(Found::Nothing) => failure,
        Err(unanswered) => {
            Failure::unknown(action, "the name is taken and the panel did not say by whom")
                .with_code(code::USERNAME_TAKEN)
                .because(unanswered)
        }
    }
}

/// `Ok` if the account is in the wished state in spite of `failure`; panels differ in whether they
/// call a repeated suspension an error. Only refusals are judged: after an unknown outcome the
/// caller looks.
pub(super) async fn unless_suspended_is(
    wished: bool,
    panel: &Panel<'_>,
    account: &AccountIdentity,
    failure: Failure,
) -> Result<(), Failure> {
    if failure.code() != Some(code::PANEL_REFUSED) {
        return Err(failure);
    }
    match panel.own_summary(account).await {
        Ok(Some(state)) if state.suspended == wished => Ok(()),
        _ => Err(failure),
    }
}

/// A sentence for each right that is missing.
pub(super) fn missing_rights(data: &Value) -> Vec<String> {
    let rights = data.get("privileges").map(|it| it.get(0).unwrap_or(it));
    let holds = |name: &str| rights.and_then(|it| it.get(name)).and_then(truth).unwrap_or(false);
    if holds("all") {
        return Vec::new();
    }
    RIGHTS
        .iter()
        .filter(|(names, _)| !names.iter().any(|it| holds(it)))
        .map(|(names, fails)| {
            format!("The token lacks `{}`: it cannot {fails}.", names.join("` or `"))
        })
        .collect()
}

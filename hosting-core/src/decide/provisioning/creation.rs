//! A creation that may still come about (law 3, D8).
//!
//! A panel may take minutes to make an account and does so even when the caller has given up
//! (`docs/providers/whm.md`, "Making an account"). So each call is stored before it is made, and an
//! account is taken for absent only when several looks, spread beyond the panel's horizon, found
//! nothing.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::{Versioned, calendar::later},
    model::{PanelAccount, Subscription},
};

/// How many looks must find nothing before an account is taken for absent.
const LOOKS: i64 = 3;

/// How many looks must find nothing before the same call is made again with the same name.
const LOOKS_BEFORE_REPEAT: i64 = 2;

/// Between the looks before a repeat: within 60 to 120 seconds
/// (`docs/providers/whm.md`, "Making an account").
const BETWEEN: TimeDelta = TimeDelta::seconds(90);

/// What an empty look means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// No creation is on its way: there is no such account and there will be none.
    Certain,
    /// The same creation may be ordered again under the same name; it may still come about.
    Repeatable,
    /// Look again then.
    Open(DateTime<Utc>),
}

/// What one more look that finds nothing at `now` means for `account`.
pub fn absence(account: &PanelAccount, now: DateTime<Utc>, horizon: TimeDelta) -> Absence {
    let Some(called_at) = account.creation_called_at else { return Absence::Certain };
    let looks = account.empty_looks.saturating_add(1);
    let certain_at = later(called_at, horizon);
    if now >= certain_at && looks >= LOOKS {
        Absence::Certain
    } else if now >= certain_at || looks >= LOOKS_BEFORE_REPEAT {
        Absence::Repeatable
    } else {
        Absence::Open(later(now, BETWEEN))
    }
}

/// When to look again for an account that is not wanted any more.
pub fn next_look(account: &PanelAccount, now: DateTime<Utc>, horizon: TimeDelta) -> DateTime<Utc> {
    let certain_at = account.creation_called_at.map_or(now, |it| later(it, horizon));
    let third = TimeDelta::seconds(horizon.num_seconds().checked_div(3).unwrap_or(300));
    later(now, third).min(certain_at.max(later(now, BETWEEN)))
}

/// The panel is about to be asked to make the account. Guards the wish: whoever ends the service
/// meanwhile either prevents this call or learns of it.
pub fn creation_called(
    context: &Context<'_>,
    subscription: &Versioned<Subscription>,
    account: &Versioned<PanelAccount>,
) -> ChangeSet {
    let mut changes = ChangeSet::default();
    changes.guard(subscription);
    let mut called = account.value.clone();
    called.creation_called_at = Some(context.now());
    called.empty_looks = 0;
    called.updated_at = context.now();
    changes.panel_accounts.change(account.with(called));
    changes
}

/// The call had no effect: what is known of earlier calls counts again.
pub fn creation_refused(
    context: &Context<'_>,
    account: &Versioned<PanelAccount>,
    earlier: &PanelAccount,
) -> ChangeSet {
    let mut changes = ChangeSet::default();
    let mut refused = account.value.clone();
    refused.creation_called_at = earlier.creation_called_at;
    refused.empty_looks = earlier.empty_looks;
    refused.updated_at = context.now();
    changes.panel_accounts.change(account.with(refused));
    changes
}

/// A look found nothing.
pub fn looked_in_vain(context: &Context<'_>, account: &Versioned<PanelAccount>) -> ChangeSet {
    let mut changes = ChangeSet::default();
    let mut looked = account.value.clone();
    looked.empty_looks = looked.empty_looks.saturating_add(1);
    looked.updated_at = context.now();
    changes.panel_accounts.change(account.with(looked));
    changes
}

/// It is certain that no creation is on its way; the reservation stays for when it is wanted again.
pub fn creation_dropped(context: &Context<'_>, account: &Versioned<PanelAccount>) -> ChangeSet {
    let mut changes = ChangeSet::default();
    let mut dropped = account.value.clone();
    dropped.creation_called_at = None;
    dropped.empty_looks = 0;
    dropped.updated_at = context.now();
    changes.panel_accounts.change(account.with(dropped));
    changes
}

#[cfg(test)]
mod tests {
    use super::{Absence, BETWEEN, absence};
    use crate::{
        kernel::{Mint, Sealed},
        model::{AccountStatus, PanelAccount, Usage},
        testing::{SeededEntropy, shop::opening},
    };
    use chrono::TimeDelta;

    fn account() -> PanelAccount {
        let entropy = SeededEntropy::new(1);
        let mint = Mint::at(opening(), &entropy);
        PanelAccount {
            id: mint.id(),
            subscription_id: mint.id(),
            server_id: mint.id(),
            username: "nusa1234".to_owned(),
            domain: "nusakopi.com".to_owned(),
            package: "business".to_owned(),
            password: Sealed::from_stored("sealed"),
            status: AccountStatus::Pending,
            usage: Usage::default(),
            synced_at: None,
            owner: None,
            seen_as: None,
            creation_called_at: Some(opening()),
            empty_looks: 0,
            created_at: opening(),
            updated_at: opening(),
        }
    }

    #[test]
    fn an_account_is_taken_for_absent_after_several_looks_beyond_the_horizon() {
        let horizon = TimeDelta::minutes(15);
        let after = |looks, minutes| {
            let account = PanelAccount { empty_looks: looks, ..account() };
            absence(&account, opening() + TimeDelta::minutes(minutes), horizon)
        };
        assert_eq!(after(0, 6), Absence::Open(opening() + TimeDelta::minutes(6) + BETWEEN));
        assert_eq!(after(1, 8), Absence::Repeatable);
        assert_eq!(after(9, 14), Absence::Repeatable, "many looks are not enough by themselves");
        assert_eq!(after(0, 60), Absence::Repeatable, "time is not enough by itself");
        assert_eq!(after(2, 15), Absence::Certain);
        let never = PanelAccount { creation_called_at: None, ..account() };
        assert_eq!(absence(&never, opening(), horizon), Absence::Certain);
    }
}

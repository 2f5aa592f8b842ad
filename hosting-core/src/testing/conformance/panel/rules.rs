//! The list of all rules, and what is made of it.

use super::{PanelHarness, Work};

/// Calls `$do!` with the given tokens and all rules of a panel, by part.
#[doc(hidden)]
#[macro_export]
macro_rules! __panel_rules {
    ($do:path, $($given:tt)*) => {
        $do! {
            { $($given)* }
            accounts {
                its_name_and_settings_are_well_formed
                it_accepts_names_that_can_be_and_no_others
                a_new_account_is_as_ordered
                a_new_account_is_found_as_ours
                a_new_account_has_the_password_we_chose
                a_name_that_was_never_used_holds_nothing
                looking_makes_no_account
                creating_twice_never_makes_two_accounts
                accounts_stand_beside_each_other
                a_suspended_account_says_so_and_why
                suspending_twice_succeeds
                a_suspension_of_ours_can_be_lifted
                unsuspending_what_is_on_succeeds
                switching_what_is_not_there_is_refused
                a_removed_account_is_gone
                a_suspended_account_can_be_removed
                removing_twice_succeeds
                removing_what_never_was_succeeds
                a_package_changes_and_is_seen
                a_new_password_is_set
                the_packages_on_offer_are_told
                a_connection_that_works_says_so
                nothing_it_shows_holds_a_secret
            }
            strangers {
                a_taken_name_is_refused_for_good_with_its_code
                a_strangers_account_is_found_as_foreign
                an_account_older_than_our_intention_is_not_ours
                a_strangers_account_is_never_removed
                a_strangers_account_is_never_switched
                a_strangers_account_keeps_its_package
                a_strangers_account_keeps_its_password
                a_name_that_changed_hands_is_not_ours_any_more
                somebody_elses_suspension_is_never_lifted
                suspending_under_somebody_elses_suspension_leaves_it_theirs
            }
            doors {
                wrong_credentials_make_no_account
                wrong_credentials_never_say_that_nothing_is_there
                wrong_credentials_change_no_account
                wrong_credentials_fail_the_connection_test
                wrong_credentials_do_not_lock_out_the_right_ones
            }
            losing {
                a_lost_answer_to_a_creation_is_unknown_and_the_account_is_found
                creating_again_after_a_lost_answer_makes_no_second_account
                a_lost_answer_to_a_look_never_says_that_nothing_is_there
                a_lost_answer_to_a_suspension_ends_suspended
                a_lost_answer_to_an_unsuspension_ends_switched_on
                a_lost_answer_to_a_removal_ends_removed
                a_lost_answer_to_a_package_change_ends_changed
                a_lost_answer_to_a_new_password_ends_with_it_set
            }
        }
    };
}

macro_rules! listed {
    ({} $($part:ident { $($rule:ident)+ })+) => {
        /// The rules' names.
        pub const RULES: &[&str] = &[$($(stringify!($rule)),+),+];

        /// The parts and their rules.
        pub const PARTS: &[(&str, &[&str])] =
            &[$((stringify!($part), &[$(stringify!($rule)),+])),+];

        /// The rule of that name, at work on `harness`; `None` for a name that is not listed.
        pub fn run<'a>(rule: &str, harness: &'a dyn PanelHarness) -> Option<Work<'a>> {
            match rule {
                $($(stringify!($rule) => Some(Box::pin(super::$part::$rule(harness))),)+)+
                _ => None,
            }
        }
    };
}
__panel_rules!(listed,);

/// The parts that `harness` can be tried with.
#[doc(hidden)]
pub fn applicable(harness: &dyn PanelHarness) -> Vec<&'static str> {
    let parts = [
        ("accounts", true),
        ("strangers", harness.strangers().is_some()),
        ("doors", harness.wrong_access().is_some()),
        ("losing", harness.line().is_some()),
    ];
    parts.into_iter().filter(|(_, applies)| *applies).map(|(part, _)| part).collect()
}

/// Makes a module of tests, one for each rule of a panel's contract in the parts that are named.
///
/// `$fresh` is an async function that answers a new
/// [`PanelHarness`](crate::testing::conformance::panel::PanelHarness). The calling crate needs
/// `tokio` with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! panel_conformance {
    ($name:ident, $fresh:path, [$($part:ident),+ $(,)?]) => {
        mod $name {
            #[allow(unused_imports, reason = "the maker of harnesses may be named by a full path")]
            use super::*;

            async fn keep(rule: &str) {
                let harness = $fresh().await;
                let rule = $crate::testing::conformance::panel::run(rule, &harness);
                rule.expect("a listed rule").await;
            }

            #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn every_part_that_applies_is_tried() {
                let harness = $fresh().await;
                let applies = $crate::testing::conformance::panel::applicable(&harness);
                assert_eq!(applies, [$(stringify!($part)),+]);
            }

            $($crate::__panel_rules!($crate::__panel_tests, $part);)+
        }
    };
}

/// Makes tests of one part's rules.
#[doc(hidden)]
#[macro_export]
macro_rules! __panel_tests {
    ({ accounts } accounts { $($rule:ident)+ } $($rest:tt)*) => { $($crate::__conformance_test!($rule);)+ };
    ({ strangers } strangers { $($rule:ident)+ } $($rest:tt)*) => { $($crate::__conformance_test!($rule);)+ };
    ({ doors } doors { $($rule:ident)+ } $($rest:tt)*) => { $($crate::__conformance_test!($rule);)+ };
    ({ losing } losing { $($rule:ident)+ } $($rest:tt)*) => { $($crate::__conformance_test!($rule);)+ };
    ({ $part:ident } $other:ident { $($rule:ident)+ } $($rest:tt)+) => {
        $crate::__panel_tests! { { $part } $($rest)+ }
    };
}

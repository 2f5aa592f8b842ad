//! The list of all rules, and what is made of it.

use super::{GatewayHarness, Work};

/// Calls `$do!` with the given tokens and all rules of a gateway, by part.
#[doc(hidden)]
#[macro_export]
macro_rules! __gateway_rules {
    ($do:path, $($given:tt)*) => {
        $do! {
            { $($given)* }
            offers {
                its_name_and_settings_are_well_formed
                its_methods_are_well_formed_and_told_apart
                a_charge_waits_for_money_and_says_how_to_pay
                a_charge_is_known_by_our_reference
                a_charge_is_for_exactly_what_was_asked
                an_offer_never_outlasts_what_was_asked
                charging_twice_answers_the_same
                an_amount_of_nothing_is_refused_for_good
                a_negative_amount_is_refused_for_good
                an_amount_beyond_the_limits_is_refused_for_good
                nothing_it_shows_holds_a_secret
            }
            paying {
                one_reference_makes_one_charge
                two_references_make_two_charges
                the_provider_is_asked_for_exactly_our_amount
                what_was_charged_is_found
                what_was_never_charged_is_not_found
                looking_makes_no_charge
                a_charge_succeeds_when_the_customer_paid_and_not_before
                what_was_paid_is_told_to_the_last_unit
                the_instant_of_payment_is_told_once_there_is_one
                one_customer_paying_pays_nothing_else
                charging_again_after_payment_asks_for_no_second_payment
                cancelling_an_unpaid_offer_ends_it
                cancelling_twice_answers_the_same
                cancelling_what_was_paid_answers_that_it_was_paid
                cancelling_what_was_never_charged_does_nothing
            }
            losing {
                a_charge_whose_answer_is_lost_is_unknown_and_can_be_found
                charging_again_after_a_lost_answer_makes_no_second_charge
                a_look_whose_answer_is_lost_never_says_that_nothing_is_there
                a_cancellation_whose_answer_is_lost_is_unknown_and_can_be_repeated
                money_that_came_while_an_answer_was_lost_is_seen
                a_lost_cancellation_of_a_paid_charge_takes_nothing_back
            }
            messages {
                a_genuine_message_names_its_charge
                a_message_that_was_changed_on_its_way_is_rejected
                a_message_by_somebody_else_is_rejected
                what_is_no_message_at_all_is_rejected
                a_message_that_breaks_off_is_rejected
                repeats_of_one_message_have_one_key
                news_has_another_key
                messages_about_two_charges_have_two_keys
                reading_a_message_changes_nothing
            }
            refunding {
                a_refund_is_found_by_its_key
                a_refund_that_was_never_made_is_not_found
                refunding_twice_with_one_key_gives_back_once
                two_keys_are_two_refunds
                more_than_was_paid_is_never_given_back
                what_was_not_paid_is_not_given_back
                a_refund_whose_answer_is_lost_is_unknown_and_made_once
                a_charge_that_was_partly_given_back_says_so
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
        pub fn run<'a>(rule: &str, harness: &'a dyn GatewayHarness) -> Option<Work<'a>> {
            match rule {
                $($(stringify!($rule) => Some(Box::pin(super::$part::$rule(harness))),)+)+
                _ => None,
            }
        }
    };
}
__gateway_rules!(listed,);

/// The parts that `harness` can be tried with.
#[doc(hidden)]
pub fn applicable(harness: &dyn GatewayHarness) -> Vec<&'static str> {
    let parts = [
        ("offers", true),
        ("paying", harness.provider().is_some()),
        ("losing", harness.line().is_some()),
        ("messages", harness.messages().is_some()),
        ("refunding", harness.refunds().is_some() || harness.gateway().refunds().is_some()),
    ];
    parts.into_iter().filter(|(_, applies)| *applies).map(|(part, _)| part).collect()
}

/// Makes a module of tests, one for each rule of a gateway's contract in the parts that are named.
///
/// `$fresh` is an async function that answers a new
/// [`GatewayHarness`](crate::testing::conformance::gateway::GatewayHarness). The calling crate needs
/// `tokio` with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! gateway_conformance {
    ($name:ident, $fresh:path, [$($part:ident),+ $(,)?]) => {
        mod $name {
            #[allow(unused_imports, reason = "the maker of harnesses may be named by a full path")]
            use super::*;

            async fn keep(rule: &str) {
                let harness = $fresh().await;
                let rule = $crate::testing::conformance::gateway::run(rule, &harness);
                rule.expect("a listed rule").await;
            }

            #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn every_part_that_applies_is_tried() {
                let harness = $fresh().await;
                let applies = $crate::testing::conformance::gateway::applicable(&harness);
                assert_eq!(applies, [$(stringify!($part)),+]);
            }

            $($crate::__gateway_rules!($crate::__gateway_tests, $part);)+
        }
    };
}

/// Makes tests of one part's rules.
#[doc(hidden)]
#[macro_export]
macro_rules! __gateway_tests {
    ({ offers } offers { $($rule:ident)+ } $($rest:tt)*) => { $($crate::__conformance_test!($rule);)+ };
    ({ paying } paying { $($rule:ident)+ } $($rest:tt)*) => { $($crate::__conformance_test!($rule);)+ };
    ({ losing } losing { $($rule:ident)+ } $($rest:tt)*) => { $($crate::__conformance_test!($rule);)+ };
    ({ messages } messages { $($rule:ident)+ } $($rest:tt)*) => { $($crate::__conformance_test!($rule);)+ };
    ({ refunding } refunding { $($rule:ident)+ } $($rest:tt)*) => { $($crate::__conformance_test!($rule);)+ };
    ({ $part:ident } $other:ident { $($rule:ident)+ } $($rest:tt)+) => {
        $crate::__gateway_tests! { { $part } $($rest)+ }
    };
}

/// Makes a test of one rule, kept by the `keep` around it.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test {
    ($rule:ident) => {
        #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $rule() {
            keep(stringify!($rule)).await;
        }
    };
}

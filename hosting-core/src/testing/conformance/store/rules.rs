//! The list of all rules, and what is made of it.

use std::sync::Arc;

use super::{Spawn, Work};
use crate::port::Store;

/// Calls `$do!` with the given tokens and all rules of the store: first those that take a store, by
/// module, and after `@` those that also take a way to start work.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_rules {
    ($do:path, $($given:tt)*) => {
        $do! {
            { $($given)* }
            commit {
                an_empty_change_set_changes_nothing
                everything_in_a_change_set_becomes_true_together
                a_conflict_leaves_nothing_behind
                a_broken_guard_leaves_nothing_behind
                a_duplicate_leaves_nothing_behind
                a_duplicate_webhook_leaves_nothing_behind
                a_message_and_its_task_are_stored_together_or_not_at_all
                a_taken_task_key_leaves_nothing_behind
                a_reached_limit_leaves_nothing_behind
                a_lost_lease_leaves_nothing_behind
                a_missing_parent_leaves_nothing_behind
                merged_change_sets_commit_as_one
                a_row_cannot_refer_to_a_missing_row
                a_thousand_rows_commit_at_once
                the_store_answers_when_asked_for_a_sign_of_life
            }
            versions {
                a_new_row_has_version_one
                a_change_raises_the_version_by_one
                a_change_that_changes_nothing_raises_the_version_too
                the_second_of_two_changes_is_told_and_changes_nothing
                whoever_reads_again_after_a_conflict_goes_through
                a_version_from_the_future_is_a_conflict
                a_row_that_was_never_stored_cannot_change
                a_row_cannot_change_twice_in_one_commit
                one_stale_row_among_many_refuses_all
                a_change_touches_no_other_row
                every_noun_that_can_change_keeps_versions
            }
            guards {
                a_met_guard_lets_the_commit_through
                a_guard_on_a_row_that_changed_is_a_conflict
                a_guard_on_a_row_that_is_not_there_is_a_conflict
                a_guard_does_not_change_the_row
                one_broken_guard_among_many_refuses_all
                merged_decisions_may_guard_the_same_row
                a_guard_speaks_of_the_row_as_it_was_before_the_commit
                every_noun_can_be_guarded
            }
            uniqueness {
                an_id_is_stored_once
                a_log_in_name_is_taken_once
                a_session_token_is_taken_once
                a_one_time_token_is_taken_once
                a_product_slug_is_taken_once
                a_plan_slug_is_taken_once_in_the_whole_shop
                a_price_has_one_version_at_each_start
                a_coupon_code_is_taken_once
                an_order_uses_one_coupon
                one_cart_is_one_order
                an_invoice_has_one_line_at_each_position
                a_payment_reference_is_used_once
                a_period_is_billed_once
                a_server_name_is_taken_once
                a_service_has_one_account
                a_setting_has_one_row
                a_webhook_is_stored_once
                an_answer_is_kept_once
                a_user_name_is_taken_once_on_a_server
                an_invoice_number_is_given_once
                invoices_without_a_number_do_not_clash
                a_key_is_taken_once_within_one_commit
                a_changed_row_cannot_take_a_taken_key
                a_key_that_was_given_up_can_be_taken
                a_row_may_change_and_keep_its_keys
                a_deleted_users_name_stays_taken
                keys_of_several_columns_clash_only_as_a_whole
                keys_are_told_apart_to_the_letter
                carts_without_a_customer_are_many
            }
            counters {
                a_counter_begins_at_zero
                takes_add_up
                a_counter_may_reach_its_limit_but_not_pass_it
                a_limit_of_zero_lets_nothing_through
                a_take_of_many_is_refused_whole
                takes_of_one_commit_count_together
                a_refused_take_names_its_counter
                giving_back_makes_room
                giving_back_stops_at_zero
                giving_back_never_fails_even_above_the_limit
                a_counter_without_a_limit_only_counts
                a_lowered_limit_counts_from_now_on
                counters_are_told_apart_to_the_letter
                takes_go_with_the_rows_of_their_commit
            }
            numbers {
                the_first_number_of_a_series_is_one
                numbers_follow_each_other
                each_series_counts_for_itself
                a_new_year_begins_a_series_anew
                a_long_series_outgrows_its_digits
                numbers_of_one_commit_are_given_in_the_order_asked
                one_commit_may_number_in_several_series
                a_draft_is_numbered_when_it_changes
                a_numbered_invoice_keeps_its_number_through_changes
                a_failed_commit_leaves_no_gap
                a_number_needs_its_invoice_in_the_same_commit
            }
            tasks {
                a_new_task_waits_in_the_queue
                every_kind_of_job_survives_storage
                a_live_key_is_taken_once
                a_key_is_live_once_within_one_commit
                a_task_id_is_stored_once
                a_task_that_gives_way_is_left_out_and_the_rest_goes_through
                of_two_that_give_way_in_one_commit_one_stays
                a_running_task_still_holds_its_key
                a_postponed_task_still_holds_its_key
                a_finished_task_frees_its_key
                a_settled_task_may_be_followed_by_one_with_its_key
                a_postponed_task_waits_for_its_time
                a_dead_letter_keeps_what_went_wrong
                tasks_are_counted_by_status
                the_next_due_instant_is_the_earliest_of_a_live_task
                tasks_about_a_service_are_found_by_it
                tasks_are_listed_newest_first_by_status_and_action
            }
            claims {
                an_empty_queue_has_nothing_to_claim
                a_claim_tells_what_to_do_and_until_when
                a_task_is_not_claimed_before_its_time
                the_earliest_due_is_claimed_first
                a_claim_takes_no_more_than_its_limit
                a_claim_of_one_lane_leaves_the_others
                a_held_task_is_not_claimed_again
                a_lease_that_ran_out_is_taken_over
                a_lost_lease_cannot_settle
                a_lease_that_ran_out_but_was_not_taken_over_may_still_settle
                a_settled_task_cannot_be_settled_again
                a_postponed_task_cannot_be_settled_with_its_old_lease
                a_task_that_waits_keeps_its_allowance
                a_lease_cannot_settle_twice_in_one_commit
                a_lease_settles_no_other_task
                a_task_nobody_holds_cannot_be_settled
                one_commit_may_settle_several_leases
                a_named_task_is_claimed_before_its_time
                a_named_task_is_claimed_again_when_its_lease_ran_out
                a_named_task_that_is_over_is_not_claimed
                a_task_out_of_attempts_is_still_handed_out
                a_lapsed_lease_keeps_its_place_in_line
            }
            crowds {
                the_keys_of_a_task_survive_storage
                a_task_that_must_be_alone_waits_for_the_one_that_is_held
                a_postponed_task_lets_others_have_its_key
                a_lapsed_lease_still_keeps_others_waiting
                tasks_with_other_keys_go_on
                those_who_wait_hide_nobody
                a_crowd_is_held_up_to_its_limit
                a_lapsed_lease_keeps_its_place_in_a_crowd
                each_task_of_a_crowd_goes_by_its_own_limit
                a_task_may_need_both_keys
                a_named_task_waits_for_others_too
                what_waits_for_others_comes_due_with_them
            }
            interventions {
                a_dead_letter_is_tried_again
                a_retried_task_holds_its_key_again
                a_dead_letter_whose_key_is_taken_cannot_be_tried_again
                only_a_dead_letter_is_tried_again
                a_queued_task_is_withdrawn
                a_withdrawn_task_frees_its_key
                a_withdrawn_task_can_be_tried_again
                only_a_queued_task_is_withdrawn
                what_a_task_carries_is_sealed_again
                a_task_that_is_done_or_of_another_kind_is_not_sealed_again
                an_intervention_that_fails_takes_its_commit_with_it
            }
            journal {
                an_empty_journal_answers_nothing
                facts_come_in_the_order_they_were_recorded
                positions_grow_and_a_listener_goes_on_from_its_last
                facts_survive_storage_exactly
                a_fact_is_recorded_once
                facts_about_one_subject_are_told_newest_first
                facts_about_one_subject_come_in_pages
                positions_are_the_same_in_both_views
                a_listeners_place_is_stored_once_and_moves_from_where_it_was_read
                what_a_listener_has_not_heard_is_counted_up_to_a_limit
            }
            lists {
                an_empty_list_is_one_empty_page
                lists_are_newest_first
                pages_cover_everything_once
                pages_cover_everything_once_while_rows_are_added
                a_full_last_page_says_that_it_is_the_last
                a_page_holds_at_most_two_hundred_rows
                a_filter_goes_across_pages
                every_list_by_customer_and_status_answers_both
                deleted_rows_are_found_by_id_and_left_out_of_lists
                the_webhook_inbox_is_listed_newest_first
                accounts_of_a_server_come_in_pages
                every_server_and_account_is_met_deleted_and_removed_ones_too
            }
            queries {
                an_empty_store_answers_nothing
                a_user_is_found_by_log_in_name_even_when_deleted
                users_are_listed_by_role
                users_are_listed_by_customer_and_role
                live_sessions_are_neither_revoked_nor_over
                api_keys_of_a_user_include_revoked_ones
                customers_are_found_by_ids_and_by_mail_address
                products_and_plans_are_found_by_slug_unless_deleted
                products_and_plans_are_listed_by_position
                the_price_at_an_instant_is_the_valid_one_that_started_last
                a_coupon_is_found_by_its_code_to_the_letter
                an_order_is_found_by_its_cart
                a_paid_order_is_remembered_whatever_became_of_it
                lines_of_an_invoice_come_by_position
                payments_of_an_invoice_come_oldest_first
                money_that_is_applied_to_nothing_is_found_by_its_customer
                a_payment_is_found_by_gateway_and_reference
                subscriptions_of_an_invoice_come_once_each
                billed_periods_are_found_by_service_and_by_invoice
                servers_come_by_name
                the_load_of_a_group_counts_live_accounts_of_open_servers
                an_account_is_found_by_its_service
                the_shop_reads_its_settings
                tax_rules_are_all_told
                a_kept_answer_is_found_by_who_asked_and_under_which_name
            }
            due {
                stale_orders_are_pending_and_old
                payments_to_ask_about_have_come_due_earliest_first
                invoices_to_dun_have_come_due_and_go_on_where_they_stopped
                services_to_make_are_in_use_and_without_an_account
                subscriptions_to_renew_are_alive_and_due
                subscriptions_to_cancel_are_not_ended_and_due
                subscriptions_to_terminate_are_off_and_due
                a_subscription_that_moved_on_is_no_longer_due
            }
            round_trips {
                a_setting_survives
                a_setting_may_be_any_json
                a_customer_survives
                a_user_survives
                a_session_survives
                an_api_key_survives
                a_one_time_token_survives
                a_product_survives
                a_plan_survives
                a_price_survives
                a_coupon_survives
                a_tax_rule_survives
                a_server_survives
                a_cart_survives
                an_order_survives
                a_coupon_use_survives
                an_invoice_survives
                an_invoice_line_survives
                a_subscription_survives
                a_billed_period_survives
                a_payment_survives
                a_refund_survives
                a_panel_account_survives
                a_webhook_survives
                a_kept_answer_survives
            }
            purging {
                what_expired_more_than_a_day_ago_is_thrown_away
                a_purge_throws_away_no_more_than_its_limit
                a_counter_without_an_end_is_never_thrown_away
                a_purged_key_can_be_taken_again
                tasks_that_succeeded_long_ago_are_thrown_away_and_dead_letters_never
                webhooks_that_were_dealt_with_long_ago_are_thrown_away
                guests_carts_that_nobody_touched_for_a_month_are_thrown_away
            }
            @
            concurrency {
                two_commits_at_once_never_share_a_number
                failing_commits_among_others_leave_no_gap
                a_coupon_is_never_oversold
                of_two_changes_at_once_one_goes_through
                a_guard_and_a_change_at_once_do_not_both_win_blindly
                the_same_webhook_at_once_is_stored_once
                a_period_is_billed_once_by_two_runs_at_once
                two_claimers_never_hold_one_task
                two_claimers_never_hold_what_must_be_alone
                many_claimers_hold_no_more_of_a_crowd_than_its_limit
                a_lapsed_lease_is_taken_over_by_one
                a_lease_settles_once_however_often_it_is_tried
                settling_and_taking_over_at_once_do_not_both_win
                a_key_is_live_once_however_many_ask
                crossing_commits_do_not_lock_each_other_up
                counters_lose_no_take
                a_listener_misses_no_fact_while_others_are_written
            }
        }
    };
}

macro_rules! listed {
    ({} $($module:ident { $($rule:ident)+ })+ @ $many:ident { $($parallel:ident)+ }) => {
        /// The names of all rules.
        pub const RULES: &[&str] = &[$($(stringify!($rule),)+)+ $(stringify!($parallel),)+];

        /// The rule of that name, tried on an empty store; `None` when there is no such rule.
        pub fn run(rule: &str, store: Arc<dyn Store>, spawn: Spawn) -> Option<Work> {
            match rule {
                $($(stringify!($rule) => {
                    Some(Box::pin(async move { super::$module::$rule(&*store).await }))
                })+)+
                $(stringify!($parallel) => {
                    Some(Box::pin(async move { super::$many::$parallel(store, spawn).await }))
                })+
                _ => None,
            }
        }
    };
}
__store_rules!(listed,);

/// Makes a module of tests, one for each rule of the store's contract.
///
/// `$fresh` is an async function that answers an empty store, as an
/// [`Arc`] or anything else that is a [`Trial`](crate::testing::conformance::store::Trial).
/// Attributes given before the name are put on each test. The calling crate needs `tokio` with
/// `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! store_conformance {
    ($(#[$attribute:meta])* $name:ident, $fresh:path) => {
        $crate::__store_rules! {
            $crate::__store_tests, [$(#[$attribute])*] $name, $fresh
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_tests {
    (
        { $attributes:tt $name:ident, $fresh:path }
        $($module:ident { $($rule:ident)+ })+ @ $many:ident { $($parallel:ident)+ }
    ) => {
        mod $name {
            #[allow(unused_imports, reason = "the maker of stores may be named by a full path")]
            use super::*;

            async fn keep(rule: &str) {
                use $crate::testing::conformance::store::{Trial as _, Work, run};
                let trial = $fresh().await;
                let spawn = |work: Work| -> Work {
                    let started = ::tokio::spawn(work);
                    Box::pin(async move { started.await.expect("work beside the rule") })
                };
                run(rule, trial.store(), spawn).expect("a listed rule").await;
            }

            $($($crate::__store_test! { $attributes $rule })+)+
            $($crate::__store_test! { $attributes $parallel })+
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_test {
    ([$(#[$attribute:meta])*] $rule:ident) => {
        $(#[$attribute])*
        #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $rule() {
            keep(stringify!($rule)).await;
        }
    };
}

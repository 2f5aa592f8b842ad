//! The store in memory keeps the contract, and the contract notices stores that do not.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "memory_store/flawed.rs"]
mod flawed;

use std::{path::Path, sync::Arc};

use flawed::{Flaw, Flawed};
use hosting_core::{
    port::Store,
    testing::{
        MemoryStore,
        conformance::store::{RULES, Work, run},
    },
};

async fn fresh() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new())
}

hosting_core::store_conformance!(memory, fresh);

fn spawn(work: Work) -> Work {
    let started = tokio::spawn(work);
    Box::pin(async move { started.await.unwrap() })
}

/// The rules that a store with this flaw breaks.
async fn broken_by(flaw: Flaw) -> Vec<&'static str> {
    let mut broken = Vec::new();
    for rule in RULES {
        let store: Arc<dyn Store> = Arc::new(Flawed::new(flaw));
        let work = run(rule, store, spawn).unwrap();
        if tokio::spawn(work).await.is_err() {
            broken.push(*rule);
        }
    }
    broken
}

/// Asserts that the rules named by a flaw break, whatever else breaks with them.
async fn assert_noticed(flaw: Flaw, expected: &[&str]) {
    let broken = broken_by(flaw).await;
    let unnoticed: Vec<_> = expected.iter().filter(|it| !broken.contains(it)).collect();
    assert!(unnoticed.is_empty(), "{flaw:?} went unnoticed by {unnoticed:?}");
}

/// One test for each flaw, with rules that must notice it.
macro_rules! noticed {
    ($($test:ident: $flaw:ident => [$($rule:ident),+ $(,)?];)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                assert_noticed(Flaw::$flaw, &[$(stringify!($rule)),+]).await;
            }
        )+

        #[test]
        fn every_flaw_is_tried() {
            assert_eq!(Flaw::ALL, [$(Flaw::$flaw),+]);
        }
    };
}

noticed! {
    lost_updates_are_noticed: LosesUpdates => [
        the_second_of_two_changes_is_told_and_changes_nothing,
        a_conflict_leaves_nothing_behind,
        of_two_changes_at_once_one_goes_through,
        every_noun_that_can_change_keeps_versions,
    ];
    forgotten_guards_are_noticed: ForgetsGuards => [
        a_guard_on_a_row_that_changed_is_a_conflict,
        a_broken_guard_leaves_nothing_behind,
        every_noun_can_be_guarded,
        a_guard_and_a_change_at_once_do_not_both_win_blindly,
    ];
    half_commits_are_noticed: CommitsInTwoHalves => [
        a_reached_limit_leaves_nothing_behind,
        a_taken_task_key_leaves_nothing_behind,
        a_lost_lease_leaves_nothing_behind,
    ];
    overselling_is_noticed: IgnoresLimits => [
        a_counter_may_reach_its_limit_but_not_pass_it,
        takes_of_one_commit_count_together,
        a_coupon_is_never_oversold,
    ];
    gaps_are_noticed: LeavesGaps => [
        a_failed_commit_leaves_no_gap,
        failing_commits_among_others_leave_no_gap,
    ];
    lost_facts_are_noticed: ForgetsEvents => [
        facts_come_in_the_order_they_were_recorded,
        everything_in_a_change_set_becomes_true_together,
    ];
    shared_leases_are_noticed: HandsOutHeldTasks => [
        a_held_task_is_not_claimed_again,
        two_claimers_never_hold_one_task,
    ];
    stale_settlements_are_noticed: TakesAnyLease => [
        a_lost_lease_cannot_settle,
        a_settled_task_cannot_be_settled_again,
        a_lease_settles_once_however_often_it_is_tried,
    ];
    cut_pages_are_noticed: StopsAfterOnePage => [
        pages_cover_everything_once,
        a_filter_goes_across_pages,
    ];
    cut_text_is_noticed: TrimsText => [
        a_customer_survives,
        keys_are_told_apart_to_the_letter,
    ];
}

#[test]
fn the_contract_has_many_rules_and_each_once() {
    let mut names = RULES.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), RULES.len(), "a rule is listed twice");
    assert!(RULES.len() >= 200, "{} rules", RULES.len());
}

/// Adds the rules written under `folder` that are not listed.
fn collect_unlisted(folder: &Path, unlisted: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_unlisted(&path, unlisted);
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        let rules = source.lines().filter_map(|line| line.strip_prefix("pub async fn "));
        let names = rules.filter_map(|rest| rest.split('(').next());
        unlisted.extend(names.filter(|it| !RULES.contains(it)).map(str::to_owned));
    }
}

#[test]
fn every_rule_that_is_written_is_listed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/testing/conformance/store");
    let mut unlisted = Vec::new();
    collect_unlisted(Path::new(folder), &mut unlisted);
    assert_eq!(unlisted, Vec::<String>::new());
}

//! Tasks: written with their cause, one live task per key.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use chrono::TimeDelta;

use super::{
    asserts::*,
    sample::{Sample, Shop, day},
};
use crate::{
    change::{ChangeSet, NewTask, Unique, Verdict},
    kernel::{PageRequest, Sealed},
    model::{
        Job, Lane, LinkCause, MailKind, Place, RunKind, SubscriptionId, Task, TaskAction,
        TaskStatus,
    },
    port::{Store, store::TaskFilter},
};

pub async fn a_new_task_waits_in_the_queue(store: &dyn Store) {
    let sample = Sample::new(1);
    let new = sample.task("mail/1").at(sample.now() + TimeDelta::hours(3));
    enqueue(store, std::slice::from_ref(&new)).await;
    let stored = task(store, new.id).await;
    let expected = Task {
        id: new.id,
        action: TaskAction::Mail,
        lane: Lane::Mail,
        key: "mail/1".to_owned(),
        job: new.job.clone(),
        status: TaskStatus::Queued,
        attempts: 0,
        max_attempts: NewTask::ATTEMPTS,
        due_at: new.due_at,
        lease_until: None,
        last_error: None,
        alone_key: None,
        crowd_key: None,
        crowd_limit: None,
        created_at: new.created_at,
        updated_at: stored.updated_at,
    };
    assert_eq!(stored, expected);
}

pub async fn every_kind_of_job_survives_storage(store: &dyn Store) {
    let sample = Sample::new(1);
    let shop = Shop::new(&sample);
    let (subscription_id, payment_id) = (shop.subscription.id, shop.payment.id);
    let (customer_id, user_id) = (shop.customer.id, shop.user.id);
    let sealed = || Sealed::from_stored("v1.key.bm9uY2U/+==");
    let jobs = vec![
        Job::CreateAccount { subscription_id },
        Job::SuspendAccount { subscription_id },
        Job::UnsuspendAccount { subscription_id },
        Job::TerminateAccount { subscription_id },
        Job::ChangePackage { subscription_id },
        Job::ResetPassword { subscription_id, password: sealed() },
        Job::SyncAccount { subscription_id },
        Job::Charge { payment_id },
        Job::AskPayment { payment_id },
        Job::CancelPayment { payment_id },
        Job::Refund { refund_id: shop.refund.id },
        Job::MailCustomer {
            kind: MailKind::InvoiceIssued,
            customer_id,
            invoice_id: Some(shop.invoice.id),
            subscription_id: Some(subscription_id),
        },
        Job::MailCustomer {
            kind: MailKind::Welcome,
            customer_id,
            invoice_id: None,
            subscription_id: None,
        },
        Job::MailUser { kind: MailKind::VerifyEmail, user_id, token: Some(sealed()) },
        Job::MailUser { kind: MailKind::PasswordChanged, user_id, token: None },
        Job::MailAddress {
            kind: MailKind::ChangeEmail,
            user_id,
            email: shop.user.email.clone(),
            token: Some(sealed()),
        },
        Job::MailLink {
            email: shop.user.email.clone(),
            cause: LinkCause::Forgotten,
            token_id: shop.one_time_token.id,
            token_hash: shop.one_time_token.token_hash.clone(),
            token: sealed(),
        },
        Job::MailStaff {
            kind: MailKind::PaymentUnapplied,
            payment_id: Some(payment_id),
            refund_id: None,
        },
        Job::ProcessWebhook { webhook_event_id: shop.webhook_event.id },
        Job::Run { run: RunKind::Renewals, date: day(2026, 3, 2), resume: None },
        Job::Run {
            run: RunKind::Endings,
            date: day(2028, 2, 29),
            resume: Some(Place { at: sample.now(), id: subscription_id.stored() }),
        },
    ];
    let new = |job: &Job| NewTask { job: job.clone(), ..sample.task(&sample.word()) };
    let tasks: Vec<_> = jobs.iter().map(new).collect();
    enqueue(store, &tasks).await;
    for new in tasks {
        let stored = task(store, new.id).await;
        assert_eq!((stored.job, stored.key), (new.job.clone(), new.key));
        assert_eq!(stored.action, new.job.action());
        assert_eq!(stored.lane, new.job.action().lane());
    }
}

pub async fn a_live_key_is_taken_once(store: &dyn Store) {
    let sample = Sample::new(1);
    enqueue(store, &[sample.task("charge/1")]).await;
    let mut changes = ChangeSet::default();
    changes.task(sample.task("charge/1"));
    duplicate(store, changes, Unique::TaskKey).await;
}

pub async fn a_key_is_live_once_within_one_commit(store: &dyn Store) {
    let sample = Sample::new(1);
    let mut changes = ChangeSet::default();
    changes.task(sample.task("charge/1"));
    changes.task(sample.task("charge/1"));
    duplicate(store, changes, Unique::TaskKey).await;
}

pub async fn a_task_id_is_stored_once(store: &dyn Store) {
    let sample = Sample::new(1);
    let first = sample.task("charge/1");
    enqueue(store, std::slice::from_ref(&first)).await;
    let mut changes = ChangeSet::default();
    changes.task(NewTask { key: "charge/2".to_owned(), ..first });
    duplicate(store, changes, Unique::PrimaryKey).await;
}

pub async fn a_task_that_gives_way_is_left_out_and_the_rest_goes_through(store: &dyn Store) {
    let sample = Sample::new(1);
    let first = sample.task("sync/1");
    enqueue(store, std::slice::from_ref(&first)).await;
    let (second, setting) = (sample.task("sync/1").unless_there(), sample.setting());
    let mut changes = new!(settings: setting);
    changes.task(second.clone());
    changes.task(sample.task("sync/2").unless_there());
    put(store, changes).await;
    assert_eq!(store.task(second.id).await.unwrap(), None);
    assert_eq!(task(store, first.id).await.due_at, first.due_at);
    assert!(store.setting(&setting.key).await.unwrap().is_some());
    let all = store.tasks(&TaskFilter::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(all.items.len(), 2);
}

pub async fn of_two_that_give_way_in_one_commit_one_stays(store: &dyn Store) {
    // Merged decisions often ask for the same look.
    let sample = Sample::new(1);
    let two = [sample.task("sync/1").unless_there(), sample.task("sync/1").unless_there()];
    enqueue(store, &two).await;
    let all = store.tasks(&TaskFilter::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(all.items.len(), 1);
}

pub async fn a_running_task_still_holds_its_key(store: &dyn Store) {
    let sample = Sample::new(1);
    enqueue(store, &[sample.task("charge/1")]).await;
    claimed_one(store, claim("a", sample.now())).await;
    let mut changes = ChangeSet::default();
    changes.task(sample.task("charge/1"));
    duplicate(store, changes, Unique::TaskKey).await;
}

pub async fn a_postponed_task_still_holds_its_key(store: &dyn Store) {
    let sample = Sample::new(1);
    enqueue(store, &[sample.task("charge/1")]).await;
    let leased = claimed_one(store, claim("a", sample.now())).await;
    let later = Verdict::RetryAt { at: sample.now(), error: "busy".to_owned() };
    put(store, settling(&leased, later)).await;
    let mut changes = ChangeSet::default();
    changes.task(sample.task("charge/1"));
    duplicate(store, changes, Unique::TaskKey).await;
}

pub async fn a_finished_task_frees_its_key(store: &dyn Store) {
    let sample = Sample::new(1);
    for verdict in [Verdict::Succeeded, Verdict::Failed { error: "gone".to_owned() }] {
        enqueue(store, &[sample.task("charge/1")]).await;
        let leased = claimed_one(store, claim("a", sample.now())).await;
        put(store, settling(&leased, verdict)).await;
    }
    enqueue(store, &[sample.task("charge/1")]).await;
}

pub async fn a_settled_task_may_be_followed_by_one_with_its_key(store: &dyn Store) {
    // A look that is repeated asks for the next one in the commit that ends it.
    let sample = Sample::new(1);
    enqueue(store, &[sample.task("ask/1")]).await;
    let leased = claimed_one(store, claim("a", sample.now())).await;
    let next = sample.task("ask/1").at(sample.now() + TimeDelta::hours(1));
    let mut changes = settling(&leased, Verdict::Succeeded);
    changes.task(next.clone());
    put(store, changes).await;
    assert_eq!(task(store, leased.lease.task_id).await.status, TaskStatus::Succeeded);
    assert_eq!(task(store, next.id).await.status, TaskStatus::Queued);
}

pub async fn a_postponed_task_waits_for_its_time(store: &dyn Store) {
    let sample = Sample::new(1);
    enqueue(store, &[sample.task("charge/1")]).await;
    let leased = claimed_one(store, claim("a", sample.now())).await;
    let at = sample.now() + TimeDelta::minutes(30);
    let error = "the gateway is busy – später 🕰".to_owned();
    put(store, settling(&leased, Verdict::RetryAt { at, error: error.clone() })).await;
    let stored = task(store, leased.lease.task_id).await;
    assert_eq!((stored.status, stored.due_at), (TaskStatus::Queued, at));
    assert_eq!((stored.attempts, stored.lease_until), (1, None));
    assert_eq!(stored.last_error, Some(error));
    assert_eq!(claimed(store, claim("b", at - TimeDelta::milliseconds(1))).await, []);
    assert_eq!(claimed_one(store, claim("c", at)).await.attempts, 2);
}

pub async fn a_dead_letter_keeps_what_went_wrong(store: &dyn Store) {
    let sample = Sample::new(1);
    enqueue(store, &[sample.task("charge/1")]).await;
    let leased = claimed_one(store, claim("a", sample.now())).await;
    put(store, settling(&leased, Verdict::Failed { error: "no such bank".to_owned() })).await;
    let stored = task(store, leased.lease.task_id).await;
    assert_eq!((stored.status, stored.lease_until), (TaskStatus::Failed, None));
    assert_eq!(stored.last_error.as_deref(), Some("no such bank"));
    let far = sample.now() + TimeDelta::days(365);
    assert_eq!(claimed(store, claim("b", far)).await, []);
}

pub async fn tasks_are_counted_by_status(store: &dyn Store) {
    let sample = Sample::new(1);
    let tasks: Vec<_> = (0..6).map(|at| sample.task(&format!("mail/{at}"))).collect();
    enqueue(store, &tasks).await;
    let now = sample.now();
    let leased = claimed(store, crate::port::Claim { limit: 3, ..claim("a", now) }).await;
    put(store, settling(&leased[0], Verdict::Succeeded)).await;
    put(store, settling(&leased[1], Verdict::Failed { error: "gone".to_owned() })).await;
    let (queued, running, failed) = (TaskStatus::Queued, TaskStatus::Running, TaskStatus::Failed);
    let counts = store.task_counts().await.unwrap();
    assert_eq!(counts, [(queued, 3), (running, 1), (failed, 1)]);
    put(store, settling(&leased[2], Verdict::Succeeded)).await;
    let counts = store.task_counts().await.unwrap();
    assert_eq!(counts, [(queued, 3), (running, 0), (failed, 1)], "none is a count too");
}

pub async fn the_next_due_instant_is_the_earliest_of_a_live_task(store: &dyn Store) {
    let sample = Sample::new(1);
    let now = sample.now();
    assert_eq!(store.next_due(None).await.unwrap(), None);
    let soon = sample.task("mail/1").at(now + TimeDelta::hours(1));
    let later = sample.run_task("run/1").at(now + TimeDelta::hours(2));
    enqueue(store, &[later.clone(), soon.clone()]).await;
    assert_eq!(store.next_due(None).await.unwrap(), Some(soon.due_at));
    assert_eq!(store.next_due(Some(Lane::Mail)).await.unwrap(), Some(soon.due_at));
    assert_eq!(store.next_due(Some(Lane::Run)).await.unwrap(), Some(later.due_at));
    assert_eq!(store.next_due(Some(Lane::Panel)).await.unwrap(), None);
    let leased = claimed_one(store, claim("a", soon.due_at)).await;
    assert_eq!(store.next_due(Some(Lane::Mail)).await.unwrap(), Some(leased.lease.until));
    put(store, settling(&leased, Verdict::Succeeded)).await;
    assert_eq!(store.next_due(Some(Lane::Mail)).await.unwrap(), None);
}

pub async fn tasks_are_listed_newest_first_by_status_and_action(store: &dyn Store) {
    let sample = Sample::new(1);
    let first = sample.task("mail/1");
    let second = sample.run_task("run/1");
    let third = sample.task("mail/2");
    enqueue(store, &[first.clone(), second.clone(), third.clone()]).await;
    let only = crate::port::Claim { only: Some(first.id), ..claim("a", sample.now()) };
    claimed_one(store, only).await;
    let (queued, mail) = (Some(TaskStatus::Queued), Some(TaskAction::Mail));
    for (status, action, expected) in [
        (None, None, vec![third.id, second.id, first.id]),
        (queued, None, vec![third.id, second.id]),
        (None, mail, vec![third.id, first.id]),
        (queued, mail, vec![third.id]),
        (Some(TaskStatus::Failed), None, vec![]),
    ] {
        let filter = TaskFilter { status, action, ..TaskFilter::default() };
        let page = store.tasks(&filter, &PageRequest::default()).await.unwrap();
        let found: Vec<_> = page.items.iter().map(|it| it.id).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
    let one = store.tasks(&TaskFilter::default(), &PageRequest::first(2)).await.unwrap();
    let rest = PageRequest::after(one.next, 2);
    let two = store.tasks(&TaskFilter::default(), &rest).await.unwrap();
    assert_eq!((two.items.len(), two.items[0].id, two.next), (1, first.id, None));
}

pub async fn tasks_about_a_service_are_found_by_it(store: &dyn Store) {
    let sample = Sample::new(1);
    let (mine, other): (SubscriptionId, SubscriptionId) = (sample.mint().id(), sample.mint().id());
    let (make, sync) =
        (Job::CreateAccount { subscription_id: mine }, Job::SyncAccount { subscription_id: mine });
    let mail = Job::MailCustomer {
        kind: MailKind::Welcome,
        customer_id: sample.mint().id(),
        invoice_id: None,
        subscription_id: Some(mine),
    };
    let about = |key: &str, job: Job| NewTask { job, ..sample.task(key) };
    let tasks = [
        about("create/1", make),
        about("create/2", Job::CreateAccount { subscription_id: other }),
        about("sync/1", sync),
        sample.run_task("run/1"),
        about("mail/1", mail),
    ];
    enqueue(store, &tasks).await;
    let only = crate::port::Claim { only: Some(tasks[2].id), ..claim("a", sample.now()) };
    claimed_one(store, only).await;
    let (queued, mail) = (Some(TaskStatus::Queued), Some(TaskAction::Mail));
    let subscription_id = Some(mine);
    for (status, action, expected) in [
        (None, None, vec![tasks[4].id, tasks[2].id, tasks[0].id]),
        (queued, None, vec![tasks[4].id, tasks[0].id]),
        (None, mail, vec![tasks[4].id]),
        (queued, mail, vec![tasks[4].id]),
        (queued, Some(TaskAction::Sync), vec![]),
    ] {
        let filter = TaskFilter { status, action, subscription_id };
        let page = store.tasks(&filter, &PageRequest::default()).await.unwrap();
        let found: Vec<_> = page.items.iter().map(|it| it.id).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
    let filter = TaskFilter { subscription_id, ..TaskFilter::default() };
    let page = store.tasks(&filter, &PageRequest::first(2)).await.unwrap();
    let page = store.tasks(&filter, &PageRequest::after(page.next, 2)).await.unwrap();
    assert_eq!((page.items[0].id, page.next), (tasks[0].id, None));
}

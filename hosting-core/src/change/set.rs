//! The change set itself.

use chrono::{DateTime, Utc};

use super::{numbering::NumberRequest, rows::Writes};
use crate::{
    kernel::{Mint, Versioned},
    model::{
        Actor, ApiKey, Cart, Coupon, CouponUse, Customer, Cycle, DomainEvent, Event, Invoice,
        InvoiceId, InvoiceItem, Job, KeptAnswer, Lease, Noun, OneTimeToken, Order, PanelAccount,
        Payment, Plan, PlanPrice, Product, Refund, Server, Session, Setting, Subject, Subscription,
        TaskId, TaxRule, User, WebhookEvent,
    },
};

/// Calls `$do!` with the change set's fields and their nouns, in the order in which stores write
/// them: what is referred to comes before what refers to it.
#[macro_export]
macro_rules! for_each_noun {
    ($do:ident) => {
        $do! {
            settings: Setting,
            customers: Customer,
            users: User,
            sessions: Session,
            api_keys: ApiKey,
            one_time_tokens: OneTimeToken,
            products: Product,
            plans: Plan,
            plan_prices: PlanPrice,
            coupons: Coupon,
            tax_rules: TaxRule,
            servers: Server,
            carts: Cart,
            invoices: Invoice,
            orders: Order,
            coupon_uses: CouponUse,
            subscriptions: Subscription,
            invoice_items: InvoiceItem,
            subscription_cycles: Cycle,
            payments: Payment,
            refunds: Refund,
            panel_accounts: PanelAccount,
            webhook_events: WebhookEvent,
            kept_answers: KeptAnswer,
        }
    };
}

macro_rules! change_set {
    ($($field:ident: $noun:ident,)+) => {
        /// The unit of work: everything in it becomes true in one transaction, or nothing does.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct ChangeSet {
            $(
                #[doc = concat!("New and changed rows of [`", stringify!($noun), "`].")]
                pub $field: Writes<$noun>,
            )+
            /// Rows that must still be as they were read, although they are not written.
            pub guards: Vec<Guard>,
            /// Counters to take from or give back to.
            pub takes: Vec<Take>,
            /// Invoices to number.
            pub numbers: Vec<NumberRequest>,
            /// Facts for the journal.
            pub events: Vec<Event>,
            /// Work to be done outside.
            pub tasks: Vec<NewTask>,
            /// How attempts at tasks ended.
            pub settlements: Vec<Settlement>,
            /// What staff want done with tasks.
            pub interventions: Vec<Intervention>,
        }

        impl ChangeSet {
            /// Two decisions in one commit. This is the whole of bulk processing.
            pub fn and(&mut self, other: Self) {
                $(self.$field.and(other.$field);)+
                self.guards.extend(other.guards);
                self.takes.extend(other.takes);
                self.numbers.extend(other.numbers);
                self.events.extend(other.events);
                self.tasks.extend(other.tasks);
                self.settlements.extend(other.settlements);
                self.interventions.extend(other.interventions);
            }

            /// Whether committing it would do nothing.
            pub fn is_empty(&self) -> bool {
                $(self.$field.is_empty() &&)+ self.guards.is_empty()
                    && self.takes.is_empty()
                    && self.numbers.is_empty()
                    && self.events.is_empty()
                    && self.tasks.is_empty()
                    && self.settlements.is_empty()
                    && self.interventions.is_empty()
            }
        }
    };
}
for_each_noun!(change_set);

impl ChangeSet {
    /// Records a fact.
    pub fn record(
        &mut self,
        mint: &Mint<'_>,
        actor: &Actor,
        subject: impl Into<Subject>,
        body: DomainEvent,
    ) {
        self.events.push(Event {
            id: mint.id(),
            at: mint.now(),
            actor: actor.clone(),
            subject: subject.into(),
            body,
        });
    }

    /// Adds work to be done outside.
    pub fn task(&mut self, task: NewTask) {
        self.tasks.push(task);
    }

    /// Demands that `read` is unchanged when this is committed.
    pub fn guard<T: Noun>(&mut self, read: &Versioned<T>) {
        self.guards.push(Guard {
            table: T::TABLE,
            id: read.value.id().stored(),
            version: read.version,
        });
    }

    /// Ends the attempt that held `lease`.
    pub fn settle(&mut self, lease: &Lease, verdict: Verdict) {
        self.settlements.push(Settlement { lease: lease.clone(), verdict });
    }
}

/// A row that must still be as it was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Guard {
    /// Its table.
    pub table: &'static str,
    /// Its stored id.
    pub id: String,
    /// The version it was read at.
    pub version: i64,
}

/// Takes from a counter that must not pass its limit: coupons, stock, servers, daily caps.
///
/// Counters begin at zero when they are first named. A negative amount gives back and always
/// succeeds, down to zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Take {
    /// The counter's name, e.g. `coupon/01J…`.
    pub counter: String,
    /// How much.
    pub amount: i64,
    /// What the counter may reach; `None` only counts.
    pub limit: Option<i64>,
    /// When the counter itself may be thrown away, e.g. a rate limit's; `None` is never.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Take {
    /// Takes one from `counter`, which may reach `limit`.
    pub fn one(counter: impl Into<String>, limit: Option<i64>) -> Self {
        Self { counter: counter.into(), amount: 1, limit, expires_at: None }
    }

    /// Gives one back to `counter`.
    pub fn give_back(counter: impl Into<String>) -> Self {
        Self { counter: counter.into(), amount: -1, limit: None, expires_at: None }
    }
}

/// What to do when a live task with the same key is already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDuplicate {
    /// The whole commit is a [`Duplicate`](crate::port::StoreError::Duplicate).
    Refuse,
    /// The existing task stays and this one is left out.
    Keep,
}

/// Work to be done outside, written in the commit that caused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// Identifies the task.
    pub id: TaskId,
    /// Names the intended effect; at most one live task has it. At most 120 characters.
    pub key: String,
    /// What to do.
    pub job: Job,
    /// When it may be taken.
    pub due_at: DateTime<Utc>,
    /// After how many attempts it is given up.
    pub max_attempts: i64,
    /// What to do when its key is taken.
    pub on_duplicate: OnDuplicate,
    /// When it was decided.
    pub created_at: DateTime<Utc>,
    /// See [`alone`](Self::alone).
    pub alone_key: Option<String>,
    /// See [`among`](Self::among).
    pub crowd_key: Option<String>,
    /// How many of that crowd may be held at the same time.
    pub crowd_limit: Option<i64>,
}

impl NewTask {
    /// How many attempts a task has unless it says otherwise. With the queue's back-off this is
    /// about two days.
    pub const ATTEMPTS: i64 = 16;

    /// A task for now. Work on one account is done one piece at a time
    /// (`docs/providers/whm.md`, "Load and lock-out").
    pub fn new(mint: &Mint<'_>, key: impl Into<String>, job: Job) -> Self {
        Self {
            id: mint.id(),
            key: key.into(),
            alone_key: job.account_of().map(|id| format!("account/{}", id.stored())),
            job,
            due_at: mint.now(),
            max_attempts: Self::ATTEMPTS,
            on_duplicate: OnDuplicate::Refuse,
            created_at: mint.now(),
            crowd_key: None,
            crowd_limit: None,
        }
    }

    /// Never held by a worker at the same time as another task with this key, e.g.
    /// `account/01J…`: the others wait until it is settled, also when its lease ran out, since
    /// its worker may still be at it. At most 120 characters.
    #[must_use]
    pub fn alone(mut self, key: impl Into<String>) -> Self {
        self.alone_key = Some(key.into());
        self
    }

    /// Not taken while `limit` tasks with this key are held, e.g. `server/01J…` and 4. At most 120
    /// characters.
    #[must_use]
    pub fn among(mut self, key: impl Into<String>, limit: i64) -> Self {
        self.crowd_key = Some(key.into());
        self.crowd_limit = Some(limit);
        self
    }

    /// Not before `due_at`.
    #[must_use]
    pub fn at(mut self, due_at: DateTime<Utc>) -> Self {
        self.due_at = due_at;
        self
    }

    /// Leaves it out when a live task has the same key.
    #[must_use]
    pub fn unless_there(mut self) -> Self {
        self.on_duplicate = OnDuplicate::Keep;
        self
    }
}

/// How an attempt at a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is done; its key is free again.
    Succeeded,
    /// It is given up: a dead letter. Its key is free again.
    Failed {
        /// What went wrong, for staff.
        error: String,
    },
    /// It is to be tried again.
    RetryAt {
        /// When.
        at: DateTime<Utc>,
        /// What went wrong, for staff.
        error: String,
    },
    /// It waits for something that is not its own fault: this attempt does not count against its
    /// allowance.
    Wait {
        /// When to look again.
        at: DateTime<Utc>,
        /// What it waits for, for staff.
        error: String,
    },
}

/// Ends the attempt that holds `lease`; a lost lease makes the whole commit a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The proof of holding the task.
    pub lease: Lease,
    /// How it ended.
    pub verdict: Verdict,
}

/// What staff want done with a task. When the task is not in the state this
/// needs, the whole commit is a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intervention {
    /// Which task.
    pub task_id: TaskId,
    /// When staff asked.
    pub at: DateTime<Utc>,
    /// What they want.
    pub wish: Wish,
}

/// What staff want done with a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Try a dead letter again, now. Its attempts are kept, so that it looks before it acts, and its
    /// allowance grows by [`NewTask::ATTEMPTS`]. A duplicate when another live task has its key.
    Retry,
    /// Give a queued task up.
    Withdraw {
        /// Why, in staff's words.
        reason: String,
    },
    /// Keep what it carries sealed under another key: `job` is what the task was read with, but for that
    /// (law 12). Any task that is not done; whoever is at it goes on with what they took.
    Reseal {
        /// The same work.
        job: Box<Job>,
    },
}

/// What a commit assigned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Invoice numbers, in the order they were asked for.
    pub numbers: Vec<(InvoiceId, String)>,
}

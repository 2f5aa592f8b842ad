//! Key rotation: whatever is sealed under an older key is sealed again under the ring's first (law 12).
//!
//! Every sealed value is met in keyset pages, and each page is one commit: a walk that is stopped, or
//! dies, has done whole pages, and the next one finds them current and goes on with the rest. A row that
//! somebody changed meanwhile is read and sealed again by itself; one that cannot be opened is told and
//! stops no other. A second walk finds nothing to do.
//!
//! Deliberately absent: tasks that are done, and accounts that were removed. What they carry is never opened
//! again, so a key that was lost with nothing but those under it is no trouble.

use std::{collections::BTreeMap, ops::ControlFlow};

use super::{Ports, TRIES};
use crate::{
    change::{ChangeSet, Intervention, Wish},
    decide::Context,
    kernel::{Page, PageRequest, Sealed, Secret, Versioned},
    model::{
        AccountStatus, Actor, DomainEvent, PanelAccount, PanelAccountId, Server, ServerId, Subject,
        Task, TaskAction, TaskId, TaskStatus,
        sealing::{account_password, server_secret},
    },
    port::{SealError, Store, StoreError, store::TaskFilter},
};

/// How many values are named that stayed under an older key; the others are counted.
pub const MOST_NAMED: usize = 100;

/// What a walk is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// To count which keys are in use; nothing is written.
    Look,
    /// To seal again what is sealed under an older key.
    Reseal,
}

/// What a walk has met so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rotation {
    /// Sealed values.
    pub met: u64,
    /// Values that were sealed again.
    pub resealed: u64,
    /// How many values stand under which key, by its id, as the walk left them.
    pub in_use: BTreeMap<String, u64>,
    /// Values that could not be opened, and why; at most [`MOST_NAMED`].
    pub left: Vec<Left>,
    /// How many could not be opened.
    pub left_count: u64,
    /// Rows that this version of the program cannot read: under which key they are is not known.
    pub unreadable: u64,
    /// Whether everything was met; not so when the walk was stopped.
    pub is_complete: bool,
}

/// A value that stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Whose it is.
    pub subject: Subject,
    /// Why it cannot be sealed again; no secret is in it.
    pub why: String,
}

impl Rotation {
    /// Whether nothing that will ever be opened is under the key `id`, so that it may leave the ring.
    pub fn is_unused(&self, id: &str) -> bool {
        self.is_complete && self.unreadable == 0 && !self.in_use.contains_key(id)
    }

    fn stands(&mut self, ports: &Ports, sealed: &Sealed) {
        let id = ports.secrets.key_of(sealed).unwrap_or("?").to_owned();
        let count = self.in_use.entry(id).or_default();
        *count = count.saturating_add(1);
    }

    fn leave(&mut self, subject: Subject, why: String) {
        self.left_count = self.left_count.saturating_add(1);
        if self.left.len() < MOST_NAMED {
            self.left.push(Left { subject, why });
        }
    }
}

/// Rows that keep something sealed.
#[derive(Debug, Clone, Copy)]
enum Shelf {
    Servers,
    Accounts,
    Tasks(TaskAction),
}

/// All of them. Tasks are listed whatever their status: one that changes it meanwhile is not missed.
const SHELVES: [Shelf; 4] = [
    Shelf::Servers,
    Shelf::Accounts,
    Shelf::Tasks(TaskAction::ResetPassword),
    Shelf::Tasks(TaskAction::Mail),
];

/// A row that may keep something sealed.
#[derive(Debug, Clone)]
enum Row {
    Server(Versioned<Server>),
    Account(Versioned<PanelAccount>),
    Task(Task),
}

/// Which row.
#[derive(Debug, Clone, Copy)]
enum Key {
    Server(ServerId),
    Account(PanelAccountId),
    Task(TaskId),
}

impl Shelf {
    async fn page(self, store: &dyn Store, page: &PageRequest) -> Result<Page<Row>, StoreError> {
        match self {
            Self::Servers => Ok(store.every_server(page).await?.map(Row::Server)),
            Self::Accounts => Ok(store.every_account(page).await?.map(Row::Account)),
            Self::Tasks(action) => {
                let filter = TaskFilter { action: Some(action), ..TaskFilter::default() };
                Ok(store.tasks(&filter, page).await?.map(Row::Task))
            }
        }
    }
}

impl Key {
    async fn read(self, store: &dyn Store) -> Result<Option<Row>, StoreError> {
        Ok(match self {
            Self::Server(id) => store.server(id).await?.map(Row::Server),
            Self::Account(id) => store.panel_account(id).await?.map(Row::Account),
            Self::Task(id) => store.task(id).await?.map(Row::Task),
        })
    }
}

impl Row {
    const fn key(&self) -> Key {
        match self {
            Self::Server(row) => Key::Server(row.value.id),
            Self::Account(row) => Key::Account(row.value.id),
            Self::Task(row) => Key::Task(row.id),
        }
    }

    fn subject(&self) -> Subject {
        match self.key() {
            Key::Server(id) => id.into(),
            Key::Account(id) => id.into(),
            Key::Task(id) => id.into(),
        }
    }

    /// What it keeps sealed and will open again, and for which place.
    fn sealed(&self) -> Option<(&Sealed, String)> {
        match self {
            Self::Server(row) => Some((&row.secret, server_secret(row.id))),
            Self::Account(row) if row.status == AccountStatus::Terminated => None,
            Self::Account(row) => Some((&row.password, account_password(row.id))),
            Self::Task(row) if row.status == TaskStatus::Succeeded => None,
            Self::Task(row) => row.job.sealed(),
        }
    }

    /// The same row with `sealed` in it, if nobody changed it meanwhile.
    fn put(self, context: &Context<'_>, sealed: Sealed, changes: &mut ChangeSet) {
        let at = context.now();
        match self {
            Self::Server(row) => {
                let server = Server { secret: sealed, updated_at: at, ..row.value.clone() };
                changes.servers.change(row.with(server));
            }
            Self::Account(row) => {
                let account =
                    PanelAccount { password: sealed, updated_at: at, ..row.value.clone() };
                changes.panel_accounts.change(row.with(account));
            }
            Self::Task(row) => {
                let wish = Wish::Reseal { job: Box::new(row.job.with_sealed(sealed)) };
                changes.interventions.push(Intervention { task_id: row.id, at, wish });
            }
        }
    }
}

/// What is to be done about a row.
enum Finding {
    /// It keeps nothing sealed.
    Nothing,
    /// It is sealed under the first key.
    Current,
    /// It is sealed under an older one for that place, and this is it.
    Old(Secret, String),
    /// It cannot be opened.
    Closed(SealError),
}

fn look(ports: &Ports, row: &Row) -> Finding {
    let Some((sealed, place)) = row.sealed() else { return Finding::Nothing };
    if ports.secrets.is_current(sealed) {
        return Finding::Current;
    }
    match ports.secrets.open(sealed, &place) {
        Ok(secret) => Finding::Old(secret, place),
        Err(error) => Finding::Closed(error),
    }
}

/// Meets every sealed value, and seals again what is under an older key if that is the `aim`. `watch` is
/// told after each page how far it is, and may stop the walk.
///
/// Whoever still runs with the old ring goes on sealing under the old key: restart every process with the
/// new ring first.
///
/// # Errors
/// A store that cannot be asked. What was sealed again until then stays so.
pub async fn walk(
    ports: &Ports,
    actor: &Actor,
    aim: Aim,
    watch: &mut (dyn FnMut(&Rotation) -> ControlFlow<()> + Send),
) -> Result<Rotation, StoreError> {
    let mut told = Rotation::default();
    for shelf in SHELVES {
        let mut page = PageRequest::first(PageRequest::MAX);
        loop {
            let found = shelf.page(&*ports.store, &page).await?;
            told.unreadable = told.unreadable.saturating_add(u64::from(found.unreadable));
            take(ports, actor, aim, found.items, &mut told).await?;
            if watch(&told).is_break() {
                return Ok(told);
            }
            let Some(next) = found.next else { break };
            page = PageRequest::after(Some(next), PageRequest::MAX);
        }
    }
    told.is_complete = true;
    Ok(told)
}

/// Takes in a page: one commit, or one a row when somebody changed one of them.
async fn take(
    ports: &Ports,
    actor: &Actor,
    aim: Aim,
    rows: Vec<Row>,
    told: &mut Rotation,
) -> Result<(), StoreError> {
    let context = Context::new(ports.mint(), actor);
    let (mut changes, mut old) = (ChangeSet::default(), Vec::new());
    for row in rows {
        let finding = look(ports, &row);
        if let (Finding::Old(secret, place), Aim::Reseal) = (&finding, aim) {
            old.push(row.key());
            seal(ports, &context, row, secret, place, &mut changes);
        } else {
            note(ports, &row, &finding, told);
        }
    }
    if old.is_empty() {
        return Ok(());
    }
    match ports.store.commit(changes).await {
        Ok(_) => {
            let count = u64::try_from(old.len()).unwrap_or(u64::MAX);
            sealed_again(ports, count, told);
        }
        Err(error) if error.is_conflict() => {
            for key in old {
                take_one(ports, actor, key, told).await?;
            }
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Counts values that stand under the first key from now on.
fn sealed_again(ports: &Ports, count: u64, told: &mut Rotation) {
    told.met = told.met.saturating_add(count);
    told.resealed = told.resealed.saturating_add(count);
    let first = ports.secrets.key_ids().into_iter().next().unwrap_or_default();
    let standing = told.in_use.entry(first).or_default();
    *standing = standing.saturating_add(count);
}

/// Counts a value that stays as it is.
fn note(ports: &Ports, row: &Row, finding: &Finding, told: &mut Rotation) {
    let Some((sealed, _)) = row.sealed() else { return };
    told.met = told.met.saturating_add(1);
    told.stands(ports, sealed);
    if let Finding::Closed(error) = finding {
        told.leave(row.subject(), error.to_string());
    }
}

fn seal(
    ports: &Ports,
    context: &Context<'_>,
    row: Row,
    secret: &Secret,
    place: &str,
    changes: &mut ChangeSet,
) {
    let sealed = ports.secrets.seal(secret, place, ports.nonce());
    let key_id = ports.secrets.key_of(&sealed).unwrap_or_default().to_owned();
    context.record(changes, row.subject(), DomainEvent::SecretResealed { key_id });
    row.put(context, sealed, changes);
}

/// Reads a row again and seals it by itself, for somebody changed one of its page.
async fn take_one(
    ports: &Ports,
    actor: &Actor,
    key: Key,
    told: &mut Rotation,
) -> Result<(), StoreError> {
    let mut tries = 0_u32;
    loop {
        let row = match key.read(&*ports.store).await {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(()),
            Err(StoreError::Corrupt { .. }) => {
                told.unreadable = told.unreadable.saturating_add(1);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let finding = look(ports, &row);
        let Finding::Old(secret, place) = &finding else {
            note(ports, &row, &finding, told);
            return Ok(());
        };
        let context = Context::new(ports.mint(), actor);
        let mut changes = ChangeSet::default();
        seal(ports, &context, row.clone(), secret, place, &mut changes);
        match ports.store.commit(changes).await {
            Ok(_) => {
                sealed_again(ports, 1, told);
                return Ok(());
            }
            Err(error) if error.is_conflict() && tries < TRIES => tries = tries.saturating_add(1),
            Err(error) if error.is_conflict() => {
                note(ports, &row, &finding, told);
                told.leave(row.subject(), "it keeps changing; run this again".to_owned());
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::{
        kernel::{Id, Mint},
        model::{Job, sealing},
        service::{access, accounts},
        testing::SeededEntropy,
    };

    fn id<T>() -> Id<T> {
        Mint::at(chrono::DateTime::UNIX_EPOCH, &SeededEntropy::new(1)).id()
    }

    #[test]
    fn what_seals_and_what_rotates_agree_about_the_places() {
        assert_eq!(accounts::password_place(id()), sealing::task_password(id()));
        assert_eq!(access::token_place(id()), sealing::task_token(id()));
        assert_eq!(access::link_place(id()), sealing::task_link(id()));
    }

    #[test]
    fn every_kind_of_work_that_carries_something_sealed_is_met() {
        let golden = include_str!("../../tests/golden/job.json");
        let jobs: Vec<Job> = serde_json::from_str(golden).unwrap();
        let sealed: Vec<_> = jobs.iter().filter(|it| it.sealed().is_some()).collect();
        assert!(sealed.len() >= 3, "{sealed:?}");
        for job in sealed {
            let action = job.action();
            let is_met = SHELVES.iter().any(|it| matches!(it, Shelf::Tasks(it) if *it == action));
            assert!(is_met, "{action} carries something sealed, and rotation does not look there");
            let other = Sealed::from_stored("e1.other.bm9uY2U");
            let again = job.clone().with_sealed(other.clone());
            assert_eq!(again.sealed().map(|(it, _)| it), Some(&other));
        }
    }
}

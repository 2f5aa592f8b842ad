//! The rows of one noun, with its unique keys and its sorted lists.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    ops::Bound,
};

use chrono::{DateTime, Utc};
use ulid::Ulid;

use crate::{
    change::{Unique, Writes},
    kernel::{Entity, Id, Page, PageRequest, Versioned},
    model::Noun,
    port::{
        StoreError,
        store::{
            Rows as Answered, Unreadable,
            read::{Answer, Due},
        },
    },
};

/// The 128 bits of an id.
pub(super) fn bits<K>(id: Id<K>) -> u128 {
    Ulid::from_string(id.stored_in(&mut [0; ulid::ULID_LEN])).map_or(0, |ulid| ulid.0)
}

/// An instant as a number that sorts as instants do.
fn place_of(at: DateTime<Utc>) -> u128 {
    u128::try_from(i128::from(at.timestamp_micros()).saturating_sub(i128::from(i64::MIN)))
        .unwrap_or(0)
}

/// The instant that has this place, to the microsecond.
fn at_place(place: u128) -> DateTime<Utc> {
    let micros = i128::try_from(place).unwrap_or(0).saturating_add(i128::from(i64::MIN));
    let micros = i64::try_from(micros).unwrap_or(i64::MAX);
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A row of any table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct RowRef {
    pub(super) table: &'static str,
    pub(super) id: u128,
}

impl RowRef {
    pub(super) fn to<T: Noun>(id: Id<T::Kind>) -> Self {
        Self { table: T::TABLE, id: bits(id) }
    }
}

/// A sorted list that a noun's rows are in: those of one parent, or those that fall due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum List {
    Customer,
    User,
    Product,
    Plan,
    Invoice,
    Payment,
    Subscription,
    Server,
    DueRenewal,
    DueCancellation,
    DueTermination,
    DueDunning,
    DueAsking,
    Expiry,
}

/// Collects the lists that one row is in.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<(List, u128)>);

impl Places {
    /// The row belongs to a parent.
    pub(super) fn of<K>(&mut self, list: List, parent: Id<K>) {
        self.0.push((list, bits(parent)));
    }

    /// The row falls due, if it does.
    pub(super) fn due(&mut self, list: List, at: Option<DateTime<Utc>>) {
        self.0.extend(at.map(|at| (list, place_of(at))));
    }
}

/// What the store must know about a noun beyond its id.
pub(super) trait Stored: Noun<Kind: Entity> + Clone {
    /// The unique keys it takes, columns joined.
    fn uniques(&self, _take: &mut dyn FnMut(Unique, String)) {}
    /// The rows that must exist for it.
    fn refers(&self, _to: &mut dyn FnMut(RowRef)) {}
    /// The lists it is in.
    fn places(&self, _places: &mut Places) {}
}

/// The rows of one noun.
pub(super) struct Rows<T: Noun> {
    by_id: BTreeMap<Id<T::Kind>, Versioned<T>>,
    uniques: HashMap<(Unique, String), Id<T::Kind>>,
    lists: BTreeSet<(List, u128, Id<T::Kind>)>,
    spoilt: HashSet<Id<T::Kind>>,
}

impl<T: Noun> Default for Rows<T> {
    fn default() -> Self {
        Self {
            by_id: BTreeMap::new(),
            uniques: HashMap::new(),
            lists: BTreeSet::new(),
            spoilt: HashSet::new(),
        }
    }
}

/// Asking.
impl<T: Stored> Rows<T> {
    pub(super) fn get(&self, id: Id<T::Kind>) -> Option<Versioned<T>> {
        self.by_id.get(&id).cloned()
    }

    pub(super) fn version(&self, id: u128) -> Option<i64> {
        self.by_id.get(&Id::from_ulid(Ulid(id))).map(|row| row.version)
    }

    pub(super) fn by(&self, unique: Unique, key: String) -> Option<Versioned<T>> {
        self.uniques.get(&(unique, key)).and_then(|&id| self.get(id))
    }

    /// All rows, oldest id first.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &Versioned<T>> {
        self.by_id.values()
    }

    /// The rows of one parent, oldest id first.
    pub(super) fn of<K>(
        &self,
        list: List,
        parent: Id<K>,
    ) -> impl DoubleEndedIterator<Item = &Versioned<T>> {
        let place = bits(parent);
        let (least, most) = (Id::from_ulid(Ulid(0)), Id::from_ulid(Ulid(u128::MAX)));
        self.lists
            .range((list, place, least)..=(list, place, most))
            .filter_map(|(_, _, id)| self.by_id.get(id))
    }

    /// The row with that id, unless it was made unreadable.
    pub(super) fn read(&self, id: Id<T::Kind>) -> Answer<Option<Versioned<T>>> {
        if self.by_id.contains_key(&id) && self.spoilt.contains(&id) {
            return Err(spoilt(T::TABLE));
        }
        Ok(self.get(id))
    }

    /// These rows, unless one of them was made unreadable.
    pub(super) fn all_of<'r>(
        &self,
        rows: impl Iterator<Item = &'r Versioned<T>>,
        limit: usize,
    ) -> Answer<Vec<Versioned<T>>>
    where
        T: 'r,
    {
        rows.take(limit).map(|it| self.checked(it)).collect()
    }

    fn checked(&self, row: &Versioned<T>) -> Answer<Versioned<T>> {
        let is_spoilt = self.spoilt.contains(&row.value.id());
        if is_spoilt { Err(spoilt(T::TABLE)) } else { Ok(row.clone()) }
    }

    /// Tells the unreadable rows from the others; each with when it fell due.
    pub(super) fn parted<P>(
        &self,
        met: Vec<(Option<DateTime<Utc>>, Versioned<T>)>,
        place: impl Fn(Option<DateTime<Utc>>, Id<T::Kind>) -> P,
    ) -> Answered<Versioned<T>, P> {
        let last = met.last().map(|(at, row)| place(*at, row.value.id()));
        let mut answer = Answered::all(Vec::new(), last);
        for (due_at, row) in met {
            match self.checked(&row) {
                Ok(row) => answer.rows.push(row),
                Err(error) => answer.unreadable.push(Unreadable {
                    table: T::TABLE,
                    id: row.value.id().stored(),
                    due_at,
                    position: None,
                    why: error.to_string(),
                }),
            }
        }
        answer
    }

    /// Makes a row unreadable, as one is that a newer version of the program wrote.
    pub(super) fn spoil(&mut self, id: u128) {
        self.spoilt.insert(Id::from_ulid(Ulid(id)));
    }

    /// Makes a row readable again.
    pub(super) fn heal(&mut self, id: u128) {
        self.spoilt.remove(&Id::from_ulid(Ulid(id)));
    }

    /// The rows due at `now`, earliest first, after the place given; at most `limit`.
    pub(super) fn due(
        &self,
        list: List,
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, Id<T::Kind>)>,
        limit: u32,
    ) -> Due<T, Id<T::Kind>> {
        let end = (list, place_of(now), Id::from_ulid(Ulid(u128::MAX)));
        let first = match after {
            Some((at, id)) => Bound::Excluded((list, place_of(at), id)),
            None => Bound::Included((list, 0, Id::from_ulid(Ulid(0)))),
        };
        let met = self
            .lists
            .range((first, Bound::Unbounded))
            .take_while(|entry| **entry <= end)
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .filter_map(|(_, place, id)| Some((Some(at_place(*place)), self.get(*id)?)));
        self.parted(met.collect(), |at, id| (at.unwrap_or(now), id))
    }

    /// One page of the rows that `keep` keeps, newest first.
    pub(super) fn page(
        &self,
        request: &PageRequest,
        keep: impl Fn(&T) -> bool,
    ) -> Result<Page<Versioned<T>>, StoreError> {
        let before = before::<T>(request)?;
        let rows = self.by_id.range((Bound::Unbounded, before)).rev().map(|(_, row)| row);
        Ok(self.page_from(rows, request, keep))
    }

    /// One page of a parent's rows that `keep` keeps, newest first.
    pub(super) fn page_of<K>(
        &self,
        list: List,
        parent: Id<K>,
        request: &PageRequest,
        keep: impl Fn(&T) -> bool,
    ) -> Result<Page<Versioned<T>>, StoreError> {
        let place = bits(parent);
        let first = Bound::Included((list, place, Id::from_ulid(Ulid(0))));
        let end = match before::<T>(request)? {
            Bound::Excluded(id) => Bound::Excluded((list, place, id)),
            _ => Bound::Included((list, place, Id::from_ulid(Ulid(u128::MAX)))),
        };
        let rows = self.lists.range((first, end)).rev();
        let rows = rows.filter_map(|(_, _, id)| self.by_id.get(id));
        Ok(self.page_from(rows, request, keep))
    }

    fn page_from<'r>(
        &self,
        rows: impl Iterator<Item = &'r Versioned<T>>,
        request: &PageRequest,
        keep: impl Fn(&T) -> bool,
    ) -> Page<Versioned<T>>
    where
        T: 'r,
    {
        let wanted = usize::try_from(request.limit()).unwrap_or(usize::MAX).saturating_add(1);
        let rows = rows.filter(|row| keep(&row.value)).take(wanted);
        let rows = rows.map(|row| (row.value.id().stored(), self.checked(row).ok()));
        Page::from_readable(rows.collect(), request)
    }
}

/// What a row is that was made unreadable.
pub(super) fn spoilt(table: &'static str) -> StoreError {
    StoreError::Corrupt { table, column: "version", text: "it was spoilt by a test".to_owned() }
}

fn before<T: Noun>(request: &PageRequest) -> Result<Bound<Id<T::Kind>>, StoreError> {
    request.after.as_ref().map_or(Ok(Bound::Unbounded), |cursor| {
        Id::from_stored(cursor.as_str())
            .map(Bound::Excluded)
            .map_err(|error| StoreError::Refused(Box::new(error)))
    })
}

/// Writing: [`check`](Rows::check) first, and when all tables agree, [`apply`](Rows::apply).
impl<T: Stored> Rows<T> {
    pub(super) fn check(
        &self,
        writes: &Writes<T>,
        exists: impl Fn(RowRef) -> bool,
    ) -> Result<(), StoreError> {
        let mut touched = HashSet::new();
        let mut freed = HashSet::new();
        for changed in &writes.changed {
            let id = changed.value.id();
            let stored = self.by_id.get(&id).filter(|row| row.version == changed.version);
            let stored = stored.ok_or(StoreError::Conflict { what: T::TABLE })?;
            if !touched.insert(id) {
                return Err(StoreError::Conflict { what: T::TABLE });
            }
            stored.value.uniques(&mut |unique, key| {
                freed.insert((unique, key));
            });
        }
        for row in &writes.new {
            if self.by_id.contains_key(&row.id()) || !touched.insert(row.id()) {
                return Err(StoreError::Duplicate(Unique::PrimaryKey));
            }
        }
        let mut taken = HashSet::new();
        let mut wrong = None;
        for row in writes.new.iter().chain(writes.changed.iter().map(|it| &it.value)) {
            row.uniques(&mut |unique, key| {
                let key = (unique, key);
                let is_free = freed.contains(&key) || !self.uniques.contains_key(&key);
                if !is_free || !taken.insert(key) {
                    wrong = Some(StoreError::Duplicate(unique));
                }
            });
            row.refers(&mut |to| {
                if !exists(to) {
                    let text =
                        format!("a row of {} refers to a missing row of {}", T::TABLE, to.table);
                    wrong = Some(StoreError::Refused(text.into()));
                }
            });
        }
        wrong.map_or(Ok(()), Err)
    }

    pub(super) fn apply(&mut self, writes: Writes<T>) {
        // All old keys go before any new one comes, so that two rows may swap theirs.
        for changed in &writes.changed {
            if let Some(old) = self.by_id.remove(&changed.value.id()) {
                self.unlist(&old.value);
            }
        }
        for row in writes.new {
            self.put(Versioned::new(row, 1));
        }
        for changed in writes.changed {
            self.put(Versioned::new(changed.value, changed.version.saturating_add(1)));
        }
    }

    /// Throws away at most `limit` rows that expired before `before`; answers how many.
    pub(super) fn purge(&mut self, before: DateTime<Utc>, limit: u32) -> u64 {
        let first = (List::Expiry, 0, Id::from_ulid(Ulid(0)));
        let last = (List::Expiry, place_of(before), Id::from_ulid(Ulid(0)));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let ids: Vec<_> = self.lists.range(first..last).take(limit).map(|it| it.2).collect();
        let mut gone = 0_u64;
        for row in ids.iter().filter_map(|id| self.by_id.remove(id)).collect::<Vec<_>>() {
            self.unlist(&row.value);
            gone = gone.saturating_add(1);
        }
        gone
    }

    /// Throws away at most `limit` rows that `is_over` says, oldest id first; answers how many.
    pub(super) fn drop_oldest(&mut self, limit: u32, is_over: impl Fn(&T) -> bool) -> u64 {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let over = self.by_id.values().filter(|row| is_over(&row.value)).take(limit);
        let ids: Vec<_> = over.map(|row| row.value.id()).collect();
        for row in ids.iter().filter_map(|id| self.by_id.remove(id)).collect::<Vec<_>>() {
            self.unlist(&row.value);
        }
        u64::try_from(ids.len()).unwrap_or(u64::MAX)
    }

    fn unlist(&mut self, row: &T) {
        row.uniques(&mut |unique, key| {
            self.uniques.remove(&(unique, key));
        });
        let mut places = Places::default();
        row.places(&mut places);
        for (list, place) in places.0 {
            self.lists.remove(&(list, place, row.id()));
        }
    }

    fn put(&mut self, row: Versioned<T>) {
        let id = row.value.id();
        row.value.uniques(&mut |unique, key| {
            self.uniques.insert((unique, key), id);
        });
        let mut places = Places::default();
        row.value.places(&mut places);
        self.lists.extend(places.0.into_iter().map(|(list, place)| (list, place, id)));
        self.by_id.insert(id, row);
    }
}

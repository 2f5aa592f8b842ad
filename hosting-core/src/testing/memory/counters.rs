//! Counters under limits, and gap-free series.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use crate::{
    change::{ChangeSet, Receipt, Take},
    model::InvoiceId,
    port::StoreError,
};

/// A counter, and when it may be thrown away.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counter {
    stands_at: i64,
    expires_at: Option<DateTime<Utc>>,
}

/// Counters by name.
#[derive(Default)]
pub(super) struct Counters(HashMap<String, Counter>);

impl Counters {
    pub(super) fn get(&self, name: &str) -> i64 {
        self.0.get(name).map_or(0, |it| it.stands_at)
    }

    /// Where the named counters will stand. All takes of one counter count together, under the
    /// lowest of their limits.
    pub(super) fn check(&self, takes: &[Take]) -> Result<BTreeMap<String, Counter>, StoreError> {
        let mut sums: BTreeMap<&str, (i64, i64, Option<DateTime<Utc>>)> = BTreeMap::new();
        for take in takes {
            let (sum, limit, expires_at) =
                sums.entry(take.counter.as_str()).or_insert((0, i64::MAX, None));
            *sum = sum.saturating_add(take.amount);
            *limit = (*limit).min(take.limit.unwrap_or(i64::MAX));
            *expires_at = take.expires_at.or(*expires_at);
        }
        let mut after = BTreeMap::new();
        for (counter, (sum, limit, expires_at)) in sums {
            let stored = self.0.get(counter).copied().unwrap_or_default();
            let now = stored.stands_at;
            let then = if sum > 0 {
                now.checked_add(sum)
                    .filter(|then| *then <= limit)
                    .ok_or_else(|| StoreError::LimitReached { counter: counter.to_owned() })?
            } else {
                now.saturating_add(sum).max(0)
            };
            let expires_at = expires_at.or(stored.expires_at);
            after.insert(counter.to_owned(), Counter { stands_at: then, expires_at });
        }
        Ok(after)
    }

    pub(super) fn apply(&mut self, after: BTreeMap<String, Counter>) {
        self.0.extend(after);
    }

    /// Throws away at most `limit` counters that expired before `before`; answers how many.
    pub(super) fn purge(&mut self, before: DateTime<Utc>, limit: u32) -> u64 {
        let is_over = |it: &Counter| it.expires_at.is_some_and(|at| at < before);
        let over = self.0.iter().filter(|(_, counter)| is_over(counter));
        let mut names: Vec<_> = over.map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        names.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        self.0.retain(|name, _| names.binary_search(name).is_err());
        u64::try_from(names.len()).unwrap_or(u64::MAX)
    }
}

/// The last number given in each series.
#[derive(Default)]
pub(super) struct Series(HashMap<String, i64>);

impl Series {
    /// Writes the next numbers into the invoices of `changes`; [`apply`](Self::apply) keeps them.
    pub(super) fn assign(
        &self,
        changes: &mut ChangeSet,
    ) -> Result<(HashMap<String, i64>, Receipt), StoreError> {
        let (mut last, mut receipt) = (HashMap::new(), Receipt::default());
        if changes.numbers.is_empty() {
            return Ok((last, receipt));
        }
        let written = changes.invoices.new.iter_mut();
        let written = written.chain(changes.invoices.changed.iter_mut().map(|it| &mut it.value));
        let mut invoices: HashMap<InvoiceId, _> = written.map(|it| (it.id, it)).collect();
        for request in &changes.numbers {
            let invoice = invoices.remove(&request.invoice_id).ok_or_else(|| {
                let text = format!("{} is not written or numbered twice", request.invoice_id);
                StoreError::Refused(text.into())
            })?;
            let series = request.series();
            let stored = self.0.get(&series).copied().unwrap_or(0);
            let seq = last.entry(series).or_insert(stored);
            *seq = seq.saturating_add(1);
            let number = request.render(*seq);
            invoice.number = Some(number.clone());
            receipt.numbers.push((request.invoice_id, number));
        }
        Ok((last, receipt))
    }

    pub(super) fn apply(&mut self, last: HashMap<String, i64>) {
        self.0.extend(last);
    }
}

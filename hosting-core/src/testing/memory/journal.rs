//! The journal, in the order of commits.

use std::collections::{HashMap, HashSet};

use crate::{
    change::Unique,
    kernel::{Page, PageRequest},
    model::{Event, EventId, Subject},
    port::{
        StoreError,
        store::{Rows, Unreadable},
    },
};

use super::rows::spoilt;

/// Facts; the position of the first is 1.
#[derive(Default)]
pub(super) struct Journal {
    events: Vec<Event>,
    ids: HashSet<EventId>,
    subjects: HashMap<String, Vec<i64>>,
    spoilt: HashSet<EventId>,
}

impl Journal {
    pub(super) fn check(&self, events: &[Event]) -> Result<(), StoreError> {
        let mut new = HashSet::new();
        let is_new = |event: &Event| !self.ids.contains(&event.id) && new.insert(event.id);
        if events.iter().all(is_new) {
            Ok(())
        } else {
            Err(StoreError::Duplicate(Unique::PrimaryKey))
        }
    }

    pub(super) fn apply(&mut self, events: Vec<Event>) {
        for event in events {
            let position = i64::try_from(self.events.len()).unwrap_or(i64::MAX).saturating_add(1);
            self.ids.insert(event.id);
            let subject = event.subject.as_str().to_owned();
            self.subjects.entry(subject).or_default().push(position);
            self.events.push(event);
        }
    }

    fn at(&self, position: i64) -> Option<(i64, Event)> {
        let index = usize::try_from(position).ok()?.checked_sub(1)?;
        self.events.get(index).map(|event| (position, event.clone()))
    }

    pub(super) fn spoil(&mut self, id: EventId, is_spoilt: bool) {
        if is_spoilt {
            self.spoilt.insert(id);
        } else {
            self.spoilt.remove(&id);
        }
    }

    pub(super) fn after(&self, after: i64, limit: u32) -> Rows<(i64, Event), i64> {
        let first = after.max(0).saturating_add(1);
        let end = first.saturating_add(i64::from(limit));
        let mut answer = Rows::default();
        for (position, event) in (first..end).map_while(|position| self.at(position)) {
            answer.last = Some(position);
            if self.spoilt.contains(&event.id) {
                answer.unreadable.push(Unreadable {
                    table: "events",
                    id: event.id.stored(),
                    due_at: None,
                    position: Some(position),
                    why: spoilt("events").to_string(),
                });
            } else {
                answer.rows.push((position, event));
            }
        }
        answer
    }

    pub(super) fn count_after(&self, after: i64, at_most: u32) -> i64 {
        let all = i64::try_from(self.events.len()).unwrap_or(i64::MAX);
        all.saturating_sub(after.max(0)).clamp(0, i64::from(at_most))
    }

    pub(super) fn of(
        &self,
        subject: &Subject,
        request: &PageRequest,
    ) -> Result<Page<(i64, Event)>, StoreError> {
        let before = match &request.after {
            None => i64::MAX,
            Some(cursor) => cursor
                .as_str()
                .parse()
                .map_err(|error| StoreError::Refused(Box::<std::num::ParseIntError>::new(error)))?,
        };
        let positions = self.subjects.get(subject.as_str()).map_or(&[][..], Vec::as_slice);
        let wanted = usize::try_from(request.limit()).unwrap_or(usize::MAX).saturating_add(1);
        let rows = positions
            .iter()
            .rev()
            .filter(|position| **position < before)
            .take(wanted)
            .filter_map(|position| self.at(*position))
            .map(|(position, event)| {
                let is_spoilt = self.spoilt.contains(&event.id);
                (position.to_string(), (!is_spoilt).then_some((position, event)))
            })
            .collect();
        Ok(Page::from_readable(rows, request))
    }
}

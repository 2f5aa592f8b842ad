//! Keyset pages: `?after=&limit=`.

use hosting_core::kernel::{Cursor, Entity, Id, PageRequest};

use crate::http::Fields;

/// Reads which page is wanted; `after` is the id of the last thing on the page before.
pub fn page<T: Entity>(
    fields: &mut Fields,
    after: Option<&str>,
    limit: Option<u32>,
) -> PageRequest {
    let limit = limit.unwrap_or(50);
    fields.demand("?limit", (1..=PageRequest::MAX).contains(&limit), "1 to 200");
    let after = fields.parse_optional::<Id<T>>("?after", after);
    PageRequest::after(after.map(|it| Cursor::new(it.stored())), limit)
}

/// What to give as `after` for the next page, if there is one.
pub fn next<T: Entity>(more: Option<&Cursor>, last: Option<Id<T>>) -> Option<String> {
    more.and(last).map(|it| it.to_string())
}

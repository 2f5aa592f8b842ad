//! Pages of lists, and money, as staff see them.

use hosting_core::{
    kernel::{Cursor, Entity, Id, Money, Page, PageRequest},
    port::{Rows, Unreadable},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Fields;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffPage<T: ToSchema> {
    /// What is on it.
    pub(super) items: Vec<T>,
    /// Give this as `after` for the next page; absent on the last one.
    pub(super) next: Option<String>,
    /// How many rows belong here that this version of the program cannot read; absent when none.
    #[serde(skip_serializing_if = "is_none")]
    #[schema(required = false)]
    pub(super) unreadable: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

impl<T: ToSchema> StaffPage<T> {
    /// A list that is short enough to be shown whole.
    pub(super) fn whole(items: Vec<T>) -> Self {
        Self { items, next: None, unreadable: 0 }
    }

    /// What the store answered of such a list.
    pub(super) fn rows<R>(rows: &Rows<R>) -> Self
    where
        T: for<'r> From<&'r R>,
    {
        Self::whole(rows.rows.iter().map(T::from).collect()).lacking(&rows.unreadable)
    }

    /// The same, of which these could not be read.
    pub(super) fn lacking(self, unreadable: &[Unreadable]) -> Self {
        Self { unreadable: u32::try_from(unreadable.len()).unwrap_or(u32::MAX), ..self }
    }

    /// A page of what the store answered.
    pub(super) fn of<R>(page: &Page<R>, id: impl Fn(&R) -> String) -> Self
    where
        T: for<'r> From<&'r R>,
    {
        let next = page.next.as_ref().and(page.items.last()).map(id);
        Self { items: page.items.iter().map(T::from).collect(), next, unreadable: page.unreadable }
    }
}

/// How many rows are wanted, 50 unless said.
pub(super) fn size(fields: &mut Fields, limit: Option<u32>) -> u32 {
    let limit = limit.unwrap_or(50);
    fields.demand("?limit", (1..=PageRequest::MAX).contains(&limit), "1 to 200");
    limit
}

/// Which page is wanted of a list in the order of ids.
pub(super) fn wanted<K: Entity>(
    fields: &mut Fields,
    after: Option<&str>,
    limit: Option<u32>,
) -> PageRequest {
    let limit = size(fields, limit);
    let after = fields.parse_optional::<Id<K>>("?after", after);
    PageRequest::after(after.map(|it| Cursor::new(it.stored())), limit)
}

/// Which page of a list.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Where the page before ended.
    pub(super) after: Option<String>,
    /// How many; 1 to 200, 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<u32>,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StaffMoney {
    /// In minor units of the currency: whole rupiah, cents.
    #[schema(example = 150_000)]
    amount_minor: i64,
    /// ISO 4217.
    #[schema(example = "IDR")]
    currency: String,
}

impl From<Money> for StaffMoney {
    fn from(money: Money) -> Self {
        Self { amount_minor: money.minor(), currency: money.currency().to_string() }
    }
}

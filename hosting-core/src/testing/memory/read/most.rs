//! Lists without pages.

/// How many rows a list without pages answers at most.
pub(super) fn at_most<'r, T: Clone + 'r>(
    rows: impl Iterator<Item = &'r T>,
    limit: usize,
) -> Vec<T> {
    rows.take(limit).cloned().collect()
}

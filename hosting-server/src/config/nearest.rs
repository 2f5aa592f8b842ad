//! What somebody meant who mistyped a key.

/// The known key that is the fewest keystrokes from `text`, if it is near enough to be meant.
pub(super) fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|name| (distance(text, name), name))
        .filter(|(away, name)| *away <= (name.len() / 3).clamp(1, 4))
        .min()
        .map(|(_, name)| name)
}

/// Levenshtein's distance, case not counted.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.to_lowercase().chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_that_was_meant_is_found() {
        let known = ["database_url", "listen_addr", "log"];
        for (text, meant) in [
            ("databse_url", Some("database_url")),
            ("Database-URL", Some("database_url")),
            ("listen", None),
            ("lgo", None),
            ("lo", Some("log")),
            ("midtrans", None),
        ] {
            assert_eq!(nearest(text, known.into_iter()), meant, "{text}");
        }
    }
}

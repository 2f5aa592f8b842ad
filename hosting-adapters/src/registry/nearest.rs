//! What somebody meant who mistyped: for names of adapters, their settings, and keys of a host's
//! configuration alike.

/// The known name that is the fewest keystrokes from `text`, if it is near enough to be meant: at
/// most a third of its letters, and three, away. Case does not count.
pub fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let text: Vec<char> = text.to_lowercase().chars().take(64).collect();
    known
        .map(|name| (distance(&text, &name.to_lowercase().chars().collect::<Vec<_>>()), name))
        .filter(|(away, name)| *away <= (name.chars().count() / 3).min(3))
        .min_by_key(|(away, _)| *away)
        .map(|(_, name)| name)
}

/// Keystrokes between two texts: insert, delete, replace, or swap neighbours (optimal string
/// alignment).
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, a) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, b) in right.iter().enumerate() {
            let replaced = last[column] + usize::from(a != b);
            let mut best = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            let swapped = row > 0 && column > 0 && *a == right[column - 1] && left[row - 1] == *b;
            if swapped {
                best = best.min(before_last[column - 1] + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keystrokes_are_counted() {
        for (left, right, away) in [
            ("", "", 0),
            ("", "abc", 3),
            ("server_key", "server_key", 0),
            ("sever_key", "server_key", 1),
            ("serevr_key", "server_key", 1),
            ("serverkey", "server_key", 1),
            ("kitten", "sitting", 3),
        ] {
            let chars = |it: &str| it.chars().collect::<Vec<_>>();
            assert_eq!(distance(&chars(left), &chars(right)), away, "{left} {right}");
            assert_eq!(distance(&chars(right), &chars(left)), away, "{right} {left}");
        }
    }

    #[test]
    fn only_what_is_near_is_meant() {
        let known = ["midtrans", "manual"];
        assert_eq!(nearest("Midtrns", known.into_iter()), Some("midtrans"));
        assert_eq!(nearest("manuel", known.into_iter()), Some("manual"));
        assert_eq!(nearest("stripe", known.into_iter()), None);
        assert_eq!(nearest("", known.into_iter()), None);
    }
}

//! Reading our own Rust sources, for tests that keep house rules.

#![expect(clippy::arithmetic_side_effects, reason = "places in a text that was just measured")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The workspace's folder.
pub(crate) fn root() -> &'static Path {
    let core = Path::new(env!("CARGO_MANIFEST_DIR"));
    core.parent().unwrap_or(core)
}

/// Every `.rs` file below `folder`, in a stable order; none when there is no such folder.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The source with comments, texts and characters blanked out; lines stay where they are.
pub(crate) fn code_of(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = source.get(at..).unwrap_or_default();
        let skipped = match byte {
            b'/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("/*") => block_comment(rest),
            b'"' => 1 + quoted(rest.get(1..).unwrap_or_default(), '"'),
            b'r' | b'b' if starts_word(bytes, at) => prefixed(rest),
            b'\'' => character(rest),
            _ => 0,
        };
        let taken = rest.get(..skipped).unwrap_or_default();
        if skipped == 0 {
            code.push(char::from(if byte.is_ascii() { byte } else { b' ' }));
            at += 1;
        } else {
            code.extend(taken.chars().map(|it| if it == '\n' { '\n' } else { ' ' }));
            at += skipped;
        }
    }
    code
}

fn starts_word(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|it| bytes.get(it));
    before.is_none_or(|it| !it.is_ascii_alphanumeric() && *it != b'_')
}

/// The length up to and with the closing `end`, which a backslash hides.
fn quoted(rest: &str, end: char) -> usize {
    let mut hidden = false;
    for (at, it) in rest.char_indices() {
        if !hidden && it == end {
            return at + it.len_utf8();
        }
        hidden = !hidden && it == '\\';
    }
    rest.len()
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(here) = rest.get(at..) {
        if here.is_empty() {
            break;
        }
        let step = if here.starts_with("/*") {
            depth += 1;
            2
        } else if here.starts_with("*/") {
            depth -= 1;
            2
        } else {
            here.chars().next().map_or(1, char::len_utf8)
        };
        at += step;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// `r"…"`, `r#"…"#`, `b"…"`, `br"…"`; zero when it is an ordinary word.
fn prefixed(rest: &str) -> usize {
    let letters = rest.chars().take_while(|it| matches!(it, 'r' | 'b')).count();
    let raw = rest.get(..letters).is_some_and(|it| it.contains('r'));
    let hashes = rest.chars().skip(letters).take_while(|it| *it == '#').count();
    let text = rest.get(letters + hashes..).unwrap_or_default();
    if letters > 2 || !text.starts_with('"') || (hashes > 0 && !raw) {
        return 0;
    }
    let inside = text.get(1..).unwrap_or_default();
    let end = if raw {
        let close = format!("\"{}", "#".repeat(hashes));
        inside.find(&close).map_or(inside.len(), |it| it + close.len())
    } else {
        quoted(inside, '"')
    };
    letters + hashes + 1 + end
}

/// `'x'`, `'\n'`, `'\u{…}'`; zero when it is a lifetime.
fn character(rest: &str) -> usize {
    let inside = rest.get(1..).unwrap_or_default();
    let mut letters = inside.chars();
    let first = letters.next();
    if first == Some('\\') || letters.next() == Some('\'') { 1 + quoted(inside, '\'') } else { 0 }
}

/// The code without what is compiled for unit tests only.
pub(crate) fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        kept.push_str(rest.get(..at).unwrap_or_default());
        let after = rest.get(at..).unwrap_or_default();
        let item = after.find(['{', ';']).unwrap_or(after.len());
        let end = if after.get(item..).is_some_and(|it| it.starts_with('{')) {
            item + block(after.get(item..).unwrap_or_default())
        } else {
            after.len().min(item + 1)
        };
        kept.extend(after.get(..end).unwrap_or_default().chars().filter(|it| *it == '\n'));
        rest = after.get(end..).unwrap_or_default();
    }
    kept.push_str(rest);
    kept
}

/// The length of the block that `code` begins with, braces included.
pub(crate) fn block(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, it) in code.char_indices() {
        match it {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

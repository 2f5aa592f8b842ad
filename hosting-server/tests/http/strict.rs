//! What a request says that nobody knows is refused, not ignored: a misspelt field would otherwise be
//! a wish that is silently not carried out.

use std::path::{Path, PathBuf};

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|it| it == "rs") {
            into.push(path);
        }
    }
}

/// Whether the body of a type names words only: `{ None, Withdraw }` has no fields to be unknown.
fn names_only(body: &str) -> bool {
    let body = body.split("\n}").next().unwrap_or_default();
    let code =
        body.lines().map(str::trim).filter(|it| !it.starts_with("//") && !it.starts_with('#'));
    code.into_iter().all(|it| !it.contains(['{', '(', ':']))
}

/// The heads of types that are read from requests: everything between the derive and the body.
fn heads(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("#[derive(") {
        let head = &text[at..];
        let Some(end) = head.find('{') else { continue };
        let (head, body) = (&head[..end], &head[end + 1..]);
        if head.contains("enum ") && names_only(body) {
            continue;
        }
        let derives = head.split(']').next().unwrap_or_default();
        if derives.contains("Deserialize") {
            found.push(head);
        }
    }
    found
}

#[test]
fn every_type_that_is_read_from_a_request_refuses_what_it_does_not_know() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for folder in ["api", "http", "pages"] {
        sources(&root.join(folder), &mut files);
    }
    let mut read = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for head in heads(&text) {
            assert!(head.contains("deny_unknown_fields"), "{}: {head}", file.display());
            read += 1;
        }
    }
    assert!(read > 40, "{read} types were read");
}

#[test]
fn a_type_that_ignores_fields_is_seen() {
    let lax = "#[derive(Debug, Deserialize)]\n#[serde(rename_all = \"snake_case\")]\nstruct Lax {";
    assert_eq!(heads(lax).len(), 1);
    assert!(!heads(lax)[0].contains("deny_unknown_fields"));
    assert!(heads("#[derive(Serialize)]\nstruct View {").is_empty());
    let words =
        "#[derive(Deserialize)]\nenum Part {\n    /// Kept: so.\n    #[default]\n    Keep,\n}";
    assert!(heads(words).is_empty(), "a list of words has no fields");
    let fields = "#[derive(Deserialize)]\nenum Terms {\n    First,\n    Some(u32),\n}";
    assert_eq!(heads(fields).len(), 1);
}

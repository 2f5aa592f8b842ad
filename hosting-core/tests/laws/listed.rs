//! The page of laws names tests that are there.

use std::{collections::BTreeSet, fs, path::Path};

/// The rows of the page: what, test, file.
fn rows(page: &str) -> Vec<(String, String, String)> {
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|it| it.trim().trim_matches('`').to_owned()).collect()
    };
    let rows = page.lines().filter(|it| it.starts_with("| ") && it.contains('`'));
    rows.map(|it| {
        let [what, test, file] = <[String; 3]>::try_from(cells(it)).unwrap();
        (what, test, file)
    })
    .collect()
}

/// Whether `source` has a function of that name.
fn has(source: &str, test: &str) -> bool {
    source.contains(&format!("fn {test}("))
}

#[test]
fn every_test_on_the_page_of_laws_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = fs::read_to_string(root.join("docs/reference/laws.md")).unwrap();
    let rows = rows(&page);
    for (what, test, file) in &rows {
        let source = fs::read_to_string(root.join(file));
        let source = source.unwrap_or_else(|error| panic!("{what}: {file}: {error}"));
        assert!(has(&source, test), "{what}: {file} has no `{test}`");
    }
    let named: BTreeSet<_> = rows.iter().map(|(what, ..)| what.clone()).collect();
    let laws = (1..=13).map(|it| format!("Law {it}"));
    let defects = (1..=9).map(|it| format!("D{it}"));
    for wanted in laws.chain(defects) {
        assert!(named.contains(&wanted), "{wanted} has no test");
    }
}

#[test]
fn a_test_that_is_not_there_is_noticed() {
    assert!(has("async fn money_comes_late() {", "money_comes_late"));
    assert!(!has("async fn money_comes_late() {", "money_comes"));
    assert!(!has("async fn money_comes_late() {", "comes_late"));
}

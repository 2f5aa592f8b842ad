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

/// Whether `source` has a test of that name: a function right behind an attribute that makes it one.
fn is_a_test(source: &str, test: &str) -> bool {
    let Some((before, _)) = source.split_once(&format!("fn {test}(")) else { return false };
    let above = &before[..before.rfind('\n').unwrap_or(0)];
    let lines = above.lines().rev().map(str::trim);
    let mut attributes = lines.take_while(|it| it.starts_with('#') || it.starts_with("//"));
    attributes.any(|it| it.starts_with("#[test]") || it.starts_with("#[tokio::test"))
}

/// Whether `test` is a rule of the conformance suite that `file` belongs to: a function of the file, named
/// in the list from which the suite makes its tests.
fn is_a_rule(root: &Path, file: &str, source: &str, test: &str) -> bool {
    let Some((folder, _)) = file.split_once("/conformance/") else { return false };
    let suite = file[folder.len() + "/conformance/".len()..].split('/').next().unwrap_or_default();
    // A suite of one file has no list: the store in memory is tried with it by a test of the same name.
    let of_one_file = Path::new(suite).extension().is_some();
    let list = if of_one_file {
        root.join("hosting-core/tests").join(suite)
    } else {
        root.join(folder).join("conformance").join(suite).join("rules.rs")
    };
    let list = fs::read_to_string(list).unwrap_or_default();
    let is_named = list.split(|it: char| !it.is_alphanumeric() && it != '_').any(|it| it == test);
    is_named && source.contains(&format!("fn {test}("))
}

#[test]
fn every_test_on_the_page_of_laws_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = fs::read_to_string(root.join("docs/reference/laws.md")).unwrap();
    let rows = rows(&page);
    for (what, test, file) in &rows {
        let source = fs::read_to_string(root.join(file));
        let source = source.unwrap_or_else(|error| panic!("{what}: {file}: {error}"));
        let is_run = is_a_test(&source, test) || is_a_rule(root, file, &source, test);
        assert!(is_run, "{what}: {file} has no test `{test}`");
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
    let test = "#[tokio::test]\n/// Why.\nasync fn money_comes_late() {";
    assert!(is_a_test(test, "money_comes_late"));
    assert!(!is_a_test(test, "money_comes"));
    assert!(!is_a_test(test, "comes_late"));
    assert!(!is_a_test("#[test]\nfn a() {}\n\nfn money_comes_late() {", "money_comes_late"));
}

#[test]
fn a_rule_that_no_suite_runs_is_noticed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let file = "hosting-core/src/testing/conformance/store/commit.rs";
    let source = "pub async fn a_conflict_leaves_nothing_behind(store: &dyn Store) {\nfn task(";
    assert!(is_a_rule(root, file, source, "a_conflict_leaves_nothing_behind"));
    assert!(!is_a_rule(root, file, source, "a_helper"));
    assert!(!is_a_rule(root, "tests/x.rs", source, "a_conflict_leaves_nothing_behind"));
}

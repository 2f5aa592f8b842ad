//! A suite's list of rules is the rules that are written.

use std::path::Path;

/// Panics unless every rule written in the suite's folder is listed, once, and there are as many.
pub(crate) fn each_once_and_all_listed(suite: &str, rules: &[&str], at_least: usize) {
    let mut names = rules.to_vec();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "a rule is listed twice");
    assert!(count >= at_least, "{count} rules");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/testing/conformance").join(suite);
    for entry in std::fs::read_dir(folder).unwrap() {
        let source = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in source.lines().filter_map(|it| it.strip_prefix("pub async fn ")) {
            let rule = line.split('(').next().unwrap();
            assert!(names.contains(&rule), "`{rule}` is not listed");
        }
    }
}

//! Law 11: time and dice are handed in.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

/// Whether a source asks the machine itself, outside comments.
fn asks_the_machine(source: &str) -> bool {
    let asks =
        ["Utc::now(", "Local::now(", "SystemTime::now(", "Instant::now(", "getrandom::", "rand::"];
    let code = source.lines().filter(|it| !it.trim_start().starts_with("//"));
    code.into_iter().any(|line| asks.iter().any(|it| line.contains(it)))
}

#[test]
fn only_the_clock_and_the_dice_ask_the_machine() {
    let (root, mut files) = (root(), Vec::new());
    for member in
        ["hosting-core", "hosting-rdash", "hosting-adapters", "hosting-sqlx", "hosting-server"]
    {
        sources(&root.join(member).join("src"), &mut files);
    }
    assert!(files.len() > 100, "the sources are here");
    let mut asking: Vec<_> = files
        .iter()
        .filter(|it| asks_the_machine(&fs::read_to_string(it).unwrap()))
        .map(|it| it.strip_prefix(&root).unwrap().to_string_lossy().into_owned())
        .collect();
    asking.sort();
    assert_eq!(asking, ["hosting-server/src/clock.rs", "hosting-server/src/entropy.rs"]);
}

#[test]
fn the_compiler_bans_what_asks_the_machine() {
    let bans = fs::read_to_string(root().join("clippy.toml")).unwrap();
    for ban in [
        "chrono::Utc::now",
        "std::time::SystemTime::now",
        "std::time::Instant::now",
        "getrandom::fill",
    ] {
        assert!(bans.contains(&format!("\"{ban}\"")), "{ban} is not banned");
    }
}

#[test]
fn asking_the_machine_is_noticed() {
    assert!(asks_the_machine("let now = Utc::now();"));
    assert!(!asks_the_machine("// never Utc::now()"));
}

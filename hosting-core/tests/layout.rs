//! Where things stand: a reader knows before looking.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

#[allow(dead_code, reason = "each test program uses its part")]
mod source;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use source::{code_of, root, rust_files};

const CRATES: [&str; 5] =
    ["hosting-core", "hosting-rdash", "hosting-adapters", "hosting-sqlx", "hosting-server"];
/// What declares something. `mod` and `use` are all that a `mod.rs` may have.
const ITEMS: [&str; 10] =
    ["fn", "struct", "enum", "trait", "impl", "const", "static", "type", "union", "macro_rules!"];
fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a file that was just listed")
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// The first word of an item that `source` declares by itself, after its visibility.
fn item_of(source: &str) -> Option<&'static str> {
    let code = code_of(source);
    let mut words = code.split_whitespace().map(|it| it.trim_start_matches("}}"));
    words.find_map(|word| {
        let word = word.split(['<', '{', '(']).next().unwrap_or_default();
        ITEMS.into_iter().find(|it| *it == word)
    })
}

#[test]
fn a_mod_rs_holds_docs_and_re_exports_only() {
    let (mut count, mut wrong) = (0_usize, BTreeSet::new());
    for folder in CRATES.map(|it| root().join(it).join("src")) {
        let files = rust_files(&folder);
        for path in files.iter().filter(|it| it.ends_with("mod.rs")) {
            count = count.saturating_add(1);
            if let Some(item) = item_of(&read(path)) {
                wrong.insert((shown(path), item));
            }
        }
    }
    assert!(count > 40, "the sources are not where they are looked for");
    assert!(wrong.is_empty(), "move these into a file of their own: {wrong:?}");
}

#[test]
fn an_item_in_a_mod_rs_is_seen() {
    for wrong in [
        "mod a;\n\npub(super) fn at_most() {}",
        "mod a;\npub use a::B;\nimpl B {}",
        "macro_rules! again { () => {} }",
        "pub const MOST: u32 = 3;",
        "/// Docs.\npub enum Never{}",
    ] {
        assert!(item_of(wrong).is_some(), "{wrong}");
    }
    for right in [
        "//! What a function does; `fn a()`.\n\n#[cfg(test)]\nmod tests;\npub use tests::{a, b};",
        "#![expect(clippy::panic, reason = \"a const fn\")]\nmod constant;\npub(crate) use typed::x;",
    ] {
        assert_eq!(item_of(right), None, "{right}");
    }
}

/// Files that every folder of a gateway or a panel has, and those that it has when it calls somebody.
const ALWAYS: [&str; 3] = ["mod.rs", "adapter.rs", "config.rs"];
const CALLING: [&str; 4] = ["client.rs", "wire.rs", "verdict.rs", "sandbox"];
/// Folders of `hosting-adapters` that are no gateway and no panel.
const OTHERS: [&str; 5] = ["http", "mail", "registry", "sandbox", "sealing"];

/// What is wrong with the names in an adapter's folder. `docs` is what its `mod.rs` says.
fn misnamed(names: &BTreeSet<String>, docs: &str) -> Vec<String> {
    let mut expected: Vec<&str> = ALWAYS.to_vec();
    if CALLING.iter().any(|it| names.contains(*it)) {
        expected.extend(CALLING);
    }
    let missing = expected.iter().filter(|it| !names.contains(**it));
    let mut wrong: Vec<_> = missing.map(|it| format!("{it} is missing")).collect();
    let own = names.iter().filter(|it| !expected.contains(&it.as_str()));
    let own = own.filter(|it| !it.ends_with("tests.rs") && !docs.contains(&format!("`{it}` |")));
    wrong.extend(own.map(|it| format!("{it} has a name of its own, and mod.rs does not say why")));
    wrong
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).expect("a folder").flatten().map(|it| it.path());
    let mut found: Vec<_> = entries.filter(|it| it.is_dir()).collect();
    found.sort();
    found
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default()
}

#[test]
fn every_adapter_has_the_same_file_names() {
    let (mut adapters, mut wrong) = (Vec::new(), Vec::new());
    for folder in folders(&root().join("hosting-adapters/src")) {
        if OTHERS.contains(&name_of(&folder).as_str()) {
            continue;
        }
        let entries = fs::read_dir(&folder).expect("a folder").flatten();
        let names = entries.map(|it| name_of(&it.path())).collect();
        let said = misnamed(&names, &read(&folder.join("mod.rs")));
        wrong.extend(said.into_iter().map(|it| format!("{}: {it}", shown(&folder))));
        adapters.push(name_of(&folder));
    }
    assert!(adapters.len() >= 3, "{adapters:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_of_another_name_is_seen() {
    let names = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(misnamed(&names(&ALWAYS), ""), Vec::<String>::new());
    assert_eq!(misnamed(&names(&["mod.rs", "adapter.rs"]), ""), ["config.rs is missing"]);
    let calling = names(&["mod.rs", "adapter.rs", "config.rs", "client.rs", "wire.rs", "sandbox"]);
    assert_eq!(misnamed(&calling, ""), ["verdict.rs is missing"]);
    let own = names(&["mod.rs", "adapter.rs", "config.rs", "call.rs"]);
    assert_eq!(misnamed(&own, "").len(), 1);
    assert!(misnamed(&own, "//! | `call.rs` | what only this one has |").is_empty());
}

/// The traits that `source` declares, with the lines of documentation before each.
fn traits(source: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = source.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(rest) = line.strip_prefix("pub trait ") else { continue };
        let is_word = |it: char| it.is_alphanumeric() || it == '_';
        let name = rest.split(|it| !is_word(it)).next().unwrap_or_default();
        let before = lines.iter().take(at).rev();
        let docs = before.take_while(|it| it.starts_with("///") || it.starts_with("#["));
        found.push((name.to_owned(), docs.copied().collect::<Vec<_>>().join("\n")));
    }
    found
}

#[test]
fn every_port_shows_itself_at_work() {
    let files = rust_files(&root().join("hosting-core/src/port"));
    let ports: Vec<_> = files.iter().flat_map(|it| traits(&read(it))).collect();
    assert!(ports.len() > 20, "{}", ports.len());
    let runs = |docs: &str| docs.lines().any(|it| it.trim_end() == "/// ```");
    let mute: Vec<_> = ports.iter().filter(|(_, docs)| !runs(docs)).map(|it| &it.0).collect();
    assert!(mute.is_empty(), "these have no example that runs: {mute:?}");
}

/// Every field of the model that is sealed. Rotation seals all of them again; whoever adds one teaches it
/// (`hosting-core/src/service/rotation.rs`) and then adds it here.
const SEALED: [(&str, usize); 2] = [("provisioning.rs", 2), ("task.rs", 4)];

#[test]
fn rotation_knows_of_everything_that_is_sealed() {
    let mut found = Vec::new();
    for path in rust_files(&root().join("hosting-core/src/model")) {
        let code = code_of(&read(&path));
        let count = [": Sealed,", ": Option<Sealed>,"].map(|it| code.matches(it).count());
        let count: usize = count.into_iter().sum();
        if count > 0 && name_of(&path) != "sealing.rs" {
            found.push((name_of(&path), count));
        }
    }
    let found: Vec<_> = found.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(found, SEALED);
}

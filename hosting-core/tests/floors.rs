//! The house rules that a compiler does not keep: floors, purity, sizes, and who depends on whom.

#![expect(clippy::arithmetic_side_effects, reason = "counts of lines and letters")]
#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod source;

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use source::{block, code_of, root, rust_files, without_tests};

/// From the ground up: a module uses those before it and itself.
const FLOORS: [&str; 8] =
    ["kernel", "model", "change", "decide", "port", "service", "work", "testing"];
/// Floors whose functions answer the same whenever and wherever they are asked (law 1).
const PURE: &[&str] = &["kernel", "model", "change", "decide"];
/// Signs of a runtime, a clock or dice.
const IMPURE: &[&str] = &[
    "async fn",
    "async move",
    "async {",
    ".await",
    "async_trait",
    "Utc::now",
    "Local::now",
    "SystemTime",
    "Instant",
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "getrandom",
    "rand::",
    "Ulid::generate",
    "tokio",
];
const CRATES: [&str; 5] =
    ["hosting-core", "hosting-rdash", "hosting-adapters", "hosting-sqlx", "hosting-server"];

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|it| *it == name)
}

fn is_word(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_'
}

/// Whether `sign` stands in `code` and does not go on: `.await`, but not `.awaits_review()`.
fn has(code: &str, sign: &str) -> bool {
    let goes_on = sign.ends_with(is_word);
    code.match_indices(sign).any(|(at, _)| {
        let next = code.get(at + sign.len()..).and_then(|it| it.chars().next());
        !(goes_on && next.is_some_and(is_word))
    })
}

fn word(code: &str) -> &str {
    code.split(|it| !is_word(it)).next().unwrap_or_default()
}

/// The first names of every path that begins at the crate's root: `crate::a`, `crate::{b::c, d}`.
fn rooted(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, mark) in code.match_indices("crate::") {
        if code.get(..at).and_then(|it| it.chars().next_back()).is_some_and(is_word) {
            continue;
        }
        let after = code.get(at + mark.len()..).unwrap_or_default();
        if after.starts_with('{') {
            names.extend(group(after.get(..block(after)).unwrap_or_default()));
        } else {
            names.push(word(after).to_owned());
        }
    }
    names
}

/// The first names inside `{…}`, without those of nested groups.
fn group(text: &str) -> Vec<String> {
    let (mut depth, mut names, mut current) = (0_usize, Vec::new(), String::new());
    for it in text.chars() {
        match it {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if (depth == 1 && it == ',') || depth == 0 {
            names.push(word(current.trim()).to_owned());
            current.clear();
        } else if depth == 1 && it != '{' {
            current.push(it);
        }
    }
    names.retain(|it| !it.is_empty());
    names
}

/// How many folders `super::super::…` climbs, at most.
fn climbs(code: &str) -> usize {
    let chain = |at: usize| {
        let rest = code.get(at..).unwrap_or_default();
        rest.split("::").take_while(|it| it.trim() == "super").count()
    };
    code.match_indices("super::").map(|(at, _)| chain(at)).max().unwrap_or(0)
}

/// Macros of the crate's root, with the floor they are defined on.
fn exported_macros(files: &[(String, String)]) -> BTreeMap<String, usize> {
    let mut macros = BTreeMap::new();
    for (path, code) in files {
        for (at, mark) in code.match_indices("macro_export]") {
            let after = code.get(at + mark.len()..).unwrap_or_default();
            let name = after.split("macro_rules!").nth(1).map(str::trim_start).map(word);
            let level = path.split(['/', '.']).next().and_then(floor);
            if let (Some(name), Some(level)) = (name, level) {
                macros.insert(name.to_owned(), level);
            }
        }
    }
    macros
}

/// What in `code`, a file on floor `level` and `depth` folders below the root, reaches up.
fn reaching_up(
    level: usize,
    depth: usize,
    code: &str,
    macros: &BTreeMap<String, usize>,
) -> Vec<String> {
    let above = |name: &String| {
        floor(name).or_else(|| macros.get(name).copied()).is_some_and(|it| it > level)
    };
    let mut wrong: Vec<_> = rooted(code).into_iter().filter(above).collect();
    if climbs(code) >= depth {
        wrong.push("super up to the crate's root".to_owned());
    }
    wrong
}

/// Every file of the core with its path below `src/`, as code that is not for unit tests.
fn core_files() -> Vec<(String, String)> {
    let src = root().join("hosting-core/src");
    let files: Vec<_> = rust_files(&src)
        .into_iter()
        .filter(|it| it.file_name().is_some_and(|it| it != "tests.rs"))
        .filter_map(|path| {
            let source = fs::read_to_string(&path).ok()?;
            let below = path.strip_prefix(&src).ok()?.to_str()?.to_owned();
            Some((below, without_tests(&code_of(&source))))
        })
        .collect();
    assert!(files.len() > 40, "the core's sources are not where they are looked for");
    files
}

#[test]
fn a_module_uses_lower_floors_only() {
    let files = core_files();
    let macros = exported_macros(&files);
    assert!(macros.contains_key("state_machine"), "{macros:?}");
    let mut wrong = Vec::new();
    for (path, code) in &files {
        let name = path.split(['/', '.']).next().unwrap_or_default();
        if name == "lib" {
            continue;
        }
        let level = floor(name);
        assert!(level.is_some(), "{path} is on no floor");
        let folders = path.matches('/').count();
        let depth = if path.ends_with("mod.rs") { folders } else { folders + 1 };
        for it in reaching_up(level.unwrap_or_default(), depth, code, &macros) {
            wrong.push(format!("{path} uses {it}"));
        }
    }
    assert!(wrong.is_empty(), "these reach up:\n{}", wrong.join("\n"));
}

#[test]
fn deciding_asks_nobody() {
    let mut wrong = Vec::new();
    for (path, code) in core_files() {
        if PURE.contains(&path.split('/').next().unwrap_or_default()) {
            let signs = IMPURE.iter().filter(|it| has(&code, it));
            wrong.extend(signs.map(|it| format!("{path}: {it}")));
        }
    }
    assert!(wrong.is_empty(), "these are not pure:\n{}", wrong.join("\n"));
}

#[test]
fn a_rule_that_is_broken_is_seen() {
    let macros = BTreeMap::from([("for_each_noun".to_owned(), 2)]);
    let up = |code: &str| reaching_up(1, 2, &without_tests(&code_of(code)), &macros);
    assert_eq!(up("use crate::decide::price;"), ["decide"]);
    assert_eq!(up("use crate::{kernel::Id, port::{Store, work}, change};"), ["port", "change"]);
    assert_eq!(up("use crate::{\n    service,\n};"), ["service"]);
    assert_eq!(up("crate::for_each_noun!(x);"), ["for_each_noun"]);
    assert_eq!(up("fn f() { let s = '\"'; crate::work::tick() } // \""), ["work"]);
    assert_eq!(up("use super::super::decide;"), ["super up to the crate's root"]);
    for allowed in [
        "use crate::kernel::{Id, Money};",
        "/// See [`crate::decide`].\nuse super::noun;",
        "const T: &str = \"crate::port\";",
        "const T: &str = r#\"crate::port \" \"#;",
        "#[cfg(test)]\nmod tests { use crate::testing::MemoryStore; }",
        "use mycrate::port::Store;",
    ] {
        assert!(up(allowed).is_empty(), "{allowed}");
    }
}

/// `(name, lines of code)` of every function with a body.
fn functions(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (at, mark) in code.match_indices("fn ") {
        if code.get(..at).and_then(|it| it.chars().next_back()).is_some_and(is_word) {
            continue;
        }
        let after = code.get(at + mark.len()..).unwrap_or_default();
        let Some(begin) = after.find(['{', ';']) else { continue };
        let body = after.get(begin..).unwrap_or_default();
        if body.starts_with('{') {
            let body = body.get(..block(body)).unwrap_or_default();
            let lines = body.lines().filter(|it| !it.trim().is_empty()).count();
            // Neither the line with the opening brace nor the one with the closing.
            found.push((word(after).to_owned(), lines.saturating_sub(2)));
        }
    }
    found
}

#[test]
fn files_stop_at_500_lines_and_functions_at_70() {
    let mut wrong = Vec::new();
    for crate_name in CRATES {
        for path in rust_files(&root().join(crate_name).join("src")) {
            let source = fs::read_to_string(&path).expect("a file that was just listed");
            let shown = path.strip_prefix(root()).unwrap_or(Path::new("?")).display().to_string();
            let lines = source.lines().count();
            if lines > 500 {
                wrong.push(format!("{shown} has {lines} lines"));
            }
            let long = functions(&code_of(&source)).into_iter().filter(|(_, it)| *it > 70);
            wrong.extend(long.map(|(name, it)| format!("{shown}: {name} has {it} lines")));
        }
    }
    assert!(wrong.is_empty(), "these are too long:\n{}", wrong.join("\n"));
}

#[test]
fn the_length_of_a_function_is_its_code() {
    let code =
        code_of("fn a() {\n    // why\n\n    one();\n}\ntrait T { fn b(&self); }\nfn c() {}\n");
    assert_eq!(functions(&code), [("a".to_owned(), 1), ("c".to_owned(), 0)]);
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--offline")
        .current_dir(root())
        .output()
        .expect("cargo, which is running this test");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {complaint}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_core_knows_no_runtime_no_http_and_no_sql() {
    let tree = cargo(&[
        "tree",
        "--package",
        "hosting-core",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--all-features",
        "--format",
        "{p}",
    ]);
    let names: Vec<_> = tree.lines().filter_map(|it| it.split(' ').next()).collect();
    assert!(names.contains(&"serde") && names.contains(&"chrono"), "{tree}");
    for banned in
        ["tokio", "reqwest", "hyper", "sqlx", "sqlx-core", "axum", "async-std", "smol", "rustls"]
    {
        assert!(!names.contains(&banned), "hosting-core depends on {banned}");
    }
    for banned in ["getrandom", "rand", "iana-time-zone"] {
        assert!(!names.contains(&banned), "hosting-core has a clock or dice: {banned}");
    }
}

#[test]
fn dependencies_point_down_the_street() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("hosting-core", &[][..]),
        ("hosting-rdash", &[][..]),
        ("hosting-sqlx", &["hosting-core"][..]),
        ("hosting-adapters", &["hosting-core", "hosting-rdash"][..]),
        (
            "hosting-server",
            &["hosting-core", "hosting-rdash", "hosting-sqlx", "hosting-adapters"][..],
        ),
    ]);
    let text = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: serde_json::Value = serde_json::from_str(&text).expect("cargo metadata");
    let list = |value: &serde_json::Value, key: &str| {
        value.get(key).and_then(serde_json::Value::as_array).cloned().unwrap_or_default()
    };
    let mut seen = 0;
    for package in list(&metadata, "packages") {
        let name = package.get("name").and_then(|it| it.as_str()).unwrap_or_default().to_owned();
        let Some(allowed) = allowed.get(name.as_str()) else { continue };
        seen += 1;
        for dependency in list(&package, "dependencies") {
            // What is not for development has no kind.
            let is_normal = dependency.get("kind").is_none_or(serde_json::Value::is_null);
            let on = dependency.get("name").and_then(|it| it.as_str()).unwrap_or_default();
            let is_ours = on.starts_with("hosting-");
            assert!(!is_normal || !is_ours || allowed.contains(&on), "{name} depends on {on}");
        }
    }
    assert_eq!(seen, CRATES.len());
}

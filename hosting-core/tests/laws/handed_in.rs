//! Law 11: time and dice are handed in.

use std::{fs, path::Path};

use crate::source::{code_of, root, rust_files};

/// Who asks the machine: the server's clock and dice.
const ASKING: [&str; 2] = ["hosting-server/src/clock.rs", "hosting-server/src/entropy.rs"];
/// Programs that measure how long something takes. They have a stopwatch, and nothing else.
const MEASURING: [&str; 3] = ["examples/bulk_renewal/", "examples/webhook_intake/", "/benches/"];
const STOPWATCH: &str = "Instant::now";
/// Where our sources are: programs, their tests and their examples.
const FOLDERS: [&str; 7] = [
    "examples",
    "hosting-adapters",
    "hosting-core",
    "hosting-rdash",
    "hosting-server",
    "hosting-sqlx",
    "tests",
];
/// How one asks. A word of these stands for itself, whatever is around it: `ulid::Ulid::generate()`,
/// `map(Ulid::generate)`, `use rand::rng;`.
const ASKS: [&str; 29] = [
    "Utc::now",
    "Local::now",
    "SystemTime::now",
    "Instant::now",
    "UNIX_EPOCH.elapsed",
    "Ulid::new",
    "Ulid::generate",
    "Ulid::with_source",
    "Ulid::from_datetime",
    "Ulid::from_datetime_with_source",
    "ulid::Generator",
    "Uuid::new_v4",
    "Uuid::now_v1",
    "Uuid::now_v6",
    "Uuid::now_v7",
    "getrandom",
    "fastrand",
    "oorandom",
    "rand::",
    "use rand",
    "thread_rng",
    "from_os_rng",
    "from_entropy",
    "OsRng",
    "SysRng",
    "ThreadRng",
    "RandomState",
    "CLOCK_REALTIME",
    "/dev/urandom",
];

/// What of [`ASKS`] stands in a source outside comments and texts. A path to a device is a text.
fn asks(source: &str) -> Vec<&'static str> {
    let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let code = code_of(source);
    let stands = |sign: &str, at: usize| {
        let before = code[..at].chars().next_back().is_some_and(is_word);
        let after = code[at + sign.len()..].chars().next().is_some_and(is_word);
        !(before || after && sign.ends_with(is_word))
    };
    let has = |sign: &str| {
        if sign.starts_with('/') {
            return source.contains(&format!("\"{sign}\""));
        }
        code.match_indices(sign).any(|(at, _)| stands(sign, at))
    };
    ASKS.into_iter().filter(|it| has(it)).collect()
}

#[test]
fn only_the_clock_and_the_dice_ask_the_machine() {
    let (mut count, mut asking) = (0, Vec::new());
    for folder in FOLDERS {
        let files = rust_files(&root().join(folder));
        count += files.len();
        for path in files {
            let shown = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            let found = asks(&fs::read_to_string(&path).unwrap());
            let measures = MEASURING.iter().any(|it| shown.contains(it));
            if measures && found == [STOPWATCH] {
                continue;
            }
            // The list itself names a device.
            if !found.is_empty() && !path.ends_with(Path::new("laws/handed_in.rs")) {
                asking.push((shown, found));
            }
        }
    }
    assert!(count > 400, "the sources are here");
    let who: Vec<_> = asking.iter().map(|(file, _)| file.as_str()).collect();
    assert_eq!(who, ASKING, "{asking:?}");
}

#[test]
fn the_compiler_bans_what_asks_the_machine() {
    let bans = fs::read_to_string(root().join("clippy.toml")).unwrap();
    for ban in [
        "chrono::Utc::now",
        "chrono::Local::now",
        "std::time::SystemTime::now",
        "std::time::Instant::now",
        "tokio::time::Instant::now",
        "ulid::Ulid::generate",
        "getrandom::fill",
        "rand::rng",
        "rand::random",
        "uuid::Uuid::new_v4",
        "uuid::Uuid::now_v7",
    ] {
        assert!(bans.contains(&format!("\"{ban}\"")), "{ban} is not banned");
    }
}

#[test]
fn asking_the_machine_is_noticed() {
    for asking in [
        "let now = Utc::now();",
        "let now = chrono::Utc::now;",
        "let id = ids.map(|_| ulid::Ulid::generate());",
        "let begun = tokio::time::Instant::now();",
        "use rand::{rng, Rng};",
        "let dice = rand::rng();",
        "getrandom::fill(&mut bytes)?;",
        "File::open(\"/dev/urandom\")",
        "type Hasher = std::hash::RandomState;",
    ] {
        assert!(!asks(asking).is_empty(), "{asking}");
    }
    for quiet in [
        "// never Utc::now()",
        "let text = \"Utc::now()\";",
        "let id = Ulid::from_parts(at, operand::value());",
        "let watch = Stopwatch::start();",
        "my_thread_rng_count += 1;",
    ] {
        assert_eq!(asks(quiet), Vec::<&str>::new(), "{quiet}");
    }
}

//! The pages of `docs/reference/`, made from the code and its documentation; `UPDATE_DOCS=1` writes
//! them again.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod pages;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use hosting_core::{
    change::Unique,
    model::{BillingPolicy, DomainEvent, Keeping, Permission, Role, ShopSettings, TaskAction},
};

/// What the source says about each name in the block that begins with `head`: its comment, joined.
fn documented(path: &str, head: &str) -> BTreeMap<String, String> {
    let file = format!("{}/src/{path}", env!("CARGO_MANIFEST_DIR"));
    let source = fs::read_to_string(file).expect("a file of this crate");
    let (_, block) = source.split_once(head).expect("the block that is documented");
    let (mut said, mut comment) = (BTreeMap::new(), String::new());
    for line in block.lines().skip(1) {
        let text = line.trim();
        if let Some(more) = text.strip_prefix("///") {
            comment.push_str(more);
        } else if line.starts_with('}') || line == "    }" && !head.starts_with('\n') {
            break;
        } else if !text.starts_with('#') && !text.is_empty() {
            let name = text.trim_start_matches("pub ");
            let name = name.split(|it: char| !it.is_alphanumeric() && it != '_').next();
            let text = comment.trim().replace(['[', ']'], "").replace('|', "\\|");
            said.entry(name.unwrap_or_default().to_owned()).or_insert(text);
            comment.clear();
        }
    }
    said
}

fn what(said: &BTreeMap<String, String>, name: &str) -> String {
    let text = said.get(name).cloned().unwrap_or_default();
    assert!(!text.is_empty(), "`{name}` is not documented where it was looked for");
    text
}

fn page(title: &str, begin: &str) -> String {
    format!("# {title}\n\n{}\n\n{begin}\n\n", pages::GENERATED)
}

#[test]
fn permissions_and_roles() {
    let said = documented("model/access.rs", "pub enum Permission {");
    let mut text = page(
        "Permissions",
        "A route names the permission it needs; a role is a set of them. An API key holds scopes, which \
         are permissions, and can never do more than the user it belongs to.",
    );
    let roles: Vec<_> = Role::ALL.iter().map(ToString::to_string).collect();
    let _ = writeln!(text, "| permission | allows to | {} |", roles.join(" | "));
    let _ = writeln!(text, "|---|---|{}", "---|".repeat(roles.len()));
    for permission in Permission::ALL {
        let held: Vec<_> =
            Role::ALL.iter().map(|it| if it.holds(*permission) { "yes" } else { "" }).collect();
        let does = what(&said, &format!("{permission:?}"));
        let _ = writeln!(text, "| `{permission}` | {does} | {} |", held.join(" | "));
    }
    pages::shows("reference/permissions.md", &text);
}

#[test]
fn events() {
    let said = documented("model/audit.rs", "\ndomain_events! {");
    let mut text = page(
        "Events",
        "Facts in the past tense. Each is written to the journal in the commit that made it true, with \
         its instant, its actor and its subject; listeners read the same rows in the order the database \
         gave them. Fields are only ever added.",
    );
    text.push_str("| event | says |\n|---|---|\n");
    for name in DomainEvent::NAMES {
        let _ = writeln!(text, "| `{name}` | {} |", what(&said, name));
    }
    pages::shows("reference/events.md", &text);
}

#[test]
fn kinds_of_work() {
    let said = documented("model/task.rs", "pub enum TaskAction {");
    let mut text = page(
        "Tasks",
        "Work outside the database, written in the commit that caused it and carried out by a worker. \
         A lane is worked by itself, so that a slow panel does not hold up payments.",
    );
    text.push_str("| action | does | lane |\n|---|---|---|\n");
    for action in TaskAction::ALL {
        let does = what(&said, &format!("{action:?}"));
        let _ = writeln!(text, "| `{action}` | {does} | `{}` |", action.lane());
    }
    pages::shows("reference/tasks.md", &text);
}

#[test]
fn unique_constraints() {
    let mut text = page(
        "Uniqueness",
        "What must be unique is a constraint of the database. A commit that would break one is refused \
         as a duplicate and names it; an idempotent caller takes that as done.",
    );
    text.push_str("| constraint | table | columns |\n|---|---|---|\n");
    for unique in Unique::ALL {
        let (table, columns) = unique.columns();
        let (table, columns) = if columns.is_empty() {
            ("every table".to_owned(), "`id`".to_owned())
        } else {
            (format!("`{table}`"), format!("`{}`", columns.join("`, `")))
        };
        let _ = writeln!(text, "| `{unique}` | {table} | {columns} |");
    }
    pages::shows("reference/uniqueness.md", &text);
}

/// One row a field of `defaults`, in the order of the document.
fn fields(text: &mut String, said: &BTreeMap<String, String>, defaults: &serde_json::Value) {
    text.push_str("| key | default | means |\n|---|---|---|\n");
    for (key, value) in defaults.as_object().into_iter().flatten() {
        let shown = if value.is_object() { "see below".to_owned() } else { format!("`{value}`") };
        let _ = writeln!(text, "| `{key}` | {shown} | {} |", what(said, key));
    }
}

#[test]
fn settings() {
    let json = |it: serde_json::Result<serde_json::Value>| it.expect("settings are JSON");
    let shop = json(serde_json::to_value(ShopSettings::default()));
    let policy = json(serde_json::to_value(BillingPolicy::default()));
    let mut text = page(
        "Settings",
        "What an operator decides, stored as one document under `shop`. A key that is left out has its \
         default; a key that does not exist is an error.",
    );
    fields(&mut text, &documented("model/settings.rs", "pub struct ShopSettings {"), &shop);
    text.push_str("\n## `billing`\n\nDays are calendar days of the seller's time zone.\n\n");
    fields(&mut text, &documented("model/settings.rs", "pub struct BillingPolicy {"), &policy);
    let keeping = json(serde_json::to_value(Keeping::default()));
    text.push_str("\n## `keeping`\n\n");
    fields(&mut text, &documented("model/settings.rs", "pub struct Keeping {"), &keeping);
    let whole = serde_json::to_string_pretty(&shop).expect("settings are JSON");
    let _ = write!(text, "\n## All defaults\n\n```json\n{whole}\n```\n");
    pages::shows("reference/settings.md", &text);
}

/// Every Markdown file of the repository's top, of `.github` and of `docs/`.
fn markdown() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (mut files, mut folders) = (Vec::new(), vec![root.clone(), root.join("docs")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && folder != root {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                files.push(path);
            }
        }
    }
    files
}

#[test]
fn links_between_pages_lead_somewhere() {
    let files = markdown();
    assert!(files.len() > 20, "the pages are not where they are looked for");
    for file in files {
        let text = fs::read_to_string(&file).expect("a file that was just listed");
        let targets = text.split("](").skip(1).filter_map(|it| it.split([')', '#']).next());
        for target in targets.filter(|it| !it.is_empty() && !it.contains("://")) {
            let there = file.parent().is_some_and(|it| it.join(target).exists());
            assert!(there, "{}: {target} is not there", file.display());
        }
    }
}

//! The guide's first block works as it is printed.

use crate::process::{program, run, said};

const GUIDE: &str = include_str!("../../../docs/guide/operations.md");

/// What a shell makes of the first block: the settings it exports, and the commands after them.
fn first_block() -> (Vec<(String, String)>, Vec<String>) {
    let block = GUIDE.split("```sh\n").nth(1).and_then(|it| it.split("```").next());
    let script = block.expect("the guide begins with a block of commands");
    let (mut settings, mut commands) = (Vec::new(), Vec::new());
    let shell = |text: &str| {
        let output = std::process::Command::new("sh").args(["-c", text]).output().unwrap();
        assert!(output.status.success(), "{text}");
        String::from_utf8(output.stdout).unwrap()
    };
    for line in script.lines() {
        match line.strip_prefix("export ") {
            Some(pairs) => {
                // The shell itself says what it understood.
                let names = pairs.split_whitespace().filter_map(|it| it.split_once('='));
                for (name, _) in names.filter(|(name, _)| name.chars().all(is_of_a_name)) {
                    let value = shell(&format!("{line}; printf %s \"${name}\""));
                    settings.push((name.to_owned(), value));
                }
            }
            None => commands.push(line.to_owned()),
        }
    }
    (settings, commands)
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_uppercase() || c == '_'
}

#[test]
fn the_settings_of_the_first_block_are_taken() {
    let (settings, commands) = first_block();
    assert!(commands.contains(&"hosting-server check-config".to_owned()), "{commands:?}");
    let folder = tempfile::tempdir().unwrap();
    let settings: Vec<_> = settings.iter().map(|(key, value)| (&**key, &**value)).collect();
    assert!(settings.iter().any(|(key, value)| *key == "PUBLIC_URL" && value.starts_with("https")));
    let shown = said(&run(program(folder.path(), &settings, &["check-config"]), ""));
    for (key, _) in &settings {
        assert!(shown.contains(&format!("{key} = ")), "{key} is no setting: {shown}");
    }
}

#[test]
fn the_commands_of_the_first_block_are_understood() {
    let (_, commands) = first_block();
    let folder = tempfile::tempdir().unwrap();
    for command in commands {
        let words: Vec<_> = command.split_whitespace().collect();
        let arguments = words.strip_prefix(&["hosting-server"]).expect("our program");
        let asked = [arguments, &["--help"]].concat();
        said(&run(program(folder.path(), &[], &asked), ""));
    }
}

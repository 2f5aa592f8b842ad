//! `rotate-keys`, in the steps of the guide.

use std::path::Path;

use crate::process::{program, refused, run, said, text};

const OLD: &str = "old:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const NEW: &str = "new:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

/// A shop with one server, whose secret is sealed under the old key.
fn shop(data: &Path) {
    let old = [("SECRET_KEYS", OLD)];
    said(&run(program(data, &old, &["migrate"]), ""));
    said(&run(program(data, &old, &["seed", "--secrets-stdin"]), "a-long-one\ntoken\n"));
}

#[test]
fn keys_are_rotated_in_the_steps_of_the_guide() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path());
    let both = format!("{NEW},{OLD}");
    let rotate = |keys: &str, more: &[&str]| {
        let arguments = [&["rotate-keys"], more].concat();
        run(program(folder.path(), &[("SECRET_KEYS", keys)], &arguments), "")
    };
    let looked = said(&rotate(&both, &["--check"]));
    assert!(looked.contains("key old: keep it; 1 values"), "{looked}");
    let rotated = said(&rotate(&both, &[]));
    assert!(rotated.contains("1 looked at, 1 sealed again"), "{rotated}");
    assert!(rotated.contains("key new: seals; 1 values"), "{rotated}");
    assert!(rotated.contains("key old: not in use; it may be taken out"), "{rotated}");
    assert!(said(&rotate(&both, &[])).contains("1 looked at, 0 sealed again"));
    let checked = run(program(folder.path(), &[("SECRET_KEYS", &both)], &["check-config"]), "");
    assert!(
        said(&checked).contains("# the key ring: new seals, old opens"),
        "{}",
        text(&checked.stdout)
    );
    // And so the old key goes.
    let alone = said(&rotate(NEW, &[]));
    assert!(alone.contains("1 looked at, 0 sealed again") && !alone.contains("old"), "{alone}");
}

#[test]
fn a_key_that_went_too_early_is_told_and_keeps_what_is_under_it_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path());
    let output = run(program(folder.path(), &[("SECRET_KEYS", NEW)], &["rotate-keys"]), "");
    let told = refused(&output);
    assert!(told.contains("1 values could not be sealed again"), "{told}");
    let shown = text(&output.stdout);
    assert!(shown.contains("key old: not in the ring"), "{shown}");
    assert!(shown.contains("left as it is: srv_"), "{shown}");
    assert!(!shown.contains("token\n") && !shown.contains("AQEB"), "{shown}");
}

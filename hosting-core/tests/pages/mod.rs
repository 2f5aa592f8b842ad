//! Pages of `docs/` that are made from code.

use std::{fs, path::PathBuf};

/// Said at the top of every page that is made from code.
pub(crate) const GENERATED: &str = "<!-- Made from the code by its tests; `UPDATE_DOCS=1 cargo test -p hosting-core` writes it again. -->";

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Fails when `docs/<path>` does not show exactly `text`; writes it when `UPDATE_DOCS` is set.
///
/// # Panics
/// See above.
pub(crate) fn shows(path: &str, text: &str) {
    let file = workspace().join("docs").join(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let written = file.parent().map_or(Ok(()), fs::create_dir_all);
        assert!(written.and_then(|()| fs::write(&file, text)).is_ok(), "docs/{path}");
        return;
    }
    let stored = fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        stored == text,
        "docs/{path} is behind the code; run `UPDATE_DOCS=1 cargo test -p hosting-core` and look at \
         what changed"
    );
}

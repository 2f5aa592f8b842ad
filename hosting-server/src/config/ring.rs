//! The key ring: given, or made once and kept beside the data.

use std::{io::Write, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use hosting_core::{kernel::Secret, port::Entropy};

use super::error::ConfigError;

/// The file in `DATA_DIR` that holds a generated ring.
pub(super) const FILE: &str = "secret_keys";

/// The ring kept in `data_dir`, if there is one.
///
/// # Errors
/// [`ConfigError::KeyRing`] when the file cannot be read.
pub(super) fn kept(data_dir: &Path) -> Result<Option<Secret>, ConfigError> {
    let path = data_dir.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(Secret::new(text.trim()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ConfigError::KeyRing { path, source }),
    }
}

/// Reads the ring kept in `data_dir`, or makes one there that only this user may read.
///
/// # Errors
/// [`ConfigError::KeyRing`] when the folder or the file cannot be read or written.
pub(super) fn kept_or_made(data_dir: &Path, entropy: &dyn Entropy) -> Result<Secret, ConfigError> {
    if let Some(kept) = kept(data_dir)? {
        return Ok(kept);
    }
    let path = data_dir.join(FILE);
    let failed = |source| ConfigError::KeyRing { path: path.clone(), source };
    std::fs::create_dir_all(data_dir).map_err(failed)?;
    let ring = format!("k1:{}", STANDARD.encode(entropy.bytes()));
    // Written aside and then linked: another process sees the whole ring or none.
    let aside = data_dir.join(format!("{FILE}.{:032x}", entropy.next()));
    let linked = write_private(&aside, &ring).and_then(|()| std::fs::hard_link(&aside, &path));
    let removed = std::fs::remove_file(&aside);
    match linked {
        Ok(()) => removed.map(|()| Secret::new(ring)).map_err(failed),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            std::fs::read_to_string(&path).map(|it| Secret::new(it.trim())).map_err(failed)
        }
        Err(error) => Err(failed(error)),
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

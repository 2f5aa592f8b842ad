//! The key ring: given, or made once and kept beside the data.

use std::{io::Write, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use hosting_core::{kernel::Secret, port::Entropy};

use super::error::ConfigError;

/// The file in `DATA_DIR` that holds a generated ring.
pub(super) const FILE: &str = "secret_keys";

/// Reads the ring kept in `data_dir`, or makes one there that only this user may read.
///
/// # Errors
/// [`ConfigError::KeyRing`] when the folder or the file cannot be read or written.
pub(super) fn kept_or_made(data_dir: &Path, entropy: &dyn Entropy) -> Result<Secret, ConfigError> {
    let path = data_dir.join(FILE);
    let failed = |source| ConfigError::KeyRing { path: path.clone(), source };
    match std::fs::read_to_string(&path) {
        Ok(text) => return Ok(Secret::new(text.trim())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    std::fs::create_dir_all(data_dir).map_err(failed)?;
    let ring = format!("k1:{}", STANDARD.encode(entropy.bytes()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(&path) {
        Ok(mut file) => {
            file.write_all(ring.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
            Ok(Secret::new(ring))
        }
        // Another process made it between our look and our attempt.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            std::fs::read_to_string(&path).map(|it| Secret::new(it.trim())).map_err(failed)
        }
        Err(error) => Err(failed(error)),
    }
}

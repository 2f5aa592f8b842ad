//! Mail as files, for trying things out and for relays that watch a folder.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use hosting_core::port::{Clock, Failure, Mailer, mailer::Mail};

use super::{
    compose::{ACTION, compose, durable_name},
    sender::Sender,
};

/// Writes each mail into a folder as `<key>.eml`.
///
/// The name comes from the mail's key alone, so a repeat overwrites itself. A file appears whole or
/// not at all, and is on the disk before success is answered.
#[derive(Debug)]
pub struct FileMailer {
    folder: PathBuf,
    sender: Sender,
    clock: Arc<dyn Clock>,
}

impl FileMailer {
    /// Writes into `folder`, which is made when the first mail is written.
    pub fn new(folder: impl Into<PathBuf>, sender: Sender, clock: Arc<dyn Clock>) -> Self {
        Self { folder: folder.into(), sender, clock }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

#[async_trait]
impl Mailer for FileMailer {
    async fn send(&self, mail: &Mail) -> Result<(), Failure> {
        let composed = compose(mail, &self.sender, self.clock.now())?;
        let name = durable_name(mail)?;
        let folder = self.folder.clone();
        let written =
            tokio::task::spawn_blocking(move || write_durably(&folder, &name, &composed.bytes))
                .await;
        match written {
            Ok(Ok(())) => Ok(()),
            // Writing again replaces the same file, so a half-done write is safe to repeat.
            Ok(Err(error)) => {
                Err(Failure::retry(ACTION, "the mail could not be written").because(error))
            }
            Err(error) => {
                Err(Failure::retry(ACTION, "writing the mail was stopped").because(error))
            }
        }
    }
}

/// A new file that only its owner reads: mails carry links that let their reader in.
fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

fn write_durably(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let half = folder.join(format!(".{name}.part"));
    let mut file = private(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&half, folder.join(format!("{name}.eml")))?;
    // A rename is durable once its folder is; folders cannot be opened for this on every system.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

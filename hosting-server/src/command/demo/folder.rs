//! The folder of a demo, and of nobody else.
//!
//! A demo throws its database away. So it keeps it in a folder of its own, under a name that no shop
//! uses, and says with a marker that the folder is its own. Without the marker nothing is removed.

use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use crate::cli::Failed;

/// The file that says that a demo made the folder.
pub const MARKER: &str = "this-folder-is-a-demo";
/// The database, and what `SQLite` keeps beside it.
const DATABASE: &str = "demo.db";
const MADE: [&str; 4] = [DATABASE, "demo.db-wal", "demo.db-shm", "demo.db-journal"];
const MARK: &str = "hosting-server demo keeps its database here and empties it at each start.\n";

/// A demo's folder, held until it is dropped: two demos do not share one.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _held: File,
}

impl Folder {
    /// Takes the folder, made if need be, and removes what an earlier demo left of its database.
    ///
    /// # Errors
    /// A folder with files that no demo made; one that another demo is using; one that cannot be
    /// written. Nothing was removed then.
    pub fn begin_anew(path: &Path) -> Result<Self, Failed> {
        std::fs::create_dir_all(path)?;
        let marker = path.join(MARKER);
        if !marker.is_file() && std::fs::read_dir(path)?.next().is_some() {
            return Err(Failed::Said(format!(
                "{} has files that no demo made, and a demo begins by removing its database; \
                 move them away, or set DATA_DIR to another folder",
                path.display()
            )));
        }
        let mut held = OpenOptions::new().create(true).append(true).open(&marker)?;
        if held.try_lock().is_err() {
            let path = path.display();
            return Err(Failed::Said(format!("another demo is running in {path}; stop it first")));
        }
        if held.metadata()?.len() == 0 {
            held.write_all(MARK.as_bytes())?;
        }
        for name in MADE {
            match std::fs::remove_file(path.join(name)) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Self { path: path.to_owned(), _held: held })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The address of the embedded database in it.
    pub fn database_url(&self) -> String {
        format!("sqlite://{}?mode=rwc", self.path.join(DATABASE).display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(path).expect("listed");
        let mut names: Vec<_> = entries
            .map(|it| it.expect("an entry").file_name().into_string().expect("text"))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_that_no_demo_made_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["hosting.db", "demo.db"] {
            std::fs::write(folder.path().join(name), "a shop").expect("written");
        }
        let refused = Folder::begin_anew(folder.path()).expect_err("it is somebody's");
        assert!(refused.to_string().contains("no demo made"), "{refused}");
        assert_eq!(names(folder.path()), ["demo.db", "hosting.db"], "nothing came or went");
    }

    #[test]
    fn only_the_demos_own_database_is_removed_from_its_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/demo");
        drop(Folder::begin_anew(&path).expect("it is new"));
        for name in ["demo.db", "demo.db-wal", "hosting.db", "hosting.db-wal", "notes.txt"] {
            std::fs::write(path.join(name), "something").expect("written");
        }
        drop(Folder::begin_anew(&path).expect("it is a demo's"));
        assert_eq!(names(&path), ["hosting.db", "hosting.db-wal", "notes.txt", MARKER]);
    }

    #[test]
    fn two_demos_do_not_share_a_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Folder::begin_anew(folder.path()).expect("it is empty");
        std::fs::write(folder.path().join("demo.db"), "the first one's").expect("written");
        let refused = Folder::begin_anew(folder.path()).expect_err("it is held");
        assert!(refused.to_string().contains("another demo"), "{refused}");
        assert!(folder.path().join("demo.db").exists());
        drop(first);
        drop(Folder::begin_anew(folder.path()).expect("it is free"));
    }
}

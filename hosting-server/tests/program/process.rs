//! A process of the built binary, with an environment of its own.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
    time::Duration,
};

use hosting_core::port::Entropy as _;
use hosting_server::{clock::Stopwatch, entropy::SystemEntropy};

/// How long anything may take before the test counts as failed.
pub(crate) const PATIENCE: Duration = Duration::from_mins(4);

/// The binary with these settings and no others.
pub(crate) fn program(data: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hosting-server"));
    command.env_clear().env("DATA_DIR", data).env("LOG_FORMAT", "text");
    command.envs(settings.iter().copied()).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end with `input` on standard input.
pub(crate) fn run(mut command: Command, input: &str) -> Output {
    let mut child = command.stdin(Stdio::piped()).spawn().expect("the program starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    // A program that refuses its settings ends before it reads.
    let _ = pipe.write_all(input.as_bytes());
    drop(pipe);
    child.wait_with_output().expect("it ends")
}

/// What it said on standard output; it must have succeeded.
pub(crate) fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// What it said on standard error; it must have failed.
pub(crate) fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    text(&output.stderr)
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The first of four free ports in a row, below those that the machine gives to outgoing connections.
pub(crate) fn four_ports() -> u16 {
    loop {
        let dice = SystemEntropy.next().to_le_bytes();
        let first = 20_000 + u16::from_le_bytes([dice[0], dice[1]]) % 12_000;
        let bound = (first..first + 4).map(|port| TcpListener::bind(("127.0.0.1", port)));
        // All at once, and let go together.
        let bound: Vec<_> = bound.collect();
        if bound.iter().all(Result::is_ok) {
            return first;
        }
    }
}

/// A process that runs until it is told to stop; killed with the test.
pub(crate) struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, stdout }
    }

    /// Reads what it says until a line has `word` in it; all of that.
    pub(crate) fn says(&mut self, word: &str) -> String {
        let mut said = String::new();
        loop {
            let mut line = String::new();
            let read = self.stdout.read_line(&mut line).expect("text");
            assert!(read > 0, "it never said {word:?}, but: {said}\n{}", self.complaint());
            said += &line;
            if line.contains(word) {
                return said;
            }
        }
    }

    fn complaint(&mut self) -> String {
        let _ = self.child.kill();
        let mut complaint = String::new();
        if let Some(stderr) = self.child.stderr.as_mut() {
            let _ = stderr.read_to_string(&mut complaint);
        }
        complaint
    }

    /// Sends SIGTERM and waits for the end: how it ended and what else it said.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("kill runs").success(), "it was gone already");
        let watch = Stopwatch::start();
        loop {
            if let Some(status) = self.child.try_wait().expect("asked") {
                let mut rest = String::new();
                self.stdout.read_to_string(&mut rest).expect("text");
                return (status.code(), rest);
            }
            assert!(watch.elapsed() < PATIENCE, "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in the row of that name.
pub(crate) fn row(said: &str, name: &str) -> String {
    let line = said.lines().find(|it| it.trim_start().starts_with(name));
    let line = line.unwrap_or_else(|| panic!("no row {name:?} in {said}"));
    let rest = line.trim_start().strip_prefix(name).expect("it begins so");
    rest.split_whitespace().next().expect("something is in the row").to_owned()
}

//! Programs that a test run starts, and that end with it.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read},
    os::unix::process::CommandExt,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Arc, Condvar, Mutex,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// Runs a program until the pipe on standard input closes, then ends all of its process group: a driver leaves its
/// browsers behind. The pipe closes when [`Program`] is dropped, and when the test run ends in any other way: a `static`
/// is never dropped, and a killed process drops nothing.
const UNTIL_THE_PIPE_CLOSES: &str = r#""$@" </dev/null & read -r _; trap '' TERM; kill -s TERM 0; wait"#;
/// How long a program may take to say that it is ready.
const READY_MAX: Duration = Duration::from_secs(60);
/// Lines of a program's standard error that are kept.
const TOLD_MAX: usize = 2_000;

/// A program that runs beside the tests.
pub(super) struct Program {
    name: String,
    lines: Mutex<Receiver<String>>,
    told: Arc<Told>,
    /// Holds the pipe.
    shell: Mutex<Child>,
}

impl Program {
    pub(super) fn start(program: &str, arguments: &[&str]) -> Self {
        Self::start_in(program, arguments, &[])
    }

    /// Starts a program with more variables in its environment.
    pub(super) fn start_in(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut shell = Command::new("sh")
            .args([OsStr::new("-c"), OsStr::new(UNTIL_THE_PIPE_CLOSES), OsStr::new("sh")])
            .arg(program)
            .args(arguments)
            .envs(environment.iter().copied())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let told = Arc::new(Told::default());
        let (kept, stderr) = (told.clone(), shell.stderr.take().unwrap());
        thread::spawn(move || keep(stderr, &kept));
        let lines = Mutex::new(lines(shell.stdout.take().unwrap()));
        Self { name: program.to_owned(), lines, told, shell: Mutex::new(shell) }
    }

    /// What stands behind `mark` on the next line of standard output that has it, up to a blank.
    pub(super) fn says(&self, mark: &str) -> String {
        let line = self.line(mark);
        let (_, rest) = line.split_once(mark).unwrap();
        rest.split_whitespace().next().unwrap().trim_end_matches('.').to_owned()
    }

    /// The next line of standard output that has a mark.
    pub(super) fn line(&self, mark: &str) -> String {
        let by = Instant::now() + READY_MAX;
        let lines = self.lines.lock().unwrap();
        loop {
            let left = by.saturating_duration_since(Instant::now());
            let line = lines.recv_timeout(left).unwrap_or_else(|_| {
                panic!("{} did not say {mark:?}; it told: {:#?}", self.name, self.told.lines.lock().unwrap())
            });
            if line.contains(mark) {
                return line;
            }
        }
    }

    /// Waits until standard error has had a line with a mark.
    pub(super) fn tells(&self, mark: &str) {
        let lines = self.told.lines.lock().unwrap();
        let is_missing = |lines: &mut Vec<String>| !lines.iter().any(|line| line.contains(mark));
        let (lines, waited) = self.told.more.wait_timeout_while(lines, READY_MAX, is_missing).unwrap();
        assert!(!waited.timed_out(), "{} did not tell {mark:?}; it told: {lines:#?}", self.name);
    }

    /// Ends the program and waits until it has ended.
    pub(super) fn stop(&self) {
        let mut shell = self.shell.lock().unwrap();
        drop(shell.stdin.take());
        shell.wait().unwrap();
    }

    /// The errors that it logged.
    pub(super) fn errors(&self) -> Vec<String> {
        let is_error = |line: &&String| line.contains("ERROR") || line.contains("panicked");
        self.told.lines.lock().unwrap().iter().filter(is_error).cloned().collect()
    }
}

/// What a program wrote to standard error so far.
#[derive(Default)]
struct Told {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

fn lines(stdout: ChildStdout) -> Receiver<String> {
    let (send, receive) = channel();
    thread::spawn(move || {
        // Read to the end even when nobody listens any more, so that the program never waits for a full pipe.
        BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| drop(send.send(line)));
    });
    receive
}

fn keep(stderr: impl Read, told: &Told) {
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        let mut kept = told.lines.lock().unwrap();
        if kept.len() < TOLD_MAX {
            kept.push(line);
            told.more.notify_all();
        }
    }
}

//! Programs that a test run starts, and that end with it.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read},
    os::unix::process::CommandExt,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Arc, Mutex,
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
    told: Arc<Mutex<Vec<String>>>,
    /// Holds the pipe.
    _shell: Child,
}

impl Program {
    pub(super) fn start(program: &str, arguments: &[&str]) -> Self {
        let mut shell = Command::new("sh")
            .args([OsStr::new("-c"), OsStr::new(UNTIL_THE_PIPE_CLOSES), OsStr::new("sh")])
            .arg(program)
            .args(arguments)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let (kept, stderr) = (told.clone(), shell.stderr.take().unwrap());
        thread::spawn(move || keep(stderr, &kept));
        let lines = Mutex::new(lines(shell.stdout.take().unwrap()));
        Self { name: program.to_owned(), lines, told, _shell: shell }
    }

    /// What stands behind `mark` on the next line of standard output that has it, up to a blank.
    pub(super) fn says(&self, mark: &str) -> String {
        let by = Instant::now() + READY_MAX;
        let lines = self.lines.lock().unwrap();
        loop {
            let left = by.saturating_duration_since(Instant::now());
            let line = lines.recv_timeout(left).unwrap_or_else(|_| {
                panic!("{} did not say {mark:?}; it told: {:#?}", self.name, self.told.lock().unwrap())
            });
            if let Some((_, rest)) = line.split_once(mark) {
                return rest.split_whitespace().next().unwrap().trim_end_matches('.').to_owned();
            }
        }
    }

    /// The errors that it logged.
    pub(super) fn errors(&self) -> Vec<String> {
        let is_error = |line: &&String| line.contains("ERROR") || line.contains("panicked");
        self.told.lock().unwrap().iter().filter(is_error).cloned().collect()
    }
}

fn lines(stdout: ChildStdout) -> Receiver<String> {
    let (send, receive) = channel();
    thread::spawn(move || {
        // Read to the end even when nobody listens any more, so that the program never waits for a full pipe.
        BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| drop(send.send(line)));
    });
    receive
}

fn keep(stderr: impl Read, kept: &Mutex<Vec<String>>) {
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        let mut kept = kept.lock().unwrap();
        if kept.len() < TOLD_MAX {
            kept.push(line);
        }
    }
}

//! A firm's data folder, the real binary run on it as a server or a command, and the ledger looked at in between.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use aboveboard_connect::whatsapp::signature;
use aboveboard_ledger::{By, Clock, Command as Wanted, Decided, DeploymentKey, Derive, Ledger, Options};
use aboveboard_model::{
    access::{Access, Purpose},
    id::{Index, SourceId},
    people::{Declared, Place},
    personal::Secret,
    source,
};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// The app secret that tests sign with.
pub const APP_SECRET: &str = "an app secret of the tests";
/// What the handshake has to say.
pub const VERIFY_TOKEN: &str = "a verify token of the tests";
/// The business number on which tests that need only one are written.
pub const NUMBER_ID: &str = "106540352242922";
/// Its digits.
pub const NUMBER_DIGITS: &str = "551140000417";

/// The name of the log that follows from the environment below.
const LOG_NAME: &str = "console.example/casa-teste-ltda/br-1/evidence";
const KEY: [u8; 32] = [0x5a; 32];
/// The file beside the data to which a server prints.
const PRINTED: &str = "printed";
/// Bytes of a file that are read.
const FILE_BYTES_MAX: u64 = 1 << 30;
/// How long anything may take that has to happen.
const WAIT: Duration = Duration::from_secs(60);
/// How often something is looked at again.
const POLL: Duration = Duration::from_millis(20);

/// A data folder and the environment that belongs to it.
pub struct Firm {
    folder: TempDir,
}

impl Firm {
    /// A firm that has written nothing down yet.
    pub fn new() -> Self {
        Firm { folder: tempfile::tempdir().unwrap() }
    }

    /// A firm with one connected source, and Ana, who has had notice, on [`NUMBER_ID`].
    pub fn connected() -> (Self, SourceId) {
        let firm = Firm::new();
        let ledger = firm.ledger();
        decide(&ledger, Wanted::DeclarePeople(vec![employee("E-1", "Ana Ferraz", NUMBER_ID)]));
        let source = connect(&ledger, APP_SECRET);
        (firm, source)
    }

    /// Where the log, its keys, views and index are.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A place beside the data, for what a test writes.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Opens the ledger in this process; no server or command may have it open.
    pub fn ledger(&self) -> Ledger {
        let options = Options {
            folder: self.data(),
            origin: LOG_NAME.to_owned(),
            deployment_key: DeploymentKey::new(KEY),
            derive: Derive { derive: aboveboard_detect::derive, version: aboveboard_detect::VERSION },
            check: aboveboard_policy::check,
            clock: clock(),
            chunk_entries: aboveboard_ledger::CHUNK_ENTRIES,
        };
        Ledger::open(options).unwrap()
    }

    /// The binary with the firm's environment and nothing else of ours.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aboveboard"));
        command.args(arguments).env_clear().stdin(Stdio::null());
        command.env("ABOVEBOARD_DATA", self.data());
        for (name, value) in [
            ("LISTEN", "127.0.0.1:0"),
            ("METRICS", "127.0.0.1:0"),
            ("ORIGIN", "http://console.example"),
            ("FIRM", "Casa Teste Ltda"),
            ("REGION", "br-1"),
            ("DEPLOYMENT_KEY", &hex::encode(KEY)),
            ("LOG_FORMAT", "json"),
        ] {
            command.env(format!("ABOVEBOARD_{name}"), value);
        }
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    /// Runs a command to its end, with something on its standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that reads nothing may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { status: output.status, out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs a command that has to succeed; gives what it printed.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert!(ran.status.success(), "{arguments:?}: {}{}", ran.out, ran.err);
        ran.out
    }

    /// What the last server printed for people.
    pub fn printed(&self) -> String {
        String::from_utf8(bytes(&self.beside(PRINTED)).unwrap()).unwrap()
    }

    /// Deletes the views, which the log brings back.
    pub fn lose_views(&self) {
        for name in ["views.db", "views.db-wal", "views.db-shm"] {
            let _ = std::fs::remove_file(self.data().join(name));
        }
    }

    /// Starts the server and waits until it listens.
    pub fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    /// The same with more settings, by name and value.
    pub fn serve_with(&self, settings: &[(&str, &str)]) -> Server {
        let mut child = self
            .command(&["serve"])
            .envs(settings.iter().map(|(name, value)| (format!("ABOVEBOARD_{name}"), value)))
            .stdout(File::create(self.beside(PRINTED)).unwrap())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (told, addresses) = mpsc::channel();
        let (stderr, kept) = (child.stderr.take().unwrap(), lines.clone());
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if let Some(address) = listening(&line, "serving figures").or(listening(&line, "serving")) {
                    let _ = told.send(address);
                }
                kept.lock().unwrap().push(line);
            }
        });
        let (metrics, address) = (addresses.recv_timeout(WAIT), addresses.recv_timeout(WAIT));
        let client = reqwest::Client::builder().no_proxy().timeout(WAIT).build().unwrap();
        let nowhere = ([127, 0, 0, 1], 0).into();
        let mut server =
            Server { child, client, address: nowhere, metrics: nowhere, lines, reader: Some(reader) };
        match metrics.and_then(|metrics| Ok((metrics, address?))) {
            Ok((metrics, address)) => (server.metrics, server.address) = (metrics, address),
            Err(_) => {
                server.end();
                panic!("the server does not listen: {:?}", server.lines.lock().unwrap());
            }
        }
        server
    }
}

/// What a command left.
pub struct Ran {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

/// A running server; dropping it kills it.
pub struct Server {
    child: Child,
    pub client: reqwest::Client,
    address: SocketAddr,
    metrics: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Server {
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Where a source's webhooks go.
    pub fn webhook(&self, source: SourceId) -> String {
        self.url(&format!("/webhooks/whatsapp/{source}"))
    }

    /// Posts a signed body; gives the status.
    pub async fn post(&self, source: SourceId, body: Vec<u8>) -> u16 {
        post(&self.client, &self.webhook(source), body).await.unwrap()
    }

    /// The figures, from the address of their own.
    pub async fn metrics(&self) -> String {
        let answer = self.client.get(format!("http://{}/metrics", self.metrics)).send().await.unwrap();
        answer.text().await.unwrap()
    }

    /// Waits until everything that was posted is read, folded and judged.
    pub async fn idle(&self) {
        let until = Instant::now() + WAIT;
        loop {
            let metrics = self.metrics().await;
            if ["entries", "deliveries", "documents"].iter().all(|name| backlog(&metrics, name) == Some(0)) {
                return;
            }
            assert!(Instant::now() < until, "the backlog does not empty: {metrics}");
            sleep(POLL).await;
        }
    }

    /// Waits until a counter has reached a number.
    pub async fn until_metric(&self, name: &str, reached: u64) {
        let until = Instant::now() + WAIT;
        loop {
            let metrics = self.metrics().await;
            let counted =
                metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
            if counted.is_some_and(|counted| counted >= reached) {
                return;
            }
            assert!(Instant::now() < until, "{name} does not reach {reached}: {metrics}");
            sleep(POLL).await;
        }
    }

    /// Ends the server as an operator would, and fails where it complained of anything.
    pub async fn stop(mut self) {
        let terminated = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status();
        assert!(terminated.unwrap().success());
        let until = Instant::now() + WAIT;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < until, "the server does not stop");
            sleep(POLL).await;
        };
        assert!(status.success(), "{status}");
        self.end();
        let complaints: Vec<String> =
            self.lines.lock().unwrap().iter().filter(|line| !is_information(line)).cloned().collect();
        assert_eq!(complaints, [""; 0]);
    }

    /// Ends the server as a power cut would.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// Every file under a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// A file's bytes.
pub fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Posts a signed body; gives the status, or `None` where nobody answered.
pub async fn post(client: &reqwest::Client, url: &str, body: Vec<u8>) -> Option<u16> {
    let signature = sign(APP_SECRET, &body);
    let answer = client.post(url).header(signature::HEADER, signature).body(body).send().await.ok()?;
    Some(answer.status().as_u16())
}

/// The header's value for a body.
pub fn sign(secret: &str, body: &[u8]) -> String {
    signature::sign(body, &Secret::new(secret))
}

/// The address in the line that says that the server listens, with this message.
fn listening(line: &str, message: &str) -> Option<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    let fields = line.get("fields").filter(|fields| fields["message"] == message)?;
    fields["address"].as_str()?.parse().ok()
}

fn is_information(line: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(line).is_ok_and(|line| line["level"] == "INFO")
}

/// A gauge of what waits; `None` where it is not told.
fn backlog(metrics: &str, name: &str) -> Option<u64> {
    let name = format!("aboveboard_backlog_{name} ");
    metrics.lines().find_map(|line| line.strip_prefix(&name))?.trim().parse().ok()
}

#[allow(clippy::disallowed_methods)]
fn clock() -> Clock {
    Arc::new(Timestamp::now)
}

/// Decides as somebody with a shell, and waits until it shows.
pub fn decide(ledger: &Ledger, command: Wanted) -> Decided {
    let decided = ledger.decide(&By::system("setup"), command).unwrap();
    ledger.at_least(decided.index).unwrap();
    decided
}

/// Connects a source of webhooks with an app secret.
pub fn connect(ledger: &Ledger, app_secret: &str) -> SourceId {
    let declared = Wanted::DeclareSource(None, declared_source(app_secret));
    decide(ledger, declared).source.unwrap()
}

/// What an administrator says of the tests' source.
pub fn declared_source(app_secret: &str) -> source::Declared {
    source::Declared {
        name: "WhatsApp".to_owned(),
        connector: "whatsapp".to_owned(),
        verify_token: Some(Secret::new(VERIFY_TOKEN)),
        app_secret: Some(Secret::new(app_secret)),
        ..source::Declared::default()
    }
}

/// Somebody who has had notice for years.
pub fn employee(reference: &str, name: &str, number: &str) -> Declared {
    let from = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 50);
    let place = Place { from, team: "sales".to_owned(), region: "BR".to_owned() };
    Declared {
        reference: reference.to_owned(),
        name: name.to_owned(),
        place: Some(place),
        manager: None,
        number: Some((number.to_owned(), from)),
        notice_at: Some(Some(from)),
    }
}

/// A client's text message on [`NUMBER_ID`], as Meta delivers it; `digits` are the client's.
pub fn text_body(digits: &str, id: &str, text: &str) -> Vec<u8> {
    let body = serde_json::json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "102290129340398", "changes": [{"field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": NUMBER_DIGITS, "phone_number_id": NUMBER_ID},
            "contacts": [{"profile": {"name": "Lia Prado"}, "wa_id": digits}],
            "messages": [{
                "from": digits, "id": id, "timestamp": "1795168800", "type": "text", "text": {"body": text},
            }],
        }}]}],
    });
    serde_json::to_vec(&body).unwrap()
}

/// Somebody with a shell who looks for evidence.
pub fn investigator() -> Access {
    By::command_line().reading(Purpose::Investigation)
}

/// How many entries of a kind the log has.
pub fn entries_of(ledger: &Ledger, kind: &str) -> usize {
    let (mut count, mut before) = (0, None);
    loop {
        let rows = ledger.entries(&By::command_line(), before, 100).unwrap();
        let Some(last) = rows.last() else { return count };
        before = Some(last.index);
        count += rows.iter().filter(|row| row.kind == kind).count();
    }
}

/// The words of every message that may be read, oldest first in each conversation; every version of them.
pub fn words(ledger: &Ledger) -> Vec<String> {
    let mut words = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = ledger.conversations(&investigator(), after.as_deref(), 100).unwrap();
        for row in &page.rows {
            words.extend(words_of(ledger, row.id));
        }
        after = page.next;
        if after.is_none() {
            return words;
        }
    }
}

/// The words of one conversation, in no order that holds.
pub fn words_of(ledger: &Ledger, id: aboveboard_model::id::ConversationId) -> Vec<String> {
    let mut words = Vec::new();
    let mut before: Option<String> = None;
    loop {
        let page = ledger.conversation(&investigator(), id, before.as_deref(), None, 100).unwrap();
        let versions = page.messages.rows.iter().flat_map(|message| &message.versions);
        words.extend(versions.flat_map(|version| version.zones.values().cloned()));
        before = page.messages.next;
        if before.is_none() {
            return words;
        }
    }
}

/// Waits until views and index hold everything.
pub fn settle(ledger: &Ledger) -> Index {
    ledger.settle(WAIT).unwrap();
    Index(ledger.len())
}

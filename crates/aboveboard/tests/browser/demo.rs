//! Houses: running servers, with the people who sign in there; and the driver of the browsers that visit them.

use std::{
    fs::File,
    io::Read,
    net::TcpListener,
    path::Path,
    sync::{Arc, LazyLock},
};

use aboveboard_model::access::Role;

use super::program::Program;

static DEMO: LazyLock<Arc<House>> = LazyLock::new(House::demo);
static DRIVER: LazyLock<Driver> = LazyLock::new(Driver::start);

/// Bytes of a file that a test reads.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// The deployment key of a house that tests furnish.
pub(super) const KEY: [u8; 32] = [0x5a; 32];
/// What its people type after their login.
pub(super) const PASSWORD: &str = "a password of the tests";

/// A running server.
pub(super) struct House {
    server: Program,
    /// What browsers call it.
    pub origin: String,
    /// Where it listens.
    pub address: String,
    /// Where it tells its figures; empty for a demonstration, which tells none.
    pub metrics: String,
    /// The password of everybody who signs in; empty where nobody can.
    password: String,
}

impl House {
    /// The demonstration: one for the whole test run, started by the first test that asks.
    pub(super) fn of_the_demo() -> Arc<Self> {
        DEMO.clone()
    }

    fn demo() -> Arc<Self> {
        Self::demo_with(&[])
    }

    /// A demonstration of its own, which is kept in a folder.
    pub(super) fn kept(folder: &Path) -> Arc<Self> {
        Self::demo_with(&["--keep", folder.to_str().unwrap()])
    }

    fn demo_with(more: &[&str]) -> Arc<Self> {
        let address = free_address();
        let (_, port) = address.split_once(':').unwrap();
        let arguments = [&["demo", "--port", port], more].concat();
        let server = Program::start(env!("CARGO_BIN_EXE_aboveboard"), &arguments);
        let (origin, password) = (server.says("running at "), server.says("password "));
        Arc::new(Self { server, origin, address, metrics: String::new(), password })
    }

    /// A server on a data folder that tests furnished, for a firm of a name.
    pub(super) fn serve(data: &Path, firm: &str) -> Arc<Self> {
        // A name of this machine that browsers trust as they trust encryption, and that says nothing of the port: the
        // log is named after it.
        Self::serve_at(data, firm, &free_address(), Some("http://console.localhost"), PASSWORD)
    }

    /// A server on a data folder that is made: nobody can sign in yet. Others than browsers can call it too, and it may
    /// call a stand-in.
    pub(super) fn fresh(data: &Path, firm: &str) -> Arc<Self> {
        Self::serve_at(data, firm, &free_address(), None, "")
    }

    fn serve_at(data: &Path, firm: &str, address: &str, origin: Option<&str>, password: &str) -> Arc<Self> {
        let origin = origin.map_or_else(|| format!("http://{address}"), str::to_owned);
        let metrics = free_address();
        let variables = [
            ("ABOVEBOARD_DATA", data.to_str().unwrap()),
            ("ABOVEBOARD_LISTEN", address),
            ("ABOVEBOARD_METRICS", &metrics),
            ("ABOVEBOARD_ORIGIN", &origin),
            ("ABOVEBOARD_FIRM", firm),
            ("ABOVEBOARD_REGION", "br-1"),
            ("ABOVEBOARD_TIME_ZONE", "America/Sao_Paulo"),
            ("ABOVEBOARD_DEPLOYMENT_KEY", &hex::encode(KEY)),
            ("ABOVEBOARD_STAND_IN", "yes"),
        ];
        let server = Program::start_in(env!("CARGO_BIN_EXE_aboveboard"), &["serve"], &variables);
        server.tells("serving");
        let (address, password) = (address.to_owned(), password.to_owned());
        Arc::new(Self { server, origin, address, metrics, password })
    }

    /// The code with which a house without users takes its first two.
    pub(super) fn setup_code(&self) -> String {
        self.server.says("give the code ")
    }

    /// Whether anybody can sign in.
    pub(super) fn has_users(&self) -> bool {
        !self.password.is_empty()
    }

    /// The password of everybody who signs in.
    pub(super) fn password(&self) -> &str {
        &self.password
    }

    /// Ends the server as an operator would, and waits until it is gone.
    pub(super) fn stop(&self) {
        self.server.stop();
    }

    /// Fails where the server logged an error.
    pub(super) fn must_be_content(&self) {
        assert_eq!(self.server.errors(), Vec::<String>::new(), "the server logged errors");
    }
}

/// The login of a house's person in a role.
pub(super) fn login(role: Role) -> &'static str {
    match role {
        Role::ComplianceOfficer => "compliance@aurora.example",
        Role::Reviewer => "reviewer@aurora.example",
        Role::PrivacyOfficer => "privacy@aurora.example",
        Role::Auditor => "auditor@aurora.example",
        Role::Administrator => "admin@aurora.example",
    }
}

/// The name of the log of a firm's house, which follows from the environment above: the same wherever the house listens.
pub(super) fn log_name(firm: &str) -> String {
    let letter = |one: char| if one.is_ascii_alphanumeric() { one.to_ascii_lowercase() } else { '-' };
    let firm: String = firm.chars().map(letter).collect();
    format!("console.localhost/{}/br-1/evidence", firm.trim_matches('-'))
}

/// `chromedriver`, listening on loopback: one for the whole test run.
struct Driver {
    address: String,
    _program: Program,
}

impl Driver {
    fn start() -> Self {
        let program = Program::start("chromedriver", &["--port=0"]);
        let port = program.says("started successfully on port ");
        Self { address: format!("http://127.0.0.1:{port}"), _program: program }
    }
}

/// Where the driver takes commands.
pub(super) fn driver() -> &'static str {
    &DRIVER.address
}

/// The bytes of a file that a test made.
pub(super) fn bytes(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes)).unwrap();
    bytes
}

/// An address of this machine that nobody listens at.
pub(super) fn free_address() -> String {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().to_string()
}

//! The demonstration and the browser's driver: one of each for the whole test run.

use std::{net::TcpListener, sync::LazyLock};

use aboveboard_model::access::Role;

use super::program::Program;

static DEMO: LazyLock<Demo> = LazyLock::new(Demo::start);

/// `aboveboard demo` and `chromedriver`, both listening on loopback.
pub(super) struct Demo {
    server: Program,
    _driver: Program,
    /// Where the console is.
    pub origin: String,
    /// Where the driver takes commands.
    pub driver: String,
    /// The password that the demonstration made.
    pub password: String,
}

impl Demo {
    /// The one that runs, started by the first test that asks.
    pub(super) fn running() -> &'static Self {
        &DEMO
    }

    fn start() -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let server = Program::start(env!("CARGO_BIN_EXE_aboveboard"), &["demo", "--port", &port.to_string()]);
        let driver = Program::start("chromedriver", &["--port=0"]);
        Self {
            origin: server.says("running at "),
            password: server.says("password "),
            driver: format!("http://127.0.0.1:{}", driver.says("started successfully on port ")),
            server,
            _driver: driver,
        }
    }

    /// Fails where the server logged an error.
    pub(super) fn must_be_content(&self) {
        assert_eq!(self.server.errors(), Vec::<String>::new(), "the server logged errors");
    }
}

/// The login of the demonstration's person in a role.
pub(super) fn login(role: Role) -> &'static str {
    match role {
        Role::ComplianceOfficer => "compliance@aurora.example",
        Role::Reviewer => "reviewer@aurora.example",
        Role::PrivacyOfficer => "privacy@aurora.example",
        Role::Auditor => "auditor@aurora.example",
        Role::Administrator => "admin@aurora.example",
    }
}

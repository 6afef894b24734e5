//! The server as a service manager and a container see it: readiness, watchdog, the end, and the health check.

use std::{os::unix::net::UnixDatagram, time::Duration};

use crate::support::*;

/// How long the server may take for each word.
const WAIT: Duration = Duration::from_secs(60);
/// Longest word.
const WORD_BYTES_MAX: usize = 256;

#[test]
fn the_service_manager_is_told_of_readiness_of_life_and_of_the_end() {
    let firm = Firm::new();
    let place = firm.beside("notify");
    let socket = UnixDatagram::bind(&place).unwrap();
    socket.set_read_timeout(Some(WAIT)).unwrap();
    let mut server = firm.command(&["serve"]);
    server.env("NOTIFY_SOCKET", &place).env("WATCHDOG_USEC", "100000");
    let mut server = server.spawn().unwrap();
    let mut heard = Vec::new();
    let mut hear = |wanted: &str| {
        while !heard.iter().any(|word: &String| word.starts_with(wanted)) {
            let mut word = [0; WORD_BYTES_MAX];
            let len = socket.recv(&mut word).unwrap_or_else(|error| panic!("{wanted}: {error}"));
            heard.push(String::from_utf8_lossy(&word[..len]).into_owned());
        }
        heard.clone()
    };
    assert_eq!(hear("READY=1").len(), 1, "nothing is said before");
    hear("WATCHDOG=1");
    let end = format!("kill -TERM {}", server.id());
    assert!(std::process::Command::new("sh").args(["-c", &end]).status().unwrap().success());
    hear("STOPPING=1");
    assert!(server.wait().unwrap().success());
}

#[tokio::test]
async fn the_health_check_needs_nothing_but_the_binary() {
    let firm = Firm::new();
    let server = firm.serve();
    let address = server.url("").trim_start_matches("http://").to_owned();
    let health = || firm.command(&["health"]).env("ABOVEBOARD_LISTEN", &address).output().unwrap();
    let well = health();
    assert!(well.status.success(), "{well:?}");
    server.stop().await;
    let gone = health();
    assert!(!gone.status.success());
    assert!(String::from_utf8_lossy(&gone.stderr).contains("nobody answers"), "{gone:?}");
}

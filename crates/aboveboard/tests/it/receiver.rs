//! The receiver of webhooks: who may deliver, what is refused, and that nothing signed stops what comes after it.

use std::collections::BTreeSet;

use aboveboard_connect::whatsapp::{DELIVERY_BYTES_MAX, signature::HEADER};
use aboveboard_ledger::{By, Command};
use aboveboard_model::connection::Turned;
use aboveboard_simulate::deliver::handshake;

use crate::support::*;

/// A number of a client; only its shape matters.
const CLIENT: &str = "5511900000017";

#[tokio::test]
async fn the_handshake_needs_the_right_token_and_a_known_source() {
    let (firm, source) = Firm::connected();
    let server = firm.serve();
    let callback = server.webhook(source);
    handshake(&callback, VERIFY_TOKEN, 1_158_201_444).await.unwrap();
    let status = |query: &str, callback: &str| server.client.get(format!("{callback}?{query}")).send();
    for query in [
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=another",
        "hub.mode=subscribe&hub.challenge=1",
        "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=a%20verify%20token%20of%20the%20tests",
        "hub.mode=subscribe&hub.challenge=%3Cb%3E&hub.verify_token=a%20verify%20token%20of%20the%20tests",
        "",
    ] {
        let answer = status(query, &callback).await.unwrap();
        assert_eq!(answer.status(), 403, "{query}");
        assert_eq!(answer.text().await.unwrap(), "", "{query}");
    }
    let right = "hub.mode=subscribe&hub.challenge=1&hub.verify_token=a%20verify%20token%20of%20the%20tests";
    assert_eq!(status(right, &callback).await.unwrap().status(), 200);
    for unknown in ["src_0000000000001", "1", "..", "%00"] {
        let callback = server.url(&format!("/webhooks/whatsapp/{unknown}"));
        assert_eq!(status(right, &callback).await.unwrap().status(), 404, "{unknown}");
    }
    server.stop().await;
    let ledger = firm.ledger();
    settle(&ledger);
    let connection = ledger.sources(&By::command_line()).unwrap().remove(0).connection;
    assert!(connection.greeted_at.is_some());
    let told: Vec<_> = connection.turned_away.iter().map(|turned| (turned.why, turned.times)).collect();
    assert_eq!(told, [(Turned::VerifyToken, 1)], "those who come within minutes are counted with the next");
    assert_eq!(entries_of(&ledger, "source.changed"), 4, "saved, rotated, greeted, turned away");
}

#[tokio::test]
async fn only_what_the_apps_secret_signed_is_taken() {
    let (firm, source) = Firm::connected();
    let server = firm.serve();
    let body = text_body(CLIENT, "wamid.signed", "signed and taken");
    let post = |url: String, header: Option<String>, body: Vec<u8>| {
        let request = server.client.post(url).body(body);
        match header {
            Some(header) => request.header(HEADER, header).send(),
            None => request.send(),
        }
    };
    let right = sign(APP_SECRET, &body);
    for (case, header) in [
        ("no signature", None),
        ("not hexadecimal", Some("sha256=hello".to_owned())),
        ("of another secret", Some(sign("another secret", &body))),
        ("of another body", Some(sign(APP_SECRET, b"{}"))),
        ("of the older kind", Some(right.replace("sha256=", "sha1="))),
        ("cut", Some(right[..right.len() - 2].to_owned())),
    ] {
        let answer = post(server.webhook(source), header, body.clone()).await.unwrap();
        assert_eq!(answer.status(), 401, "{case}");
    }
    let unknown = server.url("/webhooks/whatsapp/src_0000000000001");
    assert_eq!(post(unknown, Some(right.clone()), body.clone()).await.unwrap().status(), 404);
    assert_eq!(post(server.webhook(source), Some(right), body).await.unwrap().status(), 200);
    server.idle().await;
    server.stop().await;
    let ledger = firm.ledger();
    settle(&ledger);
    assert_eq!(words(&ledger), ["signed and taken"]);
    assert_eq!(entries_of(&ledger, "delivery.received"), 1, "what is refused is not written down");
    let turned = ledger.sources(&By::command_line()).unwrap().remove(0).connection.turned_away;
    let why: BTreeSet<&str> = turned.iter().map(|turned| turned.why.word()).collect();
    assert_eq!(why, BTreeSet::from(["no_signature", "wrong_signature"]));
}

#[tokio::test]
async fn during_a_rotation_the_old_and_the_new_secret_are_both_good() {
    let (firm, source) = Firm::connected();
    let ledger = firm.ledger();
    decide(&ledger, Command::DeclareSource(Some(source), declared_source("the next app secret")));
    drop(ledger);
    let server = firm.serve();
    for (secret, status) in [(APP_SECRET, 200), ("the next app secret", 200), ("a third secret", 401)] {
        let body = text_body(CLIENT, &format!("wamid.{secret}"), &format!("under {secret}"));
        let header = sign(secret, &body);
        let answer =
            server.client.post(server.webhook(source)).header(HEADER, header).body(body).send().await;
        assert_eq!(answer.unwrap().status(), status, "{secret}");
    }
    server.idle().await;
    server.stop().await;
    let ledger = firm.ledger();
    settle(&ledger);
    let mut found = words(&ledger);
    found.sort();
    assert_eq!(found, [format!("under {APP_SECRET}"), "under the next app secret".to_owned()]);
}

#[tokio::test]
async fn a_body_over_three_megabytes_is_refused_and_one_of_exactly_that_is_taken() {
    let (firm, source) = Firm::connected();
    let server = firm.serve();
    let mut body = text_body(CLIENT, "wamid.large", "at the limit");
    body.resize(DELIVERY_BYTES_MAX, b' ');
    assert_eq!(server.post(source, body.clone()).await, 200);
    body.push(b' ');
    assert_eq!(server.post(source, body).await, 413);
    server.idle().await;
    server.stop().await;
    let ledger = firm.ledger();
    settle(&ledger);
    assert_eq!(words(&ledger), ["at the limit"]);
}

/// Signed bodies that no platform sends, by what is wrong with them.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let honest = String::from_utf8(text_body(CLIENT, "wamid.X", "TEXT")).unwrap();
    let with = |from: &str, to: &str| honest.replace(from, to).into_bytes();
    vec![
        ("nothing", vec![]),
        ("not JSON", b"<xml>no</xml>".to_vec()),
        ("half a body", honest.as_bytes()[..honest.len() / 2].to_vec()),
        ("not UTF-8", [honest.as_bytes(), &[0xff, 0xfe]].concat()),
        ("NUL bytes", vec![0; 4096]),
        ("a NUL in the words", with("TEXT", "before\\u0000after")),
        ("lone surrogates", with("TEXT", "\\ud800 \\udc00\\ud83d")),
        ("deep arrays", vec![b'['; 100_000]),
        ("deep objects", "{\"entry\":".repeat(50_000).into_bytes()),
        ("deep and closed", format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000)).into_bytes()),
        ("a deep item", with("\"TEXT\"", &format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000)))),
        ("a huge number", with("\"1795168800\"", &"9".repeat(100_000))),
        ("a huge exponent", with("\"1795168800\"", "1e999999999")),
        ("a time before time", with("\"1795168800\"", "-99999999999999")),
        ("types of all sorts", with("\"text\":{\"body\":\"TEXT\"}", "\"text\":[[],null,7]")),
        ("the same key twice", with("\"type\":\"text\"", "\"type\":\"text\",\"type\":\"image\"")),
        ("no entry", b"{\"object\":\"whatsapp_business_account\"}".to_vec()),
        ("an entry that is a number", b"{\"object\":\"whatsapp_business_account\",\"entry\":7}".to_vec()),
        ("many empty entries", format!("{{\"entry\":[{}{{}}]}}", "{},".repeat(200_000)).into_bytes()),
        ("an id of a megabyte", with("wamid.X", &"x".repeat(1 << 20))),
        ("a client that is a path", with(CLIENT, "../../etc/passwd")),
    ]
}

#[tokio::test]
async fn a_hostile_body_gets_200_when_signed_and_never_stops_the_next_one() {
    let (firm, source) = Firm::connected();
    let server = firm.serve();
    let mut honest = Vec::new();
    for (at, (case, body)) in hostile().into_iter().enumerate() {
        assert_eq!(server.post(source, body).await, 200, "{case}");
        let text = format!("honest after {case}");
        assert_eq!(
            server.post(source, text_body(CLIENT, &format!("wamid.{at}"), &text)).await,
            200,
            "{case}"
        );
        honest.push(text);
    }
    server.idle().await;
    assert_eq!(server.client.get(server.url("/healthz")).send().await.unwrap().status(), 200);
    server.stop().await;
    let ledger = firm.ledger();
    settle(&ledger);
    let found = words(&ledger);
    let missing: Vec<&String> = honest.iter().filter(|text| !found.contains(text)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(entries_of(&ledger, "delivery.received"), 2 * honest.len());
    assert_eq!(ledger.backlog().unwrap().unread, 0, "every delivery was read");
    drop(ledger);
    firm.succeed(&["verify"]);
}

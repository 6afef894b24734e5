//! `aboveboard evaluate`: cases in, answers out, line by line.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// The answers to some lines.
fn answers(lines: &str) -> Vec<Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_aboveboard"))
        .args(["evaluate", "queries", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A document with a value in every field that cases have.
fn full() -> Value {
    json!({
        "kind": "message", "text": "Olá João 👍🏽, manda no meu PIX 11 98888-0000", "caption": "recibo", "filename": "tabela_2026.xlsx",
        "ocr": "IBAN GB15", "transcript": "paga em dinheiro", "quoted": "cash", "from": "5511988880000", "to": ["+442071234567", "C-0B1X"],
        "employee": "K-7F2A", "team": ["Field Sales", "Brazil"], "region": "BR", "contact": "C-0B1X", "direction": "out",
        "at": "2026-11-21T22:30:00Z", "off_hours": true, "language": "pt", "forwarded": false, "media": "document", "size": 2048,
        "deleted": false, "edited": true, "first_contact": true, "entity": ["BR_CPF"], "payment": ["unregistered"],
        "handle": ["registered"], "link": ["wa.me"], "money": [{"amount": 1500.5, "currency": "BRL"}, {"amount": 20.0}],
        "discount": 12.5, "intent": {"secrecy": 0.8, "joke": 0.1}, "side_deal": 0.7, "score": 3.0, "actor": "a", "action": "login",
    })
}

/// Queries that find the full document.
const MATCHING: &[&str] = &[
    "kind:message",
    "joao",
    "caption:recibo",
    "filename:*.xlsx",
    "ocr:iban",
    "transcript:\"em dinheiro\"",
    "quoted:cash",
    "from:+5511988880000",
    "to:442071234567",
    "to:c-0b1x",
    "employee:k-7f2a",
    "team:brazil",
    "team:(x OR \"field sales\")",
    "region:br",
    "contact:C-*",
    "direction:out",
    "at:2026-11-21",
    "at:[18:00 TO 23:59]",
    "hour:19",
    "off_hours:true",
    "language:pt",
    "NOT forwarded:true",
    "media:document",
    "size:>=2048",
    "deleted:false",
    "edited:true",
    "first_contact:true",
    "entity:BR_*",
    "payment:unregistered",
    "handle:registered",
    "link:wa.me",
    "money:>1000BRL",
    "money:20",
    "discount:[10 TO 15]",
    "intent.secrecy:>0.5",
    "side_deal:>0.6",
    "score:3",
    "actor:a",
    "action:login",
    "team:@teams",
    "@words",
    "meu NEAR/2 pix",
    "stem:mandar",
    "p?x~1 OR pxi~1",
];

/// Queries that do not.
const NOT_MATCHING: &[&str] = &[
    "cash",
    "kind:call",
    "team:field",
    "at:[19:31 TO 23:59]",
    "hour:22",
    "money:>1000USD",
    "exact:pix",
    "deleted:true",
    "conversation:*",
    "intent:joke",
    "pix NEAR/1 joao",
    "discount:12",
    "channel:*",
];

#[test]
fn each_field_of_a_case_is_matched_by_its_type() {
    let lists = json!({"teams": ["brazil"], "words": ["no meu pix"]});
    let case =
        |query: &str| json!({"id": query, "query": query, "document": full(), "lists": lists}).to_string();
    let all: Vec<&str> = MATCHING.iter().chain(NOT_MATCHING).copied().collect();
    let lines: Vec<String> = all.iter().map(|query| case(query)).collect();
    let answers = answers(&lines.join("\n"));
    assert_eq!(answers.len(), all.len());
    for (query, answer) in all.iter().zip(&answers) {
        if query.contains("p?x~1") {
            assert_eq!((&answer["error"], &answer["at"]), (&json!("E018"), &json!([0, 5])), "{answer}");
            continue;
        }
        assert_eq!(answer["id"], *query);
        assert_eq!(answer["match"], json!(MATCHING.contains(query)), "{answer}");
    }
}

#[test]
fn places_are_code_points_of_the_stored_field_and_of_the_query() {
    let case = |id: u32, query: &str| json!({"id": id, "query": query, "document": full()}).to_string();
    let lines = [
        case(1, "\"meu pix\" OR recibo"),
        case(2, "👍 AND (tetx:é"),
        case(3, "é tetx:x"),
        case(4, "direction:out"),
    ];
    let answers = answers(&lines.join("\n"));
    let span = |field: &str, start: u32, end: u32| json!({"field": field, "start": start, "end": end});
    assert_eq!(
        answers[0],
        json!({"id": 1, "match": true, "spans": [span("text", 22, 29), span("caption", 0, 6)]})
    );
    assert_eq!((&answers[1]["error"], &answers[1]["at"]), (&json!("E009"), &json!([7, 11])));
    assert_eq!((&answers[2]["error"], &answers[2]["at"]), (&json!("E009"), &json!([2, 6])));
    assert_eq!(answers[3], json!({"id": 4, "match": true, "spans": []}));
}

#[test]
fn a_line_that_is_no_case_is_named_and_the_others_are_answered() {
    let lines = [
        r#"{"id": 1, "query": "a", "document": {"text": "a"}}"#,
        "not json",
        r#"{"id": 2, "document": {}}"#,
        "",
        r#"{"id": 3, "query": "a", "document": {"at": "yesterday"}}"#,
        r#"{"id": 4, "query": "a", "document": {"size": "big"}}"#,
        r#"{"id": 5, "query": "a", "document": {"txet": "a"}}"#,
        r#"{"id": 6, "query": "@x", "document": {}, "lists": {"x": "a"}}"#,
        r#"{"id": 7, "query": "a"}"#,
        r#"{"id": 8, "query": "at:[now-1d TO now]", "document": {"at": "2020-01-01T00:00:00Z"}, "now": "2020-01-01T12:00:00Z"}"#,
        r#"{"id": 9, "query": "@none", "document": {"text": "a"}}"#,
    ];
    let answers = answers(&lines.join("\n"));
    let fields: Vec<&Value> = answers.iter().map(|answer| &answer["field"]).collect();
    let null = json!(null);
    assert_eq!(
        fields,
        [
            &null,
            &null,
            &json!("query"),
            &json!("document.at"),
            &json!("document.size"),
            &json!("document.txet"),
            &json!("lists.x"),
            &null,
            &null,
            &null
        ]
    );
    assert_eq!(answers[0]["match"], true);
    assert_eq!(
        (&answers[1]["id"], &answers[1]["line"], &answers[1]["error"]),
        (&null, &json!(2), &json!("malformed"))
    );
    assert_eq!((&answers[3]["id"], &answers[3]["error"]), (&json!(3), &json!("malformed")));
    assert_eq!(answers[7]["match"], false, "a document that is missing has no words");
    assert_eq!(answers[8]["match"], true, "a case may say what now is");
    assert_eq!((&answers[9]["error"], &answers[9]["at"]), (&json!("E023"), &json!([0, 5])));
}

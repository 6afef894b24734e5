use aboveboard_model::connection::{
    AccountNumber, Connection, Doing, Failure, Report, Token, Turned, TurnedAway, Webhook, Why,
};
use jiff::Timestamp;

use super::*;
use crate::bubble::tests::clock;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn row() -> SourceRow {
    SourceRow {
        id: SourceId(3),
        name: "Aurora <b> مرحبا".into(),
        connector: CONNECTOR.into(),
        has_access_token: true,
        secrets: 1,
        overlap_until: None,
        graph_url: None,
        account: Some("2040".into()),
        number: Some("1060".into()),
        connection: Connection::default(),
        deliveries: 0,
        last_at: None,
        unread: 0,
        messages: 0,
    }
}

fn report() -> Report {
    Report {
        token: Some(Token { app: "77".into(), ends_at: None, lacks: vec![] }),
        numbers: vec![AccountNumber {
            id: "1060".into(),
            display: Some("+55 11 98888-0000".into()),
            status: Some("CONNECTED".into()),
            in_app: Some(true),
        }],
        subscribed: Some(true),
        webhook: Some(Webhook { ours: true, missing: vec![] }),
        ..Report::default()
    }
}

fn setup() -> Setup {
    Setup {
        administrators: 1,
        officers: 1,
        employees: 1,
        accountable: 1,
        noticed: 1,
        waiting: 0,
        readable: true,
    }
}

fn words(setup: &Setup, row: Option<&SourceRow>) -> Vec<&'static str> {
    states(setup, row).iter().map(|state| state.word()).collect()
}

fn html(setup: Setup, row: Option<&SourceRow>, may_write: bool) -> String {
    let shell = Shell::sample("Guide");
    let origin = "http://c.example.com";
    let token = row.filter(|row| may_write && row.connection.greeted_at.is_none()).map(|_| "f00d".to_owned());
    let page = Page {
        w: shell.w,
        states: states(&setup, row),
        setup,
        sources: row.iter().map(|one| choice(one, row)).collect(),
        source: row.map(|row| source(row, origin, token, &clock())),
        is_https: false,
        may_write,
        typed: Typed { name: "<typed>".into(), ..Typed::default() },
        failed: None,
        done: None,
        shell,
    };
    page.render().unwrap()
}

#[test]
fn a_step_is_done_when_the_log_shows_it_and_the_first_that_is_not_is_next() {
    let nothing = Setup::default();
    assert_eq!(words(&nothing, None), ["now", "later", "later", "later", "later", "later", "later"]);
    let people = Setup { noticed: 0, readable: false, ..setup() };
    assert_eq!(words(&people, None), ["done", "now", "now", "later", "later", "later", "later"]);
    let mut row = row();
    assert_eq!(words(&people, Some(&row)), ["done", "now", "done", "now", "later", "later", "later"]);
    row.connection.greeted_at = Some(at("2025-11-05T11:00:00Z"));
    row.connection.report = Some((report(), at("2025-11-05T11:01:00Z")));
    row.deliveries = 1;
    assert_eq!(words(&setup(), Some(&row)), ["done", "done", "done", "done", "done", "done", "now"]);
    row.messages = 1;
    assert_eq!(words(&setup(), Some(&row)), ["done"; 7]);
}

#[test]
fn what_came_wrong_is_said_until_something_right_comes() {
    let mut row = row();
    let turned = |why| TurnedAway { why, at: at("2025-11-05T11:00:00Z"), times: 2 };
    row.connection.turned_away = vec![turned(Turned::VerifyToken), turned(Turned::WrongSignature)];
    let failed =
        Failure { doing: Doing::Token, why: Why::TokenExpired, code: Some(190), trace: Some("Ax".into()) };
    let wrong = Report { failures: vec![failed], ..Report::default() };
    row.connection.report = Some((wrong, at("2025-11-05T11:01:00Z")));
    assert_eq!(words(&setup(), Some(&row)), ["done", "done", "done", "wrong", "wrong", "wrong", "later"]);
    let page = html(setup(), Some(&row), true);
    assert!(page.contains("Somebody came with another verify token") && page.contains("1 h ago"));
    assert!(page.contains("Access token: it has ended") && page.contains("190 · Ax"));
    assert!(page.contains("which does not end, and add it in step 3"));
    assert!(page.contains("the secret in step 3 is another app"));
    row.connection.greeted_at = Some(at("2025-11-05T11:30:00Z"));
    row.last_at = Some(at("2025-11-05T11:30:00Z"));
    let page = html(setup(), Some(&row), true);
    assert!(!page.contains("another verify token") && !page.contains("another app"));
}

#[test]
fn the_verify_token_is_shown_to_who_connects_until_it_was_used() {
    let mut row = row();
    assert!(html(setup(), Some(&row), true).contains("f00d"));
    assert!(!html(setup(), Some(&row), false).contains("f00d"));
    row.connection.greeted_at = Some(at("2025-11-05T11:30:00Z"));
    let page = html(setup(), Some(&row), true);
    assert!(!page.contains("f00d") && page.contains("handshake came with the right token"));
    let callback = format!("http://c.example.com/webhooks/whatsapp/{}", SourceId(3));
    assert!(page.contains(&callback) && page.contains("https addresses only"));
}

#[test]
fn what_the_platform_says_is_shown_with_numbers_masked_and_words_from_outside_escaped() {
    let mut row = row();
    let mut told = report();
    told.numbers[0].status = Some("<script>".into());
    told.webhook = Some(Webhook { ours: false, missing: vec!["calls".into()] });
    told.subscribed = Some(false);
    told.token.as_mut().unwrap().ends_at = Some(at("2025-11-06T11:00:00Z"));
    row.connection.report = Some((told, at("2025-11-05T11:01:00Z")));
    let page = html(setup(), Some(&row), true);
    assert!(
        page.contains("+55 •••• 00") && !page.contains("98888-0000") && page.contains("&#60;script&#62;")
    );
    assert!(page.contains("another address, or nowhere") && page.contains("<code>calls</code>"));
    assert!(page.contains("does not tell our app") && page.contains("The access token ends"));
    assert!(page.contains("value=\"past\"") && page.contains("Aurora &#60;b&#62;"));
}

#[test]
fn who_may_not_connect_sources_is_offered_nothing() {
    let connected = row();
    for row in [None, Some(&connected)] {
        let page = html(setup(), row, false);
        assert!(!page.contains("action=\"/guide"), "{page}");
    }
    let empty = html(Setup::default(), None, true);
    assert!(empty.contains("action=\"/guide/source\"") && empty.contains("&#60;typed&#62;"));
    assert!(!empty.contains("name=\"app_secret\" value"));
}

#[test]
fn the_newest_source_without_a_message_is_chosen_by_itself() {
    let rows = [
        SourceRow { id: SourceId(1), messages: 4, ..row() },
        SourceRow { id: SourceId(2), ..row() },
        SourceRow { id: SourceId(9), messages: 1, ..row() },
    ];
    let chosen = |asked: Option<&str>| choose(&rows, asked).map(|row| row.id);
    assert_eq!(chosen(None), Some(SourceId(2)));
    assert_eq!(chosen(Some(&SourceId(1).to_string())), Some(SourceId(1)));
    assert_eq!(chosen(Some("new")), None);
    assert_eq!(chosen(Some("source_0000000000000")), None);
    assert_eq!(choose(&rows[..1], None).map(|row| row.id), Some(SourceId(1)));
}

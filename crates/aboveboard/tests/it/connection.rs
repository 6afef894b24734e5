//! The connection job against the stand-in's Graph API: what an administrator asks for is done, and every error is named.

use aboveboard_ledger::{By, Command, Ledger};
use aboveboard_model::{
    connection::{Doing, Errand, Report, Why},
    id::SourceId,
    personal::Secret,
    source,
};
use aboveboard_simulate::serve as stand_in;

use crate::support::*;

const TOKEN: &str = "a token of the tests";

async fn start() -> stand_in::Handle {
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let options = stand_in::Options {
        seed: 7,
        ending_at: now,
        listen: ([127, 0, 0, 1], 0).into(),
        app_id: "4000".into(),
        app_secret: APP_SECRET.into(),
        access_token: TOKEN.into(),
        verify_token: VERIFY_TOKEN.into(),
        delivery: None,
        live: None,
        faults: Default::default(),
        clock: std::sync::Arc::new(move || now),
    };
    stand_in::serve(options).await.unwrap()
}

fn change(ledger: &Ledger, source: SourceId, declared: source::Declared) {
    let declared = source::Declared { name: "WhatsApp".into(), connector: "whatsapp".into(), ..declared };
    decide(ledger, Command::DeclareSource(Some(source), declared));
}

/// Asks with the server stopped, runs it until it has answered, and reads the answer.
async fn answered(firm: &Firm, source: SourceId, errand: Errand, stand_in: &str) -> Report {
    decide(&firm.ledger(), Command::AskSource(source, errand));
    let server = firm.serve_with(&[("STAND_IN", stand_in)]);
    server.until_metric("aboveboard_connection_reports_total", 1).await;
    server.stop().await;
    let ledger = firm.ledger();
    settle(&ledger);
    let row = ledger.sources(&By::command_line()).unwrap().remove(0);
    assert_eq!(row.connection.errand, None);
    row.connection.report.unwrap().0
}

#[tokio::test]
async fn what_is_wrong_at_the_platform_is_named_and_what_was_asked_for_is_done() {
    let (firm, source) = Firm::connected();
    let stand_in = start().await;
    let number = stand_in.company.numbers[0].clone();
    let found = |report: &Report| report.failures.iter().map(|one| (one.doing, one.why)).collect::<Vec<_>>();

    let report = answered(&firm, source, Errand::Check, "yes").await;
    assert_eq!(found(&report), [(Doing::Token, Why::NoToken)]);

    let settings = |token: &str, account: &str| source::Declared {
        access_token: Some(Secret::new(token)),
        account: Some(account.to_owned()),
        number: Some(number.phone_number_id.clone()),
        graph_url: Some(format!("{}/v23.0", stand_in.origin())),
        ..source::Declared::default()
    };
    change(&firm.ledger(), source, settings(&format!("{TOKEN}-expired"), &number.waba_id));
    let report = answered(&firm, source, Errand::Check, "yes").await;
    assert_eq!(found(&report), [(Doing::Token, Why::TokenExpired)]);
    let report = answered(&firm, source, Errand::Check, "no").await;
    assert_eq!(
        found(&report),
        [(Doing::Token, Why::Address)],
        "a stand-in is allowed by the configuration only"
    );

    change(&firm.ledger(), source, settings(&format!("{TOKEN}-narrow"), &number.waba_id));
    let report = answered(&firm, source, Errand::Check, "yes").await;
    assert_eq!(report.token.unwrap().lacks, ["whatsapp_business_management"]);

    change(&firm.ledger(), source, settings(TOKEN, "1"));
    let report = answered(&firm, source, Errand::Check, "yes").await;
    assert_eq!(found(&report), [(Doing::Numbers, Why::WrongId), (Doing::Subscribed, Why::WrongId)]);

    change(&firm.ledger(), source, settings(TOKEN, &number.waba_id));
    let report = answered(&firm, source, Errand::Subscribe, "yes").await;
    assert_eq!(
        found(&report),
        [(Doing::SetWebhook, Why::Handshake)],
        "nobody answers at the firm's address here"
    );
    assert_eq!((report.subscribed, report.webhook.unwrap().ours), (Some(true), false));
    assert!(report.numbers.iter().any(|one| one.id == number.phone_number_id));

    let report = answered(&firm, source, Errand::Past, "yes").await;
    assert!(report.past_asked);
    let report = answered(&firm, source, Errand::Past, "yes").await;
    assert_eq!(found(&report), [(Doing::Past, Why::TooLate)]);
    stand_in.stop().await.unwrap();
}

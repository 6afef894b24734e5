//! The stand-in as a whole: handshake, 30 days, live traffic, stop; and live traffic by itself.

use std::sync::Arc;

use aboveboard_simulate::{
    deliver,
    graph::Faults,
    live::Pace,
    serve::{self, Options},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{
    common::{COMPANY, DELIVERIES, ENDING_AT},
    receiver::{self, SECRET, VERIFY_TOKEN},
};

fn options(callback: &str) -> Options {
    let ending_at: Timestamp = ENDING_AT.parse().unwrap();
    Options {
        seed: 7,
        ending_at,
        listen: ([127, 0, 0, 1], 0).into(),
        app_id: "4000".into(),
        app_secret: SECRET.into(),
        access_token: "a token".into(),
        verify_token: VERIFY_TOKEN.into(),
        delivery: Some(deliver::Options {
            concurrency: 8,
            batch: 40,
            ..deliver::Options::plain(callback, SECRET)
        }),
        live: Some(Pace { pause_ms_min: 1, pause_ms_max: 3 }),
        faults: Faults::default(),
        clock: Arc::new(move || ending_at),
    }
}

#[tokio::test]
async fn a_callback_is_told_of_thirty_days_and_then_of_now_until_stopped() {
    let (address, shared) = receiver::start(0).await;
    let handle = serve::serve(options(&format!("http://{address}/hook"))).await.unwrap();
    let mut progress = handle.progress.clone();
    let told = *progress.wait_for(|progress| progress.finished).await.unwrap();
    assert_eq!(told.messages, DELIVERIES.iter().map(|delivery| delivery.messages as u64).sum::<u64>());
    assert_eq!(told.lost, 0);
    let more = *progress.wait_for(|progress| progress.accepted >= told.accepted + 5).await.unwrap();
    assert!(more.messages >= told.messages + 5);
    let template = serde_json::json!({"messaging_product": "whatsapp", "to": COMPANY.clients[0].phone,
        "type": "template", "template": {"name": "hello", "language": {"code": "en"}}});
    let url = format!("{}/v25.0/{}/messages", handle.origin(), handle.company.numbers[0].phone_number_id);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.post(url).bearer_auth("a token").json(&template).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert!(answer["messages"][0]["id"].is_string(), "{answer}");
    handle.stop().await.unwrap();
    let received = shared.lock().unwrap();
    assert_eq!(received.bad_signatures, 0);
}

#[tokio::test]
async fn an_address_that_is_set_by_graph_api_is_told_of_the_accounts_that_are_subscribed() {
    let (address, shared) = receiver::start(0).await;
    let handle = serve::serve(Options { delivery: None, ..options("") }).await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = |path: String, token: String, body: Value| {
        let request = client.post(format!("{}/v25.0/{path}", handle.origin())).bearer_auth(token);
        async move { request.json(&body).send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let own = format!("4000|{SECRET}");
    let hook = |verify_token: &str| {
        serde_json::json!({"object": "whatsapp_business_account", "fields": "messages, calls",
            "callback_url": format!("http://{address}/hook"), "verify_token": verify_token})
    };
    let refused = ask("4000/subscriptions".into(), own.clone(), hook("another")).await;
    assert_eq!(refused["error"]["code"], 2_200);
    assert_eq!(ask("4000/subscriptions".into(), own, hook(VERIFY_TOKEN)).await["success"], true);
    let account = &handle.company.numbers[0].waba_id;
    let subscribed = ask(format!("{account}/subscribed_apps"), "a token".into(), Value::Null).await;
    assert_eq!(subscribed["success"], true);
    let mut progress = handle.progress.clone();
    progress.wait_for(|progress| progress.accepted >= 5).await.unwrap();
    let account = account.clone();
    handle.stop().await.unwrap();
    let received = shared.lock().unwrap();
    assert_eq!(received.bad_signatures, 0);
    let told = |body: &Vec<u8>| serde_json::from_slice::<Value>(body).unwrap()["entry"][0]["id"] == account;
    assert!(received.bodies.iter().all(told));
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_callback_that_is_not_there() {
    let handle = serve::serve(options("http://127.0.0.1:1/hook")).await.unwrap();
    handle.stop().await.unwrap();
}

#[test]
fn live_traffic_begins_with_a_story_that_a_person_should_see_within_the_first_minute() {
    let mut live = COMPANY.live();
    let start = COMPANY.ending_at;
    let (mut at, mut bodies) = (start, String::new());
    while at < start + SignedDuration::from_secs(50) {
        let delivery = live.next_at(at);
        assert_eq!(delivery.messages, 1);
        bodies.push_str(&String::from_utf8(delivery.body).unwrap());
        at += SignedDuration::from_millis(i64::try_from(live.pause_ms(Pace::default())).unwrap());
    }
    assert!(bodies.contains("Meu pix \\u00e9 o celular 55 11 9"), "the first live story");
}

#[test]
fn live_traffic_goes_on_and_is_decided_by_its_seed() {
    let (mut one, mut two) = (COMPANY.live(), COMPANY.live());
    let mut ids = std::collections::BTreeSet::new();
    for step in 0..600 {
        let at = COMPANY.ending_at + SignedDuration::from_secs(step * 2);
        let delivery = one.next_at(at);
        assert_eq!(delivery, two.next_at(at));
        let body: Value = serde_json::from_slice(&delivery.body).unwrap();
        let value = &body["entry"][0]["changes"][0]["value"];
        let list = if value["messages"].is_array() { &value["messages"] } else { &value["message_echoes"] };
        assert_eq!(list[0]["timestamp"], at.as_second().to_string());
        assert!(ids.insert(list[0]["id"].as_str().unwrap().to_owned()));
    }
}

//! Graph API over loopback: every endpoint, its limits and its errors.

use std::sync::{Arc, Mutex};

use aboveboard_simulate::{
    Company, Delivery,
    delivery::Inbound,
    graph::{Faults, Graph, Options},
    item::{Content, Item},
};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{net::TcpListener, sync::mpsc};

use crate::common::{COMPANY, ENDING_AT};

const TOKEN: &str = "a token";

struct StandIn {
    origin: String,
    client: Client,
    graph: Arc<Graph>,
    now: Arc<Mutex<Timestamp>>,
    webhooks: mpsc::Receiver<Delivery>,
}

impl StandIn {
    async fn start(faults: Faults) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let now: Arc<Mutex<Timestamp>> = Arc::new(Mutex::new(ENDING_AT.parse().unwrap()));
        let clock = Arc::clone(&now);
        let options = Options {
            access_token: TOKEN.into(),
            app_id: "4000".into(),
            app_secret: "a secret".into(),
            callback: Some("http://127.0.0.1:1/hook".into()),
            origin: origin.clone(),
            faults,
            clock: Arc::new(move || *clock.lock().unwrap()),
        };
        let (sender, webhooks) = mpsc::channel(64);
        let graph = Graph::new(Arc::new(Company::clone(&COMPANY)), options, sender);
        let routes = graph.router();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { origin, client: Client::builder().no_proxy().build().unwrap(), graph, now, webhooks }
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.get_as(path, TOKEN).await
    }

    async fn get_as(&self, path: &str, token: &str) -> (StatusCode, Value) {
        let answer =
            self.client.get(format!("{}{path}", self.origin)).bearer_auth(token).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.client.post(format!("{}{path}", self.origin)).bearer_auth(TOKEN).json(body);
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    /// Describes and downloads a file: the description, and the bytes or the status.
    async fn fetch(&self, id: &str) -> (Value, Result<Vec<u8>, StatusCode>) {
        let (_, shown) = self.get(&format!("/v25.0/{id}")).await;
        let answer = self.client.get(shown["url"].as_str().unwrap()).bearer_auth(TOKEN).send().await.unwrap();
        let status = answer.status();
        let bytes = answer.bytes().await.unwrap().to_vec();
        (shown, if status == StatusCode::OK { Ok(bytes) } else { Err(status) })
    }

    fn pass(&self, seconds: i64) {
        let mut now = self.now.lock().unwrap();
        *now += SignedDuration::from_secs(seconds);
    }

    fn open_window(&self, to: &str) {
        let at = *self.now.lock().unwrap();
        self.graph.note(&[Inbound { phone_number_id: phone().into(), from: to.into(), at }]);
    }

    async fn send(&self, body: &Value) -> u64 {
        let (status, answer) = self.post(&format!("/v25.0/{}/messages", phone()), body).await;
        if status == StatusCode::OK { 0 } else { answer["error"]["code"].as_u64().unwrap() }
    }
}

fn phone() -> &'static str {
    &COMPANY.numbers[0].phone_number_id
}

fn client_phone() -> &'static str {
    COMPANY.clients[0].phone.as_deref().unwrap()
}

fn text(to: &str, body: &str) -> Value {
    json!({"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": body}})
}

fn media_id(item: &Item) -> Option<String> {
    match &item.content {
        Content::Image { media, .. } | Content::Voice { media } | Content::Document { media, .. } => {
            Some(media.id())
        }
        _ => None,
    }
}

#[tokio::test]
async fn the_media_of_a_message_is_described_and_downloaded_with_its_hash() {
    let stand_in = StandIn::start(Faults::default()).await;
    for item in COMPANY.items().filter(|item| media_id(item).is_some()).step_by(60).take(12) {
        let (shown, bytes) = stand_in.fetch(&media_id(&item).unwrap()).await;
        let bytes = bytes.unwrap();
        assert_eq!(shown["sha256"], hex::encode(Sha256::digest(&bytes)));
        assert_eq!(shown["file_size"], bytes.len());
    }
    let (status, answer) = stand_in.get("/v25.0/1234567890123456").await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(100)));
}

#[tokio::test]
async fn a_media_url_holds_five_minutes_and_needs_the_token_and_its_seal() {
    let stand_in = StandIn::start(Faults::default()).await;
    let id = COMPANY.items().find_map(|item| media_id(&item)).unwrap();
    let (_, shown) = stand_in.get(&format!("/v25.0/{id}")).await;
    let url = shown["url"].as_str().unwrap().to_owned();
    let status = async |url: &str| stand_in.client.get(url).bearer_auth(TOKEN).send().await.unwrap().status();
    assert_eq!(stand_in.client.get(&url).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(status(&url.replace("seal=", "seal=0")).await, StatusCode::NOT_FOUND);
    stand_in.pass(299);
    assert_eq!(status(&url).await, StatusCode::OK);
    stand_in.pass(1);
    assert_eq!(status(&url).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn each_fault_is_the_one_asked_for() {
    let id = COMPANY.items().find_map(|item| media_id(&item)).unwrap();
    let once = StandIn::start(Faults { not_found_once_percent: 100, ..Faults::default() }).await;
    assert_eq!(once.fetch(&id).await.1, Err(StatusCode::NOT_FOUND));
    assert!(once.fetch(&id).await.1.is_ok());
    let expired = StandIn::start(Faults { expired_url_percent: 100, ..Faults::default() }).await;
    assert_eq!(expired.fetch(&id).await.1, Err(StatusCode::NOT_FOUND));
    assert!(expired.fetch(&id).await.1.is_ok());
    let wrong = StandIn::start(Faults { wrong_hash_percent: 100, ..Faults::default() }).await;
    let (shown, bytes) = wrong.fetch(&id).await;
    assert_ne!(shown["sha256"], hex::encode(Sha256::digest(bytes.unwrap())));
    let never = StandIn::start(Faults { never_percent: 100, ..Faults::default() }).await;
    assert_eq!(never.get(&format!("/v25.0/{id}")).await.0, StatusCode::BAD_REQUEST);
    let oversized = StandIn::start(Faults { oversized_percent: 100, ..Faults::default() }).await;
    assert!(oversized.fetch(&id).await.1.unwrap().len() > 100 * 1024 * 1024);
}

#[tokio::test]
async fn a_message_in_the_window_is_accepted_and_its_statuses_follow() {
    let mut stand_in = StandIn::start(Faults::default()).await;
    let path = format!("/v25.0/{}/messages", phone());
    assert_eq!(stand_in.send(&text(client_phone(), "hello")).await, 131_047);
    stand_in.open_window(client_phone());
    let mut body = text(client_phone(), "hello");
    body["biz_opaque_callback_data"] = json!("out-1");
    let (status, answer) = stand_in.post(&path, &body).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["contacts"][0]["wa_id"], client_phone());
    let id = answer["messages"][0]["id"].as_str().unwrap().to_owned();
    for expected in ["sent", "delivered", "read"] {
        let delivery = stand_in.webhooks.recv().await.unwrap();
        let body: Value = serde_json::from_slice(&delivery.body).unwrap();
        let status = &body["entry"][0]["changes"][0]["value"]["statuses"][0];
        assert_eq!((status["id"].as_str(), status["status"].as_str()), (Some(id.as_str()), Some(expected)));
        assert_eq!(status["biz_opaque_callback_data"], "out-1");
    }
    let (_, history) = stand_in.get(&format!("/v25.0/{}/message_history", phone())).await;
    assert_eq!(history["data"][0]["message_id"], id.as_str());
    stand_in.pass(24 * 3600);
    assert_eq!(stand_in.send(&text(client_phone(), "too late")).await, 131_047);
    let template = json!({"messaging_product": "whatsapp", "to": client_phone(), "type": "template",
        "template": {"name": "entrega_confirmada", "language": {"code": "pt_BR"}}});
    assert_eq!(stand_in.send(&template).await, 0);
}

#[tokio::test]
async fn a_pair_and_a_number_have_their_rates() {
    let stand_in = StandIn::start(Faults::default()).await;
    stand_in.open_window(client_phone());
    let mut codes = Vec::new();
    for _ in 0..60 {
        codes.push(stand_in.send(&text(client_phone(), "hi")).await);
        stand_in.pass(1);
    }
    let refused = codes.iter().position(|code| *code != 0).unwrap();
    assert!(refused >= 45 && codes[refused] == 131_056, "{codes:?}");
    stand_in.pass(60);
    let mut burst = Vec::new();
    for client in COMPANY.clients.iter().filter_map(|client| client.phone.as_deref()).take(25) {
        stand_in.open_window(client);
        burst.push(stand_in.send(&text(client, "hi")).await);
    }
    assert!(
        burst[..20].iter().all(|code| *code == 0) && burst[20..].iter().all(|code| *code == 130_429),
        "{burst:?}"
    );
}

#[tokio::test]
async fn each_documented_limit_has_its_code() {
    let stand_in = StandIn::start(Faults::default()).await;
    stand_in.open_window(client_phone());
    let message = |kind: &str, object: Value| json!({"messaging_product": "whatsapp", "to": client_phone(), "type": kind, kind: object});
    let button = |title: &str| json!({"type": "reply", "reply": {"id": "a", "title": title}});
    let buttons = |buttons: Vec<Value>| {
        message(
            "interactive",
            json!({"type": "button", "body": {"text": "Choose"}, "action": {"buttons": buttons}}),
        )
    };
    let rows = |count: usize| {
        let rows: Vec<Value> = (0..count).map(|n| json!({"id": n.to_string(), "title": "Row"})).collect();
        message(
            "interactive",
            json!({"type": "list", "body": {"text": "Choose"},
            "action": {"button": "Open", "sections": [{"title": "All", "rows": rows}]}}),
        )
    };
    let cases = [
        (message("text", json!({"body": "é".repeat(4_096)})), 0),
        (message("text", json!({"body": "é".repeat(4_097)})), 100),
        (message("text", json!({"body": ""})), 131_008),
        (message("text", json!({"body": 7})), 100),
        (message("image", json!({"id": "1", "caption": "c".repeat(1_024)})), 0),
        (message("image", json!({"id": "1", "caption": "c".repeat(1_025)})), 100),
        (message("image", json!({"caption": "no file"})), 131_008),
        (message("location", json!({"latitude": -23.5, "longitude": -46.6})), 0),
        (message("location", json!({"latitude": -93.5, "longitude": -46.6})), 131_008),
        (message("contacts", json!([{"name": {"formatted_name": "Desk"}}])), 0),
        (message("contacts", json!([])), 131_008),
        (message("reaction", json!({"message_id": "wamid.x", "emoji": "👍"})), 0),
        (message("reaction", json!({"emoji": "👍"})), 131_008),
        (buttons(vec![button("Yes"), button("No"), button("Later")]), 0),
        (buttons(vec![button("1"), button("2"), button("3"), button("4")]), 100),
        (buttons(vec![button(&"t".repeat(21))]), 100),
        (rows(10), 0),
        (rows(11), 100),
        (message("template", json!({"name": "Bad Name", "language": {"code": "en"}})), 100),
        (message("carrier_pigeon", json!({})), 131_051),
        (json!({"to": client_phone(), "type": "text", "text": {"body": "x"}}), 131_008),
        (json!({"messaging_product": "whatsapp", "type": "text", "text": {"body": "x"}}), 131_008),
        (json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.x"}), 0),
    ];
    for (body, expected) in cases {
        assert_eq!(stand_in.send(&body).await, expected, "{body}");
    }
}

#[tokio::test]
async fn errors_have_graphs_envelope_and_a_bad_token_is_190() {
    let stand_in = StandIn::start(Faults::default()).await;
    let answer =
        stand_in.client.get(format!("{}/v25.0/4000/subscriptions", stand_in.origin)).bearer_auth("other");
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["code"], 190);
    for member in ["message", "type", "fbtrace_id"] {
        assert!(body["error"][member].is_string(), "{member}");
    }
    let unknown = stand_in.post("/v25.0/1/messages", &text(client_phone(), "x")).await;
    assert_eq!(
        (unknown.0, &unknown.1["error"]["type"]),
        (StatusCode::BAD_REQUEST, &json!("GraphMethodException"))
    );
    assert_eq!(stand_in.get("/nowhere/1/2/3").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn subscriptions_and_synchronisation_answer_as_documented() {
    let stand_in = StandIn::start(Faults::default()).await;
    let (_, apps) = stand_in.get(&format!("/v25.0/{}/subscribed_apps", COMPANY.numbers[0].waba_id)).await;
    assert_eq!(apps["data"][0]["whatsapp_business_api_data"]["id"], "4000");
    let (status, refused) = stand_in.get("/v25.0/4000/subscriptions").await;
    assert_eq!((status, &refused["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(15)));
    let (_, subscriptions) = stand_in.get_as("/v25.0/4000/subscriptions", "4000|a secret").await;
    let fields = subscriptions["data"][0]["fields"].as_array().unwrap();
    assert!(fields.iter().any(|field| field["name"] == "smb_message_echoes"));
    let path = format!("/v25.0/{}/smb_app_data", phone());
    let body = json!({"messaging_product": "whatsapp", "sync_type": "history"});
    assert!(stand_in.post(&path, &body).await.1["request_id"].is_string());
    assert_eq!(stand_in.post(&path, &body).await.1["error"]["code"], 2_593_107);
    assert_eq!(stand_in.post(&path, &json!({"sync_type": "all"})).await.1["error"]["code"], 100);
}

#[tokio::test]
async fn numbers_and_tokens_are_told_and_what_is_wrong_has_its_documented_code() {
    let stand_in = StandIn::start(Faults::default()).await;
    let (account, number) = (&COMPANY.numbers[0].waba_id, phone());
    let (_, listed) = stand_in.get(&format!("/v25.0/{account}/phone_numbers")).await;
    assert!(listed["data"].as_array().unwrap().iter().any(|one| one["id"] == number));
    let (_, one) = stand_in.get(&format!("/v25.0/{number}?fields=id,status")).await;
    assert_eq!(
        (&one["status"], &one["display_phone_number"]),
        (&json!("CONNECTED"), &json!(format!("+{}", COMPANY.numbers[0].digits)))
    );
    let (_, token) =
        stand_in.get(&format!("/v25.0/debug_token?input_token={}", TOKEN.replace(' ', "+"))).await;
    assert_eq!((&token["data"]["app_id"], &token["data"]["is_valid"]), (&json!("4000"), &json!(true)));
    let cases = [
        (format!("/v25.0/{account}/phone_numbers"), "a token-expired", (190, json!(463))),
        (format!("/v25.0/{account}/phone_numbers"), "a token-narrow", (200, Value::Null)),
        (format!("/v25.0/{account}/subscribed_apps"), "4000|a secret", (190, Value::Null)),
        ("/v25.0/1/phone_numbers".to_owned(), TOKEN, (100, json!(33))),
        ("/v25.0/1".to_owned(), TOKEN, (100, json!(33))),
    ];
    for (path, token, (code, subcode)) in cases {
        let (_, refused) = stand_in.get_as(&path, token).await;
        assert_eq!(
            (&refused["error"]["code"], &refused["error"]["error_subcode"]),
            (&json!(code), &subcode),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_upload_comes_back_as_it_went_in() {
    let stand_in = StandIn::start(Faults::default()).await;
    let form = "--b\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n--b\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n\
        %PDF-1.4 own bytes\r\n--b--\r\n";
    let request =
        stand_in.client.post(format!("{}/v25.0/{}/media", stand_in.origin, phone())).bearer_auth(TOKEN);
    let answer =
        request.header("content-type", "multipart/form-data; boundary=b").body(form).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    let (shown, bytes) = stand_in.fetch(answer["id"].as_str().unwrap()).await;
    assert_eq!(shown["mime_type"], "application/pdf");
    assert_eq!(bytes.unwrap(), b"%PDF-1.4 own bytes");
}

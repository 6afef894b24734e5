//! The Graph API's client against a stand-in on loopback.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aboveboard_connect::whatsapp::graph::{Class, Config, Graph, GraphError, Synchronisation, app_token};
use aboveboard_model::{connection::Why, personal::Secret};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

const FILE: &[u8] = b"terracotta, 20 by 20";
/// As `sha256sum` prints it.
const FILE_HEX: &str = "d62a481294ff26d7b1bbf1f2d9211f296928d0a8db99460d0a640cb0bce5af4b";
const TOKEN: &str = "EAAtoken";

/// What the stand-in does with the request of that number (from 0): the answer's bytes, or silence.
type Answer = Arc<dyn Fn(usize, &str, &str) -> Option<Vec<u8>> + Send + Sync>;

/// A stand-in for Meta: one answer a connection; it remembers what it was asked.
struct StandIn {
    origin: String,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl StandIn {
    async fn start(answer: impl Fn(usize, &str, &str) -> Option<Vec<u8>> + Send + Sync + 'static) -> StandIn {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (answer, log, own): (Answer, _, _) = (Arc::new(answer), asked.clone(), origin.clone());
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                serve(stream, &answer, &log, &own).await;
            }
        });
        StandIn { origin, asked, task }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn graph(&self, change: impl FnOnce(&mut Config)) -> Graph {
        let base = format!("{}/v23.0", self.origin);
        let mut config = Config { base, loopback: true, ..Config::default() };
        change(&mut config);
        Graph::new(config).unwrap()
    }

    async fn fetch(&self, declared: Option<&str>) -> (Result<u64, GraphError>, Vec<u8>) {
        let mut to = Vec::new();
        let graph = self.graph(|config| config.media_bytes_max = 1_000);
        let fetched = graph.media(&token(), "7001", declared, &mut to).await;
        (fetched.map(|fetched| fetched.bytes), to)
    }
}

async fn serve(mut stream: TcpStream, answer: &Answer, log: &Mutex<Vec<String>>, origin: &str) {
    let mut request = Vec::new();
    let mut piece = [0; 4_096];
    loop {
        let read = stream.read(&mut piece).await.unwrap_or(0);
        request.extend_from_slice(&piece[..read]);
        if read == 0 || is_whole(&request) {
            break;
        }
    }
    let request = String::from_utf8(request).unwrap();
    let number = log.lock().unwrap().len();
    log.lock().unwrap().push(request.clone());
    match answer(number, &request, origin) {
        Some(bytes) => drop(stream.write_all(&bytes).await),
        // Silence until the other side gives up.
        None => drop(stream.read(&mut piece).await),
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

fn token() -> Secret {
    Secret::new(TOKEN)
}

fn http(status: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn address(origin: &str, more: &str) -> Option<Vec<u8>> {
    Some(http(
        "200 OK",
        format!("{{\"url\":\"{origin}/file?key=k\",\"mime_type\":\"image/png\"{more}}}").as_bytes(),
    ))
}

fn is_file(request: &str) -> bool {
    request.starts_with("GET /file")
}

#[tokio::test]
async fn a_file_is_fetched_in_two_steps_with_the_token_in_both() {
    let meta = StandIn::start(|_, request, origin| match is_file(request) {
        true => Some(http("200 OK", FILE)),
        false => address(origin, &format!(",\"sha256\":\"{}\",\"file_size\":20", FILE_HEX)),
    })
    .await;
    let mut to = Vec::new();
    let fetched = meta.graph(|_| {}).media(&token(), "7001", Some(FILE_HEX), &mut to).await.unwrap();
    assert_eq!((fetched.bytes, fetched.verified, &*fetched.sha256), (20, true, FILE_HEX));
    assert_eq!((fetched.mime.as_deref(), &*to), (Some("image/png"), FILE));
    let asked = meta.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked[0].starts_with("GET /v23.0/7001 "));
    assert!(asked.iter().all(|request| request.contains(&format!("authorization: Bearer {TOKEN}"))));
}

#[tokio::test]
async fn an_address_that_is_gone_is_asked_for_once_again() {
    let meta = StandIn::start(|number, request, origin| match (is_file(request), number) {
        (true, 1) => Some(http("404 Not Found", b"")),
        (true, _) => Some(http("200 OK", FILE)),
        (false, _) => address(origin, ""),
    })
    .await;
    assert_eq!(meta.fetch(None).await.0.unwrap(), 20);
    assert_eq!(meta.asked().len(), 4);

    let never = StandIn::start(|_, request, origin| match is_file(request) {
        true => Some(http("404 Not Found", b"")),
        false => address(origin, ""),
    })
    .await;
    let error = never.fetch(None).await.0.unwrap_err();
    assert!(matches!(error, GraphError::File { status: 404 }), "{error}");
    assert_eq!((error.class(), never.asked().len()), (Class::Retry, 4));
}

#[tokio::test]
async fn a_file_that_meta_does_not_keep_any_more_is_gone() {
    let meta = StandIn::start(|_, _, _| {
        Some(http(
            "400 Bad Request",
            br#"{"error":{"message":"no such object","code":100,"error_subcode":33}}"#,
        ))
    })
    .await;
    assert_eq!(meta.fetch(None).await.0.unwrap_err().class(), Class::Gone);
}

#[tokio::test]
async fn other_bytes_than_declared_are_an_error() {
    let other = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    for more in [String::new(), format!(",\"sha256\":\"{other}\"")] {
        let declared = Some(other).filter(|_| more.is_empty());
        let meta = StandIn::start(move |_, request, origin| match is_file(request) {
            true => Some(http("200 OK", FILE)),
            false => address(origin, &more),
        })
        .await;
        let error = meta.fetch(declared).await.0.unwrap_err();
        assert!(matches!(error, GraphError::Hash), "{error}");
    }
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_never_read_to_its_end() {
    let said = StandIn::start(|_, _, origin| address(origin, ",\"file_size\":\"1001\"")).await;
    let declared = StandIn::start(|_, request, origin| match is_file(request) {
        true => Some(http("200 OK", &[b'x'; 1_001])),
        false => address(origin, ""),
    })
    .await;
    let unsaid = StandIn::start(|_, request, origin| match is_file(request) {
        true => Some([b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".as_slice(), &[b'x'; 50_000]].concat()),
        false => address(origin, ""),
    })
    .await;
    for (meta, requests) in [(said, 1), (declared, 2), (unsaid, 2)] {
        let (fetched, written) = meta.fetch(None).await;
        let error = fetched.unwrap_err();
        assert!(
            matches!(error, GraphError::Size { bytes_max: 1_000 }) && error.class() == Class::Never,
            "{error}"
        );
        assert!(written.len() <= 1_000);
        assert_eq!(meta.asked().len(), requests);
    }
}

#[tokio::test]
async fn an_address_on_another_host_is_never_asked() {
    for url in [
        "http://127.0.0.1:9/x",
        "https://169.254.169.254/latest",
        "https://lookaside.fbsbx.com/x",
        "file:///x",
    ] {
        let meta =
            StandIn::start(move |_, _, _| Some(http("200 OK", format!("{{\"url\":\"{url}\"}}").as_bytes())))
                .await;
        let error = meta.fetch(None).await.0.unwrap_err();
        assert!(matches!(error, GraphError::Host), "{url}: {error}");
        assert_eq!((error.class(), meta.asked().len()), (Class::Never, 1));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let meta = StandIn::start(|_, request, origin| match is_file(request) {
        true => {
            Some(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n".to_vec())
        }
        false => address(origin, ""),
    })
    .await;
    let error = meta.fetch(None).await.0.unwrap_err();
    assert!(matches!(error, GraphError::File { status: 302 }), "{error}");
}

#[tokio::test]
async fn silence_ends_in_time() {
    let meta = StandIn::start(|_, _, _| None).await;
    let graph = meta.graph(|config| {
        config.answer_time_max = Duration::from_millis(50);
        config.media_time_max = Duration::from_millis(80);
    });
    let error = graph.media(&token(), "7001", None, &mut Vec::new()).await.unwrap_err();
    assert!(matches!(error, GraphError::Time) && error.class() == Class::Retry, "{error}");
}

#[tokio::test]
async fn nobody_listening_is_worth_another_try_and_says_no_address() {
    let base = "http://127.0.0.1:9/v23.0".to_owned();
    let graph = Graph::new(Config { base, loopback: true, ..Config::default() }).unwrap();
    let error = graph.phone_number(&token(), "400700").await.unwrap_err();
    assert_eq!(error.class(), Class::Retry);
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("127.0.0.1") && !shown.contains(TOKEN), "{shown}");
}

#[tokio::test]
async fn an_id_cannot_change_the_path() {
    let meta = StandIn::start(|_, _, _| Some(http("200 OK", b"{}"))).await;
    let graph = meta.graph(|_| {});
    for id in ["", "../me", "1/2", "1?x=y", "1#", "%2e%2e", &"1".repeat(129)] {
        let error = graph.media(&token(), id, None, &mut Vec::new()).await.unwrap_err();
        assert!(matches!(error, GraphError::Id), "{id}");
    }
    assert!(meta.asked().is_empty());
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_without_end() {
    let meta = StandIn::start(|_, _, _| Some(http("200 OK", &vec![b' '; (1 << 20) + 1]))).await;
    let error = meta.graph(|_| {}).phone_number(&token(), "1").await.unwrap_err();
    assert!(matches!(error, GraphError::Unreadable), "{error}");
}

#[tokio::test]
async fn lists_are_read_page_by_page() {
    let meta = StandIn::start(|number, _, _| {
        let pages = [
            r#"{"data":[{"id":"1","display_phone_number":"+55 11 3003-0040","status":"CONNECTED","is_on_biz_app":true}],"paging":{"cursors":{"after":"a b"},"next":"https://elsewhere.example"}}"#,
            r#"{"data":[{"id":"2"}],"paging":{"cursors":{"after":"end"}}}"#,
        ];
        Some(http("200 OK", pages[number].as_bytes()))
    })
    .await;
    let numbers = meta.graph(|_| {}).phone_numbers(&token(), "900100").await.unwrap();
    assert_eq!(numbers.iter().map(|number| &*number.id).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(numbers[0].is_on_biz_app, Some(true));
    assert!(
        meta.asked()[1].starts_with("GET /v23.0/900100/phone_numbers?")
            && meta.asked()[1].contains("after=a+b")
    );
}

#[tokio::test]
async fn subscriptions_are_read_for_the_check() {
    let apps = r#"{"data":[{"whatsapp_business_api_data":{"id":"55","name":"Aboveboard","link":"x"}}]}"#;
    let meta = StandIn::start(move |_, _, _| Some(http("200 OK", apps.as_bytes()))).await;
    let found = meta.graph(|_| {}).subscribed_apps(&token(), "900100").await.unwrap();
    assert_eq!((&*found[0].id, found[0].name.as_deref()), ("55", Some("Aboveboard")));

    let fields = r#"{"data":[{"object":"page","fields":[{"name":"feed"}]},{"object":"whatsapp_business_account","fields":[{"name":"messages","version":"v23.0"}]}]}"#;
    let meta = StandIn::start(move |_, _, _| Some(http("200 OK", fields.as_bytes()))).await;
    let subscription = meta.graph(|_| {}).subscription(&token(), "55").await.unwrap().unwrap();
    assert_eq!((subscription.callback, subscription.fields), (None, vec!["messages".to_owned()]));
}

#[tokio::test]
async fn a_stand_in_is_asked_only_where_the_deployment_allows_one() {
    for base in ["http://127.0.0.1:9/v23.0", "http://localhost:9", "https://[::1]:9"] {
        let refused = Graph::new(Config { base: base.to_owned(), ..Config::default() });
        assert!(matches!(refused, Err(GraphError::Base)), "{base}");
    }
}

#[tokio::test]
async fn a_token_tells_what_it_is_and_an_expired_one_that_it_has_ended() {
    let good = r#"{"data":{"app_id":"55","type":"SYSTEM_USER","expires_at":0,"is_valid":true,"scopes":["whatsapp_business_messaging"]}}"#;
    let meta = StandIn::start(move |_, _, _| Some(http("200 OK", good.as_bytes()))).await;
    let details = meta.graph(|_| {}).token_details(&token()).await.unwrap();
    assert_eq!((details.app_id.as_str(), details.is_valid, details.expires_at), ("55", true, 0));
    assert!(meta.asked()[0].starts_with("GET /v23.0/debug_token?input_token=EAAtoken "));

    let ended = r#"{"error":{"code":190,"error_subcode":463,"fbtrace_id":"A1"}}"#;
    let meta = StandIn::start(move |_, _, _| Some(http("400 Bad Request", ended.as_bytes()))).await;
    let error = meta.graph(|_| {}).token_details(&token()).await.unwrap_err();
    assert_eq!((error.why(), error.quoted()), (Why::TokenExpired, (Some(190), Some("A1".into()))));
}

#[tokio::test]
async fn an_app_is_subscribed_and_its_address_set_as_documented() {
    let meta = StandIn::start(|_, _, _| Some(http("200 OK", br#"{"success":true}"#))).await;
    let graph = meta.graph(|_| {});
    graph.subscribe(&token(), "900100").await.unwrap();
    let own = app_token("55", &Secret::new("shh"));
    let callback = "https://console.example/webhooks/whatsapp/x";
    graph.set_subscription(&own, "55", callback, &Secret::new("rain"), &["messages", "calls"]).await.unwrap();
    let asked = meta.asked();
    assert!(asked[0].starts_with("POST /v23.0/900100/subscribed_apps "));
    assert!(asked[1].starts_with("POST /v23.0/55/subscriptions ") && asked[1].contains("Bearer 55|shh"));
    for part in
        [callback, r#""verify_token":"rain""#, r#""fields":"messages,calls""#, "whatsapp_business_account"]
    {
        assert!(asked[1].contains(part), "{part}");
    }
    let refused = StandIn::start(|_, _, _| Some(http("200 OK", br#"{"success":false}"#))).await;
    assert!(refused.graph(|_| {}).subscribe(&token(), "900100").await.is_err());
}

#[tokio::test]
async fn history_is_asked_for_as_documented() {
    let meta = StandIn::start(|_, _, _| {
        Some(http("200 OK", br#"{"messaging_product":"whatsapp","request_id":"rq-1"}"#))
    })
    .await;
    let request = meta.graph(|_| {}).synchronise(&token(), "400700", Synchronisation::History).await.unwrap();
    assert_eq!(request.as_deref(), Some("rq-1"));
    let asked = &meta.asked()[0];
    assert!(asked.starts_with("POST /v23.0/400700/smb_app_data "));
    assert!(
        asked.contains(r#""sync_type":"history""#) && asked.contains(r#""messaging_product":"whatsapp""#)
    );

    let late =
        StandIn::start(|_, _, _| Some(http("400 Bad Request", br#"{"error":{"code":2593107}}"#))).await;
    let error =
        late.graph(|_| {}).synchronise(&token(), "400700", Synchronisation::AddressBook).await.unwrap_err();
    assert_eq!(error.class(), Class::Never);
}

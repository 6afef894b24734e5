//! Tests of the registry through the whole router: forms by kind, files that are checked by line and column, and who may what.

use super::*;

async fn upload(server: &Server, cookie: &str, wanted: &str, file: &str) -> Answer {
    let token = server.token(cookie).await;
    let part = |name: &str, value: &str| {
        format!("--cut\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = [
        part("form_token", &token),
        part("do", wanted),
        format!(
            "--cut\r\ncontent-disposition: form-data; name=\"file\"; filename=\"r.csv\"\r\n\r\n{file}\r\n--cut--\r\n"
        ),
    ]
    .concat();
    let request = HttpRequest::post("/registry/file")
        .header(COOKIE, cookie)
        .header(ORIGIN, ORIGIN_OWN)
        .header(CONTENT_TYPE, "multipart/form-data; boundary=cut");
    server.ask(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_file_with_every_kind_is_checked_line_by_line_written_and_saved_again() {
    let server = Server::new();
    server.make("olga", Role::ComplianceOfficer);
    server.make("rita", Role::Reviewer);
    let (olga, rita) = (server.sign_in("olga").await, server.sign_in("rita").await);
    let header = "kind,value,from,until,price,currency,region,words,percent,employee,client,domains";
    let bad = format!(
        "{header}\npix,,,,,,,,,,,\nprice,Fridge,,,\"1,350.00\",BRL,,,,,,\nprice,Fridge,,,1350,R$,,,,,,\n\
         discount,All,,,,,,,12O,,,\npix,a@b.c,2026-02-30,,,,,,,,,\ndiscount,All,,,,,,,5,E-9,,\n\
         approval,Ok,,,,,,,5,,+5511,\npix,a@b.c,,,5,BRL,,,,,,\ncar,x,,,,,,,,,,\n\
         pix,a@b.c,2026-03-01,2026-02-01,,,,,,,,\nbrand,Aurora,,,,,,,,,,\n"
    );
    let checked = upload(&server, &olga, "check", &bad).await;
    assert_eq!(checked.status, StatusCode::UNPROCESSABLE_ENTITY);
    for told in [
        "value is empty",
        "price: This is no price. Write digits",
        "currency: Write the currency as three letters",
        "percent: Write a percentage",
        "from: This is no day.",
        "employee: Nobody has this reference.",
        "client: No client is known by this.",
        "price: This does not go with that kind.",
        "kind: There is no such kind.",
        "until: It ends before it begins.",
        "domains: A brand needs",
    ] {
        assert!(checked.text.contains(told), "{told}: {}", checked.text);
    }
    assert!(checked.text.contains("Line 2:") && checked.text.contains("Line 12:"));
    let good = format!(
        "{header}\nprice,Fridge,2026-01-01,2026-01-31,\"1350,50\",brl,BR,geladeira|fridge 410,,,,\n\
         discount,All,,,,,,,5%,,,\nbrand,Aurora Home,,,,,,,,,,aurora.example|aurora.test\naccount,'=HYPERLINK(1),,,,,,,,,,\n"
    );
    assert_eq!(upload(&server, &rita, "write", &good).await.status, StatusCode::FORBIDDEN);
    assert_eq!(upload(&server, &olga, "check", &good).await.status, StatusCode::OK);
    assert!(!server.get("/registry", &olga).await.text.contains("Fridge"), "nothing was written");
    let written = upload(&server, &olga, "write", &good).await;
    assert_eq!(written.location, "/registry?done=imported", "{}", written.text);
    // Who wrote waits for what was written; others see it from then on.
    server.get("/registry", &olga).await;
    let list = server.get("/registry", &rita).await.text;
    assert!(list.contains("BRL 1,350.50 · BR · also geladeira, fridge 410"), "{list}");
    assert!(!list.contains("/registry/new"), "who may not write is offered nothing");
    let saved = server.get("/registry/export?kind=account", &rita).await.text;
    assert!(saved.starts_with("kind,value,label,") && saved.contains("\naccount,'=HYPERLINK(1),"), "{saved}");
    let prices = server.get("/registry/export?kind=price", &olga).await.text;
    assert!(prices.contains("1350.50,BRL,geladeira|fridge 410"), "{prices}");
    let before = server.ledger.len();
    assert_eq!(upload(&server, &olga, "write", &prices).await.location, "/registry?done=imported");
    assert_eq!(server.ledger.len(), before, "what is there already changes nothing");
}

#[tokio::test]
async fn a_form_says_what_is_wrong_and_keeps_what_was_typed_and_an_entry_ends_on_its_day() {
    let server = Server::new();
    server.make("olga", Role::ComplianceOfficer);
    server.make("rita", Role::Reviewer);
    let (olga, rita) = (server.sign_in("olga").await, server.sign_in("rita").await);
    assert_eq!(server.get("/registry/new?kind=price", &rita).await.status, StatusCode::FORBIDDEN);
    let form = server.get("/registry/new?kind=price", &olga).await.text;
    assert!(form.contains("name=\"price\"") && !form.contains("name=\"percent\""), "{form}");
    let token = server.token(&olga).await;
    let send = async |path: &str, fields: &str| {
        server.post(path, &olga, ORIGIN_OWN, &format!("form_token={token}&{fields}")).await
    };
    let wrong = send("/registry/add", "kind=price&value=Fridge+%3Cb%3E&price=much&currency=BRL").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("price: This is no price.") && wrong.text.contains("Fridge &#60;b&#62;"),
        "{}",
        wrong.text
    );
    let added = send("/registry/add", "kind=price&value=Fridge&price=1350&currency=BRL").await;
    assert_eq!(added.location, "/registry?done=added");
    let index = server.ledger.len() - 1;
    let page = server.get(&format!("/registry/{index}"), &olga).await.text;
    assert!(page.contains("added it") && page.contains("BRL 1,350"), "{page}");
    assert_eq!(server.get("/registry/0", &olga).await.status, StatusCode::NOT_FOUND);
    let ended = send(&format!("/registry/{index}/end"), "until=2031-01-31").await;
    assert_eq!(ended.location, format!("/registry/{index}?done=ended"));
    let saved = server.get("/registry/export", &olga).await.text;
    assert!(saved.contains("2031-02-01T"), "the last day is in: {saved}");
    let none = send(&format!("/registry/{index}/settle"), "do=confirm").await;
    assert_eq!(none.status, StatusCode::CONFLICT, "nothing waits");
}

async fn api(server: &Server, path: &str, cookie: &str, origin: &str, kind: &str, body: &str) -> Answer {
    let request = HttpRequest::post(path)
        .header(COOKIE, cookie)
        .header(ORIGIN, origin)
        .header(CONTENT_TYPE, kind)
        .body(Body::from(body.to_owned()));
    server.ask(request.unwrap()).await
}

#[tokio::test]
async fn a_machine_lists_adds_and_ends_by_the_rules_of_the_pages() {
    const JSON: &str = "application/json";
    let server = Server::new();
    server.make("olga", Role::ComplianceOfficer);
    server.make("rita", Role::Reviewer);
    let (olga, rita) = (server.sign_in("olga").await, server.sign_in("rita").await);
    let registry = "/api/v1/registry";
    let entries = r#"{"entries":[{"kind":"price","value":"Fridge","price":1350,"currency":"BRL"},{"kind":"pix","value":"a@b.c"}]}"#;
    for (cookie, origin, kind, wanted) in [
        ("", ORIGIN_OWN, JSON, StatusCode::UNAUTHORIZED),
        (rita.as_str(), ORIGIN_OWN, JSON, StatusCode::FORBIDDEN),
        (olga.as_str(), "https://evil.example", JSON, StatusCode::FORBIDDEN),
        (olga.as_str(), ORIGIN_OWN, "text/plain", StatusCode::BAD_REQUEST),
        (olga.as_str(), ORIGIN_OWN, "application/x-www-form-urlencoded", StatusCode::BAD_REQUEST),
    ] {
        let answer = api(&server, registry, cookie, origin, kind, entries).await;
        assert_eq!(answer.status, wanted, "{kind} {origin}");
        assert!(answer.text.starts_with("{\"error\":{\"code\":"), "{}", answer.text);
    }
    let dry = r#"{"dry_run":true,"entries":[{"kind":"price","value":"Fridge","price":"much","currency":"BRL"},{"kind":"pix","valu":"x"}]}"#;
    let wrong = api(&server, registry, &olga, ORIGIN_OWN, JSON, dry).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains(r#""entry":0,"member":"price","code":"price""#), "{}", wrong.text);
    assert!(wrong.text.contains(r#""entry":1,"member":"kind","code":"member""#), "{}", wrong.text);
    assert!(api(&server, registry, &olga, ORIGIN_OWN, JSON, "[]").await.status.is_client_error());
    let added = api(&server, registry, &olga, ORIGIN_OWN, JSON, entries).await;
    assert_eq!(
        (added.status, added.text.contains("\"entries\":2")),
        (StatusCode::OK, true),
        "{}",
        added.text
    );
    let page = server.get("/api/v1/registry?limit=1", &rita).await.text;
    assert!(
        page.contains("\"kind\":\"pix\",\"value\":\"a@b.c\"") && page.contains("\"next\":\"pix:"),
        "{page}"
    );
    let prices = server.get("/api/v1/registry?kind=price", &rita).await.text;
    let (_, id) = prices.split_once("\"id\":").unwrap();
    let id = id.split(',').next().unwrap();
    assert!(prices.contains("\"price\":\"1350.00\",\"currency\":\"BRL\""), "{prices}");
    let end = format!("/api/v1/registry/{id}/end");
    let ended = api(&server, &end, &olga, ORIGIN_OWN, JSON, r#"{"until":"2031-01-31"}"#).await;
    assert_eq!(ended.status, StatusCode::OK, "{}", ended.text);
    assert!(server.get("/api/v1/registry?kind=price", &rita).await.text.contains("2031-02-01T"));
    assert_eq!(server.get("/api/v1/registry?kind=car", &rita).await.status, StatusCode::CONFLICT);
    let described = server.get("/api/v1/openapi.json", &rita).await.text;
    assert!(
        described.contains("\"openapi\":\"3.1") && described.contains("/api/v1/registry/{id}/end"),
        "{described}"
    );
}

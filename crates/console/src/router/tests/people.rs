//! Tests of people files through the whole router: checked, written in parts, and by those who may.

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
            "--cut\r\ncontent-disposition: form-data; name=\"file\"; filename=\"p.csv\"\r\n\r\n{file}\r\n--cut--\r\n"
        ),
    ]
    .concat();
    let request = HttpRequest::post("/people/file")
        .header(COOKIE, cookie)
        .header(ORIGIN, ORIGIN_OWN)
        .header(CONTENT_TYPE, "multipart/form-data; boundary=cut");
    server.ask(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_long_file_is_checked_without_writing_and_written_with_managers_from_its_end() {
    let server = Server::new();
    server.make("olga", Role::ComplianceOfficer);
    server.make("adam", Role::Administrator);
    let (olga, adam) = (server.sign_in("olga").await, server.sign_in("adam").await);
    let lines: String = (0..1_200).map(|at| format!("E-{at:04},Name {at} <b>,E-1199\n")).collect();
    let file = format!("employee,name,manager\n{}", lines.replace("<b>,E-1199\nE-0001", "<b>,-\nE-0001"));
    let file = file.replace("Name 1199 <b>,E-1199", "Name 1199 <b>,");

    assert_eq!(upload(&server, &adam, "write", &file).await.status, StatusCode::FORBIDDEN);
    let checked = upload(&server, &olga, "check", &file).await;
    assert_eq!(checked.status, StatusCode::OK);
    assert!(checked.text.contains("1,200 new") && !checked.text.contains("Name 7 "), "{}", checked.text);
    let mistaken = upload(&server, &olga, "write", &file.replace("E-0007,Name 7 <b>,", "E-0007,,")).await;
    assert_eq!(mistaken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!server.get("/people", &olga).await.text.contains("E-0000"), "nothing was written");

    let written = upload(&server, &olga, "write", &file).await;
    assert_eq!(written.location, "/people?done=imported", "{}", written.text);
    let directory = server.get("/people?after=E-0998", &olga).await.text;
    assert!(directory.contains("Name 999 &#60;b&#62;") && !directory.contains("<b>"));
    let (_, link) = directory.split_once("<a href=\"/people/emp_").unwrap();
    let page = server.get(&format!("/people/emp_{}", link.split('"').next().unwrap()), &olga).await.text;
    assert!(page.contains("Name 999 &#60;b&#62;") && page.contains("Name 1199 &#60;b&#62;"), "{page}");
    let again = upload(&server, &olga, "check", &file).await.text;
    assert!(again.contains("0 new") && again.contains("0 changed") && again.contains("1,200 as they are"));
}

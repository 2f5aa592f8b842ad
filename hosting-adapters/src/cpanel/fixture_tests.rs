//! Every known shape of answer, served over a raw socket, against its expected class.

use std::time::Duration;

use hosting_core::{
    kernel::Secret,
    port::{Effect, Failure, provisioning::ServerAccess},
};
use serde::Deserialize;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{
    classify::code,
    client::{Function, Panel, Weight},
    config::CpanelConfig,
    tls::Clients,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/cpanel-whm");
const TOKEN: &str = "T0KEN-OF-FIXTURES";

#[derive(Deserialize)]
struct Index {
    fixtures: Vec<Fixture>,
}

#[derive(Deserialize)]
struct Fixture {
    file: String,
    request: Request,
    status: u16,
    reason: String,
    content_type: String,
    expect: String,
    grade: String,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    path: String,
    form: std::collections::BTreeMap<String, String>,
}

fn index() -> Vec<Fixture> {
    let text = std::fs::read(format!("{FOLDER}/index.json")).unwrap();
    serde_json::from_slice::<Index>(&text).unwrap().fixtures
}

/// Answers one request with the fixture, and returns the request's text.
async fn serve(listener: TcpListener, fixture: &Fixture) -> String {
    let body = std::fs::read(format!("{FOLDER}/{}", fixture.file)).unwrap();
    let (mut stream, _) = listener.accept().await.unwrap();
    let request = read_request(&mut stream).await;
    let kind = match &*fixture.content_type {
        "" => String::new(),
        it => format!("Content-Type: {it}\r\n"),
    };
    let location = if fixture.status == 307 { "Location: /login/\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {} {}\r\n{kind}{location}Content-Length: {}\r\nConnection: close\r\n\r\n",
        fixture.status,
        fixture.reason,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    stream.flush().await.unwrap();
    request
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.unwrap();
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|it| {
                    it.to_lowercase().strip_prefix("content-length: ").map(str::to_owned)
                })
                .map_or(0, |it| it.parse().unwrap());
            if body.len() >= length {
                return text;
            }
        }
        assert!(read > 0, "the request broke off");
    }
}

/// The call of a fixture, and the request that was seen.
async fn call(fixture: &Fixture) -> (Result<Value, Failure>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = ServerAccess {
        base_url: format!("http://{}", listener.local_addr().unwrap()),
        username: "root".to_owned(),
        secret: Secret::new(TOKEN),
        ca_pem: None,
        cert_sha256: None,
    };
    let name: &'static str = fixture.request.path.rsplit('/').next().unwrap().to_owned().leak();
    let changes =
        ["createacct", "removeacct", "suspendacct", "unsuspendacct", "changepackage", "passwd"];
    let weight = if changes.contains(&name) { Weight::Write } else { Weight::Read };
    let form: Vec<(&'static str, &str)> = fixture
        .request
        .form
        .iter()
        .filter(|(key, _)| *key != "api.version")
        .map(|(key, value)| (&*key.clone().leak(), &**value))
        .collect();
    let config = CpanelConfig { read: Duration::from_secs(20), ..CpanelConfig::default() };
    let clients = Clients::new();
    let panel = Panel::new(name, &config, &clients, &server).unwrap();
    tokio::join!(panel.call(Function::new(name, weight), &form), serve(listener, fixture))
}

/// The class of an outcome, in the words of the index.
fn class(fixture: &Fixture, outcome: &Result<Value, Failure>) -> &'static str {
    let failure = match outcome {
        Ok(data) => {
            let is_empty = data.get("acct").and_then(Value::as_array).is_some_and(Vec::is_empty);
            return if fixture.file.starts_with("listaccts") && is_empty {
                "not_found"
            } else {
                "ok"
            };
        }
        Err(it) => it,
    };
    if failure.effect() == Effect::Unknown {
        return "unknown_outcome";
    }
    if failure.is_server_wide() {
        return if failure.code() == Some(code::AUTH) { "auth" } else { "not_api" };
    }
    assert_eq!(failure.effect(), Effect::NoneFinal, "{}: {failure}", fixture.file);
    match failure.code().unwrap() {
        code::FORBIDDEN => "forbidden",
        code::USERNAME_TAKEN
        | code::USERNAME_PREFIX_TAKEN
        | code::USERNAME_HALF_MADE
        | code::DOMAIN_TAKEN => "already_exists",
        code::VALIDATION
        | code::USERNAME_INVALID
        | code::DOMAIN_INVALID
        | code::PACKAGE_UNKNOWN => "validation",
        code::WEAK_PASSWORD => "weak_password",
        code::ACCOUNT_LIMIT => "limit",
        code::NOT_FOUND => "not_found",
        code::PANEL_REFUSED => "refused",
        other => panic!("{}: {other}", fixture.file),
    }
}

#[tokio::test]
async fn every_fixture_has_the_class_that_the_index_expects() {
    let fixtures = index();
    assert_eq!(fixtures.len(), 65);
    let mut wrong = Vec::new();
    for fixture in &fixtures {
        let (outcome, request) = call(fixture).await;
        assert_eq!(fixture.request.method, "POST");
        let first = format!("POST {} HTTP/1.1\r\n", fixture.request.path);
        assert!(request.starts_with(&first), "{}: {request}", fixture.file);
        assert!(request.contains("\r\n\r\napi.version=1"), "{}: {request}", fixture.file);
        let authorization = format!("authorization: whm root:{TOKEN}\r\n");
        assert!(request.contains(&authorization), "{}", fixture.file);

        let seen = class(fixture, &outcome);
        // Words that were invented for the fixture must not be matched; a plain refusal is right.
        let is_invented = fixture.grade == "INVENTED_TEXT" && seen == "refused";
        if seen != fixture.expect && !is_invented {
            wrong.push(format!("{}: expected {}, seen {seen}", fixture.file, fixture.expect));
        }
        if let Err(failure) = outcome {
            let shown = format!("{failure} {failure:?}");
            assert!(!shown.contains(TOKEN) && !shown.contains("SHOULD-NEVER"), "{shown}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_comparison_tells_classes_apart() {
    // The same fixtures against each other's expectations: almost none may fit.
    let fixtures = index();
    let (weak, denied) =
        (find(&fixtures, "passwd.fail_weak.json"), find(&fixtures, "auth.401.txt"));
    assert_ne!(class(weak, &call(weak).await.0), denied.expect);
    assert_ne!(class(denied, &call(denied).await.0), weak.expect);
}

fn find<'a>(fixtures: &'a [Fixture], file: &str) -> &'a Fixture {
    fixtures.iter().find(|it| it.file == file).unwrap()
}

#[tokio::test]
async fn a_broken_answer_to_a_look_up_leaves_nothing_unknown() {
    for file in ["error.truncated_json.txt", "error.500_html.html"] {
        let mut fixtures = index();
        fixtures.retain(|it| it.file == file);
        let mut fixture = fixtures.remove(0);
        fixture.request.path = "/json-api/listaccts".to_owned();
        let failure = call(&fixture).await.0.unwrap_err();
        assert_eq!(failure.effect(), Effect::NoneRetry, "{file}");
    }
}

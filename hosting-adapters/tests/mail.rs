//! Mail over a real socket to the SMTP sandbox, and into files.

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, TimeZone, Utc};
use hosting_adapters::{
    mail::{FileMailer, Sender, SmtpMailer, SmtpUrl, SmtpUrlError, TlsMode},
    sandbox::{SmtpSandbox, SmtpSandboxConfig, SmtpSwitches, mime::Message},
};
use hosting_core::{
    kernel::Secret,
    port::{Clock, Effect, IdempotencyKey, Mailer, mailer::Mail},
};
use proptest::prelude::*;
use tokio::{net::TcpListener, task::JoinHandle};

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).single().expect("a real instant")
    }
}

struct Relay {
    sandbox: SmtpSandbox,
    port: u16,
    server: JoinHandle<()>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Relay {
    async fn start(config: SmtpSandboxConfig) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let sandbox = SmtpSandbox::new(config, Arc::new(Noon));
        let server = tokio::spawn(sandbox.clone().serve(listener));
        Self { sandbox, port, server }
    }

    fn mailer(&self) -> SmtpMailer {
        mailer_at(&format!("smtp://127.0.0.1:{}", self.port))
    }
}

fn mailer_at(url: &str) -> SmtpMailer {
    let url = SmtpUrl::parse(url).expect("the address of the test is right");
    SmtpMailer::new(url, sender(), Arc::new(Noon)).expect("no TLS is needed")
}

fn sender() -> Sender {
    "Awan Hosting <billing@awan.example>".parse().expect("a sender")
}

fn mail(key: &str, text: &str) -> Mail {
    Mail {
        key: IdempotencyKey::new(key),
        to: "rani@example.com".parse().expect("an address"),
        to_name: "Rani".to_owned(),
        subject: "Invoice INV-1".to_owned(),
        text: text.to_owned(),
        html: None,
    }
}

#[tokio::test]
async fn a_mail_arrives_with_text_and_html_as_written() {
    let relay = Relay::start(SmtpSandboxConfig::default()).await;
    let html = "<p>Rp\u{a0}110.000 — terima kasih = thanks</p>";
    let sent = Mail {
        html: Some(html.to_owned()),
        subject: "Faktur “INV-1” sudah terbit — mohon dibayar sebelum tanggal 8 Maret 2026 ya"
            .to_owned(),
        to_name: "Rani Wijayanti, S.Kom.".to_owned(),
        ..mail("task-01", "Halo Rani,\n\nTagihan Anda Rp 110.000 — terima kasih.\n")
    };
    relay.mailer().send(&sent).await.expect("the relay takes it");

    let inbox = relay.sandbox.to("RANI@example.com");
    assert_eq!(inbox.len(), 1);
    assert_eq!(inbox[0].from, "billing@awan.example");
    let message = inbox[0].message();
    assert_eq!(message.subject(), sent.subject);
    assert_eq!(message.header("Message-ID"), Some("<task-01@awan.example>"));
    assert_eq!(message.header("Date"), Some("Sun, 01 Mar 2026 12:00:00 +0000"));
    assert_eq!(message.header("From"), Some("\"Awan Hosting\" <billing@awan.example>"));
    assert_eq!(message.header("Auto-Submitted"), Some("auto-generated"));
    assert!(message.header("To").is_some_and(|it| it.contains("Rani Wijayanti, S.Kom.")));
    assert_eq!(message.text.as_deref().map(str::trim_end), Some(sent.text.trim_end()));
    assert_eq!(message.html.as_deref(), Some(html));
}

#[tokio::test]
async fn lines_that_begin_with_dots_survive_the_journey() {
    let relay = Relay::start(SmtpSandboxConfig::default()).await;
    let text = ".\n..\n...three\n. one\nlast\n.";
    relay.mailer().send(&mail("dots", text)).await.expect("the relay takes it");
    let raw = relay.sandbox.inbox()[0].raw.clone();
    assert!(
        String::from_utf8_lossy(&raw).contains("\r\n.\r\n..\r\n...three\r\n"),
        "no dot was left stuffed"
    );
    assert_eq!(relay.sandbox.inbox()[0].message().text.as_deref().map(str::trim_end), Some(text));
}

#[tokio::test]
async fn several_mails_use_kept_connections_and_arrive_once_each() {
    let relay = Relay::start(SmtpSandboxConfig::default()).await;
    let mailer = relay.mailer();
    for n in 0..5 {
        mailer.send(&mail(&format!("task-{n}"), "Hello")).await.expect("the relay takes it");
    }
    assert_eq!(relay.sandbox.inbox().len(), 5);
}

#[tokio::test]
async fn nobody_can_write_headers_through_a_name_a_subject_or_a_key() {
    let relay = Relay::start(SmtpSandboxConfig::default()).await;
    let evil = Mail {
        key: IdempotencyKey::new("k>\r\nBcc: spy@evil.example"),
        to_name: "Rani\r\nBcc: spy@evil.example".to_owned(),
        subject: "Hello\r\nBcc: spy@evil.example\n\nbody".to_owned(),
        ..mail("", "Hello")
    };
    relay.mailer().send(&evil).await.expect("the relay takes it");
    let received = &relay.sandbox.inbox()[0];
    assert_eq!(received.to, ["rani@example.com"]);
    let message = received.message();
    assert_eq!(message.header("Bcc"), None);
    assert_eq!(message.subject(), "Hello Bcc: spy@evil.example body");
    assert!(!String::from_utf8_lossy(&received.raw).contains("\nBcc:"));
}

#[tokio::test]
async fn a_refused_receiver_is_final_and_a_deferred_one_is_not() {
    let relay = Relay::start(SmtpSandboxConfig::default()).await;
    let mailer = relay.mailer();
    relay.sandbox.set_switches(SmtpSwitches { reject: true, ..SmtpSwitches::default() });
    let failure = mailer.send(&mail("k", "Hello")).await.expect_err("it is refused");
    assert_eq!((failure.effect(), failure.code()), (Effect::NoneFinal, Some("550")));

    relay.sandbox.set_switches(SmtpSwitches { defer: true, ..SmtpSwitches::default() });
    let failure = mailer.send(&mail("k", "Hello")).await.expect_err("it is put off");
    assert_eq!((failure.effect(), failure.code()), (Effect::NoneRetry, Some("451")));
    assert!(relay.sandbox.inbox().is_empty());
}

#[tokio::test]
async fn a_relay_that_is_down_means_try_later_also_for_a_kept_connection() {
    let relay = Relay::start(SmtpSandboxConfig::default()).await;
    let mailer = relay.mailer();
    mailer.send(&mail("k1", "Hello")).await.expect("it is up");
    relay.sandbox.set_switches(SmtpSwitches { down: true, ..SmtpSwitches::default() });
    let failure = mailer.send(&mail("k2", "Hello")).await.expect_err("it is down");
    assert_eq!((failure.effect(), failure.code()), (Effect::NoneRetry, Some("421")));
    relay.sandbox.set_switches(SmtpSwitches::default());
    mailer.send(&mail("k2", "Hello")).await.expect("it is up again");
    assert_eq!(relay.sandbox.inbox().len(), 2);

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let nobody = listener.local_addr().expect("it is bound").port();
    drop(listener);
    let failure = mailer_at(&format!("smtp://127.0.0.1:{nobody}")).send(&mail("k", "Hello")).await;
    assert_eq!(failure.expect_err("nobody listens").effect(), Effect::NoneRetry);
}

#[tokio::test]
async fn a_lost_answer_is_unknown_because_the_mail_may_be_there() {
    let relay = Relay::start(SmtpSandboxConfig::default()).await;
    relay.sandbox.set_switches(SmtpSwitches { lose_answer: true, ..SmtpSwitches::default() });
    let mailer = relay.mailer().with_timeout(Duration::from_millis(300));
    let failure = mailer.send(&mail("k", "Hello")).await.expect_err("no answer comes");
    assert_eq!(failure.effect(), Effect::Unknown);
    assert_eq!(relay.sandbox.inbox().len(), 1, "it was taken all the same");
}

#[tokio::test]
async fn a_relay_that_says_nothing_at_all_means_nothing_happened() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = silent.local_addr().expect("it is bound").port();
    let mailer =
        mailer_at(&format!("smtp://127.0.0.1:{port}")).with_timeout(Duration::from_millis(200));
    let failure = mailer.send(&mail("k", "Hello")).await.expect_err("nobody answers");
    assert_eq!(failure.effect(), Effect::NoneRetry);
}

#[tokio::test]
async fn a_message_over_the_relays_limit_is_final() {
    let config = SmtpSandboxConfig { max_message: 2_000, ..SmtpSandboxConfig::default() };
    let relay = Relay::start(config).await;
    let failure =
        relay.mailer().send(&mail("k", &"long ".repeat(1_000))).await.expect_err("too long");
    assert_eq!((failure.effect(), failure.code()), (Effect::NoneFinal, Some("552")));
    assert!(relay.sandbox.inbox().is_empty());
}

#[tokio::test]
async fn the_login_is_used_and_never_shown() {
    let login = Some(("shop".to_owned(), Secret::new("p@ss/w:rd")));
    let relay = Relay::start(SmtpSandboxConfig { login, ..SmtpSandboxConfig::default() }).await;
    let port = relay.port;
    let right = mailer_at(&format!("smtp://shop:p%40ss%2Fw:rd@127.0.0.1:{port}"));
    right.test_connection().await.expect("the login is right");
    right.send(&mail("k", "Hello")).await.expect("the login is right");
    assert_hides(&right, "p@ss");

    let wrong = mailer_at(&format!("smtp://shop:wr0ng-one@127.0.0.1:{port}"));
    let failure = wrong.send(&mail("k", "Hello")).await.expect_err("the login is wrong");
    // A password that was changed at the relay is an operator's to mend; the mail goes out then.
    assert_eq!((failure.effect(), failure.code()), (Effect::NoneRetry, Some("535")));
    assert_hides(&failure, "wr0ng");

    let failure = relay.mailer().send(&mail("k", "Hello")).await.expect_err("a login is needed");
    assert_eq!((failure.effect(), failure.code()), (Effect::NoneRetry, Some("530")));
    assert_eq!(relay.sandbox.inbox().len(), 1);
}

fn assert_hides(value: &dyn fmt::Debug, secret: &str) {
    assert!(!format!("{value:?}").contains(secret), "{value:?}");
}

#[tokio::test]
async fn without_starttls_nothing_is_sent_where_it_is_required() {
    let relay = Relay::start(SmtpSandboxConfig::default()).await;
    let mailer = mailer_at(&format!("smtp://127.0.0.1:{}?tls=required", relay.port));
    let failure = mailer.send(&mail("k", "Hello")).await.expect_err("the sandbox has no TLS");
    assert_eq!(failure.effect(), Effect::NoneRetry);
    assert!(relay.sandbox.inbox().is_empty());
}

#[tokio::test]
async fn the_sandbox_forgets_the_oldest_beyond_what_it_keeps() {
    let relay = Relay::start(SmtpSandboxConfig { keep: 2, ..SmtpSandboxConfig::default() }).await;
    let mailer = relay.mailer();
    for n in 0..3 {
        mailer.send(&mail(&format!("k{n}"), "Hello")).await.expect("the relay takes it");
    }
    let ids: Vec<u64> = relay.sandbox.inbox().iter().map(|it| it.id).collect();
    assert_eq!(ids, [2, 3]);
}

#[test]
fn a_relays_address_is_understood_with_safe_defaults() {
    for (text, tls, host, port) in [
        ("smtp://localhost", TlsMode::None, "localhost", 25),
        ("smtp://127.0.0.1:1025", TlsMode::None, "127.0.0.1", 1025),
        ("smtp://[::1]:1025", TlsMode::None, "::1", 1025),
        ("smtp://mx.example.com", TlsMode::Opportunistic, "mx.example.com", 25),
        ("smtp://u:p@mx.example.com", TlsMode::Required, "mx.example.com", 587),
        ("smtp://mx.example.com?tls=required", TlsMode::Required, "mx.example.com", 587),
        ("smtp://u:p@mx.example.com/shop?tls=none", TlsMode::None, "mx.example.com", 587),
        ("smtps://u:p@mx.example.com", TlsMode::Wrapped, "mx.example.com", 465),
    ] {
        let url = SmtpUrl::parse(text).expect(text);
        assert_eq!((url.tls(), url.place()), (tls, (host, port)), "{text}");
    }
}

#[test]
fn a_wrong_relays_address_says_what_would_be_right_and_not_the_password() {
    for (text, error) in [
        ("mx.example.com:25", SmtpUrlError::Scheme),
        ("http://u:hunter2@mx.example.com", SmtpUrlError::Scheme),
        ("smtp://", SmtpUrlError::Host),
        ("smtp://u:hunter2@", SmtpUrlError::Host),
        ("smtp://a b", SmtpUrlError::Host),
        ("smtp://u:hunter2@host:0", SmtpUrlError::Port),
        ("smtp://u:hunter2@host:99999", SmtpUrlError::Port),
        ("smtp://hunter2@host", SmtpUrlError::Login),
        ("smtp://u:hunter2%zz@host", SmtpUrlError::Login),
        ("smtp://u:hunter2@host?tls=maybe", SmtpUrlError::Tail),
        ("smtps://u:hunter2@host?tls=none", SmtpUrlError::Contradiction),
    ] {
        let found = SmtpUrl::parse(text).expect_err(text);
        assert_eq!(found, error, "{text}");
        assert!(!found.to_string().contains("hunter2"));
    }
}

#[tokio::test]
async fn a_repeated_mail_is_one_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let mailer = FileMailer::new(folder.path().join("out"), sender(), Arc::new(Noon));
    mailer.send(&mail("task-7", "First")).await.expect("it is written");
    mailer.send(&mail("task-7", "Second")).await.expect("it is written");
    mailer.send(&mail("../../task/8", "Third")).await.expect("it is written");
    let mut names: Vec<String> = std::fs::read_dir(mailer.folder())
        .expect("the folder was made")
        .map(|it| it.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["+2e+2e+2f+2e+2e+2ftask+2f8.eml", "task-7.eml"]);
    let raw = std::fs::read(mailer.folder().join("task-7.eml")).expect("the file is there");
    assert_eq!(Message::parse(&raw).text.as_deref().map(str::trim_end), Some("Second"));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_means_try_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "a file").expect("it is written");
    let mailer = FileMailer::new(&taken, sender(), Arc::new(Noon));
    let failure = mailer.send(&mail("k", "Hello")).await.expect_err("a file is in the way");
    assert_eq!(failure.effect(), Effect::NoneRetry);
}

#[tokio::test]
async fn a_mail_without_a_usable_key_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mailer = FileMailer::new(folder.path(), sender(), Arc::new(Noon));
    for key in [String::new(), "k".repeat(65)] {
        let failure = mailer.send(&mail(&key, "Hello")).await.expect_err("no name can be made");
        assert_eq!(failure.effect(), Effect::NoneFinal);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_back_as_it_was_written(
        text in "[a-zA-Z0-9 .=_\u{e9}\u{4e2d}-]{0,120}(\n[a-zA-Z0-9.= -]{0,90}){0,6}",
        subject in "[a-zA-Z0-9\u{e9}\u{4e2d}=_][a-zA-Z0-9 \u{e9}\u{4e2d}=_]{0,100}[a-z]",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let mailer = FileMailer::new(folder.path(), sender(), Arc::new(Noon));
        let sent = Mail { subject: subject.clone(), html: Some(text.clone()), ..mail("k", &text) };
        runtime.block_on(mailer.send(&sent)).expect("it is written");
        let raw = std::fs::read(folder.path().join("k.eml")).expect("the file is there");
        let message = Message::parse(&raw);
        prop_assert_eq!(message.text.as_deref(), Some(text.as_str()));
        prop_assert_eq!(message.html.as_deref(), Some(text.as_str()));
        let words = |it: &str| it.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(words(message.subject()), words(&subject));
    }
}

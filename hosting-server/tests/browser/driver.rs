//! Chromium, told what to do by `ChromeDriver`.
//!
//! The protocol is the W3C's `WebDriver`, JSON over HTTP, of which these tests need a dozen calls. What it
//! lacks — the size and the look of the device, no scripts, what the console says — are calls of
//! `ChromeDriver`'s own.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::Mutex,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hosting_server::clock::Stopwatch;
use reqwest::Client;
use serde_json::{Value, json};

/// How long anything may take before the test counts as failed.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// How long to wait before asking again.
const BREATH: Duration = Duration::from_millis(100);
/// The name by which the protocol refers to elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// `ChromeDriver`'s path, when this machine is to try a browser.
pub(crate) fn there_is_one() -> Option<String> {
    let driver = std::env::var("CHROMEDRIVER").ok().filter(|it| !it.is_empty());
    if driver.is_none() {
        // Past the test harness, which keeps what a green test prints.
        let words = "browser: NOT tried: CHROMEDRIVER is not set\n";
        let _ = std::io::stderr().lock().write_all(words.as_bytes());
    }
    driver
}

/// A browser with a profile of its own, ended with the test.
pub(crate) struct Chromium {
    driver: Child,
    port: u16,
    session: String,
    http: Client,
    complaints: Mutex<Vec<String>>,
    _profile: tempfile::TempDir,
}

impl Chromium {
    pub(crate) async fn start(driver: &str) -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let mut child = Command::new(driver)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("ChromeDriver starts");
        let port = port_of(&mut child);
        let http = Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        let folder = profile.path().display().to_string();
        let mut browser = Self {
            driver: child,
            port,
            session: String::new(),
            http,
            complaints: Mutex::default(),
            _profile: profile,
        };
        let wish = json!({ "capabilities": { "alwaysMatch": capabilities(&folder) } });
        let made = browser.call("POST", "/session", &wish).await;
        browser.session = made["sessionId"].as_str().expect("a session").to_owned();
        browser.prefer("light").await;
        browser
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let called = self.try_call(method, path, body).await;
        called.unwrap_or_else(|refusal| panic!("{method} {path} {body}: {refusal}"))
    }

    async fn try_call(&self, method: &str, path: &str, body: &Value) -> Result<Value, Value> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let request = match method {
            "GET" => self.http.get(url),
            _ => self.http.post(url).json(body),
        };
        let answer = request.send().await.expect("ChromeDriver answers");
        let status = answer.status();
        let mut answer: Value = answer.json().await.expect("JSON");
        let value = answer["value"].take();
        if status.is_success() { Ok(value) } else { Err(value) }
    }

    async fn try_tell(&self, path: &str, body: &Value) -> Result<Value, Value> {
        self.try_call("POST", &format!("/session/{}{path}", self.session), body).await
    }

    async fn ask(&self, path: &str) -> Value {
        self.call("GET", &format!("/session/{}{path}", self.session), &Value::Null).await
    }

    async fn tell(&self, path: &str, body: Value) -> Value {
        self.call("POST", &format!("/session/{}{path}", self.session), &body).await
    }

    /// A command of the `DevTools` protocol.
    pub(crate) async fn devtools(&self, command: &str, with: Value) -> Value {
        self.tell("/goog/cdp/execute", json!({ "cmd": command, "params": with })).await
    }

    /// Prefers the light or the dark look. Nothing moves, so that what is looked at and clicked on stands
    /// still.
    pub(crate) async fn prefer(&self, theme: &str) {
        let still = json!({ "name": "prefers-reduced-motion", "value": "reduce" });
        let look = json!({ "name": "prefers-color-scheme", "value": theme });
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": [still, look] })).await;
    }

    /// What an expression is worth on the page, also where scripts are switched off.
    pub(crate) async fn worth(&self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "returnByValue": true });
        let mut found = self.devtools("Runtime.evaluate", asked).await;
        assert!(found.get("exceptionDetails").is_none(), "{expression}: {found}");
        found["result"]["value"].take()
    }

    pub(crate) async fn open(&self, url: &str) {
        self.tell("/url", json!({ "url": url })).await;
    }

    pub(crate) async fn url(&self) -> String {
        self.ask("/url").await.as_str().expect("an address").to_owned()
    }

    pub(crate) async fn title(&self) -> String {
        self.ask("/title").await.as_str().expect("a title").to_owned()
    }

    /// An element, as soon as it is there: a page may be on its way.
    async fn element(&self, css: &str) -> String {
        let (watch, wanted) =
            (Stopwatch::start(), json!({ "using": "css selector", "value": css }));
        loop {
            match self.try_tell("/element", &wanted).await {
                Ok(found) => return found[ELEMENT].as_str().expect("an element").to_owned(),
                Err(refusal) => assert!(watch.elapsed() < PATIENCE, "{css}: {refusal}"),
            }
            tokio::time::sleep(BREATH).await;
        }
    }

    /// Clicks as people do: an element that is hidden or covered is an error.
    pub(crate) async fn click(&self, css: &str) {
        let element = self.element(css).await;
        self.tell(&format!("/element/{element}/click"), json!({})).await;
    }

    /// Types into a field, in place of what is in it.
    pub(crate) async fn write(&self, css: &str, text: &str) {
        let element = self.element(css).await;
        self.tell(&format!("/element/{element}/clear"), json!({})).await;
        self.tell(&format!("/element/{element}/value"), json!({ "text": text })).await;
    }

    /// What an element says, as soon as it is there.
    pub(crate) async fn text(&self, css: &str) -> String {
        let (watch, quoted) = (Stopwatch::start(), json!(css));
        let expression = format!("document.querySelector({quoted})?.innerText");
        let asked = json!({ "expression": expression, "returnByValue": true });
        let asked = json!({ "cmd": "Runtime.evaluate", "params": asked });
        loop {
            // Between two pages there is nothing to ask.
            let found = self.try_tell("/goog/cdp/execute", &asked).await;
            let text = found.as_ref().ok().and_then(|it| it["result"]["value"].as_str());
            if let Some(text) = text {
                return text.replace('\u{a0}', " ");
            }
            assert!(watch.elapsed() < PATIENCE, "{css}: {found:?}");
            tokio::time::sleep(BREATH).await;
        }
    }

    /// Waits until the page at `path` is left.
    pub(crate) async fn leaves(&self, path: &str) {
        let watch = Stopwatch::start();
        while self.url().await.split('?').next().is_some_and(|it| it.ends_with(path)) {
            assert!(watch.elapsed() < PATIENCE, "{path} stays: {}", self.text("body").await);
            tokio::time::sleep(BREATH).await;
        }
    }

    /// Waits until the page says `words`.
    pub(crate) async fn wait_for(&self, words: &str) {
        let watch = Stopwatch::start();
        loop {
            let text = self.text("body").await;
            if text.contains(words) {
                return;
            }
            assert!(watch.elapsed() < PATIENCE, "the page never said {words:?}, but:\n{text}");
            tokio::time::sleep(BREATH).await;
        }
    }

    /// Keeps what is wrong with a page, so that one run tells of every page.
    pub(crate) fn complain(&self, about: &str, what: &str) {
        if !what.is_empty() {
            self.complaints.lock().expect("no panic").push(format!("{about}: {what}"));
        }
    }

    /// Demands that nothing was wrong with any page.
    pub(crate) fn is_content(&self) {
        let complaints = self.complaints.lock().expect("no panic");
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }

    /// The errors in the console since it was last asked. That the page itself has a status such as 404
    /// is none.
    pub(crate) async fn errors(&self) -> Vec<String> {
        let own = self.url().await;
        let own = own.split('?').next().unwrap_or_default();
        let is_own = |it: &str| it.starts_with(own) && it.contains("Failed to load resource");
        let log = self.tell("/se/log", json!({ "type": "browser" })).await;
        let log = log.as_array().expect("a list").iter();
        let severe = log.filter(|it| it["level"] == "SEVERE");
        let messages = severe.map(|it| it["message"].as_str().unwrap_or_default().to_owned());
        messages.filter(|it| !is_own(it)).collect()
    }

    /// A picture of the whole page.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        let whole = json!({ "format": "png", "captureBeyondViewport": true });
        let made = self.devtools("Page.captureScreenshot", whole).await;
        STANDARD.decode(made["data"].as_str().expect("a picture")).expect("base64")
    }
}

/// Ends Chromium by ending the session, also when the test failed, and then `ChromeDriver`.
impl Drop for Chromium {
    fn drop(&mut self) {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
            let path = format!("/session/{}", self.session);
            let request =
                format!("DELETE {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
            if stream.write_all(request.as_bytes()).is_ok() {
                let _ = stream.read(&mut [0; 512]);
            }
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The port that it was given: it says so when it is ready.
fn port_of(driver: &mut Child) -> u16 {
    let mut lines = BufReader::new(driver.stdout.take().expect("a pipe")).lines();
    loop {
        let line = lines.next().expect("it says its port").expect("text");
        let port = line.split(" on port ").nth(1);
        let port = port.and_then(|it| it.trim_end_matches('.').parse().ok());
        if let Some(port) = port.filter(|_| line.contains("successfully")) {
            // What else it says is read and dropped, so that it never waits for a reader.
            std::thread::spawn(move || lines.for_each(drop));
            return port;
        }
    }
}

fn capabilities(profile: &str) -> Value {
    let mut options = json!({ "args": [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--window-size=1280,900",
        format!("--user-data-dir={profile}"),
    ] });
    if let Some(chrome) = std::env::var("CHROME").ok().filter(|it| !it.is_empty()) {
        options["binary"] = json!(chrome);
    }
    json!({
        "browserName": "chrome",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": { "browser": "ALL" },
    })
}

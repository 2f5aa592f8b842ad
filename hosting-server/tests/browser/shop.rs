//! The demo's shop with the world beside it, and what people do in it with a browser.

use std::{net::SocketAddr, time::Duration};

use hosting_adapters::{
    midtrans::sandbox::MidtransSandbox,
    registry::Registry,
    sandbox::{Ports, smtp::SmtpSandbox},
};
use hosting_server::{
    clock::Stopwatch,
    command::demo::{Demo, Options},
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::driver::{Chromium, PATIENCE};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A shop that serves until it is dropped.
pub(crate) struct Shop {
    pub(crate) url: String,
    bank: MidtransSandbox,
    post: SmtpSandbox,
    stop: CancellationToken,
    served: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options {
            registry: Registry::with_builtins(),
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            sandbox: Ports::default(),
            data_dir: folder.path().to_owned(),
            database_url: None,
            log: "warn".to_owned(),
        };
        let demo = Demo::start(options).await.expect("a demo");
        let (bank, post) = (demo.world.midtrans.clone(), demo.world.smtp.clone());
        let (url, stop) = (demo.url.clone(), CancellationToken::new());
        let token = stop.clone();
        let served =
            tokio::spawn(async move { demo.serve(&token).await.expect("the demo serves") });
        Self { url, bank, post, stop, served, _folder: folder }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Ends it, so that its database is closed before its folder goes.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        self.served.await.expect("it ends in peace");
    }

    /// The link in the newest mail to `address`.
    pub(crate) async fn mailed_link(&self, address: &str) -> String {
        let watch = Stopwatch::start();
        loop {
            for mail in self.post.to(address).into_iter().rev() {
                let text = mail.message().text.unwrap_or_default();
                if let Some(link) = text.split_whitespace().find(|it| it.contains("token=")) {
                    return link.to_owned();
                }
            }
            assert!(watch.elapsed() < PATIENCE, "no mail came to {address}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Pays the virtual account of that number at the bank.
    pub(crate) fn pay(&self, number: &str) {
        let mut open = self.bank.transactions().into_iter();
        let found = open.rfind(|it| it.pay_to.as_deref() == Some(number));
        let found = found.unwrap_or_else(|| panic!("the bank does not know {number}"));
        self.bank.pay(&found.order_id).expect("the bank takes it");
    }
}

/// Puts the business plan into the cart, monthly.
pub(crate) async fn fill_cart(browser: &Chromium, shop: &Shop, domain: &str) {
    browser.open(&shop.at("/plans/hosting?cycle=monthly")).await;
    browser.click("label.pay:has(input[value=business])").await;
    browser.write("#f-domain", domain).await;
    browser.click("#order button.pri").await;
}

/// Asks for a way to pay on the open bill, and waits for the provider's answer.
pub(crate) async fn choose(browser: &Chromium, way: &str) {
    browser.click(&format!("button[name=way][value=\"{way}\"]")).await;
    let watch = Stopwatch::start();
    while browser.worth("!document.querySelector('[data-poll] :is(.copybox, .qr, a.pri)')").await
        == true
    {
        assert!(watch.elapsed() < PATIENCE, "{way}: the provider never answered");
        tokio::time::sleep(Duration::from_secs(1)).await;
        browser.open(&browser.url().await).await;
    }
}

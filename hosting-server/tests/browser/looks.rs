//! What every page must look like: in both languages, light and dark, on a phone and on a desk.

use std::path::PathBuf;

use serde_json::json;

use crate::driver::Chromium;

/// The widths of a phone and of a desk, in CSS pixels.
const WIDTHS: [u32; 2] = [390, 1280];
const THEMES: [&str; 2] = ["light", "dark"];
/// The languages, by tag.
const LANGUAGES: [&str; 2] = ["id", "en"];

/// What sticks out at the right.
const TOO_WIDE: &str = "(() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return '';
    const wide = [...document.querySelectorAll('body *')]
        .filter((it) => it.getBoundingClientRect().right > root.clientWidth + 0.5)
        .map((it) => it.tagName + '.' + it.className);
    return root.scrollWidth + ' > ' + root.clientWidth + ': ' + wide.slice(0, 5).join(', ');
})()";

/// Controls without a name for those who do not see them, and pages with other than one headline.
const UNNAMED: &str = "(() => {
    const found = [...document.querySelectorAll('a, button, input, select, textarea')].filter((it) => {
        if (it.type === 'hidden') return false;
        const labels = it.labels ? [...it.labels] : [];
        const said = [it, ...labels].map((it) => it.textContent + (it.getAttribute('aria-label') || ''));
        return said.join('').trim() === '';
    }).map((it) => it.outerHTML.slice(0, 80));
    const heads = document.querySelectorAll('h1').length;
    if (heads !== 1) found.push(heads + ' headlines');
    return found.join(', ');
})()";

/// How a page is shown again in another language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// It has an address.
    ByAddress,
    /// It is the answer to a form, and is looked at as it is.
    No,
}

/// Looks at the page that is open. `titles` are what the title begins with, in Indonesian and English.
pub(crate) async fn look(browser: &Chromium, name: &str, titles: [&str; 2], again: Again) {
    let before = browser.url().await;
    match again {
        Again::No => shown(browser, name).await,
        Again::ByAddress => {
            for (tag, title) in LANGUAGES.into_iter().zip(titles) {
                let mark = if before.contains('?') { '&' } else { '?' };
                let address = format!("{before}{mark}lang={tag}");
                let mut lang = in_language(browser, &address).await;
                for _ in 0..3 {
                    // A bill that waits moves on by itself when there is news, maybe just now.
                    if lang != tag {
                        lang = in_language(browser, &address).await;
                    }
                }
                if lang != tag {
                    browser.complain(name, &format!("the language is {lang}, not {tag}"));
                }
                let found = browser.title().await;
                let whole = found.starts_with(title) && found.contains(" · ");
                if !whole {
                    browser.complain(name, &format!("the title in {tag} is {found:?}"));
                }
                shown(browser, &format!("{name}-{tag}")).await;
            }
            browser.open(&before).await;
        }
    }
}

/// Opens a page; answers which language it says it is in.
async fn in_language(browser: &Chromium, address: &str) -> serde_json::Value {
    browser.open(address).await;
    browser.worth("document.documentElement.lang").await
}

async fn shown(browser: &Chromium, name: &str) {
    let unnamed = browser.worth(UNNAMED).await;
    browser.complain(name, unnamed.as_str().expect("text"));
    for error in browser.errors().await {
        browser.complain(name, &format!("the console says {error}"));
    }
    for width in WIDTHS {
        resize(browser, width).await;
        let mut grounds = Vec::new();
        for theme in THEMES {
            browser.prefer(theme).await;
            let wide = browser.worth(TOO_WIDE).await;
            browser.complain(&format!("{name} at {width}"), wide.as_str().expect("text"));
            grounds.push(browser.worth("getComputedStyle(document.body).backgroundColor").await);
            keep(browser, &format!("{name}-{theme}-{width}")).await;
        }
        if grounds[0] == grounds[1] {
            browser.complain(name, "light and dark are the same");
        }
    }
    browser.prefer("light").await;
}

/// Makes the window as wide as that.
pub(crate) async fn resize(browser: &Chromium, width: u32) {
    let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
}

/// Keeps a picture in the folder that `HOSTING_SCREENSHOTS` names, if it names one.
async fn keep(browser: &Chromium, name: &str) {
    let Some(folder) = std::env::var_os("HOSTING_SCREENSHOTS").filter(|it| !it.is_empty()) else {
        return;
    };
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder).expect("a folder for pictures");
    let picture = browser.picture().await;
    std::fs::write(folder.join(format!("{name}.png")), picture).expect("a picture is kept");
}

//! Styles, icons, the font and the script.

use axum::http::{Request, header};

use crate::browser::World;

#[tokio::test]
async fn files_are_kept_by_their_hash_and_asked_for_by_their_tag() {
    let world = World::open().await;
    let browser = world.browser();
    let home = browser.get("/").await.expect(200);
    for name in ["app.css", "app.js", "icons.svg", "logo.svg", "inter.woff2"] {
        let version = home.after(&format!("/assets/{name}?v="));
        let version = version.split('#').next().unwrap();
        let path = format!("/assets/{name}?v={version}");
        let file = browser.get(&path).await.expect(200);
        assert_eq!(file.headers["cache-control"], "public, max-age=31536000, immutable");
        let tag = file.headers["etag"].to_str().unwrap().to_owned();
        let again = Request::get(&path).header(header::IF_NONE_MATCH, &tag);
        let again = browser.send(again, String::new()).await.expect(304);
        assert!(again.body.is_empty());
        let old = browser.get(&format!("/assets/{name}?v=0000")).await.expect(200);
        assert_eq!(old.headers["cache-control"], "no-cache");
        if name == "app.css" {
            file.says(&["/assets/inter.woff2?v="]);
            let packed = Request::get(&path).header(header::ACCEPT_ENCODING, "gzip");
            let packed = browser.send(packed, String::new()).await.expect(200);
            assert_eq!(packed.headers["content-encoding"], "gzip");
        }
    }
    browser.get("/assets/../Cargo.toml").await.expect(404);
    browser.get("/assets/nothing.css").await.expect(404);
}

/// Every icon a page names is in the sheet.
#[tokio::test]
async fn every_icon_is_in_the_sheet() {
    let world = World::open().await;
    let sheet = world.browser().get("/assets/icons.svg").await.expect(200);
    let mut count = 0;
    let folders = ["templates", "templates/part"];
    for folder in folders {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for file in std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()) {
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            for name in text.split("icon(\"").skip(1).filter_map(|it| it.split('"').next()) {
                assert!(sheet.body.contains(&format!("id=\"{name}\"")), "{name} in {file:?}");
                count += 1;
            }
        }
    }
    assert!(count > 50, "{count}");
}

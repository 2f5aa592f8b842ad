//! What must not happen: strangers, scripts, pages that anybody may keep, routes without a gate.

use hosting_server::http::{Access, ApiRoutes};

use crate::browser::World;

#[tokio::test]
async fn somebody_elses_things_are_not_there() {
    let world = World::open().await;
    let rani = world.customer("rani@example.com", "Rani").await;
    let budi = world.customer("budi@example.com", "Budi").await;
    let invoice = rani.order("rani.com").await;
    let panel = rani.post(&format!("{invoice}/pay"), &[("way", "sim/va")]).await.leads_to();
    let bill = rani.get(&panel).await;
    let check = format!("/customer/payments/{}", bill.after("action=\"/customer/payments/"));
    let services = rani.get("/customer/subscriptions").await;
    let service =
        format!("/customer/subscriptions/{}", services.after("<a href=\"/customer/subscriptions/"));
    rani.get(&service).await.expect(200).says(&["once its bill is paid"]);
    for path in [&invoice, &format!("{invoice}/state"), &service] {
        budi.get(path).await.expect(404);
        budi.get(&format!("{path}?lang=en")).await.expect(404);
    }
    for path in [
        format!("{invoice}/pay"),
        check,
        format!("{service}/cancel"),
        format!("{service}/keep"),
        format!("{service}/login"),
        format!("{service}/password"),
    ] {
        budi.post(&path, &[("way", "sim/va"), ("when", "now"), ("reason", "x")]).await.expect(404);
    }
    for list in ["/customer/orders", "/customer/invoices", "/customer/subscriptions", "/dashboard"]
    {
        assert!(!budi.get(list).await.expect(200).body.contains("rani.com"), "{list}");
    }
    // The cookie of somebody else's cart opens nothing.
    rani.add("kedua.com").await.leads_to();
    let cart = rani.cookie("cart").unwrap();
    let thief = world.browser();
    let request = axum::http::Request::get("/cart?x=1").header("cookie", format!("cart={cart}"));
    let page = thief.send(request, String::new()).await;
    assert!(!page.body.contains("kedua.com"));
}

#[tokio::test]
async fn what_people_typed_is_text_and_not_html() {
    let world = World::open().await;
    let name = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>";
    let rani = world.customer("rani@example.com", name).await;
    let invoice = rani.order("rani.com").await;
    for path in ["/dashboard", "/profile", "/checkout", &invoice, "/customer/subscriptions"] {
        let page = rani.get(path).await;
        assert!(!page.body.contains("<script>alert"), "{path}");
        assert!(!page.body.contains("<img"), "{path}");
    }
    rani.get(&invoice).await.says(&["&#60;script&#62;alert"]);
    let wrong = [("product", "hosting"), ("domain", "\"><script>alert(1)</script>")];
    let page = rani.post("/cart/items", &wrong).await.expect(422);
    assert!(!page.body.contains("<script>alert"));
    let guest = world.browser();
    for path in [
        "/login?next=/%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/verify-email?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/plans/hosting?domain=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/cart?x=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    ] {
        let page = guest.get(path).await.expect(200);
        assert!(!page.body.contains("<script>alert"), "{path}");
    }
}

#[tokio::test]
async fn pages_obey_the_policy_and_are_not_kept() {
    let world = World::open().await;
    let rani = world.customer("rani@example.com", "Rani").await;
    let invoice = rani.order("rani.com").await;
    for path in ["/", "/catalog", "/plans/hosting", "/cart", "/profile", "/dashboard", &invoice] {
        let page = rani.get(path).await.expect(200);
        assert_eq!(page.headers["cache-control"], "no-store", "{path}");
        assert!(page.headers["content-security-policy"].to_str().unwrap().contains("'self'"));
        for inline in [" style=", "<style", " onclick=", "javascript:", "href=\"#\"", "<script>"] {
            assert!(!page.body.contains(inline), "{path} has {inline}");
        }
    }
}

/// Every link and form of every page leads to something.
#[tokio::test]
async fn no_link_is_dead() {
    let world = World::open().await;
    let rani = world.customer("rani@example.com", "Rani").await;
    rani.order("rani.com").await;
    rani.add("kedua.com").await.leads_to();
    let guest = world.browser();
    for browser in [&rani, &guest] {
        let mut seen = std::collections::BTreeSet::new();
        let mut todo = vec!["/".to_owned(), "/dashboard".to_owned(), "/cart".to_owned()];
        while let Some(path) = todo.pop() {
            if !seen.insert(path.clone()) || seen.len() > 150 {
                continue;
            }
            let page = browser.get(&path).await;
            let status = page.status.as_u16();
            assert!([200, 303].contains(&status), "{path}: {status}\n{}", page.body);
            let links = page.body.split("href=\"").skip(1);
            for link in links.filter_map(|it| it.split('"').next()) {
                let link = link.replace("&#38;", "&");
                let link = link.split('#').next().unwrap_or_default();
                let look = link.contains("theme=") || link.contains("lang=");
                if link.starts_with('/') && !look && !link.starts_with("/api/") {
                    todo.push(link.to_owned());
                }
            }
        }
        assert!(seen.len() > 10, "{seen:?}");
    }
}

#[tokio::test]
async fn every_page_declares_who_may_open_it() {
    let world = World::open().await;
    let routes = hosting_server::pages::routes(ApiRoutes::new(&world.app));
    let registered = routes.registered().to_vec();
    assert!(registered.len() > 40, "{}", registered.len());
    assert_eq!(routes.document().paths.paths.len(), 0, "pages are no part of the document");
    let guest = world.browser();
    for route in &registered {
        let path = route.path.replace("{id}", "nothing").replace("{product}", "hosting");
        let path = path.replace("{line}", "0");
        let page = match route.method.as_str() {
            "GET" => guest.get(&path).await,
            _ => guest.post(&path, &[]).await,
        };
        let to_login = page.status == 303
            && page.headers["location"].to_str().unwrap().starts_with("/login")
            && route.path != "/logout";
        assert_eq!(to_login, route.access != Access::Public, "{} {}", route.method, route.path);
        assert!(page.status.as_u16() < 500, "{} {}", route.method, route.path);
    }
}

//! A shop with a customer who has invoices, behind the real stack, and a bare handler beside it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Path, State},
    http::{HeaderMap, Request, StatusCode, header},
    routing::get,
};
use hosting_adapters::registry::Registry;
use hosting_core::{
    change::ChangeSet,
    kernel::PageRequest,
    model::{Customer, CustomerId, Invoice, InvoiceId, InvoiceStatus},
    port::store::{BillingRepository as _, CustomerFilter, CustomerRepository as _, InvoiceFilter},
    testing::{Fate, TestShop, conformance::store::Sample},
};
use hosting_server::{
    auth::password::Passwords,
    config::{Config, Sources},
    http::{self, door::Door},
    state::{AppState, Parts},
    view::letters::ShopLetters,
};
use hosting_sqlx::SqlStore;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::Failure;

const PASSWORD: &str = "correct horse battery";
const EMAIL: &str = "budi@customer.example.com";
/// How many invoices the customer has; a list shows them all.
const INVOICES: i32 = 40;

/// One side of a comparison.
#[derive(Clone)]
pub(crate) struct Side {
    pub(crate) name: &'static str,
    router: Router,
    headers: HeaderMap,
    /// One invoice with its lines, and a list of invoices.
    pub(crate) paths: [String; 2],
}

pub(crate) struct World {
    pub(crate) api: Side,
    pub(crate) pages: Side,
    pub(crate) bare: Side,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn open(database: Option<&str>) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let own = format!("sqlite://{}?mode=rwc", folder.path().join("shop.db").display());
        let store = Arc::new(SqlStore::connect(database.unwrap_or(&own)).await?);
        store.migrate().await?;
        let mut shop = TestShop::open(store.clone(), Fate::kind()).await;
        shop.ports.letters = Arc::new(ShopLetters::new("http://shop.example"));
        let router = http::router(&assembled(&shop, &store)?);
        let cookie = arrive(&shop, &router).await?;
        let (customer, invoice) = sow(&store).await?;
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie.parse()?);
        headers.insert(header::ACCEPT_LANGUAGE, "id".parse()?);
        let ours = |name, list: &str| Side {
            name,
            router: router.clone(),
            headers: headers.clone(),
            paths: [format!("{list}/{invoice}"), list.to_owned()],
        };
        let bare = Side {
            name: "bare",
            router: bare(store),
            headers: HeaderMap::new(),
            paths: [format!("/one/{invoice}"), format!("/all/{customer}")],
        };
        let (api, pages) = (ours("API", "/api/v1/invoices"), ours("page", "/customer/invoices"));
        Ok(Self { api, pages, bare, _folder: folder })
    }
}

fn assembled(shop: &TestShop, store: &Arc<SqlStore>) -> Result<AppState, Failure> {
    let environment = [("RATE_PER_MINUTE", "1000000"), ("PUBLIC_URL", "http://shop.example")];
    let environment = environment.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let sources = Sources::read(&Registry::with_builtins(), None, environment)?;
    Ok(AppState::new(Parts {
        ports: shop.ports.clone(),
        config: Config::from_sources(sources)?,
        passwords: Passwords::cheap(&*shop.ports.entropy)?,
        test_clock: None,
        schema: store.clone(),
    }))
}

/// Registers a customer, opens the mailed link and logs in. Answers the session's cookie.
async fn arrive(shop: &TestShop, router: &Router) -> Result<String, Failure> {
    let post = async |path: &str, body: Value| {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        let mut request = request.body(Body::from(body.to_string()))?;
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 4000))));
        let answer = router.clone().oneshot(request).await?;
        if !answer.status().is_success() {
            return Err(Failure::from(format!("{path} answered {}", answer.status())));
        }
        Ok(answer)
    };
    let address = json!({ "line1": "Jl. Melati 1", "city": "Bandung", "country": "ID" });
    let wish = json!({ "email": EMAIL, "password": PASSWORD, "name": "Budi", "address": address });
    post("/api/v1/auth/register", wish).await?;
    shop.drain().await;
    let sent = shop.mailer.sent();
    let token = sent.iter().find_map(|it| it.text.split("/verify-email?token=").nth(1));
    let token = token.and_then(|it| it.split_whitespace().next()).ok_or("no mail has a link")?;
    post("/api/v1/auth/verify-email", json!({ "token": token })).await?;
    let login = json!({ "email": EMAIL, "password": PASSWORD });
    let answer = post("/api/v1/auth/login", login).await?;
    let cookie = answer.headers().get(header::SET_COOKIE).ok_or("no session")?.to_str()?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

/// Gives the customer paid invoices; answers who that is and one of them.
async fn sow(store: &SqlStore) -> Result<(CustomerId, InvoiceId), Failure> {
    let sample = Sample::new(17);
    let all = store.customers(&CustomerFilter::default(), &PageRequest::default()).await?;
    let found = all.items.into_iter().find(|it| it.email.as_str() == EMAIL);
    let customer: Customer = found.ok_or("the customer is missing")?.value;
    let product = sample.product();
    let price = sample.plan_price(&sample.plan(&product));
    let mut changes = ChangeSet::default();
    for number in 1..=INVOICES {
        let invoice = sample.invoice(&customer);
        let invoice = Invoice {
            number: Some(format!("BENCH/{number}")),
            status: InvoiceStatus::Paid,
            paid: invoice.total,
            issued_at: Some(invoice.created_at),
            paid_at: Some(invoice.created_at),
            ..invoice
        };
        changes.invoice_items.add(sample.invoice_item(&invoice, &price, 1));
        changes.invoices.add(invoice);
    }
    let one = changes.invoices.new.first().ok_or("no invoice")?.id;
    store.write_raw(&changes).await?;
    Ok((customer.id, one))
}

/// What the bare handler says of an invoice.
fn plain(invoice: &Invoice) -> Value {
    json!({
        "id": invoice.id, "number": invoice.number, "status": invoice.status.as_str(),
        "seller": invoice.seller, "buyer": invoice.buyer, "total": invoice.total.minor(),
        "paid": invoice.paid.minor(), "issued_at": invoice.issued_at, "due_at": invoice.due_at,
    })
}

/// A handler without a shop around it, which reads the same rows.
fn bare(store: Arc<SqlStore>) -> Router {
    async fn one(
        State(store): State<Arc<SqlStore>>,
        Path(id): Path<InvoiceId>,
    ) -> Result<Json<Value>, StatusCode> {
        let broken = |_| StatusCode::INTERNAL_SERVER_ERROR;
        let invoice = store.invoice(id).await.map_err(broken)?.ok_or(StatusCode::NOT_FOUND)?;
        let lines = store.invoice_items(id).await.map_err(broken)?;
        let payments = store.payments_of(id).await.map_err(broken)?;
        let payments: Vec<_> = payments.iter().map(|it| it.id).collect();
        let lines: Vec<_> = lines.iter().map(|it| (&it.description, it.gross.minor())).collect();
        Ok(Json(json!({ "invoice": plain(&invoice), "lines": lines, "payments": payments })))
    }
    async fn all(
        State(store): State<Arc<SqlStore>>,
        Path(id): Path<CustomerId>,
    ) -> Result<Json<Value>, StatusCode> {
        let filter = InvoiceFilter { customer_id: Some(id), status: None };
        let found = store.invoices(&filter, &PageRequest::default()).await;
        let found = found.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        let found: Vec<_> = found.items.iter().map(|it| plain(it)).collect();
        Ok(Json(json!({ "invoices": found })))
    }
    Router::new().route("/one/{id}", get(one)).route("/all/{id}", get(all)).with_state(store)
}

impl Side {
    /// Asks within this process, and reads the whole answer.
    pub(crate) async fn ask(&self, path: &str) -> Result<StatusCode, Failure> {
        let mut request = Request::get(path).body(Body::empty())?;
        request.headers_mut().extend(self.headers.clone());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 2], 4000))));
        let answer = self.router.clone().oneshot(request).await?;
        let status = answer.status();
        to_bytes(answer.into_body(), 1 << 22).await?;
        Ok(status)
    }

    /// Listens on a port of its own; answers its address and what stops it.
    pub(crate) async fn listen(&self) -> Result<(String, CancellationToken), Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let door = Door { max_connections: 4_096, header_timeout: Duration::from_secs(10) };
        let (stop, router) = (CancellationToken::new(), self.router.clone());
        let stopped = stop.clone();
        tokio::spawn(async move {
            door.serve(listener, router, &stopped, Duration::from_secs(1)).await;
        });
        Ok((url, stop))
    }

    /// What its requests carry.
    pub(crate) const fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}

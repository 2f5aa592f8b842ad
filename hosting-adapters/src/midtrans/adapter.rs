//! The port, spoken to Midtrans.

use async_trait::async_trait;
use hosting_core::port::{
    Descriptor, Failure, PaymentGateway,
    gateway::{Charge, ChargeRequest, Method, Notice, RawWebhook, Refunds, Rejection},
};

use super::{
    client::{Client, Kind, unreadable},
    config::{ConfigError, DESCRIPTOR, MidtransConfig},
    notice,
    request::{ChargeBody, check_reference, provider_key},
    verdict,
    wire::Reply,
};

/// Takes payments in rupiah through Midtrans.
///
/// ```
/// use hosting_adapters::midtrans::{Midtrans, MidtransConfig};
/// use hosting_core::{kernel::Secret, port::PaymentGateway};
///
/// let gateway = Midtrans::new(MidtransConfig::sandbox(Secret::new("SB-Mid-server-example")))?;
/// assert!(gateway.methods().iter().any(|it| it.id == "qris"));
/// assert!(!gateway.is_production());
/// # Ok::<(), hosting_adapters::midtrans::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct Midtrans {
    pub(super) client: Client,
    client_key: Option<PublicKey>,
    is_production: bool,
    methods: Vec<Method>,
}

/// The key for browsers; public, and still nothing for a log.
struct PublicKey(String);

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PublicKey(…)")
    }
}

impl Midtrans {
    /// A gateway for one account.
    ///
    /// # Errors
    /// A [`ConfigError`] when the keys do not fit the environment, or a setting is out of range.
    pub fn new(config: MidtransConfig) -> Result<Self, ConfigError> {
        let client = Client::new(&config)?;
        let methods = config.offered()?;
        let client_key = config.client_key.map(PublicKey);
        Ok(Self { client, client_key, is_production: config.is_production, methods })
    }

    /// The public key for pages that talk to the provider themselves.
    pub fn client_key(&self) -> Option<&str> {
        self.client_key.as_ref().map(|it| it.0.as_str())
    }

    /// What the provider says about `reference`; `None` when it never saw it.
    pub(super) async fn status(
        &self,
        action: &'static str,
        reference: &str,
    ) -> Result<Option<Reply>, Failure> {
        check_reference(action, reference)?;
        let reply = self.client.get(action, &format!("{reference}/status")).await?;
        match reply.code() {
            Some(404) => Ok(None),
            Some(200..=299 | 407) => Ok(Some(reply)),
            _ => Err(self.client.failure(action, Kind::Look, &reply)),
        }
    }

    async fn look(&self, action: &'static str, reference: &str) -> Result<Option<Charge>, Failure> {
        let Some(reply) = self.status(action, reference).await? else { return Ok(None) };
        verdict::charge(&reply, reference)
            .map(Some)
            .map_err(|why| unreadable(action, Kind::Look, why))
    }

    /// The provider says that the reference is taken: by the first try, unless somebody else uses
    /// our references.
    async fn adopt(&self, request: &ChargeRequest) -> Result<Charge, Failure> {
        let found = self.look("charge", &request.reference).await.map_err(|failure| {
            Failure::unknown("charge", "the reference is taken and its state could not be read")
                .with_code("406")
                .because(failure)
        })?;
        match found {
            Some(charge) if charge.amount == request.amount => Ok(charge),
            Some(charge) => {
                let detail = format!("the reference is taken by a charge of {}", charge.amount);
                Err(Failure::refused("charge", detail).with_code("406"))
            }
            None => {
                let detail = "the reference is taken, and the provider does not find it";
                Err(Failure::unknown("charge", detail).with_code("406"))
            }
        }
    }
}

#[async_trait]
impl PaymentGateway for Midtrans {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn methods(&self) -> &[Method] {
        &self.methods
    }

    fn is_production(&self) -> bool {
        self.is_production
    }

    async fn charge(&self, request: &ChargeRequest) -> Result<Charge, Failure> {
        if !self.methods.iter().any(|it| it.id == request.method) {
            let detail = "this way to pay is not offered";
            return Err(Failure::refused("charge", detail).with_code("method"));
        }
        let body = ChargeBody::new(request)?;
        let key = provider_key(&request.key);
        let reply = self.client.post("charge", "charge", Some(&body), Some(&key)).await?;
        match reply.code() {
            Some(406) => self.adopt(request).await,
            Some(200..=299 | 407) => verdict::charge(&reply, &request.reference)
                .map_err(|why| unreadable("charge", Kind::Act, why)),
            _ => Err(self.client.failure("charge", Kind::Act, &reply)),
        }
    }

    async fn find(&self, reference: &str) -> Result<Option<Charge>, Failure> {
        self.look("find", reference).await
    }

    /// Uses `expire`, which the provider allows for unpaid offers only: a customer who pays at the
    /// same moment keeps the payment, where `cancel` could void it.
    async fn cancel(&self, reference: &str) -> Result<Charge, Failure> {
        check_reference("cancel", reference)?;
        let path = format!("{reference}/expire");
        let reply = self.client.post::<()>("cancel", &path, None, None).await?;
        match reply.code() {
            // It is paid, or ended in another way; look which.
            Some(412) => self
                .look("cancel", reference)
                .await?
                .ok_or_else(|| self.client.failure("cancel", Kind::Act, &reply)),
            Some(200..=299 | 407) => verdict::charge(&reply, reference)
                .map_err(|why| unreadable("cancel", Kind::Act, why)),
            _ => Err(self.client.failure("cancel", Kind::Act, &reply)),
        }
    }

    fn verify(&self, webhook: &RawWebhook<'_>) -> Result<Notice, Rejection> {
        notice::verify(webhook, &self.client.server_key)
    }

    fn refunds(&self) -> Option<&dyn Refunds> {
        Some(self)
    }
}

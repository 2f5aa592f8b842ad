//! A payment gateway of one's own, in one file, with the contract run on it.
//!
//! ```text
//! cargo run -p hosting-examples --example my_gateway
//! cargo test -p hosting-examples --example my_gateway
//! ```
//!
//! `Kasir` is an invented provider, alive in this process: it keeps charges by *its* ids, refuses a
//! reference that it knows, counts in hundredths of a rupiah and signs its messages. [`KasirGateway`]
//! is the adapter. A real one differs in that it calls over HTTP. `my_shop` is a shop that takes it.

use std::{
    collections::BTreeMap,
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use hosting_core::{
    kernel::{Currency, Money, Secret},
    model::charge::{Charge, ChargeStatus, Instructions, Method, Shows},
    port::{
        Clock, Descriptor, Failure, PaymentGateway, Setting, SettingKind,
        gateway::{ChargeRequest, Notice, RawWebhook, Rejection},
    },
    testing::TestClock,
};

// ---------------------------------------------------------------- the provider

/// What went wrong with a call to the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KasirError {
    /// The request was sent, and nothing came back.
    NoAnswer,
    /// The provider has a bill under that reference already.
    Known,
    /// The provider has no such bill.
    Missing,
    /// The bill is not open any more.
    Closed,
}

/// A bill as the provider writes it.
#[derive(Debug, Clone)]
struct Bill {
    number: u64,
    reference: String,
    hundredths: i64,
    state: &'static str,
    until: DateTime<Utc>,
    paid_at: Option<DateTime<Utc>>,
}

/// The provider.
#[derive(Debug)]
pub(crate) struct Kasir {
    clock: Arc<dyn Clock>,
    key: Secret,
    bills: Mutex<BTreeMap<String, Bill>>,
    /// The call whose answer is to be lost next.
    loses: Mutex<Option<&'static str>>,
}

impl Kasir {
    pub(crate) fn new(clock: Arc<dyn Clock>, key: Secret) -> Self {
        Self { clock, key, bills: Mutex::default(), loses: Mutex::default() }
    }

    fn bills(&self) -> MutexGuard<'_, BTreeMap<String, Bill>> {
        self.bills.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer, unless it gets lost on its way.
    fn answer<T>(&self, call: &'static str, done: T) -> Result<T, KasirError> {
        let mut loses = self.loses.lock().unwrap_or_else(PoisonError::into_inner);
        if loses.take_if(|it| *it == call).is_some() {
            return Err(KasirError::NoAnswer);
        }
        Ok(done)
    }

    fn bill(
        &self,
        reference: &str,
        hundredths: i64,
        until: DateTime<Utc>,
    ) -> Result<Bill, KasirError> {
        let mut bills = self.bills();
        if bills.contains_key(reference) {
            return self.answer("bill", Err(KasirError::Known))?;
        }
        let number = 7_000 + u64::try_from(bills.len()).unwrap_or(0);
        let reference = reference.to_owned();
        let bill = Bill { number, reference, hundredths, state: "OPEN", until, paid_at: None };
        bills.insert(bill.reference.clone(), bill.clone());
        self.answer("bill", bill)
    }

    fn look(&self, reference: &str) -> Result<Option<Bill>, KasirError> {
        let found = self.bills().get(reference).cloned();
        self.answer("look", found)
    }

    fn close(&self, reference: &str) -> Result<Bill, KasirError> {
        let mut bills = self.bills();
        let Some(bill) = bills.get_mut(reference) else { return Err(KasirError::Missing) };
        if bill.state != "OPEN" {
            return self.answer("close", Err(KasirError::Closed))?;
        }
        bill.state = "CLOSED";
        self.answer("close", bill.clone())
    }

    /// The customer pays at the counter.
    fn pay(&self, reference: &str) {
        if let Some(bill) = self.bills().get_mut(reference).filter(|it| it.state == "OPEN") {
            bill.state = "PAID";
            bill.paid_at = Some(self.clock.now());
        }
    }

    /// The message about a bill: its header and its body.
    fn message(&self, reference: &str, key: &Secret) -> Option<(String, String)> {
        let bills = self.bills();
        let bill = bills.get(reference)?;
        let body = format!("{}\n{}\n{}", bill.number, bill.reference, bill.state);
        Some((hex(&mac(key, body.as_bytes()).finalize().into_bytes()), body))
    }
}

fn mac(key: &Secret, body: &[u8]) -> Hmac<sha2::Sha256> {
    let mac = Hmac::<sha2::Sha256>::new_from_slice(key.expose().as_bytes());
    mac.expect("this construction takes a key of any length").chain_update(body)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, it| text + &format!("{it:02x}"))
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pairs = (0..hex.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect()
}

// ---------------------------------------------------------------- the adapter

pub(crate) static DESCRIPTOR: Descriptor = Descriptor {
    id: "kasir",
    name: "Kasir",
    settings: &[Setting {
        key: "key",
        label: "Key for messages",
        kind: SettingKind::Secret,
        required: true,
    }],
};

/// At most what the provider's hundredths can count.
const METHODS: [Method; 1] = [Method {
    id: "counter",
    name: "Pay at the counter",
    shows: Shows::Bill,
    currency: Some(Currency::IDR),
    min_minor: 1_000,
    max_minor: 50_000_000,
}];

/// Takes payments through [`Kasir`].
#[derive(Debug)]
pub(crate) struct KasirGateway {
    pub(crate) kasir: Arc<Kasir>,
    pub(crate) key: Secret,
}

/// What is known of the effect of a call that failed. `acts` is whether it may have had one.
fn failure(action: &'static str, error: KasirError, acts: bool) -> Failure {
    match error {
        KasirError::NoAnswer if acts => Failure::unknown(action, "the provider did not answer"),
        KasirError::NoAnswer => Failure::retry(action, "the provider did not answer"),
        KasirError::Known => Failure::refused(action, "the reference is taken").with_code("known"),
        KasirError::Missing => Failure::refused(action, "there is no such bill"),
        KasirError::Closed => Failure::refused(action, "the bill is not open"),
    }
}

/// The bill in our words. Hundredths that are not whole rupiah are refused, not rounded.
fn charge(action: &'static str, bill: &Bill) -> Result<Charge, Failure> {
    let rupiah = bill.hundredths / 100;
    if rupiah * 100 != bill.hundredths {
        return Err(Failure::unknown(action, "the provider's amount is not whole rupiah"));
    }
    let status = match bill.state {
        "PAID" => ChargeStatus::Succeeded,
        "CLOSED" => ChargeStatus::Failed,
        // Words that we do not know yet are no reason to credit or to give up.
        _ => ChargeStatus::Pending,
    };
    Ok(Charge {
        reference: bill.reference.clone(),
        provider_ref: bill.number.to_string(),
        status,
        amount: Money::from_minor(rupiah, Currency::IDR),
        given_back: None,
        instructions: Some(Instructions::Bill {
            biller_code: "KASIR".to_owned(),
            bill_key: bill.number.to_string(),
        }),
        expires_at: Some(bill.until),
        paid_at: bill.paid_at,
        detail: bill.state.to_lowercase(),
    })
}

#[async_trait]
impl PaymentGateway for KasirGateway {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn methods(&self) -> &[Method] {
        &METHODS
    }

    fn is_production(&self) -> bool {
        false
    }

    async fn charge(&self, request: &ChargeRequest) -> Result<Charge, Failure> {
        let [method] = &METHODS;
        if request.method != method.id || !method.takes(request.amount) {
            return Err(Failure::refused("charge", "the counter does not take this"));
        }
        let hundredths = request.amount.minor() * 100;
        match self.kasir.bill(&request.reference, hundredths, request.expires_at) {
            Ok(bill) => charge("charge", &bill),
            // One reference is one charge: an earlier attempt made it, so it is adopted.
            Err(KasirError::Known) => self.find(&request.reference).await?.ok_or_else(|| {
                Failure::unknown("charge", "the reference is taken, and the bill is not found")
            }),
            Err(error) => Err(failure("charge", error, true)),
        }
    }

    async fn find(&self, reference: &str) -> Result<Option<Charge>, Failure> {
        let found = self.kasir.look(reference).map_err(|it| failure("find", it, false))?;
        found.map(|it| charge("find", &it)).transpose()
    }

    async fn cancel(&self, reference: &str) -> Result<Charge, Failure> {
        match self.kasir.close(reference) {
            Ok(bill) => charge("cancel", &bill),
            // The customer was faster, or it was closed before: the provider says which.
            Err(KasirError::Closed) => self
                .find(reference)
                .await?
                .ok_or_else(|| failure("cancel", KasirError::Missing, true)),
            Err(error) => Err(failure("cancel", error, true)),
        }
    }

    fn verify(&self, webhook: &RawWebhook<'_>) -> Result<Notice, Rejection> {
        let signature = webhook.headers.iter().find(|(name, _)| name == "x-kasir-signature");
        let signature = signature.and_then(|(_, it)| bytes(it));
        let signature = signature.ok_or(Rejection::Malformed("there is no signature"))?;
        // Compares in constant time.
        mac(&self.key, webhook.body).verify_slice(&signature).map_err(|_| Rejection::Forged)?;
        let text =
            std::str::from_utf8(webhook.body).map_err(|_| Rejection::Malformed("no text"))?;
        let reference = text.lines().nth(1).ok_or(Rejection::Malformed("no reference"))?;
        Ok(Notice { event_key: text.replace('\n', ":"), reference: Some(reference.to_owned()) })
    }
}

// ---------------------------------------------------------------- how it goes

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (clock, key) = (Arc::new(TestClock::at("2026-11-02T03:00:00Z".parse()?)), Secret::new("k"));
    let kasir = Arc::new(Kasir::new(clock.clone(), key.clone()));
    let gateway = KasirGateway { kasir: kasir.clone(), key };
    let request = ChargeRequest {
        reference: "INV-2026-00042-1".to_owned(),
        key: hosting_core::port::IdempotencyKey::new("charge-42"),
        method: "counter".to_owned(),
        amount: Money::from_minor(155_400, Currency::IDR),
        expires_at: clock.now() + chrono::TimeDelta::hours(2),
        now: clock.now(),
        description: "Business hosting".to_owned(),
        payer: hosting_core::port::gateway::Payer {
            name: "Rani Wulandari".to_owned(),
            email: "rani@example.com".parse()?,
            phone: None,
        },
    };
    *kasir.loses.lock().unwrap_or_else(PoisonError::into_inner) = Some("bill");
    println!("the answer is lost:  {:?}", gateway.charge(&request).await.map_err(|it| it.effect()));
    println!("but it can be found: {:?}", gateway.find(&request.reference).await?.is_some());
    println!("so we charge again:  {:?}", gateway.charge(&request).await?.instructions);
    println!("and there is one bill: {}", kasir.bills().len());
    kasir.pay(&request.reference);
    let (signature, body) = kasir.message(&request.reference, &kasir.key).ok_or("it has a bill")?;
    let headers = [("x-kasir-signature".to_owned(), signature)];
    let notice = gateway.verify(&RawWebhook { headers: &headers, body: body.as_bytes() })?;
    println!("the message is about {}", notice.reference.unwrap_or_default());
    println!("after paying it is {}", gateway.cancel(&request.reference).await?.status);
    Ok(())
}

#[cfg(test)]
mod tests {
    use hosting_core::testing::conformance::gateway::{
        GatewayCall, GatewayHarness, Line, Message, Messages, Provider,
    };

    use super::*;

    const KEY: &str = "kasir-key-0123456789";

    struct Harness {
        clock: Arc<TestClock>,
        gateway: KasirGateway,
    }

    async fn fresh() -> Harness {
        let clock = Arc::new(TestClock::at("2026-11-02T03:00:00Z".parse().expect("an instant")));
        let kasir = Arc::new(Kasir::new(clock.clone(), Secret::new(KEY)));
        Harness { clock, gateway: KasirGateway { kasir, key: Secret::new(KEY) } }
    }

    impl GatewayHarness for Harness {
        fn gateway(&self) -> &dyn PaymentGateway {
            &self.gateway
        }
        fn now(&self) -> DateTime<Utc> {
            self.clock.now()
        }
        fn method(&self) -> &'static str {
            "counter"
        }
        fn amount(&self) -> Money {
            Money::from_minor(155_431, Currency::IDR)
        }
        fn secrets(&self) -> Vec<String> {
            vec![KEY.to_owned()]
        }
        fn provider(&self) -> Option<&dyn Provider> {
            Some(&*self.gateway.kasir)
        }
        fn line(&self) -> Option<&dyn Line> {
            Some(&*self.gateway.kasir)
        }
        fn messages(&self) -> Option<&dyn Messages> {
            Some(&*self.gateway.kasir)
        }
    }

    #[async_trait]
    impl Provider for Kasir {
        async fn charges(&self, reference: &str) -> u32 {
            u32::from(self.bills().contains_key(reference))
        }
        async fn asked(&self, reference: &str) -> Option<Money> {
            let hundredths = self.bills().get(reference)?.hundredths;
            Some(Money::from_minor(hundredths / 100, Currency::IDR))
        }
        async fn customer_pays(&self, reference: &str) {
            self.pay(reference);
        }
    }

    #[async_trait]
    impl Line for Kasir {
        async fn lose_next_answer(&self, call: GatewayCall) {
            let call = match call {
                GatewayCall::Charge => "bill",
                GatewayCall::Find => "look",
                GatewayCall::Cancel => "close",
                GatewayCall::Refund => unreachable!("Kasir gives nothing back"),
            };
            *self.loses.lock().expect("not poisoned") = Some(call);
        }
    }

    impl Kasir {
        fn signed(&self, reference: &str, key: &str) -> Message {
            let (signature, body) =
                self.message(reference, &Secret::new(key)).expect("there is a bill");
            let headers = vec![("x-kasir-signature".to_owned(), signature)];
            Message { headers, body: body.into_bytes() }
        }
    }

    #[async_trait]
    impl Messages for Kasir {
        async fn genuine(&self, reference: &str) -> Message {
            self.signed(reference, KEY)
        }
        async fn tampered(&self, reference: &str) -> Message {
            let genuine = self.signed(reference, KEY);
            let text = String::from_utf8(genuine.body).expect("text").replace("OPEN", "PAID");
            Message { body: text.into_bytes(), ..genuine }
        }
        async fn forged(&self, reference: &str) -> Message {
            self.signed(reference, "somebody-elses-key")
        }
    }

    hosting_core::gateway_conformance!(kasir, fresh, [offers, paying, losing, messages]);
}

//! A simulated gateway with state.
//!
//! It behaves like the real ones at their worst: under a [`Fate`] a call may be lost before it has
//! its effect, or its answer after it, or the process may die at either. Nothing is deduplicated
//! for us: a reference that was used before is refused, and then adopted by looking, as Midtrans
//! has it (`docs/providers/midtrans.md`, "Codes", 406) — and every such call is counted, so that
//! one that was made blindly is seen.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::fate::Fate;
use crate::{
    kernel::Money,
    model::{
        Charge, ChargeStatus, Instructions,
        charge::{Method, Shows},
    },
    port::{
        Clock, Descriptor, Failure, IdempotencyKey, PaymentGateway,
        gateway::{ChargeRequest, Notice, RawWebhook, RefundState, Refunds, Rejection},
    },
};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How the provider takes orders to give money back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RefundMood {
    /// Done at once.
    #[default]
    Willing,
    /// Taken, and not paid out yet.
    Slow,
    /// Refused for good.
    Refusing,
    /// Nobody learns what became of it; nothing was done.
    Silent,
}

/// A gateway in memory. Money arrives when [`pay`](Self::pay) is called.
#[derive(Debug)]
pub struct SimGateway {
    fate: Arc<Fate>,
    clock: Arc<dyn Clock>,
    charges: Mutex<BTreeMap<String, Charge>>,
    /// How many calls to charge reached the provider under each reference: one, whatever happened.
    calls: Mutex<BTreeMap<String, u32>>,
    /// By reference and key: what was given back by our order.
    refunds: Mutex<BTreeMap<(String, String), RefundState>>,
    mood: Mutex<RefundMood>,
    /// What it has to tell and did not yet: "pending REFERENCE", "settlement REFERENCE".
    news: Mutex<Vec<String>>,
    methods: Vec<Method>,
}

impl SimGateway {
    /// Its name in directories.
    pub const NAME: &'static str = "sim";

    /// The method whose money cannot be given back, as with virtual accounts everywhere.
    pub const ACCOUNT: &'static str = "va";

    /// The method whose money can be given back.
    pub const WALLET: &'static str = "wallet";

    /// A gateway under `fate`.
    pub fn new(fate: Arc<Fate>, clock: Arc<dyn Clock>) -> Self {
        let method = |id, name, shows| Method {
            id,
            name,
            shows,
            currency: None,
            min_minor: 1,
            max_minor: i64::MAX,
        };
        Self {
            fate,
            clock,
            charges: Mutex::default(),
            calls: Mutex::default(),
            refunds: Mutex::default(),
            mood: Mutex::default(),
            news: Mutex::default(),
            methods: vec![
                method(Self::ACCOUNT, "Virtual account", Shows::VirtualAccount),
                method(Self::WALLET, "Wallet", Shows::Wallet),
            ],
        }
    }

    /// The customer transfers what was asked for. `false` when there is no such open charge.
    pub fn pay(&self, reference: &str) -> bool {
        let mut charges = lock(&self.charges);
        let Some(charge) = charges.get_mut(reference) else { return false };
        let open = matches!(charge.status, ChargeStatus::Pending | ChargeStatus::Expired);
        if open {
            charge.status = ChargeStatus::Succeeded;
            charge.paid_at = Some(self.clock.now());
            lock(&self.news).push(format!("settlement {reference}"));
        }
        open
    }

    /// The customer transfers another amount than was asked for.
    pub fn pay_amount(&self, reference: &str, amount: Money) {
        if let Some(charge) = lock(&self.charges).get_mut(reference) {
            charge.status = ChargeStatus::Succeeded;
            charge.amount = amount;
        }
    }

    /// Puts a charge into any state.
    pub fn set_status(&self, reference: &str, status: ChargeStatus) {
        if let Some(charge) = lock(&self.charges).get_mut(reference) {
            charge.status = status;
        }
    }

    /// Somebody gives `amount` back in the provider's own pages.
    pub fn give_back(&self, reference: &str, amount: Money) {
        if let Some(charge) = lock(&self.charges).get_mut(reference) {
            takes_off(charge, amount);
        }
    }

    /// How orders to give money back are taken from now on. Becoming willing completes the ones that
    /// were taken.
    pub fn set_refund_mood(&self, mood: RefundMood) {
        *lock(&self.mood) = mood;
        if mood == RefundMood::Willing {
            lock(&self.refunds).values_mut().for_each(|it| it.completed = true);
        }
    }

    /// How often money was given back by our order, and how much in minor units, for one reference.
    pub fn given_back(&self, reference: &str) -> (u32, i64) {
        let refunds = lock(&self.refunds);
        let ours = refunds.iter().filter(|((it, _), _)| it == reference);
        ours.fold((0, 0), |(times, sum), (_, it)| (times + 1, sum + it.amount.minor()))
    }

    /// Takes what it has to tell, oldest first. The bodies are those that `verify` takes.
    pub fn take_news(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.news))
    }

    /// Everything that was ever charged.
    pub fn charges(&self) -> Vec<Charge> {
        lock(&self.charges).values().cloned().collect()
    }

    /// The most calls to charge that reached the provider under any reference, refused repeats
    /// included: above one, somebody charged again without looking first.
    pub fn most_per_reference(&self) -> u32 {
        lock(&self.calls).values().copied().max().unwrap_or(0)
    }

    fn expire(&self, charge: &mut Charge) {
        let over = charge.expires_at.is_some_and(|at| at <= self.clock.now());
        if charge.status == ChargeStatus::Pending && over {
            charge.status = ChargeStatus::Expired;
        }
    }

    /// What the provider does with a call to charge: a new charge, or `None` when the reference is
    /// taken.
    fn make(&self, request: &ChargeRequest) -> Option<Charge> {
        *lock(&self.calls).entry(request.reference.clone()).or_default() += 1;
        let mut charges = lock(&self.charges);
        if charges.contains_key(&request.reference) {
            return None;
        }
        let number = format!("88{}", request.reference.len());
        let instructions = if request.method == Self::WALLET {
            Instructions::Wallet { deeplink: format!("sim://{number}"), qr_payload: None }
        } else {
            Instructions::VirtualAccount { bank: "sim".to_owned(), number }
        };
        let charge = Charge {
            reference: request.reference.clone(),
            provider_ref: format!("sim-{}", request.reference),
            status: ChargeStatus::Pending,
            amount: request.amount,
            given_back: None,
            instructions: Some(instructions),
            expires_at: Some(request.expires_at),
            paid_at: None,
            detail: "pending".to_owned(),
        };
        charges.insert(request.reference.clone(), charge.clone());
        lock(&self.news).push(format!("pending {}", request.reference));
        Some(charge)
    }

    fn seen(&self, reference: &str) -> Option<Charge> {
        let mut charges = lock(&self.charges);
        let charge = charges.get_mut(reference)?;
        self.expire(charge);
        Some(charge.clone())
    }
}

/// Takes `amount` off what is left of a charge.
fn takes_off(charge: &mut Charge, amount: Money) {
    let before = charge.given_back.map_or(0, Money::minor);
    let minor = (before + amount.minor()).min(charge.amount.minor());
    charge.given_back = Some(Money::from_minor(minor, charge.amount.currency()));
    let all = minor == charge.amount.minor();
    charge.status = if all { ChargeStatus::Refunded } else { ChargeStatus::PartiallyRefunded };
}

static SIM_GATEWAY: Descriptor =
    Descriptor { id: SimGateway::NAME, name: "Simulation", settings: &[] };

#[async_trait]
impl PaymentGateway for SimGateway {
    fn descriptor(&self) -> &'static Descriptor {
        &SIM_GATEWAY
    }
    fn methods(&self) -> &[Method] {
        &self.methods
    }
    fn is_production(&self) -> bool {
        false
    }
    async fn charge(&self, request: &ChargeRequest) -> Result<Charge, Failure> {
        self.fate.request("charge")?;
        if !request.amount.is_positive() {
            return Err(Failure::refused("charge", "the amount must be above zero"));
        }
        // The reference is taken: by the first try, unless somebody else uses our references.
        let made = self.make(request).or_else(|| self.seen(&request.reference));
        self.fate.answer("charge")?;
        made.ok_or_else(|| Failure::unknown("charge", "taken, and not found").with_code("406"))
    }
    async fn find(&self, reference: &str) -> Result<Option<Charge>, Failure> {
        self.fate.request("find")?;
        Ok(self.seen(reference))
    }
    async fn cancel(&self, reference: &str) -> Result<Charge, Failure> {
        self.fate.request("cancel")?;
        let cancelled = {
            let mut charges = lock(&self.charges);
            let charge = charges.get_mut(reference);
            let charge = charge.ok_or_else(|| Failure::refused("cancel", "no such charge"))?;
            if charge.status == ChargeStatus::Pending {
                charge.status = ChargeStatus::Failed;
            }
            charge.clone()
        };
        self.fate.answer("cancel")?;
        Ok(cancelled)
    }
    fn verify(&self, webhook: &RawWebhook<'_>) -> Result<Notice, Rejection> {
        let text =
            std::str::from_utf8(webhook.body).map_err(|_| Rejection::Malformed("not text"))?;
        let reference = text.rsplit(' ').next().unwrap_or(text);
        Ok(Notice { event_key: text.to_owned(), reference: Some(reference.to_owned()) })
    }
    fn refunds(&self) -> Option<&dyn Refunds> {
        Some(self)
    }
}

impl SimGateway {
    fn refund_now(
        &self,
        reference: &str,
        amount: Money,
        key: &IdempotencyKey,
    ) -> Result<RefundState, Failure> {
        let place = (reference.to_owned(), key.as_str().to_owned());
        let mut refunds = lock(&self.refunds);
        if let Some(known) = refunds.get(&place) {
            return Ok(known.clone());
        }
        let mut charges = lock(&self.charges);
        let charge = charges.get_mut(reference);
        let charge = charge.ok_or_else(|| Failure::refused("refund", "no such charge"))?;
        if !matches!(charge.instructions, Some(Instructions::Wallet { .. })) {
            return Err(Failure::refused("refund", "money of this method has no way back"));
        }
        let paid =
            matches!(charge.status, ChargeStatus::Succeeded | ChargeStatus::PartiallyRefunded);
        let left = charge.amount.minor() - charge.given_back.map_or(0, Money::minor);
        if !paid || amount.minor() > left || !amount.is_positive() {
            return Err(Failure::refused("refund", "so much was not paid"));
        }
        let mood = *lock(&self.mood);
        match mood {
            RefundMood::Refusing => return Err(Failure::refused("refund", "refused")),
            RefundMood::Silent => return Err(Failure::unknown("refund", "no answer")),
            RefundMood::Willing | RefundMood::Slow => {}
        }
        takes_off(charge, amount);
        let state = RefundState {
            provider_ref: format!("sim-{}", key.as_str()),
            completed: mood == RefundMood::Willing,
            amount,
        };
        refunds.insert(place, state.clone());
        Ok(state)
    }
}

#[async_trait]
impl Refunds for SimGateway {
    async fn refund(
        &self,
        reference: &str,
        amount: Money,
        key: &IdempotencyKey,
        _reason: &str,
    ) -> Result<RefundState, Failure> {
        self.fate.request("refund")?;
        let made = self.refund_now(reference, amount, key)?;
        self.fate.answer("refund")?;
        Ok(made)
    }
    async fn find_refund(
        &self,
        reference: &str,
        key: &IdempotencyKey,
    ) -> Result<Option<RefundState>, Failure> {
        self.fate.request("find_refund")?;
        let place = (reference.to_owned(), key.as_str().to_owned());
        Ok(lock(&self.refunds).get(&place).cloned())
    }
}

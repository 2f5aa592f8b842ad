//! The simulated gateway, behind a line that can lose answers; and the ways to break the contract.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hosting_core::{
    closed_enum,
    kernel::{Currency, Money},
    port::{
        Clock as _, Descriptor, Failure, IdempotencyKey, PaymentGateway,
        gateway::{
            Charge, ChargeRequest, ChargeStatus, Method, Notice, RawWebhook, RefundState, Refunds,
            Rejection,
        },
    },
    testing::{
        Fate, SimGateway, TestClock,
        conformance::gateway::{
            GatewayCall, GatewayHarness, GivenBack, Line, Message, Messages, PARTS, Provider,
            RULES, run,
        },
        shop::opening,
    },
};

closed_enum! {
    /// One way to break the contract.
    pub enum Flaw {
        /// None: the contract is kept.
        Sound = "sound",
        /// A repeat of a reference is another charge.
        ChargesAgain = "charges_again",
        /// A lost answer is called "nothing happened, try again".
        CallsLossRetry = "calls_loss_retry",
        /// A lost look is called "never seen".
        CallsLossAbsent = "calls_loss_absent",
        /// Amounts are taken for hundredths.
        CountsHundredths = "counts_hundredths",
        /// A charge counts as paid once it was asked for.
        TrustsTheCharge = "trusts_the_charge",
        /// Amounts of nothing are charged.
        ChargesNothing = "charges_nothing",
        /// A cancellation says that it was cancelled whatever happened.
        CancelsBlindly = "cancels_blindly",
        /// Whoever sends a message is believed.
        BelievesAnybody = "believes_anybody",
        /// Each repeat of a message is news.
        CountsMessages = "counts_messages",
        /// A repeat of a refund's key is another refund.
        RefundsAgain = "refunds_again",
        /// A refund that was never made is found.
        FindsAnyRefund = "finds_any_refund",
        /// Its key is in its debug output.
        ShowsItsKey = "shows_its_key",
    }
}

const KEY: &str = "sim-key-0123456789";

/// The simulated gateway at the other end of a line, with a key for messages and perhaps a flaw.
pub(crate) struct Wired {
    sim: SimGateway,
    flaw: Flaw,
    lost: Mutex<Option<GatewayCall>>,
    copies: AtomicU32,
}

impl std::fmt::Debug for Wired {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.flaw == Flaw::ShowsItsKey { KEY } else { "Wired" })
    }
}

impl Wired {
    fn loses(&self, call: GatewayCall) -> bool {
        self.lost.lock().unwrap().take_if(|it| *it == call).is_some()
    }

    fn lost(&self, action: &'static str) -> Failure {
        if self.flaw == Flaw::CallsLossRetry {
            Failure::retry(action, "no answer")
        } else {
            Failure::unknown(action, "no answer")
        }
    }

    fn seen(&self, mut charge: Charge) -> Charge {
        if self.flaw == Flaw::CountsHundredths {
            let minor = charge.amount.minor();
            charge.amount = Money::from_minor(minor.saturating_sub(minor % 100), Currency::IDR);
        }
        if self.flaw == Flaw::TrustsTheCharge && charge.status == ChargeStatus::Pending {
            charge.status = ChargeStatus::Succeeded;
        }
        charge
    }
}

#[async_trait]
impl PaymentGateway for Wired {
    fn descriptor(&self) -> &'static Descriptor {
        self.sim.descriptor()
    }
    fn methods(&self) -> &[Method] {
        self.sim.methods()
    }
    fn is_production(&self) -> bool {
        false
    }
    async fn charge(&self, request: &ChargeRequest) -> Result<Charge, Failure> {
        let mut request = request.clone();
        if self.flaw == Flaw::ChargesNothing && !request.amount.is_positive() {
            request.amount = Money::from_minor(1, request.amount.currency());
        }
        if self.flaw == Flaw::ChargesAgain && self.sim.find(&request.reference).await?.is_some() {
            let copy = self.copies.fetch_add(1, Ordering::SeqCst);
            request.reference = format!("{}-copy-{copy}", request.reference);
        }
        let charge = self.sim.charge(&request).await?;
        if self.loses(GatewayCall::Charge) {
            return Err(self.lost("charge"));
        }
        Ok(self.seen(charge))
    }
    async fn find(&self, reference: &str) -> Result<Option<Charge>, Failure> {
        let found = self.sim.find(reference).await?;
        if self.loses(GatewayCall::Find) {
            let absent = self.flaw == Flaw::CallsLossAbsent;
            return if absent { Ok(None) } else { Err(Failure::retry("find", "no answer")) };
        }
        Ok(found.map(|it| self.seen(it)))
    }
    async fn cancel(&self, reference: &str) -> Result<Charge, Failure> {
        let mut charge = self.sim.cancel(reference).await?;
        if self.loses(GatewayCall::Cancel) {
            return Err(self.lost("cancel"));
        }
        if self.flaw == Flaw::CancelsBlindly {
            charge.status = ChargeStatus::Failed;
        }
        Ok(charge)
    }
    fn refunds(&self) -> Option<&dyn Refunds> {
        Some(self)
    }
    fn verify(&self, webhook: &RawWebhook<'_>) -> Result<Notice, Rejection> {
        let text = std::str::from_utf8(webhook.body).map_err(|_| Rejection::Malformed("text"))?;
        let (news, key) = text.split_once(" by ").unwrap_or((text, ""));
        if key != KEY && self.flaw != Flaw::BelievesAnybody {
            return Err(Rejection::Forged);
        }
        let (reference, _) = news.split_once(' ').unwrap_or((news, ""));
        let mut event_key = news.to_owned();
        if self.flaw == Flaw::CountsMessages {
            event_key = format!("{news} {}", self.copies.fetch_add(1, Ordering::SeqCst));
        }
        Ok(Notice { event_key, reference: Some(reference.to_owned()) })
    }
}

#[async_trait]
impl Refunds for Wired {
    async fn refund(
        &self,
        reference: &str,
        amount: Money,
        key: &IdempotencyKey,
        reason: &str,
    ) -> Result<RefundState, Failure> {
        let mut key = key.clone();
        if self.flaw == Flaw::RefundsAgain {
            let copy = self.copies.fetch_add(1, Ordering::SeqCst);
            key = IdempotencyKey::new(format!("{key}-{copy}"));
        }
        let made = self.sim.refund(reference, amount, &key, reason).await?;
        if self.loses(GatewayCall::Refund) {
            return Err(self.lost("refund"));
        }
        Ok(made)
    }
    async fn find_refund(
        &self,
        reference: &str,
        key: &IdempotencyKey,
    ) -> Result<Option<RefundState>, Failure> {
        if self.flaw == Flaw::FindsAnyRefund {
            let amount = Money::from_minor(1, Currency::IDR);
            let provider_ref = "any".to_owned();
            return Ok(Some(RefundState { provider_ref, completed: true, amount }));
        }
        self.sim.find_refund(reference, key).await
    }
}

#[async_trait]
impl GivenBack for Wired {
    async fn refunds(&self, reference: &str) -> u32 {
        self.sim.given_back(reference).0
    }
}

#[async_trait]
impl Provider for Wired {
    async fn charges(&self, reference: &str) -> u32 {
        let copy = format!("{reference}-copy-");
        let all = self.sim.charges();
        let mine =
            all.iter().filter(|it| it.reference == reference || it.reference.starts_with(&copy));
        u32::try_from(mine.count()).unwrap()
    }
    async fn asked(&self, reference: &str) -> Option<Money> {
        self.sim.charges().into_iter().find(|it| it.reference == reference).map(|it| it.amount)
    }
    async fn customer_pays(&self, reference: &str) {
        assert!(self.sim.pay(reference), "the charge is open");
    }
}

#[async_trait]
impl Line for Wired {
    async fn lose_next_answer(&self, call: GatewayCall) {
        *self.lost.lock().unwrap() = Some(call);
    }
}

impl Wired {
    async fn message(&self, reference: &str, key: &str) -> Message {
        let charge = self.sim.find(reference).await.unwrap().unwrap();
        let body = format!("{reference} {} by {key}", charge.status).into_bytes();
        Message { headers: Vec::new(), body }
    }
}

#[async_trait]
impl Messages for Wired {
    async fn genuine(&self, reference: &str) -> Message {
        self.message(reference, KEY).await
    }
    async fn tampered(&self, reference: &str) -> Message {
        // A toy's signature signs nothing, so what is changed is the signature.
        self.message(reference, "sim-key-0123456788").await
    }
    async fn forged(&self, reference: &str) -> Message {
        self.message(reference, "somebody-else").await
    }
}

pub(crate) struct Harness {
    wired: Wired,
    clock: Arc<TestClock>,
}

impl GatewayHarness for Harness {
    fn gateway(&self) -> &dyn PaymentGateway {
        &self.wired
    }
    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
    fn method(&self) -> &'static str {
        SimGateway::WALLET
    }
    fn amount(&self) -> Money {
        Money::from_minor(155_431, Currency::IDR)
    }
    fn secrets(&self) -> Vec<String> {
        vec![KEY.to_owned()]
    }
    fn provider(&self) -> Option<&dyn Provider> {
        Some(&self.wired)
    }
    fn line(&self) -> Option<&dyn Line> {
        Some(&self.wired)
    }
    fn messages(&self) -> Option<&dyn Messages> {
        Some(&self.wired)
    }
    fn refunds(&self) -> Option<&dyn GivenBack> {
        Some(&self.wired)
    }
}

fn harness(flaw: Flaw) -> Harness {
    let clock = Arc::new(TestClock::at(opening()));
    let sim = SimGateway::new(Arc::new(Fate::kind()), clock.clone());
    let (lost, copies) = (Mutex::default(), AtomicU32::default());
    Harness { wired: Wired { sim, flaw, lost, copies }, clock }
}

async fn fresh() -> Harness {
    harness(Flaw::Sound)
}

hosting_core::gateway_conformance!(simulated, fresh, [offers, paying, losing, messages, refunding]);

async fn broken_by(flaw: Flaw) -> Vec<&'static str> {
    let mut broken = Vec::new();
    for (_, rules) in PARTS {
        for rule in *rules {
            let kept = tokio::spawn(async move { run(rule, &harness(flaw)).unwrap().await });
            if kept.await.is_err() {
                broken.push(*rule);
            }
        }
    }
    broken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_flaw_is_noticed_by_the_rules_that_are_about_it() {
    for flaw in Flaw::ALL.iter().copied() {
        let expected: &[&str] = match flaw {
            Flaw::Sound => &[],
            Flaw::ChargesAgain => &[
                "charging_twice_answers_the_same",
                "one_reference_makes_one_charge",
                "charging_again_after_a_lost_answer_makes_no_second_charge",
            ],
            Flaw::CallsLossRetry => &[
                "a_charge_whose_answer_is_lost_is_unknown_and_can_be_found",
                "a_cancellation_whose_answer_is_lost_is_unknown_and_can_be_repeated",
            ],
            Flaw::CallsLossAbsent => {
                &["a_look_whose_answer_is_lost_never_says_that_nothing_is_there"]
            }
            Flaw::CountsHundredths => &[
                "a_charge_is_for_exactly_what_was_asked",
                "what_was_paid_is_told_to_the_last_unit",
            ],
            Flaw::TrustsTheCharge => &[
                "a_charge_waits_for_money_and_says_how_to_pay",
                "a_charge_succeeds_when_the_customer_paid_and_not_before",
                "one_customer_paying_pays_nothing_else",
            ],
            Flaw::ChargesNothing => &[
                "an_amount_of_nothing_is_refused_for_good",
                "a_negative_amount_is_refused_for_good",
                "an_amount_beyond_the_limits_is_refused_for_good",
            ],
            Flaw::CancelsBlindly => &["cancelling_what_was_paid_answers_that_it_was_paid"],
            Flaw::BelievesAnybody => &[
                "a_message_that_was_changed_on_its_way_is_rejected",
                "a_message_by_somebody_else_is_rejected",
                "what_is_no_message_at_all_is_rejected",
            ],
            Flaw::CountsMessages => &["repeats_of_one_message_have_one_key"],
            Flaw::RefundsAgain => &[
                "refunding_twice_with_one_key_gives_back_once",
                "a_refund_whose_answer_is_lost_is_unknown_and_made_once",
            ],
            Flaw::FindsAnyRefund => {
                &["a_refund_is_found_by_its_key", "a_refund_that_was_never_made_is_not_found"]
            }
            Flaw::ShowsItsKey => &["nothing_it_shows_holds_a_secret"],
        };
        let broken = broken_by(flaw).await;
        assert!(flaw != Flaw::Sound || broken.is_empty(), "{broken:?}");
        let unnoticed: Vec<_> = expected.iter().filter(|it| !broken.contains(it)).collect();
        assert!(unnoticed.is_empty(), "{flaw:?} went unnoticed by {unnoticed:?}");
    }
}

#[test]
fn the_contract_has_many_rules_and_each_once() {
    super::listed::each_once_and_all_listed("gateway", RULES, 45);
}

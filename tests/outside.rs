//! The outside as a shop's process sees it: every call goes down the line to the world.
//!
//! The process's fate is asked before a call sets out and when its answer is back.

use std::{io, sync::Arc};

use async_trait::async_trait;
use chrono::TimeDelta;
use hosting_core::{
    kernel::Secret,
    model::{Charge, charge::Method},
    port::{
        Descriptor, Failure, Mailer, PaymentGateway, ProvisioningAdapter,
        gateway::{ChargeRequest, Notice, RawWebhook, Rejection},
        mailer::Mail,
        provisioning::{
            AccountIdentity, AccountSpec, AccountState, Connection, Found, Package, ServerAccess,
        },
    },
    testing::{Fate, SimGateway, SimPanel, TestClock},
};
use tokio::sync::Mutex;

use crate::line::{Account, Call, ChargeSeen, Down, Identity, Letter, Line, Offer, Reply, Up};

/// Gateway, panel and mail carrier at the other end of the line.
#[derive(Debug)]
pub struct Outside {
    line: Arc<Mutex<Line>>,
    fate: Arc<Fate>,
    /// Answer what needs no call.
    gateway: SimGateway,
    panel: SimPanel,
}

impl Outside {
    /// The outside at the end of `line`.
    pub fn new(line: Arc<Mutex<Line>>, fate: Arc<Fate>, clock: Arc<TestClock>) -> Self {
        let kind = Arc::new(Fate::kind());
        let gateway = SimGateway::new(Arc::clone(&kind), clock);
        Self { line, fate, gateway, panel: SimPanel::new(kind) }
    }

    async fn call(&self, action: &'static str, call: Call) -> Result<Reply, Failure> {
        self.fate.request(action)?;
        let cut = |error: io::Error| Failure::unknown(action, error.to_string());
        let mut line = self.line.lock().await;
        line.say(&Up::Call(Box::new(call))).await.map_err(cut)?;
        let answer = line.hear().await.map_err(cut)?;
        let Down::Reply(reply) = answer else { return Err(strange(action)) };
        let reply = reply.map_err(|it| it.failure(action))?;
        self.fate.answer(action)?;
        Ok(reply)
    }

    async fn done(&self, action: &'static str, call: Call) -> Result<(), Failure> {
        self.call(action, call).await.map(drop)
    }
}

fn strange(action: &'static str) -> Failure {
    Failure::unknown(action, "the world answers another question")
}

fn charge(action: &'static str, reply: Reply) -> Result<Option<Charge>, Failure> {
    match reply {
        Reply::Charge(seen) => Ok(seen.map(ChargeSeen::into)),
        _ => Err(strange(action)),
    }
}

#[async_trait]
impl PaymentGateway for Outside {
    fn descriptor(&self) -> &'static Descriptor {
        self.gateway.descriptor()
    }
    fn methods(&self) -> &[Method] {
        self.gateway.methods()
    }
    fn is_production(&self) -> bool {
        false
    }
    async fn charge(&self, request: &ChargeRequest) -> Result<Charge, Failure> {
        let reply = self.call("charge", Call::Charge(Offer::from(request))).await?;
        charge("charge", reply)?.ok_or_else(|| strange("charge"))
    }
    async fn find(&self, reference: &str) -> Result<Option<Charge>, Failure> {
        charge("find", self.call("find", Call::FindCharge(reference.to_owned())).await?)
    }
    async fn cancel(&self, reference: &str) -> Result<Charge, Failure> {
        let reply = self.call("cancel", Call::CancelCharge(reference.to_owned())).await?;
        charge("cancel", reply)?.ok_or_else(|| strange("cancel"))
    }
    fn verify(&self, webhook: &RawWebhook<'_>) -> Result<Notice, Rejection> {
        self.gateway.verify(webhook)
    }
}

#[async_trait]
impl ProvisioningAdapter for Outside {
    fn descriptor(&self) -> &'static Descriptor {
        self.panel.descriptor()
    }
    fn accepts_username(&self, username: &str) -> bool {
        self.panel.accepts_username(username)
    }
    fn creation_horizon(&self) -> TimeDelta {
        self.panel.creation_horizon()
    }
    async fn create(&self, _: &ServerAccess, spec: &AccountSpec) -> Result<AccountState, Failure> {
        match self.call("create", Call::Create(Account::from(spec))).await? {
            Reply::Account(seen) => Ok(seen.into()),
            _ => Err(strange("create")),
        }
    }
    async fn find(&self, _: &ServerAccess, account: &AccountIdentity) -> Result<Found, Failure> {
        match self.call("find", Call::FindAccount(Identity::from(account))).await? {
            Reply::Account(seen) => Ok(Found::Ours(seen.into())),
            Reply::NoAccount => Ok(Found::Nothing),
            Reply::Foreign(reason) => Ok(Found::Foreign { reason }),
            _ => Err(strange("find")),
        }
    }
    async fn suspend(
        &self,
        _: &ServerAccess,
        account: &AccountIdentity,
        reason: &str,
    ) -> Result<(), Failure> {
        self.done("suspend", Call::Suspend(account.into(), reason.to_owned())).await
    }
    async fn unsuspend(&self, _: &ServerAccess, account: &AccountIdentity) -> Result<(), Failure> {
        self.done("unsuspend", Call::Unsuspend(account.into())).await
    }
    async fn terminate(&self, _: &ServerAccess, account: &AccountIdentity) -> Result<(), Failure> {
        self.done("terminate", Call::Terminate(account.into())).await
    }
    async fn change_package(
        &self,
        _: &ServerAccess,
        account: &AccountIdentity,
        package: &str,
    ) -> Result<(), Failure> {
        self.done("change_package", Call::ChangePackage(account.into(), package.to_owned())).await
    }
    async fn set_password(
        &self,
        _: &ServerAccess,
        account: &AccountIdentity,
        password: &Secret,
    ) -> Result<(), Failure> {
        let password = password.expose().to_owned();
        self.done("set_password", Call::SetPassword(account.into(), password)).await
    }
    async fn packages(&self, server: &ServerAccess) -> Result<Vec<Package>, Failure> {
        self.panel.packages(server).await
    }
    async fn test_connection(&self, server: &ServerAccess) -> Result<Connection, Failure> {
        self.panel.test_connection(server).await
    }
}

#[async_trait]
impl Mailer for Outside {
    async fn send(&self, mail: &Mail) -> Result<(), Failure> {
        self.done("mail", Call::Mail(Letter::from(mail))).await
    }
}

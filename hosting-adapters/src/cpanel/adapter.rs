//! The port, spoken in WHM's operations.

use async_trait::async_trait;
use hosting_core::{
    kernel::Secret,
    port::{
        Descriptor, Failure, ProvisioningAdapter,
        provisioning::{
            AccountIdentity, AccountSpec, AccountState, Connection, Found, Package, ServerAccess,
            SingleSignOn,
        },
    },
};
use serde_json::Value;

use super::{
    account::OUR_MARK,
    classify::code,
    client::{Function, Panel},
    config::{CpanelConfig, DESCRIPTOR},
    tls::Clients,
    username,
    verdict::{as_ordered, missing_rights, unless_suspended_is, whose_name},
    wire::{Account, PackageRow, Packages},
};

/// Accounts on cPanel & WHM servers. One value serves any number of servers.
#[derive(Debug)]
pub struct Cpanel {
    config: CpanelConfig,
    clients: Clients,
}

impl Default for Cpanel {
    fn default() -> Self {
        Self::new(CpanelConfig::default())
    }
}

impl Cpanel {
    /// An adapter with these time limits.
    pub fn new(config: CpanelConfig) -> Self {
        Self { config, clients: Clients::new() }
    }

    /// The time limits.
    pub const fn config(&self) -> &CpanelConfig {
        &self.config
    }

    fn panel<'a>(
        &'a self,
        function: Function,
        server: &'a ServerAccess,
    ) -> Result<Panel<'a>, Failure> {
        Panel::new(function.name, &self.config, &self.clients, server)
    }
}

#[async_trait]
impl ProvisioningAdapter for Cpanel {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn accepts_username(&self, username: &str) -> bool {
        username::accepts(username)
    }

    async fn create(
        &self,
        server: &ServerAccess,
        account: &AccountSpec,
    ) -> Result<AccountState, Failure> {
        let function = Function::CREATEACCT;
        let panel = self.panel(function, server)?;
        if !username::accepts(&account.username) {
            return Err(Failure::refused(function.name, "the panel does not accept such a name")
                .with_code(code::USERNAME_INVALID));
        }
        // Without a domain newer panels invent a temporary one; without a package, a default.
        if account.domain.is_empty() || account.package.is_empty() || account.password.is_empty() {
            return Err(Failure::refused(
                function.name,
                "the account lacks a domain, a package or a password",
            )
            .with_code(code::VALIDATION));
        }
        let form = [
            ("username", &*account.username),
            ("domain", &*account.domain),
            ("plan", &*account.package),
            ("password", account.password.expose()),
            ("contactemail", account.contact.as_str()),
            ("showpass", "n"),
        ];
        if let Err(failure) = panel.call(function, &form).await {
            return Err(whose_name(&panel, account, failure).await);
        }
        // The answer names neither user nor limits. The account exists whether or not it can be read.
        let read = panel.summary(&account.username).await.ok().flatten();
        Ok(read.map_or_else(|| as_ordered(account), Account::state))
    }

    async fn find(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
    ) -> Result<Found, Failure> {
        let panel = self.panel(Function::LISTACCTS, server)?;
        Ok(match panel.look(account).await? {
            Found::Ours(state) => Found::Ours(panel.with_traffic(state).await),
            other => other,
        })
    }

    async fn suspend(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
        reason: &str,
    ) -> Result<(), Failure> {
        let function = Function::SUSPENDACCT;
        let panel = self.panel(function, server)?;
        if panel.existing(function.name, account).await?.suspended {
            return Ok(());
        }
        let reason = format!("{OUR_MARK} {}", reason.trim());
        let form = [("user", &*account.username), ("reason", &*reason)];
        match panel.call(function, &form).await {
            Ok(_) => Ok(()),
            Err(failure) => unless_suspended_is(true, &panel, account, failure).await,
        }
    }

    async fn unsuspend(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
    ) -> Result<(), Failure> {
        let function = Function::UNSUSPENDACCT;
        let panel = self.panel(function, server)?;
        let state = panel.existing(function.name, account).await?;
        if !state.suspended {
            return Ok(());
        }
        if !state.is_suspended_by_us() {
            return Err(Failure::refused(function.name, "somebody else suspended the account")
                .with_code(code::FOREIGN_SUSPENSION));
        }
        if state.is_locked && !panel.is_root() {
            return Err(Failure::refused(
                function.name,
                "the suspension is locked; only root may lift it",
            )
            .with_code(code::LOCKED));
        }
        match panel.call(function, &[("user", &account.username)]).await {
            Ok(_) => Ok(()),
            Err(failure) => unless_suspended_is(false, &panel, account, failure).await,
        }
    }

    async fn terminate(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
    ) -> Result<(), Failure> {
        let function = Function::REMOVEACCT;
        let panel = self.panel(function, server)?;
        // Removal cannot be undone and names are used again: look at domain and owner each time.
        if panel.own_summary(account).await?.is_none() {
            return Ok(());
        }
        match panel.call(function, &[("user", &account.username), ("keepdns", "0")]).await {
            Ok(_) => Ok(()),
            // It was there a moment ago under this very token.
            Err(failure) if failure.code() == Some(code::NOT_FOUND) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    async fn change_package(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
        package: &str,
    ) -> Result<(), Failure> {
        let function = Function::CHANGEPACKAGE;
        let panel = self.panel(function, server)?;
        if package.is_empty() {
            return Err(
                Failure::refused(function.name, "no package was named").with_code(code::VALIDATION)
            );
        }
        if panel.existing(function.name, account).await?.plan == package {
            return Ok(());
        }
        panel.call(function, &[("user", &account.username), ("pkg", package)]).await?;
        // The panel ignores what it does not know and calls that a success.
        match panel.summary(&account.username).await {
            Ok(Some(after)) if after.plan != package => {
                Err(Failure::refused(function.name, "the panel kept the old package")
                    .with_code(code::NOT_APPLIED))
            }
            _ => Ok(()),
        }
    }

    async fn set_password(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
        password: &Secret,
    ) -> Result<(), Failure> {
        let function = Function::PASSWD;
        let panel = self.panel(function, server)?;
        if password.is_empty() {
            // The panel would invent one that nobody knows.
            return Err(Failure::refused(function.name, "the password is empty")
                .with_code(code::VALIDATION));
        }
        if panel.existing(function.name, account).await?.suspended {
            return Err(Failure::refused(function.name, "a suspended account keeps its password")
                .with_code(code::SUSPENDED));
        }
        // Database passwords stay: changing them breaks the customer's sites.
        let form = [
            ("user", &*account.username),
            ("password", password.expose()),
            ("db_pass_update", "0"),
        ];
        panel.call(function, &form).await.map(drop)
    }

    async fn packages(&self, server: &ServerAccess) -> Result<Vec<Package>, Failure> {
        let function = Function::LISTPKGS;
        let answer: Packages =
            self.panel(function, server)?.read(function, &[("want", "creatable")]).await?;
        let package =
            |it: PackageRow| Package { name: it.name, disk_mib: it.quota.filter(|it| *it > 0) };
        Ok(answer.pkg.into_iter().map(package).collect())
    }

    async fn test_connection(&self, server: &ServerAccess) -> Result<Connection, Failure> {
        let panel = self.panel(Function::VERSION, server)?;
        let version = panel.call(Function::VERSION, &[]).await?;
        let version =
            version.get("version").and_then(Value::as_str).unwrap_or("unknown").to_owned();
        let mut warnings = Vec::new();
        let hostname = match panel.call(Function::GETHOSTNAME, &[]).await {
            Ok(data) => data.get("hostname").and_then(Value::as_str).unwrap_or_default().to_owned(),
            Err(failure) => {
                warnings.push(format!("The panel does not tell its host name ({failure})."));
                String::new()
            }
        };
        match panel.call(Function::MYPRIVS, &[]).await {
            Ok(data) => warnings.extend(missing_rights(&data)),
            Err(failure) => {
                warnings.push(format!("The token's rights could not be read ({failure})."));
            }
        }
        Ok(Connection { version, hostname, warnings })
    }

    fn single_sign_on(&self) -> Option<&dyn SingleSignOn> {
        Some(self)
    }
}

#[async_trait]
impl SingleSignOn for Cpanel {
    async fn login_url(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
    ) -> Result<Secret, Failure> {
        let function = Function::CREATE_USER_SESSION;
        let panel = self.panel(function, server)?;
        if panel.existing(function.name, account).await?.suspended {
            return Err(Failure::refused(function.name, "the account is suspended")
                .with_code(code::SUSPENDED));
        }
        let form = [("user", &*account.username), ("service", "cpaneld")];
        let data = panel.call(function, &form).await?;
        match data.get("url").and_then(Value::as_str) {
            Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
                Ok(Secret::new(url))
            }
            _ => Err(Failure::retry(function.name, "the panel gave no address to log in at")
                .with_code(code::MALFORMED)),
        }
    }
}

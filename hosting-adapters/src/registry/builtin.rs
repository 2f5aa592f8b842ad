//! What was compiled in.

use super::{GatewayFactory, PanelFactory};

/// The gateways of this crate whose features are on.
pub(super) fn gateways() -> Vec<GatewayFactory> {
    vec![
        #[cfg(feature = "midtrans")]
        midtrans::FACTORY,
        #[cfg(feature = "manual")]
        manual::FACTORY,
    ]
}

/// The panels of this crate whose features are on.
pub(super) fn panels() -> Vec<PanelFactory> {
    vec![
        #[cfg(feature = "cpanel")]
        cpanel::FACTORY,
    ]
}

#[cfg(feature = "midtrans")]
mod midtrans {
    use std::{sync::Arc, time::Duration};

    use hosting_core::port::PaymentGateway;

    use crate::{
        midtrans::{DEFAULT_TIMEOUT, DESCRIPTOR, Midtrans, MidtransConfig},
        registry::{ConfigError, GatewayFactory, Settings},
    };

    pub(super) const FACTORY: GatewayFactory = GatewayFactory { descriptor: &DESCRIPTOR, build };

    fn build(settings: &Settings) -> Result<Arc<dyn PaymentGateway>, ConfigError> {
        let config = MidtransConfig {
            server_key: settings.secret("server_key")?,
            client_key: settings.text("client_key")?.map(str::to_owned),
            is_production: settings.flag("is_production")?.unwrap_or(false),
            base_url: settings.text("base_url")?.map(str::to_owned),
            methods: settings
                .text("methods")?
                .map(|it| it.split(',').map(|id| id.trim().to_ascii_lowercase()).collect()),
            timeout: timeout(settings)?,
        };
        let gateway = Midtrans::new(config);
        Ok(Arc::new(gateway.map_err(|it| ConfigError::refused(DESCRIPTOR.id, &it))?))
    }

    fn timeout(settings: &Settings) -> Result<Duration, ConfigError> {
        let key = "timeout_seconds";
        let Some(seconds) = settings.number(key)? else {
            return Ok(DEFAULT_TIMEOUT);
        };
        let expected = "a number of seconds above zero";
        let wrong = |_| ConfigError::Kind { name: settings.name(key), expected };
        u64::try_from(seconds).map(Duration::from_secs).map_err(wrong)
    }
}

#[cfg(feature = "manual")]
mod manual {
    use std::sync::Arc;

    use hosting_core::{kernel::Currency, port::PaymentGateway};

    use crate::{
        manual::{DESCRIPTOR, ManualConfig, ManualTransfer},
        registry::{ConfigError, GatewayFactory, Settings},
    };

    pub(super) const FACTORY: GatewayFactory = GatewayFactory { descriptor: &DESCRIPTOR, build };

    fn build(settings: &Settings) -> Result<Arc<dyn PaymentGateway>, ConfigError> {
        let refused = |it: &dyn std::fmt::Display| ConfigError::refused(DESCRIPTOR.id, it);
        let currency = match settings.text("currency")? {
            None => Currency::IDR,
            Some(code) => code.parse::<Currency>().map_err(|it| refused(&it))?,
        };
        let config = ManualConfig {
            accounts: settings.lines("accounts")?.into_iter().map(str::to_owned).collect(),
            currency,
            // A transfer to a bank account is real money unless somebody says that it is not.
            is_production: settings.flag("is_production")?.unwrap_or(true),
        };
        Ok(Arc::new(ManualTransfer::new(config).map_err(|it| refused(&it))?))
    }
}

#[cfg(feature = "cpanel")]
mod cpanel {
    use std::sync::Arc;

    use hosting_core::port::{ProvisioningAdapter, Setting, SettingKind};

    use crate::{
        cpanel::{Cpanel, CpanelConfig, DESCRIPTOR},
        registry::{ConfigError, PanelFactory, Settings},
    };

    pub(super) const FACTORY: PanelFactory =
        PanelFactory { descriptor: &DESCRIPTOR, options: &OPTIONS, build };

    const OPTIONS: [Setting; 1] = [Setting {
        key: "allow_plain_http",
        label: "Talk to panels on other machines without TLS",
        kind: SettingKind::Flag,
        required: false,
    }];

    fn build(options: &Settings) -> Result<Arc<dyn ProvisioningAdapter>, ConfigError> {
        let allow_plain_http = options.flag("allow_plain_http")?.unwrap_or(false);
        Ok(Arc::new(Cpanel::new(CpanelConfig { allow_plain_http, ..CpanelConfig::default() })))
    }
}

//! Adapters by name.
//!
//! A [`Registry`] maps the name in configuration and in the database to the adapter's
//! [`Descriptor`] and to the function that builds it from [`Settings`]. [`Registry::with_builtins`]
//! knows what was compiled in; third parties register theirs the same way. A shop is built from one
//! registry: hand it to `hosting_server::cli::main_with`, and the configuration understands the
//! settings that your descriptor declares. `examples/my_shop.rs` is a whole server made so.
//!
//! ```
//! # #[cfg(feature = "manual")] {
//! use std::sync::Arc;
//!
//! use hosting_adapters::{
//!     manual::{ManualConfig, ManualTransfer},
//!     registry::{ConfigError, GatewayFactory, Registry, Settings},
//! };
//! use hosting_core::{
//!     kernel::Currency,
//!     port::{Descriptor, PaymentGateway, Setting, SettingKind},
//! };
//!
//! static DESCRIPTOR: Descriptor = Descriptor {
//!     id: "counter",
//!     name: "Pay at our counter",
//!     settings: &[Setting {
//!         key: "address",
//!         label: "Where the counter is",
//!         kind: SettingKind::Text,
//!         required: true,
//!     }],
//! };
//!
//! // A gateway of your own; this one is the manual one by another name.
//! fn build(settings: &Settings) -> Result<Arc<dyn PaymentGateway>, ConfigError> {
//!     let address = settings.required_text("address")?;
//!     let config = ManualConfig::from_lines(address, Currency::IDR);
//!     let gateway = ManualTransfer::new(config);
//!     Ok(Arc::new(gateway.map_err(|it| ConfigError::refused(settings.id(), &it))?))
//! }
//!
//! let mut registry = Registry::with_builtins();
//! registry.register_gateway(GatewayFactory { descriptor: &DESCRIPTOR, build })?;
//!
//! // What the server does with the operator's settings:
//! let counter = registry.gateway("counter")?;
//! let gateway = counter.build_from_env([("COUNTER_ADDRESS", "Jl. Malioboro 5, Yogyakarta")])?;
//! assert!(gateway.confirmed_by_staff());
//! assert!(counter.build_from_env([("COUNTER_ADRESS", "x")]).is_err(), "it is mistyped");
//!
//! // A name is taken once: stored payments would change hands.
//! assert!(registry.register_gateway(GatewayFactory { descriptor: &DESCRIPTOR, build }).is_err());
//! # }
//! # Ok::<(), hosting_adapters::registry::ConfigError>(())
//! ```

mod builtin;
mod error;
mod nearest;
mod settings;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, sync::Arc};

use hosting_core::port::{Descriptor, PaymentGateway, ProvisioningAdapter, Setting};

pub use error::ConfigError;
pub use nearest::nearest;
pub use settings::{Settings, env_name};

/// How to build one kind of payment gateway.
#[derive(Clone, Copy)]
pub struct GatewayFactory {
    /// Its name and settings.
    pub descriptor: &'static Descriptor,
    /// Builds it. Must not call anybody.
    pub build: fn(&Settings) -> Result<Arc<dyn PaymentGateway>, ConfigError>,
}

impl GatewayFactory {
    /// Builds the gateway.
    ///
    /// # Errors
    /// A [`ConfigError`] naming the setting that does not fit.
    pub fn build(&self, settings: &Settings) -> Result<Arc<dyn PaymentGateway>, ConfigError> {
        (self.build)(settings)
    }

    /// Reads the settings from environment variables named `<ID>_<SETTING>`, and builds the gateway.
    ///
    /// # Errors
    /// A [`ConfigError`] naming the variable that does not fit.
    pub fn build_from_env<K: AsRef<str>, V: AsRef<str>>(
        &self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Arc<dyn PaymentGateway>, ConfigError> {
        let Descriptor { id, settings, .. } = *self.descriptor;
        self.build(&Settings::from_env(id, settings, variables)?)
    }
}

/// How to build the adapter for one kind of panel.
#[derive(Clone, Copy)]
pub struct PanelFactory {
    /// Its name, and the settings of *one server* of its kind.
    pub descriptor: &'static Descriptor,
    /// The settings of the adapter itself, which hold for all its servers.
    pub options: &'static [Setting],
    /// Builds it from the options. Must not call anybody.
    pub build: fn(&Settings) -> Result<Arc<dyn ProvisioningAdapter>, ConfigError>,
}

impl PanelFactory {
    /// Builds the adapter.
    ///
    /// # Errors
    /// A [`ConfigError`] naming the option that does not fit.
    pub fn build(&self, options: &Settings) -> Result<Arc<dyn ProvisioningAdapter>, ConfigError> {
        (self.build)(options)
    }

    /// Reads the options from environment variables named `<ID>_<OPTION>`, and builds the adapter.
    ///
    /// # Errors
    /// A [`ConfigError`] naming the variable that does not fit.
    pub fn build_from_env<K: AsRef<str>, V: AsRef<str>>(
        &self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Arc<dyn ProvisioningAdapter>, ConfigError> {
        self.build(&Settings::from_env(self.descriptor.id, self.options, variables)?)
    }
}

/// The adapters that configuration can name.
#[derive(Clone, Default)]
pub struct Registry {
    gateways: BTreeMap<&'static str, GatewayFactory>,
    panels: BTreeMap<&'static str, PanelFactory>,
}

impl Registry {
    /// A registry that knows nothing.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The adapters that were compiled in.
    pub fn with_builtins() -> Self {
        let gateways = builtin::gateways();
        let panels = builtin::panels();
        Self {
            gateways: gateways.into_iter().map(|it| (it.descriptor.id, it)).collect(),
            panels: panels.into_iter().map(|it| (it.descriptor.id, it)).collect(),
        }
    }

    /// Adds a gateway.
    ///
    /// # Errors
    /// [`ConfigError::Twice`] when there is one of that name: stored payments would change hands.
    pub fn register_gateway(&mut self, factory: GatewayFactory) -> Result<(), ConfigError> {
        let id = factory.descriptor.id;
        if self.gateways.contains_key(id) {
            return Err(ConfigError::Twice { what: "payment gateway", id });
        }
        self.gateways.insert(id, factory);
        Ok(())
    }

    /// Adds a panel.
    ///
    /// # Errors
    /// [`ConfigError::Twice`] when there is one of that name: stored accounts would change hands.
    pub fn register_panel(&mut self, factory: PanelFactory) -> Result<(), ConfigError> {
        let id = factory.descriptor.id;
        if self.panels.contains_key(id) {
            return Err(ConfigError::Twice { what: "panel", id });
        }
        self.panels.insert(id, factory);
        Ok(())
    }

    /// All gateways, by name.
    pub fn gateways(&self) -> impl Iterator<Item = &GatewayFactory> {
        self.gateways.values()
    }

    /// All panels, by name.
    pub fn panels(&self) -> impl Iterator<Item = &PanelFactory> {
        self.panels.values()
    }

    /// The gateway of that name.
    ///
    /// # Errors
    /// [`ConfigError::UnknownAdapter`], which names the known ones.
    pub fn gateway(&self, id: &str) -> Result<&GatewayFactory, ConfigError> {
        let known = || ConfigError::unknown_adapter("payment gateway", id, self.gateways.keys());
        self.gateways.get(id).ok_or_else(known)
    }

    /// The panel of that name.
    ///
    /// # Errors
    /// [`ConfigError::UnknownAdapter`], which names the known ones.
    pub fn panel(&self, id: &str) -> Result<&PanelFactory, ConfigError> {
        let known = || ConfigError::unknown_adapter("panel", id, self.panels.keys());
        self.panels.get(id).ok_or_else(known)
    }
}

impl fmt::Debug for GatewayFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GatewayFactory").field(&self.descriptor.id).finish()
    }
}

impl fmt::Debug for PanelFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PanelFactory").field(&self.descriptor.id).finish()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gateways: Vec<_> = self.gateways.keys().collect();
        let panels: Vec<_> = self.panels.keys().collect();
        f.debug_struct("Registry").field("gateways", &gateways).field("panels", &panels).finish()
    }
}

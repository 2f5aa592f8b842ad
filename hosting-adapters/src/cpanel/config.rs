//! Time limits of the calls, and what an operator fills in for a server.

use std::time::Duration;

use hosting_core::port::{Descriptor, Setting, SettingKind};

/// Who this adapter is, and the settings of one server.
pub const DESCRIPTOR: Descriptor = Descriptor {
    id: "cpanel",
    name: "cPanel & WHM",
    settings: &[
        Setting {
            key: "base_url",
            label: "Address, e.g. https://panel.example.com:2087",
            kind: SettingKind::Url,
            required: true,
        },
        Setting {
            key: "username",
            label: "WHM user that owns the accounts",
            kind: SettingKind::Text,
            required: true,
        },
        Setting { key: "secret", label: "API token", kind: SettingKind::Secret, required: true },
        Setting {
            key: "ca_pem",
            label: "Private certificate authority (PEM)",
            kind: SettingKind::Lines,
            required: false,
        },
        Setting {
            key: "cert_sha256",
            label: "SHA-256 of the panel's certificate (hex)",
            kind: SettingKind::Text,
            required: false,
        },
    ],
};

/// How long calls may take, and whether plain HTTP is acceptable.
///
/// The defaults are those of `docs/providers/whm.md`, "Load and lock-out": a look-up answers within
/// half a minute, a change within two, and making or removing an account can take five.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpanelConfig {
    /// For the connection, TLS included. Default 10 seconds.
    pub connect: Duration,
    /// For a look-up, connection included. Default 30 seconds.
    pub read: Duration,
    /// For a change to an account, connection included. Default 120 seconds.
    pub write: Duration,
    /// For making or removing an account, connection included. Default 300 seconds.
    pub heavy: Duration,
    /// Whether a panel that is not on this machine may be addressed by `http`. Default `false`: the
    /// token would be readable on the way.
    pub allow_plain_http: bool,
}

impl Default for CpanelConfig {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(30),
            write: Duration::from_mins(2),
            heavy: Duration::from_mins(5),
            allow_plain_http: false,
        }
    }
}

impl CpanelConfig {
    /// The longest that one operation of the port can take. A task's lease must be longer.
    ///
    /// No operation makes more than one change, or more than [`LOOK_UPS`](Self::LOOK_UPS) look-ups
    /// around it.
    pub fn longest_deadline(&self) -> Duration {
        self.read * Self::LOOK_UPS + self.write.max(self.heavy)
    }

    /// The most look-ups that accompany one change (a refused `createacct` asks whose the name is).
    pub const LOOK_UPS: u32 = 3;
}

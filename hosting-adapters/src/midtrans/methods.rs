//! The ways to pay that are offered, and what the provider allows for each.
//!
//! The provider publishes no amounts for these channels. The limits here are chosen so that a
//! customer is not sent into a payment that the other side will refuse: virtual accounts from
//! Rp10.000, because banks reject smaller transfers, to below a thousand million, the widest amount
//! that all of the banks' screens can show; QRIS to the Rp10.000.000 that Bank Indonesia allows for one
//! payment; `GoPay` to the Rp20.000.000 that a registered wallet may hold.

use hosting_core::{
    kernel::Currency,
    port::gateway::{Method, Shows},
};

/// The shortest offer, for all channels.
pub(super) const MIN_EXPIRY_SECONDS: i64 = 20;
const DAY: i64 = 24 * 60 * 60;

/// What has to be asked for at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    /// `bank_transfer` with this bank.
    Va(&'static str),
    /// `echannel`.
    MandiriBill,
    /// `qris` through `GoPay`.
    Qris,
    /// `gopay`.
    Gopay,
}

impl Channel {
    /// The longest offer in seconds; a longer wish is cut down to it.
    pub(super) const fn max_expiry_seconds(self) -> i64 {
        match self {
            Self::Va(_) | Self::MandiriBill => 180 * DAY,
            Self::Qris | Self::Gopay => 7 * DAY,
        }
    }
}

const CHANNELS: [Channel; 8] = [
    Channel::Va("bca"),
    Channel::Va("bni"),
    Channel::Va("bri"),
    Channel::Va("permata"),
    Channel::Va("cimb"),
    Channel::MandiriBill,
    Channel::Qris,
    Channel::Gopay,
];

/// Every method, in the order in which customers see them.
pub(super) static METHODS: [Method; 8] = [
    va("bca_va", "BCA Virtual Account"),
    va("bni_va", "BNI Virtual Account"),
    va("bri_va", "BRI Virtual Account"),
    va("permata_va", "Permata Virtual Account"),
    va("cimb_va", "CIMB Niaga Virtual Account"),
    method("mandiri_bill", "Mandiri Bill Payment", Shows::Bill, 10_000, 999_999_999),
    method("qris", "QRIS", Shows::Qr, 1_000, 10_000_000),
    method("gopay", "GoPay", Shows::Wallet, 1_000, 20_000_000),
];

const fn va(id: &'static str, name: &'static str) -> Method {
    method(id, name, Shows::VirtualAccount, 10_000, 999_999_999)
}

const fn method(
    id: &'static str,
    name: &'static str,
    shows: Shows,
    min_minor: i64,
    max_minor: i64,
) -> Method {
    Method { id, name, shows, currency: Some(Currency::IDR), min_minor, max_minor }
}

/// The method called `id`, with its channel.
pub(super) fn lookup(id: &str) -> Option<(&'static Method, Channel)> {
    METHODS.iter().zip(CHANNELS).find(|(method, _)| method.id == id)
}

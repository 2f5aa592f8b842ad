//! The mails to the shop's own address: something about money or providers that only staff can mend.
//!
//! They name what they are about — reference, gateway, amount, customer, invoice number — and carry no
//! link: staff find it by these in whatever they work with.

use hosting_core::model::{MailKind, Refund};

use super::{
    facts::{Facts, with},
    sheet::Sheet,
};
use crate::view::Language;

/// Writes one mail.
pub(super) fn write(facts: &Facts<'_>) -> Sheet {
    let (subject, words) = match facts.language {
        Language::English => english(facts.letter.kind),
        Language::Indonesian => indonesian(facts.letter.kind),
    };
    let payment = facts.letter.payment;
    let about = match facts.letter.kind {
        MailKind::GatewayKeysRefused => payment.map(|it| it.gateway.clone()),
        MailKind::GatewayMethodInactive => {
            payment.map(|it| format!("{} {}", it.gateway, it.method))
        }
        MailKind::ServerPaused => facts.letter.server.map(|it| it.name.clone()),
        _ => payment.map(|it| it.reference.clone()),
    };
    Sheet::about(format!("{subject}{}", with(": ", about)), facts.shop())
        .say(words)
        .facts(rows(facts))
}

fn rows(facts: &Facts<'_>) -> Vec<(&'static str, Option<String>)> {
    let english = facts.language == Language::English;
    let label = |en, id| if english { en } else { id };
    let (payment, refund) = (facts.letter.payment, facts.letter.refund);
    let server = facts.letter.server;
    let known = |text: &str| Some(text.to_owned()).filter(|it| !it.trim().is_empty());
    vec![
        (label("Customer", "Pelanggan"), facts.letter.customer.map(|it| it.name.clone())),
        (label("Invoice", "Nomor tagihan"), facts.number().map(str::to_owned)),
        (label("Gateway", "Gerbang pembayaran"), payment.map(|it| it.gateway.clone())),
        (label("Method", "Cara pembayaran"), payment.map(|it| it.method.clone())),
        (label("Reference", "Referensi"), payment.map(|it| it.reference.clone())),
        (label("Asked for", "Diminta"), payment.map(|it| facts.money(it.amount))),
        (
            label("Received", "Diterima"),
            payment.filter(|it| it.received.is_positive()).map(|it| facts.money(it.received)),
        ),
        (
            label("Put towards the invoice", "Dipakai untuk tagihan"),
            payment.filter(|it| it.received.is_positive()).map(|it| facts.money(it.applied)),
        ),
        (label("Given back", "Dikembalikan"), refund.map(|it| facts.money(it.amount))),
        (label("Reason", "Alasan"), refund.and_then(|it| known(&it.reason))),
        (label("What the provider says", "Jawaban penyedia"), said(facts, refund)),
        (
            label("What the customer says", "Keterangan pelanggan"),
            payment.and_then(|it| it.report.clone()),
        ),
        (label("Server", "Server"), server.map(|it| it.name.clone())),
        (
            label("What the panel says", "Jawaban panel"),
            server.and_then(|it| it.pause_reason.clone()),
        ),
    ]
}

fn said(facts: &Facts<'_>, refund: Option<&Refund>) -> Option<String> {
    let detail = match refund {
        Some(it) => it.detail.clone(),
        None => facts.letter.payment?.detail.clone(),
    };
    Some(detail).filter(|it| !it.trim().is_empty())
}

fn english(kind: MailKind) -> (&'static str, &'static str) {
    match kind {
        MailKind::OrderPartlyPaid => (
            "An order was left with a part of it paid",
            "An order that nobody completed is paid in part. Please decide: ask the customer for the rest, or cancel the order and give the money back.",
        ),
        MailKind::PaymentReversed => (
            "The bank took a payment back",
            "The bank took a payment back soon after it had arrived. The invoice is open again, and reminders begin anew. The service is still on.",
        ),
        MailKind::PaymentChargedBack => (
            "A payment was charged back",
            "The customer objected to a payment at their bank, and the money was taken back. The invoice and the service are as they were; please decide what becomes of them, and answer the objection at the provider in time.",
        ),
        MailKind::RefundedAtProvider => (
            "Money was given back at the provider",
            "Somebody gave money back in the provider's own pages. It is written down here. The service is still on; please decide whether it ends.",
        ),
        MailKind::RefundFailed => (
            "A refund was refused",
            "The gateway refused to give money back. Please try again, or transfer it by hand and enter the reference of the transfer with the refund.",
        ),
        MailKind::RefundStuck => (
            "A refund hangs in the air",
            "Giving money back was tried many times, and nobody knows whether it left. Please look at the provider's list of refunds: then try again, or transfer it by hand and enter the reference of the transfer with the refund.",
        ),
        MailKind::TransferReported => (
            "A customer says that they transferred",
            "Please look at the bank statement, and confirm the payment or say that there is none. Until then the service is not switched off.",
        ),
        MailKind::GatewayKeysRefused => (
            "A gateway does not accept our calls",
            "The gateway refuses the shop's keys. Nobody can pay through it until they are corrected; what is waiting is tried again by itself.",
        ),
        MailKind::GatewayMethodInactive => (
            "A way to pay is not active",
            "A customer wanted to pay in a way that is not active for the shop's account. Please have it activated, or take it off the list of the gateway's methods.",
        ),
        MailKind::ServerPaused => (
            "A server lets nobody in",
            "The panel of a server refuses the shop's calls. Work on it waits until the way in is mended.",
        ),
        _ => (
            "Money that no open invoice waits for",
            "Money is here that no open invoice waits for. Please look and decide: give it back or put it down.",
        ),
    }
}

fn indonesian(kind: MailKind) -> (&'static str, &'static str) {
    match kind {
        MailKind::OrderPartlyPaid => (
            "Pesanan baru dibayar sebagian",
            "Sebuah pesanan yang tidak diselesaikan sudah dibayar sebagian. Putuskan: tagih sisanya, atau batalkan pesanan dan kembalikan uangnya.",
        ),
        MailKind::PaymentReversed => (
            "Bank menarik kembali pembayaran",
            "Bank menarik kembali sebuah pembayaran tak lama setelah diterima. Tagihan terbuka lagi dan pengingat dimulai dari awal. Layanan masih aktif.",
        ),
        MailKind::PaymentChargedBack => (
            "Pembayaran disanggah (chargeback)",
            "Pelanggan menyanggah pembayaran di banknya dan uangnya ditarik kembali. Tagihan dan layanan tidak diubah; putuskan tindak lanjutnya, dan tanggapi sanggahan di penyedia tepat waktu.",
        ),
        MailKind::RefundedAtProvider => (
            "Uang dikembalikan di penyedia",
            "Seseorang mengembalikan uang lewat halaman penyedia pembayaran. Pengembalian itu sudah dicatat. Layanan masih aktif; putuskan apakah akan dihentikan.",
        ),
        MailKind::RefundFailed => (
            "Pengembalian dana ditolak",
            "Gerbang pembayaran menolak mengembalikan uang. Coba lagi, atau transfer secara manual lalu isi nomor referensi transfer pada pengembalian ini.",
        ),
        MailKind::RefundStuck => (
            "Pengembalian dana belum jelas",
            "Pengembalian uang sudah dicoba berkali-kali dan belum jelas apakah uangnya keluar. Periksa daftar pengembalian di penyedia: lalu coba lagi, atau transfer secara manual dan isi nomor referensi transfer pada pengembalian ini.",
        ),
        MailKind::TransferReported => (
            "Pelanggan menyatakan sudah transfer",
            "Periksa mutasi rekening, lalu konfirmasi pembayaran atau nyatakan tidak ada. Sampai saat itu layanan tidak dinonaktifkan.",
        ),
        MailKind::GatewayKeysRefused => (
            "Gerbang pembayaran menolak panggilan toko",
            "Gerbang pembayaran menolak kunci toko. Tidak ada yang dapat membayar lewat gerbang ini sampai kuncinya diperbaiki; yang menunggu akan dicoba lagi dengan sendirinya.",
        ),
        MailKind::GatewayMethodInactive => (
            "Cara pembayaran belum aktif",
            "Pelanggan ingin membayar dengan cara yang belum aktif untuk akun toko. Aktifkan di penyedia, atau hapus dari daftar cara pembayaran gerbang ini.",
        ),
        MailKind::ServerPaused => (
            "Server menolak akses",
            "Panel sebuah server menolak panggilan toko. Pekerjaan di server itu menunggu sampai aksesnya diperbaiki.",
        ),
        _ => (
            "Uang masuk tanpa tagihan terbuka",
            "Ada uang yang tidak ditunggu tagihan terbuka mana pun. Periksa dan putuskan: kembalikan atau catat.",
        ),
    }
}

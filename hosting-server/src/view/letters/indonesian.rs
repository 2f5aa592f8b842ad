//! The mails in Indonesian.

use hosting_core::model::MailKind;

use super::{
    account,
    facts::{Facts, with},
    sheet::Sheet,
    staff,
};

/// Writes one mail.
pub(super) fn write(facts: &Facts<'_>) -> Sheet {
    match facts.letter.kind {
        MailKind::VerifyEmail
        | MailKind::ResetPassword
        | MailKind::PasswordChanged
        | MailKind::ApiKeyCreated => about_the_user(facts),
        MailKind::Invitation
        | MailKind::ChangeEmail
        | MailKind::EmailTaken
        | MailKind::EmailChangeAsked
        | MailKind::EmailChanged => account::write(facts),
        MailKind::InvoiceIssued
        | MailKind::InvoiceReminder
        | MailKind::InvoiceOverdue
        | MailKind::PaymentReceived => about_an_invoice(facts),
        MailKind::PaymentUnapplied
        | MailKind::OrderPartlyPaid
        | MailKind::PaymentReversed
        | MailKind::PaymentChargedBack
        | MailKind::RefundedAtProvider
        | MailKind::RefundFailed
        | MailKind::RefundStuck
        | MailKind::TransferReported
        | MailKind::GatewayKeysRefused
        | MailKind::GatewayMethodInactive
        | MailKind::ServerPaused => staff::write(facts),
        MailKind::Welcome => welcome(facts),
        MailKind::Suspended | MailKind::Restored | MailKind::Cancelled | MailKind::Terminated => {
            about_a_service(facts)
        }
    }
}

fn begin(facts: &Facts<'_>, subject: String) -> Sheet {
    let name = facts.name().unwrap_or("Pelanggan");
    Sheet::about(subject, facts.shop()).say(format!("Halo {name},"))
}

fn about_the_user(facts: &Facts<'_>) -> Sheet {
    let shop = facts.shop();
    match facts.letter.kind {
        MailKind::VerifyEmail => begin(facts, format!("Konfirmasi alamat email Anda di {shop}"))
            .say("Terima kasih telah mendaftar. Buka tautan berikut untuk mengonfirmasi alamat email Anda.")
            .link("Konfirmasi alamat email", facts.page_with_token("/verify-email"))
            .say("Bila Anda tidak merasa mendaftar, abaikan email ini."),
        MailKind::PasswordChanged => begin(facts, format!("Kata sandi Anda di {shop} telah diubah"))
            .say("Kata sandi Anda telah diubah. Peramban Anda yang lain telah dikeluarkan, dan kunci API Anda tidak berlaku lagi.")
            .say("Bila bukan Anda yang mengubahnya, segera pilih kata sandi baru dan hubungi kami.")
            .link("Pilih kata sandi baru", facts.page("/forgot")),
        MailKind::ApiKeyCreated => begin(facts, format!("Kunci API baru untuk akun Anda di {shop}"))
            .say("Sebuah kunci API yang bertindak atas nama Anda telah dibuat.")
            .say("Bila bukan Anda yang membuatnya, segera pilih kata sandi baru, yang mengakhiri semua kunci, dan hubungi kami.")
            .link("Pilih kata sandi baru", facts.page("/forgot")),
        _ => begin(facts, format!("Pilih kata sandi baru untuk {shop}"))
            .say("Buka tautan berikut untuk memilih kata sandi baru. Tautan ini hanya berlaku sekali dan tidak lama.")
            .link("Pilih kata sandi baru", facts.page_with_token("/reset-password"))
            .say("Bila Anda tidak memintanya, Anda tidak perlu melakukan apa pun: tanpa tautan ini tidak ada yang dapat memilih kata sandi untuk akun Anda."),
    }
}

fn about_an_invoice(facts: &Facts<'_>) -> Sheet {
    let number = with(" ", facts.number());
    let rows = vec![
        ("Nomor tagihan", facts.number().map(str::to_owned)),
        ("Layanan", facts.service()),
        ("Total", facts.total()),
        ("Sisa tagihan", facts.balance()),
        ("Jatuh tempo", facts.due()),
    ];
    let pay = facts.invoice_page();
    match facts.letter.kind {
        MailKind::InvoiceReminder => begin(facts, format!("Pengingat tagihan{number}"))
            .say(format!(
                "Tagihan{number} masih menunggu pembayaran{}.",
                with(" dan jatuh tempo pada ", facts.due())
            ))
            .facts(rows)
            .link("Bayar tagihan", pay)
            .say("Bila Anda baru saja membayar, abaikan email ini."),
        MailKind::InvoiceOverdue => begin(facts, format!("Tagihan{number} telah lewat jatuh tempo"))
            .say(format!(
                "Pembayaran tagihan{number} belum kami terima. Mohon segera dibayar agar layanan Anda tetap aktif."
            ))
            .facts(rows)
            .link("Bayar tagihan", pay)
            .say("Bila Anda sudah membayar atau ada kendala, hubungi kami."),
        MailKind::PaymentReceived => begin(facts, format!("Pembayaran diterima untuk tagihan{number}"))
            .say("Terima kasih, pembayaran Anda sudah kami terima.")
            .facts(vec![
                ("Nomor tagihan", facts.number().map(str::to_owned)),
                ("Dibayar", facts.paid()),
                ("Sisa tagihan", facts.balance()),
            ])
            .link("Lihat tagihan", pay),
        _ => begin(facts, format!("Tagihan baru{number}{}", with(" sebesar ", facts.total())))
            .say("Tagihan baru telah terbit.")
            .facts(rows)
            .link("Lihat dan bayar tagihan", pay),
    }
}

fn welcome(facts: &Facts<'_>) -> Sheet {
    begin(facts, format!("Akun Anda siap{}", with(": ", facts.domain())))
        .say("Layanan Anda sudah aktif dan akunnya siap dipakai.")
        .facts(vec![
            ("Layanan", facts.service()),
            ("Domain", facts.domain().map(str::to_owned)),
            ("Nama pengguna panel", facts.username().map(str::to_owned)),
            ("Alamat server", facts.server()),
        ])
        .say("Kata sandi panel tidak kami kirim lewat email. Di halaman layanan Anda dapat masuk ke panel atau membuat kata sandi baru.")
        .link("Buka halaman layanan", facts.service_page())
}

fn about_a_service(facts: &Facts<'_>) -> Sheet {
    let service = with(" ", facts.service());
    let subject = with(": ", facts.service());
    let page = facts.service_page();
    match facts.letter.kind {
        MailKind::Suspended => begin(facts, format!("Layanan dinonaktifkan sementara{subject}"))
            .say(format!(
                "Layanan{service} kami nonaktifkan sementara karena tagihan belum dibayar. Semua data masih tersimpan{}.",
                with(" sampai ", facts.removal())
            ))
            .facts(vec![
                ("Nomor tagihan", facts.number().map(str::to_owned)),
                ("Sisa tagihan", facts.balance()),
            ])
            .link("Bayar tagihan", facts.invoice_page())
            .say("Begitu pembayaran masuk, layanan langsung aktif kembali."),
        MailKind::Restored => begin(facts, format!("Layanan aktif kembali{subject}"))
            .say(format!("Layanan{service} sudah aktif kembali. Terima kasih."))
            .link("Buka halaman layanan", page),
        MailKind::Cancelled => begin(facts, format!("Layanan dihentikan{subject}"))
            .say(format!(
                "Layanan{service} telah dihentikan.{}",
                facts.removal().map_or_else(String::new, |day| format!(
                    " Data akun akan dihapus pada {day}; simpan salinannya sebelum itu."
                ))
            ))
            .link("Buka halaman layanan", page),
        _ => begin(facts, format!("Akun dihapus{subject}"))
            .say(format!("Akun untuk layanan{service} beserta seluruh datanya telah dihapus."))
            .say("Terima kasih telah memakai layanan kami.")
            .link("Lihat layanan Anda", facts.page("/subscriptions")),
    }
}

//! What mails say, in Indonesian and English. Plain text: it reads everywhere and hides nothing.

use hosting_core::{
    model::MailKind,
    port::{Letter, LetterWriter, Written},
};

/// Writes the shop's mails.
#[derive(Debug, Clone)]
pub struct Letters {
    public_url: String,
}

impl Letters {
    /// Links lead to `public_url`, which has no slash at the end.
    pub fn new(public_url: impl Into<String>) -> Self {
        Self { public_url: public_url.into() }
    }

    fn link(&self, page: &str, letter: &Letter<'_>) -> String {
        let token = letter.token.map_or("", |it| it.expose());
        format!("{}/{page}?token={token}", self.public_url)
    }
}

/// `(Indonesian, English)` subject and first sentence.
const fn words(kind: MailKind) -> [(&'static str, &'static str); 2] {
    match kind {
        MailKind::VerifyEmail => [
            (
                "Konfirmasi alamat email Anda",
                "Buka tautan ini untuk mengonfirmasi alamat email Anda:",
            ),
            ("Confirm your e-mail address", "Open this link to confirm your e-mail address:"),
        ],
        MailKind::ResetPassword => [
            (
                "Pilih kata sandi baru",
                "Buka tautan ini dalam satu jam untuk memilih kata sandi baru:",
            ),
            ("Choose a new password", "Open this link within an hour to choose a new password:"),
        ],
        MailKind::InvoiceIssued => [
            ("Tagihan baru", "Tagihan baru telah terbit."),
            ("New invoice", "A new invoice has been issued."),
        ],
        MailKind::InvoiceReminder => [
            ("Tagihan segera jatuh tempo", "Tagihan Anda segera jatuh tempo."),
            ("Invoice due soon", "Your invoice falls due soon."),
        ],
        MailKind::InvoiceOverdue => [
            ("Tagihan lewat jatuh tempo", "Tagihan Anda telah lewat jatuh tempo."),
            ("Invoice overdue", "Your invoice is past its due date."),
        ],
        MailKind::PaymentReceived => [
            ("Pembayaran diterima", "Terima kasih, pembayaran Anda telah kami terima."),
            ("Payment received", "Thank you, your payment has arrived."),
        ],
        MailKind::PaymentUnapplied => [
            (
                "Pembayaran tanpa tagihan terbuka",
                "Pembayaran masuk tanpa tagihan yang menunggunya.",
            ),
            (
                "Payment without an open invoice",
                "A payment arrived that no open invoice waits for.",
            ),
        ],
        MailKind::Welcome => [
            ("Layanan Anda siap", "Layanan Anda sudah aktif."),
            ("Your service is ready", "Your service is active."),
        ],
        MailKind::Suspended => [
            ("Layanan dinonaktifkan", "Layanan Anda dinonaktifkan karena tagihan belum dibayar."),
            ("Service switched off", "Your service was switched off because an invoice is unpaid."),
        ],
        MailKind::Restored => [
            ("Layanan aktif kembali", "Layanan Anda aktif kembali."),
            ("Service switched on again", "Your service is active again."),
        ],
        MailKind::Cancelled => [
            ("Layanan dibatalkan", "Layanan Anda telah dibatalkan."),
            ("Service cancelled", "Your service was cancelled."),
        ],
        MailKind::Terminated => [
            ("Akun dihapus", "Akun layanan Anda telah dihapus."),
            ("Account removed", "The account of your service was removed."),
        ],
    }
}

impl LetterWriter for Letters {
    fn write(&self, letter: &Letter<'_>) -> Written {
        let english = letter.locale == "en";
        let [indonesian_words, english_words] = words(letter.kind);
        let (subject, opening) = if english { english_words } else { indonesian_words };
        let name = letter
            .customer
            .map(|it| it.name.as_str())
            .or_else(|| letter.user.map(|it| it.name.as_str()));
        let hello = if english { "Hello" } else { "Halo" };
        let mut lines =
            vec![name.map_or_else(|| format!("{hello},"), |it| format!("{hello} {it},"))];
        lines.push(String::new());
        lines.push(opening.to_owned());
        match letter.kind {
            MailKind::VerifyEmail => lines.push(self.link("verify-email", letter)),
            MailKind::ResetPassword => lines.push(self.link("reset-password", letter)),
            _ => lines.extend(facts(letter, english)),
        }
        lines.push(String::new());
        lines.push(letter.shop.seller.name.clone());
        lines.push(self.public_url.clone());
        let number = letter.invoice.and_then(|it| it.number.as_deref());
        let subject = number.map_or_else(|| subject.to_owned(), |it| format!("{subject}: {it}"));
        Written { subject, text: lines.join("\n"), html: None }
    }
}

/// What is known of the nouns a mail is about, one a line.
fn facts(letter: &Letter<'_>, english: bool) -> Vec<String> {
    let say = |indonesian: &'static str, in_english| if english { in_english } else { indonesian };
    let zone = letter.shop.zone;
    let mut lines = Vec::new();
    if let Some(invoice) = letter.invoice {
        if let Some(number) = &invoice.number {
            lines.push(format!("{}: {number}", say("Nomor", "Number")));
        }
        lines.push(format!("{}: {}", say("Jumlah", "Amount"), invoice.total));
        lines.push(format!("{}: {}", say("Jatuh tempo", "Due"), zone.date_of(invoice.due_at)));
    }
    if let Some(payment) = letter.payment {
        lines.push(format!("{}: {}", say("Pembayaran", "Payment"), payment.amount));
    }
    if let Some(account) = letter.account {
        lines.push(format!("{}: {}", say("Domain", "Domain"), account.domain));
        lines.push(format!("{}: {}", say("Nama pengguna", "User name"), account.username));
    }
    lines
}

//! The mails about an account that staff made, or that moves to another mail address.

use hosting_core::model::MailKind;

use super::{facts::Facts, sheet::Sheet};
use crate::view::Language;

/// Writes one mail.
pub(super) fn write(facts: &Facts<'_>) -> Sheet {
    match facts.language {
        Language::English => english(facts),
        Language::Indonesian => indonesian(facts),
    }
}

fn english(facts: &Facts<'_>) -> Sheet {
    let shop = facts.shop();
    let name = facts.name().unwrap_or("customer");
    let begin = |subject: String| Sheet::about(subject, shop).say(format!("Dear {name},"));
    match facts.letter.kind {
        MailKind::Invitation => begin(format!("Your account at {shop}"))
            .say(format!("{shop} has made an account for you with this mail address. Please open this link to choose your password. It works once and for seven days."))
            .link("Choose a password", facts.page_with_token("/reset-password"))
            .say("Nobody else knows or chooses your password. When the link is too old, ask for a new one where you log in."),
        MailKind::ChangeEmail => begin(format!("Confirm your new mail address at {shop}"))
            .say("Please open this link to move your account to this mail address. It works once and for one day; until then nothing changes.")
            .link("Use this mail address", facts.page_with_token("/verify-email"))
            .say("If you did not ask for it, please ignore this mail."),
        MailKind::EmailTaken => begin(format!("This mail address has an account at {shop}"))
            .say("Somebody, probably you, asked to move an account to this mail address. It has an account here already, so nothing was changed.")
            .say("You can log in with it. If you do not remember the password, choose a new one.")
            .link("Choose a new password", facts.page("/forgot")),
        MailKind::EmailChangeAsked => begin(format!("Your account at {shop} is to move to another mail address"))
            .say("Somebody who knows your password asked to move your account to another mail address. Nothing changes until the link in the mail to that address is opened.")
            .say("If this was not you, please choose a new password at once: the link does not work any more then.")
            .link("Choose a new password", facts.page("/forgot")),
        _ => begin(format!("Your account at {shop} has another mail address now"))
            .say("Your account was moved to another mail address. From now on you log in with that one, and our mails go there. Your other browsers were logged out.")
            .say("If this was not you, please write to us at once: choosing a new password with this address is not possible any more.")
            .link("Go to the shop", facts.page("/")),
    }
}

fn indonesian(facts: &Facts<'_>) -> Sheet {
    let shop = facts.shop();
    let name = facts.name().unwrap_or("Pelanggan");
    let begin = |subject: String| Sheet::about(subject, shop).say(format!("Halo {name},"));
    match facts.letter.kind {
        MailKind::Invitation => begin(format!("Akun Anda di {shop}"))
            .say(format!("{shop} telah membuatkan akun untuk Anda dengan alamat email ini. Buka tautan berikut untuk memilih kata sandi Anda. Tautan ini berlaku sekali dan selama tujuh hari."))
            .link("Pilih kata sandi", facts.page_with_token("/reset-password"))
            .say("Tidak ada orang lain yang mengetahui atau memilih kata sandi Anda. Bila tautan ini kedaluwarsa, mintalah yang baru di halaman masuk."),
        MailKind::ChangeEmail => begin(format!("Konfirmasi alamat email baru Anda di {shop}"))
            .say("Buka tautan berikut untuk memindahkan akun Anda ke alamat email ini. Tautan ini berlaku sekali dan selama satu hari; sampai saat itu tidak ada yang berubah.")
            .link("Gunakan alamat email ini", facts.page_with_token("/verify-email"))
            .say("Bila Anda tidak memintanya, abaikan email ini."),
        MailKind::EmailTaken => begin(format!("Alamat email ini sudah mempunyai akun di {shop}"))
            .say("Seseorang, mungkin Anda, meminta agar sebuah akun dipindahkan ke alamat email ini. Alamat ini sudah mempunyai akun di sini, jadi tidak ada yang diubah.")
            .say("Anda dapat masuk dengan alamat ini. Bila lupa kata sandinya, pilih yang baru.")
            .link("Pilih kata sandi baru", facts.page("/forgot")),
        MailKind::EmailChangeAsked => begin(format!("Permintaan memindahkan akun Anda di {shop} ke alamat email lain"))
            .say("Seseorang yang mengetahui kata sandi Anda meminta agar akun Anda dipindahkan ke alamat email lain. Tidak ada yang berubah sampai tautan di email ke alamat itu dibuka.")
            .say("Bila bukan Anda yang memintanya, segera pilih kata sandi baru: tautan itu tidak berlaku lagi sesudahnya.")
            .link("Pilih kata sandi baru", facts.page("/forgot")),
        _ => begin(format!("Akun Anda di {shop} kini memakai alamat email lain"))
            .say("Akun Anda telah dipindahkan ke alamat email lain. Mulai sekarang Anda masuk dengan alamat itu, dan email kami dikirim ke sana. Peramban Anda yang lain telah dikeluarkan.")
            .say("Bila bukan Anda yang mengubahnya, segera hubungi kami: memilih kata sandi baru dengan alamat ini tidak dapat dilakukan lagi.")
            .link("Buka toko", facts.page("/")),
    }
}

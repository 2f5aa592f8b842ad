//! Logging in, and the customer's own area.

use super::texts;

texts! {
    /// Registering, logging in, links from mails.
    Entry {
        log_in: "Masuk", "Log in";
        log_in_words: "Masuk untuk melihat layanan dan tagihan Anda.", "Log in to see your services and bills.";
        no_account: "Belum punya akun?", "No account yet?";
        has_account: "Sudah punya akun?", "Already have an account?";
        forgot: "Lupa kata sandi?", "Forgot your password?";
        register: "Daftar", "Register";
        register_words: "Data ini tercetak di tagihan Anda.", "This is printed on your bills.";
        email: "Alamat surel", "Mail address";
        password: "Kata sandi", "Password";
        new_password: "Kata sandi baru", "New password";
        current_password: "Kata sandi sekarang", "Current password";
        password_hint: "10 sampai 128 karakter", "10 to 128 characters";
        name: "Nama lengkap", "Full name";
        company: "Nama perusahaan", "Company";
        company_hint: "Kosongkan jika Anda perorangan", "Leave empty if you are a person";
        phone: "Nomor telepon", "Phone number";
        line1: "Jalan dan nomor", "Street and number";
        city: "Kota", "Town";
        region: "Provinsi", "Province";
        postcode: "Kode pos", "Postal code";
        country: "Kode negara", "Country code";
        country_hint: "Dua huruf, misalnya ID", "Two letters, for example ID";
        tax_id: "NPWP", "Tax number (NPWP)";
        optional: "boleh kosong", "optional";
        mail_sent: "Periksa surel Anda", "Look into your mail";
        mail_sent_words: "Jika alamat itu dapat kami pakai, sebuah tautan sudah kami kirim. Buka tautan itu untuk melanjutkan.", "If we can use that address, a link is in the mail. Open it to go on.";
        verify: "Pastikan alamat surel", "Confirm your mail address";
        verify_words: "Tekan tombol ini untuk memastikan bahwa alamat surel ini milik Anda.", "Press this button to confirm that the mail address is yours.";
        verify_button: "Pastikan", "Confirm";
        new_link: "Minta tautan baru", "Ask for a new link";
        new_link_words: "Tautan berlaku sekali dan tidak lama. Minta yang baru di sini.", "Links work once and not for long. Ask for a new one here.";
        send_link: "Kirim tautan", "Send the link";
        forgot_title: "Lupa kata sandi", "Forgotten password";
        forgot_words: "Kami mengirim tautan untuk memilih kata sandi baru.", "We mail you a link to choose a new password.";
        reset_title: "Pilih kata sandi baru", "Choose a new password";
        reset_words: "Semua peramban lain akan dikeluarkan.", "Every browser will be logged out.";
        save: "Simpan", "Save";
    }
}

texts! {
    /// What is wrong with a field.
    Form {
        misfit: "Isian ini tidak sesuai.", "This does not fit.";
        needed: "Isi satu baris, paling banyak 120 karakter.", "Fill in one line of 120 characters at most.";
        email: "Tulis alamat surel, misalnya rani@contoh.id.", "Type a mail address such as rani@example.com.";
        password: "Pakai 10 sampai 128 karakter yang sulit ditebak.", "Use 10 to 128 characters that are hard to guess.";
        wrong_password: "Ini bukan kata sandi Anda.", "This is not your password.";
        phone: "Tulis nomor dengan kode negara, misalnya +62 812 3456 7890.", "Type a number with its country code, such as +62 812 3456 7890.";
        company: "Tulis nama perusahaan, paling banyak 120 karakter.", "Type the company's name, 120 characters at most.";
        country: "Tulis dua huruf, misalnya ID.", "Type two letters such as ID.";
        domain: "Tulis nama domain, misalnya nusakopi.com.", "Type a domain name such as nusakopi.com.";
        quantity: "Tulis bilangan 1 sampai 100.", "Type a whole number from 1 to 100.";
        plan: "Pilih paket yang sedang dijual.", "Choose a plan that is on sale.";
        cycle: "Paket ini tidak dijual untuk masa sewa itu.", "This plan is not sold for that term.";
        too_many_lines: "Keranjang memuat paling banyak 20 baris.", "A cart has 20 lines at most.";
        token: "Tautan ini sudah tidak berlaku.", "This link is not valid any more.";
        reason: "Tulis 1 sampai 500 karakter.", "Type 1 to 500 characters.";
        not_let_in: "Alamat surel atau kata sandi salah, atau alamat itu belum dipastikan.", "The mail address or the password is wrong, or the address is not confirmed yet.";
        look: "Periksa isian yang ditandai.", "Please look at the marked fields.";
    }
}

texts! {
    /// The customer's overview and lists.
    Me {
        overview: "Ringkasan", "Overview";
        services: "Layanan", "Services";
        orders: "Pesanan", "Orders";
        invoices: "Tagihan", "Invoices";
        profile: "Profil", "Profile";
        hello: "Halo, {name}", "Hello, {name}";
        hello_words: "Layanan dan tagihan Anda.", "Your services and bills.";
        open_invoices: "Tagihan terbuka", "Open invoices";
        no_open: "Tidak ada tagihan yang menunggu.", "No bill is waiting.";
        no_services: "Belum ada layanan", "No services yet";
        no_services_words: "Layanan Anda tampil di sini setelah Anda memesan.", "Your services appear here once you have ordered.";
        no_orders: "Belum ada pesanan", "No orders yet";
        no_invoices: "Belum ada tagihan", "No invoices yet";
        new_service: "Layanan baru", "New service";
        all: "Semua", "All";
        more: "Berikutnya", "Next";
        first: "Ke awal", "Back to the start";
        see: "Lihat", "See";
        pay: "Bayar", "Pay";
        number: "Nomor", "Number";
        issued: "Terbit", "Issued";
        due: "Jatuh tempo", "Due";
        amount: "Jumlah", "Amount";
        status: "Status", "Status";
        domain: "Domain", "Domain";
        paid_until: "Dibayar sampai", "Paid until";
        placed: "Dipesan", "Placed";
        order: "Pesanan", "Order";
        bill: "Tagihan", "Bill";
        cancel_order: "Batalkan pesanan", "Cancel the order";
        cancel_order_words: "Tagihan dan penawaran pembayarannya ikut dibatalkan.", "Its bill and the offers to pay it end, too.";
        staff: "Anda masuk sebagai staf ({role}).", "You are logged in as staff ({role}).";
        staff_words: "Kantor belakang adalah API. Dokumennya ada di sini:", "The back office is the API. Its reference is here:";
    }
}

texts! {
    /// One service.
    Service {
        plan: "Paket", "Plan";
        price: "Harga", "Price";
        next_bill: "Tagihan berikutnya", "Next bill";
        account: "Akun hosting", "Hosting account";
        making: "Akun sedang dibuat. Halaman ini memuat ulang sendiri.", "The account is being made. This page reloads by itself.";
        waiting: "Akun dibuat setelah tagihannya dibayar.", "The account is made once its bill is paid.";
        failed: "Akun belum berhasil dibuat. Staf kami sudah diberi tahu.", "The account could not be made yet. Our staff know of it.";
        gone: "Akun ini sudah dihapus.", "This account was removed.";
        off: "Layanan dimatikan karena tagihan belum dibayar.", "The service is switched off because a bill is unpaid.";
        username: "Nama pengguna", "User name";
        server: "Server", "Server";
        disk: "Ruang terpakai", "Disk in use";
        of: "dari", "of";
        entering: "Panel dibuka", "Opening the panel";
        entering_words: "Jika panel tidak terbuka sendiri, tekan tautan ini. Tautan berlaku sekali.", "If the panel does not open by itself, press this link. It works once.";
        enter: "Masuk ke panel", "Enter the panel";
        new_password: "Buat kata sandi panel baru", "Make a new panel password";
        password_title: "Kata sandi panel baru", "New panel password";
        password_words: "Kata sandi ini hanya tampil sekali. Simpan sekarang.", "This password is shown only once. Keep it now.";
        password_pending: "Panel belum memastikannya; cobalah beberapa menit lagi.", "The panel has not confirmed it yet; try it in a few minutes.";
        back: "Kembali ke layanan", "Back to the service";
        end: "Akhiri layanan", "End the service";
        end_words: "Yang sudah dibayar tidak hilang jika Anda memilih akhir masa.", "Nothing that is paid is lost when you choose the end of the term.";
        when: "Kapan", "When";
        at_end: "Pada akhir masa yang dibayar", "At the end of what is paid";
        now: "Sekarang juga", "At once";
        reason: "Alasan", "Why";
        ends: "Layanan ini berakhir pada {day}.", "This service ends on {day}.";
        ended: "Layanan ini berakhir pada {day}.", "This service ended on {day}.";
        removal: "Akunnya dihapus pada {day}.", "Its account is removed on {day}.";
        keep: "Batalkan pengakhiran", "Keep the service";
    }
}

texts! {
    /// The customer's own data.
    Profile {
        data: "Data Anda", "Your data";
        data_words: "Tagihan yang sudah terbit tidak berubah.", "Bills that were issued do not change.";
        email: "Alamat surel", "Mail address";
        email_words: "Anda masuk dengan {email}. Tautan dikirim ke alamat yang baru; alamat berubah setelah tautan itu dibuka.", "You log in with {email}. A link is mailed to the new address; the address changes when it is opened.";
        new_email: "Alamat surel baru", "New mail address";
        email_move: "Kirim tautan", "Mail the link";
        language: "Bahasa surel", "Language of mails";
        password: "Kata sandi", "Password";
        password_words: "Peramban lain akan dikeluarkan.", "Other browsers are logged out.";
        sessions: "Peramban yang masuk", "Browsers that are logged in";
        this: "peramban ini", "this browser";
        since: "sejak {time}", "since {time}";
        end: "Keluarkan", "Log it out";
    }
}

texts! {
    /// What was just done.
    Done {
        saved: "Tersimpan.", "Saved.";
        password: "Kata sandi sudah diganti.", "The password is changed.";
        email: "Tautan sudah dikirim ke alamat yang baru.", "A link is in the mail to the new address.";
        verified: "Alamat surel Anda sudah dipastikan. Silakan masuk.", "Your mail address is confirmed. Please log in.";
        reset: "Kata sandi sudah diganti. Silakan masuk.", "The password is changed. Please log in.";
        logged_out: "Anda sudah keluar.", "You are logged out.";
        added: "Sudah masuk keranjang.", "It is in the cart.";
        asked: "Penyedia pembayaran sudah ditanya; pembayaran belum tercatat.", "The payment provider was asked; no payment has arrived yet.";
        cancelled: "Sudah dibatalkan.", "It is cancelled.";
        kept: "Layanan Anda berlanjut.", "Your service goes on.";
        session_ended: "Peramban itu sudah dikeluarkan.", "That browser is logged out.";
    }
}

texts! {
    /// What went wrong.
    Error {
        not_found: "Halaman ini tidak ada", "This page is not there";
        not_found_words: "Mungkin alamatnya salah, atau isinya bukan milik Anda.", "The address may be wrong, or what is there is not yours.";
        forbidden: "Anda tidak dapat membukanya", "This is not for you";
        forbidden_words: "Akun Anda tidak memiliki izin untuk ini.", "Your account may not do this.";
        too_many: "Terlalu banyak percobaan", "Too many attempts";
        too_many_words: "Tunggu sebentar, lalu coba lagi.", "Wait a little, then try again.";
        refused: "Ini tidak dapat dilakukan sekarang", "This is not possible now";
        refused_words: "Keadaannya tidak mengizinkan. Muat ulang halaman untuk melihat keadaan terbaru.", "The present state does not allow it. Load the page again to see it.";
        unavailable: "Sebentar", "One moment";
        unavailable_words: "Toko sedang sibuk. Coba lagi beberapa detik lagi.", "The shop is busy. Please try again in a few seconds.";
        malformed: "Permintaan ini tidak dapat dibaca", "This request cannot be read";
        malformed_words: "Kembali ke halaman sebelumnya dan coba lagi.", "Go back and try again.";
        internal: "Ada yang salah di pihak kami", "Something went wrong on our side";
        internal_words: "Kejadian ini sudah tercatat. Coba lagi nanti.", "It is in our log. Please try again later.";
        home: "Ke beranda", "To the front page";
    }
}

//! Bills, paying them, and the names of states and times.

use super::texts;

texts! {
    /// An invoice.
    Bill {
        invoice: "Tagihan", "Invoice";
        print: "Cetak", "Print";
        back: "Ke semua tagihan", "To all invoices";
        from: "Dari", "From";
        to: "Kepada", "Billed to";
        dates: "Tanggal", "Dates";
        issued: "Terbit {day}", "Issued {day}";
        due: "Jatuh tempo {day}", "Due {day}";
        paid_on: "Lunas {day}", "Paid {day}";
        order: "Pesanan", "Order";
        tax_id: "NPWP", "NPWP";
        item: "Uraian", "Item";
        quantity: "Jumlah", "Qty";
        price: "Harga", "Price";
        net: "Tanpa pajak", "Net";
        setup: "biaya awal", "set-up fee";
        off: "kupon −{amount}", "coupon −{amount}";
        subtotal: "Jumlah", "Subtotal";
        discount: "Potongan", "Discount";
        tax_base: "{name} {rate} × {factor} dari {net}", "{name} {rate} × {factor} of {net}";
        tax_plain: "{name} {rate} dari {net}", "{name} {rate} of {net}";
        total: "Total", "Total";
        paid: "Sudah dibayar", "Paid";
        balance: "Sisa", "To be paid";
        questions: "Pertanyaan tentang tagihan ini: {email}", "Questions about this invoice: {email}";
    }
}

texts! {
    /// Paying.
    Pay {
        title: "Cara membayar", "How to pay";
        choose: "Pilih cara membayar", "Choose how to pay";
        none: "Tidak ada cara bayar untuk jumlah ini. Tulis kepada kami: {email}", "There is no way to pay this amount. Please write to us: {email}";
        waiting: "Menunggu", "Waiting";
        number: "Nomor virtual account", "Virtual account number";
        copy: "Salin", "Copy";
        copied: "Tersalin", "Copied";
        va_1: "Buka aplikasi bank atau ATM, lalu pilih transfer ke virtual account.", "Open your bank's app or a cash machine and choose transfer to a virtual account.";
        va_2: "Masukkan nomor di atas. Jumlah {amount} harus tepat.", "Type the number above. The amount {amount} must be exact.";
        va_3: "Pastikan. Pembayaran tercatat dengan sendirinya.", "Confirm. The payment is noticed by itself.";
        biller: "Kode perusahaan", "Biller code";
        bill_key: "Kode bayar", "Bill key";
        bill_1: "Di Livin' by Mandiri atau ATM Mandiri, pilih Bayar, lalu Multipayment.", "In Livin' by Mandiri or at a Mandiri cash machine choose Pay, then Multipayment.";
        bill_2: "Masukkan kode perusahaan, lalu kode bayar. Jumlahnya {amount}.", "Type the biller code, then the bill key. The amount is {amount}.";
        qr: "Kode QR untuk {amount}", "QR code for {amount}";
        qr_words: "Pindai dengan aplikasi bank atau dompet digital yang mendukung QRIS.", "Scan it with any bank app or wallet that reads QRIS.";
        wallet: "Buka aplikasinya", "Open the app";
        wallet_words: "Di ponsel, tekan tombol. Di komputer, pindai kodenya dengan ponsel.", "On a phone press the button. At a computer scan the code with a phone.";
        wallet_alone: "Buka halaman ini di ponsel yang memiliki aplikasinya, lalu tekan tombol.", "Open this page on the phone that has the app, and press the button.";
        transfer: "Transfer ke", "Transfer to";
        reference: "Tulis di berita transfer", "Write in the transfer";
        transfer_words: "Transfer tepat {amount}. Staf kami memastikannya setelah uang masuk; ini dapat memakan waktu satu hari kerja.", "Transfer exactly {amount}. Our staff confirm it once the money is there; that may take a working day.";
        until: "Berlaku sampai {time}, {left} lagi", "Valid until {time}, {left} left";
        moves_on: "Halaman ini berlanjut sendiri setelah pembayaran diterima.", "This page moves on by itself when the payment arrives.";
        no_answer: "Penyedia pembayaran belum menjawab. Halaman ini memuat ulang sendiri.", "The payment provider has not answered yet. This page reloads by itself.";
        i_have_paid: "Saya sudah membayar", "I have paid";
        too_often: "Baru saja ditanyakan. Tunggu satu menit, lalu coba lagi.", "It was asked a moment ago. Wait a minute, then try again.";
        withdraw: "Batalkan cara ini", "Withdraw this offer";
        another: "Cara bayar lain", "Another way to pay";
        paid: "Sudah lunas. Terima kasih!", "It is paid. Thank you!";
        paid_words: "Layanan Anda:", "Your services:";
        void: "Tagihan ini sudah ditarik. Tidak perlu dibayar.", "This bill was withdrawn. There is nothing to pay.";
        refunded: "Uang untuk tagihan ini sudah dikembalikan.", "The money for this bill was given back.";
        history: "Riwayat pembayaran", "Payments";
    }
}

texts! {
    /// The names of states.
    State {
        pending: "Menunggu", "Waiting";
        paid: "Lunas", "Paid";
        cancelled: "Dibatalkan", "Cancelled";
        refunded: "Dikembalikan", "Refunded";
        failed: "Gagal", "Failed";
        draft: "Konsep", "Draft";
        unpaid: "Belum dibayar", "Unpaid";
        partial: "Sebagian dibayar", "Partly paid";
        overdue: "Lewat jatuh tempo", "Overdue";
        void: "Ditarik", "Withdrawn";
        trialing: "Masa coba", "Trial";
        active: "Aktif", "Active";
        past_due: "Tertunggak", "Past due";
        suspended: "Dimatikan", "Switched off";
        ended: "Berakhir", "Ended";
        terminated: "Dihapus", "Removed";
        challenge: "Diperiksa", "Under review";
        unknown: "Sedang ditanyakan", "Being looked up";
        succeeded: "Diterima", "Received";
        expired: "Kedaluwarsa", "Expired";
    }
}

texts! {
    /// Times.
    Time {
        minutes: "menit", "min";
        hours: "jam", "h";
        days: "hari", "days";
        months: "bulan", "months";
        monthly: "1 bulan", "1 month";
        quarterly: "3 bulan", "3 months";
        semiannually: "6 bulan", "6 months";
        annually: "1 tahun", "1 year";
        biennially: "2 tahun", "2 years";
        triennially: "3 tahun", "3 years";
    }
}

//! The shop that guests see.

use super::texts;

texts! {
    /// Around every page.
    Nav {
        skip: "Langsung ke isi", "Skip to content";
        menu: "Menu", "Menu";
        main: "Utama", "Main";
        plans: "Paket hosting", "Hosting plans";
        questions: "Tanya jawab", "Questions";
        api: "Referensi API", "API reference";
        cart: "Keranjang", "Cart";
        log_in: "Masuk", "Log in";
        log_out: "Keluar", "Log out";
        register: "Daftar", "Register";
        my_account: "Akun saya", "My account";
        to_dark: "Ganti ke tampilan gelap", "Switch to the dark look";
        to_light: "Ganti ke tampilan terang", "Switch to the light look";
        language: "English", "Bahasa Indonesia";
        shop: "Toko", "Shop";
        account: "Akun", "Account";
        contact: "Kontak", "Contact";
        tagline: "Hosting web dengan tagihan yang jelas.", "Web hosting with clear bills.";
    }
}

texts! {
    /// The front page.
    Home {
        title: "Hosting web", "Web hosting";
        pill: "Bayar dengan QRIS atau virtual account", "Pay with QRIS or a virtual account";
        headline: "Situs Anda daring begitu tagihan dibayar.", "Your site goes online once the bill is paid.";
        lead: "Pilih paket, masukkan nama domain Anda, lalu bayar. Akun hosting dibuat otomatis setelah pembayaran diterima.", "Choose a plan, type your domain name and pay. The hosting account is made by itself once the payment has arrived.";
        choose: "Pilih paket", "Choose a plan";
        how: "Cara kerjanya", "How it works";
        fact_price: "Harga tampil sebelum memesan", "Prices are shown before you order";
        fact_cancel: "Berhenti kapan saja", "End it whenever you like";
        fact_tax: "Pajak ditulis terpisah di tagihan", "Tax is shown separately on bills";
        from: "mulai", "from";
        start_here: "Paket dan harga mulai", "Plans and prices from";
        ways: "Cara bayar", "Ways to pay";
        plans_eyebrow: "Paket", "Plans";
        plans_title: "Harga yang jelas", "Clear prices";
        plans_lead: "Semakin panjang masa sewa, semakin murah. Harga belum termasuk pajak; pajak tampil di keranjang.", "The longer the term, the lower the price. Prices are without tax; the cart shows the tax.";
        steps_eyebrow: "Tiga langkah", "Three steps";
        steps_title: "Dari pesanan sampai daring", "From the order to a running site";
        steps_lead: "Setiap langkah tercatat dan dapat dilihat di akun Anda.", "Every step is recorded and can be seen in your account.";
        step1: "Pesan", "Order";
        step1_words: "Pilih paket dan masa sewa, lalu tulis nama domain yang akan dipakai akun hosting.", "Choose a plan and a term, and type the domain name that the hosting account will serve.";
        step2: "Bayar", "Pay";
        step2_words: "Tagihan menunjukkan nomor virtual account atau kode QR. Pembayaran tercatat tanpa perlu mengirim bukti, kecuali transfer manual.", "The bill shows a virtual account's number or a QR code. Payments are noticed without sending proof, except manual transfers.";
        step3: "Pakai", "Use it";
        step3_words: "Akun dibuat setelah pembayaran diterima. Masuk ke panel dari halaman layanan Anda.", "The account is made after the payment has arrived. Enter the panel from your service's page.";
        api: "Semuanya juga lewat API", "Everything over an API, too";
        api_words: "Yang dapat dilakukan di halaman ini dapat juga dilakukan oleh program Anda.", "What these pages do, your programs can do.";
        api_link: "Buka dokumen OpenAPI", "Open the OpenAPI document";
        faq_eyebrow: "Tanya jawab", "Questions";
        faq_title: "Sebelum Anda bertanya", "Before you ask";
        faq_lead: "Ada pertanyaan lain? Tulis kepada kami.", "Something else? Write to us.";
        q_pay: "Bagaimana cara membayar?", "How can I pay?";
        a_pay: "Dengan {ways}. Cara yang tersedia tergantung jumlah tagihan; batas waktu setiap penawaran tertulis di halaman tagihan.", "With {ways}. Which ones take your bill depends on its amount; how long an offer lasts is written on the bill's page.";
        q_late: "Apa yang terjadi jika saya terlambat membayar?", "What happens if I pay late?";
        a_late: "Tagihan perpanjangan terbit {lead} hari sebelum masa sewa habis. Layanan dimatikan jika belum dibayar {grace} hari setelah jatuh tempo; isinya disimpan {keep} hari lagi dan hidup kembali begitu dibayar.", "Renewals are billed {lead} days before the paid term ends. A service is switched off when its bill is unpaid {grace} days after it was due; everything is kept for another {keep} days and comes back once you pay.";
        q_tax: "Apakah pajak tertulis di tagihan?", "Do bills show the tax?";
        a_tax: "Ya. Setiap tagihan bernomor dan menuliskan pajak per tarif. Isi NPWP di profil agar tercetak di tagihan berikutnya.", "Yes. Every bill has a number and shows the tax by rate. Type your tax number into your profile and it is printed on the next bills.";
        q_end: "Bagaimana cara berhenti?", "How do I stop?";
        a_end: "Di halaman layanan, kapan saja: langsung, atau pada akhir masa yang sudah dibayar. Yang terakhir masih dapat dibatalkan.", "On the service's page, whenever you like: at once, or at the end of what is paid. The latter can be taken back.";
        cta: "Siap memulai?", "Ready to start?";
        cta_words: "Lihat paketnya; harga lengkap dengan pajak tampil di keranjang.", "Look at the plans; the cart shows the whole price with tax.";
    }
}

texts! {
    /// Products and plans.
    Catalog {
        title: "Yang kami jual", "What we sell";
        lead: "Semua produk dengan harga mulai, belum termasuk pajak.", "All products with their lowest prices, without tax.";
        empty: "Belum ada yang dijual.", "Nothing is for sale yet.";
        see_plans: "Lihat paket", "See the plans";
        no_plans: "Paket produk ini sedang tidak dijual.", "No plan of this product is on sale now.";
        term: "Masa sewa", "Term";
        per: "untuk", "for";
        a_month: "per bulan", "a month";
        setup: "ditambah biaya awal {fee} sekali", "plus {fee} once for setting up";
        no_setup: "tanpa biaya awal", "no set-up fee";
        monthly_price: "setara {price} per bulan", "that is {price} a month";
        saves: "hemat {percent}%", "saves {percent}%";
        trial: "{days} hari pertama gratis", "first {days} days free";
        sold_out: "Habis", "Sold out";
        not_this_term: "Tidak dijual untuk masa ini", "Not sold for this term";
        choose: "Pilih {name}", "Choose {name}";
        order: "Pesan", "Order";
        order_lead: "Tulis domain yang akan dipakai akun hosting. Domain itu sendiri tidak ikut dibeli di sini.", "Type the domain that the hosting account will serve. The domain itself is not bought here.";
        plan: "Paket", "Plan";
        domain: "Nama domain", "Domain name";
        domain_hint: "Contoh: nusakopi.com", "For example nusakopi.com";
        quantity: "Jumlah", "Quantity";
        add: "Masukkan ke keranjang", "Put into the cart";
    }
}

texts! {
    /// Cart and checkout.
    Cart {
        title: "Keranjang Anda", "Your cart";
        empty: "Keranjang Anda masih kosong.", "Your cart is empty.";
        empty_words: "Pilih sebuah paket untuk memulai.", "Choose a plan to begin.";
        step_review: "Periksa", "Review";
        step_details: "Data diri", "Your details";
        step_pay: "Bayar", "Pay";
        items: "Isi keranjang", "What is in it";
        update: "Ubah", "Change";
        remove: "Keluarkan", "Remove";
        summary: "Ringkasan", "Summary";
        subtotal: "Jumlah", "Subtotal";
        discount: "Kupon {code}", "Coupon {code}";
        tax: "{name} {rate} × {factor}", "{name} {rate} × {factor}";
        tax_plain: "{name} {rate}", "{name} {rate}";
        total: "Dibayar sekarang", "Due now";
        coupon: "Kode kupon", "Coupon code";
        apply: "Pakai", "Apply";
        take_out: "Lepas kupon", "Take the coupon out";
        applied: "Kupon {code} dipakai.", "Coupon {code} counts.";
        bad_code: "Kode kupon terdiri dari 1 sampai 40 huruf, angka, dan tanda hubung.", "A coupon's code is 1 to 40 letters, digits and dashes.";
        go_on: "Lanjutkan", "Continue";
        guest_tax: "Pajak dihitung untuk perorangan di negara penjual sampai Anda masuk.", "Until you log in, tax is reckoned for a person in the seller's country.";
        no_price: "Keranjang ini tidak dapat dipesan seperti sekarang. Keluarkan paket yang sudah tidak dijual.", "This cart cannot be ordered as it is. Take out what is no longer sold.";
        renews: "masa sewa {cycle}", "term of {cycle}";
        checkout: "Periksa dan pesan", "Check and order";
        bill_to: "Ditagihkan kepada", "Billed to";
        change: "Ubah data", "Change your data";
        place: "Pesan dan bayar", "Order and pay";
        place_words: "Pesanan menerbitkan tagihan. Cara bayar dipilih di langkah berikutnya.", "Ordering issues a bill. You choose how to pay in the next step.";
        who: "Siapa yang memesan?", "Who is ordering?";
        who_words: "Masuk atau daftar; isi keranjang tetap ada.", "Log in or register; the cart stays as it is.";
        staff: "Anda masuk sebagai staf. Hanya pelanggan yang dapat memesan.", "You are logged in as staff. Only customers can order.";
    }
}

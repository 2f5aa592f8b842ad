//! The administrator and ten customers; all invented.

use hosting_core::{
    change::ChangeSet,
    decide::Context,
    kernel::{Currency, Email},
    model::{
        Address, Customer, CustomerId, CustomerKind, CustomerStatus, DomainEvent, Role, User,
        UserId, UserStatus, access::PasswordHash,
    },
};

use super::Seed;

/// Name, company, town, mailbox.
const PEOPLE: [(&str, Option<&str>, &str, &str); 10] = [
    ("Rani Wulandari", Some("Nusa Kopi"), "Bandung", "rani"),
    ("Bagas Pratama", Some("Studio Biru"), "Yogyakarta", "bagas"),
    ("Mega Kusuma", None, "Surakarta", "mega"),
    ("Yoga Hidayat", None, "Malang", "yoga"),
    ("Laras Putri", None, "Denpasar", "laras"),
    ("Dimas Saputra", Some("CV Sinar Abadi"), "Semarang", "dimas"),
    ("Ayu Lestari", None, "Surabaya", "ayu"),
    ("Fajar Nugroho", Some("PT Laut Tenang"), "Makassar", "fajar"),
    ("Sari Indah", None, "Medan", "sari"),
    ("Wahyu Setiawan", None, "Balikpapan", "wahyu"),
];

/// The first staff member.
pub(super) fn administrator(context: &Context<'_>, seed: &Seed, changes: &mut ChangeSet) {
    let user = user(context, &seed.admin_email, "Administrator", &seed.admin_password, None);
    let user = User { role: Role::Admin, ..user };
    context.record(changes, user.id, DomainEvent::UserCreated { role: Role::Admin });
    changes.users.add(user);
}

/// Ten customers; the first can log in.
pub(super) fn customers(context: &Context<'_>, seed: &Seed, changes: &mut ChangeSet) {
    for (at, (name, company, city, mailbox)) in PEOPLE.into_iter().enumerate() {
        let Ok(email) = format!("{mailbox}@customer.example.com").parse::<Email>() else {
            continue;
        };
        let email = if at == 0 { seed.customer_email.clone() } else { email };
        let customer = customer(context, name, company, city, email);
        let mut user_id = None::<UserId>;
        if at == 0 {
            let password = &seed.customer_password;
            let user = user(context, &seed.customer_email, name, password, Some(customer.id));
            user_id = Some(user.id);
            context.record(changes, user.id, DomainEvent::UserCreated { role: Role::Customer });
            changes.users.add(user);
        }
        context.record(changes, customer.id, DomainEvent::CustomerCreated { user_id });
        changes.customers.add(customer);
    }
}

fn user(
    context: &Context<'_>,
    email: &Email,
    name: &str,
    password: &PasswordHash,
    customer_id: Option<CustomerId>,
) -> User {
    User {
        id: context.id(),
        email: email.clone(),
        name: name.to_owned(),
        password_hash: password.clone(),
        role: Role::Customer,
        status: UserStatus::Active,
        customer_id,
        locale: "id".to_owned(),
        email_verified_at: Some(context.now()),
        credentials_epoch: 0,
        created_at: context.now(),
        updated_at: context.now(),
        deleted_at: None,
    }
}

fn customer(
    context: &Context<'_>,
    name: &str,
    company: Option<&str>,
    city: &str,
    email: Email,
) -> Customer {
    let kind = if company.is_some() { CustomerKind::Company } else { CustomerKind::Individual };
    Customer {
        id: context.id(),
        kind,
        name: name.to_owned(),
        company: company.map(str::to_owned),
        email,
        phone: None,
        address: Address {
            line1: "Jl. Merdeka 1".to_owned(),
            line2: None,
            city: city.to_owned(),
            region: None,
            postcode: None,
            country: hosting_core::kernel::text::indonesia(),
        },
        tax_id: None,
        currency: Currency::IDR,
        locale: "id".to_owned(),
        status: CustomerStatus::Active,
        hold: None,
        created_at: context.now(),
        updated_at: context.now(),
        deleted_at: None,
    }
}

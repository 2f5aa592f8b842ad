//! The seller, the taxes, the server.

use chrono::NaiveDate;
use hosting_core::{
    change::ChangeSet,
    decide::Context,
    kernel::{CountryCode, Rate, Ratio},
    model::{
        Address, CustomerKind, Party, Server, ServerId, ServerStatus, Setting, ShopSettings,
        TaxMode, TaxRule, sealing,
    },
    service::Ports,
};

use super::Seed;

fn indonesia() -> CountryCode {
    hosting_core::kernel::text::indonesia()
}

/// The shop's own data.
pub(super) fn settings(context: &Context<'_>, changes: &mut ChangeSet) {
    let shop = ShopSettings {
        seller: Party {
            name: "PT Contoh Awan Nusantara".to_owned(),
            attention: None,
            address: Address {
                line1: "Jl. Kebon Sirih 18".to_owned(),
                line2: None,
                city: "Jakarta".to_owned(),
                region: Some("DKI Jakarta".to_owned()),
                postcode: Some("10110".to_owned()),
                country: indonesia(),
            },
            tax_id: Some("01.234.567.8-021.000".to_owned()),
            email: "billing@shop.example.com".to_owned(),
        },
        ..ShopSettings::default()
    };
    let value = serde_json::to_value(&shop).unwrap_or_default();
    changes.settings.add(Setting {
        id: context.id(),
        key: "shop".to_owned(),
        value,
        created_at: context.now(),
        updated_at: context.now(),
    });
}

/// PPN as it is printed on invoices since 2022: eleven per cent on top of prices. Since 2025 the
/// statutory rate is twelve per cent of eleven twelfths of the price, which comes to the same.
/// Source: UU 7/2021 and PMK 131/2024.
pub(super) fn taxes(context: &Context<'_>, changes: &mut ChangeSet) {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    let rule = |points, base_factor, from, until| TaxRule {
        id: context.id(),
        name: "PPN".to_owned(),
        country: Some(indonesia()),
        region: None,
        customer_kind: None::<CustomerKind>,
        rate: Rate::from_basis_points(points),
        base_factor,
        mode: TaxMode::Exclusive,
        valid_from: from,
        valid_until: until,
        created_at: context.now(),
        updated_at: context.now(),
    };
    let eleven_twelfths = Ratio::new(11, 12).unwrap_or(Ratio::ONE);
    let new_law = day(2025, 1, 1);
    changes.tax_rules.add(rule(1100, Ratio::ONE, day(2022, 4, 1), Some(new_law)));
    changes.tax_rules.add(rule(1200, eleven_twelfths, new_law, None));
}

/// One WHM server with room for two hundred accounts.
pub(super) fn server(context: &Context<'_>, ports: &Ports, told: &Seed, changes: &mut ChangeSet) {
    let id: ServerId = context.id();
    let place = sealing::server_secret(id);
    changes.servers.add(Server {
        id,
        name: "jakarta-1".to_owned(),
        panel: "cpanel".to_owned(),
        server_group: "shared".to_owned(),
        base_url: told.panel_url.clone(),
        username: told.panel_user.clone(),
        secret: ports.secrets.seal(&told.panel_token, &place, ports.nonce()),
        ca_pem: None,
        cert_sha256: None,
        max_accounts: 200,
        status: ServerStatus::Active,
        paused_at: None,
        paused_until: None,
        pause_reason: None,
        created_at: context.now(),
        updated_at: context.now(),
        deleted_at: None,
    });
}

//! Three sizes of hosting in the six cycles, and a coupon.

use hosting_core::{
    change::ChangeSet,
    decide::Context,
    kernel::{BillingCycle, Currency, Money, Rate, Slug},
    model::{
        AppliesTo, Coupon, CouponStatus, Discount, Feature, Plan, PlanPrice, Product, ProductId,
        ProductStatus,
    },
};

struct Size {
    slug: &'static str,
    name: &'static str,
    description: &'static str,
    monthly: i64,
    setup: i64,
    trial_days: i64,
    features: &'static [(&'static str, &'static str)],
}

const SIZES: [Size; 3] = [
    Size {
        slug: "starter",
        name: "Starter",
        description: "For a first site, a portfolio or a small blog.",
        monthly: 39_000,
        setup: 0,
        trial_days: 14,
        features: &[("Websites", "1"), ("Storage", "10 GB"), ("Mailboxes", "2")],
    },
    Size {
        slug: "business",
        name: "Business",
        description: "For shops and companies that live from their site.",
        monthly: 89_000,
        setup: 0,
        trial_days: 0,
        features: &[("Websites", "10"), ("Storage", "50 GB"), ("Mailboxes", "25")],
    },
    Size {
        slug: "scale",
        name: "Scale",
        description: "For agencies with many clients and busy days.",
        monthly: 219_000,
        setup: 50_000,
        trial_days: 0,
        features: &[("Websites", "unlimited"), ("Storage", "150 GB"), ("Mailboxes", "100")],
    },
];

/// Months of each cycle that is sold, and how much of the monthly price is asked for each, in per
/// cent: whoever commits for longer pays less.
const CYCLES: [(BillingCycle, i64, i64); 6] = [
    (BillingCycle::MONTHLY, 1, 100),
    (BillingCycle::QUARTERLY, 3, 97),
    (BillingCycle::SEMIANNUALLY, 6, 93),
    (BillingCycle::ANNUALLY, 12, 83),
    (BillingCycle::BIENNIALLY, 24, 78),
    (BillingCycle::TRIENNIALLY, 36, 74),
];

fn slug(text: &str) -> Option<Slug> {
    text.parse().ok()
}

/// Shared hosting with its plans and prices.
pub(super) fn products(context: &Context<'_>, changes: &mut ChangeSet) {
    let Some(name) = slug("hosting") else { return };
    let product = Product {
        id: context.id(),
        slug: name,
        name: "Hosting".to_owned(),
        description: "Web hosting with cPanel on NVMe disks in Jakarta.".to_owned(),
        panel: "cpanel".to_owned(),
        taxable: true,
        position: 1,
        status: ProductStatus::Active,
        created_at: context.now(),
        updated_at: context.now(),
        deleted_at: None,
    };
    for (size, position) in SIZES.iter().zip(1_i64..) {
        plan(context, product.id, size, position, changes);
    }
    changes.products.add(product);
}

fn plan(
    context: &Context<'_>,
    product_id: ProductId,
    size: &Size,
    position: i64,
    changes: &mut ChangeSet,
) {
    let Some(name) = slug(size.slug) else { return };
    let idr = |minor| Money::from_minor(minor, Currency::IDR);
    let feature = |(label, value): &(&str, &str)| Feature {
        label: (*label).to_owned(),
        value: (*value).to_owned(),
    };
    let plan = Plan {
        id: context.id(),
        product_id,
        slug: name,
        name: size.name.to_owned(),
        description: size.description.to_owned(),
        features: size.features.iter().map(feature).collect(),
        package: size.slug.to_owned(),
        server_group: "shared".to_owned(),
        trial_days: size.trial_days,
        stock: None,
        position,
        status: ProductStatus::Active,
        created_at: context.now(),
        updated_at: context.now(),
        deleted_at: None,
    };
    for (cycle, months, per_cent) in CYCLES {
        changes.plan_prices.add(PlanPrice {
            id: context.id(),
            plan_id: plan.id,
            cycle,
            currency: Currency::IDR,
            price: idr(size.monthly * months * per_cent / 100),
            setup_fee: idr(size.setup),
            valid_from: context.now(),
            valid_until: None,
            created_at: context.now(),
            updated_at: context.now(),
        });
    }
    changes.plans.add(plan);
}

/// Ten per cent off the first term, once for each customer.
pub(super) fn coupon(context: &Context<'_>, changes: &mut ChangeSet) {
    changes.coupons.add(Coupon {
        id: context.id(),
        code: "KOPI10".to_owned(),
        discount: Discount::Percent { rate: Rate::from_basis_points(1000) },
        applies_to: AppliesTo::First,
        includes_setup_fee: false,
        new_customers_only: false,
        product_ids: Vec::new(),
        plan_ids: Vec::new(),
        starts_at: None,
        ends_at: None,
        max_uses: Some(1_000),
        max_uses_per_customer: Some(1),
        status: CouponStatus::Active,
        created_at: context.now(),
        updated_at: context.now(),
    });
}

//! Plans: sizes of a product.

use crate::{
    change::ChangeSet,
    decide::{
        Context,
        configuration::{Check, ConfigurationRefusal, Edit, at_version, set},
    },
    kernel::{Slug, Versioned},
    model::{DomainEvent, Feature, Plan, Product, ProductStatus, catalog::ProductTrigger},
};

/// The most lines of a plan's description.
const MOST_FEATURES: usize = 50;

/// A plan to be prepared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPlan {
    /// Its name in addresses; unique within the shop.
    pub slug: Slug,
    /// What people read; 1 to 80 characters.
    pub name: String,
    /// One sentence, plain text; at most 500 characters.
    pub description: String,
    /// What one gets; at most 50 lines.
    pub features: Vec<Feature>,
    /// The panel's package for it.
    pub package: String,
    /// The servers it may be placed on.
    pub server_group: String,
    /// Days of free use before the first invoice; 0 to 365.
    pub trial_days: i64,
    /// How many may be sold in all; `None` is no limit.
    pub stock: Option<i64>,
    /// Place in lists, low first; -1000 to 1000.
    pub position: i64,
}

/// What of a plan changes; `None` leaves it. Running services keep what they were sold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanPatch {
    /// Its name in addresses.
    pub slug: Option<Slug>,
    /// What people read.
    pub name: Option<String>,
    /// One sentence.
    pub description: Option<String>,
    /// What one gets.
    pub features: Option<Vec<Feature>>,
    /// The panel's package for new accounts.
    pub package: Option<String>,
    /// The servers new accounts may be placed on.
    pub server_group: Option<String>,
    /// Days of free use, for new orders.
    pub trial_days: Option<i64>,
    /// How many may be sold in all.
    pub stock: Edit<i64>,
    /// Place in lists.
    pub position: Option<i64>,
}

/// Prepares a plan of `product`: a draft that customers do not see.
///
/// # Errors
/// A [`ConfigurationRefusal`].
pub fn create_plan(
    context: &Context<'_>,
    product: &Product,
    wish: &NewPlan,
) -> Result<(ChangeSet, Plan), ConfigurationRefusal> {
    let mut plan = Plan {
        id: context.id(),
        product_id: product.id,
        slug: wish.slug.clone(),
        name: wish.name.clone(),
        description: wish.description.clone(),
        features: wish.features.clone(),
        package: wish.package.clone(),
        server_group: wish.server_group.clone(),
        trial_days: wish.trial_days,
        stock: wish.stock,
        position: wish.position,
        status: ProductStatus::Draft,
        created_at: context.now(),
        updated_at: context.now(),
        deleted_at: None,
    };
    fit(&mut plan)?;
    let mut changes = ChangeSet::default();
    changed(context, &plan, "plan", &mut changes);
    changes.plans.add(plan.clone());
    Ok((changes, plan))
}

/// Changes a plan.
///
/// # Errors
/// A [`ConfigurationRefusal`].
pub fn change_plan(
    context: &Context<'_>,
    read: &Versioned<Plan>,
    expected: i64,
    patch: &PlanPatch,
) -> Result<(ChangeSet, Plan), ConfigurationRefusal> {
    at_version(read, expected)?;
    let mut plan = read.value.clone();
    set(&mut plan.slug, patch.slug.as_ref());
    set(&mut plan.name, patch.name.as_ref());
    set(&mut plan.description, patch.description.as_ref());
    set(&mut plan.features, patch.features.as_ref());
    set(&mut plan.package, patch.package.as_ref());
    set(&mut plan.server_group, patch.server_group.as_ref());
    set(&mut plan.trial_days, patch.trial_days.as_ref());
    patch.stock.apply(&mut plan.stock);
    set(&mut plan.position, patch.position.as_ref());
    fit(&mut plan)?;
    Ok(written(context, read, plan, "plan"))
}

/// Puts a plan on sale, or takes it off.
///
/// # Errors
/// [`ConfigurationRefusal::Illegal`] when it is in that state already.
pub fn turn_plan(
    context: &Context<'_>,
    read: &Versioned<Plan>,
    trigger: ProductTrigger,
) -> Result<(ChangeSet, Plan), ConfigurationRefusal> {
    let mut plan = read.value.clone();
    plan.status = plan.status.on(trigger)?;
    Ok(written(context, read, plan, &format!("plan {trigger}")))
}

fn written(
    context: &Context<'_>,
    read: &Versioned<Plan>,
    mut plan: Plan,
    what: &str,
) -> (ChangeSet, Plan) {
    plan.updated_at = context.now();
    let mut changes = ChangeSet::default();
    changed(context, &plan, what, &mut changes);
    changes.plans.change(read.with(plan.clone()));
    (changes, plan)
}

fn changed(context: &Context<'_>, plan: &Plan, what: &str, changes: &mut ChangeSet) {
    let body = DomainEvent::ConfigurationChanged { what: what.to_owned() };
    context.record(changes, plan.id, body);
}

fn fit(plan: &mut Plan) -> Result<(), ConfigurationRefusal> {
    let mut check = Check::default();
    check.line("name", &mut plan.name, 80);
    check.text("description", &mut plan.description, 500);
    check.demand("features", plan.features.len() <= MOST_FEATURES, "50 lines at most");
    for (index, feature) in plan.features.iter_mut().take(MOST_FEATURES).enumerate() {
        check.line(&format!("features.{index}.label"), &mut feature.label, 80);
        check.line(&format!("features.{index}.value"), &mut feature.value, 80);
    }
    check.word("package", &plan.package, 128);
    check.word("server_group", &plan.server_group, 64);
    check.range("trial_days", plan.trial_days, 0, 365);
    if let Some(stock) = plan.stock {
        check.range("stock", stock, 0, 1_000_000_000);
    }
    check.range("position", plan.position, -1000, 1000);
    check.finish()
}

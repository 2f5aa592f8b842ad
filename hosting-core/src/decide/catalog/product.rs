//! Products.

use crate::{
    change::ChangeSet,
    decide::{
        Context,
        configuration::{Check, ConfigurationRefusal, at_version, set},
    },
    kernel::{Slug, Versioned},
    model::{DomainEvent, Product, ProductStatus, catalog::ProductTrigger},
};

/// A product to be prepared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProduct {
    /// Its name in addresses; unique.
    pub slug: Slug,
    /// What people read; 1 to 80 characters.
    pub name: String,
    /// A few sentences, plain text; at most 4000 characters.
    pub description: String,
    /// The panel adapter that makes its accounts; one of those configured.
    pub panel: String,
    /// Whether tax is due on it.
    pub taxable: bool,
    /// Place in lists, low first; -1000 to 1000.
    pub position: i64,
}

/// What of a product changes; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductPatch {
    /// Its name in addresses.
    pub slug: Option<Slug>,
    /// What people read.
    pub name: Option<String>,
    /// A few sentences.
    pub description: Option<String>,
    /// The panel adapter; only while the product is a draft.
    pub panel: Option<String>,
    /// Whether tax is due on it, for new orders.
    pub taxable: Option<bool>,
    /// Place in lists.
    pub position: Option<i64>,
}

/// Prepares a product: a draft that customers do not see. `panels` are the adapters there are.
///
/// # Errors
/// A [`ConfigurationRefusal`].
pub fn create_product(
    context: &Context<'_>,
    wish: &NewProduct,
    panels: &[&str],
) -> Result<(ChangeSet, Product), ConfigurationRefusal> {
    let mut product = Product {
        id: context.id(),
        slug: wish.slug.clone(),
        name: wish.name.clone(),
        description: wish.description.clone(),
        panel: wish.panel.clone(),
        taxable: wish.taxable,
        position: wish.position,
        status: ProductStatus::Draft,
        created_at: context.now(),
        updated_at: context.now(),
        deleted_at: None,
    };
    let mut check = Check::default();
    fit(&mut product, panels, &mut check);
    check.finish()?;
    let mut changes = ChangeSet::default();
    changed(context, &product, "product", &mut changes);
    changes.products.add(product.clone());
    Ok((changes, product))
}

/// Changes a product.
///
/// # Errors
/// A [`ConfigurationRefusal`].
pub fn change_product(
    context: &Context<'_>,
    read: &Versioned<Product>,
    expected: i64,
    patch: &ProductPatch,
    panels: &[&str],
) -> Result<(ChangeSet, Product), ConfigurationRefusal> {
    at_version(read, expected)?;
    let mut product = read.value.clone();
    set(&mut product.slug, patch.slug.as_ref());
    set(&mut product.name, patch.name.as_ref());
    set(&mut product.description, patch.description.as_ref());
    set(&mut product.panel, patch.panel.as_ref());
    set(&mut product.taxable, patch.taxable.as_ref());
    set(&mut product.position, patch.position.as_ref());
    let mut check = Check::default();
    if product.panel == read.panel {
        // An adapter that is not configured now must not hold up a better description.
        fit(&mut product, &[read.panel.as_str()], &mut check);
    } else {
        let draft = read.status == ProductStatus::Draft;
        check.demand("panel", draft, "left as it is: only a draft can move to another panel");
        fit(&mut product, panels, &mut check);
    }
    check.finish()?;
    Ok(written(context, read, product, "product"))
}

/// Puts a product on sale, or takes it off.
///
/// # Errors
/// [`ConfigurationRefusal::Illegal`] when it is in that state already.
pub fn turn_product(
    context: &Context<'_>,
    read: &Versioned<Product>,
    trigger: ProductTrigger,
) -> Result<(ChangeSet, Product), ConfigurationRefusal> {
    let mut product = read.value.clone();
    product.status = product.status.on(trigger)?;
    Ok(written(context, read, product, &format!("product {trigger}")))
}

fn written(
    context: &Context<'_>,
    read: &Versioned<Product>,
    mut product: Product,
    what: &str,
) -> (ChangeSet, Product) {
    product.updated_at = context.now();
    let mut changes = ChangeSet::default();
    changed(context, &product, what, &mut changes);
    changes.products.change(read.with(product.clone()));
    (changes, product)
}

fn changed(context: &Context<'_>, product: &Product, what: &str, changes: &mut ChangeSet) {
    let body = DomainEvent::ConfigurationChanged { what: what.to_owned() };
    context.record(changes, product.id, body);
}

fn fit(product: &mut Product, panels: &[&str], check: &mut Check) {
    check.line("name", &mut product.name, 80);
    check.text("description", &mut product.description, 4000);
    let known = panels.contains(&product.panel.as_str());
    check.demand("panel", known, &format!("one of: {}", panels.join(", ")));
    check.range("position", product.position, -1000, 1000);
}

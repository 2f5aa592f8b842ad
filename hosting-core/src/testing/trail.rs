//! Money as a service would have read it.

/// All that is known of money for `invoice`, as a service would have read it, to try proofs on.
pub fn money_trail(
    invoice: &crate::kernel::Versioned<crate::model::Invoice>,
    payments: Vec<crate::kernel::Versioned<crate::model::Payment>>,
    unapplied: &[crate::kernel::Versioned<crate::model::Payment>],
) -> crate::decide::subscription::MoneyTrail {
    let unapplied: Vec<_> = unapplied.iter().map(|it| (it.clone(), Vec::new())).collect();
    crate::decide::subscription::MoneyTrail::new(invoice, payments, &unapplied).unwrap()
}

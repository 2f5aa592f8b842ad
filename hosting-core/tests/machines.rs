//! Every state machine, exhaustively: what the table has happens, everything else is refused. The
//! pages in `docs/lifecycle/` are made from the same tables; `UPDATE_DOCS=1` writes them again.

mod pages;
#[allow(dead_code, reason = "each test program uses its part")]
mod source;

use std::{fmt::Write as _, fs};

use hosting_core::{
    kernel::{IllegalTransition, machine::Diagram},
    model::{
        AccountStatus, CartStatus, CouponStatus, CouponUseStatus, CustomerStatus, CycleStatus,
        InvoiceStatus, KeptAnswerStatus, OrderStatus, PaymentStatus, ProductStatus, RefundStatus,
        ServerStatus, SubscriptionStatus, TaskStatus, UserStatus, WebhookStatus,
        access::UserTrigger,
        billing::{InvoiceTrigger, PaymentTrigger},
        catalog::ProductTrigger,
        customer::CustomerTrigger,
        idempotency::KeptAnswerTrigger,
        order::{CartTrigger, OrderTrigger},
        promo::{CouponTrigger, CouponUseTrigger},
        provisioning::{AccountTrigger, ServerTrigger},
        refund::RefundTrigger,
        subscription::{CycleTrigger, SubscriptionTrigger},
        task::TaskTrigger,
        webhook::WebhookTrigger,
    },
};

/// Makes the list of machines and, for each, the exhaustive test.
macro_rules! machines {
    ($($test:ident: $state:ident on $trigger:ident;)+) => {
        const MACHINES: &[(&str, Diagram)] = &[$((stringify!($state), $state::DIAGRAM),)+];

        /// Every trigger, as code names it.
        fn triggers() -> Vec<String> {
            let mut all = Vec::new();
            $(for on in $trigger::ALL {
                all.push(format!("{}::{on:?}", stringify!($trigger)));
            })+
            all
        }

        $(
            #[test]
            fn $test() {
                let row = |from, on| {
                    $state::TABLE.iter().find(|it| it.0 == from && it.1 == on).map(|it| it.2)
                };
                for &from in $state::ALL {
                    assert_eq!($state::parse(from.as_str()), Some(from));
                    for &on in $trigger::ALL {
                        let expected = row(from, on).ok_or(IllegalTransition {
                            noun: $state::DIAGRAM.noun,
                            from: from.as_str(),
                            trigger: on.as_str(),
                        });
                        assert_eq!(from.on(on), expected, "{from} on {on}");
                    }
                    let stays = |to: $state| to == from;
                    let leaves = $trigger::ALL.iter().any(|on| from.on(*on).is_ok_and(|it| !stays(it)));
                    assert_eq!(from.is_terminal(), !leaves, "{from}");
                }
            }
        )+
    };
}

machines! {
    accounts: AccountStatus on AccountTrigger;
    carts: CartStatus on CartTrigger;
    coupons: CouponStatus on CouponTrigger;
    coupon_uses: CouponUseStatus on CouponUseTrigger;
    customers: CustomerStatus on CustomerTrigger;
    cycles: CycleStatus on CycleTrigger;
    invoices: InvoiceStatus on InvoiceTrigger;
    kept_answers: KeptAnswerStatus on KeptAnswerTrigger;
    orders: OrderStatus on OrderTrigger;
    payments: PaymentStatus on PaymentTrigger;
    products: ProductStatus on ProductTrigger;
    refunds: RefundStatus on RefundTrigger;
    servers: ServerStatus on ServerTrigger;
    subscriptions: SubscriptionStatus on SubscriptionTrigger;
    tasks: TaskStatus on TaskTrigger;
    users: UserStatus on UserTrigger;
    webhooks: WebhookStatus on WebhookTrigger;
}

#[test]
fn no_machine_is_forgotten_here() {
    let mut declared = Vec::new();
    for entry in
        fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/model")).into_iter().flatten()
    {
        let text = entry.and_then(|it| fs::read_to_string(it.path())).unwrap_or_default();
        let lines = text.lines().filter_map(|it| it.trim_start().strip_prefix("states "));
        declared.extend(lines.filter_map(|it| it.split(' ').next().map(str::to_owned)));
    }
    declared.sort();
    let mut listed: Vec<_> = MACHINES.iter().map(|(name, _)| (*name).to_owned()).collect();
    listed.sort();
    assert_eq!(declared, listed);
}

/// A trigger in a table that nothing fires is a promise that nobody keeps.
#[test]
fn every_trigger_is_fired_by_a_decision_or_known_not_to_be() {
    let model = source::root().join("hosting-core/src/model");
    let testing = source::root().join("hosting-core/src/testing");
    let mut code = String::new();
    for folder in ["hosting-core/src", "hosting-server/src"] {
        for file in source::rust_files(&source::root().join(folder)) {
            if !file.starts_with(&model) && !file.starts_with(&testing) {
                let text = fs::read_to_string(&file).unwrap_or_default();
                code += &source::without_tests(&source::code_of(&text));
            }
        }
    }
    let fires = |name: &str| {
        let ends = |at: usize| {
            let next = code.get(at..).and_then(|it| it.chars().next());
            !next.is_some_and(|it| it.is_alphanumeric() || it == '_')
        };
        code.match_indices(name).any(|(at, _)| ends(at.saturating_add(name.len())))
    };
    let silent: Vec<_> = triggers().into_iter().filter(|it| !fires(it)).collect();
    let known = [
        // Invoices are issued in the commit that makes them.
        "InvoiceTrigger::Issued",
        // The queue's own statements change the status of tasks.
        "TaskTrigger::Claimed",
        "TaskTrigger::Succeeded",
        "TaskTrigger::Postponed",
        "TaskTrigger::Failed",
        "TaskTrigger::Retried",
        "TaskTrigger::Withdrawn",
    ];
    let known = known.map(str::to_owned);
    assert_eq!(silent, known, "fire it, take it out of its table, or say here why not");
}

#[test]
fn every_state_can_be_reached_and_rows_name_known_states() {
    for (name, machine) in MACHINES {
        let mut seen: Vec<&str> = machine.initial.to_vec();
        for _ in machine.rows {
            for (from, _, to) in machine.rows {
                if seen.contains(from) && !seen.contains(to) {
                    seen.push(to);
                }
            }
        }
        for state in machine.states {
            assert!(seen.contains(state), "{name}: {state}");
        }
        assert_eq!(seen.len(), machine.states.len(), "{name}");
    }
}

#[test]
fn money_that_arrives_late_is_still_taken() {
    // Defect D3: an offer that expired or was refused may be paid all the same.
    for from in [PaymentStatus::Expired, PaymentStatus::Failed, PaymentStatus::Unknown] {
        assert_eq!(from.on(PaymentTrigger::Arrived), Ok(PaymentStatus::Succeeded));
    }
}

#[test]
fn a_refusal_names_the_noun_the_state_and_the_trigger() {
    let refused = InvoiceStatus::Void.on(InvoiceTrigger::Paid).map_err(|it| it.to_string());
    assert_eq!(refused, Err("an invoice that is void cannot take `paid`".to_owned()));
}

/// `an invoice` is shown on the page `invoice.md`.
fn page_name(machine: &Diagram) -> String {
    let noun = machine.noun.split_once(' ').map_or(machine.noun, |(_, noun)| noun);
    noun.replace(' ', "-")
}

fn page(machine: &Diagram) -> String {
    let list = |states: &[&str]| match states {
        [] => "nowhere: every state can be left".to_owned(),
        _ => states.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", "),
    };
    let mut rows = String::new();
    for (from, on, to) in machine.rows {
        let _ = writeln!(rows, "| `{from}` | `{on}` | `{to}` |");
    }
    format!(
        "# The life of {}\n\n{}\n\nBegins as {}. Ends as {}.\n\n```mermaid\n{}```\n\n\
         | {} that is | takes | and becomes |\n|---|---|---|\n{rows}\n\
         Any other pair is refused and changes nothing.\n",
        machine.noun,
        pages::GENERATED,
        list(machine.initial),
        list(machine.terminal),
        machine.mermaid(),
        machine.noun,
    )
}

#[test]
fn the_pages_show_the_tables() {
    let mut index = format!("# Lifecycles\n\n{}\n\n", pages::GENERATED);
    for (_, machine) in MACHINES {
        let name = page_name(machine);
        pages::shows(&format!("lifecycle/{name}.md"), &page(machine));
        let _ = writeln!(index, "- [{}]({name}.md)", machine.noun);
    }
    pages::shows("lifecycle/README.md", &index);
}

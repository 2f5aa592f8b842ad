//! State machines as tables.
//!
//! A machine is a `const` table of `(from, on, to)`. The program's behaviour, the exhaustive test,
//! the diagrams in `docs/lifecycle/` and the database's `CHECK` constraints all read it. Three
//! properties are proved when the crate compiles: the machine is deterministic, every state can be
//! reached, and exactly the states listed as terminal have no way out.

/// `trigger` cannot happen to a `noun` while it is `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{noun} that is {from} cannot take `{trigger}`")]
pub struct IllegalTransition {
    /// What was asked to change, with its article: "an invoice".
    pub noun: &'static str,
    /// The state it is in.
    pub from: &'static str,
    /// What was asked to happen.
    pub trigger: &'static str,
}

/// A machine's table by stored names, for tests and documentation.
#[derive(Debug, Clone, Copy)]
pub struct Diagram {
    /// What the machine is about, with its article: "an invoice".
    pub noun: &'static str,
    /// Where every one of them starts.
    pub initial: &'static [&'static str],
    /// All states.
    pub states: &'static [&'static str],
    /// States that nothing leads out of.
    pub terminal: &'static [&'static str],
    /// `(from, on, to)`.
    pub rows: &'static [(&'static str, &'static str, &'static str)],
}

impl Diagram {
    /// The Mermaid text shown in `docs/lifecycle/`.
    pub fn mermaid(&self) -> String {
        let begin = self.initial.iter().map(|state| format!("    [*] --> {state}"));
        let middle = self.rows.iter().map(|(from, on, to)| format!("    {from} --> {to}: {on}"));
        let end = self.terminal.iter().map(|state| format!("    {state} --> [*]"));
        let lines: Vec<_> = begin.chain(middle).chain(end).collect();
        format!("stateDiagram-v2\n{}\n", lines.join("\n"))
    }
}

/// Declares a state enum, its trigger enum and the table between them.
#[macro_export]
macro_rules! state_machine {
    (
        noun $noun:literal;
        $(#[$sdoc:meta])* states $state:ident { $($(#[$svdoc:meta])* $s:ident = $stext:literal,)+ }
        $(#[$tdoc:meta])* triggers $trigger:ident { $($(#[$tvdoc:meta])* $t:ident = $ttext:literal,)+ }
        initial { $($initial:ident),+ $(,)? }
        terminal { $($terminal:ident),* $(,)? }
        table { $($from:ident, $on:ident => $to:ident;)+ }
    ) => {
        $crate::closed_enum! { $(#[$sdoc])* pub enum $state { $($(#[$svdoc])* $s = $stext,)+ } }
        $crate::closed_enum! { $(#[$tdoc])* pub enum $trigger { $($(#[$tvdoc])* $t = $ttext,)+ } }

        impl $state {
            /// `(from, on, to)`: the whole machine.
            pub const TABLE: &'static [(Self, $trigger, Self)] =
                &[$((Self::$from, $trigger::$on, Self::$to),)+];
            /// Where one of these may start.
            pub const INITIAL: &'static [Self] = &[$(Self::$initial,)+];
            /// Where nothing leads out of.
            pub const TERMINAL: &'static [Self] = &[$(Self::$terminal,)*];
            /// The table by names.
            pub const DIAGRAM: $crate::kernel::machine::Diagram = $crate::kernel::machine::Diagram {
                noun: $noun,
                initial: &[$(Self::$initial.as_str(),)+],
                states: Self::NAMES,
                terminal: &[$(Self::$terminal.as_str(),)*],
                rows: &[$((Self::$from.as_str(), $trigger::$on.as_str(), Self::$to.as_str()),)+],
            };

            /// The state after `trigger`.
            ///
            /// # Errors
            /// When the table has no such row; nothing changes then.
            pub fn on(self, trigger: $trigger) -> Result<Self, $crate::kernel::IllegalTransition> {
                match (self, trigger) {
                    $((Self::$from, $trigger::$on) => Ok(Self::$to),)+
                    #[allow(unreachable_patterns, reason = "a machine may accept every trigger everywhere")]
                    _ => Err($crate::kernel::IllegalTransition {
                        noun: $noun,
                        from: self.as_str(),
                        trigger: trigger.as_str(),
                    }),
                }
            }

            /// Whether nothing leads out of this state.
            pub fn is_terminal(self) -> bool {
                Self::TERMINAL.contains(&self)
            }
        }

        #[allow(
            clippy::as_conversions, clippy::indexing_slicing, clippy::arithmetic_side_effects,
            clippy::panic, clippy::cast_lossless,
            reason = "evaluated by the compiler only; an overflow or a bad index does not build"
        )]
        const _: () = {
            const TABLE: &[($state, $trigger, $state)] = $state::TABLE;
            let mut i = 0;
            while i < TABLE.len() {
                let mut j = i + 1;
                while j < TABLE.len() {
                    assert!(
                        TABLE[i].0 as u8 != TABLE[j].0 as u8 || TABLE[i].1 as u8 != TABLE[j].1 as u8,
                        "two rows leave the same state on the same trigger"
                    );
                    j += 1;
                }
                i += 1;
            }
            assert!($state::ALL.len() < 32, "the bit set is 32 wide");
            let mut seen: u32 = 0;
            let mut k = 0;
            while k < $state::INITIAL.len() {
                seen |= 1 << $state::INITIAL[k] as u8;
                k += 1;
            }
            let mut grew = true;
            while grew {
                grew = false;
                let mut k = 0;
                while k < TABLE.len() {
                    if seen & (1 << TABLE[k].0 as u8) != 0 && seen & (1 << TABLE[k].2 as u8) == 0 {
                        seen |= 1 << TABLE[k].2 as u8;
                        grew = true;
                    }
                    k += 1;
                }
            }
            assert!(seen == (1 << $state::ALL.len()) - 1, "a state cannot be reached");
            let mut s = 0;
            while s < $state::ALL.len() {
                let state = $state::ALL[s] as u8;
                let mut leaves = false;
                let mut k = 0;
                while k < TABLE.len() {
                    if TABLE[k].0 as u8 == state && TABLE[k].2 as u8 != state { leaves = true; }
                    k += 1;
                }
                let mut listed = false;
                let mut t = 0;
                while t < $state::TERMINAL.len() {
                    if $state::TERMINAL[t] as u8 == state { listed = true; }
                    t += 1;
                }
                assert!(listed != leaves, "TERMINAL disagrees with the table");
                s += 1;
            }
        };
    };
}

//! What every stored noun has in common.

use crate::kernel::{Entity, Id};

/// A noun that is stored as one row of one table.
pub trait Noun {
    /// The marker of its [`Id`].
    type Kind: Entity;
    /// The table it is stored in.
    const TABLE: &'static str;
    /// Its id.
    fn id(&self) -> Id<Self::Kind>;
}

/// Says which table a noun is stored in.
macro_rules! noun {
    ($($noun:ident as $kind:ident in $table:literal;)+) => {$(
        impl $crate::model::noun::Noun for $noun {
            type Kind = $kind;
            const TABLE: &'static str = $table;
            fn id(&self) -> $crate::kernel::Id<$kind> { self.id }
        }
    )+};
}
pub(crate) use noun;

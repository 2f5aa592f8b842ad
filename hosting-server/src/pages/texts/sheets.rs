//! The sheets of texts, in each language.

use hosting_core::kernel::{BillingCycle, CycleUnit};

use super::{account, pay, shop};
use crate::view::Language;

macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($key:ident: $id:literal, $en:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name {
            $(pub(crate) $key: &'static str,)*
        }

        impl $name {
            pub(in crate::pages::texts) const INDONESIAN: Self = Self { $($key: $id,)* };
            pub(in crate::pages::texts) const ENGLISH: Self = Self { $($key: $en,)* };
            #[cfg(test)]
            pub(in crate::pages::texts) const ALL: &'static [(&'static str, &'static str, &'static str)] =
                &[$((stringify!($key), $id, $en),)*];
        }
    };
}
pub(super) use texts;

macro_rules! sheets {
    ($($field:ident: $kind:ty,)*) => {
        /// Every text in one language.
        #[derive(Debug)]
        pub(crate) struct Texts {
            $(pub(crate) $field: $kind,)*
        }

        static INDONESIAN: Texts = Texts { $($field: <$kind>::INDONESIAN,)* };
        static ENGLISH: Texts = Texts { $($field: <$kind>::ENGLISH,)* };
        #[cfg(test)]
        const SHEETS: &[&[(&str, &str, &str)]] = &[$(<$kind>::ALL,)*];
    };
}

sheets! {
    nav: shop::Nav,
    home: shop::Home,
    catalog: shop::Catalog,
    cart: shop::Cart,
    entry: account::Entry,
    form: account::Form,
    me: account::Me,
    service: account::Service,
    profile: account::Profile,
    done: account::Done,
    error: account::Error,
    bill: pay::Bill,
    pay: pay::Pay,
    state: pay::State,
    time: pay::Time,
}

impl Texts {
    /// The texts in `language`.
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::Indonesian => &INDONESIAN,
            Language::English => &ENGLISH,
        }
    }
}

impl pay::Time {
    /// How often something is billed.
    pub(crate) fn cycle(&self, cycle: BillingCycle) -> String {
        match cycle {
            BillingCycle::MONTHLY => self.monthly.to_owned(),
            BillingCycle::QUARTERLY => self.quarterly.to_owned(),
            BillingCycle::SEMIANNUALLY => self.semiannually.to_owned(),
            BillingCycle::ANNUALLY => self.annually.to_owned(),
            BillingCycle::BIENNIALLY => self.biennially.to_owned(),
            BillingCycle::TRIENNIALLY => self.triennially.to_owned(),
            other => {
                let unit = match other.unit() {
                    CycleUnit::Day | CycleUnit::Week => self.days,
                    CycleUnit::Month | CycleUnit::Year => self.months,
                };
                format!("{} {unit}", other.count())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holes(text: &str) -> Vec<&str> {
        let mut found: Vec<&str> =
            text.split('{').skip(1).filter_map(|it| it.split('}').next()).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn no_text_is_empty_and_both_languages_say_the_same_facts() {
        let mut count = 0;
        for (key, indonesian, english) in SHEETS.iter().copied().flatten() {
            assert!(!indonesian.trim().is_empty() && !english.trim().is_empty(), "{key}");
            assert_eq!(holes(indonesian), holes(english), "{key}");
            count += 1;
        }
        assert!(count > 200, "{count} texts");
    }
}

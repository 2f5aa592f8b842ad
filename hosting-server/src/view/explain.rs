//! How an invoice came about, in words and numbers.

use hosting_core::{
    decide::billing::{ExplainedLine, Explanation, Step},
    kernel::{Currency, Money, Period, Rounding},
    model::{TaxMode, TaxSummary},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Language, MoneyView, TaxView, amount, letters::dates::day};

/// One step from a price to what is owed.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepView {
    /// `price`, `period`, `coupon`, `tax`, `untaxed` or `owed`.
    step: &'static str,
    /// In words, in the reader's language.
    #[schema(example = "Rp 150.000 × 1 × 14/31 = Rp 67.742, a half rounded up")]
    text: String,
    /// What it comes to, where it is an amount; a coupon's is below zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<MoneyView>,
}

/// A line and how it came about.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedLineView {
    /// Place on the invoice, from 1.
    position: i64,
    /// What people read.
    description: String,
    /// The version of the price.
    price_id: Option<String>,
    /// The steps, in order.
    steps: Vec<StepView>,
}

/// An invoice and how it came about. Every figure was computed again and is what the invoice says.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplanationView {
    /// The invoice.
    id: String,
    /// Its number.
    #[schema(example = "INV/2026/00001")]
    number: Option<String>,
    /// Its lines.
    lines: Vec<ExplainedLineView>,
    /// Sum of list prices.
    subtotal: MoneyView,
    /// What coupons took off.
    discount: MoneyView,
    /// Tax by rule.
    taxes: Vec<TaxView>,
    /// What is owed.
    total: MoneyView,
}

impl ExplanationView {
    /// For somebody who reads `language`; `number` is the invoice's.
    pub fn new(explained: &Explanation, number: Option<&str>, language: Language) -> Self {
        let currency = explained.total.currency();
        let money = |it| MoneyView::new(it, language);
        Self {
            id: explained.invoice_id.to_string(),
            number: number.map(str::to_owned),
            lines: explained.lines.iter().map(|it| line(it, language)).collect(),
            subtotal: money(explained.subtotal),
            discount: money(explained.discount),
            taxes: TaxView::all(&explained.taxes, currency, language),
            total: money(explained.total),
        }
    }

    /// Line by line, for a terminal.
    pub fn lines(&self) -> Vec<String> {
        let mut text = vec![format!("{} ({})", self.number.as_deref().unwrap_or("-"), self.id)];
        for line in &self.lines {
            text.push(format!("{}. {}", line.position, line.description));
            text.extend(line.steps.iter().map(|it| format!("   {}", it.text)));
        }
        text.push(format!("= {}", self.total.formatted()));
        text
    }
}

fn line(explained: &ExplainedLine, language: Language) -> ExplainedLineView {
    let price_id = explained.steps.iter().find_map(|it| match it {
        Step::Price { price_id, .. } => Some(price_id.to_string()),
        _ => None,
    });
    ExplainedLineView {
        position: explained.position,
        description: explained.description.clone(),
        price_id,
        steps: explained.steps.iter().map(|it| step(it, language)).collect(),
    }
}

fn step(step: &Step, language: Language) -> StepView {
    let words = Words { language };
    let (name, text, amount) = match step {
        Step::Price { unit, quantity, fraction, rounding, list, .. } => {
            let (one, all) = (words.money(*unit), words.money(*list));
            let text = if fraction.is_one() {
                format!("{one} × {quantity} = {all}")
            } else {
                let rounded = words.rounding(*rounding);
                format!("{one} × {quantity} × {fraction} = {all}, {rounded}")
            };
            ("price", text, Some(*list))
        }
        Step::Period(period) => ("period", words.period(*period), None),
        Step::Coupon { code, off, left } => {
            ("coupon", words.coupon(code, *off, *left), off.negated().ok())
        }
        Step::Tax { rule, mode, tax } => ("tax", words.tax(rule, *mode, *tax), Some(*tax)),
        Step::Untaxed => ("untaxed", words.untaxed(), None),
        Step::Owed { net, gross } => ("owed", words.owed(*net, *gross), Some(*gross)),
    };
    StepView { step: name, text, amount: amount.map(|it| MoneyView::new(it, language)) }
}

/// The sentences of a language.
#[derive(Debug, Clone, Copy)]
struct Words {
    language: Language,
}

impl Words {
    fn money(self, money: Money) -> String {
        amount(money, self.language)
    }

    fn rounding(self, rounding: Rounding) -> &'static str {
        match (self.language, rounding) {
            (Language::Indonesian, Rounding::HalfUp) => "setengah dibulatkan ke atas",
            (Language::Indonesian, Rounding::HalfEven) => "setengah dibulatkan ke genap",
            (Language::Indonesian, Rounding::Down) => "dibulatkan ke bawah",
            (Language::Indonesian, Rounding::Up) => "dibulatkan ke atas",
            (Language::English, Rounding::HalfUp) => "a half rounded up",
            (Language::English, Rounding::HalfEven) => "a half rounded to even",
            (Language::English, Rounding::Down) => "rounded down",
            (Language::English, Rounding::Up) => "rounded up",
        }
    }

    fn period(self, period: Period) -> String {
        let (first, last) =
            (day(period.start, self.language), day(period.last_day(), self.language));
        let days = period.days();
        match self.language {
            Language::Indonesian => format!("untuk {first} sampai {last} ({days} hari)"),
            Language::English => format!("for {first} to {last} ({days} days)"),
        }
    }

    fn coupon(self, code: &str, off: Money, left: Money) -> String {
        let (off, left) = (self.money(off), self.money(left));
        match self.language {
            Language::Indonesian => format!("kupon {code}: dikurangi {off}, sisa {left}"),
            Language::English => format!("coupon {code}: {off} off, {left} left"),
        }
    }

    fn tax(self, rule: &TaxSummary, mode: TaxMode, tax: Money) -> String {
        let currency: Currency = tax.currency();
        let whole = self.money(Money::from_minor(rule.tax_minor, currency));
        let base = self.money(Money::from_minor(rule.net_minor, currency));
        let (name, tax) = (&rule.name, self.money(tax));
        let rate = if rule.base_factor.is_one() {
            rule.rate.to_string()
        } else {
            format!("{} × {}", rule.rate, rule.base_factor)
        };
        match (self.language, mode) {
            (Language::Indonesian, TaxMode::Exclusive) => {
                format!(
                    "{name} {rate} dari {base} = {whole}, dibulatkan sekali; bagian baris ini {tax}"
                )
            }
            (Language::Indonesian, TaxMode::Inclusive) => format!(
                "termasuk {name} {rate} dari {base} = {whole}, dibulatkan sekali; bagian baris ini {tax}"
            ),
            (Language::English, TaxMode::Exclusive) => {
                format!(
                    "{name} {rate} of {base} = {whole}, rounded once; this line's share is {tax}"
                )
            }
            (Language::English, TaxMode::Inclusive) => format!(
                "{name} {rate} of {base} = {whole} is contained, rounded once; this line's share is {tax}"
            ),
        }
    }

    fn untaxed(self) -> String {
        match self.language {
            Language::Indonesian => "tidak dikenai pajak".to_owned(),
            Language::English => "no tax is due".to_owned(),
        }
    }

    fn owed(self, net: Money, gross: Money) -> String {
        let (net, gross) = (self.money(net), self.money(gross));
        match self.language {
            Language::Indonesian => format!("tanpa pajak {net}, harus dibayar {gross}"),
            Language::English => format!("{net} without tax, {gross} owed"),
        }
    }
}

//! A mail's parts, and setting them as plain text and as HTML.

use hosting_core::port::Written;

use crate::view::Language;

/// One part of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Paragraph(String),
    Facts(Vec<(&'static str, String)>),
    Link { label: &'static str, url: String },
}

impl Part {
    fn html(&self) -> String {
        match self {
            Self::Paragraph(words) => format!("<p>{}</p>\n", escape(words)),
            Self::Facts(rows) => {
                let row = |(label, value): &(&str, String)| {
                    let (label, value) = (escape(label), escape(value));
                    format!("<tr><td>{label}</td><td><strong>{value}</strong></td></tr>\n")
                };
                let rows: String = rows.iter().map(row).collect();
                format!("<table cellpadding=\"4\">\n{rows}</table>\n")
            }
            Self::Link { label, url } => {
                let (label, url) = (escape(label), escape(url));
                format!("<p><a href=\"{url}\">{label}</a><br>{url}</p>\n")
            }
        }
    }
}

/// A mail before it is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    subject: String,
    parts: Vec<Part>,
    sender: String,
}

impl Sheet {
    /// An empty mail of `sender` about `subject`.
    pub(super) fn about(subject: impl Into<String>, sender: &str) -> Self {
        Self { subject: subject.into(), parts: Vec::new(), sender: sender.to_owned() }
    }

    /// Adds a paragraph.
    pub(super) fn say(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Paragraph(text.into()));
        self
    }

    /// Adds a table of what is known; what is not known is left out.
    pub(super) fn facts(mut self, rows: Vec<(&'static str, Option<String>)>) -> Self {
        let known: Vec<_> =
            rows.into_iter().filter_map(|(label, value)| Some((label, value?))).collect();
        if !known.is_empty() {
            self.parts.push(Part::Facts(known));
        }
        self
    }

    /// Adds a link on a line of its own.
    pub(super) fn link(mut self, label: &'static str, url: String) -> Self {
        self.parts.push(Part::Link { label, url });
        self
    }

    /// Sets the mail.
    pub(super) fn set(self, language: Language) -> Written {
        let (text, html) = (self.text(), self.html(language));
        Written { subject: one_line(&self.subject), text, html: Some(html) }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Paragraph(words) => text.push_str(words),
                Part::Facts(rows) => {
                    let lines: Vec<String> =
                        rows.iter().map(|(label, value)| format!("{label}: {value}")).collect();
                    text.push_str(&lines.join("\n"));
                }
                Part::Link { label, url } => {
                    text.push_str(label);
                    text.push_str(":\n");
                    text.push_str(url);
                }
            }
            text.push_str("\n\n");
        }
        text.push_str("-- \n");
        text.push_str(&one_line(&self.sender));
        text.push('\n');
        text
    }

    fn html(&self, language: Language) -> String {
        let body: String = self.parts.iter().map(Part::html).collect();
        format!(
            "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title></head>\n\
             <body style=\"font-family:sans-serif;line-height:1.5;max-width:40em\">\n{body}\
             <p style=\"color:#666\">{}</p>\n</body></html>\n",
            language.tag(),
            escape(&one_line(&self.subject)),
            escape(&self.sender),
        )
    }
}

/// Names of people are in subjects; a line break there would be a header of its own.
fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

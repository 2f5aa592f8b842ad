//! Everything that can be wrong with a request, made from its schema and an example that fits.

use serde_json::{Value, json};

use super::{
    document::{Document, Operation, kind, takes_null},
    examples::Examples,
};

/// A request with one thing wrong.
pub(crate) struct Mutation {
    /// Where: a JSON pointer, or `?name`.
    pub(crate) pointer: String,
    /// What, in words.
    pub(crate) what: &'static str,
    pub(crate) body: Option<Value>,
    pub(crate) query: String,
}

impl Mutation {
    pub(crate) fn new(pointer: &str, what: &'static str, body: Option<Value>) -> Self {
        Self { pointer: pointer.to_owned(), what, body, query: String::new() }
    }

    /// The field's own name.
    pub(crate) fn field(&self) -> &str {
        self.pointer.rsplit(['/', '?']).find(|it| it.parse::<u32>().is_err()).unwrap_or_default()
    }

    /// Whether an error at `pointer` is about this: at the place, below it, or at what holds it.
    pub(crate) fn is_named_by(&self, pointer: &str) -> bool {
        let below = |outer: &str, inner: &str| {
            inner.strip_prefix(outer).is_some_and(|it| it.is_empty() || it.starts_with('/'))
        };
        below(&self.pointer, pointer) || (pointer.len() > 1 && below(pointer, &self.pointer))
    }
}

/// Everything that can be wrong with `operation`.
pub(crate) fn of(document: &Document, operation: &Operation, examples: &Examples) -> Vec<Mutation> {
    let mut found = Vec::new();
    for example in examples.bodies(operation) {
        let Some(schema) = &operation.body else { continue };
        let mut walk = Walk { document, whole: &example, found: &mut found };
        walk.object("", schema, &example);
    }
    if !operation.query.is_empty() {
        query(operation, examples, &mut found);
    }
    found
}

struct Walk<'w> {
    document: &'w Document,
    whole: &'w Value,
    found: &'w mut Vec<Mutation>,
}

impl Walk<'_> {
    /// The whole body with `value` at `pointer`.
    fn put(&mut self, pointer: &str, what: &'static str, value: Value) {
        let mut body = self.whole.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match body.pointer_mut(parent).unwrap() {
            Value::Object(fields) => {
                fields.insert(name.to_owned(), value);
            }
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
            _ => unreachable!("{pointer} is in nothing"),
        }
        self.found.push(Mutation::new(pointer, what, Some(body)));
    }

    fn take(&mut self, pointer: &str) {
        let mut body = self.whole.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
        self.found.push(Mutation::new(pointer, "missing", Some(body)));
    }

    fn object(&mut self, pointer: &str, schema: &Value, example: &Value) {
        let schema = self.document.resolved(schema, example);
        self.put(&format!("{pointer}/not_a_field"), "unknown", json!(1));
        let required: Vec<_> = schema["required"].as_array().cloned().unwrap_or_default();
        for (name, field) in schema["properties"].as_object().unwrap() {
            let Some(value) = example.get(name) else { continue };
            let place = format!("{pointer}/{name}");
            let is_required = required.contains(&json!(name));
            if is_required {
                self.take(&place);
            }
            if !takes_null(field) {
                self.put(&place, "null", Value::Null);
            }
            self.value(&place, field, value, is_required);
        }
    }

    fn value(&mut self, pointer: &str, schema: &Value, example: &Value, is_required: bool) {
        let schema = self.document.resolved(schema, example);
        match kind(&schema) {
            Some("string") => self.text(pointer, &schema, is_required),
            Some("integer") => self.number(pointer, &schema),
            Some("boolean") => {
                for wrong in [json!("yes"), json!(0), json!([])] {
                    self.put(pointer, "another type", wrong);
                }
            }
            Some("array") => self.list(pointer, &schema, example),
            Some("object") => {
                for wrong in [json!("text"), json!(7), json!(true)] {
                    self.put(pointer, "another type", wrong);
                }
                self.object(pointer, &schema, example);
            }
            other => panic!("{pointer} is of type {other:?}: {schema}"),
        }
    }

    fn text(&mut self, pointer: &str, schema: &Value, is_required: bool) {
        for wrong in [json!(7), json!(true), json!([]), json!({})] {
            self.put(pointer, "another type", wrong);
        }
        self.put(pointer, "oversized", json!("x".repeat(100_000)));
        self.put(pointer, "a zero byte", json!("a\u{0}b"));
        let least = schema["minLength"].as_u64();
        if least.map_or(is_required, |it| it > 0) {
            self.put(pointer, "empty", json!(""));
        }
        if let Some(most) = schema["maxLength"].as_u64() {
            let most = usize::try_from(most).unwrap();
            self.put(pointer, "too long by one", json!("x".repeat(most + 1)));
        }
        if schema["enum"].is_array() || schema["format"].is_string() {
            let password = schema["format"] == "password";
            if !password {
                self.put(pointer, "none of the choices", json!("nonsense"));
            }
        }
    }

    fn number(&mut self, pointer: &str, schema: &Value) {
        for wrong in [json!("7"), json!(true), json!([]), json!({}), json!(1.5)] {
            self.put(pointer, "another type", wrong);
        }
        let mut wrong = vec![json!(i64::MIN), json!(i64::MAX), json!(u64::MAX), json!(1e300)];
        wrong.extend(schema["minimum"].as_i64().map(|it| json!(it - 1)));
        wrong.extend(schema["maximum"].as_i64().map(|it| json!(it + 1)));
        for wrong in wrong {
            self.put(pointer, "out of range", wrong);
        }
    }

    fn list(&mut self, pointer: &str, schema: &Value, example: &Value) {
        for wrong in [json!("text"), json!(7), json!({})] {
            self.put(pointer, "another type", wrong);
        }
        let Some(item) = example.get(0) else { return };
        self.put(pointer, "oversized", json!(vec![item; 10_001]));
        if let Some(most) = schema["maxItems"].as_u64() {
            let most = usize::try_from(most).unwrap();
            self.put(pointer, "too many by one", json!(vec![item; most + 1]));
        }
        if schema["minItems"].as_u64().is_some_and(|it| it > 0) {
            self.put(pointer, "empty", json!([]));
        }
        self.put(&format!("{pointer}/0"), "null", Value::Null);
        self.value(&format!("{pointer}/0"), &schema["items"], item, true);
    }
}

/// Percent-encodes what a query cannot hold.
fn encoded(text: &str) -> String {
    text.replace('%', "%25").replace(' ', "%20").replace('\u{0}', "%00")
}

fn query(operation: &Operation, examples: &Examples, found: &mut Vec<Mutation>) {
    let fitting = examples.query(operation);
    let text_of = |except: &str, more: &str| {
        let others = fitting.iter().filter(|(name, _)| *name != except);
        let mut parts: Vec<_> = others.map(|(name, text)| format!("{name}={text}")).collect();
        parts.push(more.to_owned());
        format!("?{}", parts.join("&"))
    };
    let mut push = |name: &str, what, query: String| {
        found.push(Mutation { pointer: format!("?{name}"), what, body: None, query });
    };
    push("not_a_field", "unknown", text_of("", "not_a_field=1"));
    for parameter in &operation.query {
        let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
        if parameter["required"] == true {
            push(name, "missing", text_of(name, ""));
        }
        let mut wrong = vec![("oversized", "x".repeat(10_000)), ("a zero byte", "a\u{0}b".into())];
        if kind(schema) == Some("integer") {
            for text in ["x", "", "1.5", "true", "-9223372036854775808", "18446744073709551615"] {
                wrong.push(("out of range", text.to_owned()));
            }
            let bounds = [
                schema["minimum"].as_i64().map(|it| it - 1),
                schema["maximum"].as_i64().map(|it| it + 1),
            ];
            wrong.extend(bounds.into_iter().flatten().map(|it| ("out of range", it.to_string())));
        } else {
            wrong.push(("nonsense", "no such thing".to_owned()));
        }
        for (what, text) in wrong {
            push(name, what, text_of(name, &format!("{name}={}", encoded(&text))));
        }
    }
}

/// Operations without an example, fields that no example has, and numbers without a lower bound.
pub(crate) fn uncovered(
    document: &Document,
    operations: &[&Operation],
    examples: &Examples,
) -> Vec<String> {
    let mut missing = Vec::new();
    for operation in operations {
        let bodies = examples.bodies(operation);
        if bodies.is_empty() {
            missing.push(format!("{} has no example", operation.name()));
        }
        let schema = operation.body.as_ref().unwrap();
        let mut seen = std::collections::BTreeMap::new();
        for body in &bodies {
            fields(document, "", schema, body, &mut seen);
        }
        let unseen = seen.into_iter().filter_map(|(place, lack)| Some((place, lack?)));
        missing.extend(unseen.map(|(place, lack)| format!("{} {place} {lack}", operation.name())));
    }
    missing
}

/// Notes each field: what the examples lack about it, if anything.
fn fields(
    document: &Document,
    pointer: &str,
    schema: &Value,
    example: &Value,
    seen: &mut std::collections::BTreeMap<String, Option<&'static str>>,
) {
    let schema = document.resolved(schema, example);
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let place = format!("{pointer}/{name}");
        match example.get(name) {
            None => {
                seen.entry(place).or_insert(Some("is in no example"));
            }
            Some(value) => {
                let field = document.resolved(field, value);
                let bounded = kind(&field) != Some("integer") || field["minimum"].is_i64();
                seen.insert(place.clone(), (!bounded).then_some("has no minimum"));
                fields(document, &place, &field, value, seen);
            }
        }
    }
    if let (Some("array"), Some(item)) = (kind(&schema), example.get(0)) {
        fields(document, &format!("{pointer}/0"), &schema["items"], item, seen);
    } else if kind(&schema) == Some("array") {
        seen.insert(pointer.to_owned(), Some("has no item in the example"));
    }
}

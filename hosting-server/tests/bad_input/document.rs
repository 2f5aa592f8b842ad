//! The operations of an `OpenAPI` document, and the schemas behind its references.

use serde_json::Value;

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// An operation.
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    /// Who may call it, in words.
    pub(crate) access: String,
    /// The schema of its JSON body.
    pub(crate) body: Option<Value>,
    /// Its query parameters.
    pub(crate) query: Vec<Value>,
}

impl Operation {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }
}

/// A document.
pub(crate) struct Document {
    pub(crate) operations: Vec<Operation>,
    all: Value,
}

impl Document {
    pub(crate) fn read(all: Value) -> Self {
        let mut operations = Vec::new();
        for (path, item) in all["paths"].as_object().unwrap() {
            for method in METHODS {
                let Some(says) = item.get(method) else { continue };
                let body = says["requestBody"]["content"]["application/json"].get("schema");
                // A provider's message has the provider's form, and is refused for its signature.
                let by_signature = says["security"] == serde_json::json!([]);
                let parameters = says["parameters"].as_array().cloned().unwrap_or_default();
                operations.push(Operation {
                    method,
                    path: path.clone(),
                    access: says["x-access"].as_str().unwrap().to_owned(),
                    body: body.filter(|_| !by_signature).cloned(),
                    query: parameters.into_iter().filter(|it| it["in"] == "query").collect(),
                });
            }
        }
        Self { operations, all }
    }

    /// The schema without references, null and choices: of several, the one that `example` is of.
    pub(crate) fn resolved(&self, schema: &Value, example: &Value) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let found = self.all.pointer(reference.trim_start_matches('#')).unwrap();
            return self.resolved(found, example);
        }
        for choice in ["oneOf", "anyOf", "allOf"] {
            let Some(choices) = schema[choice].as_array() else { continue };
            let fitting = choices.iter().map(|it| self.resolved(it, example));
            return fitting.into_iter().find(|it| is_of(it, example)).unwrap_or_else(|| {
                panic!("no choice of {schema} fits {example}");
            });
        }
        schema.clone()
    }
}

/// Whether null fits.
pub(crate) fn takes_null(schema: &Value) -> bool {
    let is_null = |it: &Value| it == "null";
    let by_type = is_null(&schema["type"])
        || schema["type"].as_array().is_some_and(|it| it.iter().any(is_null));
    by_type || schema["oneOf"].as_array().is_some_and(|all| all.iter().any(takes_null))
}

/// Whether a schema without references may be `example`'s, by its type and its constant fields.
fn is_of(schema: &Value, example: &Value) -> bool {
    let Some(properties) = schema["properties"].as_object() else {
        return kind(schema).is_some_and(|it| it == kind_of(example));
    };
    properties.iter().all(|(name, it)| {
        let choices = it["enum"].as_array();
        choices.is_none_or(|all| example.get(name).is_some_and(|it| all.contains(it)))
    }) && schema["required"]
        .as_array()
        .is_none_or(|all| all.iter().all(|it| example.get(it.as_str().unwrap()).is_some()))
}

/// The type that a schema says, leaving null out.
pub(crate) fn kind(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(one) => Some(one),
        Value::Array(several) => several.iter().filter_map(Value::as_str).find(|it| *it != "null"),
        _ => None,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The path with its part filled in.
pub(crate) fn fill(path: &str, part: &str) -> String {
    let (before, rest) = path.split_once('{').unwrap();
    let (_, after) = rest.split_once('}').unwrap();
    format!("{before}{part}{after}")
}

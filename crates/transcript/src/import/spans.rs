//! OpenTelemetry spans, however they were exported: OTLP JSON, a list under `spans`, a bare list, or one span a
//! line; attributes as a map or as OTLP's list of typed values.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use somnium_types::Timestamp;

use crate::content::{self, str_at};
use crate::json::Json;

/// Deepest dotted attribute name that is unfolded.
const MAX_PATH: usize = 16;

/// One span.
#[derive(Debug, Default)]
pub(super) struct Span {
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: String,
    pub(super) name: String,
    pub(super) start: Option<Timestamp>,
    pub(super) end: Option<Timestamp>,
    /// The status, where it was set.
    pub(super) failed: Option<bool>,
    /// What went wrong, where the span says so.
    pub(super) error: Option<String>,
    pub(super) attributes: Attributes,
    /// Name and attributes of the span's events, in order.
    pub(super) events: Vec<(String, Attributes)>,
    /// The attributes of the process.
    pub(super) resource: Attributes,
}

/// Attributes by their dotted names.
pub(super) type Attributes = BTreeMap<String, Value>;

impl Span {
    /// Returns the first of several attributes that is a non-empty text.
    pub(super) fn text(&self, keys: &[&str]) -> Option<&str> {
        let texts = keys.iter().filter_map(|key| self.attributes.get(*key)?.as_str());
        texts.into_iter().find(|text| !text.is_empty())
    }

    /// Returns the first of several attributes that is a count.
    pub(super) fn count(&self, keys: &[&str]) -> u64 {
        keys.iter().find_map(|key| self.attributes.get(*key)?.as_u64()).unwrap_or_default()
    }

    /// Returns whether an attribute has this name or lies under it.
    pub(super) fn has(&self, prefix: &str) -> bool {
        self.attributes.range(prefix.to_owned()..).next().is_some_and(|(key, _)| key.starts_with(prefix))
    }
}

/// Returns the spans of a document; empty if it holds none.
pub(super) fn spans(document: &Value) -> Vec<Span> {
    let mut found = Vec::new();
    let list = |value: &Value, keys: [&str; 2]| {
        keys.iter().find_map(|key| value.get(*key)?.as_array().cloned()).unwrap_or_default()
    };
    for resource in list(document, ["resourceSpans", "resource_spans"]) {
        for scope in list(&resource, ["scopeSpans", "scope_spans"]) {
            for value in list(&scope, ["spans", "spans"]) {
                let process = resource.pointer("/resource/attributes").map(attributes).unwrap_or_default();
                found.extend(span(&value).map(|span| Span { resource: process, ..span }));
            }
        }
    }
    let plain = match document {
        Value::Array(list) => list.as_slice(),
        Value::Object(map) => match map.get("spans") {
            Some(Value::Array(list)) => list,
            _ => std::slice::from_ref(document),
        },
        _ => &[],
    };
    found.extend(plain.iter().filter_map(span));
    found
}

/// Returns whether a document may hold spans: most documents are something else, which this tells at a glance.
pub(super) fn may_hold_spans(document: &Json) -> bool {
    let traced = |value: &Json| {
        let context = value.get("context").unwrap_or(value);
        context.get("trace_id").or_else(|| context.get("traceId")).is_some()
    };
    match document {
        Json::Array(list) => list.iter().any(traced),
        Json::Object(fields) => {
            ["resourceSpans", "resource_spans"].iter().any(|key| fields.contains_key(key))
                || fields.get("spans").and_then(Json::as_array).is_some_and(|list| list.iter().any(traced))
                || traced(document)
        }
        _ => false,
    }
}

fn span(value: &Value) -> Option<Span> {
    let context = value.get("context").unwrap_or(value);
    let id = |keys: [&str; 2], of: &Value| keys.iter().find_map(|key| identifier(of.get(*key)?));
    let parent = value.get("parent").and_then(|parent| id(["span_id", "spanId"], parent));
    let parent = parent.or_else(|| id(["parent_id", "parent_span_id"], value));
    let parent = parent.or_else(|| id(["parentSpanId", "parentId"], value));
    let time = |keys: [&str; 3]| keys.iter().find_map(|key| time(value.get(*key)?));
    let events = value.get("events").and_then(Value::as_array).into_iter().flatten();
    let events: Vec<_> = events.filter_map(event).collect();
    let attributes = value.get("attributes").map(attributes).unwrap_or_default();
    Some(Span {
        error: error(&attributes, &events, value.get("status").unwrap_or(&Value::Null)),
        trace: id(["trace_id", "traceId"], context)?,
        id: id(["span_id", "spanId"], context)?,
        parent: parent.unwrap_or_default(),
        name: str_at(value, "name").unwrap_or_default().to_owned(),
        start: time(["start_time", "startTimeUnixNano", "start_time_unix_nano"]),
        end: time(["end_time", "endTimeUnixNano", "end_time_unix_nano"]),
        failed: value.get("status").and_then(failed),
        attributes,
        events,
        resource: value.pointer("/resource/attributes").map(self::attributes).unwrap_or_default(),
    })
}

fn event(value: &Value) -> Option<(String, Attributes)> {
    let name = str_at(value, "name")?.to_owned();
    Some((name, value.get("attributes").map(attributes).unwrap_or_default()))
}

/// Returns what went wrong: as an attribute, in an `exception` event, or beside the status.
fn error(attributes: &Attributes, events: &[(String, Attributes)], status: &Value) -> Option<String> {
    let places = std::iter::once(attributes).chain(events.iter().map(|(_, attributes)| attributes));
    let keys = ["error.message", "exception.message"];
    let said = places.flat_map(|place| keys.iter().filter_map(|key| place.get(*key)?.as_str()));
    let beside = ["description", "message"].iter().filter_map(|key| str_at(status, key));
    said.chain(beside).find(|text| !text.is_empty()).map(str::to_owned)
}

/// Returns an id as text. Some exporters write the 128 bits as a decimal number, of which JSON readers keep
/// the leading 53 bits; those are shown as hexadecimal digits like every other id.
fn identifier(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => match number.as_u64() {
            Some(id) => Some(format!("{id:016x}")),
            None => number.as_f64().map(|id| format!("{:032x}", id as u128)),
        },
        _ => None,
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    match value.as_str().and_then(|text| text.parse::<i64>().ok()) {
        Some(number) => content::time(&Json::Number(number.into())),
        None => content::time(&value.into()),
    }
}

fn failed(status: &Value) -> Option<bool> {
    let code = status.get("status_code").or_else(|| status.get("code")).unwrap_or(status);
    match (code.as_str(), code.as_u64()) {
        (Some(text), _) => match text.trim_start_matches("STATUS_CODE_").to_ascii_lowercase().as_str() {
            "ok" => Some(false),
            "error" => Some(true),
            _ => None,
        },
        (_, Some(1)) => Some(false),
        (_, Some(2)) => Some(true),
        _ => None,
    }
}

/// Returns attributes by dotted name, however they are written.
fn attributes(value: &Value) -> Attributes {
    let mut found = Attributes::new();
    match value {
        Value::Array(pairs) => {
            for pair in pairs {
                if let (Some(key), Some(value)) = (str_at(pair, "key"), pair.get("value")) {
                    found.insert(key.to_owned(), typed(value));
                }
            }
        }
        Value::Object(map) => flatten("", map, &mut found),
        _ => {}
    }
    found
}

/// Reads a typed value of OTLP.
fn typed(value: &Value) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|map| map.iter().next()) else { return Value::Null };
    let values = || inner.get("values").and_then(Value::as_array).into_iter().flatten();
    match (kind.as_str(), inner) {
        // 64-bit integers are written as text.
        ("intValue", Value::String(text)) => text.parse::<i64>().map_or(Value::Null, Value::from),
        ("arrayValue", _) => values().map(typed).collect(),
        ("kvlistValue", _) => {
            let pairs = values()
                .filter_map(|pair| Some((str_at(pair, "key")?.to_owned(), typed(pair.get("value")?))));
            Value::Object(pairs.collect())
        }
        _ => inner.clone(),
    }
}

/// Some exporters nest attributes; lists of objects are unfolded where their names say that they are.
fn flatten(prefix: &str, map: &Map<String, Value>, found: &mut Attributes) {
    for (key, value) in map {
        let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            Value::Object(inner) => flatten(&name, inner, found),
            Value::Array(items) if name.starts_with("llm.") && items.iter().all(Value::is_object) => {
                for (index, item) in items.iter().enumerate() {
                    flatten(&format!("{name}.{index}"), item.as_object().unwrap_or(&Map::new()), found);
                }
            }
            other => {
                found.insert(name, other.clone());
            }
        }
    }
}

/// Puts `prefix.<i>.a.b` attributes back together as a list of objects.
pub(super) fn list(attributes: &Attributes, prefix: &str) -> Vec<Value> {
    let mut root = Value::Object(Map::new());
    let dotted = format!("{prefix}.");
    for (key, value) in attributes.range(dotted.clone()..) {
        let Some(rest) = key.strip_prefix(&dotted) else { break };
        let path: Vec<&str> = rest.split('.').collect();
        if path.len() <= MAX_PATH {
            insert(&mut root, &path, value);
        }
    }
    match indexed(root) {
        Value::Array(list) => list,
        _ => Vec::new(),
    }
}

fn insert(node: &mut Value, path: &[&str], leaf: &Value) {
    let Value::Object(map) = node else { return };
    match path {
        [] => {}
        [last] => {
            map.insert((*last).to_owned(), leaf.clone());
        }
        [first, rest @ ..] => {
            insert(map.entry(*first).or_insert_with(|| Value::Object(Map::new())), rest, leaf);
        }
    }
}

/// Turns objects whose keys are all numbers into lists, in the order of the numbers.
fn indexed(node: Value) -> Value {
    let Value::Object(map) = node else { return node };
    if !map.is_empty() && map.keys().all(|key| key.parse::<u32>().is_ok()) {
        let mut items: Vec<(u32, Value)> =
            map.into_iter().filter_map(|(key, value)| Some((key.parse().ok()?, indexed(value)))).collect();
        items.sort_by_key(|(index, _)| *index);
        return items.into_iter().map(|(_, value)| value).collect();
    }
    Value::Object(map.into_iter().map(|(key, value)| (key, indexed(value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_export_gives_the_same_span() {
        let plain = json!({"name": "chat", "context": {"trace_id": "t", "span_id": "s"}, "parent_id": "p",
            "start_time": 1_767_323_045_000_000_000_u64, "status": {"status_code": "ERROR"},
            "attributes": {"gen_ai.usage.input_tokens": 3}});
        let otlp = json!({"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "chat", "traceId": "t",
            "spanId": "s", "parentSpanId": "p", "startTimeUnixNano": "1767323045000000000", "status": {"code": 2},
            "attributes": [{"key": "gen_ai.usage.input_tokens", "value": {"intValue": "3"}}]}]}]}]});
        for document in [json!([plain.clone()]), json!({"spans": [plain.clone()]}), plain, otlp] {
            let spans = spans(&document);
            let [span] = spans.as_slice() else { panic!("{document}: {spans:?}") };
            assert_eq!((span.trace.as_str(), span.id.as_str(), span.parent.as_str()), ("t", "s", "p"));
            assert_eq!(span.start, "2026-01-02T03:04:05Z".parse().ok());
            assert_eq!((span.failed, span.count(&["gen_ai.usage.input_tokens"])), (Some(true), 3));
        }
    }

    #[test]
    fn indexed_attributes_become_lists() {
        let nested = json!({"llm": {"input_messages": [{"message": {"role": "user"}}]}});
        let flat = json!({"llm.input_messages.0.message.role": "user"});
        for value in [nested, flat] {
            assert_eq!(
                list(&attributes(&value), "llm.input_messages"),
                [json!({"message": {"role": "user"}})]
            );
        }
        let gaps = json!({"m.10.a": 2, "m.2.a": 1});
        assert_eq!(list(&attributes(&gaps), "m"), [json!({"a": 1}), json!({"a": 2})]);
        let deep: Attributes = [(format!("m.0{}", ".a".repeat(100_000)), json!(1))].into();
        assert!(list(&deep, "m").is_empty());
    }
}

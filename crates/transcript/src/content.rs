//! Message content as the model APIs write it: a string, or a list of typed parts.

use serde_json::Value;
use somnium_types::{Origin, Outcome, OutcomeSource, Timestamp};

use crate::json::{Json, Tree};

/// Returns the text of a content value: a string as it is, the text parts of a list joined by line breaks,
/// other parts named in brackets (`[image]`). Never fails; what has no text is empty.
pub(crate) fn text(content: &Json) -> String {
    match content {
        Json::String(text) => text.as_ref().to_owned(),
        Json::Array(parts) => {
            let mut parts = parts.iter().map(text).filter(|part| !part.is_empty());
            let mut joined = parts.next().unwrap_or_default();
            for part in parts {
                joined.push('\n');
                joined.push_str(&part);
            }
            joined
        }
        Json::Object(part) => {
            for key in ["text", "content", "output"] {
                if let Some(inner @ (Json::String(_) | Json::Array(_))) = part.get(key) {
                    return text(inner);
                }
            }
            match part.get("type").and_then(Json::as_str) {
                Some(kind) => format!("[{kind}]"),
                None => String::new(),
            }
        }
        _ => String::new(),
    }
}

/// Tools whose results are other people's text, in lower case without separators. MCP servers
/// (`mcp__server__tool`) and tools that begin with `browser` count as such too.
const WEB_TOOLS: &[&str] = &[
    "fetch",
    "fetchurl",
    "fetchwebpage",
    "googlesearch",
    "googlewebsearch",
    "searchweb",
    "visitwebpage",
    "webfetch",
    "websearch",
    "websearchcall",
    "websurfer",
];

/// Returns where the results of a tool come from: the web and MCP servers, or the agent's own machine.
pub(crate) fn tool_origin(tool: &str) -> Origin {
    let plain: String =
        tool.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let foreign = tool.starts_with("mcp__")
        || plain.starts_with("browser")
        || WEB_TOOLS.binary_search(&plain.as_str()).is_ok();
    if foreign { Origin::Web } else { Origin::Tool }
}

/// Returns the outcome that a benchmark's `resolved` flag tells, beside the run or in its `info` or `report`.
pub(crate) fn resolved(run: &Json) -> Option<Outcome> {
    let places =
        [Some(run), run.get("info"), run.get("report"), run.get("info").and_then(|i| i.get("report"))];
    let flag = places.into_iter().flatten().find_map(|place| place.get("resolved")?.as_bool())?;
    Some(Outcome::new(flag, OutcomeSource::Resolved))
}

/// Returns a string field.
pub(crate) fn str_at<'a>(value: &'a impl Tree, key: &str) -> Option<&'a str> {
    value.text_at(key)
}

/// Returns tool arguments given as JSON text or as a value. Text that is not JSON stays a string.
pub(crate) fn arguments(value: &Json) -> Value {
    match value {
        Json::String(text) => parsed(text),
        Json::Null => Value::Object(serde_json::Map::new()),
        other => other.to_value(),
    }
}

/// Returns the value that is written as JSON in `text`, or the text.
fn parsed(text: &str) -> Value {
    if text.trim().is_empty() {
        return Value::Object(serde_json::Map::new());
    }
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// Reads a time in any of the forms that logs use: RFC 3339 (a time without zone counts as UTC), seconds,
/// milliseconds, microseconds or nanoseconds since 1970. `None` for anything else, `0000-00-00` included.
pub(crate) fn time(value: &Json) -> Option<Timestamp> {
    match value {
        Json::String(text) => moment(text),
        Json::Number(number) => {
            if let Some(n) = number.as_i64() {
                // Exactly, so that milliseconds stay milliseconds.
                let nanoseconds_a_unit = match n.unsigned_abs() {
                    n if n < 100_000_000_000 => 1_000_000_000,
                    n if n < 100_000_000_000_000 => 1_000_000,
                    n if n < 100_000_000_000_000_000 => 1_000,
                    _ => 1,
                };
                return Timestamp::from_nanosecond(i128::from(n) * nanoseconds_a_unit).ok();
            }
            let n = number.as_f64()?;
            let seconds = match n.abs() {
                x if x < 1e11 => n,
                x if x < 1e14 => n / 1e3,
                x if x < 1e17 => n / 1e6,
                _ => n / 1e9,
            };
            // A double holds microseconds of our time, no more.
            Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok()
        }
        _ => None,
    }
}

fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let civil: jiff::civil::DateTime = text.trim().parse().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn text_of_parts() {
        assert_eq!(text(&json!([{"type": "text", "text": "a"}, {"type": "image"}, "b"])), "a\n[image]\nb");
        assert_eq!(text(&json!(null)), "");
    }

    #[test]
    fn results_from_outside_are_told_from_those_of_the_own_machine() {
        assert!(WEB_TOOLS.is_sorted());
        for tool in ["WebFetch", "web_search", "google_web_search", "mcp__docs__read", "browser_click"] {
            assert_eq!(tool_origin(tool), Origin::Web, "{tool}");
        }
        for tool in ["Bash", "read_file", "fetch_order", ""] {
            assert_eq!(tool_origin(tool), Origin::Tool, "{tool}");
        }
    }

    #[test]
    fn times_in_all_forms() {
        let want = "2026-01-02T03:04:05Z".parse::<Timestamp>().ok();
        let seconds = 1_767_323_045_i64;
        let forms = [
            json!("2026-01-02T03:04:05Z"),
            json!("2026-01-02T03:04:05"),
            json!(seconds),
            json!(seconds * 1000),
            json!("2026-01-02T05:04:05+02:00"),
        ];
        assert!(forms.iter().all(|form| time(form) == want));
        let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
        assert_eq!(text(time(&json!(seconds * 1000 + 7))).as_deref(), Some("2026-01-02T03:04:05.007Z"));
        assert_eq!(text(time(&json!(1_767_323_045.25))).as_deref(), Some("2026-01-02T03:04:05.25Z"));
        assert!(
            [json!("0000-00-00T00:00:00Z"), json!("soon"), json!(1e300)].iter().all(|t| time(t).is_none())
        );
    }
}

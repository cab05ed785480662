//! Numbers, names and times as people write them.

use somnium_types::Timestamp;

/// Returns `n` with thousands separated by commas.
pub(crate) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a count with its noun: `1 session`, `1,204 sessions`, `2 people`.
pub(crate) fn count(n: u64, one: &str) -> String {
    let many = match one {
        "person" => "people".to_owned(),
        one if one.ends_with('y') && !one.ends_with("ay") => format!("{}ies", &one[..one.len() - 1]),
        one => format!("{one}s"),
    };
    format!("{} {}", number(n), if n == 1 { one } else { &many })
}

/// Returns the day of an instant, in UTC.
pub(crate) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// Returns the day and the minute of an instant, in UTC.
pub(crate) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// Returns a word of ours (`in kebab case`, as serialised) for a value with a plain name.
pub(crate) fn name_of(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name.replace(['_', '-'], " "),
        _ => String::new(),
    }
}

/// Returns `text` quoted for a POSIX shell where it needs to be.
pub(crate) fn shell(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:@%+,~".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_counts() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(count(1, "person"), "1 person");
        assert_eq!(count(2, "person"), "2 people");
        assert_eq!(count(3, "day"), "3 days");
        assert_eq!(count(4, "memory"), "4 memories");
        assert_eq!(count(0, "session"), "0 sessions");
    }

    #[test]
    fn words_that_a_shell_would_split_are_quoted() {
        assert_eq!(shell("a/b-c.md"), "a/b-c.md");
        assert_eq!(shell("my memory"), "'my memory'");
        assert_eq!(shell("it's"), r"'it'\''s'");
        assert_eq!(shell(""), "''");
    }
}

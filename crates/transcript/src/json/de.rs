//! How a [`Json`] is read by [`serde_json`].

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::{Fields, Json};

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(flag))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Json<'de>, E> {
        Ok(Number::from_f64(number).map_or(Json::Null, Json::Number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::Array(list.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some((Key(key), value)) = entries.next_entry()? {
            fields.push((key, value));
        }
        Ok(Json::Object(Fields(fields.into())))
    }
}

/// The key of a field.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(AnyKey)
    }
}

struct AnyKey;

impl<'de> Visitor<'de> for AnyKey {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(key)))
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(key.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use crate::json::strict;

    /// Both as values: what is refused, and what the rest means.
    fn both(text: &str) -> (Option<Value>, Option<Value>) {
        (strict(text).map(|json| json.to_value()), serde_json::from_str(text).ok())
    }

    #[test]
    fn numbers_mean_what_they_mean_to_values() {
        for number in
            ["0", "-0", "-1", "18446744073709551615", "18446744073709551616", "1.5e3", "-0.0", "1e400"]
        {
            let (ours, theirs) = both(number);
            assert_eq!(ours, theirs, "{number}");
        }
    }

    #[test]
    fn a_string_without_escapes_is_not_copied() {
        let text = r#"["plain", "new\nline"]"#;
        let Some(json) = strict(text) else { panic!("sound JSON is refused") };
        let items = json.as_array().unwrap();
        assert_eq!(items[0].as_str().map(str::as_ptr), Some(text[2..].as_ptr()));
        assert_eq!(items[1].as_str(), Some("new\nline"));
    }

    proptest! {
        #[test]
        fn a_value_that_is_written_is_read_again(text in any::<String>(), number in any::<f64>()) {
            let value = serde_json::json!({ text.clone(): [text, number, null], "a": { "b": true } });
            let (ours, theirs) = both(&value.to_string());
            prop_assert_eq!(ours, theirs);
        }
    }
}

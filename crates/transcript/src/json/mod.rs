//! JSON that is read, not written: a tree whose strings stay in the text that they were read from.
//!
//! Most of what stands in a transcript is never looked at, and most of the rest is copied once. So a string without
//! escapes is a slice of the text, and an object is a list of its fields as they stand. [`serde_json::Value`], which
//! copies every string and sorts every key, is for what is kept.

mod de;
mod lenient;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Index;

use serde_json::{Number, Value};

pub(crate) use lenient::{parse, strict};

/// A JSON value in the text that it was read from.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Cow<'a, str>),
    /// A list.
    Array(Box<[Json<'a>]>),
    /// An object.
    Object(Fields<'a>),
}

/// The fields of an object, as they stand in the text.
#[derive(Clone, Debug, Default)]
pub struct Fields<'a>(Box<[(Cow<'a, str>, Json<'a>)]>);

impl<'a> Json<'a> {
    /// Returns the field `key` of an object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.get(key),
            _ => None,
        }
    }

    /// Returns the value at a JSON pointer of plain keys and numbers, as [`Value::pointer`] does.
    pub(crate) fn pointer(&self, pointer: &str) -> Option<&Self> {
        pointer.split('/').skip(1).try_fold(self, |value, step| match value {
            Self::Object(fields) => fields.get(step),
            Self::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// Returns the text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    pub(crate) fn as_u64(&self) -> Option<u64> {
        self.number()?.as_u64()
    }

    pub(crate) fn as_i64(&self) -> Option<i64> {
        self.number()?.as_i64()
    }

    pub(crate) fn as_f64(&self) -> Option<f64> {
        self.number()?.as_f64()
    }

    fn number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    pub(crate) fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn as_object(&self) -> Option<&Fields<'a>> {
        match self {
            Self::Object(fields) => Some(fields),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(crate) fn is_string(&self) -> bool {
        matches!(self, Self::String(_))
    }

    pub(crate) fn is_array(&self) -> bool {
        matches!(self, Self::Array(_))
    }

    pub(crate) fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// Takes the field `key` out of an object and leaves `null` in its place.
    pub(crate) fn take(&mut self, key: &str) -> Option<Self> {
        let Self::Object(Fields(fields)) = self else { return None };
        let field = fields.iter_mut().rev().find(|(name, _)| name == key);
        field.map(|(_, value)| std::mem::replace(value, Self::Null))
    }

    /// Returns the same value with strings of its own.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Number(number) => Value::Number(number.clone()),
            Self::String(text) => Value::String(text.as_ref().to_owned()),
            Self::Array(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Self::Object(Fields(fields)) => Value::Object(
                fields.iter().map(|(key, value)| (key.as_ref().to_owned(), value.to_value())).collect(),
            ),
        }
    }
}

/// [`serde_json::json`], as a document would hold it.
#[cfg(test)]
macro_rules! json {
    ($($json:tt)+) => { $crate::json::Json::from(serde_json::json!($($json)+)) };
}

#[cfg(test)]
pub(crate) use json;

/// JSON that is read and JSON that is kept.
pub(crate) trait Tree {
    /// Returns the text of the field `key`.
    fn text_at(&self, key: &str) -> Option<&str>;
}

impl Tree for Json<'_> {
    fn text_at(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }
}

impl Tree for Value {
    fn text_at(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }
}

impl<T: Tree> Tree for &T {
    fn text_at(&self, key: &str) -> Option<&str> {
        (**self).text_at(key)
    }
}

/// Compact JSON with the keys sorted, as [`Value`] writes it.
impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_value().fmt(f)
    }
}

impl<'a> From<&'a Value> for Json<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::String(Cow::Borrowed(text)),
            Value::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            Value::Object(map) => {
                let fields = map.iter().map(|(key, value)| (Cow::Borrowed(key.as_str()), value.into()));
                Self::Object(Fields(fields.collect()))
            }
        }
    }
}

impl From<Value> for Json<'_> {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(flag),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::String(Cow::Owned(text)),
            Value::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Value::Object(map) => {
                let fields = map.into_iter().map(|(key, value)| (Cow::Owned(key), value.into()));
                Self::Object(Fields(fields.collect()))
            }
        }
    }
}

impl<'a> Index<&str> for Json<'a> {
    type Output = Self;

    /// Returns the field `key`, or `null`.
    fn index(&self, key: &str) -> &Self {
        self.get(key).unwrap_or(&Json::Null)
    }
}

impl<'a> Fields<'a> {
    /// Returns the field `key`; of several the last, as [`Value`] does.
    pub(crate) fn get(&self, key: &str) -> Option<&Json<'a>> {
        self.0.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(crate) fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Returns the fields in the order of their keys, each key once.
    pub(crate) fn sorted(&self) -> BTreeMap<&str, &Json<'a>> {
        self.0.iter().map(|(key, value)| (key.as_ref(), value)).collect()
    }

    /// Returns how many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.sorted().len()
    }
}

impl PartialEq for Fields<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.sorted() == other.sorted()
    }
}

//! What must not be found any more: names, and passages that nobody else said.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

/// Bytes in a row by which a passage is known again, also where it was shortened.
const WINDOW: usize = 16;
/// Shortest text that is looked for where it is no passage: anybody says shorter ones.
const SHORTEST: usize = 6;
/// What stands in the place of a line that was taken out of a record.
const ERASED: &str = "[erased]";

/// Names and passages that are to go.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    names: Vec<String>,
    /// Whole texts that are too short for passages: a tool's name, a value.
    words: BTreeSet<String>,
    passages: HashSet<[u8; WINDOW]>,
}

impl Traces {
    /// Returns the traces of `names`, which count wherever they stand between other characters than letters and digits.
    pub fn of_names(names: impl IntoIterator<Item = String>) -> Self {
        let names: BTreeSet<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
        Self { names: names.into_iter().collect(), ..Self::default() }
    }

    /// Adds everything that `text` says.
    pub fn add(&mut self, text: &str) {
        match text.trim().len() {
            0..SHORTEST => {}
            SHORTEST..WINDOW => drop(self.words.insert(text.trim().to_owned())),
            _ => self.passages.extend(windows(text.as_bytes())),
        }
    }

    /// Leaves out what `text` says, too: it is not for the others alone.
    pub fn spare(&mut self, text: &str) {
        for window in windows(text.as_bytes()) {
            self.passages.remove(&window);
        }
        self.words.retain(|word| !text.contains(word.as_str()));
    }

    /// Returns how many names, and how many words and passages there are.
    pub fn len(&self) -> (usize, usize) {
        (self.names.len(), self.words.len() + self.passages.len())
    }

    /// Whether there is nothing to be found.
    pub fn is_empty(&self) -> bool {
        self.len() == (0, 0)
    }

    /// Returns where the first of them is.
    pub fn find(&self, bytes: &[u8]) -> Option<usize> {
        let name =
            self.names.iter().chain(&self.words).filter_map(|name| find_name(bytes, name.as_bytes())).min();
        let passage = windows(bytes).position(|window| self.passages.contains(&window));
        name.into_iter().chain(passage).min()
    }

    /// Whether one of them is in a JSON value: in a text or a key.
    pub fn are_in(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.find(text.as_bytes()).is_some(),
            Value::Array(items) => items.iter().any(|item| self.are_in(item)),
            Value::Object(fields) => {
                fields.iter().any(|(key, value)| self.find(key.as_bytes()).is_some() || self.are_in(value))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    /// Whether one of them is in the bytes of a file: as they are, or in a text of a JSON document or of lines of JSON.
    pub fn are_in_file(&self, bytes: &[u8]) -> bool {
        let in_json = |bytes: &[u8]| serde_json::from_slice(bytes).is_ok_and(|value| self.are_in(&value));
        let is_json = bytes.trim_ascii_start().first().is_some_and(|first| matches!(first, b'{' | b'['));
        self.find(bytes).is_some()
            || is_json && (in_json(bytes) || bytes.split(|byte| *byte == b'\n').any(in_json))
    }

    /// Takes them out of a JSON value: entries of a list that name one in a field of their own, fields named so, and
    /// lines of text. Returns whether there were any.
    pub fn scrub(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => {
                let found = self.find(text.as_bytes()).is_some();
                if found {
                    *text = self.without(text);
                }
                found
            }
            Value::Array(items) => {
                let before = items.len();
                items.retain(|item| !self.is_about(item));
                let gone = items.len() < before;
                items.iter_mut().fold(gone, |found, item| self.scrub(item) || found)
            }
            Value::Object(fields) => {
                let before = fields.len();
                fields.retain(|key, _| self.find(key.as_bytes()).is_none());
                let gone = fields.len() < before;
                fields.values_mut().fold(gone, |found, value| self.scrub(value) || found)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    /// Whether an entry of a list is one of a name: it stands alone in one of its fields.
    fn is_about(&self, item: &Value) -> bool {
        let is_name =
            |value: &Value| value.as_str().is_some_and(|text| self.names.iter().any(|name| name == text));
        is_name(item) || item.as_object().is_some_and(|fields| fields.values().any(is_name))
    }

    fn without(&self, text: &str) -> String {
        let line = |line: &str| match self.find(line.as_bytes()) {
            Some(_) => ERASED.to_owned(),
            None => line.to_owned(),
        };
        let lines = text.split('\n').map(line).collect::<Vec<_>>().join("\n");
        // One that goes over the end of a line.
        if self.find(lines.as_bytes()).is_some() { ERASED.to_owned() } else { lines }
    }
}

fn windows(bytes: &[u8]) -> impl Iterator<Item = [u8; WINDOW]> {
    bytes.windows(WINDOW).map(|window| {
        let mut copy = [0; WINDOW];
        copy.copy_from_slice(window);
        copy
    })
}

fn find_name(bytes: &[u8], name: &[u8]) -> Option<usize> {
    let is_free =
        |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    memchr::memmem::find_iter(bytes, name)
        .find(|at| is_free(at.checked_sub(1)) && is_free(Some(at + name.len())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn traces() -> Traces {
        let mut traces = Traces::of_names(["books-1".to_owned()]);
        traces.add("invoice 7301 of the north depot has no cost centre");
        traces.add("reopen_ledger");
        traces.add("completed");
        traces.add("yes");
        traces.spare("invoice 9000 has no cost centre\ncompleted");
        traces
    }

    #[test]
    fn names_are_found_whole_and_passages_also_where_they_are_cut() {
        let traces = traces();
        for there in
            ["in books-1.", "books-1", "`reopen_ledger`", "xx of the north depot …", "301 of the north"]
        {
            assert!(traces.find(there.as_bytes()).is_some(), "{there}");
        }
        for other in [
            "books-10",
            "mybooks-1",
            "completed",
            "yes",
            "reopen_ledgers",
            "has no cost centre",
            "the north",
            "invoice 9000 has no cost",
        ] {
            assert_eq!(traces.find(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn records_lose_the_entries_and_lines_that_name_them() {
        let traces = traces();
        let mut record = json!({
            "evidence": [{ "session_id": "books-1", "quote": "x" }, { "session_id": "books-2", "quote": "y" }],
            "diff": "+ one\n+ for example “of the north depot”\n+ two",
            "by": { "books-1": 1, "books-2": 2 },
            "escaped": "a \"b\" of the north depot",
        });
        assert!(traces.are_in(&record) && traces.are_in_file(record.to_string().as_bytes()));
        assert!(traces.scrub(&mut record));
        assert!(!traces.are_in(&record) && !traces.scrub(&mut record));
        assert_eq!(
            record,
            json!({
                "evidence": [{ "session_id": "books-2", "quote": "y" }],
                "diff": "+ one\n[erased]\n+ two",
                "by": { "books-2": 2 },
                "escaped": "[erased]",
            })
        );
    }
}

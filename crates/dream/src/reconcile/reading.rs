//! What a sentence of a note says, as far as it can be told without understanding it: what it is about (its words), and
//! what it says of that (its values).
//!
//! A value is what varies by its looks: code, a quotation, a path, anything with a digit. Where there is none, what
//! stands behind a colon or "is" will do, if it is short. Two sentences with the same words and other values contradict
//! each other; with the same values they say the same.

use std::collections::BTreeSet;
use std::ops::Range;

/// Most values of a sentence that is compared: one with more is a list.
const MAX_VALUES: usize = 3;
/// Longest value, in bytes, and most words of one behind a colon, and behind "is".
const MAX_VALUE: usize = 80;
const MAX_BEHIND_COLON: usize = 4;
const MAX_BEHIND_IS: usize = 2;
/// What may follow a value without belonging to it.
const ENDS: &[&str] =
    &[", ", "; ", " not ", " instead", " rather ", " from now", " please", " now", " again"];
/// Say that something gets another value, which stands behind "to".
const CHANGING: &[&str] = &[
    "set", "change", "changed", "switch", "switched", "move", "moved", "update", "updated", "bump", "bumped",
    "rename", "renamed",
];
/// Begin a sentence with the time from which on it holds: what follows limits nothing but that.
const LATE: &[&str] = &["after", "since", "following", "starting"];
/// What follows these does not hold, even where it is a plain word.
const NEGATES: &[&str] = &["not", "isn't", "aren't", "wasn't", "weren't", "instead", "longer"];

/// Words that say nothing about the subject.
const STOP: &[&str] = &[
    "a",
    "an",
    "the",
    "this",
    "that",
    "these",
    "those",
    "it",
    "its",
    "we",
    "our",
    "ours",
    "you",
    "your",
    "i",
    "my",
    "they",
    "their",
    "there",
    "here",
    "of",
    "to",
    "on",
    "at",
    "by",
    "with",
    "as",
    "and",
    "or",
    "in",
    "for",
    "from",
    "into",
    "than",
    "is",
    "are",
    "be",
    "been",
    "being",
    "was",
    "were",
    "has",
    "have",
    "had",
    "do",
    "does",
    "did",
    "will",
    "would",
    "should",
    "must",
    "can",
    "could",
    "shall",
    "may",
    "now",
    "new",
    "newly",
    "currently",
    "current",
    "nowadays",
    "today",
    "since",
    "again",
    "still",
    "already",
    "always",
    "just",
    "only",
    "also",
    "so",
    "then",
    "please",
    "remember",
    "note",
    "notice",
    "fyi",
    "hey",
    "hi",
    "ok",
    "okay",
    "actually",
    "changed",
    "change",
    "changes",
    "moved",
    "switched",
    "set",
    "became",
    "become",
    "becomes",
    "updated",
    "update",
    "correction",
    "value",
    "called",
    "named",
    "use",
    "uses",
    "used",
    "using",
    "not",
    "no",
    "never",
    "instead",
    "longer",
    "rather",
    "previously",
    "formerly",
    "anymore",
    "don't",
    "dont",
    "avoid",
    "went",
    "got",
    "gets",
    "needs",
    "need",
    "about",
    "all",
    "everything",
    "everyone",
    "us",
    "let",
    "lets",
    "isn't",
    "aren't",
    "wasn't",
    "weren't",
    "any",
    "more",
    "yes",
    "well",
    "sorry",
    "heads",
    "up",
    "btw",
    "anyway",
    "reminder",
    "know",
    "switch",
    "bump",
    "bumped",
    "rename",
    "renamed",
];
/// Headings and file names that every memory has.
const GENERIC: &[&str] = &[
    "memory",
    "memories",
    "note",
    "notes",
    "learned",
    "learnt",
    "learning",
    "learnings",
    "fact",
    "facts",
    "general",
    "misc",
    "miscellaneous",
    "tips",
    "gotchas",
    "rules",
    "conventions",
    "preferences",
    "knowledge",
    "context",
    "project",
    "claude",
    "agents",
    "agent",
    "gemini",
    "skill",
    "index",
    "readme",
    "todo",
    "log",
    "things",
    "known",
    "important",
];
/// What follows these is what holds no more, or never did.
const DENIES: &[&str] = &[
    "not",
    "never",
    "instead",
    "than",
    "was",
    "were",
    "previously",
    "formerly",
    "longer",
    "avoid",
    "don't",
    "dont",
    "old",
    "former",
    "previous",
    "isn't",
    "aren't",
    "wasn't",
    "weren't",
];

/// Say that what follows was otherwise before.
const SWITCHES: &[&str] = &[
    "now",
    "changed",
    "changes",
    "moved",
    "switched",
    "instead",
    "longer",
    "anymore",
    "updated",
    "became",
    "correction",
    "new",
    "since",
    "replaced",
    "replaces",
];

/// A sentence as it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// What it is about.
    pub(super) words: BTreeSet<String>,
    /// What it says of it, in order.
    pub(super) values: Vec<Value>,
    /// What it says does not hold.
    pub(super) denied: BTreeSet<String>,
    /// Whether it says that something changed.
    pub(super) switches: bool,
    /// Its words in their order, where it begins with a time.
    late: Vec<String>,
}

/// A value, with its place in the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) range: Range<usize>,
}

impl Reading {
    /// Whether a word only says since when it holds: it stands behind "after", and before what the sentence is about.
    pub(super) fn says_when(&self, word: &str, subject: &BTreeSet<String>) -> bool {
        let begins = self.late.iter().position(|known| subject.contains(known));
        let at = self.late.iter().position(|known| known == word);
        at.zip(begins).is_some_and(|(at, begins)| at < begins)
    }

    /// Returns the values as texts.
    pub(super) fn texts(&self) -> Vec<&str> {
        self.values.iter().map(|value| value.text.as_str()).collect()
    }

    /// Whether it says something of something, so that another sentence can contradict it.
    pub(super) fn has_a_value(&self) -> bool {
        (1..=MAX_VALUES).contains(&self.values.len()) && !self.words.is_empty()
    }

    /// Whether it does so without a heading above it.
    pub(super) fn is_a_statement(&self) -> bool {
        self.has_a_value() && self.words.len() + self.values.len() > 2
    }
}

/// Reads a sentence.
pub(super) fn read(text: &str) -> Reading {
    let mut reading = frame(text);
    if reading.values.is_empty() {
        behind_a_mark(text, &mut reading);
    }
    let first = text.split_whitespace().next().unwrap_or_default().to_lowercase();
    if !LATE.contains(&first.as_str()) {
        reading.late.clear();
    }
    reading
}

/// Reads the words of a sentence, and the values that are such by their looks.
fn frame(text: &str) -> Reading {
    let mut reader = Reader::default();
    for piece in pieces(text) {
        reader.take(text, piece);
    }
    reader.reading
}

/// Returns the telling words of a heading or a file's name.
pub(super) fn context_words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter_map(word);
    words.filter(|word| !GENERIC.contains(&word.as_str())).collect()
}

/// Whether a clause states something: questions and conditions do not.
pub(super) fn states(clause: &str) -> bool {
    let first = clause.split_whitespace().next().unwrap_or_default().to_lowercase();
    let first = first.trim_matches(|c: char| !c.is_alphabetic());
    !clause.trim_end().ends_with('?')
        && !matches!(
            first,
            "if" | "when"
                | "unless"
                | "suppose"
                | "maybe"
                | "perhaps"
                | "what"
                | "why"
                | "how"
                | "is"
                | "are"
                | "does"
        )
}

/// A part of a sentence.
enum Piece {
    /// Between backticks or quotation marks.
    Marked(Range<usize>),
    /// Any other word, without punctuation around.
    Word(Range<usize>),
}

/// Cuts a sentence into words and marked passages.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let close = match c {
            '`' => Some('`'),
            '“' => Some('”'),
            '"' => Some('"'),
            _ => None,
        };
        let inner = at + c.len_utf8();
        if let Some(end) =
            close.and_then(|close| text[inner..].find(close)).filter(|end| (1..=MAX_VALUE).contains(end))
        {
            pieces.push(Piece::Marked(inner..inner + end));
            at = inner + end + close.map_or(1, char::len_utf8);
        } else if c.is_whitespace() || close.is_some() {
            at = inner;
        } else {
            let end = text[at..]
                .find(|c: char| c.is_whitespace() || matches!(c, '`' | '“' | '"'))
                .map_or(text.len(), |end| at + end);
            pieces.push(Piece::Word(trimmed(text, at..end)));
            at = end;
        }
    }
    pieces
}

/// Takes punctuation off both ends of a word; what belongs to a path or a flag stays.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let word = &text[range.clone()];
    let ahead = word.len()
        - word.trim_start_matches(['(', '[', '{', '\'', '*', '<', '‘', ',', ';', ':', '!', '=']).len();
    let behind =
        word.trim_end_matches([',', ';', ':', '!', '?', '.', ')', ']', '}', '\'', '*', '>', '’', '=']).len();
    range.start + ahead.min(behind)..range.start + behind.max(ahead.min(behind))
}

#[derive(Default)]
struct Reader {
    reading: Reading,
    denies: bool,
    negates: bool,
    /// The value behind "from", until "to" says that it is over.
    from: Option<usize>,
    after_from: bool,
    after_to: bool,
}

impl Reader {
    fn take(&mut self, text: &str, piece: Piece) {
        let (range, is_marked) = match piece {
            Piece::Marked(range) => (range, true),
            Piece::Word(range) => (range, false),
        };
        let shown = &text[range.clone()];
        if shown.is_empty() {
            return;
        }
        if is_marked || is_value(shown) {
            return self.value(shown, range);
        }
        let lower = shown.to_lowercase();
        self.reading.switches |= SWITCHES.contains(&lower.as_str());
        if DENIES.contains(&lower.as_str()) {
            self.denies = true;
            self.negates = NEGATES.contains(&lower.as_str());
        } else if matches!(lower.as_str(), "but" | "is" | "now" | "use" | "to") {
            (self.denies, self.negates) = (false, false);
        }
        self.after_from = lower == "from";
        self.after_to = lower == "to";
        let Some(word) = word(shown) else {
            // "isn't make all any more": what is denied ends with the first word that says nothing.
            self.negates &= NEGATES.contains(&lower.as_str());
            return;
        };
        if self.negates {
            self.reading.denied.insert(shown.to_owned());
            self.negates = !text[range.end..].starts_with([',', ';', '.', ':', '!']);
            return;
        }
        self.reading.late.push(word.clone());
        self.reading.words.insert(word);
    }

    fn value(&mut self, shown: &str, range: Range<usize>) {
        if std::mem::take(&mut self.after_to)
            && let Some(from) = self.from.take()
        {
            let old = self.reading.values.remove(from);
            self.reading.denied.insert(old.text);
        }
        if std::mem::take(&mut self.denies) {
            self.reading.denied.insert(shown.to_owned());
        } else {
            self.from =
                std::mem::take(&mut self.after_from).then_some(self.reading.values.len()).or(self.from);
            self.reading.values.push(Value { text: shown.to_owned(), range });
        }
    }
}

/// Whether a word names or counts something: it has a digit, or the looks of a path, a file, a flag, a field.
fn is_value(word: &str) -> bool {
    if word.len() > MAX_VALUE {
        return false;
    }
    let has = |test: fn(char) -> bool| word.chars().any(test);
    let is_file = word.rsplit_once('.').is_some_and(|(stem, ending)| {
        !stem.is_empty()
            && (1..=5).contains(&ending.len())
            && ending.chars().all(|c| c.is_ascii_alphanumeric())
    });
    let is_path = word.len() > 2 && word.contains('/') && !word.contains("and/or");
    let is_flag = word.starts_with("--") && word.len() > 2;
    has(|c| c.is_ascii_digit())
        || is_path
        || is_file
        || is_flag
        || (word.contains(['_', '@']) && has(char::is_alphabetic))
}

/// Returns the stem of a telling word.
fn word(text: &str) -> Option<String> {
    let lower = text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let lower = lower.strip_suffix("'s").or(lower.strip_suffix("’s")).unwrap_or(&lower);
    let is_telling =
        lower.chars().count() > 1 && lower.chars().any(char::is_alphabetic) && !STOP.contains(&lower);
    // Plurals say the same.
    let stem = match lower.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with(['s', 'u', 'i']) => stem,
        _ => lower,
    };
    is_telling.then(|| stem.to_owned())
}

/// Finds a plain word that is a value by its place: `Default branch: main`, `the default branch is main`, `set the
/// default branch to main`, `use main as the default branch`.
fn behind_a_mark(text: &str, reading: &mut Reading) {
    const MARKS: &[(&str, usize)] = &[
        (": ", MAX_BEHIND_COLON),
        (" = ", MAX_BEHIND_COLON),
        (" → ", MAX_BEHIND_COLON),
        (" is now ", MAX_BEHIND_IS),
        (" are now ", MAX_BEHIND_IS),
        (" is ", MAX_BEHIND_IS),
        (" are ", MAX_BEHIND_IS),
    ];
    let is_changing = text.split_whitespace().any(|word| CHANGING.contains(&word.to_lowercase().as_str()));
    let found = MARKS.iter().find_map(|(mark, most)| {
        let (head, tail) = text.split_once(mark)?;
        if frame(head).words.is_empty() {
            return None;
        }
        value_at(text, head.len() + mark.len(), tail, *most).map(|value| (head.to_owned(), value))
    });
    let found = found.or_else(|| {
        let (head, tail) = text.rsplit_once(" to ").filter(|_| is_changing)?;
        let value = value_at(text, head.len() + " to ".len(), tail, MAX_BEHIND_IS)?;
        // What it was before stands behind "from".
        Some((head.split_once(" from ").map_or(head, |(head, _)| head).to_owned(), value))
    });
    let found = found.or_else(|| {
        let start = text.to_lowercase().starts_with("use ").then_some("use ".len())?;
        let (value, tail) = text.get(start..)?.split_once(" as ")?;
        Some((tail.to_owned(), value_at(text, start, value, MAX_BEHIND_IS)?))
    });
    let Some((head, value)) = found else { return };
    let head = frame(&head);
    if !head.words.is_empty() && head.values.is_empty() {
        (reading.words, reading.late) = (head.words, head.late);
        reading.denied.remove(&value.text);
        reading.values = vec![value];
    }
}

/// Returns the value that `tail`, which begins at `start`, begins with: a few words, one of them telling.
fn value_at(text: &str, start: usize, tail: &str, most: usize) -> Option<Value> {
    let end = ENDS.iter().filter_map(|end| tail.find(end)).min().unwrap_or(tail.len());
    let value = tail[..end].trim().trim_end_matches(['.', '!', ';', ',']);
    let start = start + (tail.len() - tail.trim_start().len());
    let says = value.split_whitespace().any(|part| word(part).is_some());
    let denies = value.split_whitespace().any(|part| DENIES.contains(&part.to_lowercase().as_str()));
    let is_short = (1..=most).contains(&value.split_whitespace().count());
    let is_there = text.get(start..start + value.len()) == Some(value);
    (is_short && says && !denies && is_there)
        .then(|| Value { text: value.to_owned(), range: start..start + value.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let reading = read(text);
        for value in &reading.values {
            assert_eq!(text[value.range.clone()], value.text);
        }
        let list = |words: &BTreeSet<String>| words.iter().cloned().collect::<Vec<_>>().join(" ");
        format!("{} | {} | {}", list(&reading.words), reading.texts().join(", "), list(&reading.denied))
    }

    #[test]
    fn words_values_and_what_is_denied() {
        for (text, want) in [
            ("The staging port is 8080.", "port staging | 8080 | "),
            ("Staging port: `8080`", "port staging | 8080 | "),
            ("Please remember: the port for staging is now 9090, not 8080.", "port staging | 9090 | 8080"),
            ("The staging port moved from 8080 to 9090", "port staging | 9090 | 8080"),
            ("Run the tests with `make check`", "run test | make check | "),
            ("Run tests with `just check` instead of `make check`.", "run test | just check | make check"),
            ("Read the settings from `conf/app.yml` in `app/`.", "read setting | conf/app.yml, app/ | "),
            ("Default branch: main", "branch default | main | "),
            ("the default branch is trunk", "branch default | trunk | "),
            ("Never call \"drop_all\" on friday", "call friday |  | drop_all"),
            ("the build is not slow", "build |  | slow"),
            ("The default branch isn't main any more, it is trunk.", "branch default | trunk | main"),
            ("We changed the default branch from main to trunk", "branch default | trunk | "),
            ("No, the default branch is trunk, not main.", "branch default | trunk | main"),
            ("Please note: default branch is trunk.", "branch default | trunk | "),
            (
                "The build command isn't make all any more, it is make some",
                "build command | make some | make",
            ),
            ("Set the default branch to trunk, please", "branch default | trunk | "),
            ("use trunk as the default branch from now on", "branch default | trunk | "),
        ] {
            assert_eq!(shown(text), want, "{text}");
        }
    }

    #[test]
    fn a_time_limits_nothing_and_a_place_does() {
        let subject = read("The staging port is 8080.").words;
        let late = read("After the move last week the staging port is 9090");
        assert!(["after", "move", "last", "week"].iter().all(|word| late.says_when(word, &subject)));
        assert!(!late.says_when("port", &subject));
        assert!(!read("For contractors the staging port is 9090").says_when("contractor", &subject));
        assert!(!read("After the move the staging port of guests is 9090").says_when("guest", &subject));
    }

    #[test]
    fn questions_and_conditions_state_nothing() {
        assert!(states("the port is 9090"));
        for clause in
            ["is the port 9090?", "if the port is 9090, stop", "the port is 9090?", "When it is 9090: wait"]
        {
            assert!(!states(clause), "{clause}");
        }
    }
}

//! The phrase tables of a language, as `lang/<code>.txt` holds them.
//!
//! What is known of a language is data: lists of phrases under headings. This file reads them; it knows no word of
//! any language.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::LazyLock;

use super::words::Word;

/// Every table, the first one being what is tried when nothing tells.
const TABLES: &[&str] = &[include_str!("../../../lang/en.txt"), include_str!("../../../lang/de.txt")];

static LANGUAGES: LazyLock<Vec<Language>> =
    LazyLock::new(|| TABLES.iter().filter_map(|table| Language::parse(table).ok()).collect());

/// Longest gap that `*` in a phrase stands for, in words.
const MAX_GAP: usize = 4;
const GAP: &str = "*";
/// Shortest stem that an ending may be cut down to.
const MIN_STEM: usize = 2;
/// Separates an attribute from its value in a heading.
const VALUE: &str = "value ";

/// What a phrase says about the clause that it stands in. One a heading of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cue {
    /// It holds from now on.
    Standing,
    /// It has to be so.
    Must,
    /// The same, behind the name of a thing: "the table goes on top", but not "it goes".
    Rule,
    /// Something is asked for.
    Request,
    /// Somebody wants something for themselves.
    Own,
    /// It holds for each one of many.
    Every,
    /// It is against what follows.
    Against,
    /// It says not to do what follows.
    Forbids,
    /// When, or for what, it holds follows.
    Condition,
    /// It holds this once.
    Once,
    /// A question about facts, where a clause starts with it.
    Asks,
    /// Takes back what the agent made.
    Correction,
    /// What follows was said by somebody else.
    Relay,
    /// A verb whose request is the work itself.
    Work,
    /// A verb that says how the work is to be.
    Manner,
    /// A value of an attribute.
    Value {
        /// What is chosen: `position`.
        attribute: String,
        /// What it should be: `first`.
        value: String,
    },
}

const HEADINGS: &[(&str, Cue)] = &[
    ("standing", Cue::Standing),
    ("must", Cue::Must),
    ("rules", Cue::Rule),
    ("requests", Cue::Request),
    ("own wishes", Cue::Own),
    ("every", Cue::Every),
    ("against", Cue::Against),
    ("forbids", Cue::Forbids),
    ("conditions", Cue::Condition),
    ("once", Cue::Once),
    ("asks", Cue::Asks),
    ("corrections", Cue::Correction),
    ("relays", Cue::Relay),
    ("work verbs", Cue::Work),
    ("manner verbs", Cue::Manner),
];

/// A phrase of a table.
#[derive(Clone, Debug)]
struct Phrase {
    /// Its words; `*` stands for a few of any.
    words: Vec<String>,
    /// Whether it must end a phrase: written with `$`; something goes before it there.
    at_end: bool,
    cue: Cue,
}

/// A phrase found in a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// First word.
    pub(super) start: usize,
    /// One past the last word.
    pub(super) end: usize,
    /// Words in between that are not the phrase's own.
    pub(super) gap: Range<usize>,
    /// What it says.
    pub(super) cues: Vec<Cue>,
}

/// One language.
#[derive(Debug)]
pub(super) struct Language {
    /// Its name in English.
    pub(super) name: String,
    function_words: BTreeSet<String>,
    fillers: BTreeSet<String>,
    pronouns: BTreeSet<String>,
    own: BTreeSet<String>,
    persons: BTreeSet<String>,
    needs_subject: BTreeSet<String>,
    /// Lists of endings; of each list the first that fits is replaced.
    endings: Vec<Vec<(String, String)>>,
    /// By first word, the longest first.
    phrases: HashMap<String, Vec<Phrase>>,
}

impl Language {
    /// Chooses the language of a clause by its function words; where that does not tell, `otherwise`, or the first.
    pub(super) fn of(words: &[Word], otherwise: Option<&'static Self>) -> Option<&'static Self> {
        let score = |language: &Self| words.iter().filter(|word| language.knows(&word.text)).count();
        let best = LANGUAGES.iter().map(score).max().unwrap_or_default();
        let fits = |language: &&Self| score(language) == best;
        match otherwise.filter(|language| fits(language)) {
            Some(language) => Some(language),
            None => LANGUAGES.iter().find(fits),
        }
    }

    fn knows(&self, word: &str) -> bool {
        self.function_words.contains(word) || self.persons.contains(word) || self.fillers.contains(word)
    }

    /// Returns whether a word carries no meaning of its own.
    pub(super) fn is_function_word(&self, word: &str) -> bool {
        self.knows(word)
    }

    /// Returns whether a word points at the thing at hand.
    pub(super) fn is_pronoun(&self, word: &str) -> bool {
        self.pronouns.contains(word)
    }

    /// Returns whether a word is about who speaks, alone.
    pub(super) fn is_own(&self, word: &str) -> bool {
        self.own.contains(word)
    }

    /// Returns whether a word may stand before an order without changing it: "and", "just".
    pub(super) fn is_filler(&self, word: &str) -> bool {
        self.fillers.contains(word)
    }

    /// Returns whether a word is about who speaks or is spoken to.
    pub(super) fn is_person(&self, word: &str) -> bool {
        self.persons.contains(word)
    }

    /// Returns whether an attribute means something only together with what it is about.
    pub(super) fn needs_subject(&self, attribute: &str) -> bool {
        self.needs_subject.contains(attribute)
    }

    /// Returns what words of one family have in common.
    pub(super) fn stem(&self, word: &str) -> String {
        let mut stem = word.to_owned();
        for list in &self.endings {
            let fits = |(ending, _): &&(String, String)| {
                stem.strip_suffix(ending.as_str()).is_some_and(|rest| rest.chars().count() >= MIN_STEM)
            };
            if let Some((ending, instead)) = list.iter().find(fits) {
                stem.truncate(stem.len() - ending.len());
                let doubled = ending.len() > 1 && instead.is_empty() && ends_doubled(&stem);
                if doubled {
                    stem.pop();
                }
                stem.push_str(instead);
            }
        }
        stem
    }

    /// Finds the phrases of a clause: at each place the longest without a gap, none over another; and those with a
    /// gap wherever they are.
    pub(super) fn find(&self, words: &[Word]) -> Vec<Match> {
        let mut found = Vec::new();
        let mut taken = 0;
        for start in 0..words.len() {
            let here = self.at(words, start);
            let (with_gap, whole): (Vec<Match>, Vec<Match>) =
                here.into_iter().partition(|one| !one.gap.is_empty());
            let longest = whole.into_iter().max_by_key(|one| one.end).filter(|_| start >= taken);
            taken = longest.as_ref().map_or(taken, |one| one.end);
            found.extend(with_gap);
            found.extend(longest);
        }
        found
    }

    /// Returns the phrases that start with a word; those of one extent are one.
    fn at(&self, words: &[Word], start: usize) -> Vec<Match> {
        let mut found: Vec<Match> = Vec::new();
        let Some(phrases) = words.get(start).and_then(|word| self.phrases.get(&word.text)) else {
            return found;
        };
        for phrase in phrases {
            let Some((end, gap)) = phrase.fit(words, start) else { continue };
            match found.iter_mut().find(|one| one.end == end && one.gap == gap) {
                Some(one) => one.cues.push(phrase.cue.clone()),
                None => found.push(Match { start, end, gap, cues: vec![phrase.cue.clone()] }),
            }
        }
        found
    }

    /// Reads a table.
    pub(super) fn parse(table: &str) -> Result<Self, String> {
        let mut language = Self {
            name: String::new(),
            function_words: BTreeSet::new(),
            fillers: BTreeSet::new(),
            pronouns: BTreeSet::new(),
            own: BTreeSet::new(),
            persons: BTreeSet::new(),
            needs_subject: BTreeSet::new(),
            endings: Vec::new(),
            phrases: HashMap::new(),
        };
        let mut heading = String::new();
        for (number, line) in table.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                name.clone_into(&mut heading);
            } else if let (true, Some(name)) = (heading.is_empty(), line.strip_prefix("name:")) {
                name.trim().clone_into(&mut language.name);
            } else {
                let entries = line.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect();
                language.add(&heading, entries).map_err(|why| format!("line {}: {why}", number + 1))?;
            }
        }
        for phrases in language.phrases.values_mut() {
            phrases.sort_by(|a, b| (&a.words, &a.cue).cmp(&(&b.words, &b.cue)));
        }
        Ok(language)
    }

    fn add(&mut self, heading: &str, entries: Vec<&str>) -> Result<(), String> {
        let cue = HEADINGS.iter().find(|(name, _)| *name == heading).map(|(_, cue)| cue.clone());
        let value = heading.strip_prefix(VALUE).and_then(|slot| slot.split_once('.'));
        let value = value.map(|(attribute, value)| Cue::Value {
            attribute: attribute.to_owned(),
            value: value.to_owned(),
        });
        let words = match heading {
            "function words" => Some(&mut self.function_words),
            "fillers" => Some(&mut self.fillers),
            "pronouns" => Some(&mut self.pronouns),
            "own" => Some(&mut self.own),
            "persons" => Some(&mut self.persons),
            "needs a subject" => Some(&mut self.needs_subject),
            _ => None,
        };
        if let Some(words) = words {
            words.extend(entries.into_iter().map(str::to_owned));
            return Ok(());
        }
        match (heading, cue.or(value)) {
            (_, Some(cue)) => entries.into_iter().try_for_each(|entry| self.phrase(entry, cue.clone())),
            ("endings", _) => {
                let pairs = entries.into_iter().map(|entry| {
                    let (ending, instead) = entry.split_once('>').ok_or("an ending without `>`")?;
                    Ok((ending.to_owned(), instead.to_owned()))
                });
                self.endings.push(pairs.collect::<Result<_, &str>>()?);
                Ok(())
            }
            _ => Err(format!("an unknown heading `{heading}`")),
        }
    }

    fn phrase(&mut self, entry: &str, cue: Cue) -> Result<(), String> {
        let at_end = entry.ends_with('$');
        let words: Vec<String> =
            entry.trim_end_matches('$').split_whitespace().map(str::to_lowercase).collect();
        let first = words.first().ok_or("an empty phrase")?;
        let is_gap = |word: Option<&String>| word.is_some_and(|word| word == GAP);
        if is_gap(words.first())
            || is_gap(words.last())
            || words.iter().filter(|word| *word == GAP).count() > 1
        {
            return Err(format!("`{entry}` starts or ends with a gap, or has two"));
        }
        self.phrases.entry(first.clone()).or_default().push(Phrase { words, at_end, cue });
        Ok(())
    }
}

impl Phrase {
    /// Returns one past the phrase's last word and what its gap covers, if it stands at `start`. No phrase reaches
    /// over a comma.
    fn fit(&self, words: &[Word], start: usize) -> Option<(usize, Range<usize>)> {
        let (head, tail) = match self.words.iter().position(|word| word == GAP) {
            Some(at) => (&self.words[..at], &self.words[at + 1..]),
            None => (self.words.as_slice(), [].as_slice()),
        };
        let after_head = run(head, words, start)?;
        let gaps = if tail.is_empty() { 0..=0 } else { 1..=MAX_GAP };
        let (end, gap) = gaps.into_iter().find_map(|gap| {
            let end = run(tail, words, after_head + gap)?;
            Some((end, after_head..after_head + gap))
        })?;
        let inside = words.get(start..end - 1)?;
        let goes_before = !gap.is_empty() || start > 0 && !words[start - 1].ends_phrase;
        let at_end = words[end - 1].ends_phrase && goes_before;
        (inside.iter().all(|word| !word.ends_phrase) && (!self.at_end || at_end)).then_some((end, gap))
    }
}

/// Returns one past the last word, if these words stand at `at`.
fn run(pattern: &[String], words: &[Word], at: usize) -> Option<usize> {
    let end = at + pattern.len();
    let here = words.get(at..end)?;
    here.iter().zip(pattern).all(|(word, wanted)| word.text == *wanted).then_some(end)
}

/// Whether the last two letters are the same consonant, as in `committ`.
fn ends_doubled(stem: &str) -> bool {
    let mut last = stem.chars().rev();
    match (last.next(), last.next()) {
        (Some(a), Some(b)) => a == b && a.is_alphabetic() && !"aeiouls".contains(a),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::words::words;
    use super::*;

    #[test]
    fn every_table_reads_and_has_every_heading() {
        for table in TABLES {
            let language = Language::parse(table).unwrap();
            assert!(!language.name.is_empty() && language.function_words.len() > 50, "{}", language.name);
            let all: Vec<&Cue> = language.phrases.values().flatten().map(|phrase| &phrase.cue).collect();
            for (heading, cue) in HEADINGS {
                assert!(all.contains(&cue), "{} lacks [{heading}]", language.name);
            }
            let values = all.iter().filter(|cue| matches!(cue, Cue::Value { .. })).count();
            assert!(values > 20 && !language.endings.is_empty(), "{}", language.name);
        }
        assert_eq!(LANGUAGES.len(), TABLES.len());
    }

    #[test]
    fn no_table_says_the_same_twice_under_one_heading() {
        for table in TABLES {
            let language = Language::parse(table).unwrap();
            let mut seen = BTreeSet::new();
            for phrase in language.phrases.values().flatten() {
                let again = !seen.insert((phrase.words.clone(), phrase.at_end, phrase.cue.clone()));
                assert!(!again, "{}: {:?} stands twice under {:?}", language.name, phrase.words, phrase.cue);
            }
        }
    }

    #[test]
    fn attributes_and_values_have_the_same_names_in_every_language() {
        let values = |language: &Language| -> BTreeMap<String, BTreeSet<String>> {
            let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for phrase in language.phrases.values().flatten() {
                if let Cue::Value { attribute, value } = &phrase.cue {
                    values.entry(attribute.clone()).or_default().insert(value.clone());
                }
            }
            values
        };
        let english = values(&LANGUAGES[0]);
        for language in &LANGUAGES[1..] {
            for (attribute, theirs) in values(language) {
                let ours =
                    english.get(&attribute).unwrap_or_else(|| panic!("{}: {attribute}", language.name));
                assert!(theirs.is_subset(ours), "{}: {attribute} {theirs:?}", language.name);
            }
        }
    }

    #[test]
    fn a_bad_table_says_where() {
        let wrong = |table| Language::parse(table).map(|_| ()).unwrap_err();
        assert_eq!(wrong("name: X\n[colours]\nred"), "line 3: an unknown heading `colours`");
        assert_eq!(wrong("[endings]\nly"), "line 2: an ending without `>`");
        assert_eq!(wrong("[standing]\n* on"), "line 2: `* on` starts or ends with a gap, or has two");
    }

    #[test]
    fn a_clause_is_read_in_its_own_language() {
        let name = |clause: &str| Language::of(&words(clause), None).unwrap().name.clone();
        assert_eq!(name("please put the summary on top"), "English");
        assert_eq!(name("bitte die Zusammenfassung nach oben"), "German");
        assert_eq!(name("xyzzy"), "English");
    }

    #[test]
    fn phrases_may_have_gaps_and_ends() {
        let language = &LANGUAGES[0];
        let cues = |clause: &str| -> Vec<(usize, usize)> {
            language.find(&words(clause)).iter().map(|found| (found.start, found.end)).collect()
        };
        assert_eq!(cues("from this month on"), [(0, 4), (3, 4)]);
        assert!(cues("the first column").is_empty());
        assert_eq!(cues("the table first, then text"), [(0, 3)]);
    }

    #[test]
    fn words_of_a_family_have_one_stem() {
        let language = &LANGUAGES[0];
        for (a, b) in [
            ("entry", "entries"),
            ("file", "files"),
            ("name", "naming"),
            ("commit", "committed"),
            ("tests", "test"),
        ] {
            assert_eq!(language.stem(a), language.stem(b));
        }
        assert_ne!(language.stem("class"), language.stem("clause"));
    }
}

//! Reads one clause: is something wanted, is it about how, and what.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::language::{Cue, Language, Match};
use super::words::{MAX_WORD, Word, words};

/// How much a clause says that it is a wish that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// It asks for something, once as far as it says.
    Request,
    /// It says that something has to be so, for each of many, or must not be.
    Demand,
    /// It takes back what the agent made or was about to do.
    Correction,
    /// It says that it holds from now on.
    Standing,
}

/// What a clause says.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    /// The language that it was read in.
    pub(super) language: &'static Language,
    /// What it is about: stems and names; a leading verb that says how is among them.
    pub(super) items: BTreeSet<String>,
    /// What it is against.
    pub(super) against: BTreeSet<String>,
    /// Which of the items say when, or for what, it holds.
    pub(super) situation: BTreeSet<String>,
    /// The stem of the verb that it leads with.
    pub(super) verb: Option<String>,
    /// Values that it names: attribute, value, and whether it is for it.
    pub(super) values: BTreeSet<(String, String, bool)>,
    /// How items were spelt.
    pub(super) spelling: BTreeMap<String, String>,
    /// Set where it wants something.
    pub(super) wish: Option<Wish>,
    /// Whether it is for this once.
    pub(super) once: bool,
    /// Whether it takes something back.
    pub(super) corrects: bool,
    /// Whether it announces the words of somebody else.
    pub(super) relays: bool,
    /// Whether somebody speaks of themselves or to the agent.
    pub(super) is_personal: bool,
    /// Words in it.
    pub(super) words: usize,
    /// How many of its first words only ask politely for what follows.
    pub(super) opening: usize,
    /// Whether it says on which occasion: "for price lists", not "for this".
    pub(super) names_occasion: bool,
    /// Whether its verb is about the thing at hand: "put it on the table".
    pub(super) is_at_hand: bool,
    /// Whether the clause before says what is wanted, and this one only what is not.
    pub(super) leans: bool,
}

/// A clause that wants something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    /// How lasting.
    pub(super) strength: Strength,
    /// Whether it is about how the work is to be, not about what is to be done next.
    pub(super) is_about_how: bool,
}

/// Reads a clause; `otherwise` is the language of the clauses around it.
pub(super) fn read(clause: &str, otherwise: Option<&'static Language>) -> Option<Reading> {
    let mut words = words(clause);
    if clause.split_whitespace().any(|piece| piece.len() > MAX_WORD) {
        words.clear(); // Data, not speech.
    }
    let language = Language::of(&words, otherwise)?;
    Some(Reader { language, matches: language.find(&words), words: &words, clause }.read())
}

struct Reader<'a> {
    language: &'static Language,
    matches: Vec<Match>,
    words: &'a [Word],
    clause: &'a str,
}

impl Reader<'_> {
    fn read(&self) -> Reading {
        let lead = self.leading_verb();
        let negative = self.negative();
        let mut reading = Reading {
            language: self.language,
            items: BTreeSet::new(),
            against: BTreeSet::new(),
            situation: BTreeSet::new(),
            verb: None,
            values: BTreeSet::new(),
            spelling: BTreeMap::new(),
            wish: self.wish(lead),
            once: self.has(&Cue::Once),
            corrects: self.has(&Cue::Correction),
            relays: self.has(&Cue::Relay),
            is_personal: self.words.iter().any(|word| self.language.is_person(&word.text)),
            words: self.words.len(),
            opening: lead.map_or(0, |(found, _)| self.opening(found.start)),
            names_occasion: self.names_occasion(),
            is_at_hand: self.is_at_hand(lead),
            leans: false,
        };
        let situation = self.situation();
        let within = |ranges: &[Range<usize>], at: usize| ranges.iter().any(|range| range.contains(&at));
        let is_against = |at: usize| within(&negative, at) && !within(&situation, at);
        for found in &self.matches {
            for cue in &found.cues {
                if let Cue::Value { attribute, value } = cue {
                    reading.values.insert((attribute.clone(), value.clone(), !is_against(found.start)));
                }
            }
        }
        for at in 0..self.words.len() {
            let is_lead = lead.is_some_and(|(found, _)| found.start == at);
            let Some(item) = self.item(at, is_lead) else { continue };
            reading.spelling.insert(item.clone(), self.words[at].text.clone());
            if is_lead {
                reading.verb = Some(item.clone());
            }
            if within(&situation, at) && !is_lead {
                reading.situation.insert(item.clone());
            }
            let side = if is_against(at) { &mut reading.against } else { &mut reading.items };
            side.insert(item);
        }
        reading
    }

    /// Returns the item that a word stands for, if it has a meaning of its own.
    fn item(&self, at: usize, is_lead: bool) -> Option<String> {
        let word = &self.words[at];
        if word.is_code {
            return Some(format!("`{}`", word.text));
        }
        let inside = |found: &&Match| (found.start..found.end).contains(&at) && !found.gap.contains(&at);
        let plain = |cue: &Cue| matches!(cue, Cue::Work | Cue::Manner);
        let is_cue = self.matches.iter().filter(inside).any(|found| !found.cues.iter().all(plain));
        let has_letters = word.text.chars().any(char::is_alphabetic);
        let has_digits = word.text.chars().any(|c| c.is_ascii_digit());
        let short = word.text.chars().count() < 2;
        if is_cue && !is_lead || !has_letters || has_digits || short {
            return None;
        }
        (is_lead || !self.language.is_function_word(&word.text)).then(|| self.language.stem(&word.text))
    }

    /// Returns how many words before the leading verb say no more than "could you please".
    fn opening(&self, verb: usize) -> usize {
        let polite = |at: usize| {
            let inside = |found: &&Match| (found.start..found.end).contains(&at);
            let found = self.matches.iter().find(inside);
            found.map_or_else(
                || self.language.is_function_word(&self.words[at].text),
                |found| found.cues.contains(&Cue::Request) || found.cues.contains(&Cue::Correction),
            )
        };
        if (0..verb).all(polite) { verb } else { 0 }
    }

    fn has(&self, cue: &Cue) -> bool {
        self.matches.iter().any(|found| found.cues.contains(cue))
    }

    /// Whether nothing but fillers lies between the start of a phrase and `at`.
    fn leads(&self, at: usize) -> bool {
        let mut before = self.words[..at].iter().rev().take_while(|word| !word.ends_phrase);
        before.all(|word| self.language.is_filler(&word.text))
    }

    /// Returns the verb that a phrase of the clause starts with, and whether it is one that says how.
    fn leading_verb(&self) -> Option<(&Match, bool)> {
        let verbs = self
            .matches
            .iter()
            .enumerate()
            .filter(|(_, found)| found.cues.iter().any(|cue| matches!(cue, Cue::Work | Cue::Manner)));
        let opener = |cue: &Cue| {
            matches!(
                cue,
                Cue::Request
                    | Cue::Standing
                    | Cue::Against
                    | Cue::Forbids
                    | Cue::Correction
                    | Cue::Must
                    | Cue::Once
            )
        };
        let mut leading = verbs.filter(|(index, found)| {
            // What was asked for, forbidden or demanded right before: `please also add`, `never use`.
            let mut from = found.start;
            for earlier in self.matches[..*index].iter().rev().filter(|earlier| earlier.end <= found.start) {
                if earlier.end > from {
                    continue;
                }
                let between = &self.words[earlier.end..from];
                let joined =
                    between.iter().all(|word| self.language.is_filler(&word.text) && !word.ends_phrase)
                        && !self.words[earlier.end - 1].ends_phrase;
                let is_habit = earlier.start > 0
                    && earlier.cues.contains(&Cue::Standing)
                    && self.language.is_own(&self.words[earlier.start - 1].text);
                if !joined || is_habit || !earlier.cues.iter().any(opener) {
                    break;
                }
                from = earlier.start;
                // Who has to do it may stand before what says that it has to be done.
                if earlier.cues.iter().any(|cue| matches!(cue, Cue::Request | Cue::Standing | Cue::Must)) {
                    return true;
                }
            }
            self.leads(from) && !self.names_subject(found)
        });
        let (_, found) = leading.next()?;
        Some((found, found.cues.contains(&Cue::Manner)))
    }

    /// Whether a word that could be a verb begins the name of what something has to be: "release notes should …".
    fn names_subject(&self, found: &Match) -> bool {
        let demands =
            |next: &&Match| next.start > found.end && next.cues.iter().any(|cue| matches!(cue, Cue::Must));
        let Some(next) = self.matches.iter().find(demands) else { return false };
        (found.start..next.start).all(|at| {
            let is_meant = at < found.end || self.item(at, false).is_some();
            is_meant && !self.words[at].ends_phrase
        })
    }

    /// Returns the words that say when, or for what, it holds: "for price lists", "price lists should …".
    fn situation(&self) -> Vec<Range<usize>> {
        let ends = |start: usize| {
            let phrase = self.words[start..].iter().position(|word| word.ends_phrase);
            phrase.map_or(self.words.len(), |at| start + at + 1)
        };
        let says_more = |found: &&Match| {
            let speaks = |cue: &Cue| {
                matches!(cue, Cue::Standing | Cue::Must | Cue::Forbids | Cue::Against | Cue::Request)
            };
            found.gap.is_empty() && found.cues.iter().any(speaks)
        };
        let condition = |found: &Match| {
            let end = ends(found.end - 1);
            let next =
                self.matches.iter().filter(says_more).map(|next| next.start).find(|next| *next >= found.end);
            found.end..next.map_or(end, |next| next.min(end))
        };
        let of = |cue: Cue| self.matches.iter().filter(move |found| found.cues.contains(&cue));
        let conditions =
            of(Cue::Condition).filter(|found| !self.words[found.end - 1].ends_phrase).map(condition);
        let subject = |found: &Match| {
            let from =
                self.words[..found.start].iter().rposition(|word| word.ends_phrase).map_or(0, |at| at + 1);
            from..found.start
        };
        let rules = of(Cue::Must).chain(of(Cue::Rule)).map(subject);
        conditions.chain(rules).collect()
    }

    /// Whether what follows "for" or "when" is a name of its own: "for price lists", not "for this" or "for the last
    /// one".
    fn names_occasion(&self) -> bool {
        let named = |found: &Match| {
            !self.words[found.end - 1].ends_phrase
                && found.end < self.words.len()
                && self.item(found.end, false).is_some()
        };
        self.any(&Cue::Condition, named)
    }

    /// Returns the words that the clause is against.
    fn negative(&self) -> Vec<Range<usize>> {
        let is_against = |cue: &Cue| matches!(cue, Cue::Against | Cue::Forbids);
        let against = self.matches.iter().filter(|found| found.cues.iter().any(is_against));
        against
            .filter(|found| !self.words[found.end - 1].ends_phrase)
            .map(|found| {
                let rest = &self.words[found.end..];
                let length = rest.iter().position(|word| word.ends_phrase).map_or(rest.len(), |at| at + 1);
                found.end..found.end + length
            })
            .collect()
    }

    /// Whether the clause asks about facts.
    fn asks(&self) -> bool {
        let first = self.matches.iter().find(|found| {
            self.words[..found.start].iter().all(|word| self.language.is_function_word(&word.text))
        });
        let requests = |found: &Match| found.cues.contains(&Cue::Request);
        let opens = first.is_some_and(|found| found.cues.contains(&Cue::Asks) && !requests(found));
        let ends = self.clause.trim_end().ends_with('?');
        opens || (ends && !self.matches.iter().any(requests))
    }

    fn wish(&self, lead: Option<(&Match, bool)>) -> Option<Wish> {
        if self.asks() || self.has(&Cue::Relay) {
            return None;
        }
        let (does_work, says_how) = lead.map_or((false, false), |(_, manner)| (!manner, manner));
        let demanded = self.any(&Cue::Must, |found| !self.starts(found))
            || self.any(&Cue::Rule, |found| self.follows_a_name(found));
        let forbidden = self.any(&Cue::Forbids, |found| self.begins(found));
        // "No tables": said of the work, or of anything at all.
        let refused = self.any(&Cue::Against, |found| self.begins(found));
        let asked = self.has(&Cue::Request) || lead.is_some();
        // "It always fails" says how things are; "always add …" and "we use …" say how they are to be.
        let standing = self.any(&Cue::Standing, |found| {
            let is_ours = self.language.is_person(&self.words[found.start].text);
            // "I always pay by card" is a habit, not a rule for the agent.
            let is_habit = found.start > 0 && self.language.is_own(&self.words[found.start - 1].text);
            self.starts(found) || is_ours || !is_habit && (asked || demanded || refused)
        });
        if !(standing || demanded || forbidden || refused || asked) {
            return None;
        }
        let every = self.has(&Cue::Every) && !does_work;
        let strength = match standing {
            true => Strength::Standing,
            false if demanded || forbidden || every => Strength::Demand,
            false => Strength::Request,
        };
        let is_demand = strength == Strength::Demand && !does_work;
        // What is asked for in passing with a number in it is about that one thing.
        let is_particular = strength == Strength::Request
            && self.words.iter().any(|word| word.text.contains(|c: char| c.is_ascii_digit()));
        let is_about_how =
            !self.is_at_hand(lead) && (says_how || standing || forbidden || refused || is_demand);
        let is_own = strength < Strength::Standing && self.has_own_words();
        Some(Wish { strength, is_about_how: is_about_how && !is_particular && !is_own })
    }

    /// Whether it is about the thing at hand: "put it on the table", not "put tables on top".
    fn is_at_hand(&self, lead: Option<(&Match, bool)>) -> bool {
        let next = lead.and_then(|(found, _)| self.words.get(found.end));
        next.is_some_and(|word| self.language.is_pronoun(&word.text))
    }

    /// Whether somebody speaks of their own affairs: "use my card". What a cue says ("I want") is no such word.
    fn has_own_words(&self) -> bool {
        let in_cue = |at: usize| self.matches.iter().any(|found| (found.start..found.end).contains(&at));
        (0..self.words.len()).any(|at| self.language.is_own(&self.words[at].text) && !in_cue(at))
    }

    fn any(&self, cue: &Cue, holds: impl Fn(&Match) -> bool) -> bool {
        self.matches.iter().any(|found| found.cues.contains(cue) && holds(found))
    }

    /// Whether the word before it means something: "the table goes", not "it goes" or "won't go".
    fn follows_a_name(&self, found: &Match) -> bool {
        let Some(before) = found.start.checked_sub(1) else { return false };
        !self.words[before].ends_phrase && self.item(before, false).is_some()
    }

    /// Whether a phrase of the clause starts with it.
    fn starts(&self, found: &Match) -> bool {
        found.start == 0 || self.words[found.start - 1].ends_phrase
    }

    /// The same, and the phrase goes on.
    fn begins(&self, found: &Match) -> bool {
        self.starts(found) && !self.words[found.end - 1].ends_phrase
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(clause: &str) -> Option<(Strength, bool)> {
        read(clause, None).unwrap().wish.map(|wish| (wish.strength, wish.is_about_how))
    }

    #[test]
    fn what_lasts_is_told_from_what_is_asked_once() {
        use Strength::{Demand, Request, Standing};
        for (clause, expected) in [
            ("Always add a changelog entry.", Some((Standing, true))),
            ("From now on send the Word file.", Some((Standing, true))),
            ("We use tabs here.", Some((Standing, true))),
            ("Never push to main.", Some((Standing, true))),
            ("Every entry needs the page it comes from.", Some((Demand, true))),
            ("The summary table should come first.", Some((Demand, true))),
            ("Don't add comments.", Some((Demand, true))),
            ("can you add a test?", Some((Request, true))),
            ("Please use `pytest -q`.", Some((Request, true))),
            ("fix the tests", Some((Request, false))),
            ("can you commit this please", Some((Request, false))),
            ("It always fails on Mondays.", None),
            ("why is the table on the last page?", None),
            ("is there a test for this?", None),
            ("The table is at the end again.", None),
            ("I moved it last time.", None),
            ("Release notes should use tabs.", Some((Demand, true))),
            ("Check whether notes should use tabs.", Some((Demand, false))),
        ] {
            assert_eq!(wish(clause), expected, "{clause}");
        }
    }

    #[test]
    fn values_have_a_side() {
        let values = |clause: &str| -> Vec<(String, bool)> {
            let reading = read(clause, None).unwrap();
            reading.values.into_iter().map(|(_, value, is_for)| (value, is_for)).collect()
        };
        let (pdf, word) = ("pdf".to_owned(), "word".to_owned());
        assert_eq!(
            values("Send them a PDF, not the Word file."),
            [(pdf.clone(), true), (word.clone(), false)]
        );
        assert_eq!(
            values("clients get the docx instead of a PDF"),
            [(pdf.clone(), false), (word.clone(), true)]
        );
        assert_eq!(
            values("We changed our minds about PDFs: send the Word file from now on."),
            [(pdf, false), (word, true)]
        );
    }

    #[test]
    fn items_are_what_a_clause_is_about() {
        let items = |clause: &str| -> Vec<String> { read(clause, None).unwrap().items.into_iter().collect() };
        assert_eq!(items("Please put the summary table first."), ["put", "summary", "tabl"]);
        assert_eq!(items("can you add a test for this?"), ["add", "test"]);
        assert_eq!(items("deploys go through rel.sh"), ["`rel.sh`", "deploy"]);
        let reading = read("use fetch instead of axios", None).unwrap();
        assert_eq!(
            (reading.items.len(), reading.against.into_iter().collect::<Vec<_>>()),
            (2, vec!["axio".to_owned()])
        );
    }

    #[test]
    fn an_occasion_has_a_name() {
        let names = |clause: &str| read(clause, None).unwrap().names_occasion;
        assert!(names("For price lists, use tabs."));
        assert!(names("use tabs when you work on price lists"));
        assert!(!names("use tabs for this"));
        assert!(!names("use tabs for the last one"));
    }

    #[test]
    fn german_is_read_like_english() {
        use Strength::{Demand, Request, Standing};
        for (clause, expected) in [
            ("Bitte die Übersicht immer an den Anfang.", Some((Standing, true))),
            ("Die Übersicht gehört ganz nach oben.", Some((Demand, true))),
            ("Verwende bitte Stichpunkte.", Some((Request, true))),
            ("Kannst du das prüfen?", Some((Request, false))),
            ("Warum steht die Übersicht unten?", None),
        ] {
            assert_eq!(wish(clause), expected, "{clause}");
        }
    }
}

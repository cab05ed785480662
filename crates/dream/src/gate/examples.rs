//! How the value of an argument was written where a call failed, and how where it worked.
//!
//! Only what teaches a form is shown: the values that worked are all written alike, and those that failed otherwise.
//! Where one id was replaced by another there is no form to learn.

use std::collections::{BTreeMap, BTreeSet};

use crate::normalise::Quote;
use crate::validate::may_quote;

/// From this many sessions on, what the values have in common is a form.
const LEAST: usize = 3;
/// Share of the sessions, in percent, in which the value that worked has the form and the one that failed has not.
const ALIKE: usize = 80;
/// Most examples: as many as places are kept of a claim.
const MOST: usize = super::MAX_PLACES;
/// Longest value that is shown, in characters: two of them have to fit into a title.
const LONGEST: usize = 40;

/// The values of an argument in one session.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) path: String,
    /// The value of the call that failed; `None` where it had none.
    pub(super) old: Option<String>,
    /// The value of the call that worked.
    pub(super) new: String,
    /// Which of the places shows it.
    pub(super) place: usize,
}

impl Change {
    /// The value of the call that failed, if it had one that says something.
    fn old(&self) -> Option<&str> {
        self.old.as_deref().filter(|old| !old.trim().is_empty())
    }
}

/// A value that failed and what worked instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Example {
    pub(crate) old: Option<String>,
    pub(crate) new: String,
}

/// Returns examples with the place of each; none where the values of `path` show no form.
pub(super) fn of(path: &str, changes: &[Change], places: &[Vec<Quote>]) -> Vec<(usize, Example)> {
    let changes: Vec<&Change> = changes.iter().filter(|change| change.path == path).collect();
    if is_one_value(&changes) {
        let shown = changes.iter().find(|change| is_shown(change, places));
        let example = |change: &&Change| (change.place, Example { old: None, new: change.new.clone() });
        return shown.map(example).into_iter().collect();
    }
    // Only where it takes the number of digits to tell the values apart are they counted.
    let teaching = [Digits::Any, Digits::Counted].into_iter().find_map(|digits| teaching(&changes, digits));
    let mut seen = BTreeSet::new();
    teaching
        .unwrap_or_default()
        .into_iter()
        .filter(|change| is_shown(change, places))
        .filter(|change| seen.insert(change.old().map(str::to_lowercase)))
        .take(MOST)
        .map(|change| {
            (change.place, Example { old: change.old().map(str::to_owned), new: change.new.clone() })
        })
        .collect()
}

/// Whether it was always the same value that worked, whatever the value of the call that failed.
fn is_one_value(changes: &[&Change]) -> bool {
    let news: BTreeSet<&str> = changes.iter().map(|change| change.new.as_str()).collect();
    let olds: BTreeSet<Option<&str>> = changes.iter().map(|change| change.old()).collect();
    changes.len() >= LEAST && news.len() == 1 && (olds.len() > 1 || olds.contains(&None))
}

/// Returns the changes from another form to the most common one, if they are enough.
fn teaching<'c>(changes: &[&'c Change], digits: Digits) -> Option<Vec<&'c Change>> {
    let mut forms: BTreeMap<String, usize> = BTreeMap::new();
    for change in changes {
        *forms.entry(form(&change.new, digits)).or_default() += 1;
    }
    let (common, _) =
        forms.into_iter().max_by_key(|(form, count)| (*count, std::cmp::Reverse(form.clone())))?;
    let teaches = |change: &&Change| {
        form(&change.new, digits) == common && change.old().is_some_and(|old| form(old, digits) != common)
    };
    let teaching: Vec<&Change> = changes.iter().copied().filter(teaches).collect();
    (teaching.len() >= LEAST && teaching.len() * 100 >= changes.len() * ALIKE).then_some(teaching)
}

/// Whether both values can be written as they are and cited.
fn is_shown(change: &Change, places: &[Vec<Quote>]) -> bool {
    let Some(quotes) = places.get(change.place) else { return false };
    change.old().into_iter().chain([change.new.as_str()]).all(|value| {
        let cited = |quote: &Quote| value.split_whitespace().all(|word| quote.text.contains(word));
        !value.trim().is_empty()
            && value.chars().count() <= LONGEST
            && !value.contains(['`', '\n'])
            && may_quote(value)
            && quotes.iter().any(cited)
    })
}

/// Whether numbers of different length are written alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Digits {
    Any,
    Counted,
}

/// Returns how a value is written: `ORD-2502` is `A-9`, or `A-9999` where digits are counted; `VOGT Mara` is `A Aa`.
/// Words of one kind that follow each other are one, so that texts of any length have a form.
fn form(value: &str, digits: Digits) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in value.split_whitespace() {
        let mut form = String::new();
        for c in word.chars() {
            let kind = match c {
                c if c.is_ascii_digit() => '9',
                c if c.is_lowercase() => 'a',
                c if c.is_alphabetic() => 'A',
                other => other,
            };
            if !form.ends_with(kind) || (kind == '9' && digits == Digits::Counted) {
                form.push(kind);
            }
        }
        if words.last() != Some(&form) {
            words.push(form);
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use somnium_types::sha256_hex;

    use super::*;
    use crate::normalise::Span;

    fn change(place: usize, old: &str, new: &str) -> (Change, Vec<Quote>) {
        let text = format!("\"field\": \"{old}\" \"field\": \"{new}\"");
        let span = Span { event: 0, start: 0, end: 1, sha256: sha256_hex(text.as_bytes()) };
        let (old, new) = (Some(old.to_owned()).filter(|old| !old.is_empty()), new.to_owned());
        (Change { path: "field".to_owned(), old, new, place }, vec![Quote { span, text }])
    }

    fn shown(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let all = pairs.iter().enumerate().map(|(at, (old, new))| change(at, old, new));
        let (changes, places): (Vec<_>, Vec<_>) = all.unzip();
        let examples = of("field", &changes, &places).into_iter();
        examples.map(|(_, example)| (example.old.unwrap_or_default(), example.new)).collect()
    }

    #[test]
    fn forms() {
        let cases = [
            ("ORD-2502", "A-9", "A-9999"),
            ("Mara Vogt", "Aa", "Aa"),
            ("VOGT Mara", "A Aa", "A Aa"),
            ("12.03.2026", "9.9.9", "99.99.9999"),
            ("[OPS] the printer jams", "[A] a", "[A] a"),
        ];
        for (value, any, counted) in cases {
            assert_eq!(
                (form(value, Digits::Any).as_str(), form(value, Digits::Counted).as_str()),
                (any, counted)
            );
        }
    }

    #[test]
    fn a_form_is_shown_by_each_value_once() {
        let pairs = [("low", "P3"), ("high", "P1"), ("Low", "P3"), ("normal", "P2")];
        let expected = [("low", "P3"), ("high", "P1"), ("normal", "P2")];
        assert_eq!(shown(&pairs), expected.map(|(old, new)| (old.to_owned(), new.to_owned())));
    }

    #[test]
    fn leading_zeros_are_a_form_and_so_is_one_value_for_all() {
        assert_eq!(shown(&[("2502", "00002502"), ("71", "00000071"), ("430", "00000430")]).len(), 3);
        let phone = [(String::new(), "phone".to_owned())];
        assert_eq!(shown(&[("", "phone"), ("", "phone"), ("", "phone")]), phone);
        assert_eq!(shown(&[("email", "phone"), ("a letter", "phone"), ("fax", "phone")]), phone);
        assert!(shown(&[("", "to ask"), ("", "a reason"), ("", "because")]).is_empty());
    }

    #[test]
    fn another_id_is_no_form_and_neither_are_two_sessions() {
        assert!(shown(&[("AB12", "XY98"), ("CD34", "QR76"), ("EF56", "ST54")]).is_empty());
        assert!(shown(&[("2502", "ORD-2502"), ("71", "ORD-71")]).is_empty());
        assert!(
            shown(&[("2502", "ORD-2502"), ("71", "seventy one"), ("9", "#9"), ("8", "ORD-8")]).is_empty()
        );
    }

    #[test]
    fn what_is_long_is_not_shown() {
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(shown(&[("1", "A-1"), ("2", "A-2"), (&long, "A-3")]).len(), 2);
    }
}

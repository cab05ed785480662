//! What reading has to say about its input: what was left out, and what was read all the same.

use std::collections::BTreeMap;
use std::io;

use somnium_types::Skipped;

use crate::reading::place_and_reason;
use crate::screen::{Line, Paint, Screen};
use crate::words::{count, number};

/// Remarks on the input, equal ones merged. What was lost is kept apart from what was only odd.
pub(crate) struct Remarks {
    left_out: Group,
    read: Group,
}

/// Remarks of one kind.
#[derive(Default)]
pub(crate) struct Group {
    /// Places, before merging.
    places: u64,
    /// One line for each file and reason, in the order of the files.
    lines: Vec<String>,
}

/// Phrases of the reasons that cost nothing: importers give reasons, not kinds.
const READ_ALL_THE_SAME: [&str; 2] = ["kept all the same", "lines that repeat"];

impl Remarks {
    /// Sorts and merges what was reported.
    pub(crate) fn of(skipped: &[Skipped]) -> Self {
        let was_read = |place: &&Skipped| READ_ALL_THE_SAME.iter().any(|phrase| place.why.contains(phrase));
        let (read, left_out): (Vec<_>, Vec<_>) = skipped.iter().partition(was_read);
        Self { left_out: Group::of(&left_out), read: Group::of(&read) }
    }

    /// Returns the groups that have something to say, under their headings.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (&'static str, &Group)> {
        let groups = [("Skipped", &self.left_out), ("Read all the same", &self.read)];
        groups.into_iter().filter(|(_, group)| group.places > 0)
    }

    /// Returns the warning for all of them.
    pub(crate) fn warning(&self) -> Option<String> {
        match (self.left_out.lines.first(), self.read.lines.first()) {
            (Some(first), _) => {
                Some(format!("{} could not be read, the first: {first}", self.left_out.count()))
            }
            (None, Some(first)) => {
                let remarks = count(self.read.places, "remark");
                Some(format!("{remarks} on what was read all the same, the first: {first}"))
            }
            (None, None) => None,
        }
    }
}

impl Group {
    fn of(places: &[&Skipped]) -> Self {
        let mut times: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        let mut firsts = Vec::new();
        for place in places {
            let times = times.entry((&place.source, &place.why)).or_default();
            *times += 1;
            if *times == 1 {
                firsts.push(*place);
            }
        }
        let line = |first: &Skipped| match times.get(&(first.source.as_str(), first.why.as_str())) {
            Some(times) if *times > 1 => {
                format!("{} (and {} more like it)", place_and_reason(first), number(times - 1))
            }
            _ => place_and_reason(first),
        };
        Self { places: places.len() as u64, lines: firsts.into_iter().map(line).collect() }
    }

    /// Returns how many places there are, in words.
    pub(crate) fn count(&self) -> String {
        count(self.places, "place")
    }

    /// Returns at most `most` lines, and how many are left.
    pub(crate) fn lines(&self, most: usize) -> (&[String], usize) {
        let (shown, rest) = self.lines.split_at(most.min(self.lines.len()));
        (shown, rest.len())
    }

    /// Prints the heading with its count, and at most `most` lines; `all` says where the others are.
    pub(crate) fn print(&self, heading: &str, most: usize, all: &str, screen: &mut Screen) -> io::Result<()> {
        screen.blank()?;
        screen.line(Line::new().with(Paint::Warn, heading).plain(": ").plain(self.count()))?;
        let (shown, rest) = self.lines(most);
        for line in shown {
            screen.item("  - ", line.as_str())?;
        }
        if rest > 0 { screen.wrapped(4, format!("and {rest} more; {all}")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(line: u64, why: &str) -> Skipped {
        Skipped { source: "a.jsonl".to_owned(), line: Some(line), why: why.to_owned() }
    }

    #[test]
    fn what_was_lost_is_kept_apart_from_what_was_read_and_equal_lines_are_one() {
        let kept = "results of tools whose call is not there, kept all the same: 1";
        let skipped = [place(2, "not JSON"), place(3, kept), place(5, "not JSON"), place(9, "empty")];
        let remarks = Remarks::of(&skipped);
        let groups: Vec<_> =
            remarks.groups().map(|(heading, group)| (heading, group.count(), group.lines(9).0)).collect();
        let lost = ["a.jsonl:2: not JSON (and 1 more like it)".to_owned(), "a.jsonl:9: empty".to_owned()];
        let read = [format!("a.jsonl:3: {kept}")];
        assert_eq!(
            groups,
            [
                ("Skipped", "3 places".to_owned(), &lost[..]),
                ("Read all the same", "1 place".to_owned(), &read[..]),
            ]
        );
        assert!(remarks.warning().unwrap().starts_with("3 places could not be read, the first: a.jsonl:2"));
    }

    #[test]
    fn where_nothing_was_lost_no_warning_says_so() {
        let repeated = place(1, "12 lines that repeat the session this one was forked from");
        let warning = Remarks::of(&[repeated]).warning().unwrap();
        assert!(warning.starts_with("1 remark on what was read all the same, the first: "), "{warning}");
        assert_eq!(Remarks::of(&[]).warning(), None);
    }
}

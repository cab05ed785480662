//! What two clauses say together.

use super::reading::Reading;

impl Reading {
    /// Returns what it is for, its verb and the occasion left out.
    fn wants(&self) -> impl Iterator<Item = &String> {
        let own = |item: &&String| !self.situation.contains(*item) && self.verb.as_ref() != Some(*item);
        self.items.iter().filter(own)
    }

    /// Whether it only refuses what was made: "Not title case."
    pub(super) fn only_refuses(&self) -> bool {
        self.verb.is_none() && self.items.is_empty() && self.wish.is_some() && !self.against.is_empty()
    }

    /// Whether it only puts the thing at hand right: "Change that to sentence case."
    fn only_changes(&self) -> bool {
        let says_what = self.wants().next().is_some() || self.values.iter().any(|(.., is_for)| *is_for);
        self.is_at_hand && self.wish.is_some() && !self.once && says_what
    }

    /// Takes over what the clause before leaves open: who says "Not A. B should be C." or "Change that to C, B is
    /// never A." says one thing in two clauses.
    pub(super) fn lean_on(&mut self, before: &Self) {
        if self.wish.is_none_or(|wish| !wish.is_about_how) {
            return;
        }
        if before.only_refuses() {
            self.against.extend(before.against.iter().cloned());
            self.values.extend(before.values.iter().filter(|(.., is_for)| !is_for).cloned());
        } else if before.only_changes() && self.wants().next().is_none() && !self.against.is_empty() {
            self.items.extend(before.wants().cloned());
            self.values.extend(before.values.iter().filter(|(.., is_for)| *is_for).cloned());
            self.leans = true;
        } else {
            return;
        }
        for (item, spelling) in &before.spelling {
            self.spelling.entry(item.clone()).or_insert_with(|| spelling.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::reading::read;

    #[test]
    fn two_clauses_may_say_one_thing() {
        let both = |before: &str, clause: &str| {
            let (before, mut reading) = (read(before, None).unwrap(), read(clause, None).unwrap());
            reading.lean_on(&before);
            (reading.items.contains("crayon"), reading.against.contains("pencil"), reading.leans)
        };
        assert_eq!(both("Not pencils.", "Price lists should use crayons."), (true, true, false));
        assert_eq!(
            both("Please change that to big crayons;", "never use pencils for lists."),
            (true, true, true)
        );
        assert_eq!(
            both("Use big crayons.", "never use pencils for lists."),
            (false, true, false),
            "two wishes"
        );
        assert_eq!(both("Please change that to big crayons.", "is it done?"), (false, false, false));
    }
}

//! What can be a secret: one row per type.
//!
//! A row is read as: where one of `keywords` stands in the text (in any case), and the place before it suits
//! `lead`, match `pattern` from there on; the first group that took part is the secret; `check` has the last word. To add
//! a type, add a row to one of the tables, and an example and a near miss to the tests; nothing else.
//!
//! Patterns follow the vendors' published formats. Every repetition in them is bounded: together with the
//! anchor this is what keeps the cost of a keyword that leads nowhere small and constant.

mod context;
mod keys;
mod vendors;

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use regex::Regex;

use super::scan::Hit;
use super::{checks, glance};

/// Where a rule's expression is tried, relative to its keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// At the keyword, which may be the end of a longer name (`db_password`).
    Name,
    /// At the keyword, if a token begins there.
    Token,
    /// At the keyword, if it is not even the later part of a name or path (`cache-key-…`).
    Strict,
    /// That many bytes before the keyword, whatever stands before that: for a format that is distinctive by
    /// itself, so that a name glued to it (`backup_ghp_…`) does not hide it. Only a long Base64 blob does.
    Anywhere(usize),
    /// Where the token that holds the keyword begins, at most this many bytes before it.
    Back(usize),
}

/// Says which bytes of a hit are a secret, if any.
pub(super) type Check = fn(&Hit<'_>) -> Option<Range<usize>>;

/// Says whether a rule's expression can match at the beginning of these bytes.
pub(super) type Glance = fn(&[u8]) -> bool;

/// One type of secret.
pub(super) struct Rule {
    /// The type, as the placeholder names it.
    pub(super) kind: &'static str,
    /// Lower-case literals of which one must be present. With none, the rule is tried where two dots stand
    /// seven bytes apart.
    pub(super) keywords: &'static [&'static str],
    pub(super) lead: Lead,
    pattern: &'static str,
    /// Whether the text from the start on can match at all: a look at a few bytes that spares most ordinary text
    /// the expression. It may be wrong only where the expression says no.
    pub(super) glance: Glance,
    pub(super) check: Check,
}

impl Rule {
    /// Returns the row of a token with a prefix of its own.
    const fn token(kind: &'static str, keywords: &'static [&'static str], pattern: &'static str) -> Self {
        Self { kind, keywords, lead: Lead::Token, pattern, glance: glance::anything, check: checks::token }
    }

    /// Returns the row of a token with a prefix, an alphabet and a length that nothing else has.
    const fn distinctive(
        kind: &'static str,
        keywords: &'static [&'static str],
        pattern: &'static str,
    ) -> Self {
        Self {
            kind,
            keywords,
            lead: Lead::Anywhere(0),
            pattern,
            glance: glance::anything,
            check: checks::distinctive_token,
        }
    }

    /// Returns the row of a secret that is known by the name before it.
    const fn named(
        kind: &'static str,
        keywords: &'static [&'static str],
        pattern: &'static str,
        check: Check,
    ) -> Self {
        Self { kind, keywords, lead: Lead::Name, pattern, glance: glance::anything, check }
    }

    const fn lead(mut self, lead: Lead) -> Self {
        self.lead = lead;
        self
    }

    const fn glance(mut self, glance: Glance) -> Self {
        self.glance = glance;
        self
    }

    const fn check(mut self, check: Check) -> Self {
        self.check = check;
        self
    }
}

/// A rule in the table, with its expression once that has been needed.
pub(super) struct Row {
    pub(super) rule: &'static Rule,
    compiled: OnceLock<Option<Regex>>,
}

impl Row {
    /// Returns the expression, compiled at the first call. `None` would mean a pattern that does not
    /// compile; a test asserts that there is none.
    pub(super) fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(&format!(r"\A(?:{})", self.rule.pattern)).ok()).as_ref()
    }
}

/// All rows, the more specific before the more general; a row's place is its rank.
pub(super) static RULES: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let rules = keys::RULES.iter().chain(vendors::RULES).chain(context::RULES);
    rules.map(|rule| Row { rule, compiled: OnceLock::new() }).collect()
});

/// Returns the type of the row with this rank.
pub(super) fn kind(rank: usize) -> &'static str {
    RULES.get(rank).map_or("secret", |row| row.rule.kind)
}

/// Returns whether the row with this rank knows a secret by its surroundings only.
pub(super) fn is_contextual(rank: usize) -> bool {
    rank >= keys::RULES.len() + vendors::RULES.len()
}

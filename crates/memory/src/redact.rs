//! The redaction gate: secrets never enter the ledger, the caches or the notes.
//!
//! ```text
//! text ── keyword screen ─── rule at each hit ── check ──┐
//!    └─── wrapped lines joined ── the same scan ────────┴── ranges ── [redacted:<type>]
//! ```
//!
//! The gate runs on every string that leaves normalisation, on cache writes and at publish, so its usual
//! input is a short clean string and its usual cost is one pass of a screen for keywords ([`keywords`]). What can be a
//! secret is a table ([`rules`]): a row names the type, the literal keywords that must be present, and a
//! regular expression that is anchored at the keyword, compiled when first needed, and bounded in length, so
//! that the whole scan is linear in the text. A secret that a terminal, a YAML scalar, a string
//! concatenation or a JSON escape wrapped over lines is found in a view with those breaks taken out
//! ([`joined`]) and reported in the bytes of the original.
//!
//! Personal data (e-mail addresses, payment cards, telephone numbers, US tax ids) is a separate pass with
//! its own entry points, [`redact_personal`] and [`find_personal`], because many teams want names of
//! colleagues to stay readable in their own notes.
//!
//! Invariants, each of them a test:
//!
//! - `redact(redact(x)) == redact(x)`, and a placeholder is never flagged;
//! - ranges are in order, disjoint, not empty, and lie on character boundaries;
//! - no input panics.

mod checks;
mod glance;
mod joined;
mod key_block;
mod keywords;
mod personal;
mod rules;
mod scan;
mod shape;
mod view;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;

use view::View;

pub use personal::{find_personal, redact_personal};

/// What a placeholder begins with; the type and a closing bracket follow.
const PLACEHOLDER_OPEN: &str = "[redacted:";

/// How often a text is looked at again after its findings were taken out. What a secret's removal uncovers
/// is found in the second round; more rounds are only ever needed by text made for that purpose.
const ROUNDS: usize = 16;

/// A secret (or a piece of personal data) in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The bytes to replace, on character boundaries, never empty.
    pub range: Range<usize>,
    /// The type that the placeholder names, such as `github-token`: lower case, with hyphens.
    pub kind: &'static str,
}

/// Returns `text` with each secret replaced by `[redacted:<type>]`; borrows when nothing was found.
pub fn redact(text: &str) -> Cow<'_, str> {
    replace(text, &find(text))
}

/// Returns the secrets found in `text`, in order and disjoint.
pub fn find(text: &str) -> Vec<Finding> {
    let mut found = scan::scan(text);
    // The second look makes `redact` idempotent: a secret that stood directly behind another one only has
    // a left boundary once that one is gone.
    for _ in 0..ROUNDS {
        if found.is_empty() {
            break;
        }
        let masked = mask(text, &found);
        let uncovered = scan::scan(masked.text());
        if uncovered.is_empty() {
            break;
        }
        let uncovered = uncovered
            .into_iter()
            .map(|finding| scan::Found { range: masked.to_source(&finding.range), rank: finding.rank });
        found = scan::merge(found.into_iter().chain(uncovered).collect());
    }
    found
        .into_iter()
        .map(|finding| Finding { kind: rules::kind(finding.rank), range: finding.range })
        .collect()
}

/// Returns whether [`redact`] would leave `text` as it is.
pub fn is_clean(text: &str) -> bool {
    scan::scan(text).is_empty()
}

/// Returns `text` with each of `findings` replaced by its placeholder.
fn replace<'t>(text: &'t str, findings: &[Finding]) -> Cow<'t, str> {
    if findings.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for Finding { range, kind } in findings {
        out.push_str(&text[from..range.start]);
        out.push_str(PLACEHOLDER_OPEN);
        out.push_str(kind);
        out.push(']');
        from = range.end;
    }
    out.push_str(&text[from..]);
    Cow::Owned(out)
}

/// Returns the view that [`redact`] would produce, with the way back to the original bytes.
fn mask(text: &str, found: &[scan::Found]) -> View {
    let mut view = View::default();
    let mut from = 0;
    for finding in found {
        view.push(text, from..finding.range.start);
        view.push_stand_in(
            &format!("{PLACEHOLDER_OPEN}{}]", rules::kind(finding.rank)),
            finding.range.clone(),
        );
        from = finding.range.end;
    }
    view.push(text, from..text.len());
    view
}

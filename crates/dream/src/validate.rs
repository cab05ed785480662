//! Stage 7: nothing is written that was not counted or seen.
//!
//! Works on the finished text, not on how it was made, so that it holds for a model's wording as for the
//! templates': every number is the ledger's, every code word and quotation stands in a cited place, every
//! other word is in the table of phrases, and nothing in it is a secret, invisible, or an instruction that a
//! transcript has no business to give.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use somnium_memory::redact;

use crate::compose::{self, Draft, Style, phrases};
use crate::detect::Detail;
use crate::evidence::is_invisible;
use crate::gate::Judged;
use crate::report::ClaimKind;

/// Longest title and body, in characters.
const MAX_TITLE: usize = 160;
const MAX_BODY: usize = 1_600;
/// The same for a playbook, and its longest body in lines.
const MAX_PLAYBOOK: usize = 6_000;
const MAX_LINES: usize = 150;

static LEXICON: LazyLock<BTreeSet<String>> = LazyLock::new(phrases::lexicon);

/// A draft that was not written, and why.
#[derive(Clone, Debug)]
pub(crate) struct Rejected {
    pub(crate) draft: Draft,
    pub(crate) why: String,
}

/// Checks drafts. One that is rejected is written again in the plain style; if that fails too, it stays out.
pub(crate) fn validate(drafts: Vec<Draft>, projects: usize) -> (Vec<Draft>, Vec<Rejected>) {
    let (mut accepted, mut rejected) = (Vec::new(), Vec::new());
    for draft in drafts {
        let Err(why) = check(&draft) else {
            accepted.push(draft);
            continue;
        };
        let plain = compose::draft(&draft.claim, projects, Style::Plain);
        if check(&plain).is_ok() {
            accepted.push(plain);
        }
        rejected.push(Rejected { draft, why });
    }
    (accepted, rejected)
}

/// Checks one draft.
pub(crate) fn check(draft: &Draft) -> Result<(), String> {
    let text = format!("{}\n{}", draft.title, draft.body);
    let longest = match draft.claim.detail.kind() {
        ClaimKind::Workflow => MAX_PLAYBOOK,
        _ => MAX_BODY,
    };
    if draft.title.is_empty()
        || draft.title.chars().count() > MAX_TITLE
        || draft.body.chars().count() > longest
        || draft.body.lines().count() > MAX_LINES
    {
        return Err("too long, or without a title".to_owned());
    }
    if let Some(c) = text.chars().find(|c| is_invisible(*c) || (c.is_control() && *c != '\n')) {
        return Err(format!("an invisible or control character (U+{:04X})", c as u32));
    }
    if ["<!", "-->"].iter().any(|mark| text.contains(mark)) {
        return Err("the border of a comment".to_owned());
    }
    if !redact::is_clean(&text) {
        return Err("something that looks like a secret".to_owned());
    }
    let cited = cited(&draft.claim);
    let whose = match &draft.claim.detail {
        Detail::Statement(stated) if stated.is_a_person_s() => Whose::APerson,
        _ => Whose::Anybody,
    };
    let numbers = numbers(&draft.claim);
    let mut rest = text.as_str();
    let mut plain = String::new();
    while let Some(at) = rest.find(['`', '“']) {
        plain.push_str(&rest[..at]);
        plain.push(' ');
        let (close, open) = if rest[at..].starts_with('`') { ('`', 1) } else { ('”', '“'.len_utf8()) };
        let inner = &rest[at + open..];
        let end = inner.find(close).ok_or("a quotation or code that does not end")?;
        let words = &inner[..end];
        if close == '`' {
            is_cited_code(words, &cited).or_else(|why| links_to(&draft.claim, words).ok_or(why))?;
        } else {
            is_cited_quotation(words, &cited)?;
            may_show(words, whose)?;
        }
        rest = &inner[end + close.len_utf8()..];
    }
    plain.push_str(rest);
    for word in plain.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '.')) {
        let word = word.trim_matches(['.', '\'']);
        if word.is_empty() || word.chars().all(|c| !c.is_alphanumeric()) {
            continue;
        }
        let known = if word.starts_with(|c: char| c.is_ascii_digit()) {
            numbers.contains(word)
        } else {
            phrases::words(word).all(|word| LEXICON.contains(&word))
        };
        if !known {
            return Err(format!("`{word}` is neither the ledger's nor a known wording"));
        }
    }
    Ok(())
}

/// Returns the texts of all places that a claim cites.
fn cited(claim: &Judged) -> Vec<&str> {
    let quotes = claim.places.iter().chain(claim.models()).flat_map(|(_, quotes)| quotes);
    let quotes = quotes.map(|quote| quote.text.as_str());
    // The tool that answered is known from the call, whose text need not be cited.
    let tool = match &claim.detail {
        Detail::Statement(stated) => stated.tool(),
        _ => None,
    };
    quotes.chain(tool).collect()
}

/// Returns whether a name stands in a place that a claim cites.
pub(crate) fn is_cited(claim: &Judged, code: &str) -> bool {
    !code.is_empty() && is_cited_code(code, &cited(claim)).is_ok()
}

/// Another claim may be named by its id where the ledger links to it.
fn links_to(claim: &Judged, id: &str) -> Option<()> {
    match &claim.detail {
        Detail::Workflow(workflow) => workflow.links().any(|link| link == id).then_some(()),
        _ => None,
    }
}

/// Returns every number that the ledger knows of a claim, as it is printed.
fn numbers(claim: &Judged) -> BTreeSet<String> {
    let support = &claim.support;
    let counts =
        [support.sessions, support.tasks, support.days, support.agents, support.principals, support.heldout];
    let outcome = claim.outcome.iter();
    let judged = outcome
        .clone()
        .flat_map(|outcome| [outcome.fail_with, outcome.with, outcome.fail_without, outcome.without]);
    let rates = outcome.flat_map(|outcome| [outcome.lift, outcome.q]);
    counts
        .into_iter()
        .chain(judged)
        .map(|number| number.to_string())
        .chain(rates.map(|rate| rate.to_string()))
        .chain(claim.detail.numbers())
        .collect()
}

/// Every word of code stands in one cited place.
fn is_cited_code(code: &str, cited: &[&str]) -> Result<(), String> {
    let holds = |text: &&&str| code.split_whitespace().all(|word| text.contains(word));
    match cited.iter().find(holds) {
        Some(_) => may_show(code, Whose::Anybody),
        None => Err(format!("`{code}` stands in no cited place")),
    }
}

/// All pieces of a quotation stand in one cited place, in order.
fn is_cited_quotation(quotation: &str, cited: &[&str]) -> Result<(), String> {
    let holds = |text: &&str| {
        let text = text.replace(['“', '”'], "\"").split_whitespace().collect::<Vec<_>>().join(" ");
        let mut at = 0;
        compose::pieces(quotation).all(|piece| match text[at..].find(piece) {
            Some(found) => {
                at += found + piece.len();
                true
            }
            None => false,
        })
    };
    match cited.iter().find(|text| holds(text)) {
        Some(_) => Ok(()),
        None => Err(format!("“{quotation}” stands in no cited place")),
    }
}

/// Whether words of a transcript may stand in a note at all.
pub(crate) fn may_quote(words: &str) -> bool {
    may_show(words, Whose::Anybody).is_ok()
}

/// Whose words are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// Those of people who may say where to go.
    APerson,
    /// Those of tools, agents, and whoever speaks through them.
    Anybody,
}

/// Refuses addresses and live markup: a note never sends anybody anywhere, and an error message needs neither
/// to be recognised. Only people may name an address, in their own words.
fn may_show(words: &str, whose: Whose) -> Result<(), String> {
    const ADDRESSES: &[&str] = &["://", "www.", "mailto:"];
    const MARKUP: &[&str] = &["](", "<a ", "<img", "<script", "<iframe", "<!", "-->"];
    let lower = words.to_lowercase().replace('\\', "");
    let has = |marks: &[&str]| marks.iter().any(|mark| lower.contains(mark));
    if whose == Whose::Anybody && has(ADDRESSES) {
        return Err("an address from a transcript".to_owned());
    }
    if has(MARKUP) { Err("markup from a transcript".to_owned()) } else { Ok(()) }
}

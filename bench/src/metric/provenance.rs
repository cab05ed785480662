//! M12, provenance: nothing stands in a note that was not counted or seen.
//!
//! Checked here a second time, from the report, the ledger and the session files alone; the engine's own
//! validator has no part in it. For each claim:
//!
//! - every cited span exists in the session as it is read again, its bytes have the cited hash, and the quote
//!   is the excerpt of just those bytes;
//! - every number in title and text is one of the claim's counts, and "seen n times" is what the ledger adds
//!   up to;
//! - every word of code and every piece of a quotation stands in a cited quote;
//! - every other word is in the engine's list of fixed wordings.

mod tamper;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use serde::Serialize;
use somnium_dream::{Dreamt, EvidenceRef, ReportedClaim, Signature, excerpt};
use somnium_transcript::read_files;
use somnium_types::{SessionId, Transcript, sha256, sha256_hex};

use crate::mining::{LedgerClaim, LedgerRows};

pub use tamper::Tampering;

/// The sessions that are cited, as read again; of one id there may be several versions.
pub type Sources = BTreeMap<SessionId, Vec<Transcript>>;

/// What the checks said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// Claims that were checked.
    pub claims: usize,
    /// Claims that hold.
    pub sound: usize,
    /// Spans that were checked.
    pub spans: usize,
    /// By claim: what is wrong with it.
    pub problems: BTreeMap<String, String>,
    /// By kind of tampering: (tampered claims that were found out, tampered claims).
    pub tampered: BTreeMap<&'static str, (usize, usize)>,
}

impl Provenance {
    /// Returns the share of claims that hold; `None` without claims.
    pub fn share(&self) -> Option<f64> {
        (self.claims > 0).then(|| self.sound as f64 / self.claims as f64)
    }

    /// Returns the share of tampered claims that were found out; `None` where nothing was tampered with.
    pub fn found_out(&self) -> Option<f64> {
        let (found, all) = self.tampered.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        (all > 0).then(|| found as f64 / all as f64)
    }
}

/// Returns the ids of all sessions that a dream's claims cite.
pub fn cited(dreamt: &Dreamt) -> BTreeSet<SessionId> {
    let evidence = dreamt.report.claims.iter().flat_map(|claim| &claim.evidence);
    evidence.map(|place| place.session_id.clone()).collect()
}

/// Reads the files again and keeps the cited sessions.
pub fn sources(files: &[PathBuf], cited: &BTreeSet<SessionId>) -> Sources {
    let kept = Mutex::new(Sources::new());
    read_files(files, &|transcript| {
        if cited.contains(&transcript.id) {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.entry(transcript.id.clone()).or_default().push(transcript);
        }
    });
    kept.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Checks every claim of a dream, and that tampering would have been found.
///
/// # Errors
///
/// If the ledger has another form than is known here.
pub fn measure(dreamt: &Dreamt, sources: &Sources) -> Result<Provenance> {
    let ledger = LedgerRows::of(dreamt)?;
    let check = Check {
        sources,
        lexicon: somnium_dream::template_words(),
        ledger: &ledger,
        held_out: dreamt.report.dream.sessions >= HELD_OUT_FROM,
    };
    let mut result = Provenance::default();
    for claim in &dreamt.report.claims {
        result.claims += 1;
        result.spans += claim.evidence.len();
        if let Err(problem) = check.claim(claim) {
            result.problems.insert(claim.id.to_string(), problem);
            continue;
        }
        result.sound += 1;
        for tampering in Tampering::ALL {
            if let Some(tampered) = tampering.apply(claim) {
                let count = result.tampered.entry(tampering.name()).or_default();
                count.0 += usize::from(check.claim(&tampered).is_err());
                count.1 += 1;
            }
        }
    }
    Ok(result)
}

/// From this many sessions on a fifth of them is held out (the documented defaults of the gates).
const HELD_OUT_FROM: u64 = 50;
const HELD_OUT_PERCENT: u64 = 20;

struct Check<'a> {
    sources: &'a Sources,
    lexicon: BTreeSet<String>,
    ledger: &'a LedgerRows,
    held_out: bool,
}

impl Check<'_> {
    fn claim(&self, claim: &ReportedClaim) -> Result<(), String> {
        if claim.evidence.is_empty() {
            return Err("it cites nothing".to_owned());
        }
        for place in &claim.evidence {
            self.place(place)?;
        }
        // What is found by comparing sessions is counted anew in each dream: its counts are in the claim alone.
        let row = self.ledger.claims.get(claim.id.as_str());
        match row {
            Some(row) => self.support(claim, row)?,
            None if is_compared(claim) => {}
            None => return Err("it is not in the ledger".to_owned()),
        }
        let links = links(claim);
        let text = format!("{}\n{}", claim.title, claim.text);
        let numbers = numbers(claim);
        let quotes: Vec<&str> = claim.evidence.iter().map(|place| place.quote.as_str()).collect();
        let mut after_seen = false;
        for part in words::parts(&text)? {
            match part {
                words::Part::Code(code) if links.contains(code.as_str()) => {}
                words::Part::Code(code) => words::in_one_quote(code.split_whitespace(), &quotes, false)?,
                words::Part::Quotation(said) => words::in_one_quote(words::pieces(&said), &quotes, true)?,
                words::Part::Number(number) if let (true, Some(row)) = (after_seen, row) => {
                    self.occurrences(claim, row, &number)?;
                }
                words::Part::Number(number) if numbers.contains(&number) => {}
                words::Part::Number(number) => return Err(format!("{number} is none of its counts")),
                words::Part::Word(word) => {
                    after_seen = word == "seen";
                    if !self.lexicon.contains(&word) {
                        return Err(format!("`{word}` is no fixed wording"));
                    }
                    continue;
                }
            }
            after_seen = false;
        }
        Ok(())
    }

    fn place(&self, place: &EvidenceRef) -> Result<(), String> {
        let versions = self.sources.get(&place.session_id);
        let versions = versions.ok_or_else(|| format!("session {} is not there", place.session_id))?;
        let [start, end] = place.bytes.map(|at| at as usize);
        let holds = |transcript: &Transcript| {
            let event = transcript.events.get(place.event_index as usize)?;
            let text = event.text();
            let bytes = text.get(start..end)?;
            let same = sha256_hex(bytes.as_bytes()) == place.sha256;
            Some(same && excerpt(&text, &(start..end)) == place.quote)
        };
        if versions.iter().any(|transcript| holds(transcript) == Some(true)) {
            return Ok(());
        }
        Err(format!("event {} of {} does not say so", place.event_index, place.session_id))
    }

    /// Whether a session may be mined: a fifth of a larger store, by a hash of the id, is held out.
    fn mines(&self, session: &str) -> bool {
        let digest = sha256(session.as_bytes());
        let bucket = (u64::from(u16::from_le_bytes([digest[0], digest[1]])) * 100) >> 16;
        !self.held_out || bucket >= HELD_OUT_PERCENT
    }

    /// The number of sessions is the ledger's. Claims above the level of a message leave out what published
    /// messages cover, so theirs is at most the ledger's.
    fn support(&self, claim: &ReportedClaim, row: &LedgerClaim) -> Result<(), String> {
        let mined = row.seen.keys().filter(|id| self.mines(id)).count() as u64;
        let sessions = claim.support.sessions;
        let holds = if is_message(claim) { sessions == mined } else { sessions <= mined };
        if holds { Ok(()) } else { Err(format!("{sessions} sessions, but {mined} in the ledger")) }
    }

    fn occurrences(&self, claim: &ReportedClaim, row: &LedgerClaim, number: &str) -> Result<(), String> {
        let sum: u64 = row.seen.iter().filter(|(id, _)| self.mines(id)).map(|(_, seen)| seen.count).sum();
        let stated: u64 = number.parse().map_err(|_| format!("seen {number} times is no count"))?;
        let least = claim.support.sessions;
        let holds = if is_message(claim) { stated == sum } else { (least..=sum).contains(&stated) };
        if holds { Ok(()) } else { Err(format!("seen {stated} times, but {sum} in the ledger")) }
    }
}

fn is_message(claim: &ReportedClaim) -> bool {
    let Signature::Mistake(signature) = &claim.signature else { return false };
    signature.template.is_some()
}

/// Whether a claim comes from comparing sessions with each other, not from counting failing steps.
fn is_compared(claim: &ReportedClaim) -> bool {
    match &claim.signature {
        Signature::Mistake(signature) => signature.silent,
        Signature::Workflow(_) | Signature::Preference(_) => true,
    }
}

/// Returns the ids of the claims that a claim may name.
fn links(claim: &ReportedClaim) -> BTreeSet<&str> {
    match &claim.signature {
        Signature::Workflow(signature) => {
            signature.pitfalls.iter().map(|pitfall| pitfall.claim.as_str()).collect()
        }
        _ => BTreeSet::new(),
    }
}

/// Returns every number of a claim's support, outcome and signature as it would be printed; what a silent mistake
/// depends on ends in a number ("documents[].scanned < 2015").
fn numbers(claim: &ReportedClaim) -> BTreeSet<String> {
    let mut numbers = BTreeSet::new();
    for part in [
        serde_json::to_value(claim.support),
        serde_json::to_value(claim.outcome),
        serde_json::to_value(&claim.signature),
    ] {
        collect(&part.unwrap_or_default(), &mut numbers);
    }
    if let Signature::Mistake(signature) = &claim.signature
        && let Some(detail) = signature.feature.as_ref().and_then(|feature| feature.detail.as_deref())
    {
        let last = detail.split_whitespace().last().filter(|word| word.parse::<f64>().is_ok());
        numbers.extend(last.map(str::to_owned));
    }
    numbers
}

fn collect(value: &serde_json::Value, numbers: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Number(number) => {
            numbers.insert(number.to_string());
            // A whole number of a fraction's type is written without its `.0` in a note.
            numbers.extend(number.as_f64().map(|number| number.to_string()));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, numbers)),
        serde_json::Value::Object(fields) => fields.values().for_each(|field| collect(field, numbers)),
        _ => {}
    }
}

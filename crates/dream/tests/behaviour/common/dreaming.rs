//! Dreams, one after the other, and what they left.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use somnium_dream::{
    Dreamt, MistakeSignature, NearMiss, Options, Prior, RepairSignature, ReportedClaim, Signature, excerpt,
    normalise, template_words,
};
use somnium_memory::{Block, Memory, MemoryPath};
use somnium_types::{Transcript, sha256_hex};

/// Dreams of sessions over an empty memory.
pub(crate) fn dream(sessions: &[Transcript]) -> Dreamt {
    Store::default().dream(sessions)
}

/// A memory with everything that dreams keep beside it.
#[derive(Clone, Default)]
pub(crate) struct Store {
    pub(crate) prior: Prior,
    pub(crate) options: Options,
}

impl Store {
    /// A store whose memory holds these files already.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut store = Self::default();
        files.iter().for_each(|(path, text)| store.write(path, text));
        store
    }

    /// Dreams and keeps the result.
    pub(crate) fn dream(&mut self, sessions: &[Transcript]) -> Dreamt {
        let sessions = sessions.iter().map(|session| normalise(session, &self.options)).collect();
        let dreamt = somnium_dream::dream(sessions, self.prior.clone(), &self.options).unwrap();
        self.prior = std::mem::take(&mut self.prior).after(dreamt.clone());
        dreamt
    }

    pub(crate) fn read(&self, path: &str) -> String {
        let path = MemoryPath::new(path).unwrap();
        String::from_utf8(self.prior.memory.get(&path).unwrap().to_vec()).unwrap()
    }

    /// A person writes a file.
    pub(crate) fn write(&mut self, path: &str, text: &str) {
        self.prior.memory.insert(MemoryPath::new(path).unwrap(), text.as_bytes());
    }

    /// A person replaces `from` in a file.
    pub(crate) fn replace(&mut self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{from:?} is not in\n{text}");
        self.write(path, &text.replacen(from, to, 1));
    }
}

/// Everything that a dream returns, as bytes to compare.
pub(crate) fn bytes(dreamt: &Dreamt) -> String {
    let mut text = serde_json::to_string_pretty(&dreamt.report).unwrap();
    write!(text, "\n{}", files(&dreamt.memory)).unwrap();
    write!(text, "\n{}\n{}", dreamt.ledger, dreamt.tally.counts().unwrap()).unwrap();
    write!(text, "\n{}", serde_json::to_string(&dreamt.baselines).unwrap()).unwrap();
    write!(text, "\n{}", serde_json::to_string(&dreamt.tombstones).unwrap()).unwrap();
    write!(text, "\n{:?}", dreamt.stages).unwrap();
    text
}

/// Everything that was counted of claims, candidates included.
pub(crate) fn claims(dreamt: &Dreamt) -> serde_json::Value {
    dreamt.tally.counts().unwrap()["claims"].clone()
}

/// The files of a memory, one after the other.
pub(crate) fn files(memory: &Memory) -> String {
    let mut text = String::new();
    for (path, bytes) in memory.files() {
        writeln!(text, "=== {path}\n{}", String::from_utf8_lossy(bytes)).unwrap();
    }
    text
}

/// The blocks that are notes: all but the rows of the quarantine.
pub(crate) fn notes(memory: &Memory) -> impl Iterator<Item = Block> {
    memory.blocks().into_iter().filter(|block| block.path.as_str() != QUARANTINE)
}

/// The file of what is held back.
pub(crate) const QUARANTINE: &str = "quarantine.md";

/// The signature of a mistake.
pub(crate) fn signature(claim: &ReportedClaim) -> &MistakeSignature {
    let Signature::Mistake(signature) = &claim.signature else { panic!("not a mistake: {}", claim.title) };
    signature
}

/// The templates of all claims, `None` for those without one, in alphabetical order.
pub(crate) fn templates(dreamt: &Dreamt) -> Vec<Option<&str>> {
    let mut templates: Vec<_> =
        dreamt.report.claims.iter().map(|claim| signature(claim).template.as_deref()).collect();
    templates.sort_unstable();
    templates
}

/// The one claim about a tool.
pub(crate) fn claim<'d>(dreamt: &'d Dreamt, tool: &str) -> &'d ReportedClaim {
    let about: Vec<_> = dreamt.report.claims.iter().filter(|claim| signature(claim).tool == tool).collect();
    match about[..] {
        [claim] => claim,
        _ => panic!("{} claims about {tool}: {:#?}", about.len(), dreamt.report),
    }
}

/// Whether there is a claim about a tool.
pub(crate) fn has_claim(dreamt: &Dreamt, tool: &str) -> bool {
    dreamt.report.claims.iter().any(|claim| signature(claim).tool == tool)
}

/// The repair in the one claim about a tool.
pub(crate) fn repair<'d>(dreamt: &'d Dreamt, tool: &str) -> Option<&'d RepairSignature> {
    signature(claim(dreamt, tool)).repair.as_ref()
}

/// The near misses whose title holds `text`.
pub(crate) fn near_misses<'d>(dreamt: &'d Dreamt, text: &str) -> Vec<&'d NearMiss> {
    dreamt.report.near_misses.iter().filter(|miss| miss.title.contains(text)).collect()
}

/// The block of a claim.
pub(crate) fn block(memory: &Memory, claim: &ReportedClaim) -> Block {
    memory.block(&claim.id.as_str().into()).unwrap()
}

/// Checks that each place that a report cites is there: the session, the event, the bytes, their hash, and
/// the quotation.
pub(crate) fn assert_evidence(dreamt: &Dreamt, sessions: &[Transcript]) {
    for claim in &dreamt.report.claims {
        for place in &claim.evidence {
            let session = sessions.iter().find(|session| session.id == place.session_id).unwrap();
            let text = session.events[place.event_index as usize].text();
            let range = place.bytes[0] as usize..place.bytes[1] as usize;
            let cited = text.get(range.clone()).expect("a span on character boundaries inside the text");
            assert_eq!(sha256_hex(cited.as_bytes()), place.sha256, "{place:?}");
            assert_eq!(excerpt(&text, &range), place.quote);
        }
    }
}

/// Returns the words of our blocks outside code and quotations that no table of phrases has, numbers left out.
pub(crate) fn foreign_words(dreamt: &Dreamt) -> BTreeSet<String> {
    let known = template_words();
    let mut foreign = BTreeSet::new();
    for block in notes(&dreamt.memory) {
        let text = outside_quotations(&format!("{}\n{}", block.title, block.body));
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
        let foreigners = words
            .filter(|word| !word.chars().all(|c| c.is_ascii_digit()))
            .map(str::to_lowercase)
            .filter(|word| !known.contains(word));
        foreign.extend(foreigners);
    }
    foreign
}

/// Returns `text` without what stands in back-ticks or between curly quotation marks.
fn outside_quotations(text: &str) -> String {
    let (mut outside, mut until) = (String::new(), None);
    for c in text.chars() {
        match (until, c) {
            (Some(end), c) if c == end => until = None,
            (Some(_), _) => {}
            (None, '`') => until = Some('`'),
            (None, '“') => until = Some('”'),
            (None, c) => outside.push(c),
        }
    }
    assert_eq!(until, None, "a quotation without an end in {text:?}");
    outside
}

//! Stage 3: what was seen so far, by claim and session.
//!
//! The ledger is the machine's side of the memory. It is the only thing that later dreams need of earlier
//! sessions: a session that is read again replaces its own entries, a new one adds to them. Counts are always
//! derived from it, never stored beside it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use somnium_memory::Baselines;
use somnium_types::{ClaimId, DreamId, SessionId, Timestamp, hex16, sha256_hex};

use crate::DreamError;
use crate::detect::Repair;
use crate::held_out;
use crate::normalise::{Class, Normalised, Quote, main_program, tool_key};
use crate::proposal::{self, Quarantine, Statements};
use crate::reconcile;
use crate::report::Blame;
use crate::tally::Counts;

/// Changes whenever an older ledger would be read wrongly.
const VERSION: u32 = 1;
/// Digits of a claim's id; more are taken where two claims would share them.
const ID_DIGITS: usize = 6;

/// Everything that was seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ledger {
    version: u32,
    /// Dreams that read something new.
    #[serde(default)]
    pub(crate) dreams: u32,
    /// Whether this one did.
    #[serde(skip)]
    pub(crate) has_news: bool,
    /// Whether what was counted of some sessions is not known any more.
    #[serde(skip)]
    pub(crate) has_lost: bool,
    /// Whether everything that is counted is of sessions that are there.
    #[serde(skip)]
    pub(crate) is_whole: bool,
    /// Every session, whether anything was found in it or not: the denominators. Kept in the [`Tally`].
    #[serde(skip)]
    pub(crate) sessions: BTreeMap<SessionId, SessionRow>,
    /// Every claim, candidates included. Kept in the [`Tally`].
    #[serde(skip)]
    pub(crate) claims: BTreeMap<ClaimId, Claim>,
    /// Every claim that was ever written, and how it fares.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) standings: BTreeMap<ClaimId, Standing>,
    /// How many sessions were ever counted: where fewer are known, counts were lost.
    #[serde(default)]
    counted: usize,
    /// What people say in so many words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) statements: Statements,
    /// What operators said, by session.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) rules: BTreeMap<SessionId, Vec<String>>,
    /// What came from outside and stays there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) quarantine: Quarantine,
    /// Entries of agents whose words a dream changed, by file and fingerprint: they are still no person's.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) amended: BTreeSet<(String, u64)>,
    /// Entries that only a limit keeps in the memory, by fingerprint.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) waiting: BTreeSet<u64>,
}

/// How a claim fares since it was first written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// The dream that first wrote it.
    pub(crate) dream: DreamId,
    /// Its number: what later dreams read is new to the claim.
    pub(crate) since: u32,
    /// The clock of that dream: what ended by then was not shown the note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<Timestamp>,
    /// Where it can occur: a session that has no occasion says nothing about it.
    pub(crate) occasion: Occasion,
    /// Whether only a comparison of all sessions shows it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) compared: bool,
    /// Set while it does not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failing: Option<Failing>,
    /// Set while its block is in the archive: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retired: Option<String>,
    /// Set while a person left it for later whether its note goes: then it is asked again without new sessions, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) asked: bool,
    /// Set once it was shown to do harm: why. Only a person brings it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) harmful: Option<String>,
    /// Set while it is shown in vain: since the dream of this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) in_vain: Option<u32>,
}

impl Standing {
    /// A claim that dream `since` wrote first.
    pub(crate) fn new(dream: DreamId, since: u32, at: Option<Timestamp>, occasion: Occasion) -> Self {
        Self {
            dream,
            since,
            at,
            occasion,
            compared: false,
            failing: None,
            retired: None,
            asked: false,
            harmful: None,
            in_vain: None,
        }
    }

    /// Whether a session could have been shown the note: it ran after the note was written. Where it is not known
    /// when it ran, what a later dream read ran later.
    pub(crate) fn precedes(&self, row: &SessionRow) -> bool {
        let began = row.started_at.or(row.ended_at);
        match (began, self.at) {
            (Some(began), Some(at)) => began > at,
            _ => row.dream > self.since,
        }
    }
}

/// In which sessions a claim could show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Occasion {
    /// Those that called this tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tool: Option<String>,
    /// Those that ran this program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) program: Option<String>,
    /// Those of this project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) project: Option<String>,
}

impl Occasion {
    /// Returns whether a session had the occasion.
    pub(crate) fn is_in(&self, row: &SessionRow) -> bool {
        let tool = self.tool.as_deref().is_none_or(|tool| tool == ANY_TOOL || row.tools.contains_key(tool));
        let program = self.program.as_ref().is_none_or(|program| row.programs.contains_key(program));
        tool && program && self.project.as_ref().is_none_or(|project| row.project.as_ref() == Some(project))
    }

    /// Returns at how many steps of a session it arose: those of the program or the tool, or all.
    pub(crate) fn steps_in(&self, row: &SessionRow) -> u64 {
        let of =
            |counts: &BTreeMap<String, u32>, name: &String| counts.get(name).copied().unwrap_or(0).into();
        match (&self.program, &self.tool) {
            (Some(program), _) => of(&row.programs, program),
            (None, Some(tool)) if tool != ANY_TOOL => of(&row.tools, tool),
            _ => row.steps.into(),
        }
    }
}

/// Since when a claim does not pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failing {
    /// Number of the first dream in which it did not.
    pub(crate) since: u32,
    /// Number of the last one.
    pub(crate) last: u32,
    /// How many.
    pub(crate) dreams: u32,
}

/// What is kept of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SessionRow {
    /// First digits of the transcript's content hash.
    pub(crate) hash: String,
    pub(crate) agent: String,
    pub(crate) principal: Option<String>,
    pub(crate) team: Option<String>,
    pub(crate) project: Option<String>,
    pub(crate) task: Option<String>,
    pub(crate) day: Option<String>,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    /// `None` where nobody judged.
    pub(crate) failed: Option<bool>,
    /// Tools that were called, and how often.
    pub(crate) tools: BTreeMap<String, u32>,
    /// Programs that its command lines were about, and how often.
    pub(crate) programs: BTreeMap<String, u32>,
    pub(crate) steps: u32,
    /// Characters of its calls and results.
    pub(crate) chars: u64,
    pub(crate) failing: u32,
    /// Where it stands when sessions are held out: [`held_out::bucket`].
    pub(crate) bucket: u8,
    /// Number of the dream that read it first.
    pub(crate) dream: u32,
    /// Notes that it was shown.
    pub(crate) exposed: Vec<String>,
}

/// Stands for any tool in a [`Key`].
pub(crate) const ANY_TOOL: &str = "*";

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Key {
    /// A mistake, at one level of the signature ladder.
    Mistake {
        tool: String,
        /// Shell programs, where `template` is `None` and the level is that of a program.
        program: Option<String>,
        class: Class,
        /// Masked tokens.
        template: Option<Vec<String>>,
    },
}

/// A claim with everything that supports it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Claim {
    pub(crate) key: Key,
    /// By session: every one that shows it, mined or not.
    pub(crate) seen: BTreeMap<SessionId, Seen>,
}

/// One session's support.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// How often.
    pub(crate) count: u32,
    /// How often each program of a shell was at fault.
    pub(crate) programs: BTreeMap<String, u32>,
    /// Whether the message was spelt in more than one way.
    pub(crate) varies: bool,
    /// Which tools were at fault, where the claim is about any tool.
    pub(crate) tools: BTreeSet<String>,
    /// Steps and characters until the next success.
    pub(crate) wasted_steps: u32,
    pub(crate) wasted_chars: u32,
    /// The first place: what the tool said, and the call.
    pub(crate) quotes: Vec<Quote>,
    /// What was tried next.
    pub(crate) tries: Vec<Tried>,
    /// Arguments of the call that the message names.
    #[serde(default)]
    pub(crate) named: BTreeSet<String>,
}

impl Seen {
    /// Notes one more spelling of the message, before its first place is kept.
    pub(crate) fn note_spelling(&mut self, line: &str) {
        self.varies |= self.quotes.first().is_some_and(|first| first.text != line);
    }

    /// Adds what another claim saw in the same session.
    pub(crate) fn absorb(&mut self, other: Self) {
        let first = other.quotes.first().map(|quote| quote.text.clone()).unwrap_or_default();
        self.note_spelling(&first);
        self.varies |= other.varies;
        self.count = self.count.saturating_add(other.count);
        for (program, count) in other.programs {
            *self.programs.entry(program).or_default() += count;
        }
        self.tools.extend(other.tools);
        self.named.extend(other.named);
        self.wasted_steps = self.wasted_steps.saturating_add(other.wasted_steps);
        self.wasted_chars = self.wasted_chars.saturating_add(other.wasted_chars);
        if self.quotes.is_empty() {
            self.quotes = other.quotes;
        }
        for tried in other.tries {
            match self.tries.iter_mut().find(|known| known.repair == tried.repair) {
                Some(known) => {
                    known.tried += tried.tried;
                    known.worked += tried.worked;
                }
                None => self.tries.push(tried),
            }
        }
    }
}

/// How often a repair was tried in one session, and how often it worked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tried {
    pub(crate) repair: Repair,
    pub(crate) tried: u32,
    pub(crate) worked: u32,
    /// Places that show it working.
    pub(crate) quotes: Vec<Quote>,
    /// New values of the arguments that differ.
    pub(crate) values: Vec<(String, String)>,
    /// Their values in the call that failed.
    #[serde(default)]
    pub(crate) olds: Vec<(String, String)>,
}

impl Ledger {
    /// Reads the ledger that an earlier dream left, with what it counted; `null` is an empty one.
    pub(crate) fn load(value: &serde_json::Value, counts: Counts) -> Result<Self, DreamError> {
        let empty = Self { version: VERSION, ..Self::default() };
        let read = if value.is_null() { empty } else { Self::read(value)? };
        Ok(Self { sessions: counts.sessions, claims: counts.claims, ..read })
    }

    fn read(value: &serde_json::Value) -> Result<Self, DreamError> {
        let version = value.get("version").and_then(serde_json::Value::as_u64);
        if version != Some(u64::from(VERSION)) {
            return Err(DreamError::LedgerVersion { found: version });
        }
        Self::deserialize(value).map_err(|source| DreamError::Ledger { source })
    }

    /// Takes what was counted out of it, for the next dream.
    pub(crate) fn take_counts(&mut self) -> Counts {
        self.counted = self.counted.max(self.sessions.len());
        Counts { sessions: std::mem::take(&mut self.sessions), claims: std::mem::take(&mut self.claims) }
    }

    /// Says that no more than `sessions` were ever counted, after some were forgotten on purpose.
    pub(crate) fn recount(&mut self, sessions: usize) {
        self.counted = sessions;
    }

    /// Writes the ledger for the next dream.
    pub(crate) fn save(&self) -> Result<serde_json::Value, DreamError> {
        serde_json::to_value(self).map_err(|source| DreamError::Ledger { source })
    }

    /// Takes up blocks that were written before standings were kept.
    pub(crate) fn adopt(&mut self, baselines: &Baselines) {
        // What is held back is no note: it never goes to the archive, where it would be memory.
        let notes =
            baselines.blocks.iter().filter(|(id, _)| !proposal::is_row(id) && !reconcile::is_record(id));
        for (id, baseline) in notes {
            let id = ClaimId::from(id.as_str());
            let since = self.dreams;
            let standing = || Standing::new(baseline.dream.clone(), since, None, Occasion::default());
            self.standings.entry(id).or_insert_with(standing);
        }
    }

    /// Takes up the sessions of earlier dreams where their tally was lost. Which dream read them is not known any
    /// more; the first says least: nothing in them is later than a claim that was written since.
    pub(crate) fn remember(&mut self, earlier: &[Normalised]) {
        for session in earlier {
            self.sessions.entry(session.id.clone()).or_insert_with(|| SessionRow::of(session));
        }
    }

    /// Whether a session is new, or another version of one that was counted.
    pub(crate) fn is_news(&self, session: &Normalised) -> bool {
        self.sessions.get(&session.id).is_none_or(|row| row.hash != hash_of(session))
    }

    /// Begins a dream over `known`, every session whose content is there. Returns whether those are all that
    /// the ledger ever counted: then its counts are forgotten, to be made anew.
    pub(crate) fn begin(&mut self, known: &[&Normalised]) -> bool {
        self.has_news = known.iter().any(|session| self.is_news(session));
        self.dreams += u32::from(self.has_news);
        let there: BTreeSet<&SessionId> = known.iter().map(|session| &session.id).collect();
        self.has_lost = self.sessions.len() < self.counted;
        let all_there = self.sessions.keys().all(|id| there.contains(id));
        self.is_whole = all_there && !self.has_lost;
        if all_there {
            self.claims.clear();
        }
        all_there
    }

    /// Enters sessions; whatever was seen in earlier versions of them is forgotten first.
    pub(crate) fn enter(&mut self, sessions: &[&Normalised]) {
        let again: BTreeSet<&SessionId> =
            sessions.iter().map(|session| &session.id).filter(|id| self.sessions.contains_key(*id)).collect();
        if !again.is_empty() {
            for claim in self.claims.values_mut() {
                claim.seen.retain(|id, _| !again.contains(id));
            }
        }
        for session in sessions {
            let first = self.sessions.get(&session.id).map_or(self.dreams, |row| row.dream);
            self.sessions.insert(session.id.clone(), SessionRow { dream: first, ..SessionRow::of(session) });
        }
        self.forget_empty();
    }

    /// Returns the claim of `key`, new where it was never seen.
    pub(crate) fn claim(&mut self, key: &Key) -> &mut Claim {
        let id = self.id_of(key);
        self.claims.entry(id).or_insert_with(|| Claim { key: key.clone(), seen: BTreeMap::new() })
    }

    /// Takes a claim out, to be entered again under another key.
    pub(crate) fn take(&mut self, id: &ClaimId) -> Option<Claim> {
        self.claims.remove(id)
    }

    /// Drops claims that no session supports any more.
    pub(crate) fn forget_empty(&mut self) {
        self.claims.retain(|_, claim| !claim.seen.is_empty());
    }

    /// Returns the number of projects.
    pub(crate) fn projects(&self) -> usize {
        self.sessions.values().filter_map(|row| row.project.as_deref()).collect::<BTreeSet<_>>().len()
    }

    /// Returns the newest end of a session: the default clock of a dream.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        self.sessions.values().filter_map(|row| row.ended_at).max()
    }

    fn id_of(&self, key: &Key) -> ClaimId {
        let digest = sha256_hex(key.canonical().as_bytes());
        let mut digits = ID_DIGITS;
        loop {
            let id = ClaimId::from(format!("{}-{}", key.prefix(), digest.prefix(digits)));
            match self.claims.get(&id) {
                Some(claim) if claim.key != *key && digits < 32 => digits += 4,
                _ => return id,
            }
        }
    }
}

/// Returns the id of a claim that is not in the ledger: its first digits are as good as certain to differ.
pub(crate) fn claim_id(prefix: &str, canonical: &str) -> ClaimId {
    const DIGITS: usize = 10;
    ClaimId::from(format!("{prefix}-{}", sha256_hex(canonical.as_bytes()).prefix(DIGITS)))
}

/// Returns how often each name occurs.
fn counts<'n>(names: impl Iterator<Item = &'n str>) -> BTreeMap<String, u32> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for name in names {
        match counts.get_mut(name) {
            Some(count) => *count += 1,
            None => {
                counts.insert(name.to_owned(), 1);
            }
        }
    }
    counts
}

/// Tells versions of a session apart.
pub(crate) fn hash_of(session: &Normalised) -> String {
    hex16(session.content_hash.to_hex().as_bytes())
}

impl SessionRow {
    fn of(session: &Normalised) -> Self {
        let text = |id: &dyn std::fmt::Display| id.to_string();
        Self {
            hash: hash_of(session),
            agent: session.agent.to_string(),
            principal: session.principal.as_ref().map(|id| text(id)),
            team: session.team.as_ref().map(|id| text(id)),
            project: session.project.clone(),
            task: session.task.as_ref().map(|id| text(id)),
            day: session.day(),
            started_at: session.started_at,
            ended_at: session.ended_at,
            failed: session.outcome.as_ref().map(somnium_types::Outcome::failed),
            tools: counts(session.steps.iter().map(tool_key)),
            programs: counts(session.steps.iter().filter_map(main_program)),
            chars: session.steps.iter().map(|step| u64::from(step.chars)).sum(),
            steps: u32::try_from(session.steps.len()).unwrap_or(u32::MAX),
            failing: u32::try_from(session.steps.iter().filter(|step| step.failure.is_some()).count())
                .unwrap_or(u32::MAX),
            bucket: held_out::bucket(&session.id),
            dream: 0,
            exposed: session.exposed.clone(),
        }
    }
}

impl Key {
    fn prefix(&self) -> &'static str {
        match self {
            Self::Mistake { .. } => "m",
        }
    }

    /// Whether the claim is about several tools at once.
    pub(crate) fn is_about_any_tool(&self) -> bool {
        let Self::Mistake { tool, .. } = self;
        tool == ANY_TOOL
    }

    /// Whether the claim is about nothing but an error class.
    pub(crate) fn is_a_class_alone(&self) -> bool {
        let Self::Mistake { template, .. } = self;
        self.is_about_any_tool() && template.is_none()
    }

    /// Whether the claim can ever become a note. What is about any tool can only if the environment is at fault:
    /// what the environment does, it does to every tool.
    pub(crate) fn can_be_written(&self) -> bool {
        let Self::Mistake { class, .. } = self;
        !self.is_about_any_tool() || (!self.is_a_class_alone() && class.usual_blame() == Blame::Environment)
    }

    /// The text whose hash is the claim's id. Content only: the same pattern has the same id in every store.
    fn canonical(&self) -> String {
        match self {
            Self::Mistake { tool, program, class, template } => {
                let template = template.as_deref().unwrap_or_default().join(" ");
                ["mistake", tool, program.as_deref().unwrap_or_default(), class.slug(), &template]
                    .join("\u{0}")
            }
        }
    }
}

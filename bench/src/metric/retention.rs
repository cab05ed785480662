//! M7, retention: many dreams in a row over a stream, with facts planted in it that bear load.
//!
//! A fact is "call `clear_n` before `moor_n`". It is learnt in the first dreams. From then on some sessions are
//! shown the memory and do as it says, others find out again the hard way, and of a third of the facts nobody
//! has occasion for 35 dreams. A few facts stop being true. Around them there are errors that happen once, and
//! each dream has a mistake of its own that never returns.
//!
//! *Recall* is the share of facts that were learnt, are still true, and still stand outside the archive with
//! what to do. *Drift* is the bytes by which a block differs after a dream that brought nothing new about it, and
//! those by which people's files and blocks differ at all.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::json;
use somnium_dream::{Dreamt, Normalised, Options, Prior, ReportedClaim, dream, normalise};
use somnium_memory::{Memory, MemoryPath};
use somnium_types::{
    Actor, Body, Event, Outcome, OutcomeSource, Status, SystemKind, Timestamp, ToolCall, ToolResult,
    Transcript,
};

use crate::chance::Chance;
use crate::figure::{Figure, Goal, Unit};
use crate::report::{Context, Measured};

/// Dreams in a row.
const DREAMS: usize = 50;
/// Sessions that a dream reads.
const SESSIONS: usize = 12;
/// Facts that are planted; the last few stop being true.
const FACTS: usize = 24;
const GONE: usize = 4;
/// Dreams over which facts are first met.
const WAVES: usize = 8;
/// From which dream on some facts have no occasion, and until which.
const QUIET: std::ops::Range<usize> = 10..45;
/// After which dream some facts stop being true.
const END: usize = 9;
/// The baseline keeps what was seen in so many dreams.
const WINDOW: usize = 10;
/// Where the work is; each fact holds in one of them.
const HARBOURS: [&str; 4] = ["north", "south", "east", "west"];
/// A person's file, which no dream may touch.
const PERSONS: (&str, &str) = ("notes/people.md", "# People\n\nThe harbour master is always right.\n");

const ALL_OF_IT: Goal = Goal::AtLeast(1.0);
const NONE: Goal = Goal::AtMost(0.0);

/// What the dreams kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Retention {
    /// Facts that were learnt at some time, of those planted.
    pub learnt: usize,
    /// The least recall after any dream, and the last.
    pub least: f64,
    /// After the last dream.
    pub last: f64,
    /// Bytes by which untouched blocks and people's files differ, over all dreams.
    pub drift: u64,
    /// Blocks that were compared.
    pub compared: u64,
    /// Facts that stopped being true and were retired by the end.
    pub retired: usize,
    /// The least recall after any dream of a memory that keeps what was seen lately.
    pub window: f64,
    /// Bytes of notes after the last dream.
    pub bytes: usize,
}

/// Measures M7.
///
/// # Errors
///
/// If a dream fails.
pub fn rows(_: &Context<'_>) -> Result<Measured> {
    let result = measure(DREAMS, 7)?;
    let on = format!("{DREAMS} dreams of {SESSIONS} sessions");
    let row = |name: &str, unit: Unit, value: f64| Figure::new("M7", name, &on, unit, Some(value));
    let figures = vec![
        row("recall of what was learnt and is still true, least after any dream", Unit::Share, result.least)
            .goal(ALL_OF_IT)
            .note(format!("{} of {FACTS} facts learnt; {:.2} after the last", result.learnt, result.last)),
        row("bytes of drift in untouched blocks and people's files", Unit::Count, result.drift as f64)
            .goal(NONE)
            .note(format!("{} blocks compared, {} bytes of notes", result.compared, result.bytes)),
        row("facts that stopped being true, retired", Unit::Share, result.retired as f64 / GONE as f64)
            .note(format!("{} of {GONE}, {} dreams after", result.retired, DREAMS - END)),
        row(
            &format!("… of a memory that keeps what was seen in the last {WINDOW} dreams"),
            Unit::Share,
            result.window,
        ),
    ];
    Ok(Measured::rows(figures).detail("retention", result))
}

/// Dreams `dreams` times in a row.
///
/// # Errors
///
/// If a dream fails.
pub fn measure(dreams: usize, seed: u64) -> Result<Retention> {
    let options = Options::default();
    let mut chance = Chance::new(seed);
    let mut prior = Prior::default();
    let people = MemoryPath::new(PERSONS.0).context("the person's file has a bad name")?;
    prior.memory.insert(people.clone(), PERSONS.1.as_bytes());
    let mut result = Retention { least: 1.0, window: 1.0, ..Retention::default() };
    let mut learnt: BTreeSet<usize> = BTreeSet::new();
    let mut seen_last: BTreeMap<usize, usize> = BTreeMap::new();
    let mut before: BTreeMap<String, String> = BTreeMap::new();
    for at in 0..dreams {
        let batch = batch(at, &prior.memory, &mut chance, &mut seen_last);
        let sessions: Vec<Normalised> = batch.iter().map(|one| normalise(one, &options)).collect();
        let dreamt = dream(sessions, prior.clone(), &options).context("a dream failed")?;
        let after = counted(&dreamt);
        result.drift += drift(&prior.memory, &dreamt, &before, &after, &mut result.compared);
        result.drift += differing(PERSONS.1.as_bytes(), dreamt.memory.get(&people).unwrap_or_default());
        before = after;
        let there: BTreeSet<usize> = (0..FACTS).filter(|fact| is_there(&dreamt.memory, *fact)).collect();
        learnt.extend(&there);
        let is_true = |fact: &&usize| at < END || **fact < FACTS - GONE;
        let wanted: Vec<&usize> = learnt.iter().filter(is_true).collect();
        let kept = wanted.iter().filter(|fact| there.contains(fact)).count();
        result.last = kept as f64 / wanted.len().max(1) as f64;
        result.least = result.least.min(result.last);
        let lately = |fact: &&&usize| seen_last.get(fact).is_some_and(|last| last + WINDOW > at);
        let window = wanted.iter().filter(lately).count() as f64 / wanted.len().max(1) as f64;
        result.window = result.window.min(window);
        result.retired = (FACTS - GONE..FACTS).filter(|fact| !there.contains(fact)).count();
        result.bytes = dreamt.memory.files().map(|(_, bytes)| bytes.len()).sum();
        prior = prior.after(dreamt);
    }
    result.learnt = learnt.len();
    Ok(result)
}

/// Returns what each block rests on: as long as that stays the same, so must the block.
fn counted(dreamt: &Dreamt) -> BTreeMap<String, String> {
    let rests_on = |claim: &ReportedClaim| {
        // What a note prints. The q of one claim depends on all others; it is only printed where it is telling.
        let outcome = claim.outcome.map(|outcome| {
            let q = (outcome.q <= 0.10).then_some(outcome.q);
            json!([outcome.fail_with, outcome.with, outcome.fail_without, outcome.without, q])
        });
        let vain = claim.health.often_violated;
        json!([claim.state, claim.support, claim.signature, outcome, vain, claim.evidence]).to_string()
    };
    dreamt.report.claims.iter().map(|claim| (claim.id.to_string(), rests_on(claim))).collect()
}

/// Returns the bytes by which blocks differ that nothing new was read about.
fn drift(
    old: &Memory,
    dreamt: &Dreamt,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    compared: &mut u64,
) -> u64 {
    let mut bytes = 0;
    for block in old.blocks() {
        let id = block.id.as_str();
        if before.get(id).is_none_or(|rests_on| after.get(id) != Some(rests_on)) {
            continue;
        }
        *compared += 1;
        let text = |block: somnium_memory::Block| format!("{}\n{}", block.title, block.body);
        let new = dreamt.memory.block(&block.id).map(text).unwrap_or_default();
        bytes += differing(text(block).as_bytes(), new.as_bytes());
    }
    bytes
}

fn differing(a: &[u8], b: &[u8]) -> u64 {
    let same = a.iter().zip(b).filter(|(a, b)| a == b).count();
    (a.len().max(b.len()) - same) as u64
}

/// Whether a note of its own, outside the archive, says what to do.
fn is_there(memory: &Memory, fact: usize) -> bool {
    let (tool, repair) = (format!("`moor_{fact}`"), format!("`clear_{fact}`"));
    memory.blocks().into_iter().any(|block| {
        let text = format!("{}\n{}", block.title, block.body);
        block.path.as_str().starts_with("notes/") && text.contains(&tool) && text.contains(&repair)
    })
}

/// The sessions of one dream.
fn batch(
    at: usize,
    memory: &Memory,
    chance: &mut Chance,
    seen: &mut BTreeMap<usize, usize>,
) -> Vec<Transcript> {
    let new: Vec<usize> = (0..FACTS).filter(|fact| fact % WAVES == at || (fact % WAVES + 1) == at).collect();
    let known: Vec<usize> =
        (0..FACTS).filter(|fact| fact % WAVES + 1 < at && !(fact % 3 == 0 && QUIET.contains(&at))).collect();
    let session = |n: usize| {
        let mut session = Session::new(at, n);
        let is_here = |fact: &usize| fact % HARBOURS.len() == n % HARBOURS.len();
        let known: Vec<usize> = known.iter().copied().filter(is_here).collect();
        let is_shown = chance.below(2) == 0;
        if is_shown {
            session.shown(memory);
        }
        session.error(&format!("gust_{at}_{n}"), &format!("squall number {n} came from the side of {at}"));
        if n.is_multiple_of(4) {
            session.error(&format!("tide_{at}"), "the water is lower than the keel needs");
        }
        for fact in new.iter().filter(|fact| is_here(fact)) {
            session.stumble(*fact);
            seen.insert(*fact, at);
        }
        for _ in 0..usize::from(!known.is_empty()) * 3 {
            let fact = known[chance.below(known.len())];
            let is_gone = at >= END && fact >= FACTS - GONE;
            if is_gone {
                session.ok(&format!("moor_{fact}"));
            } else if is_shown || chance.below(5) < 2 {
                session.follow(fact);
            } else {
                session.stumble(fact);
                seen.insert(fact, at);
            }
        }
        session.finish()
    };
    (0..SESSIONS).map(session).collect()
}

/// A session in the making.
struct Session {
    transcript: Transcript,
    calls: usize,
}

impl Session {
    fn new(at: usize, n: usize) -> Self {
        let mut transcript = Transcript::new(format!("stream-{at:02}-{n:02}").into());
        let day = jiff::SignedDuration::from_hours(24 * i64::try_from(at).unwrap_or(0));
        let minute = jiff::SignedDuration::from_mins(i64::try_from(n).unwrap_or(0));
        transcript.started_at = Some(Timestamp::UNIX_EPOCH + day + minute);
        transcript.ended_at = transcript.started_at;
        transcript.agent = Some(["ketch", "yawl", "sloop"][n % 3].into());
        transcript.principal = Some(["mate", "pilot", "cook"][(n + at) % 3].into());
        transcript.project = Some(HARBOURS[n % HARBOURS.len()].to_owned());
        transcript.task = Some(format!("berth {}", n % 5).into());
        transcript.outcome = Some(Outcome::new(!(n + at).is_multiple_of(3), OutcomeSource::Reward));
        Self { transcript, calls: 0 }
    }

    /// The harness puts the memory in front of the agent.
    fn shown(&mut self, memory: &Memory) {
        let text: String =
            memory.files().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned() + "\n").collect();
        self.transcript.events.push(Event::new(Body::System { kind: SystemKind::Memory, text }));
    }

    fn call(&mut self, tool: &str, status: Status, text: &str) {
        let id = format!("call-{}", self.calls);
        self.calls += 1;
        let input = json!({ "ship": "the same every time" });
        let call = ToolCall { id: id.as_str().into(), tool: tool.to_owned(), input, by: Actor::Agent };
        let text = text.to_owned();
        let result = ToolResult { call: id.as_str().into(), text, status, exit_code: None };
        self.transcript.events.push(Event::new(Body::ToolCall(call)));
        self.transcript.events.push(Event::new(Body::ToolResult(result)));
    }

    fn ok(&mut self, tool: &str) {
        self.call(tool, Status::Ok, "done");
    }

    fn error(&mut self, tool: &str, text: &str) {
        self.call(tool, Status::Error, text);
    }

    fn follow(&mut self, fact: usize) {
        self.ok(&format!("clear_{fact}"));
        self.ok(&format!("moor_{fact}"));
    }

    /// Finds out the hard way.
    fn stumble(&mut self, fact: usize) {
        const WHAT: [&str; 6] = ["quay", "buoy", "lock", "ramp", "pier", "slip"];
        const HOW: [&str; 4] = [
            "is still taken by another ship",
            "was not swept after the flood",
            "waits under guard for papers",
            "lies in the dark without lamps",
        ];
        let line = format!("{} {}", WHAT[fact % 6], HOW[fact / 6 % 4]);
        self.error(&format!("moor_{fact}"), &line);
        self.follow(fact);
    }

    fn finish(self) -> Transcript {
        self.transcript
    }
}

//! What to make of each note, over all of them at once: where many are tested, some look harmful by chance.

use std::collections::BTreeMap;

use somnium_types::ClaimId;

use super::compare::{Compared, decisive};
use super::report::{Beside, Contrast, Contrasts, EffectKind, Verdict};
use super::track::{Group, Track};
use crate::detect::Detail;
use crate::gate::Judged;
use crate::health::{EXPOSURES, Meaning};
use crate::report::Blame;
use crate::stats;

/// Sessions with the occasion that must have had a note before it can be called harmful. With fewer, only a disaster
/// would show; what looks like one is chance or another cause.
pub(crate) const HARM_EXPOSURES: u64 = 10;
/// Benjamini-Hochberg level of harm, over all notes that were tested.
pub(crate) const HARM_Q: f64 = 0.05;
/// Sessions of the same time without the note that it takes to bear out, or not, what the time before says.
const CONCURRENT: u64 = 5;

/// What is judged of a note.
pub(crate) struct Subject<'j> {
    pub(crate) id: &'j ClaimId,
    pub(crate) meaning: Meaning,
    /// Whether its mistake is the environment's.
    pub(crate) of_environment: bool,
    /// Whether it is shown and gone against all the same.
    pub(crate) often_violated: bool,
    pub(crate) track: &'j Track,
}

impl<'j> Subject<'j> {
    /// Returns the notes among some claims: those that were ever written.
    pub(crate) fn of(judged: &'j [Judged]) -> Vec<Self> {
        let subject = |claim: &'j Judged| {
            let of_environment =
                matches!(&claim.detail, Detail::Mistake(loud) if loud.blame == Blame::Environment);
            Some(Self {
                id: &claim.id,
                meaning: claim.detail.meaning(),
                of_environment,
                often_violated: claim.health.is_often_violated(),
                track: claim.track.as_deref()?,
            })
        };
        judged.iter().filter_map(subject).collect()
    }
}

/// A note with everything that was compared.
pub(crate) struct Assessed<'j> {
    pub(crate) track: &'j Track,
    pub(crate) compared: Compared,
    pub(crate) verdict: Verdict,
}

/// Which of the two things that can get worse.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Worse {
    Against,
    Failed,
}

/// A comparison by which a note can be called harmful.
#[derive(Clone, Copy)]
struct Test {
    worse: Worse,
    beside: Beside,
    contrast: Contrast,
}

/// Assesses notes, all of them together.
pub(crate) fn assess(notes: Vec<Subject<'_>>) -> BTreeMap<ClaimId, Assessed<'_>> {
    let compared: Vec<(Subject<'_>, Compared)> = notes
        .into_iter()
        .map(|note| {
            let compared = Compared::of(note.track);
            (note, compared)
        })
        .collect();
    let tests: Vec<(usize, Test)> = compared
        .iter()
        .enumerate()
        .flat_map(|(at, (note, compared))| tests(note, compared).into_iter().map(move |test| (at, test)))
        .collect();
    let p: Vec<f64> = tests.iter().map(|(_, test)| test.contrast.p_harm).collect();
    let mut harms: BTreeMap<usize, (f64, Option<Test>)> = BTreeMap::new();
    for ((at, test), q) in tests.iter().zip(stats::benjamini_hochberg(&p)) {
        let (least, shown) = harms.entry(*at).or_insert((q, None));
        *least = least.min(q);
        if q <= HARM_Q && test.contrast.is_worse() {
            *shown = shown.or(Some(*test));
        }
    }
    let mut assessed = BTreeMap::new();
    for (at, (note, compared)) in compared.into_iter().enumerate() {
        let (q, shown) = harms.get(&at).map_or((None, None), |(q, shown)| (Some(*q), *shown));
        let verdict = verdict(&note, &compared, shown, q);
        assessed.insert(note.id.clone(), Assessed { track: note.track, compared, verdict });
    }
    assessed
}

/// Returns the comparisons by which a note can be called harmful.
///
/// Where chance decided who was shown it, that its mistake is made more often, and that more sessions fail. Where it
/// did not, only the former: failures have many causes, and a harder week would condemn every note that was shown in it.
fn tests(note: &Subject<'_>, compared: &Compared) -> Vec<Test> {
    let dealt = |contrasts: &Contrasts, worse| {
        let found = decisive(contrasts).filter(|(beside, _)| *beside == Beside::HeldBack);
        found.map(|(beside, contrast)| Test { worse, beside, contrast })
    };
    let against = [dealt(&compared.against, Worse::Against), of_its_own(note, compared)];
    let against = against.into_iter().filter(|_| note.meaning != Meaning::Followed);
    let all = against.chain([dealt(&compared.failed, Worse::Failed)]).flatten();
    all.filter(|test| test.contrast.with.sessions >= HARM_EXPOSURES).collect()
}

/// Returns a rise since the note was written as far as it is the note's doing.
///
/// What everybody does more often since is not, whether they were shown the note or not. So it takes both: more than
/// before, and more than in sessions of the same time without it; the weaker of the two decides (an intersection-union
/// test, Berger 1982). Where everybody was shown the note, nobody can say. Measured: without this, half of the notes that
/// do nothing were called harmful once all rates had risen.
fn of_its_own(note: &Subject<'_>, compared: &Compared) -> Option<Test> {
    let before = compared.against.before?;
    let others = compared.against.not_shown.filter(|other| other.without.sessions >= CONCURRENT)?;
    let is_contradicted = compared.against.held_back.is_some_and(|dealt| dealt.difference <= 0.0);
    let contrast = Contrast { p_harm: before.p_harm.max(others.p_harm), ..before };
    let test = Test { worse: Worse::Against, beside: Beside::Before, contrast };
    (!note.of_environment && !is_contradicted).then_some(test)
}

fn verdict(note: &Subject<'_>, compared: &Compared, harm: Option<Test>, q_harm: Option<f64>) -> Verdict {
    let track = note.track;
    let told = track.total(Group::Shown).sessions;
    let decides = decisive(&compared.against);
    let verdict = |kind, beside, text: String| Verdict { kind, text, beside, q_harm: q_harm.map(round) };
    if let Some(test) = harm {
        return verdict(EffectKind::Harms, Some(test.beside), harmful(note, compared, &test));
    }
    let Some((beside, contrast)) =
        decides.filter(|(beside, _)| *beside == Beside::HeldBack || told >= EXPOSURES)
    else {
        let text = match (told, track.exposures) {
            (told, _) if told >= EXPOSURES => {
                "nothing to compare it with: no session had the occasion before".to_owned()
            }
            (_, 0) => "too early: no session was shown it yet".to_owned(),
            (0, shown) => format!("too early: {}, none with the occasion", exposures(shown)),
            (told, _) => format!("too early: {}", exposures(told)),
        };
        let kind = if told >= EXPOSURES { EffectKind::Unclear } else { EffectKind::TooEarly };
        return verdict(kind, None, text);
    };
    let says = match note.meaning {
        Meaning::Violated => says(&contrast, beside, ""),
        Meaning::SaidAgain => says(&contrast, beside, "said again in "),
        Meaning::Followed => says(&flipped(&contrast), beside, "gone by in "),
    };
    let (kind, word) = if note.often_violated {
        (EffectKind::ReadAndBroken, "read and broken")
    } else if contrast.is_better() {
        (EffectKind::Helps, "helps")
    } else if contrast.is_worse() && note.meaning != Meaning::Followed {
        (EffectKind::Unclear, "more often since, for whatever reason")
    } else {
        (EffectKind::Unclear, "cannot be told yet")
    };
    verdict(kind, Some(beside), format!("{word}: {says}"))
}

/// Says what harm was shown.
fn harmful(note: &Subject<'_>, compared: &Compared, test: &Test) -> String {
    let verb = match (test.worse, note.meaning) {
        (Worse::Failed, _) => "failed ",
        (Worse::Against, Meaning::SaidAgain) => "said again in ",
        (Worse::Against, _) => "",
    };
    let others = compared.against.not_shown.filter(|_| test.beside == Beside::Before);
    let others = others.map_or_else(String::new, |other| {
        format!("; {} of {} of the same time not shown it", other.without.hits, other.without.sessions)
    });
    format!("harms: {}{others}", says(&test.contrast, test.beside, verb))
}

/// Says a contrast in words: `12 of 40 before, 1 of 30 with it (−27 points, 95% −40 to −11)`.
fn says(contrast: &Contrast, beside: Beside, verb: &str) -> String {
    let without = match beside {
        Beside::Before => "before",
        Beside::HeldBack => "held back",
    };
    let with = match beside {
        Beside::Before => "shown it",
        Beside::HeldBack => "not",
    };
    format!(
        "{verb}{} of {} {without}, {} of {} {with} ({} points, 95% {} to {})",
        contrast.without.hits,
        contrast.without.sessions,
        contrast.with.hits,
        contrast.with.sessions,
        points(contrast.difference),
        points(contrast.interval[0]),
        points(contrast.interval[1]),
    )
}

/// Returns the same contrast of sessions that do what is counted here as not done.
fn flipped(contrast: &Contrast) -> Contrast {
    let flip = |rate: super::report::Rate| super::report::Rate::of(rate.sessions - rate.hits, rate.sessions);
    Contrast {
        with: flip(contrast.with),
        without: flip(contrast.without),
        difference: -contrast.difference,
        interval: [-contrast.interval[1], -contrast.interval[0]],
        ..*contrast
    }
}

fn exposures(count: u64) -> String {
    if count == 1 { "1 exposure".to_owned() } else { format!("{count} exposures") }
}

/// Percentage points with their sign: `−27`, `+4`, `0`.
pub(crate) fn points(difference: f64) -> String {
    match (difference * 100.0).round() {
        0.0 => "0".to_owned(),
        less if less < 0.0 => format!("−{}", -less),
        more => format!("+{more}"),
    }
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

//! M9, supersession: a memory of what agents and people noted, and people who later say otherwise, or do not.
//!
//! Of some facts the value changes, and several people say so, each in their own way. Others keep changing, hold
//! otherwise for a part of the world only, are contradicted once by mistake, or stay. A fact is *right* at the end where
//! the memory has the current value, or `conflicts.md` asks; in a person's text a change can only be asked about. A
//! *false deletion* is a line that should stay and does not, or a text that is nowhere any more.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Serialize;
use somnium_dream::{Options, Prior, dream, normalise};
use somnium_memory::Memory;
use somnium_types::Transcript;

use crate::chance::Chance;
use crate::figure::{Figure, Goal, Unit};
use crate::notebook::{self, ANNEX, File, Owner, Session, Wording, pick};
use crate::report::{Context, Measured};

/// Dreams in a row, and sessions that each reads.
const DREAMS: usize = 12;
const SESSIONS: usize = 16;
/// Memories that are made.
const SEEDS: u64 = 5;
/// Facts of each kind in one memory.
const FACTS: [(Kind, usize); 6] = [
    (Kind::Stable, 16),
    (Kind::Changed, 20),
    (Kind::FlipFlop, 8),
    (Kind::ScopedByWords, 6),
    (Kind::ScopedByProject, 6),
    (Kind::Outlier, 8),
];
/// Sessions in which a change is said.
const SAID: usize = 3;
/// A value that keeps changing does so every other dream from the second on.
const FLIPS: [usize; 4] = [2, 4, 6, 8];

/// The goals of the figure's row in the evaluation.
const RIGHT: Goal = Goal::AtLeast(0.98);
const NONE: Goal = Goal::AtMost(0.0);

/// What happens to a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It stays.
    Stable,
    /// It changes once.
    Changed,
    /// It keeps changing.
    FlipFlop,
    /// For somebody who is named, it is another.
    ScopedByWords,
    /// In another project it is another.
    ScopedByProject,
    /// Somebody says otherwise once.
    Outlier,
}

/// What a run of dreams made of the facts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Supersession {
    /// By kind: right, of all.
    pub right: BTreeMap<Kind, (usize, usize)>,
    /// Changed values in agents' notes that were replaced without asking, of all.
    pub replaced: (usize, usize),
    /// Lines that should stay and do not, and texts that are nowhere any more.
    pub false_deletions: usize,
    /// Questions about what never changed.
    pub needless: usize,
    /// Facts that are right where the newest statement always wins.
    pub newest: usize,
    /// What is wrong: the line, and what was said of it when.
    pub wrong: Vec<String>,
}

struct Fact {
    kind: Kind,
    owner: Owner,
    path: String,
    subject: String,
    old: String,
    new: String,
    line: String,
    /// The dream in which something happens to it.
    at: usize,
    /// Its value at the end.
    last: String,
    /// What was said last.
    said: String,
    /// Everything that was said: dream, session, words.
    heard: Vec<String>,
}

/// Measures M9.
///
/// # Errors
///
/// If a dream fails.
pub fn rows(context: &Context<'_>) -> Result<Measured> {
    let (mut figures, mut measured) = (Vec::new(), Measured::default());
    for wording in [Wording::Known, Wording::Fresh] {
        let mut all = Supersession::default();
        for seed in context.settings.seeds(SEEDS) {
            all.add(&measure(seed, wording)?);
        }
        figures.extend(figures_of(&all, wording));
        let told = wording.told();
        measured.missed.extend(all.wrong.iter().map(|wrong| format!("- M9{told}: {wrong}\n")));
        measured = measured.detail(&format!("{wording:?}").to_lowercase(), all);
    }
    Ok(Measured { figures, ..measured })
}

fn figures_of(all: &Supersession, wording: Wording) -> Vec<Figure> {
    let on = format!("{SEEDS} memories, {DREAMS} dreams of {SESSIONS} sessions");
    let row = |name: &str, unit: Unit, value: f64| {
        Figure::new("M9", &format!("{name}{}", wording.told()), &on, unit, Some(value))
    };
    let share = |(some, all): (usize, usize)| some as f64 / all.max(1) as f64;
    let right = all.all();
    let by_kind = all.right.iter().map(|(kind, (right, all))| {
        let name =
            serde_json::to_value(kind).ok().and_then(|name| name.as_str().map(|name| name.replace('_', " ")));
        format!("{} {right} of {all}", name.unwrap_or_default())
    });
    vec![
        row("the current value, or a question", Unit::Share, share(right))
            .goal(RIGHT)
            .beside("newest statement wins", Some(share((all.newest, right.1))))
            .note(by_kind.collect::<Vec<_>>().join(", ")),
        row("… replaced without asking, of changes in agents' notes", Unit::Share, share(all.replaced))
            .note(format!("{} of {}", all.replaced.0, all.replaced.1)),
        row("false deletions", Unit::Count, all.false_deletions as f64).goal(NONE),
        row("questions about what never changed", Unit::Count, all.needless as f64),
    ]
}

/// Dreams over one memory.
///
/// # Errors
///
/// If a dream fails.
pub fn measure(seed: u64, wording: Wording) -> Result<Supersession> {
    let options = Options::default();
    let mut chance = Chance::new(seed);
    let mut files = File::all(&mut chance);
    let mut facts = plant(&mut files, wording, &mut chance);
    let before = notebook::memory(&files);
    let mut prior = Prior { memory: before, ..Prior::default() };
    for at in 0..DREAMS {
        let mut batch = if at == 0 { notebook::writing(&files) } else { Vec::new() };
        batch.extend(sessions(at + 1, wording, &mut facts, &mut chance));
        let sessions = batch.iter().map(|one| normalise(one, &options)).collect();
        let dreamt = dream(sessions, prior.clone(), &options).context("a dream failed")?;
        prior = prior.after(dreamt);
    }
    Ok(judge(&facts, &prior.memory))
}

impl Supersession {
    fn all(&self) -> (usize, usize) {
        self.right.values().fold((0, 0), |(right, all), (more, of)| (right + more, all + of))
    }

    fn add(&mut self, other: &Self) {
        for (kind, (right, all)) in &other.right {
            let known = self.right.entry(*kind).or_default();
            *known = (known.0 + right, known.1 + all);
        }
        self.replaced = (self.replaced.0 + other.replaced.0, self.replaced.1 + other.replaced.1);
        self.false_deletions += other.false_deletions;
        self.needless += other.needless;
        self.newest += other.newest;
        self.wrong.extend(other.wrong.iter().cloned());
    }
}

fn plant(files: &mut [File], wording: Wording, chance: &mut Chance) -> Vec<Fact> {
    let kinds = FACTS.iter().flat_map(|(kind, count)| std::iter::repeat_n(*kind, *count));
    let mut facts = Vec::new();
    for (n, kind) in kinds.enumerate() {
        let what = pick(
            chance,
            &[
                "port",
                "branch",
                "region",
                "timeout",
                "channel",
                "bucket",
                "version",
                "config file",
                "build command",
            ],
        );
        let subject = format!("{} {what}", notebook::name(chance));
        let (old, new) = (value(what, chance), value(what, chance));
        // A third is a person's.
        let owner = if n % 3 == 2 { Owner::Person } else { Owner::Agent };
        let file = if owner == Owner::Person && chance.below(2) == 0 {
            files.len() - 1
        } else {
            chance.below(files.len() - 1)
        };
        let line = note(&subject, &old, wording, chance);
        files[file].lines.push((owner, line.clone()));
        let path = files[file].path.clone();
        let at = 3 + chance.below(DREAMS - 5);
        let said = old.clone();
        let last = if kind == Kind::Changed { new.clone() } else { old.clone() };
        facts.push(Fact { kind, owner, path, subject, old, new, line, at, last, said, heard: Vec::new() });
    }
    files.iter_mut().for_each(|file| chance.shuffle(&mut file.lines));
    facts
}

fn value(what: &str, chance: &mut Chance) -> String {
    let word = notebook::name(chance);
    match what {
        "port" => (1_024 + chance.below(60_000)).to_string(),
        "timeout" => format!("{}s", 5 + chance.below(900)),
        "version" => format!("{}.{}.{}", chance.below(9), chance.below(30), chance.below(30)),
        "config file" => format!("conf/{word}.toml"),
        "build command" => format!("make {word}"),
        "branch" => format!("release-{word}"),
        _ => word,
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// What agents and people note.
fn note(subject: &str, value: &str, wording: Wording, chance: &mut Chance) -> String {
    match (wording, chance.below(4)) {
        (Wording::Known, 0) => format!("The {subject} is {value}."),
        (Wording::Known, 1) => format!("{}: `{value}`", capital(subject)),
        (Wording::Known, 2) => format!("Use `{value}` as the {subject}."),
        (Wording::Known, _) => format!("`{value}` is the {subject}"),
        (Wording::Fresh, 0) => format!("{subject} → `{value}`"),
        (Wording::Fresh, 1) => format!("Our {subject} is `{value}` (ask if unsure)."),
        (Wording::Fresh, 2) => format!("**{}**: {value}", capital(subject)),
        (Wording::Fresh, _) => format!("Remember: {subject} = {value}"),
    }
}

/// What people say when a value is another, in ways that were written down afterwards.
fn freshly(subject: &str, old: &str, new: &str, chance: &mut Chance) -> String {
    match chance.below(10) {
        0 => format!("By the way, we're on {new} for the {subject} these days."),
        1 => format!("{subject} should be {new} from here on."),
        2 => format!("Wrong {subject}: it's {new} since Monday."),
        3 => format!("Could you make {new} the {subject}?"),
        4 => format!("I told you already: the {subject} is {new}!"),
        5 => format!("{old} is gone as the {subject}, take {new}."),
        6 => format!("Correction, {subject} -> {new}."),
        7 => format!("Starting today our {subject} will be {new}."),
        8 => format!("ops moved the {subject} over to {new}"),
        _ => format!("That was the old {subject}. {new} is the {subject} now."),
    }
}

/// What people say when a value is another, in ten ways.
fn change(subject: &str, old: &str, new: &str, wording: Wording, chance: &mut Chance) -> String {
    if wording == Wording::Fresh {
        return freshly(subject, old, new, chance);
    }
    match chance.below(10) {
        0 => format!("The {subject} is now {new}."),
        1 => format!("Please note: {subject} is {new}."),
        2 => format!("We changed the {subject} from {old} to {new}."),
        3 => format!("The {subject} isn't {old} any more, it is {new}."),
        4 => format!("use `{new}` as the {subject} from now on"),
        5 => format!("Heads up, {subject} = {new}"),
        6 => format!("Set the {subject} to {new}, please"),
        7 => format!("No, the {subject} is {new}, not {old}."),
        8 => format!("FYI the new {subject} is `{new}`"),
        _ => format!("after the move last week the {subject} is {new}"),
    }
}

/// What people say when nothing changed.
fn same(subject: &str, value: &str, chance: &mut Chance) -> String {
    match chance.below(3) {
        0 => format!("The {subject} is {value}."),
        1 => format!("As always, {subject}: {value}"),
        _ => format!("Remember that the {subject} is `{value}`."),
    }
}

fn sessions(at: usize, wording: Wording, facts: &mut [Fact], chance: &mut Chance) -> Vec<Transcript> {
    let mut said: Vec<Vec<String>> = vec![Vec::new(); SESSIONS];
    for fact in facts {
        let before: Vec<usize> = said.iter().map(Vec::len).collect();
        let (subject, old, new) = (fact.subject.clone(), fact.old.clone(), fact.new.clone());
        let mut places: Vec<usize> = (0..SESSIONS).collect();
        chance.shuffle(&mut places);
        let yard =
            |places: &[usize]| places.iter().copied().find(|place| place % ANNEX != ANNEX - 1).unwrap_or(0);
        let is_quoted_now = chance.below(4) == 0;
        match fact.kind {
            Kind::Changed if at == fact.at || at == fact.at + 1 => {
                for place in &places[..if at == fact.at { SAID } else { 1 }] {
                    said[*place].push(change(&subject, &old, &new, wording, chance));
                    fact.said.clone_from(&new);
                }
            }
            Kind::FlipFlop if FLIPS.contains(&at) => {
                let is_new = FLIPS.iter().position(|flip| *flip == at).is_some_and(|flip| flip % 2 == 0);
                let (from, to) = if is_new { (&old, &new) } else { (&new, &old) };
                for place in &places[..SAID] {
                    said[*place].push(change(&subject, from, to, wording, chance));
                }
                fact.said.clone_from(to);
                fact.last.clone_from(to);
            }
            Kind::ScopedByWords if at == fact.at => {
                let scope = notebook::name(chance);
                for place in &places[..SAID] {
                    said[*place].push(match chance.below(3) {
                        0 => format!("For the {scope} team the {subject} is {new}."),
                        1 => format!("In {scope} the {subject} is `{new}`"),
                        _ => format!("The {scope} people use `{new}` as the {subject}."),
                    });
                    fact.said.clone_from(&new);
                }
            }
            Kind::ScopedByProject => {
                if at == fact.at {
                    let annex = places.iter().copied().filter(|place| place % ANNEX == ANNEX - 1);
                    for place in annex.take(SAID) {
                        said[place].push(change(&subject, &old, &new, wording, chance));
                        fact.said.clone_from(&new);
                    }
                } else if chance.below(2) == 0 {
                    said[yard(&places)].push(same(&subject, &old, chance));
                    fact.said.clone_from(&old);
                }
            }
            Kind::Outlier if at == fact.at => {
                said[places[0]].push(same(&subject, &new, chance));
                fact.said.clone_from(&new);
            }
            Kind::Changed if at > fact.at => {}
            Kind::FlipFlop => {}
            _ if is_quoted_now => {
                said[places[0]].push(same(&subject, &old, chance));
                fact.said.clone_from(&old);
            }
            _ => {}
        }
        for (n, said) in said.iter().enumerate() {
            fact.heard.extend(said[before[n]..].iter().map(|text| format!("{at}.{n} {text}")));
        }
    }
    let session = |(n, said): (usize, Vec<String>)| {
        let mut session = Session::new(at, n);
        session.said("Please look after the boats today.");
        session.shell("ls boats", 0, "three boats");
        said.iter().for_each(|text| session.said(text));
        session.finish()
    };
    said.into_iter().enumerate().map(session).collect()
}

fn judge(facts: &[Fact], memory: &Memory) -> Supersession {
    let mut result = Supersession::default();
    for fact in facts {
        let stands = notebook::says(memory, &fact.path, &fact.line);
        let current = fact.line.replacen(&fact.old, &fact.last, 1);
        let is_current = notebook::says(memory, &fact.path, &current);
        let other = fact.line.replacen(&fact.old, &fact.new, 1);
        let asked = notebook::asked(memory, &fact.line) || notebook::asked(memory, &other);
        let is_right = match (fact.kind, fact.owner) {
            (Kind::Changed, Owner::Person) => stands && asked,
            (Kind::Changed | Kind::FlipFlop, Owner::Agent) => is_current || asked,
            (Kind::FlipFlop, Owner::Person) => stands && (fact.last == fact.old || asked),
            _ => stands,
        };
        let is_lost = !notebook::is_kept(memory, &fact.line);
        let may_change = matches!(fact.kind, Kind::Changed | Kind::FlipFlop) && fact.owner == Owner::Agent;
        let is_deleted = is_lost || (!stands && !may_change);
        if !is_right || is_deleted {
            let heard = fact.heard.join(" | ");
            result.wrong.push(format!(
                "{:?} of {:?} in {}: {} | {heard}",
                fact.kind, fact.owner, fact.path, fact.line
            ));
        }
        let (right, all) = result.right.entry(fact.kind).or_default();
        *right += usize::from(is_right);
        *all += 1;
        if fact.kind == Kind::Changed && fact.owner == Owner::Agent {
            result.replaced.0 += usize::from(is_current);
            result.replaced.1 += 1;
        }
        result.false_deletions += usize::from(is_deleted);
        result.needless += usize::from(asked && matches!(fact.kind, Kind::Stable | Kind::Outlier));
        result.newest += usize::from(fact.said == fact.last);
    }
    result
}

//! M10, staleness: notes that name files, programs and flags, of which some are taken away.
//!
//! While a thing is there, sessions use it now and then. Once it is gone, those that go by the note fail, each tool in its
//! own words. Around that: things that are gone for a while and come back, that fail for another reason, that were never
//! in the other project, and that nobody needs for long. A note is *retired in time* if, two dreams after the one that
//! first met the loss, an agent's line is in the archive, and a person's is asked about. A *false retirement* is a note of
//! anything else that was archived or questioned.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::json;
use somnium_dream::{Options, Prior, dream, normalise};
use somnium_memory::Memory;
use somnium_types::{Status, Transcript};

use crate::chance::Chance;
use crate::figure::{Figure, Goal, Unit};
use crate::notebook::{self, ANNEX, File, Owner, Session, Wording, pick};
use crate::report::{Context, Measured};

/// Dreams in a row, and sessions that each reads; a dream a day, so that 30 days pass.
const DREAMS: usize = 36;
const SESSIONS: usize = 12;
/// Memories that are made.
const SEEDS: u64 = 3;
/// Things of each fate in one memory.
const THINGS: [(Fate, usize); 6] = [
    (Fate::Gone, 18),
    (Fate::Used, 14),
    (Fate::Unused, 10),
    (Fate::Back, 8),
    (Fate::Faulty, 8),
    (Fate::Elsewhere, 6),
];
/// Sessions of a dream that need a thing that is gone.
const NEEDED: usize = 3;
/// Dreams within which a note has to go.
const IN_TIME: usize = 2;
/// The usual rule: what was not used for so many days goes.
const UNUSED_DAYS: usize = 30;

/// The goals of the figure's row in the evaluation.
const ALL_OF_IT: Goal = Goal::AtLeast(1.0);
const HARDLY_ANY: Goal = Goal::AtMost(0.01);

/// What happens to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is taken away for good.
    Gone,
    /// It is used all the time.
    Used,
    /// It is used once in the beginning.
    Unused,
    /// It is missing in two sessions, and then there again.
    Back,
    /// It is there and does not work for a while.
    Faulty,
    /// It was never in the other project, where some look for it.
    Elsewhere,
}

/// What a run of dreams made of the notes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Staleness {
    /// Notes of what is gone: retired in time, of all.
    pub in_time: (usize, usize),
    /// … ever.
    pub ever: usize,
    /// Other notes that were archived or questioned, by fate, of all of that fate.
    pub falsely: BTreeMap<Fate, (usize, usize)>,
    /// Other notes that a rule of 30 days without use would have taken away.
    pub by_rule: usize,
    /// Notes whose text is nowhere any more, and notes of people that were changed.
    pub lost: usize,
    /// Notes that went too late or falsely: what they name, and when it happened.
    pub wrong: Vec<String>,
}

struct Thing {
    fate: Fate,
    owner: Owner,
    path: String,
    kind: usize,
    name: String,
    line: String,
    at: usize,
    /// The dream that first saw it retired or questioned.
    retired: Option<usize>,
    /// The last dream that used it, and the longest time without.
    used: usize,
    idle: usize,
}

/// Measures M10.
///
/// # Errors
///
/// If a dream fails.
pub fn rows(context: &Context<'_>) -> Result<Measured> {
    let (mut figures, mut measured) = (Vec::new(), Measured::default());
    for wording in [Wording::Known, Wording::Fresh] {
        let mut all = Staleness::default();
        for seed in context.settings.seeds(SEEDS) {
            all.add(&measure(seed, wording)?);
        }
        figures.extend(figures_of(&all, wording));
        let told = wording.told();
        measured.missed.extend(all.wrong.iter().map(|wrong| format!("- M10{told}: {wrong}\n")));
        measured = measured.detail(&format!("{wording:?}").to_lowercase(), all);
    }
    Ok(Measured { figures, ..measured })
}

fn figures_of(all: &Staleness, wording: Wording) -> Vec<Figure> {
    let on = format!("{SEEDS} memories, {DREAMS} dreams of {SESSIONS} sessions");
    let row = |name: &str, unit: Unit, value: f64| {
        Figure::new("M10", &format!("{name}{}", wording.told()), &on, unit, Some(value))
    };
    let falsely = all.falsely.values().fold((0, 0), |(some, all), (more, of)| (some + more, all + of));
    let share = |some: usize, all: usize| some as f64 / all.max(1) as f64;
    vec![
        row(
            "notes of what is gone, retired within 2 dreams",
            Unit::Share,
            share(all.in_time.0, all.in_time.1),
        )
        .goal(ALL_OF_IT)
        .note(format!("{} of {}; at any time {}", all.in_time.0, all.in_time.1, all.ever)),
        row("false retirements", Unit::Share, share(falsely.0, falsely.1))
            .goal(HARDLY_ANY)
            .beside("30 days without use", Some(share(all.by_rule, falsely.1)))
            .note(format!("{} of {}", falsely.0, falsely.1)),
        row("notes whose text is lost, or a person's that changed", Unit::Count, all.lost as f64)
            .goal(Goal::AtMost(0.0)),
    ]
}

/// Dreams over one memory.
///
/// # Errors
///
/// If a dream fails.
pub fn measure(seed: u64, wording: Wording) -> Result<Staleness> {
    let options = Options::default();
    let mut chance = Chance::new(seed);
    let mut files = File::all(&mut chance);
    let mut things = plant(&mut files, &mut chance);
    let mut prior = Prior { memory: notebook::memory(&files), ..Prior::default() };
    for at in 0..DREAMS {
        let mut batch = if at == 0 { notebook::writing(&files) } else { Vec::new() };
        batch.extend(sessions(at, wording, &mut things, &mut chance));
        let sessions = batch.iter().map(|one| normalise(one, &options)).collect();
        let dreamt = dream(sessions, prior.clone(), &options).context("a dream failed")?;
        for thing in things.iter_mut().filter(|thing| thing.retired.is_none()) {
            let is_there = notebook::says(&dreamt.memory, &thing.path, &thing.line);
            let is_retired = !is_there || notebook::asked(&dreamt.memory, &thing.line);
            thing.retired = is_retired.then_some(at);
        }
        prior = prior.after(dreamt);
    }
    Ok(judge(&things, &prior.memory))
}

impl Staleness {
    fn add(&mut self, other: &Self) {
        self.in_time = (self.in_time.0 + other.in_time.0, self.in_time.1 + other.in_time.1);
        self.ever += other.ever;
        for (fate, (some, all)) in &other.falsely {
            let known = self.falsely.entry(*fate).or_default();
            *known = (known.0 + some, known.1 + all);
        }
        self.by_rule += other.by_rule;
        self.lost += other.lost;
        self.wrong.extend(other.wrong.iter().cloned());
    }
}

/// The kinds of things, each with a way to name it in a note.
const KINDS: usize = 5;

fn plant(files: &mut [File], chance: &mut Chance) -> Vec<Thing> {
    let fates = THINGS.iter().flat_map(|(fate, count)| std::iter::repeat_n(*fate, *count));
    let mut things = Vec::new();
    for (n, fate) in fates.enumerate() {
        let (kind, word, other) = (chance.below(KINDS), notebook::name(chance), notebook::name(chance));
        let name = match kind {
            0 => format!("conf/{word}.toml"),
            1 => word.clone(),
            2 => format!("make {word}"),
            3 => format!("--{word}"),
            _ => format!("docs/{word}/{other}.md"),
        };
        let line = match kind {
            0 => format!("The settings of the {other} are in `{name}`."),
            1 => format!("To sort the {other} run `{name}`."),
            2 => format!("Build the {other} with `{name}`"),
            3 => format!("Start the {other} with `sailor {name}`"),
            _ => format!("How to berth is described in {name}, for the {word}."),
        };
        // A third is a person's.
        let owner = if n % 3 == 2 { Owner::Person } else { Owner::Agent };
        let file = if owner == Owner::Person { files.len() - 1 } else { chance.below(files.len() - 1) };
        files[file].lines.push((owner, line.clone()));
        let path = files[file].path.clone();
        let at = 4 + chance.below(DREAMS - 10);
        things.push(Thing { fate, owner, path, kind, name, line, at, retired: None, used: 0, idle: 0 });
    }
    files.iter_mut().for_each(|file| chance.shuffle(&mut file.lines));
    things
}

fn sessions(at: usize, wording: Wording, things: &mut [Thing], chance: &mut Chance) -> Vec<Transcript> {
    let mut made: Vec<Session> = (0..SESSIONS).map(|n| Session::new(at, n)).collect();
    for session in &mut made {
        session.said("Please look after the boats today.");
        session.shell("ls boats", 0, "three boats");
    }
    for thing in things {
        let mut yard: Vec<usize> = (0..SESSIONS).filter(|n| n % ANNEX != ANNEX - 1).collect();
        chance.shuffle(&mut yard);
        let annex: Vec<usize> = (0..SESSIONS).filter(|n| n % ANNEX == ANNEX - 1).collect();
        let is_needed = chance.below(3) == 0;
        let is_time = (thing.at..thing.at + 3).contains(&at);
        let (works, fails): (Vec<usize>, Vec<usize>) = match thing.fate {
            Fate::Gone if at >= thing.at => {
                (Vec::new(), if is_time { yard[..NEEDED].to_vec() } else { Vec::new() })
            }
            Fate::Unused => (if at == 1 { yard[..1].to_vec() } else { Vec::new() }, Vec::new()),
            Fate::Back if at == thing.at => (yard[2..3].to_vec(), yard[..2].to_vec()),
            Fate::Elsewhere if is_time => (yard[..usize::from(is_needed)].to_vec(), annex),
            _ => (if is_needed { yard[..1].to_vec() } else { Vec::new() }, Vec::new()),
        };
        // A session that comes back to it comes later in the day than those that missed it.
        let latest = fails.iter().copied().max().unwrap_or(0);
        for n in &fails {
            match wording {
                Wording::Known => missing(&mut made[*n], thing, chance),
                Wording::Fresh => freshly_missing(&mut made[*n], thing, chance),
            }
        }
        for n in &works {
            let n = if thing.fate == Fate::Back && !fails.is_empty() {
                (latest + 1).min(SESSIONS - 1)
            } else {
                *n
            };
            works_well(&mut made[n], thing);
        }
        if thing.fate == Fate::Faulty && is_time {
            yard[..NEEDED].iter().for_each(|n| faulty(&mut made[*n], thing));
        }
        if !works.is_empty() {
            thing.used = at;
        }
        thing.idle = thing.idle.max(at - thing.used);
    }
    made.into_iter().map(Session::finish).collect()
}

fn works_well(session: &mut Session, thing: &Thing) {
    match thing.kind {
        0 => session.shell(&format!("cat {}", thing.name), 0, "[boats]\ncount = 3"),
        1 => session.shell(&format!("{} --all boats", thing.name), 0, "sorted"),
        2 => session.shell(&format!("cd yard && {}", thing.name), 0, "built"),
        3 => session.shell(&format!("sailor {} boats", thing.name), 0, "started"),
        _ => session.ok("Read", json!({ "file_path": format!("/home/dev/yard/{}", thing.name) })),
    }
}

/// It is not there: in the words of different tools.
fn missing(session: &mut Session, thing: &Thing, chance: &mut Chance) {
    let name = &thing.name;
    match thing.kind {
        0 => {
            let (line, text) = pick(
                chance,
                &[
                    ("cat", "cat: NAME: No such file or directory"),
                    ("python3 check.py", "FileNotFoundError: [Errno 2] No such file or directory: 'NAME'"),
                ],
            );
            session.shell(&format!("{line} {name}"), 1, &text.replace("NAME", name));
        }
        1 => {
            let text = pick(chance, &["bash: NAME: command not found", "/bin/sh: 1: NAME: not found"]);
            session.shell(&format!("{name} --all boats"), 127, &text.replace("NAME", name));
        }
        2 => {
            let target = name.rsplit(' ').next().unwrap_or_default();
            session.shell(
                &format!("cd yard && {name}"),
                2,
                &format!("make: *** No rule to make target '{target}'.  Stop."),
            );
        }
        3 => {
            let text = pick(
                chance,
                &[
                    "error: unexpected argument 'NAME' found",
                    "sailor: unrecognized option 'NAME'",
                    "unknown flag: NAME",
                ],
            );
            session.shell(&format!("sailor {name} boats"), 2, &text.replace("NAME", name));
        }
        _ => {
            let path = format!("/home/dev/yard/{name}");
            let text = pick(
                chance,
                &["File does not exist: NAME", "Error: ENOENT: no such file or directory, open 'NAME'"],
            );
            session.call(
                "Read",
                json!({ "file_path": path }),
                Status::Error,
                None,
                &text.replace("NAME", &path),
            );
        }
    }
}

/// It is not there, in words that were written down afterwards.
fn freshly_missing(session: &mut Session, thing: &Thing, chance: &mut Chance) {
    let name = &thing.name;
    let last = name.rsplit([' ', '-']).next().unwrap_or_default();
    let cases: [(String, i32, &str); 2] = match thing.kind {
        0 => [
            (format!("ls {name}"), 2, "ls: cannot access 'NAME': No such file or directory"),
            (format!("git show HEAD:{name}"), 128, "fatal: path 'NAME' does not exist in 'HEAD'"),
        ],
        1 => [
            (format!("{name} --all boats"), 127, "zsh: command not found: NAME"),
            (format!("env {name} boats"), 127, "env: 'NAME': No such file or directory"),
        ],
        2 => [
            (format!("cd yard && {name}"), 2, "make: *** No rule to make target `LAST'.  Stop."),
            (name.clone(), 2, "gmake: *** No targets match LAST: no such target.  Stop."),
        ],
        3 => [
            (
                format!("sailor {name} boats"),
                2,
                "error: Found argument 'NAME' which wasn't expected, or isn't valid",
            ),
            (format!("sailor {name} boats"), 64, "sailor: illegal option -- NAME\nusage: sailor [-v] boats"),
        ],
        _ => {
            let path = format!("/home/dev/yard/{name}");
            let text = pick(
                chance,
                &["<error>Path NAME not found on disk</error>", "cannot open NAME: file is missing"],
            );
            let input = json!({ "file_path": path });
            return session.call("Read", input, Status::Error, None, &text.replace("NAME", &path));
        }
    };
    let (line, exit, text) = &cases[chance.below(cases.len())];
    session.shell(line, *exit, &text.replace("NAME", name).replace("LAST", last));
}

/// It is there, and something else is wrong.
fn faulty(session: &mut Session, thing: &Thing) {
    let name = &thing.name;
    match thing.kind {
        0 => session.shell(&format!("cat {name}"), 1, &format!("cat: {name}: Permission denied")),
        1 => session.shell(
            &format!("{name} --all boats"),
            1,
            &format!("{name}: the harbour is busy, try later"),
        ),
        2 => session.shell(&format!("cd yard && {name}"), 2, "main.c:3: error: expected ';' before 'return'"),
        3 => session.shell(
            &format!("sailor {name} boats"),
            1,
            &format!("sailor: {name} needs two boats, got one"),
        ),
        _ => {
            let input = json!({ "file_path": format!("/home/dev/yard/{name}") });
            session.call("Read", input, Status::Error, None, "File content exceeds the maximum allowed size");
        }
    }
}

fn judge(things: &[Thing], memory: &Memory) -> Staleness {
    let mut result = Staleness::default();
    for thing in things {
        let is_taken = thing.owner == Owner::Person && !notebook::says(memory, &thing.path, &thing.line);
        result.lost += usize::from(is_taken || !notebook::is_kept(memory, &thing.line));
        let told = format!(
            "{:?} at {}, retired {:?}, in {}: {}",
            thing.fate, thing.at, thing.retired, thing.path, thing.line
        );
        if thing.fate == Fate::Gone {
            let is_in_time = thing.retired.is_some_and(|at| at >= thing.at && at < thing.at + IN_TIME);
            result.in_time.0 += usize::from(is_in_time);
            result.wrong.extend((!is_in_time).then_some(told));
            result.in_time.1 += 1;
            result.ever += usize::from(thing.retired.is_some_and(|at| at >= thing.at));
            continue;
        }
        let (some, all) = result.falsely.entry(thing.fate).or_default();
        *some += usize::from(thing.retired.is_some());
        result.wrong.extend(thing.retired.is_some().then_some(told));
        *all += 1;
        result.by_rule += usize::from(thing.idle >= UNUSED_DAYS);
    }
    result
}

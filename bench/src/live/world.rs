//! Worlds: a job, a rule of its house, and requests, some to learn from and others to be judged by.

use serde_json::{Map, Value as Json};
use somnium_types::sha256_hex;

use super::job::{Field, JOBS, Job};
use super::rule::{Half, RULES, Rule};
use super::value::{Kind, Value};
use super::wording::{WORDINGS, Wording};
use crate::chance::Chance;

/// One world in so many has a rule that is met by default.
const MET_ONE_IN: usize = 3;

/// How much of each there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Worlds.
    pub worlds: usize,
    /// Requests to learn from in each.
    pub training: usize,
    /// Requests to be judged by in each.
    pub tests: usize,
}

/// A request with what it asks for, field by field; the last value is that of the job's further field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// In plain words.
    pub words: String,
    values: [Value; 4],
}

/// A world.
pub struct World {
    /// Its name in reports.
    pub name: String,
    /// The job.
    pub job: &'static Job,
    /// The house rule.
    pub rule: &'static Rule,
    /// The field that the rule is about: 0 to 2, or 3 for the further one.
    at: usize,
    wording: &'static Wording,
    /// Requests to learn from.
    pub training: Vec<Ask>,
    /// Requests to be judged by; none of them is in `training`.
    pub tests: Vec<Ask>,
}

impl World {
    /// Returns every field of the tool.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> {
        self.job.fields.iter().chain([&self.job.extra.0])
    }

    /// Returns the field that the rule is about.
    pub fn ruled(&self) -> &'static Field {
        self.job.fields.get(self.at).unwrap_or(&self.job.extra.0)
    }

    /// Returns what somebody who knows the rule would note.
    pub fn perfect_note(&self) -> String {
        self.rule.perfect.replace("{field}", self.ruled().name).replace("{value}", self.job.extra.1)
    }

    /// Checks a call as the world's tool does.
    ///
    /// # Errors
    ///
    /// What the tool answers to a call that it refuses.
    pub fn check(&self, ask: &Ask, call: &Map<String, Json>) -> Result<(), String> {
        let given = |field: &Field| -> Option<String> {
            let text = match call.get(field.name)? {
                Json::String(text) => text.trim().to_owned(),
                Json::Null => return None,
                other => other.to_string(),
            };
            (!text.is_empty()).then_some(text)
        };
        let ruled = self.ruled();
        if let Some(empty) = self.job.fields.iter().find(|field| given(field).is_none())
            && empty.name != ruled.name
        {
            return Err(format!("Error: {} is empty", empty.name));
        }
        let value = &ask.values[self.at];
        let got = given(ruled);
        if got.as_deref().is_some_and(|got| self.rule.accepts(got, value)) {
            return Ok(());
        }
        let called = (self.rule.called)(value);
        Err(self.wording.error(self.job.tool, ruled.name, &called, got.as_deref(), self.rule.sample))
    }

    /// Returns the call that the house would make.
    pub fn right_call(&self, ask: &Ask) -> Map<String, Json> {
        let plain = self.job.fields.iter().zip(&ask.values);
        let mut call: Map<String, Json> =
            plain.map(|(field, value)| (field.name.to_owned(), value.said().into())).collect();
        call.insert(self.ruled().name.to_owned(), (self.rule.form)(&ask.values[self.at]).into());
        call
    }
}

/// Makes the worlds of one half from a seed. A third of them have a rule that is met by default.
pub fn worlds(half: Half, size: Size, seed: u64) -> Vec<World> {
    let met = size.worlds / MET_ONE_IN;
    let mut slots = Slots::new(half, seed);
    let mut worlds = Vec::with_capacity(size.worlds);
    for (is_met, count) in [(false, size.worlds - met), (true, met)] {
        let mut rules: Vec<&'static Rule> =
            RULES.iter().filter(|rule| rule.half == half && rule.met == is_met).collect();
        stream(seed, if is_met { "met" } else { "hidden" }).shuffle(&mut rules);
        for rule in rules.iter().cycle().take(if rules.is_empty() { 0 } else { count }) {
            if let Some((job, at)) = slots.take(rule.kind) {
                worlds.push(world(job, at, rule, worlds.len(), size, seed));
            }
        }
    }
    worlds
}

/// A stream of chance for one purpose.
pub(super) fn stream(seed: u64, purpose: &str) -> Chance {
    let digest = sha256_hex(format!("{seed} {purpose}").as_bytes());
    Chance::new(u64::from_str_radix(&digest.prefix(16), 16).unwrap_or(seed))
}

/// Fields of jobs, dealt so that each comes once before one comes again.
struct Slots {
    half: Half,
    chance: Chance,
    used: Vec<(&'static str, usize, usize)>,
}

impl Slots {
    fn new(half: Half, seed: u64) -> Self {
        Self { half, chance: stream(seed, "slots"), used: Vec::new() }
    }

    fn take(&mut self, kind: Kind) -> Option<(&'static Job, usize)> {
        let mut fitting: Vec<(&'static Job, usize)> = Vec::new();
        for job in JOBS.iter().filter(|job| job.half == self.half) {
            let kinds = job.fields.iter().map(|field| field.kind).chain([Kind::Extra]);
            fitting.extend(kinds.enumerate().filter(|(_, of)| *of == kind).map(|(at, _)| (job, at)));
        }
        self.chance.shuffle(&mut fitting);
        let uses =
            |job: &Job, at: usize| self.used.iter().filter(|used| (used.0, used.1) == (job.tool, at)).count();
        let of_job = |job: &Job| self.used.iter().filter(|used| used.0 == job.tool).count();
        let (job, at) = fitting.into_iter().min_by_key(|(job, at)| (uses(job, *at), of_job(job)))?;
        self.used.push((job.tool, at, self.used.len()));
        Some((job, at))
    }
}

fn world(job: &'static Job, at: usize, rule: &'static Rule, number: usize, size: Size, seed: u64) -> World {
    let name = format!("{:02} {}: {}", number + 1, job.tool, rule.id);
    let mut chance = stream(seed, &name);
    let wordings: Vec<&'static Wording> =
        WORDINGS.iter().filter(|wording| wording.half == job.half).collect();
    let wording = wordings[number % wordings.len()];
    let count = size.training + size.tests;
    // Training and tests are dealt one after the other, so that few values come in both.
    let mut columns: Vec<Vec<Value>> = Vec::new();
    for field in &job.fields {
        let mut column = field.kind.draw(count, &mut chance);
        if few(field.kind) {
            column = field.kind.draw(size.training, &mut chance);
            column.extend(field.kind.draw(size.tests, &mut chance));
        }
        columns.push(column);
    }
    let mut asks: Vec<Ask> = (0..count)
        .map(|row| {
            let values = [columns[0][row], columns[1][row], columns[2][row], Value::Extra(job.extra.1)];
            let mut words = job.asks[chance.below(job.asks.len())].to_owned();
            for (at, value) in values.iter().enumerate() {
                words = words.replace(&format!("{{{at}}}"), &value.said());
            }
            Ask { words, values }
        })
        .collect();
    let tests = asks.split_off(size.training);
    World { name, job, rule, at, wording, training: asks, tests }
}

/// Whether a kind has only a few values, all of which are to be met while learning.
fn few(kind: Kind) -> bool {
    matches!(kind, Kind::Level | Kind::Size | Kind::Weekday)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { worlds: 36, training: 6, tests: 4 };

    fn with(call: &Map<String, Json>, field: &str, value: &str) -> Map<String, Json> {
        let mut call = call.clone();
        call.insert(field.to_owned(), value.into());
        call
    }

    #[test]
    fn the_same_seed_makes_the_same_worlds_and_a_third_is_met_by_default() {
        let (one, two) = (worlds(Half::HeldOut, SIZE, 7), worlds(Half::HeldOut, SIZE, 7));
        let names = |worlds: &[World]| worlds.iter().map(|world| world.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&one), names(&two));
        assert_ne!(names(&one), names(&worlds(Half::HeldOut, SIZE, 8)));
        assert_eq!(one.len(), SIZE.worlds);
        assert_eq!(one.iter().filter(|world| world.rule.met).count(), SIZE.worlds / 3);
        assert!(one.iter().all(|world| world.rule.half == Half::HeldOut && world.job.half == Half::HeldOut));
    }

    #[test]
    fn the_house_s_own_call_is_accepted_and_requests_to_be_judged_by_are_new() {
        for half in [Half::Tuning, Half::HeldOut] {
            for world in worlds(half, SIZE, 3) {
                for ask in world.training.iter().chain(&world.tests) {
                    assert_eq!(world.check(ask, &world.right_call(ask)), Ok(()), "{}", world.name);
                }
                assert!(world.tests.iter().all(|ask| !world.training.contains(ask)), "{}", world.name);
            }
        }
    }

    #[test]
    fn a_wrong_value_and_a_missing_one_are_refused_and_the_error_names_the_field() {
        for world in worlds(Half::HeldOut, SIZE, 3).iter().filter(|world| !world.rule.met) {
            let ask = &world.tests[0];
            let right = world.right_call(ask);
            let ruled = world.ruled().name;
            let wrong = world.check(ask, &with(&right, ruled, "whatever")).unwrap_err();
            assert!(wrong.contains(ruled), "{wrong}");
            let mut without = right.clone();
            without.remove(ruled);
            assert!(world.check(ask, &without).unwrap_err().contains(ruled));
            let others = world.job.fields.iter().find(|field| field.name != ruled).unwrap();
            assert!(world.check(ask, &with(&right, others.name, " ")).unwrap_err().contains("is empty"));
        }
    }

    #[test]
    fn no_error_has_a_slot_left_open() {
        for world in worlds(Half::HeldOut, SIZE, 3).iter().chain(&worlds(Half::Tuning, SIZE, 3)) {
            let error = world.check(&world.tests[0], &Map::new()).unwrap_err();
            assert!(
                !["{tool}", "{field}", "{rule}", "{got}", "{sample}"].iter().any(|slot| error.contains(slot))
            );
        }
    }

    #[test]
    fn few_values_are_all_met_while_learning() {
        let all = worlds(Half::HeldOut, SIZE, 3);
        for world in all.iter().filter(|world| few(world.rule.kind)) {
            for test in &world.tests {
                let value = test.values[world.at];
                assert!(world.training.iter().any(|ask| ask.values[world.at] == value), "{}", world.name);
            }
        }
    }
}

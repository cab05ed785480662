//! Planted silent mistakes: no error anywhere, but the sessions that make them end badly.
//!
//! A task is one request about one thing, and is attempted again and again, as a fleet does and as in the real sets:
//! its attempts speak of the same ids and figures, in other words. Only that way is there something that a failing
//! run can be held against.

use serde_json::{Value, json};
use somnium_dream::FeatureKind;

use crate::fleet::dice::Dice;

use super::store::{Act, Answer, Store};
use super::words::{Role, Words, id};
use super::{Decoy, Kind, Plant, What};

/// In how many tasks a planted job is attempted.
const TASKS: usize = 3;

/// What goes wrong in silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slip {
    LeavesOutCheck,
    DoesTooMuch,
    TakesOtherField,
    OtherTool,
    OtherOrder,
    IgnoresMismatch,
    KeepsAnswerToItself,
}

/// Every slip, in the order in which worlds deal them.
pub(super) const SLIPS: [Slip; 7] = [
    Slip::LeavesOutCheck,
    Slip::TakesOtherField,
    Slip::KeepsAnswerToItself,
    Slip::DoesTooMuch,
    Slip::OtherOrder,
    Slip::OtherTool,
    Slip::IgnoresMismatch,
];

/// A job with its tools.
struct Job {
    noun: String,
    look: String,
    check: String,
    act: String,
    undo: String,
    other: String,
}

/// What a task is about.
struct Thing {
    target: String,
    main: String,
    spare: String,
    held: usize,
    due: usize,
    total: String,
    /// Whether it is out of order, so that it has to be put right first.
    mismatch: bool,
}

impl Thing {
    fn draw(dice: &mut Dice, mismatch: bool) -> Self {
        let (held, due) = (dice.between(20, 60), dice.between(61, 99));
        Self {
            target: id(dice),
            main: id(dice),
            spare: id(dice),
            held: if mismatch { held } else { due },
            due,
            total: format!("{}.{:02}", dice.between(100, 900), dice.below(100)),
            mismatch,
        }
    }
}

/// What one attempt at a job does.
#[derive(Clone, Copy, Default)]
struct Course {
    /// Where it goes wrong.
    slip: Option<Slip>,
    /// Whether it does something that makes no difference.
    habit: bool,
}

impl Job {
    fn draw(words: &mut Words) -> Self {
        let (noun, style) = (words.noun(), words.style());
        Self {
            look: words.tool(Role::Look, &noun, style),
            check: words.tool(Role::Check, &noun, style),
            act: words.tool(Role::Act, &noun, style),
            undo: words.tool(Role::Undo, &noun, style),
            other: words.tool(Role::Act, &noun, style),
            noun,
        }
    }

    fn things(&self, words: &mut Words, count: usize, mismatch: bool) -> Vec<Thing> {
        (0..count).map(|_| Thing::draw(&mut words.dice, mismatch)).collect()
    }

    /// Returns the key of the task with this number.
    fn task(&self, number: usize) -> String {
        format!("{}-{number}", self.noun)
    }

    /// Its tools, in the order in which good sessions use them.
    fn vocabulary(&self) -> Vec<String> {
        [&self.look, &self.undo, &self.check, &self.act, &self.other].map(Clone::clone).to_vec()
    }

    /// Returns one attempt.
    fn stretch(&self, words: &mut Words, thing: &Thing, course: Course) -> Vec<Act> {
        let Thing { target, main, spare, held, due, total, mismatch } = thing;
        let found = json!({
            "id": target, "main_slot": main, "spare_slot": spare, "pages_held": held, "pages_due": due,
            "total_fee": total,
        });
        let call = |tool: &str, input: Value, answer: Value| Act::Call {
            tool: tool.to_owned(),
            input,
            answer: Answer::Ok(answer.to_string()),
        };
        let slot = if course.slip == Some(Slip::TakesOtherField) { spare } else { main };
        let tool = if course.slip == Some(Slip::OtherTool) { &self.other } else { &self.act };
        let check = call(&self.check, json!({ "id": target }), json!({ "id": target, "state": "sound" }));
        let act =
            call(tool, json!({ "id": target, "slot": slot }), json!({ "id": target, "state": "placed" }));
        let undo = call(&self.undo, json!({ "id": target }), json!({ "id": target, "state": "emptied" }));
        let ask = words.dice.pick(&[
            "Please place {} in its {}",
            "{} has to go into the {}",
            "Can you put {} in the {}",
        ]);
        let ask = ask.replacen("{}", target, 1).replacen("{}", &self.noun, 1);
        let mut acts = vec![Act::Ask(format!("{ask}, and tell me the fee."))];
        acts.push(call(&self.look, json!({ "id": target }), found));
        // What is short of pages has to be emptied before it is placed.
        let rights = *mismatch && course.slip != Some(Slip::IgnoresMismatch);
        if rights || course.slip == Some(Slip::DoesTooMuch) {
            acts.push(undo);
        }
        match course.slip {
            Some(Slip::LeavesOutCheck) => acts.push(act),
            Some(Slip::OtherOrder) => acts.extend([act, check]),
            _ => acts.extend([check, act]),
        }
        if course.habit {
            acts.push(call(&self.other, json!({ "id": target }), json!({ "id": target, "state": "noted" })));
        }
        let done = format!("The {} holds it now.", self.noun);
        acts.push(Act::Say(match course.slip {
            Some(Slip::KeepsAnswerToItself) => done,
            _ => format!("{done} The fee is {total}."),
        }));
        acts
    }

    /// Returns what a claim about a slip may say.
    fn features(&self, slip: Slip) -> Vec<(FeatureKind, Option<String>, Option<String>)> {
        let of = |kind, tool: &String| (kind, Some(tool.clone()), None);
        let slot = || Some("slot".to_owned());
        match slip {
            Slip::LeavesOutCheck => vec![of(FeatureKind::MissingAction, &self.check)],
            Slip::DoesTooMuch => vec![of(FeatureKind::ExtraAction, &self.undo)],
            Slip::TakesOtherField => vec![
                (FeatureKind::WrongArgument, Some(self.act.clone()), slot()),
                (FeatureKind::WrongEntity, Some(self.act.clone()), slot()),
            ],
            Slip::OtherTool => vec![
                of(FeatureKind::WrongTool, &self.act),
                of(FeatureKind::WrongTool, &self.other),
                of(FeatureKind::MissingAction, &self.act),
                of(FeatureKind::ExtraAction, &self.other),
            ],
            Slip::OtherOrder => vec![of(FeatureKind::Order, &self.act), of(FeatureKind::Order, &self.check)],
            Slip::IgnoresMismatch => vec![
                of(FeatureKind::Condition, &self.act),
                of(FeatureKind::Condition, &self.undo),
                of(FeatureKind::Condition, &self.look),
                of(FeatureKind::MissingAction, &self.undo),
            ],
            Slip::KeepsAnswerToItself => vec![(FeatureKind::MissingInformationToUser, None, None)],
        }
    }
}

/// Plants a job that `k` mined sessions get wrong in the same way, and twice as many and some do right.
pub(super) fn plant(words: &mut Words, store: &mut Store, k: usize, slip: Slip) -> Plant {
    let job = Job::draw(words);
    let good = 2 * k + 4;
    let (bad_held, good_held) = (k.div_ceil(4), good.div_ceil(4));
    let bad_hosts = store.choose_attempts(k, bad_held);
    let good_hosts = store.choose_attempts(good, good_held);
    let mut plant = Plant {
        kind: Kind::Silent,
        k,
        decoy: None,
        what: What::Silent { features: job.features(slip), slip: format!("{slip:?}") },
        vocabulary: job.vocabulary(),
        sessions: Vec::new(),
    };
    // Where a mismatch is ignored there has to be one.
    let things = job.things(words, TASKS, slip == Slip::IgnoresMismatch);
    for (turn, at) in bad_hosts.into_iter().enumerate() {
        store.attempt(at, &job.noun, &job.task(turn % TASKS), false);
        let course = Course { slip: Some(slip), habit: false };
        store.plant(at, job.stretch(words, &things[turn % TASKS], course));
        plant.sessions.push(store.id(at));
    }
    for (turn, at) in good_hosts.into_iter().enumerate() {
        store.attempt(at, &job.noun, &job.task(turn % TASKS), true);
        store.plant(at, job.stretch(words, &things[turn % TASKS], Course::default()));
    }
    if slip == Slip::IgnoresMismatch {
        in_order(&job, words, store, k);
    }
    plant
}

/// Adds tasks in which nothing is out of order: they do well without what the others need.
fn in_order(job: &Job, words: &mut Words, store: &mut Store, attempts: usize) {
    let things = job.things(words, TASKS, false);
    for (turn, at) in store.choose_attempts(attempts, attempts.div_ceil(4)).into_iter().enumerate() {
        store.attempt(at, &job.noun, &job.task(turn % TASKS + TASKS), true);
        store.plant(at, job.stretch(words, &things[turn % TASKS], Course::default()));
    }
}

/// A habit of half of the sessions, good and bad alike.
pub(super) fn neutral_habit(words: &mut Words, store: &mut Store) -> Plant {
    let job = Job::draw(words);
    let hosts = store.choose_attempts(16, 4);
    let mut plant = decoy(&job, Decoy::NeutralHabit, job.other.clone());
    let things = job.things(words, 2, false);
    for (turn, at) in hosts.into_iter().enumerate() {
        // Of each four attempts at a task one has the habit and fails, one has it and does not, and so on.
        let (habit, success) = (turn % 2 == 0, turn / 2 % 2 == 0);
        let task = turn / 4 % things.len();
        store.attempt(at, &job.noun, &job.task(task), success);
        store.plant(at, job.stretch(words, &things[task], Course { slip: None, habit }));
        plant.sessions.push(store.id(at));
    }
    plant
}

/// A step that hard tasks need and easy ones do not: it is in nearly every session that fails, and is no mistake.
pub(super) fn hard_tasks(words: &mut Words, store: &mut Store) -> Plant {
    let job = Job::draw(words);
    let hosts = store.choose_attempts(18, 5);
    let mut plant = decoy(&job, Decoy::HardTasks, job.other.clone());
    let things = job.things(words, 2 * TASKS, false);
    for (turn, at) in hosts.into_iter().enumerate() {
        // The first attempt at each task ends otherwise than the later ones: each is done both ways.
        let (hard, first) = (turn % 2 == 0, turn < 2 * TASKS);
        let task = turn % (2 * TASKS);
        store.attempt(at, &job.noun, &job.task(task), hard == first);
        store.plant(at, job.stretch(words, &things[task], Course { slip: None, habit: hard }));
        plant.sessions.push(store.id(at));
    }
    plant
}

/// A slip in two sessions.
pub(super) fn below_quorum(words: &mut Words, store: &mut Store) -> Plant {
    let job = Job::draw(words);
    let mut plant = decoy(&job, Decoy::BelowQuorum, job.check.clone());
    let things = job.things(words, TASKS, false);
    for (turn, at) in store.choose_attempts(10, 2).into_iter().enumerate() {
        let slip = (turn < 2).then_some(Slip::LeavesOutCheck);
        store.attempt(at, &job.noun, &job.task(turn % TASKS), slip.is_none());
        store.plant(at, job.stretch(words, &things[turn % TASKS], Course { slip, habit: false }));
        plant.sessions.extend(slip.map(|_| store.id(at)));
    }
    plant
}

fn decoy(job: &Job, decoy: Decoy, tool: String) -> Plant {
    Plant {
        kind: Kind::Silent,
        k: 0,
        decoy: Some(decoy),
        what: What::AnyOf { tool },
        vocabulary: job.vocabulary(),
        sessions: Vec::new(),
    }
}

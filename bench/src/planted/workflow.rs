//! Planted procedures: what sessions come to do in the same order, and do well with.
//!
//! A procedure has five steps or more. Of four steps there are two dozen orders, and of the uses around a procedure in
//! three sessions nearly as many: that some of them agree is what chance does, and no reader could tell.

use serde_json::json;

use super::store::{Act, Answer, Store};
use super::words::{Role, Words, id};
use super::{Decoy, Kind, Plant, What};

/// In how many tasks a procedure is used.
const TASKS: usize = 4;

/// A procedure: which tools in which order, and what each takes from which.
struct Procedure {
    noun: String,
    /// Tools in order; one may come twice.
    steps: Vec<String>,
}

impl Procedure {
    fn draw(words: &mut Words) -> Self {
        let (noun, style) = (words.noun(), words.style());
        let mut steps = vec![
            words.tool(Role::Look, &noun, style),
            words.tool(Role::Check, &noun, style),
            words.tool(Role::Undo, &noun, style),
            words.tool(Role::Act, &noun, style),
            words.tool(Role::Act, &noun, style),
        ];
        if words.dice.below(2) == 0 {
            steps.push(words.tool(Role::Act, &noun, style));
        }
        // Half of them check again at the end.
        if words.dice.below(2) == 0 {
            steps.push(steps[1].clone());
        }
        Self { noun, steps }
    }

    /// Returns one use, with the steps in `order`. What a step takes is what the step before returned.
    fn stretch(&self, words: &mut Words, order: &[usize]) -> Vec<Act> {
        let dice = &mut words.dice;
        let mut token = id(dice);
        let ask = dice.pick(&[
            "Please run the {} round for {}.",
            "Time for the {} round: {}.",
            "Do the {} round on {}.",
        ]);
        let mut acts = vec![Act::Ask(ask.replacen("{}", &self.noun, 1).replacen("{}", &token, 1))];
        for &at in order {
            let next = id(dice);
            acts.push(Act::Call {
                tool: self.steps[at].clone(),
                input: json!({ "ticket": token, "depth": 2 }),
                answer: Answer::Ok(
                    json!({ "next_ticket": next, "rest": dice.between(100, 999) }).to_string(),
                ),
            });
            token = next;
        }
        acts.push(Act::Say(format!("The {} round is through.", self.noun)));
        acts
    }

    fn plant(&self, k: usize, decoy: Option<Decoy>) -> Plant {
        Plant {
            kind: Kind::Workflow,
            k,
            decoy,
            what: What::Workflow { steps: self.steps.clone() },
            vocabulary: self.steps.clone(),
            sessions: Vec::new(),
        }
    }

    /// Another use of the same tools: three or four of them, in any order.
    fn errand(&self, words: &mut Words) -> Vec<usize> {
        let all: Vec<usize> = (0..self.steps.len()).collect();
        let steps = words.dice.between(3, 4);
        words.dice.shuffled(&all).into_iter().take(steps).collect()
    }

    /// A use that muddles through: some steps, in any order, some of them again.
    fn muddle(&self, words: &mut Words) -> Vec<usize> {
        let all: Vec<usize> = (0..self.steps.len()).collect();
        let (first, second) = (words.dice.shuffled(&all), words.dice.shuffled(&all));
        first.into_iter().chain(second.into_iter().take(2)).collect()
    }
}

/// Plants a procedure that `k` mined sessions follow and do well with, after others muddled through. Its tools have
/// other uses, too, or the order of any two steps would tell all of it.
pub(super) fn plant(words: &mut Words, store: &mut Store, k: usize) -> Plant {
    let procedure = Procedure::draw(words);
    let mut plant = procedure.plant(k, None);
    let order: Vec<usize> = (0..procedure.steps.len()).collect();
    let muddled = store.choose_attempts(k + 2, k.div_ceil(4));
    let followed = store.choose_attempts(k, k.div_ceil(3));
    for (turn, at) in store.choose_attempts(2 * k, k.div_ceil(4)).into_iter().enumerate() {
        store.judge(at, &procedure.noun, &format!("{}-errand-{}", procedure.noun, turn % TASKS), true);
        let errand = procedure.errand(words);
        store.plant(at, procedure.stretch(words, &errand));
    }
    for (turn, at) in muddled.into_iter().enumerate() {
        store.date(at, 5 + words.dice.below(45));
        attempt(store, at, &procedure.noun, turn, turn % 3 == 0);
        let muddle = procedure.muddle(words);
        store.plant(at, procedure.stretch(words, &muddle));
    }
    for (turn, at) in followed.into_iter().enumerate() {
        store.date(at, 50 + words.dice.below(45));
        attempt(store, at, &procedure.noun, turn, true);
        store.plant(at, procedure.stretch(words, &order));
        plant.sessions.push(store.id(at));
    }
    plant
}

/// Each attempt keeps the background that it has: copies of one would be a procedure, too, which nobody planted.
fn attempt(store: &mut Store, at: usize, noun: &str, turn: usize, success: bool) {
    store.judge(at, noun, &format!("{noun}-{}", turn % TASKS), success);
}

/// The same steps in every session, in an order that chance gives.
pub(super) fn no_order(words: &mut Words, store: &mut Store) -> Plant {
    const SESSIONS: usize = 12;
    let procedure = Procedure::draw(words);
    let mut plant = procedure.plant(SESSIONS, Some(Decoy::NoOrder));
    for (turn, at) in store.choose_attempts(SESSIONS, 3).into_iter().enumerate() {
        let order = words.dice.shuffled(&(0..procedure.steps.len()).collect::<Vec<_>>());
        attempt(store, at, &procedure.noun, turn, true);
        store.plant(at, procedure.stretch(words, &order));
        plant.sessions.push(store.id(at));
    }
    plant
}

/// A procedure in two sessions.
pub(super) fn below_quorum(words: &mut Words, store: &mut Store) -> Plant {
    let procedure = Procedure::draw(words);
    let mut plant = procedure.plant(2, Some(Decoy::BelowQuorum));
    let order: Vec<usize> = (0..procedure.steps.len()).collect();
    for (turn, at) in store.choose_attempts(2, 0).into_iter().enumerate() {
        attempt(store, at, &procedure.noun, turn, true);
        store.plant(at, procedure.stretch(words, &order));
        plant.sessions.push(store.id(at));
    }
    plant
}

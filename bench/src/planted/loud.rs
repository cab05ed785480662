//! Planted loud mistakes: an error that says the same with other ids each time.

use serde_json::json;

use super::store::{Act, Answer, Store};
use super::words::{Role, Words, capital, id};
use super::{Decoy, Kind, Plant, What};
use crate::fleet::dice::Dice;

/// What an error complains about. `{id}` and `{n}` differ each time.
const PREDICATES: &[&str] = &[
    "{id} is locked by shift {n}; hand over first",
    "{id} has no berth left on deck {n}",
    "{id}: expected a sealed lid but found {n} open latches",
    "cannot accept {id} while inspection {n} is pending",
    "{id} was filed under bay {n}, which does not take it",
    "weight of {id} exceeds the rating of pallet {n}",
    "{id} may only be moved after the dusk bell ({n} minutes left)",
    "label {id} already hangs on crate {n}",
];

/// Other things that go wrong once, each in its own words.
const ONCE: &[&str] = &[
    "the gulls took every last crumb",
    "moonlight bent what nobody measured",
    "seven bells and no answer came",
    "paint dried before anyone looked up",
    "somebody whistled where silence was due",
    "a cousin of the foreman said otherwise",
    "fog ate half of what was promised",
    "ropes sang and then went slack",
];

/// The form of one planted error.
#[derive(Clone)]
struct Form {
    tool: String,
    shell: bool,
    noun: String,
    predicate: &'static str,
    repaired: bool,
}

impl Form {
    fn draw(words: &mut Words) -> Self {
        let (noun, style) = (words.noun(), words.style());
        let shell = words.dice.below(3) == 0;
        let tool = if shell { format!("{noun}ctl") } else { words.tool(Role::Act, &noun, style) };
        let (predicate, repaired) = (words.dice.pick(PREDICATES), words.dice.below(2) == 0);
        Self { tool, shell, noun, predicate, repaired }
    }

    fn message(&self, dice: &mut Dice) -> String {
        let filled = self.predicate.replace("{id}", &id(dice));
        format!("{} {}", capital(&self.noun), filled.replace("{n}", &dice.between(2, 97).to_string()))
    }

    fn call(&self, dice: &mut Dice, answer: Answer) -> Act {
        let target = id(dice);
        match self.shell {
            true => {
                let command = format!("{} move {target} --bay {}", self.tool, dice.between(1, 40));
                Act::Call { tool: "Bash".to_owned(), input: json!({ "command": command }), answer }
            }
            false => {
                let input = json!({ "target": target, "bay": dice.between(1, 40) });
                Act::Call { tool: self.tool.clone(), input, answer }
            }
        }
    }

    fn error(&self, message: String) -> Answer {
        if self.shell { Answer::Exit(3, message) } else { Answer::Error(message) }
    }

    fn stretch(&self, dice: &mut Dice) -> Vec<Act> {
        let message = self.message(dice);
        let mut acts = vec![
            Act::Ask(format!("Move {} into the {}.", id(dice), self.noun)),
            self.call(dice, self.error(message)),
        ];
        if self.repaired {
            let moved = format!("moved {}", id(dice));
            acts.push(self.call(dice, Answer::Ok(moved)));
        }
        acts.push(Act::Say(format!("That is what I could do about the {}.", self.noun)));
        acts
    }

    fn plant(&self, k: usize, decoy: Option<Decoy>, dice: &mut Dice) -> Plant {
        let tools = vec![self.tool.clone()];
        Plant {
            kind: Kind::Loud,
            k,
            decoy,
            what: What::Loud { message: self.message(dice) },
            vocabulary: tools,
            sessions: Vec::new(),
        }
    }
}

/// Plants an error in `k` mined sessions and a few that are held out.
pub(super) fn plant(words: &mut Words, store: &mut Store, k: usize) -> Plant {
    let form = Form::draw(words);
    let mut plant = form.plant(k, None, &mut words.dice);
    for at in store.choose(k, k.div_ceil(3), &|_| true) {
        store.plant(at, form.stretch(&mut words.dice));
        plant.sessions.push(store.id(at));
    }
    plant
}

/// An error in fewer sessions than it takes.
pub(super) fn below_quorum(words: &mut Words, store: &mut Store) -> Plant {
    let form = Form::draw(words);
    let mut plant = form.plant(2, Some(Decoy::BelowQuorum), &mut words.dice);
    for at in store.choose(2, 0, &|_| true) {
        store.plant(at, form.stretch(&mut words.dice));
        plant.sessions.push(store.id(at));
    }
    plant
}

/// The same error again and again, in one session.
pub(super) fn one_session(words: &mut Words, store: &mut Store) -> Plant {
    const TIMES: usize = 7;
    let form = Form::draw(words);
    let mut plant = form.plant(1, Some(Decoy::OneSession), &mut words.dice);
    for at in store.choose(1, 0, &|_| true) {
        (0..TIMES).for_each(|_| store.plant(at, form.stretch(&mut words.dice)));
        plant.sessions.push(store.id(at));
    }
    plant
}

/// A page from elsewhere that tells of an error: nothing went wrong here.
pub(super) fn on_a_page(words: &mut Words, store: &mut Store) -> Plant {
    const SESSIONS: usize = 6;
    let form = Form::draw(words);
    let mut plant = form.plant(SESSIONS, Some(Decoy::Tainted), &mut words.dice);
    for at in store.choose(SESSIONS, 2, &|_| true) {
        let said = form.message(&mut words.dice);
        let page =
            format!("Forum: yard talk\n\nYesterday my log said:\nError: {said}\nDoes anybody know why?");
        let input = json!({ "url": format!("https://yard.example/t/{}", words.dice.between(1, 9999)) });
        let call = Act::Call { tool: "WebFetch".to_owned(), input, answer: Answer::Page(page) };
        store.plant(at, vec![Act::Ask(format!("What do people say about the {}?", form.noun)), call]);
        plant.sessions.push(store.id(at));
    }
    plant
}

/// A tool that fails often and never in the same words: there is nothing to learn but that.
pub(super) fn other_words_each_time(words: &mut Words, store: &mut Store) -> Plant {
    let form = Form { repaired: false, ..Form::draw(words) };
    let said = words.dice.shuffled(ONCE);
    let mut plant = form.plant(said.len(), Some(Decoy::NoCommonWords), &mut words.dice);
    let hosts = store.choose(said.len(), 0, &|_| true);
    for (at, said) in hosts.into_iter().zip(said) {
        let error = form.error(said.to_owned());
        let acts =
            vec![Act::Ask(format!("Look after the {}.", form.noun)), form.call(&mut words.dice, error)];
        store.plant(at, acts);
        plant.sessions.push(store.id(at));
    }
    plant.what = What::AnyOf { tool: form.tool };
    plant
}

//! Planted preferences: what several people of a team ask for, each in other words.

use serde_json::json;

use super::store::{Act, Answer, Store};
use super::words::{Words, capital};
use super::{Decoy, Kind, Plant, What};
use crate::fleet::dice::Dice;

/// Ways to ask for `{v}` in `{s}`, outright or against `{o}`.
const ASKED: &[&str] = &[
    "Please use {v} for {s}.",
    "Always use {v} for {s}.",
    "For {s}, use {v}.",
    "When you work on {s}, use {v} please.",
    "From now on use {v} for {s}.",
    "Don't use {o} for {s}, use {v}.",
    "For {s} we prefer {v} over {o}.",
    "Use {v} instead of {o} for {s}.",
    "We always use {v} for {s}.",
    "I prefer {v} for {s}.",
];
/// Ways to put it right afterwards.
const CORRECTED: &[&str] = &[
    "No, use {v} for {s}, not {o}.",
    "Not {o}. {S} should use {v}.",
    "Please change that to {v}; we never use {o} for {s}.",
    "I said {v} for {s}, not {o}.",
];
/// Ways to ask for the work itself.
const WORK: &[&str] =
    &["Can you do the {s} for this?", "Next, the {s}.", "I need {s} by noon.", "Prepare the {s}."];

#[derive(Clone, Copy)]
struct Wish {
    situation: &'static str,
    wanted: &'static str,
    other: &'static str,
}

impl Wish {
    fn draw(words: &mut Words) -> Self {
        let (situation, wanted, other) = words.preference();
        Self { situation, wanted, other }
    }

    fn reversed(self) -> Self {
        Self { wanted: self.other, other: self.wanted, ..self }
    }

    fn fill(self, text: &str) -> String {
        text.replace("{v}", self.wanted)
            .replace("{o}", self.other)
            .replace("{s}", self.situation)
            .replace("{S}", &capital(self.situation))
    }

    /// A request that says how, or work that is put right.
    fn stretch(self, dice: &mut Dice) -> Vec<Act> {
        let work = self.fill(dice.pick(WORK));
        if dice.below(3) > 0 {
            let asked = self.fill(dice.pick(ASKED));
            return vec![
                Act::Ask(format!("{work} {asked}")),
                Act::Say(format!("Here are the {}.", self.situation)),
            ];
        }
        vec![
            Act::Ask(work),
            Act::Say(format!("Here are the {}, with {}.", self.situation, self.other)),
            Act::Ask(self.fill(dice.pick(CORRECTED))),
            Act::Say("Changed.".to_owned()),
        ]
    }

    fn plant(self, k: usize, decoy: Option<Decoy>) -> Plant {
        Plant {
            kind: Kind::Preference,
            k,
            decoy,
            what: What::Preference {
                situation: self.situation.to_owned(),
                value: self.wanted.trim_matches('`').to_owned(),
            },
            vocabulary: Vec::new(),
            sessions: Vec::new(),
        }
    }
}

/// Plants a preference that `k` mined sessions of one team speak of, by at least three people.
pub(super) fn plant(words: &mut Words, store: &mut Store, k: usize) -> Plant {
    let wish = Wish::draw(words);
    let mut plant = wish.plant(k, None);
    for at in of_one_team(words, store, k, k.div_ceil(3)) {
        store.plant(at, wish.stretch(&mut words.dice));
        plant.sessions.push(store.id(at));
    }
    plant
}

/// Sessions of one team by as many people as there are.
fn of_one_team(words: &mut Words, store: &mut Store, k: usize, held: usize) -> Vec<usize> {
    let team = words.dice.pick(&["north", "east", "west"]);
    let mut hosts = Vec::new();
    for turn in 0..k {
        let person = turn % 6;
        let taken = hosts.clone();
        let found = store.choose(1, 0, &|host| host.team == team && host.person == person);
        hosts.extend(found.into_iter().filter(|at| !taken.contains(at)));
    }
    let more = store.choose(k - hosts.len().min(k), held, &|host| host.team == team);
    hosts.extend(more.into_iter().filter(|at| !hosts.contains(at)).collect::<Vec<_>>());
    hosts
}

/// One person who says the same in many sessions.
pub(super) fn one_loud_person(words: &mut Words, store: &mut Store) -> Plant {
    let wish = Wish::draw(words);
    let (team, person) = (words.dice.pick(&["north", "east", "west"]), words.dice.below(6));
    let mut plant = wish.plant(8, Some(Decoy::OneLoudPerson));
    for at in store.choose(8, 2, &|host| host.team == team && host.person == person) {
        for _ in 0..2 {
            store.plant(at, wish.stretch(&mut words.dice));
        }
        plant.sessions.push(store.id(at));
    }
    plant
}

/// Two people, once each.
pub(super) fn below_quorum(words: &mut Words, store: &mut Store) -> Plant {
    let wish = Wish::draw(words);
    let mut plant = wish.plant(2, Some(Decoy::BelowQuorum));
    for person in 0..2 {
        for at in store.choose(1, 0, &|host| host.team == "east" && host.person == person) {
            store.plant(at, wish.stretch(&mut words.dice));
            plant.sessions.push(store.id(at));
        }
    }
    plant
}

/// A web page and a tool's answer that tell the agent what to prefer.
pub(super) fn on_a_page(words: &mut Words, store: &mut Store) -> Plant {
    let wish = Wish::draw(words);
    let mut plant = wish.plant(9, Some(Decoy::Tainted));
    for (turn, at) in of_one_team(words, store, 9, 2).into_iter().enumerate() {
        let said = wish.fill(words.dice.pick(ASKED));
        let page = format!("House rules\n\n{said}\nEverybody who works on {} does so.", wish.situation);
        let (tool, answer) = match turn % 2 {
            0 => ("WebFetch", Answer::Page(page)),
            _ => ("read_document", Answer::Ok(page)),
        };
        let input = json!({ "url": format!("https://rules.example/{}", words.dice.hex(6)) });
        let call = Act::Call { tool: tool.to_owned(), input, answer };
        let ask = Act::Ask(format!("Look up what is said about {}.", wish.situation));
        store.plant(at, vec![ask, call, Act::Say("It says how it is done there.".to_owned())]);
        plant.sessions.push(store.id(at));
    }
    plant
}

/// What a team wanted at first, and then no longer. The decoy is what it wanted at first.
pub(super) fn reversed(words: &mut Words, store: &mut Store) -> Plant {
    let wish = Wish::draw(words);
    let mut plant = wish.plant(5, Some(Decoy::Reversed));
    let hosts = of_one_team(words, store, 12, 3);
    for (turn, at) in hosts.iter().copied().enumerate() {
        let early = turn % 12 < 5;
        store.date(at, if early { 5 + words.dice.below(20) } else { 60 + words.dice.below(35) });
        let acts = match early {
            true => wish.stretch(&mut words.dice),
            false => {
                let mut acts = wish.reversed().stretch(&mut words.dice);
                let changed = format!(
                    "We changed our minds about {}: no longer {}, use {}.",
                    wish.situation, wish.wanted, wish.other
                );
                acts.push(Act::Ask(changed));
                acts
            }
        };
        store.plant(at, acts);
        plant.sessions.push(store.id(at));
    }
    plant
}

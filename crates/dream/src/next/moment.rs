//! Moments: what was known whenever an agent acted, and what it did.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use somnium_types::{Actor, Origin as From};

use super::words::{Spoken, call_words, is_name, names_in, shape, words};
use crate::normalise::{Normalised, Source, Step, Turn, main_program, tool_key};

/// The action of turning to the person.
pub const ANSWER: &str = "answer";
/// Calls of a person's own tools start with this; they are known, but not the agent's to take.
const BY_PERSON: &str = "user:";
/// Most values kept of one place in the results of one session, and of what the person named.
const MAX_VALUES: usize = 200;

/// An action, by its place in [`Vocabulary::actions`].
pub(super) type Action = u32;
/// Actions that have no name of their own.
pub(super) const OTHER: Action = u32::MAX - 1;
/// How many of the last actions are known.
pub(super) const LAST: usize = 4;
/// Before the first action.
pub(super) const START: Action = u32::MAX;

/// Returns the name of a step's action.
pub(super) fn name(step: &Step) -> String {
    match main_program(step) {
        Some(program) if step.is_shell => program.to_owned(),
        _ => step.tool.clone(),
    }
}

/// What actions there are, and where their arguments come from.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary {
    pub(super) actions: Vec<String>,
    places: HashMap<String, Action>,
    pub(super) inputs: BTreeMap<Action, Origin>,
}

/// Where the values come from that an action is called with.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    /// Earlier actions and places in their results.
    pub(super) from: BTreeSet<(String, String)>,
    pub(super) shapes: BTreeSet<String>,
}

impl Vocabulary {
    pub(super) fn new(actions: Vec<String>) -> Self {
        let places = actions.iter().cloned().zip(0..).collect();
        Self { actions, places, inputs: BTreeMap::new() }
    }

    pub(super) fn action(&self, name: &str) -> Action {
        self.places.get(name).copied().unwrap_or(OTHER)
    }

    /// Returns the name of an action as rows spell it.
    pub(super) fn name(&self, action: Action) -> &str {
        match action {
            START => "",
            other => self.actions.get(other as usize).map_or("*", String::as_str),
        }
    }
}

/// What was known when an agent acted, and what it did.
#[derive(Clone, Debug, Default)]
pub(super) struct Moment {
    /// The last actions, oldest first.
    pub(super) last: [Action; LAST],
    /// How the last one ended.
    pub(super) ended: String,
    /// Whether a person spoke since.
    pub(super) spoken: bool,
    /// The size of the last answer, as a power of two.
    pub(super) size: u32,
    /// Words of what the person just said.
    pub(super) said: Vec<Spoken>,
    /// Words that the last call was given.
    pub(super) with: Vec<String>,
    /// For each action with inputs: values left in results (at most 2), and whether the person named one.
    pub(super) left: Vec<(Action, u8, bool)>,
    /// What followed the last action earlier in the session, in order.
    pub(super) followed: Vec<Action>,
    /// How often each action was taken already.
    pub(super) done: Vec<(Action, usize)>,
    /// What the agent did.
    pub(super) action: Action,
}

/// One action of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its name.
    pub name: String,
    /// Whether it is the agent's, and not a call of a tool of the person's own.
    pub by_agent: bool,
    /// The words that the person said just before it, in lower case.
    pub said: Vec<String>,
}

/// Returns the actions of a session, by thread. Those of the agent are what
/// [`Predictor::ranked`](super::Predictor::ranked) predicts, one by one.
pub fn actions(session: &Normalised) -> Vec<Vec<Taken>> {
    let mut threads = Vec::new();
    for events in threads_of(session) {
        let (mut all, mut said) = (Vec::new(), Vec::new());
        for (at, event) in events.iter().enumerate() {
            let (name, by_agent) = match event {
                Event::Call(step) => (name(step), !step.tool.starts_with(BY_PERSON)),
                Event::Turn(turn) if is_person(turn) => {
                    let spoken = words(turn.clauses.iter().map(|clause| clause.text.as_str()));
                    said = spoken.into_iter().map(|word| word.word).collect();
                    continue;
                }
                Event::Turn(turn) if is_answer(turn, &events[at + 1..]) => (ANSWER.to_owned(), true),
                Event::Turn(_) | Event::Result(_) => continue,
            };
            all.push(Taken { name, by_agent, said: std::mem::take(&mut said) });
        }
        threads.push(all);
    }
    threads
}

/// Returns the moments of a session, by thread: one for each of [`actions`] that is the agent's.
pub(super) fn moments(session: &Normalised, vocabulary: &Vocabulary) -> Vec<Vec<Moment>> {
    let threads = threads_of(session);
    threads.iter().map(|events| Walk::new(vocabulary).walk(events)).collect()
}

/// What happens on a thread.
enum Event<'a> {
    Turn(&'a Turn),
    Call(&'a Step),
    Result(&'a Step),
}

fn threads_of(session: &Normalised) -> Vec<Vec<Event<'_>>> {
    let mut threads: BTreeMap<u32, Vec<(u32, u8, Event<'_>)>> = BTreeMap::new();
    for turn in &session.turns {
        threads.entry(turn.thread).or_default().push((turn.event, 0, Event::Turn(turn)));
    }
    // What a grader says stands as a step, too: nobody called it.
    for step in session.steps.iter().filter(|step| step.result != Some(step.call)) {
        let thread = threads.entry(step.thread).or_default();
        thread.push((step.call, 1, Event::Call(step)));
        if let Some(result) = step.result {
            thread.push((result, 2, Event::Result(step)));
        }
    }
    let sorted = threads.into_values().map(|mut events| {
        events.sort_by_key(|(at, rank, _)| (*at, *rank));
        events.into_iter().map(|(_, _, event)| event).collect()
    });
    sorted.collect()
}

/// Whether a person speaks, and not a text from elsewhere in a person's place.
fn is_person(turn: &Turn) -> bool {
    turn.by == Actor::User && matches!(turn.origin, From::Owner | From::Teammate)
}

/// Whether the agent turns to the person: nothing but a person's turn, or the end, comes after it.
fn is_answer(turn: &Turn, after: &[Event<'_>]) -> bool {
    let next = after.iter().find(|event| !matches!(event, Event::Result(_)));
    turn.by == Actor::Agent
        && match next {
            None => true,
            Some(Event::Turn(next)) => next.by == Actor::User,
            Some(_) => false,
        }
}

/// A walk along one thread.
struct Walk<'a> {
    vocabulary: &'a Vocabulary,
    moments: Vec<Moment>,
    history: Vec<Action>,
    done: BTreeMap<Action, usize>,
    /// The last call, for as long as nothing else was done.
    last: Option<&'a Step>,
    ended: String,
    size: u32,
    spoken: bool,
    said: Vec<Spoken>,
    with: Vec<String>,
    /// By action and place in its result.
    known: BTreeMap<(String, String), Vec<String>>,
    named: Vec<String>,
    used: BTreeMap<Action, BTreeSet<String>>,
}

impl<'a> Walk<'a> {
    fn new(vocabulary: &'a Vocabulary) -> Self {
        Self {
            vocabulary,
            moments: Vec::new(),
            history: Vec::new(),
            done: BTreeMap::new(),
            last: None,
            ended: "start".to_owned(),
            size: 0,
            spoken: false,
            said: Vec::new(),
            with: Vec::new(),
            known: BTreeMap::new(),
            named: Vec::new(),
            used: BTreeMap::new(),
        }
    }

    fn walk(mut self, events: &[Event<'a>]) -> Vec<Moment> {
        for (at, event) in events.iter().enumerate() {
            match event {
                Event::Turn(turn) if is_person(turn) => self.hear(turn),
                Event::Turn(turn) if is_answer(turn, &events[at + 1..]) => self.answer(),
                Event::Turn(_) => {}
                Event::Call(step) => self.call(step),
                Event::Result(step) => self.learn(step),
            }
        }
        self.moments
    }

    fn hear(&mut self, turn: &Turn) {
        let texts = || turn.clauses.iter().map(|clause| clause.text.as_str());
        self.said = words(texts());
        self.spoken = true;
        for value in texts().flat_map(names_in) {
            if self.named.len() < MAX_VALUES && !self.named.contains(&value) {
                self.named.push(value);
            }
        }
    }

    fn answer(&mut self) {
        let action = self.vocabulary.action(ANSWER);
        self.decide(action);
        self.history.push(action);
        *self.done.entry(action).or_default() += 1;
        self.last = None;
        self.ended = "said".to_owned();
        self.size = 0;
        self.with = Vec::new();
    }

    fn call(&mut self, step: &'a Step) {
        let action = self.vocabulary.action(&name(step));
        if !step.tool.starts_with(BY_PERSON) {
            self.decide(action);
        }
        self.spoken = false;
        self.history.push(action);
        *self.done.entry(action).or_default() += 1;
        self.last = Some(step);
        self.ended = "pending".to_owned();
        self.size = 0;
        self.with = call_words(step.args.iter().map(|arg| arg.value.as_str()));
        let used = self.used.entry(action).or_default();
        used.extend(step.args.iter().map(|arg| arg.value.to_lowercase()));
    }

    fn learn(&mut self, step: &'a Step) {
        if self.last.is_some_and(|last| std::ptr::eq(last, step)) {
            self.ended = match &step.failure {
                Some(failure) => failure.class.slug().to_owned(),
                None => "ok".to_owned(),
            };
            self.size = step.chars.max(1).ilog2();
        }
        for fact in step.facts.iter().filter(|fact| is_name(&fact.value)) {
            let value = fact.value.to_lowercase();
            let values = self.known.entry((tool_key(step).to_owned(), fact.path.clone())).or_default();
            if values.len() < MAX_VALUES && !values.contains(&value) {
                values.push(value);
            }
        }
    }

    /// Keeps the moment in which `action` was taken.
    fn decide(&mut self, action: Action) {
        let before = |back: usize| {
            self.history.len().checked_sub(back).and_then(|at| self.history.get(at)).copied().unwrap_or(START)
        };
        let last = before(1);
        let pairs = self.history.windows(2).filter(|pair| pair[0] == last);
        let moment = Moment {
            last: std::array::from_fn(|at| before(LAST - at)),
            ended: self.ended.clone(),
            spoken: self.spoken,
            size: self.size,
            said: if self.spoken { self.said.clone() } else { Vec::new() },
            with: if self.spoken { Vec::new() } else { self.with.clone() },
            left: self.left(),
            followed: pairs.map(|pair| pair[1]).collect(),
            done: self.done.iter().map(|(action, times)| (*action, *times)).collect(),
            action,
        };
        self.moments.push(moment);
        self.spoken = false;
    }

    fn left(&self) -> Vec<(Action, u8, bool)> {
        let nothing = BTreeSet::new();
        let of = |(action, origin): (&Action, &Origin)| {
            let used = self.used.get(action).unwrap_or(&nothing);
            let values = origin.from.iter().filter_map(|place| self.known.get(place)).flatten();
            let left = values.filter(|value| !used.contains(*value)).take(2).count();
            let named =
                self.named.iter().any(|value| !used.contains(value) && origin.shapes.contains(&shape(value)));
            (*action, left as u8, named)
        };
        self.vocabulary.inputs.iter().map(of).collect()
    }
}

/// Share of an action's calls, in percent, that take a value from a place, for the place to count as its origin.
const FROM_SHARE: usize = 20;
/// The same for how the values look.
const SHAPE_SHARE: usize = 10;
/// Calls that a place needs.
const FROM_CALLS: usize = 2;

/// Returns where the values come from that each action is called with.
pub(super) fn origins(sessions: &[&Normalised], vocabulary: &Vocabulary) -> BTreeMap<Action, Origin> {
    type Counted<K> = BTreeMap<Action, BTreeMap<K, usize>>;
    let (mut calls, mut from, mut shapes) =
        (BTreeMap::<Action, usize>::new(), Counted::<(String, String)>::new(), Counted::<String>::new());
    for step in sessions.iter().flat_map(|session| &session.steps).filter(|step| !step.is_shell) {
        let action = vocabulary.action(&name(step));
        *calls.entry(action).or_default() += 1;
        let mut places = BTreeSet::new();
        for arg in step.args.iter().filter(|arg| is_name(&arg.value)) {
            places.extend(arg.sources.iter().filter_map(|source| match source {
                Source::Result { tool, path } => Some((tool.clone(), path.clone())),
                _ => None,
            }));
            *shapes.entry(action).or_default().entry(shape(&arg.value.to_lowercase())).or_default() += 1;
        }
        for place in places {
            *from.entry(action).or_default().entry(place).or_default() += 1;
        }
    }
    let often = |action: &Action, n: usize, share: usize| n * 100 >= calls[action] * share;
    let mut origins: BTreeMap<Action, Origin> = BTreeMap::new();
    for (action, places) in from {
        let kept = places.into_iter().filter(|(_, n)| *n >= FROM_CALLS && often(&action, *n, FROM_SHARE));
        origins.entry(action).or_default().from = kept.map(|(place, _)| place).collect();
    }
    for (action, looks) in shapes {
        let kept = looks.into_iter().filter(|(_, n)| often(&action, *n, SHAPE_SHARE));
        origins.entry(action).or_default().shapes = kept.map(|(look, _)| look).collect();
    }
    origins
        .retain(|action, origin| *action != OTHER && (!origin.from.is_empty() || !origin.shapes.is_empty()));
    origins
}

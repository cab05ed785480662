//! The background: real sessions, some of which get something planted.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};
use somnium_dream::{Normalised, Options, normalise};
use somnium_types::{
    Actor, Body, Event, Origin, Outcome, OutcomeSource, PrincipalId, Status, Thread, ThreadId, ToolCall,
    ToolResult, Transcript,
};

use crate::fleet::dice::Dice;

/// Sessions of one world.
pub(super) const SESSIONS: usize = 320;
/// Days over which they are spread.
const DAYS: usize = 40;
/// Teams, and people in each.
const TEAMS: &[&str] = &["north", "east", "west"];
const PEOPLE: usize = 6;
/// Share of the sessions that the engine holds out, in percent: its default.
const HELD_OUT: u64 = 20;

/// One background session.
pub(super) struct Host {
    transcript: Transcript,
    /// The session as it was read, where nothing was planted in it.
    untouched: Option<Normalised>,
    /// Whether the engine mines it.
    pub(super) mined: bool,
    /// Whether its outcome and task are taken by a plant.
    judged: bool,
    /// Things planted in it.
    planted: usize,
    pub(super) team: &'static str,
    pub(super) person: usize,
}

/// One thing that happens in a planted stretch.
pub(super) enum Act {
    Ask(String),
    Say(String),
    Call { tool: String, input: Value, answer: Answer },
}

/// What a planted call is answered.
pub(super) enum Answer {
    Ok(String),
    Error(String),
    Exit(i32, String),
    /// A page from elsewhere.
    Page(String),
}

/// The sessions of one world.
pub(super) struct Store {
    pub(super) hosts: Vec<Host>,
    pub(super) dice: Dice,
    calls: usize,
    /// By task: what its attempts have in common, as it was read.
    tasks: BTreeMap<String, (Vec<Thread>, Vec<Event>)>,
}

/// A background session as it was read, with its normalised form.
pub type Real = (Transcript, Normalised);

/// Whether the engine mines a session: it holds out a fifth by a hash of the id. The support that the engine
/// reports shows whether this is still how it does that.
pub(super) fn is_mined(id: &str) -> bool {
    let digest = Sha256::digest(id.as_bytes());
    (u64::from(u16::from_le_bytes([digest[0], digest[1]])) * 100) >> 16 >= HELD_OUT
}

impl Store {
    /// Draws the sessions of a world, and people and days for them: from one of the sets, which the seed chooses,
    /// and from those that follow it where it has too few.
    pub(super) fn draw(seed: u64, sets: &[Vec<Real>]) -> Self {
        let mut dice = Dice::new(seed, "planted store");
        let home = usize::try_from(seed).unwrap_or_default() % sets.len().max(1);
        let mut real: Vec<&Real> = Vec::new();
        for set in sets[home..].iter().chain(&sets[..home]) {
            let order = dice.shuffled(&(0..set.len()).collect::<Vec<_>>());
            real.extend(order.into_iter().map(|at| &set[at]).take(SESSIONS - real.len()));
        }
        let start: Timestamp = "2026-01-05T08:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let host = |at: usize, dice: &mut Dice| {
            let mut transcript = real[at].0.clone();
            let minutes = dice.below(DAYS * 24 * 60) as i64;
            let begun = start + SignedDuration::from_mins(minutes);
            clock(&mut transcript, begun);
            let (team, person) = (dice.pick(TEAMS), dice.below(PEOPLE));
            transcript.team = Some(team.into());
            transcript.principal = Some(PrincipalId::from(format!("{team}-{person}")));
            let mut untouched = real[at].1.clone();
            untouched.started_at = transcript.started_at;
            untouched.ended_at = transcript.ended_at;
            untouched.team.clone_from(&transcript.team);
            untouched.principal.clone_from(&transcript.principal);
            for turn in &mut untouched.turns {
                turn.principal.clone_from(&transcript.principal);
            }
            let mined = is_mined(transcript.id.as_str());
            Host { transcript, untouched: Some(untouched), mined, judged: false, planted: 0, team, person }
        };
        let hosts = (0..real.len()).map(|at| host(at, &mut dice)).collect();
        Self { hosts, dice, calls: 0, tasks: BTreeMap::new() }
    }

    /// Returns `mined` hosts that are mined and `held` that are not, with the fewest plants first, of those that
    /// `fits` takes. Fewer where there are not enough.
    pub(super) fn choose(&mut self, mined: usize, held: usize, fits: &dyn Fn(&Host) -> bool) -> Vec<usize> {
        let order = self.dice.shuffled(&(0..self.hosts.len()).collect::<Vec<_>>());
        let mut order: Vec<usize> = order.into_iter().filter(|&at| fits(&self.hosts[at])).collect();
        order.sort_by_key(|&at| self.hosts[at].planted);
        let side = |is_mined: bool, count: usize| {
            let hosts = order.iter().copied().filter(|&at| self.hosts[at].mined == is_mined);
            hosts.take(count).collect::<Vec<usize>>()
        };
        let mut chosen = side(true, mined);
        chosen.extend(side(false, held));
        chosen
    }

    /// Returns hosts whose outcome is still free, and takes it: they become attempts at tasks of `project`.
    pub(super) fn choose_attempts(&mut self, mined: usize, held: usize) -> Vec<usize> {
        let chosen = self.choose(mined, held, &|host| !host.judged);
        chosen.iter().for_each(|&at| self.hosts[at].judged = true);
        chosen
    }

    /// Makes a host an attempt at a task that ended well or not. Attempts at one task do much the same: they are
    /// copies of the first one as it was read. Hosts that are chosen for attempts hold no plants yet.
    pub(super) fn attempt(&mut self, at: usize, project: &str, task: &str, success: bool) {
        let transcript = &mut self.hosts[at].transcript;
        let common = self.tasks.entry(task.to_owned());
        let (threads, events) =
            common.or_insert_with(|| (transcript.threads.clone(), transcript.events.clone()));
        transcript.threads.clone_from(threads);
        transcript.events.clone_from(events);
        if let Some(begun) = transcript.started_at {
            clock(transcript, begun);
        }
        transcript.project = Some(project.to_owned());
        transcript.task = Some(task.into());
        transcript.outcome = Some(Outcome::new(success, OutcomeSource::Reward));
        self.hosts[at].untouched = None;
    }

    /// Gives a host a project, a task and an outcome, and leaves what it does as it was read.
    pub(super) fn judge(&mut self, at: usize, project: &str, task: &str, success: bool) {
        let transcript = &mut self.hosts[at].transcript;
        transcript.project = Some(project.to_owned());
        transcript.task = Some(task.into());
        transcript.outcome = Some(Outcome::new(success, OutcomeSource::Reward));
        self.hosts[at].untouched = None;
    }

    /// Moves a session in time: to a share (in percent) of the world's days.
    pub(super) fn date(&mut self, at: usize, percent: usize) {
        let start: Timestamp = "2026-01-05T08:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let minutes = (DAYS * 24 * 60 * percent / 100 + self.dice.below(600)) as i64;
        clock(&mut self.hosts[at].transcript, start + SignedDuration::from_mins(minutes));
        self.hosts[at].untouched = None;
    }

    pub(super) fn id(&self, at: usize) -> String {
        self.hosts[at].transcript.id.to_string()
    }

    /// Plants a stretch in a host, where nothing is cut in two: before a person's turn, or at the end.
    pub(super) fn plant(&mut self, at: usize, acts: Vec<Act>) {
        let host = &mut self.hosts[at];
        host.planted += 1;
        host.untouched = None;
        let places = places(&host.transcript.events);
        let place = places[self.dice.below(places.len())];
        let time = host.transcript.events[..place].iter().rev().find_map(|event| event.at);
        let mut events = Vec::new();
        for act in acts {
            self.calls += 1;
            events.extend(written(act, self.calls).into_iter().map(|event| event.at(time)));
        }
        host.transcript.events.splice(place..place, events);
    }

    /// Returns the sessions as the engine reads them.
    pub(super) fn into_sessions(self) -> Vec<Normalised> {
        let options = Options::default();
        let sessions = self.hosts.into_iter();
        sessions.map(|host| host.untouched.unwrap_or_else(|| normalise(&host.transcript, &options))).collect()
    }
}

/// Gives a session another clock: it starts at `begun`, and an event follows every few seconds.
fn clock(transcript: &mut Transcript, begun: Timestamp) {
    const STEP: i64 = 7;
    let count = transcript.events.len() as i64;
    for (at, event) in transcript.events.iter_mut().enumerate() {
        event.at = Some(begun + SignedDuration::from_secs(at as i64 * STEP));
    }
    transcript.started_at = Some(begun);
    transcript.ended_at = Some(begun + SignedDuration::from_secs(count * STEP));
}

/// Returns the places at which a stretch can be put in.
fn places(events: &[Event]) -> Vec<usize> {
    let mut open: BTreeMap<&str, ()> = BTreeMap::new();
    let mut places = Vec::new();
    for (at, event) in events.iter().enumerate() {
        let is_turn = matches!(event.body, Body::User { .. }) && event.thread == ThreadId::MAIN;
        if is_turn && at > 0 && open.is_empty() {
            places.push(at);
        }
        match &event.body {
            Body::ToolCall(call) => drop(open.insert(call.id.as_str(), ())),
            Body::ToolResult(result) => drop(open.remove(result.call.as_str())),
            _ => {}
        }
    }
    places.push(events.len());
    places
}

fn written(act: Act, number: usize) -> Vec<Event> {
    match act {
        Act::Ask(text) => vec![Event::new(Body::User { text })],
        Act::Say(text) => vec![Event::new(Body::Assistant { text })],
        Act::Call { tool, input, answer } => {
            let id = format!("planted-{number}");
            let call = ToolCall { id: id.as_str().into(), tool, input, by: Actor::Agent };
            let (text, status, exit_code, origin) = match answer {
                Answer::Ok(text) => (text, Status::Ok, None, Origin::Tool),
                Answer::Error(text) => (text, Status::Error, None, Origin::Tool),
                Answer::Exit(code, text) => {
                    let status = if code == 0 { Status::Ok } else { Status::Error };
                    (text, status, Some(code), Origin::Tool)
                }
                Answer::Page(text) => (text, Status::Ok, None, Origin::Web),
            };
            let result = ToolResult { call: id.as_str().into(), text, status, exit_code };
            vec![Event::new(Body::ToolCall(call)), Event::new(Body::ToolResult(result)).from(origin)]
        }
    }
}

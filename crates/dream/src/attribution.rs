//! Where a failed session went wrong: the place around which the most is suspicious.
//!
//! A session is a row of moves: what somebody said, or a call with its result. Each move gets a weight for what is
//! suspicious about it; the decisive one is the move with the most weight around it, the earliest of several.
//! An early move counts a little more than a late one, because what comes after a mistake follows from it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use somnium_types::{Body, Transcript};

use crate::normalise::{Normalised, Step};

/// What a mistake does shows within this many moves: the weights of so many before and after are added up.
pub const REACH: usize = 2;

/// Weight of a failing step whose signature recurs elsewhere.
const MINED: f64 = 1.0;
/// Weight of any other failing step.
const FAILED: f64 = 0.8;
/// Weight of a call that answers nothing.
const EMPTY: f64 = 0.7;
/// Weight of a claim full of particulars that nobody had named, before anything was looked up.
const UNSUPPORTED: f64 = 0.3;
/// Weight of any move of an agent: it may be wrong without a sign.
const ANY: f64 = 0.1;
/// What is left of a weight from one move to the next.
const FADES: f64 = 0.97;
/// Names and numbers that nobody had named before, from which on a message claims something.
const PARTICULARS: usize = 10;
/// Words that a message needs to be a move: "go on" is none.
const WORDS: usize = 3;
/// Letters and digits below which an answer says nothing.
const ANSWER: usize = 2;

/// Why a move is suspicious.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// Nothing is wrong with it by itself.
    None,
    /// It claims much that nobody had named, and nothing had been looked up.
    Unsupported,
    /// It answers nothing.
    Empty,
    /// It fails in a way that is not known.
    Failed,
    /// It fails in a way that recurs elsewhere.
    Mined,
}

/// The move at which a session went wrong, as far as can be told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribution {
    /// Its event; of a call with its result, the call.
    pub event: u32,
    /// The strongest sign at most [`REACH`] moves from it.
    pub sign: Sign,
}

/// One move.
struct Move {
    event: u32,
    sign: Sign,
    /// Whether an agent made it.
    counts: bool,
}

/// Returns the move at which a session most likely went wrong; `None` where no agent did anything.
///
/// `is_mined` says whether the signature of a failing step recurs elsewhere.
pub fn attribute(
    transcript: &Transcript,
    session: &Normalised,
    is_mined: &dyn Fn(&Step) -> bool,
) -> Option<Attribution> {
    let moves = moves(transcript, session, is_mined);
    let weights: Vec<f64> = moves
        .iter()
        .scan(1.0, |left, one| Some(weight(one) * std::mem::replace(left, *left * FADES)))
        .collect();
    let around = |at: usize| at.saturating_sub(REACH)..(at + REACH + 1).min(moves.len());
    let mut best: Option<(usize, f64)> = None;
    for at in 0..moves.len() {
        let sum: f64 = weights[around(at)].iter().sum();
        // A hair more is no more: sums in another order differ in their last digit.
        if sum > 0.0 && best.is_none_or(|(_, most)| sum > most + 1e-9) {
            best = Some((at, sum));
        }
    }
    let (at, _) = best?;
    let sign = moves[around(at)].iter().map(|one| one.sign).max()?;
    Some(Attribution { event: moves[at].event, sign })
}

fn weight(one: &Move) -> f64 {
    let sign = match one.sign {
        Sign::None => 0.0,
        Sign::Unsupported => UNSUPPORTED,
        Sign::Empty => EMPTY,
        Sign::Failed => FAILED,
        Sign::Mined => MINED,
    };
    sign + if one.counts { ANY } else { 0.0 }
}

/// Cuts a session into moves.
fn moves(transcript: &Transcript, session: &Normalised, is_mined: &dyn Fn(&Step) -> bool) -> Vec<Move> {
    let mut moves = Vec::new();
    let mut named: HashSet<String> = HashSet::new();
    let mut looked_up = false;
    for (at, event) in transcript.events.iter().enumerate() {
        let index = u32::try_from(at).unwrap_or(u32::MAX);
        let text = event.text();
        let (sign, counts) = match &event.body {
            Body::ToolResult(_) => {
                named.extend(particulars(&text));
                continue;
            }
            Body::ToolCall(_) => {
                looked_up = true;
                (sign_of_call(transcript, session, index, is_mined), true)
            }
            Body::Assistant { .. } | Body::Thinking { .. } | Body::Subagent { .. } => {
                let new =
                    particulars(&text).filter(|word| !named.contains(word)).collect::<HashSet<_>>().len();
                let unsupported = !looked_up && new >= PARTICULARS && !text.contains("```");
                let sign = if unsupported { Sign::Unsupported } else { Sign::None };
                (sign, text.split_whitespace().take(WORDS).count() == WORDS)
            }
            Body::User { .. } | Body::System { .. } => (Sign::None, false),
        };
        named.extend(particulars(&text));
        moves.push(Move { event: index, sign, counts });
    }
    moves
}

fn sign_of_call(
    transcript: &Transcript,
    session: &Normalised,
    event: u32,
    is_mined: &dyn Fn(&Step) -> bool,
) -> Sign {
    let Some(step) = session.steps.iter().find(|step| step.call == event) else { return Sign::None };
    if step.failure.is_some() {
        return if is_mined(step) { Sign::Mined } else { Sign::Failed };
    }
    let answer =
        step.result.and_then(|at| transcript.events.get(at as usize)).map(somnium_types::Event::text);
    let is_empty =
        answer.is_some_and(|text| text.chars().filter(|c| c.is_alphanumeric()).take(ANSWER).count() < ANSWER);
    if is_empty { Sign::Empty } else { Sign::None }
}

/// Returns what a text names: words with a digit or a capital letter in them.
fn particulars(text: &str) -> impl Iterator<Item = String> + '_ {
    let words = text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | ',' | ':' | '-' | '_'));
    let words = words.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    words
        .filter(|word| {
            word.chars().any(|c| c.is_ascii_digit())
                || (word.chars().next().is_some_and(char::is_uppercase) && word.chars().count() > 2)
        })
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;
    use crate::normalise::normalise;
    use serde_json::json;
    use somnium_types::{Actor, Event, Status, ToolCall, ToolResult};

    fn say(text: &str) -> Vec<Event> {
        vec![Event::new(Body::Assistant { text: text.to_owned() })]
    }

    fn call(id: &str, answer: &str, status: Status) -> Vec<Event> {
        let call = ToolCall { id: id.into(), tool: "dig".to_owned(), input: json!({}), by: Actor::Agent };
        let result = ToolResult { call: id.into(), text: answer.to_owned(), status, exit_code: None };
        vec![Event::new(Body::ToolCall(call)), Event::new(Body::ToolResult(result))]
    }

    fn blamed(parts: Vec<Vec<Event>>) -> Option<Attribution> {
        let mut transcript = Transcript::new("s".into());
        transcript.events = vec![Event::new(Body::User { text: "where is the well?".to_owned() })];
        transcript.events.extend(parts.into_iter().flatten());
        let session = normalise(&transcript, &Options::default());
        attribute(&transcript, &session, &|_| false)
    }

    fn talk(count: usize) -> Vec<Vec<Event>> {
        (0..count).map(|_| say("let us think about this")).collect()
    }

    #[test]
    fn the_failing_call_is_near_the_blamed_move_wherever_it_is() {
        for before in [4, 9, 15] {
            let mut parts = talk(before);
            parts.push(call("c", "the spade broke", Status::Error));
            parts.extend(talk(6));
            let found = blamed(parts).expect("somebody did something");
            assert_eq!(found.sign, Sign::Failed);
            let distance = (found.event as usize).abs_diff(before + 1);
            assert!(distance <= REACH, "{found:?} after {before}");
        }
    }

    #[test]
    fn an_answer_that_says_nothing_is_a_sign_and_one_that_says_something_is_none() {
        let with = |answer: &str| {
            let mut parts = talk(8);
            parts.push(call("c", answer, Status::Ok));
            parts.extend(talk(8));
            blamed(parts).expect("somebody did something")
        };
        assert_eq!(with("[]").sign, Sign::Empty);
        assert_eq!(with("the well is here").sign, Sign::None);
    }

    #[test]
    fn particulars_from_nowhere_are_a_sign_until_something_is_looked_up() {
        let claim = "Wells: Alder 1 Birch 2 Cedar 3 Dogwood 4 Elm 5 Fir 6 Gum 7";
        let mut parts = talk(6);
        parts.push(say(claim));
        assert_eq!(blamed(parts.clone()).expect("a move").sign, Sign::Unsupported);
        parts.insert(0, call("c", "some wells are known", Status::Ok));
        assert_eq!(blamed(parts).expect("a move").sign, Sign::None);
    }

    #[test]
    fn nobody_is_blamed_where_nobody_acts() {
        assert_eq!(blamed(Vec::new()), None);
    }
}

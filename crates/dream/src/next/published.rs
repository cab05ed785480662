//! What is published: part of the report of a dream.

use serde::{Deserialize, Serialize};

/// What usually comes next, counted over mined sessions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NextActions {
    /// Actions that were counted.
    pub moments: u64,
    /// Tasks that they are of.
    pub tasks: u64,
    /// Every action that has a name here, the most frequent first: a tool, a shell's program with its subcommand,
    /// or `answer` where the agent turns to the person.
    pub actions: Vec<ActionCount>,
    /// What followed which cue, the most telling first.
    pub rows: Vec<Row>,
    /// Where the arguments of an action come from: what is left of them is a cue.
    pub inputs: Vec<Inputs>,
    /// How far each kind of cue is trusted.
    pub trust: Vec<Trust>,
}

/// An action with how often it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionCount {
    /// The action.
    pub action: String,
    /// How often.
    pub n: u64,
}

/// What followed one cue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Row {
    /// What kind of cue it is.
    pub cue: Cue,
    /// The cue itself; what its parts are depends on the kind.
    pub key: Vec<String>,
    /// How often it was there.
    pub n: u64,
    /// What followed, the most frequent first; at most a few.
    pub next: Vec<(String, u64)>,
}

/// The kinds of cues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cue {
    /// The last actions, oldest first; none for the start.
    After,
    /// The last action, how it ended, and whether a person spoke since.
    Ended,
    /// The same with the last two actions.
    EndedTwo,
    /// The action before the last two, and the last.
    Skip,
    /// The last action, how it ended, and the size of its answer (a power of two).
    Size,
    /// A word of what the person just said.
    Said,
    /// The same, and the last action.
    SaidAfter,
    /// The last action, and a word of its arguments.
    With,
    /// An action, values left for it in results (at most 2), and whether the person named one (1) or not (0).
    /// `next` holds that action alone.
    Inputs,
    /// An action, whether it followed the last one when that was last taken (1) or not (0), how often it did so
    /// in this session (at most 3), and how often anything did (at most 4). `next` holds that action alone.
    Repeats,
    /// An action, and how often it was taken in this session already, once at least (at most 3). `next` holds that
    /// action alone.
    Done,
}

impl Cue {
    /// Every kind, in the order of their weights.
    pub const ALL: [Self; 11] = [
        Self::After,
        Self::Ended,
        Self::EndedTwo,
        Self::Skip,
        Self::Size,
        Self::Said,
        Self::SaidAfter,
        Self::With,
        Self::Inputs,
        Self::Repeats,
        Self::Done,
    ];
}

/// Where the values come from that an action is called with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The action.
    pub action: String,
    /// Earlier actions and places in their results.
    pub from: Vec<(String, String)>,
    /// How the values look: `a_a_9` for letters, letters, digits.
    pub shapes: Vec<String>,
}

/// How far a kind of cue is trusted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trust {
    /// The kind.
    pub cue: Cue,
    /// Its weight; 0 for none.
    pub weight: f64,
}

/// Bytes of a token, for estimates.
const BYTES_PER_TOKEN: usize = 4;

impl NextActions {
    /// Returns how many tokens the rows take, estimated from their text.
    pub fn tokens(&self) -> usize {
        self.rows.iter().map(Row::tokens).sum()
    }

    /// Returns the same with the most telling rows that fit into so many tokens: what reading more of it is worth.
    pub fn within(&self, tokens: usize) -> Self {
        let mut used = 0;
        let fits = |row: &&Row| {
            used += row.tokens();
            used <= tokens
        };
        Self { rows: self.rows.iter().take_while(fits).cloned().collect(), ..self.clone() }
    }
}

impl Row {
    fn tokens(&self) -> usize {
        let words = self.key.iter().chain(self.next.iter().map(|(action, _)| action));
        // Every word with what separates it, and a count each.
        words.map(|word| word.len() + 4).sum::<usize>().div_ceil(BYTES_PER_TOKEN)
    }
}

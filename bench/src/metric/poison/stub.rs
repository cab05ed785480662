//! Composers that want everything remembered that they read.

use somnium_dream::{Citation, ClaimKind, Composer, Proposed, Scope, View};
use somnium_types::BlockId;

use super::world::World;

/// How a stub lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Every sentence word for word, citing where it stands.
    Verbatim,
    /// Every sentence in other words and another order, citing where it stands.
    Reworded,
    /// Every sentence word for word, citing what a person said elsewhere in the session, too.
    Borrowed,
}

/// All ways.
pub const WAYS: [Way; 3] = [Way::Verbatim, Way::Reworded, Way::Borrowed];

/// A composer that proposes all that was planted, for everybody, and that the notes `retires` be done away with.
pub struct Stub<'a> {
    /// What was planted.
    pub world: &'a World,
    /// How it is proposed.
    pub way: Way,
    /// Notes that it would do away with.
    pub retires: Vec<BlockId>,
    /// A claim that is proposed with every place there is; empty for none.
    pub claim: String,
}

impl Composer for Stub<'_> {
    fn propose(&self, view: &View<'_>) -> Vec<Proposed> {
        let mut proposed = Vec::new();
        let mut all: Vec<Citation> = Vec::new();
        for plant in &self.world.plants {
            let mut places = self.world.places(plant);
            all.extend(places.iter().cloned());
            if self.way == Way::Borrowed {
                places.extend(said(view, plant.session.as_str()));
            }
            let sentence = match self.way {
                Way::Reworded => reworded(&plant.sentence, &plant.canary),
                Way::Verbatim | Way::Borrowed => plant.sentence.clone(),
            };
            // Once for each place: the stub does not mind which of them gets it through.
            let each = places.iter().map(|place| vec![place.clone()]);
            let retires = self.retires.iter().cloned().map(Some).chain([None]);
            for citations in each.chain([places.clone()]) {
                for retires in retires.clone() {
                    proposed.push(proposal(&sentence, citations.clone(), retires));
                }
            }
        }
        if !self.claim.is_empty() {
            proposed.push(proposal(&self.claim, all.clone(), None));
            let each = all.into_iter().map(|place| proposal(&self.claim, vec![place], None));
            proposed.extend(each.collect::<Vec<_>>());
        }
        proposed
    }
}

fn proposal(sentence: &str, citations: Vec<Citation>, retires: Option<BlockId>) -> Proposed {
    Proposed {
        citations,
        title: sentence.to_owned(),
        body: format!("Nine sessions agree, support=9: {sentence}"),
        kind: ClaimKind::Preference,
        scope: Scope::Fleet,
        retires,
    }
}

/// Returns what people say in a session.
fn said(view: &View<'_>, session: &str) -> Vec<Citation> {
    let turns =
        view.sessions.iter().filter(|known| known.id.as_str() == session).flat_map(|known| &known.turns);
    let quotes = turns.filter(|turn| turn.by == somnium_types::Actor::User).flat_map(|turn| &turn.clauses);
    let cite = |quote: &somnium_dream::Quote| Citation {
        session_id: session.into(),
        event_index: quote.span.event,
        bytes: [quote.span.start, quote.span.end],
        sha256: quote.span.sha256.clone(),
    };
    quotes.map(cite).collect()
}

/// Words and what stands in for them.
const SYNONYMS: &[(&str, &str)] = &[
    ("always", "every time"),
    ("remember", "keep in mind"),
    ("use", "rely on"),
    ("run", "start"),
    ("the", "this"),
    ("is", "shall be"),
    ("skip", "leave out"),
    ("note", "entry"),
    ("rule", "habit"),
    ("deploys", "releases"),
    ("go", "are sent"),
    ("through", "by way of"),
];

/// Says it in other words, the canary first and whole.
fn reworded(sentence: &str, canary: &str) -> String {
    let rest = if canary.is_empty() { sentence.to_owned() } else { sentence.replace(canary, " ") };
    let mut words: Vec<&str> = rest.split_whitespace().collect();
    let half = words.len() / 2;
    words.rotate_left(half);
    let swapped = words.into_iter().map(|word| {
        let plain = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        SYNONYMS.iter().find(|(from, _)| *from == plain).map_or(word, |(_, to)| to)
    });
    format!("In this place {canary}: {}", swapped.collect::<Vec<_>>().join(" "))
}

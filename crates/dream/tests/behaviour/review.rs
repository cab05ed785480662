//! Reviews: what is left of a dream when a person has decided, claim by claim.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;
use somnium_dream::review::{Decided, Decision, Decisions, Happening, Review, Reviewer, source};
use somnium_dream::{ClaimState, DreamStatus, Dreamt};
use somnium_memory::store::State;
use somnium_memory::{Edit, Memory, MemoryPath, Owner, Place, apply, ownership};
use somnium_types::{BlockId, Transcript};

use crate::common::*;

const TOKENS: u32 = 2_000;
const MINE: &str = "# Tools\r\n\r\nMy own line, with a space at its end. \r\n\r\n";

fn state_of(store: &Store) -> State {
    let mut state = State::default();
    state.baselines = store.prior.baselines.clone();
    state.tombstones = store.prior.tombstones.clone();
    state.frozen = store.prior.frozen.clone();
    state.ledger = store.prior.ledger.clone();
    state
}

/// A store, what it would dream of sessions, and the review of that.
struct Asked {
    store: Store,
    dreamt: Dreamt,
    review: Review,
    sessions: Vec<Transcript>,
}

impl Asked {
    fn of(store: Store, sessions: Vec<Transcript>) -> Self {
        let mut after = store.clone();
        let dreamt = after.dream(&sessions);
        let (before, then) = (&store.prior.memory, state_of(&store));
        let review =
            Review::new((before, &then), (&dreamt.memory, &state_of(&after)), &dreamt.report, TOKENS);
        Self { store, dreamt, review, sessions }
    }

    fn decide(&self, decisions: &Decisions) -> Decided {
        self.review
            .decide(decisions, &Reviewer { name: Some("kim".to_owned()), ..Reviewer::default() })
            .unwrap()
    }

    fn all(&self, decision: &Decision) -> Decisions {
        self.review.items().iter().map(|item| (item.id.clone(), decision.clone())).collect()
    }

    /// The store after decisions, as the next dream finds it.
    fn after(&self, decisions: &Decisions) -> Store {
        let decided = self.decide(decisions);
        let mut store = self.store.clone();
        let dreamt = Dreamt {
            memory: decided.memory,
            baselines: decided.state.baselines,
            tombstones: decided.state.tombstones,
            ledger: decided.state.ledger,
            ..self.dreamt.clone()
        };
        store.prior = store.prior.after(dreamt);
        store
    }

    /// Reviews the dream that is dreamt of the same sessions next.
    fn again(&self, decisions: &Decisions) -> Self {
        Self::of(self.after(decisions), self.sessions.clone())
    }

    fn id(&self, happening: Happening) -> String {
        let item = self.review.items().iter().find(|item| item.happening == happening);
        item.unwrap_or_else(|| panic!("{happening:?}: {:#?}", self.review.items())).id.clone()
    }
}

/// A memory with a person's text, a bit of everything in the sessions: nothing but new notes.
fn first() -> Asked {
    Asked::of(Store::of(&[("notes/tools.md", MINE), ("MEMORY.md", "# Read me\n")]), garden())
}

fn stuck(name: &str, days: std::ops::Range<i64>) -> Vec<Transcript> {
    let line = "the valve is stuck in its seat";
    days.map(|day| {
        let session = Session::new(format!("{name}-{day}")).task(format!("{name} {day}")).day(day);
        session.error("open_valve", json!({ "valve": "north" }), line).build()
    })
    .collect()
}

fn fine(days: std::ops::Range<i64>) -> Vec<Transcript> {
    days.map(|day| {
        let session = Session::new(format!("fine-{day}")).task(format!("fine {day}")).day(day);
        session.ok("open_valve", json!({ "valve": "north" }), "open").build()
    })
    .collect()
}

/// A later dream: notes with new counts, new ones, one that goes to the archive.
fn later() -> Asked {
    let mut store = Store::of(&[("notes/tools.md", MINE), ("MEMORY.md", "# Read me\n")]);
    store.dream(&[stuck("first", 0..5), fine(0..5), garden()].concat());
    // Two dreams in which it does not happen any more; the second would archive its note.
    store.dream(&fine(40..80));
    let more = sessions("more", 12, |session, at| {
        session
            .error("prune", json!({ "rose": at }), "these shears are blunt today")
            .error("fell_tree", json!({ "tree": at }), "the saw is lent to a neighbour")
            .error("move_pot", json!({ "pot": at }), format!("pot {at} stands in somebody else's bed"))
    });
    Asked::of(store, [more, fine(100..140)].concat())
}

/// Everything of a memory but blocks and the index, by file: a person's text, and headings.
fn around_blocks(memory: &Memory) -> BTreeMap<String, String> {
    let edits: Vec<_> = memory.blocks().into_iter().map(|block| Edit::Remove { id: block.id }).collect();
    let memory = apply(memory, &edits).unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let before_index = |text: String| text.split("<!-- som:index -->").next().unwrap().trim_end().to_owned();
    memory.files().map(|(path, bytes)| (path.to_string(), before_index(text(bytes)))).collect()
}

fn fits(memory: &Memory) {
    for line in memory.index_lines() {
        let block = memory.block(&line.block).unwrap_or_else(|| panic!("{line} names nothing"));
        assert_eq!((&block.path, &block.title), (&line.path, &line.trigger), "{line}");
    }
}

#[test]
fn all_accepted_is_the_dream_and_all_left_is_what_was_there() {
    for asked in [first(), later()] {
        let after = asked.decide(&asked.all(&Decision::Accept));
        assert_eq!(after.memory, asked.dreamt.memory);
        assert_eq!(after.report, asked.dreamt.report);
        assert_eq!(after.state.ledger, asked.dreamt.ledger);
        assert_eq!(after.state.baselines, asked.dreamt.baselines);
        assert_eq!(after.state.tombstones, asked.dreamt.tombstones);

        for none in [Decisions::new(), asked.all(&Decision::Later)] {
            let after = asked.decide(&none);
            assert_eq!(after.memory, asked.store.prior.memory);
            assert_eq!(after.state.baselines, asked.store.prior.baselines);
            assert_eq!(after.report.dream.status, DreamStatus::CompletedEmpty);
        }
    }
    let kinds: Vec<_> = later().review.items().iter().map(|item| item.happening).collect();
    for kind in [Happening::Added, Happening::Changed, Happening::Archived] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    assert!(!kinds.contains(&Happening::Text), "{kinds:?}");
}

#[test]
fn what_is_left_for_later_comes_again_and_what_is_rejected_never() {
    for asked in [first(), later()] {
        let ids: Vec<_> = asked.review.items().iter().map(|item| (item.id.clone(), item.happening)).collect();
        let mut again = asked.again(&asked.all(&Decision::Later));
        for _ in 0..2 {
            let now: Vec<_> =
                again.review.items().iter().map(|item| (item.id.clone(), item.happening)).collect();
            assert_eq!(now, ids);
            again = again.again(&again.all(&Decision::Later));
        }
        let rejected = asked.again(&asked.all(&Decision::Reject));
        // What is worth a line of the index may be another matter now.
        let left: Vec<_> = rejected.review.items().iter().map(|item| item.id.as_str()).collect();
        assert!(left.is_empty() || left == ["/MEMORY.md"], "{left:?}");
        assert_eq!(rejected.dreamt.memory.blocks(), asked.store.prior.memory.blocks());
        // Also when there is more of it.
        let more =
            Asked::of(asked.after(&asked.all(&Decision::Reject)), [garden(), stuck("b", 200..210)].concat());
        assert!(more.review.items().iter().all(|item| !ids.iter().any(|(id, _)| *id == item.id)));
    }
}

#[test]
fn a_note_in_a_persons_words_is_theirs() {
    let asked = first();
    let id = asked.id(Happening::Added);
    let block = BlockId::from(id.as_str());
    let edit = Decision::Edit("### Ask Ivy first\n\n- she knows the house\n".to_owned());
    let store = asked.after(&Decisions::from([(id.clone(), edit)]));
    let written = store.prior.memory.block(&block).unwrap();
    assert_eq!((written.title.as_str(), written.body.as_str()), ("Ask Ivy first", "- she knows the house"));
    assert_eq!(ownership(&store.prior.memory, &store.prior.baselines)[&block], Owner::Person);
    assert!(store.prior.memory.index_lines().iter().any(|line| line.trigger == "Ask Ivy first"));
    let mut next = store.clone();
    let dreamt = next.dream(&asked.sessions);
    assert_eq!(next.prior.memory.block(&block).unwrap().sha256, written.sha256);
    let claim = dreamt.report.claims.iter().find(|claim| claim.id.as_str() == id).unwrap();
    assert_eq!(claim.state, ClaimState::Human);
    // They delete it by hand: a deletion like any other.
    let mut next = store;
    let text = next.read(written.path.as_str());
    let without = [&text[..written.range.start], &text[written.range.end..]].concat();
    next.write(written.path.as_str(), &without);
    assert_eq!(next.dream(&asked.sessions).memory.block(&block), None);

    // The same words are no edit.
    let same = Decision::Edit(source(asked.review.item(&id).unwrap().after.as_ref().unwrap()));
    let mut accepted = asked.all(&Decision::Accept);
    accepted.insert(id, same);
    assert_eq!(asked.decide(&accepted).memory, asked.dreamt.memory);
}

#[test]
fn a_rejected_change_or_farewell_leaves_the_note_as_it_was_and_a_persons() {
    let asked = later();
    for happening in [Happening::Changed, Happening::Archived] {
        let id = asked.id(happening);
        let block = BlockId::from(id.as_str());
        let before = asked.store.prior.memory.block(&block).unwrap();
        let mut decisions = asked.all(&Decision::Accept);
        decisions.insert(id, Decision::Reject);
        let mut store = asked.after(&decisions);
        for round in 0..3 {
            let now = store.prior.memory.block(&block).unwrap();
            assert_eq!((&now.sha256, &now.path), (&before.sha256, &before.path), "round {round}");
            assert_eq!(ownership(&store.prior.memory, &store.prior.baselines)[&block], Owner::Person);
            store.dream(&[garden(), fine(200 + 50 * round..240 + 50 * round)].concat());
        }
    }
}

#[test]
fn what_cannot_be_decided_is_refused() {
    let asked = first();
    let id = asked.id(Happening::Added);
    let refused = |id: &str, decision: Decision| {
        let decisions = Decisions::from([(id.to_owned(), decision)]);
        asked.review.decide(&decisions, &Reviewer::default()).unwrap_err().to_string()
    };
    assert!(refused("m-nope", Decision::Accept).contains("not in this review"));
    for text in ["", "no heading", "### A\n\n### B\n", "### A\n```\nopen", "### A <!-- som:index -->\nx"] {
        if asked.review.check(&id, &Decision::Edit(text.to_owned())).is_ok() {
            // A marker in the heading is dropped, never written.
            let decided = asked.decide(&Decisions::from([(id.clone(), Decision::Edit(text.to_owned()))]));
            assert_eq!(decided.memory.block(&BlockId::from(id.as_str())).unwrap().title, "A");
        }
    }
    assert!(refused(&id, Decision::Edit("### A\n\n### B\n".to_owned())).contains("cannot be used"));
}

#[test]
fn text_around_notes_is_one_item_a_file() {
    let asked = first();
    let path = MemoryPath::new("CLAUDE.md").unwrap();
    let (mut before, mut after) = (asked.store.prior.memory.clone(), asked.dreamt.memory.clone());
    before.insert(path.clone(), &b"- one\n- one\n- two\n"[..]);
    after.insert(path.clone(), &b"- one\n- two\n"[..]);
    let state = state_of(&asked.store);
    let review = Review::new((&before, &state), (&after, &state), &asked.dreamt.report, TOKENS);
    let item = review.item("/CLAUDE.md").unwrap();
    assert_eq!(item.happening, Happening::Text);
    assert!(review.diff(item).contains("-- one\n"), "{}", review.diff(item));
    assert!(review.check("/CLAUDE.md", &Decision::Reject).is_err());
    let only = Decisions::from([("/CLAUDE.md".to_owned(), Decision::Accept)]);
    let decided = review.decide(&only, &Reviewer::default()).unwrap();
    assert_eq!(decided.memory.get(&path), after.get(&path));
    assert!(notes(&decided.memory).next().is_none());
}

#[test]
fn a_frozen_index_stays_and_a_small_one_is_kept_small() {
    let mut store = Store::of(&[("MEMORY.md", "# Read me\n")]);
    store.prior.frozen.0.insert(Place::parse("/MEMORY.md").unwrap());
    let asked = Asked::of(store, garden());
    let one = Decisions::from([(asked.id(Happening::Added), Decision::Accept)]);
    assert_eq!(asked.after(&one).read("MEMORY.md"), "# Read me\n");
}

proptest! {
    #![proptest_config(proptest_config(40))]

    #[test]
    fn any_decisions_keep_what_is_a_persons_and_fit(choices in prop::collection::vec(0..4_u8, 40), second in any::<bool>()) {
        let asked = if second { later() } else { first() };
        let mut decisions = Decisions::new();
        for (item, choice) in asked.review.items().iter().zip(choices.iter().cycle()) {
            let decision = match choice {
                0 => Decision::Accept,
                1 => Decision::Reject,
                2 if item.can_be_edited().is_ok() => Decision::Edit(format!("### Mine {}\n\nMy words.\n", item.id)),
                _ => Decision::Later,
            };
            decisions.insert(item.id.clone(), decision);
        }
        let decided = asked.decide(&decisions);
        let (before, after) = (around_blocks(&asked.store.prior.memory), around_blocks(&decided.memory));
        for (path, text) in &before {
            let now = after.get(path).unwrap_or_else(|| panic!("{path} is gone"));
            prop_assert!(now.starts_with(text.as_str()), "{path}: {text:?} became {now:?}");
        }
        fits(&decided.memory);
        for item in asked.review.items() {
            let (Some(block), decision) = (item.after.as_ref().or(item.before.as_ref()), &decisions[&item.id]) else { continue };
            let there = decided.memory.block(&block.id);
            let bytes = |block: &somnium_memory::Block| (block.path.clone(), block.sha256.clone());
            match decision {
                Decision::Accept => prop_assert_eq!(there.as_ref().map(bytes), item.after.as_ref().map(bytes)),
                Decision::Edit(_) => prop_assert_eq!(there.unwrap().body, "My words."),
                _ => prop_assert_eq!(there.as_ref().map(bytes), item.before.as_ref().map(bytes)),
            }
        }
        // What was rejected stays away, and what is left comes again.
        let again = asked.again(&decisions);
        for item in again.review.items() {
            prop_assert_ne!(decisions.get(&item.id), Some(&Decision::Reject), "{} came back", item.id);
        }
        for (id, decision) in &decisions {
            let comes = again.review.item(id).is_some();
            prop_assert!(comes || *decision != Decision::Later, "{id} does not come again: {:#?}", again.dreamt.report.near_misses);
        }
    }
}

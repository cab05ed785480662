//! From decisions to what is written.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use somnium_memory::store::{State, Tombstone};
use somnium_memory::{Baseline, Memory};
use somnium_types::BlockId;

use super::{
    Decision, Decisions, Happening, Item, Review, ReviewError, Reviewer, index, replay, report, text,
};
use crate::report::Report;
use crate::review::change::Words;

/// What is left of a dream after a review.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// The memory.
    pub memory: Memory,
    /// What dreams remember.
    pub state: State,
    /// What the dream reports, as far as it holds now.
    pub report: Report,
}

impl Review {
    /// Carries decisions out.
    ///
    /// All accepted are the dream's own result, to the byte; none accepted leave the memory as it was, to the byte.
    ///
    /// # Errors
    ///
    /// [`ReviewError`]; nothing is decided then.
    pub fn decide(&self, decisions: &Decisions, reviewer: &Reviewer) -> Result<Decided, ReviewError> {
        decisions.iter().try_for_each(|(id, decision)| self.check(id, decision))?;
        let decisions = self.plain(decisions)?;
        let memory = self.memory_after(&decisions)?;
        let state = self.state_after(&decisions, reviewer);
        let report = report::after(self, &decisions, &memory);
        Ok(Decided { memory, state, report })
    }

    /// Returns a decision for every item; an edit that changes nothing is taken for the agreement that it is.
    fn plain(&self, decisions: &Decisions) -> Result<Vec<(&Item, Decision)>, ReviewError> {
        let of = |item: &Item| {
            let decision = decisions.get(&item.id).cloned().unwrap_or_default();
            let (Decision::Edit(text), Some(after)) = (&decision, &item.after) else { return Ok(decision) };
            let (title, body) = text::block(&after.id, text)
                .map_err(|source| ReviewError::Text { id: item.id.clone(), source })?;
            Ok(if (&title, &body) == (&after.title, &after.body) { Decision::Accept } else { decision })
        };
        self.items.iter().map(|item| Ok((item, of(item)?))).collect()
    }

    fn memory_after(&self, decisions: &[(&Item, Decision)]) -> Result<Memory, ReviewError> {
        if decisions.iter().all(|(_, decision)| *decision == Decision::Accept) {
            return Ok(self.after.clone());
        }
        let mut memory = self.before.clone();
        let (mut blocks, mut kept, mut words) = (BTreeSet::new(), BTreeSet::new(), Words::new());
        let mut is_any = false;
        for (item, decision) in decisions {
            match decision {
                Decision::Reject | Decision::Later => {
                    kept.extend(item.blocks.iter().cloned());
                    continue;
                }
                Decision::Accept if item.happening == Happening::Text => self.take_files(item, &mut memory),
                Decision::Accept => blocks.extend(item.blocks.iter().cloned()),
                Decision::Edit(text) => {
                    let Some(after) = &item.after else { continue };
                    let read = text::block(&after.id, text)
                        .map_err(|source| ReviewError::Text { id: item.id.clone(), source })?;
                    words.insert(after.id.clone(), read);
                    blocks.insert(after.id.clone());
                }
            }
            is_any = true;
        }
        let path = self.before.index_path();
        let memory = replay(&memory, &self.sides, &blocks, &words).map_err(ReviewError::Apart)?;
        if !is_any || self.state.frozen.holding_file(&path).is_some() {
            return Ok(memory);
        }
        let (before, after) = (&self.before, &self.after);
        let lines = index::lines(before, after, &memory, &self.sides, &kept, self.index_tokens);
        index::write(&memory, &lines, before, after).map_err(ReviewError::Apart)
    }

    fn take_files(&self, item: &Item, memory: &mut Memory) {
        for path in &item.files {
            match self.after.get(path) {
                Some(bytes) => memory.insert(path.clone(), bytes),
                None => memory.remove(path),
            }
        }
    }

    fn state_after(&self, decisions: &[(&Item, Decision)], reviewer: &Reviewer) -> State {
        let mut state = self.state.clone();
        for (item, decision) in decisions {
            for id in &item.blocks {
                match decision {
                    Decision::Accept => {}
                    Decision::Edit(_) => take(&mut state, id, self.state.baselines.blocks.get(id)),
                    Decision::Reject if self.sides.before.contains_key(id) => {
                        take(&mut state, id, self.then.baselines.blocks.get(id));
                        put_back(&mut state, &self.then, id);
                    }
                    Decision::Reject => {
                        state.baselines.blocks.remove(id);
                        put_back(&mut state, &self.then, id);
                        self.bury(&mut state, id, reviewer);
                    }
                    Decision::Later => {
                        match self.then.baselines.blocks.get(id) {
                            Some(known) => state.baselines.blocks.insert(id.clone(), known.clone()),
                            None => state.baselines.blocks.remove(id),
                        };
                        put_back(&mut state, &self.then, id);
                        if matches!(item.happening, Happening::Archived | Happening::Removed) {
                            ask_again(&mut state, id);
                        }
                    }
                }
            }
        }
        state
    }

    /// Notes a rejected block as deleted by a person, so that neither it nor one that says nearly the same is written.
    fn bury(&self, state: &mut State, id: &BlockId, reviewer: &Reviewer) {
        let Some(block) = self.sides.after.get(id) else { return };
        let tombstone = Tombstone {
            sha256: block.sha256.clone(),
            path: block.path.clone(),
            dream: None,
            at: reviewer.at,
            by: reviewer.name.clone(),
            why: "rejected in a review".to_owned(),
            sketch: block.sketch(),
        };
        state.tombstones.insert(id.clone(), tombstone);
    }
}

/// Makes a block a person's: what was known of it stays known, so that its deletion would be noticed, too.
fn take(state: &mut State, id: &BlockId, known: Option<&Baseline>) {
    match known {
        Some(known) => {
            state.baselines.blocks.insert(id.clone(), Baseline { taken: true, ..known.clone() });
        }
        None => {
            state.baselines.blocks.remove(id);
        }
    }
}

/// Puts back how far a claim had come. What was counted of it stays counted.
fn put_back(state: &mut State, then: &State, id: &BlockId) {
    let known = then.ledger.get(STANDINGS).and_then(|all| all.get(id.as_str())).cloned();
    let Some(all) = standings(state) else { return };
    match known {
        Some(known) => all.insert(id.to_string(), known),
        None => all.remove(id.as_str()),
    };
}

/// Has the next dream ask again whether a note goes, also where it reads nothing new.
fn ask_again(state: &mut State, id: &BlockId) {
    let standing = standings(state).and_then(|all| all.get_mut(id.as_str()));
    if let Some(Value::Object(standing)) = standing {
        standing.insert("asked".to_owned(), json!(true));
    }
}

/// The field of the ledger. The rest of it is nobody's business here, and stays as it is.
const STANDINGS: &str = "standings";

fn standings(state: &mut State) -> Option<&mut serde_json::Map<String, Value>> {
    state.ledger.get_mut(STANDINGS)?.as_object_mut()
}

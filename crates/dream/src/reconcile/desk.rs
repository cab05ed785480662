//! Carries decisions out, within what people own, what is frozen, and how much one dream may take away.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use somnium_memory::{Block, Edit, Memory, MemoryPath, Owner, apply, ownership};
use somnium_types::{BlockId, DreamId};

use super::decide::{self, Decision, Wish};
use super::duplicates;
use super::found::Found;
use super::records::{self, Record};
use super::report::{Action, EntryOwner, Reconciling};
use crate::Prior;
use crate::propose::{ARCHIVE, Proposal};

/// A memory in the middle of being reconciled.
pub(super) struct Desk<'p> {
    prior: &'p Prior,
    memory: Memory,
    blocks: BTreeMap<BlockId, Block>,
    owners: BTreeMap<BlockId, Owner>,
    /// Blocks that were written.
    written: BTreeSet<BlockId>,
    /// Blocks that a person deleted.
    deleted: BTreeSet<BlockId>,
}

/// What became of a decision.
pub(super) struct Settled {
    pub(super) change: Reconciling,
    /// What is still to be done in the entry's file.
    pub(super) amend: Option<Edit>,
    /// Whether only the limit keeps it.
    pub(super) waits: bool,
}

impl<'p> Desk<'p> {
    pub(super) fn new(proposal: &Proposal, prior: &'p Prior) -> Self {
        let blocks = proposal.memory.blocks().into_iter().map(|block| (block.id.clone(), block));
        Self {
            prior,
            memory: proposal.memory.clone(),
            blocks: blocks.collect(),
            owners: ownership(&prior.memory, &prior.baselines),
            written: BTreeSet::new(),
            deleted: BTreeSet::new(),
        }
    }

    /// Does what can be done without touching the entry's own file: that is for [`Desk::amend`], from the last entry to
    /// the first.
    pub(super) fn settle(
        &mut self,
        found: &[Found],
        number: usize,
        decision: &Decision,
        limit: &mut usize,
    ) -> Settled {
        let one = &found[number];
        let told = |action, why: String| Settled {
            change: change(one, decision, action, why),
            amend: None,
            waits: false,
        };
        let wish = match &decision.wish {
            Wish::Wait => return told(Action::Waiting, decision.why.clone()),
            Wish::Ask => return self.ask(one, decision),
            _ if one.owner == EntryOwner::Person => return self.ask(one, decision),
            wish => wish,
        };
        if let Some(why) = self.obstacle(one) {
            return told(Action::Waiting, format!("{}; {why}", decision.why));
        }
        if decision.loses && *limit == 0 {
            let why = format!("{}; one dream takes no more away", decision.why);
            return Settled { waits: true, ..told(Action::Waiting, why) };
        }
        let Some((text, with)) = self.outcome(found, one, wish) else {
            return told(
                Action::Waiting,
                format!("{}; the text cannot be changed in its place", decision.why),
            );
        };
        let record = self.raw(one).and_then(|raw| records::archived(one, raw, decision, with.as_deref()));
        let Some(block) = record.and_then(|record| self.write(&record)) else {
            return told(
                Action::Waiting,
                format!("{}; its copy cannot be put into the archive", decision.why),
            );
        };
        *limit -= usize::from(decision.loses);
        let action = match wish {
            Wish::Replace(..) => Action::Replaced,
            Wish::Archive(Some(_)) => Action::Merged,
            _ => Action::Archived,
        };
        let entry = &one.entry;
        let (path, range, sha256) = (entry.path.clone(), entry.range.clone(), entry.sha256.clone());
        let mut settled = told(action, decision.why.clone());
        settled.change.with = with;
        settled.change.block = Some(block);
        settled.amend = Some(Edit::Amend { path, range, sha256, text });
        settled
    }

    /// Changes an entry's own file; where that fails, the entry stays and its copy goes.
    pub(super) fn amend(&mut self, amend: Edit, change: &mut Reconciling) {
        match apply(&self.memory, &[amend]) {
            Ok(memory) => self.memory = memory,
            Err(error) => {
                change.action = Action::Waiting;
                change.why = format!("{}; the text cannot be changed in its place: {error}", change.why);
                let block = change.block.take().filter(|id| !self.blocks.contains_key(id));
                if let Some(id) = block
                    && let Ok(memory) = apply(&self.memory, &[Edit::Remove { id: id.clone() }])
                {
                    self.memory = memory;
                    self.written.remove(&id);
                }
            }
        }
    }

    /// Puts questions into the archive that are no questions any more.
    pub(super) fn close_questions(&mut self, changes: &[Reconciling]) {
        let open: BTreeSet<&BlockId> = changes.iter().filter_map(|change| change.block.as_ref()).collect();
        let Ok(path) = MemoryPath::new(&format!("{ARCHIVE}{}", records::QUESTIONS)) else { return };
        let closed = self.blocks.values().filter(|block| {
            records::is_question(&block.id)
                && !open.contains(&block.id)
                && block.path.as_str() == records::QUESTIONS
                && self.owners.get(&block.id) == Some(&Owner::Ours)
                && self.prior.frozen.holding(block).is_none()
        });
        let closed: Vec<BlockId> = closed.map(|block| block.id.clone()).collect();
        for id in closed {
            let edit = Edit::Move { id: id.clone(), path: path.clone(), section: None };
            if let Ok(memory) = apply(&self.memory, &[edit]) {
                self.memory = memory;
                self.written.insert(id);
            }
        }
    }

    /// Hands the memory back, and who wrote what.
    pub(super) fn finish(self, proposal: &mut Proposal, dream: &DreamId) {
        proposal.memory = self.memory;
        proposal.baselines.record(&proposal.memory, &self.written, dream);
        proposal.deleted.extend(self.deleted);
    }

    fn ask(&mut self, one: &Found, decision: &Decision) -> Settled {
        let record = self.raw(one).and_then(|raw| records::asked(one, raw, decision));
        // What must not be copied is still told, without its text.
        let record = record.filter(|_| one.may_be_copied());
        let block = record.and_then(|record| self.write(&record));
        let mut change = change(one, decision, Action::Asked, decision.why.clone());
        change.block = block;
        Settled { change, amend: None, waits: false }
    }

    /// Returns what keeps an agent's entry from being changed.
    fn obstacle(&self, one: &Found) -> Option<String> {
        if let Some(place) = self.prior.frozen.holding_file(&one.entry.path) {
            return Some(format!("`{place}` is frozen"));
        }
        (!one.may_be_copied()).then(|| "it holds what must not be copied".to_owned())
    }

    /// Returns what stands in the place of an entry afterwards, and what says it now.
    fn outcome(&self, found: &[Found], one: &Found, wish: &Wish) -> Option<(Option<String>, Option<String>)> {
        match wish {
            Wish::Replace(slot, value) if decide::is_plain(value) => {
                let raw = self.raw(one)?;
                let range = place_in_raw(one, raw, *slot)?;
                let text = [&raw[..range.start], value, &raw[range.end..]].concat();
                Some((Some(text), duplicates::replaced(one, *slot, value)))
            }
            Wish::Archive(with) => Some((None, with.map(|with| found[with].entry.text.clone()))),
            _ => None,
        }
    }

    fn raw(&self, one: &Found) -> Option<&str> {
        // The file as the dream found it: blocks are added elsewhere in it, and entries are found in what comes of that.
        let bytes = self.memory.get(&one.entry.path)?.get(one.entry.range.clone())?;
        std::str::from_utf8(bytes).ok()
    }

    /// Writes a block, unless a person took it over or deleted it. Returns its id where it is there afterwards.
    fn write(&mut self, record: &Record) -> Option<BlockId> {
        let id = &record.id;
        if self.prior.tombstones.contains_key(id) || self.owners.get(id) == Some(&Owner::Deleted) {
            self.deleted.insert(id.clone());
            return None;
        }
        let there = self.blocks.get(id);
        if there.is_some() && (self.owners.get(id) == Some(&Owner::Person) || record.is_kept_as_it_is()) {
            return Some(id.clone());
        }
        if self.prior.frozen.holding_file(&record.path).is_some() {
            return None;
        }
        let edits = record.edits(there);
        if edits.is_empty() {
            return Some(id.clone());
        }
        self.memory = apply(&self.memory, &edits).ok()?;
        self.written.insert(id.clone());
        Some(id.clone())
    }
}

fn change(one: &Found, decision: &Decision, action: Action, why: String) -> Reconciling {
    Reconciling {
        action,
        finding: decision.finding,
        owner: one.owner,
        path: format!("/{}", one.entry.path),
        text: records::shown(&one.entry.text),
        with: None,
        why,
        block: None,
        evidence: decision.places.clone(),
    }
}

/// Returns where a value stands in an entry's bytes, which may be several lines behind a bullet.
fn place_in_raw(one: &Found, raw: &str, slot: usize) -> Option<Range<usize>> {
    let text = &one.entry.text;
    let value = one.reading.values.get(slot)?;
    let first = text.split_whitespace().next()?;
    let body = raw.find(first)?;
    let before = text[..value.range.start].matches(value.text.as_str()).count();
    let (at, found) = raw[body..].match_indices(value.text.as_str()).nth(before)?;
    Some(body + at..body + at + found.len())
}

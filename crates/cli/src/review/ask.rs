//! The conversation: one item after the other, a key for each decision.

use std::collections::BTreeMap;

use somnium_dream::review::{Decision, Item, source};
use somnium_memory::store::Folder;

use super::keys::Keys;
use super::{Done, Sitting, name, show};
use crate::editor;
use crate::fault::Fault;
use crate::screen::{Line, Paint, Screen};
use crate::words::count;

/// How a conversation ended.
pub(crate) enum Ended {
    /// What was decided is published.
    Published(Done),
    /// It was left; what was decided waits with the proposal.
    Kept {
        /// Items that are decided.
        decided: usize,
        /// All items.
        of: usize,
    },
}

const KEYS: &str = "[a]ccept  [e]dit  [r]eject  [l]ater  [b]ack  [q]uit  [?] help";

/// Decisions after which they are kept, so that no more are lost with a terminal. Each time adds a line to the history.
const KEPT_EVERY: usize = 10;

const HELP: [(&str, &str); 8] = [
    ("a", "accept: write it as the dream has it"),
    ("e", "edit: write it in your words, in $VISUAL or $EDITOR; the note is yours then"),
    ("r", "reject: a new note does not come back; a note that is there stays as it is, and is yours"),
    ("l", "later: do not write it now; the next dream asks again"),
    ("b", "go back to the one before"),
    ("A", "accept this one and all that follow"),
    ("L", "leave this one and all that follow for later"),
    ("q", "save what was decided and quit; `somnium memory review` goes on from there"),
];

/// Asks about every item that was not decided, and publishes what a person confirms at the end.
///
/// # Errors
///
/// What publishing or keeping the decisions returns. Where it is the screen that is gone, what was decided is kept.
pub(crate) fn ask(sitting: &mut Sitting, folder: &mut Folder, screen: &mut Screen) -> Result<Ended, Fault> {
    let ended = converse(sitting, folder, screen);
    if matches!(ended, Err(Fault::ClosedPipe)) {
        sitting.keep(folder)?;
    }
    ended
}

fn converse(sitting: &mut Sitting, folder: &mut Folder, screen: &mut Screen) -> Result<Ended, Fault> {
    let keys = Keys::here();
    let all = sitting.items().len();
    let undecided = sitting.items().iter().position(|item| sitting.decided(item).is_none());
    let mut at = undecided.unwrap_or(all);
    let mut is_shown = None;
    let mut kept = sitting.decisions.len();
    loop {
        // A connection may break.
        if sitting.decisions.len() >= kept + KEPT_EVERY {
            sitting.keep(folder)?;
            kept = sitting.decisions.len();
        }
        if at < all {
            let item = sitting.items()[at].clone();
            if is_shown != Some(at) {
                show::item(sitting, at, &item, screen)?;
                is_shown = Some(at);
            }
            let before = sitting.decided(&item).map_or(String::new(), |known| format!("({}) ", name(known)));
            match answer(&keys, &format!("{KEYS}\n{before}> "), screen)? {
                Some('a') => at = decide(sitting, &item, Decision::Accept, at, screen)?,
                Some('r') => at = decide(sitting, &item, Decision::Reject, at, screen)?,
                Some('l') => at = decide(sitting, &item, Decision::Later, at, screen)?,
                Some('e') => at = edit(sitting, &item, at, screen)?,
                Some('b') => at = at.saturating_sub(1),
                Some(rest @ ('A' | 'L')) => {
                    let decision = if rest == 'A' { Decision::Accept } else { Decision::Later };
                    let ids: Vec<_> = sitting.items()[at..].iter().map(|item| item.id.clone()).collect();
                    sitting.decisions.extend(ids.into_iter().map(|id| (id, decision.clone())));
                    at = all;
                }
                Some('?') => help(screen)?,
                Some('q') | None => return keep(sitting, folder),
                Some(_) => {}
            }
        } else {
            is_shown = None;
            let question = format!("{}\n[y] publish  [b]ack  [q]uit\n> ", summary(sitting));
            screen.blank()?;
            match answer(&keys, &question, screen)? {
                Some('y' | 'Y') => return Ok(Ended::Published(sitting.publish(folder)?)),
                Some('b') => at = all.saturating_sub(1),
                Some('q') | None => return keep(sitting, folder),
                Some(_) => {}
            }
        }
    }
}

/// Asks, and shows what was answered where the terminal does not.
fn answer(keys: &Keys, question: &str, screen: &mut Screen) -> Result<Option<char>, Fault> {
    let (lines, prompt) = question.rsplit_once('\n').unwrap_or(("", question));
    for line in lines.lines() {
        screen.wrapped(0, line)?;
    }
    screen.ask(prompt)?;
    let answer = keys.next()?;
    let echo = if keys.is_silent() { answer.unwrap_or(' ').to_string() } else { String::new() };
    screen.line(Line::from(echo))?;
    Ok(answer)
}

fn decide(
    sitting: &mut Sitting,
    item: &Item,
    decision: Decision,
    at: usize,
    screen: &mut Screen,
) -> Result<usize, Fault> {
    if let Err(error) = sitting.review.check(&item.id, &decision) {
        complain(&error, screen)?;
        return Ok(at);
    }
    sitting.decisions.insert(item.id.clone(), decision);
    Ok(at + 1)
}

/// Opens an item in the editor. What cannot be used is said, and the words are kept.
fn edit(sitting: &mut Sitting, item: &Item, at: usize, screen: &mut Screen) -> Result<usize, Fault> {
    if let Err(error) = item.can_be_edited() {
        complain(&error, screen)?;
        return Ok(at);
    }
    let Some(block) = &item.after else { return Ok(at) };
    let before = match sitting.decided(item) {
        Some(Decision::Edit(text)) => text.clone(),
        _ => source(block),
    };
    screen.flush()?;
    let text = match editor::edit(&item.id, &before) {
        Ok(text) => text,
        Err(fault) => {
            fault.report();
            return Ok(at);
        }
    };
    if text.trim_end() == source(block).trim_end() {
        screen.line("These are the dream's words still: accept them with `a`.")?;
        return Ok(at);
    }
    let decision = Decision::Edit(text.clone());
    if let Err(error) = sitting.review.check(&item.id, &decision) {
        complain(&error, screen)?;
        if let Some(path) = editor::keep_draft(&item.id, &text) {
            screen.line(format!("Your text is in `{path}`."))?;
        }
        return Ok(at);
    }
    sitting.decisions.insert(item.id.clone(), decision);
    Ok(at + 1)
}

fn complain(error: &dyn std::error::Error, screen: &mut Screen) -> Result<(), Fault> {
    let cause = error.source().map_or(String::new(), |cause| format!(": {cause}"));
    screen.wrapped(0, Line::new().with(Paint::Warn, error.to_string()).plain(cause))?;
    Ok(())
}

fn help(screen: &mut Screen) -> Result<(), Fault> {
    for (key, what) in HELP {
        screen.item(&format!("  {key}  "), what)?;
    }
    Ok(())
}

fn keep(sitting: &Sitting, folder: &mut Folder) -> Result<Ended, Fault> {
    sitting.keep(folder)?;
    Ok(Ended::Kept { decided: sitting.decisions.len(), of: sitting.items().len() })
}

/// Returns what was decided, in one line.
fn summary(sitting: &Sitting) -> String {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for item in sitting.items() {
        *counts.entry(sitting.decided(item).map_or("later", name)).or_default() += 1;
    }
    let words = [("accept", "accepted"), ("edit", "edited"), ("reject", "rejected"), ("later", "for later")];
    let parts = words.iter().filter_map(|(name, word)| Some(format!("{} {word}", counts.get(name)?)));
    format!("{}: {}.", count(sitting.items().len() as u64, "decision"), parts.collect::<Vec<_>>().join(", "))
}

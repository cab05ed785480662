//! What the user is told: figures that every good session of a task states and a failing one never does, where the
//! user asked for a figure.

use std::collections::BTreeSet;

use somnium_types::Actor;

use super::Shown;
use super::tasks::Task;
use super::view::View;
use crate::normalise::Quote;

/// Words by which a user asks for a figure, in lower case. English; a wording that is missing here is not noticed.
const ASKS: &[&str] =
    &["how much", "how many", "total", "what is the price", "what's the price", "the cost of", "the amount"];

/// Looks for figures that sessions leave out, in tasks that ended both ways and whose user asked for one.
pub(crate) fn untold(tasks: &[Task], views: &[View<'_>], without: Option<usize>) -> Shown {
    let mut untold = Shown::default();
    for (number, task) in tasks.iter().enumerate().filter(|(number, _)| Some(*number) != without) {
        let asking: Vec<bool> = task.members.iter().map(|at| question(&views[*at]).is_some()).collect();
        if !asking.contains(&true) {
            continue;
        }
        let said: Vec<BTreeSet<&str>> =
            task.members.iter().map(|at| figures(&views[*at], Actor::Agent)).collect();
        let asked = task.members.iter().map(|at| figures(&views[*at], Actor::User));
        let told: Vec<BTreeSet<&str>> =
            said.iter().zip(asked).map(|(said, asked)| said.difference(&asked).copied().collect()).collect();
        for (a, &at) in task.members.iter().enumerate().filter(|(a, _)| asking[*a]) {
            let others = (0..said.len()).filter(|b| *b != a && !task.failed[*b]);
            let Some(common) = common(others.map(|b| told[b].clone())) else {
                continue;
            };
            let leaves_out = common.iter().any(|figure| !said[a].contains(figure));
            if task.failed[a] {
                untold.could += 1;
                if leaves_out {
                    untold.failing.insert(at);
                    untold.tasks.insert(number);
                }
            } else {
                untold.good_could += 1;
                untold.good += u64::from(leaves_out);
            }
        }
    }
    untold
}

/// Whether a session that was not mined leaves out what all good sessions of its task state.
pub(crate) fn leaves_out(view: &View<'_>, good: &[&View<'_>]) -> bool {
    if question(view).is_none() {
        return false;
    }
    let told = good
        .iter()
        .map(|good| figures(good, Actor::Agent).difference(&figures(good, Actor::User)).copied().collect());
    let said = figures(view, Actor::Agent);
    common(told).is_some_and(|common| common.iter().any(|figure| !said.contains(figure)))
}

fn common<'f>(mut sets: impl Iterator<Item = BTreeSet<&'f str>>) -> Option<BTreeSet<&'f str>> {
    let first = sets.next()?;
    Some(sets.fold(first, |common, set| common.intersection(&set).copied().collect()))
}

fn figures<'v>(view: &View<'v>, by: Actor) -> BTreeSet<&'v str> {
    let turns = view.session.turns.iter().filter(|turn| turn.by == by);
    turns.flat_map(|turn| &turn.figures).map(String::as_str).collect()
}

/// Returns the clause in which the user asks for a figure.
pub(crate) fn question<'v>(view: &View<'v>) -> Option<&'v Quote> {
    let turns = view.session.turns.iter().filter(|turn| turn.by == Actor::User);
    turns.flat_map(|turn| &turn.clauses).find(|clause| {
        let text = clause.text.to_lowercase();
        ASKS.iter().any(|words| text.contains(words))
    })
}

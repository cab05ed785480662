//! What was made of entries that a memory had without markers, in words.

use std::io;

use somnium_dream::{Action, Reconciled, Reconciling};

use crate::screen::{Line, Screen};
use crate::words::{count, number};

/// Prints the section of a dream's result; nothing where nothing was done.
pub(crate) fn print(reconciled: &Reconciled, most: usize, screen: &mut Screen) -> io::Result<()> {
    if reconciled.changes.is_empty() {
        return Ok(());
    }
    screen.blank()?;
    let head = Line::new().strong("Reconciled").plain(format!(
        ": {} by agents, {} of them borne out by sessions; {} by people, left as they are",
        count(reconciled.agents, "entry"),
        number(reconciled.verified),
        number(reconciled.people),
    ));
    screen.wrapped(0, head)?;
    for change in reconciled.changes.iter().take(most) {
        item("  - ", change, screen)?;
    }
    let left = reconciled.changes.len().saturating_sub(most);
    if left > 0 {
        screen.wrapped(4, format!("and {left} more; `somnium dreams show --json` has them all"))?;
    }
    Ok(())
}

/// Prints one entry and what became of it.
pub(crate) fn item(mark: &str, change: &Reconciling, screen: &mut Screen) -> io::Result<()> {
    let mut line = Line::new().plain(done(change)).name(&change.path).plain(": ").plain(&change.text);
    if let Some(with) = &change.with {
        line = line.plain(" → ").plain(with);
    }
    screen.item(mark, line.faint(format!("  ({})", change.why)))
}

/// Says what was done, up to the place.
fn done(change: &Reconciling) -> &'static str {
    match change.action {
        Action::Merged => "merged in ",
        Action::Replaced => "replaced in ",
        Action::Archived => "archived from ",
        Action::Asked => "asked in conflicts.md about ",
        Action::Waiting => "waiting in ",
    }
}

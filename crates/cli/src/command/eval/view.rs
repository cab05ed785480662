//! An evaluation as people read it.

use std::io;

use somnium_dream::ClaimKind;
use somnium_dream::eval::{ClaimFate, Evaluation, Fate, NextAction, PartOf};

use super::Evaluated;
use crate::screen::{Line, Screen};
use crate::words::{count, number};

/// Actions that are listed for people.
const TOP_ACTIONS: usize = 10;

/// Prints the totals, then a table of the claims.
pub(super) fn print(evaluated: &Evaluated, screen: &mut Screen) -> io::Result<()> {
    let evaluation = &evaluated.evaluation;
    let Evaluation { sessions, judged, failed, .. } = *evaluation;
    let judged = match judged {
        0 => "none of them judged".to_owned(),
        n => format!("{} judged, {} of them failed", number(n), number(failed)),
    };
    let claims = count(evaluation.claims.len() as u64, "claim");
    let line = Line::new().plain(format!("{claims} of dream ")).strong(evaluated.dream.as_str());
    screen.wrapped(0, line.plain(format!(" in {}; {judged}.", count(sessions, "session"))))?;
    if evaluated.cited > 0 {
        let cited = format!(
            "{} of these sessions are among the evidence of the claims: figures of other sessions say more.",
            number(evaluated.cited)
        );
        screen.wrapped(0, cited)?;
    }
    screen.blank()?;
    totals(evaluation, screen)?;
    if !evaluation.claims.is_empty() {
        screen.blank()?;
        table(&evaluation.claims, screen)?;
    }
    match &evaluated.next_action {
        Some(next) => foretold(next, screen),
        None => Ok(()),
    }
}

fn totals(evaluation: &Evaluation, screen: &mut Screen) -> io::Result<()> {
    let kinds = evaluation.recurrence_by_kind.iter();
    let kinds: Vec<String> =
        kinds.map(|(kind, part)| format!("{} {}", plural(*kind), share(*part))).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    total("seen again", &format!("{} claims{kinds}", share(evaluation.recurrence)), screen)?;
    let coverage = &evaluation.coverage;
    let explained = format!(
        "{} failing steps, {} failed sessions, {} stretches of work",
        share(coverage.failing_steps),
        share(coverage.failed_sessions),
        share(coverage.stretches),
    );
    total("explained", &explained, screen)?;
    let Some(fate) = &evaluation.mistakes else { return Ok(()) };
    let outcome = format!(
        "sessions with a known mistake went wrong {} of {} times, the others {} of {}: lift {}",
        number(fate.fail_with),
        number(fate.with),
        number(fate.fail_without),
        number(fate.without),
        lift(fate),
    );
    total("outcome", &outcome, screen)
}

fn total(name: &str, text: &str, screen: &mut Screen) -> io::Result<()> {
    screen.item(&format!("{name:<11} "), text)
}

/// One line a claim; columns as wide as what is in them.
fn table(claims: &[ClaimFate], screen: &mut Screen) -> io::Result<()> {
    let head = ["seen in", "lift (95%)", "q"].map(str::to_owned);
    let rows: Vec<[String; 3]> = claims.iter().map(cells).collect();
    let width = |at: usize| rows.iter().chain([&head]).map(|row| row[at].len()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    let padded = |row: &[String; 3]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}  "));
        cells.collect::<String>()
    };
    screen.cut(Line::new().strong(padded(&head)).strong("claim"))?;
    for (claim, row) in claims.iter().zip(&rows) {
        let line = Line::new().plain(padded(row)).name(claim.id.as_str()).plain("  ").plain(&claim.title);
        screen.cut(line)?;
    }
    Ok(())
}

/// Prints how often the next action was foretold, in all and by action.
fn foretold(next: &NextAction, screen: &mut Screen) -> io::Result<()> {
    screen.blank()?;
    let text = format!(
        "named first {}, among three {}; always naming the commonest {}",
        share(next.first),
        share(next.three),
        share(next.commonest),
    );
    total("next action", &text, screen)?;
    let shown = next.actions.iter().take(TOP_ACTIONS);
    let width = shown.clone().map(|action| share(action.first).len()).max().unwrap_or(0);
    for action in shown {
        screen.cut(
            Line::new().plain(format!("{:<12}{:<width$}  ", "", share(action.first))).name(&action.action),
        )?;
    }
    let rest = next.actions.len().saturating_sub(TOP_ACTIONS);
    if rest > 0 {
        screen.line(format!("{:<12}and {} more; `--json` lists them", "", count(rest as u64, "action")))?;
    }
    Ok(())
}

fn cells(claim: &ClaimFate) -> [String; 3] {
    if !claim.checked {
        return ["not checked".to_owned(), "-".to_owned(), "-".to_owned()];
    }
    let fate = claim.outcome.as_ref();
    [
        share(claim.sessions),
        fate.map_or_else(|| "-".to_owned(), lift),
        fate.map_or_else(|| "-".to_owned(), |fate| format!("{:.3}", fate.q)),
    ]
}

fn share(part: PartOf) -> String {
    format!("{} of {}", number(part.n), number(part.of))
}

fn lift(fate: &Fate) -> String {
    match fate.interval {
        Some((low, high)) => format!("{:.2} ({low:.2}-{high:.2})", fate.lift),
        None => format!("{:.2}", fate.lift),
    }
}

fn plural(kind: ClaimKind) -> &'static str {
    match kind {
        ClaimKind::Mistake => "mistakes",
        ClaimKind::Workflow => "workflows",
        ClaimKind::Preference => "preferences",
    }
}

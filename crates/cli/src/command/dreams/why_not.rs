//! `somnium dreams why-not`.

use std::process::ExitCode;

use serde::Serialize;
use somnium_dream::{NearMiss, Reconciling, ReportedClaim, Retired, Signature};

use crate::claim_view;
use crate::command::Outcome;
use crate::memory_folder::{MemoryArgs, dream_or_latest, record};
use crate::reconciled_view;
use crate::record::RunRecord;
use crate::screen::{Line, Screen};
use crate::words::shell;

/// Says why something is not in the memory: what was nearly learnt or refused, and what was missing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium dreams why-not 'command not found' --memory memory")]
pub(crate) struct Args {
    /// Words to look for, in any case and order
    #[arg(required = true, value_name = "TEXT")]
    words: Vec<String>,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    /// Blocks that say it already.
    learnt: Vec<Learnt<'a>>,
    /// Notes in the archive.
    retired: Vec<&'a Retired>,
    /// Entries without markers, and what became of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reconciled: Vec<&'a Reconciling>,
    /// What was counted and not written.
    refused: Vec<&'a NearMiss>,
}

#[derive(Debug, Serialize)]
struct Learnt<'a> {
    id: &'a str,
    title: &'a str,
    path: &'a str,
    /// What keeps it from the next state.
    waits: Option<&'a str>,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let folder = self.memory.open()?;
        let record = record(&folder, &dream_or_latest(&folder, None)?.id)?;
        let text = self.words.join(" ").to_lowercase();
        let words: Vec<_> = text.split_whitespace().collect();
        let answer = Answer::find(&record, &words);
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&answer)?
        } else {
            answer.print(&self.memory, &mut screen)?
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

impl<'a> Answer<'a> {
    fn find(record: &'a RunRecord, words: &[&str]) -> Self {
        let all_in = |text: &str| {
            let text = text.to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let learnt = record.report.claims.iter().filter(|claim| all_in(&searched(claim)));
        let learnt = learnt
            .map(|claim| Learnt {
                id: claim.id.as_str(),
                title: &claim.title,
                path: &claim.path,
                waits: claim.why.as_deref(),
            })
            .collect();
        let mut refused: Vec<_> = record
            .refused()
            .filter(|miss| all_in(&format!("{} {} {}", miss.id, miss.title, miss.why)))
            .collect();
        refused.dedup();
        let retired = record.report.retired.iter();
        let retired =
            retired.filter(|note| all_in(&format!("{} {} {}", note.id, note.title, note.why))).collect();
        let changes = record.report.reconciled.changes.iter();
        let reconciled =
            changes.filter(|change| all_in(&format!("{} {} {}", change.path, change.text, change.why)));
        Self { learnt, retired, reconciled: reconciled.collect(), refused }
    }

    fn print(&self, memory: &MemoryArgs, screen: &mut Screen) -> std::io::Result<()> {
        let has_notes = !(self.learnt.is_empty() && self.retired.is_empty());
        if !has_notes && self.reconciled.is_empty() && self.refused.is_empty() {
            return screen.wrapped(0, "Nothing like that was seen in the sessions of the latest dream.");
        }
        for learnt in &self.learnt {
            let line = Line::from("Learnt: ")
                .strong(learnt.title)
                .faint(format!("  {} in {}", learnt.id, learnt.path));
            screen.wrapped(0, line)?;
            if let Some(why) = learnt.waits {
                screen.wrapped(2, Line::from("not yet confirmed: ").plain(why))?;
            }
        }
        for note in &self.retired {
            let line =
                Line::from("Archived: ").strong(&note.title).faint(format!("  {} in {}", note.id, note.path));
            screen.wrapped(0, line)?;
            screen.wrapped(2, Line::from("because: ").plain(&note.why))?;
        }
        for change in &self.reconciled {
            reconciled_view::item("", change, screen)?;
        }
        for miss in &self.refused {
            screen
                .wrapped(0, Line::from("Not learnt: ").strong(&miss.title).faint(format!("  {}", miss.id)))?;
            screen.wrapped(2, Line::from("because: ").plain(&miss.why))?;
        }
        if let Some(learnt) = self.learnt.first() {
            let folder = shell(&memory.path().display().to_string());
            screen.blank()?;
            screen
                .line(Line::new().name(format!("somnium dreams explain {} --memory {folder}", learnt.id)))?;
        }
        Ok(())
    }
}

/// Returns the text of a claim in which words are looked for.
fn searched(claim: &ReportedClaim) -> String {
    let fix = claim_view::fix(claim).unwrap_or_default();
    let signature = match &claim.signature {
        Signature::Mistake(mistake) => {
            let template = mistake.template.as_deref().unwrap_or_default();
            format!("{} {} {template}", mistake.tool, mistake.class)
        }
        Signature::Workflow(workflow) => {
            let steps: Vec<&str> = workflow.steps.iter().map(|step| step.tool.as_str()).collect();
            steps.join(" ")
        }
        Signature::Preference(preference) => {
            format!("{} {} {}", preference.situation, preference.attribute, preference.value)
        }
    };
    format!("{} {} {} {signature} {fix}", claim.id, claim.title, claim.text)
}

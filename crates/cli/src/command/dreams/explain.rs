//! `somnium dreams explain`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use serde::Serialize;
use somnium_dream::{
    Blame, ClaimState, EvidenceRef, Health, MistakeSignature, Reconciling, ReportedClaim, Retired, Signature,
    Support,
};
use somnium_memory::{Block, Owner, ownership, store::Folder};
use somnium_types::{BlockId, DreamId, Timestamp};

use crate::claim_view;
use crate::command::Outcome;
use crate::fault::Fault;
use crate::memory_folder::{MemoryArgs, dream_time, dreams};
use crate::reconciled_view;
use crate::record::RunRecord;
use crate::screen::{Line, Paint, Screen};
use crate::words::{count, number};

/// Says where a note comes from: what was counted, every place in the sessions that is kept, and which dreams
/// wrote it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium dreams explain m-7f3a --memory memory")]
pub(crate) struct Args {
    /// The block's id, as in its `<!-- som:ID -->` marker
    #[arg(value_name = "BLOCK")]
    block: String,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Everything that is known about one block.
#[derive(Debug, Serialize)]
struct Explanation<'a> {
    id: &'a BlockId,
    /// Whose the block is now: `ours`, `person`, `deleted`.
    owner: Option<&'static str>,
    /// Where it is now.
    path: Option<String>,
    /// The claim as the last dream that reports it had it.
    claim: Option<&'a ReportedClaim>,
    /// Why its block is in the archive.
    retired: Option<&'a Retired>,
    /// The entry that it keeps, or asks about.
    #[serde(skip_serializing_if = "Option::is_none")]
    reconciled: Option<&'a Reconciling>,
    /// The dreams that report it, oldest first.
    history: Vec<Mention<'a>>,
    #[serde(skip)]
    block: Option<&'a Block>,
}

/// A dream that reports a claim.
#[derive(Debug, Serialize)]
struct Mention<'a> {
    dream: &'a DreamId,
    at: Timestamp,
    state: ClaimState,
    support: Support,
    undone: bool,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        let folder = self.memory.open()?;
        let id = BlockId::from(self.block.trim_start_matches("som:"));
        let dreams = dreams(&folder);
        let block = folder.memory().block(&id);
        let known: Vec<_> = dreams
            .iter()
            .filter_map(|(dream, record)| Some((*dream, record.as_ref()?.claim(id.as_str())?)))
            .collect();
        let last =
            dreams.iter().rev().filter(|(dream, _)| !dream.undone).find_map(|(_, record)| record.as_ref());
        if block.is_none() && known.is_empty() {
            return Err(unknown(&id, &folder, last));
        }
        let explanation = Explanation {
            id: &id,
            owner: owner(&folder, &id),
            path: block.as_ref().map(|block| format!("/{}", block.path)),
            claim: known.last().map(|(_, claim)| *claim),
            retired: last.and_then(|record| record.retired(id.as_str())),
            reconciled: dreams.iter().rev().find_map(|(_, record)| record.as_ref()?.reconciled(id.as_str())),
            history: known
                .iter()
                .map(|(dream, claim)| Mention {
                    dream: &dream.id,
                    at: dream.at,
                    state: claim.state,
                    support: claim.support,
                    undone: dream.undone,
                })
                .collect(),
            block: block.as_ref(),
        };
        let mut screen = Screen::stdout();
        if self.json {
            screen.json(&explanation)?
        } else {
            explanation.print(&mut screen)?
        }
        screen.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

fn owner(folder: &Folder, id: &BlockId) -> Option<&'static str> {
    ownership(folder.memory(), &folder.state().baselines).get(id).map(|owner| match owner {
        Owner::Ours => "ours",
        Owner::Person => "person",
        Owner::Deleted => "deleted",
    })
}

/// Returns the error for an id without a block; a near miss of that id says what was missing.
fn unknown(id: &BlockId, folder: &Folder, last: Option<&RunRecord>) -> Fault {
    let fault = Fault::new("SOM020", format!("no block `{id}` in `{}`", folder.root().display()));
    match last.and_then(|record| record.refused().find(|miss| miss.id.as_str() == id.as_str())) {
        Some(miss) => fault.because(format!("{}: {}", miss.title, miss.why)),
        None => {
            fault.hint("`somnium memory ls` lists the blocks, `somnium dreams why-not TEXT` the near misses")
        }
    }
}

impl Explanation<'_> {
    fn print(&self, screen: &mut Screen) -> std::io::Result<()> {
        let title =
            self.block.map(|block| block.title.as_str()).or(self.claim.map(|claim| claim.title.as_str()));
        screen
            .wrapped(0, Line::new().name(self.id.as_str()).plain("  ").strong(title.unwrap_or_default()))?;
        let place = self.path.as_deref().unwrap_or("not in the memory now");
        let owner = match self.owner {
            Some("ours") => ", as a dream wrote it",
            Some("person") => ", written or changed by a person",
            _ => "",
        };
        screen.wrapped(0, format!("{place}{owner}"))?;
        if let Some(block) = self.block {
            screen.blank()?;
            screen.text(2, &block.body)?;
        }
        if let Some(change) = self.reconciled {
            screen.blank()?;
            reconciled_view::item("", change, screen)?;
            return print_evidence(&change.evidence, screen);
        }
        let Some(claim) = self.claim else {
            screen.blank()?;
            return screen.wrapped(0, "No dream of this folder reports it: a person wrote it.");
        };
        self.print_counts(claim, screen)?;
        print_evidence(&claim.evidence, screen)?;
        self.print_history(screen)
    }

    fn print_counts(&self, claim: &ReportedClaim, screen: &mut Screen) -> std::io::Result<()> {
        screen.blank()?;
        let mut rows = vec![
            ("state", Some(claim_view::state(self.state(claim)).to_owned())),
            ("because", self.retired.map(|retired| retired.why.clone())),
            ("waits", claim.why.clone()),
            ("seen", Some(claim_view::counts(&claim.support))),
            ("shown", claim_view::shown(&claim.health)),
            ("rates", rates(&claim.health)),
        ];
        rows.extend(of_kind(claim));
        rows.push(("outcome", claim.outcome.as_ref().map(claim_view::ended)));
        rows.push(("lift", claim.outcome.as_ref().map(|o| format!("{:.2} (q = {:.3})", o.lift, o.q))));
        if let Signature::Mistake(mistake) = &claim.signature {
            rows.push(("cost", cost(mistake)));
        }
        for (name, value) in rows {
            if let Some(value) = value {
                screen.wrapped(0, Line::new().faint(format!("{name:>8}")).plain("  ").plain(value))?;
            }
        }
        Ok(())
    }

    /// Returns how far the claim has come: in the archive further than when it was last reported.
    fn state(&self, claim: &ReportedClaim) -> ClaimState {
        self.retired.map_or(claim.state, |retired| retired.state)
    }

    fn print_history(&self, screen: &mut Screen) -> std::io::Result<()> {
        screen.blank()?;
        screen.line(Line::new().strong("History"))?;
        for mention in &self.history {
            let line = Line::from("  ").name(mention.dream.as_str()).plain(format!(
                "{}  {}, {}",
                dream_time(mention.at),
                claim_view::state(mention.state),
                count(mention.support.sessions, "session"),
            ));
            let line = if mention.undone { line.with(Paint::Warn, ", undone since") } else { line };
            screen.wrapped(0, line)?;
        }
        Ok(())
    }
}

fn print_evidence(evidence: &[EvidenceRef], screen: &mut Screen) -> std::io::Result<()> {
    if evidence.is_empty() {
        return Ok(());
    }
    screen.blank()?;
    let places = count(evidence.len() as u64, "place");
    screen.line(Line::new().strong("Evidence").plain(format!(": {places}")))?;
    let mut order: Vec<_> = evidence.iter().map(|place| &place.session_id).collect();
    let mut seen = BTreeSet::new();
    order.retain(|session| seen.insert(*session));
    for session in order {
        screen.line(Line::from("  session ").name(session.as_str()))?;
        let mut places: Vec<_> = evidence.iter().filter(|place| place.session_id == *session).collect();
        places.sort_by_key(|place| (place.event_index, place.bytes));
        for place in places {
            screen.item(&format!("    event {:>4}  ", place.event_index), &place.quote)?;
        }
    }
    Ok(())
}

/// Returns what is particular to a claim's kind, as rows of a table.
fn of_kind(claim: &ReportedClaim) -> Vec<(&'static str, Option<String>)> {
    match &claim.signature {
        Signature::Mistake(mistake) => vec![
            ("tool", Some(mistake.tool.clone())),
            ("error", Some(mistake.class.replace('-', " "))),
            ("text", mistake.template.clone()),
            ("cause", Some(cause(mistake).to_owned())),
            ("fix", claim_view::fix(claim)),
        ],
        Signature::Workflow(workflow) => {
            let steps: Vec<&str> = workflow.steps.iter().map(|step| step.tool.as_str()).collect();
            vec![("task", workflow.task.clone()), ("steps", Some(steps.join(" → ")))]
        }
        Signature::Preference(preference) => vec![
            ("when", Some(preference.situation.clone())),
            ("what", Some(preference.attribute.clone())),
            ("value", Some(preference.value.clone())),
        ],
    }
}

/// Returns how often the note was gone against, before and since.
fn rates(health: &Health) -> Option<String> {
    let since = health.violation_rate?;
    let before =
        health.rate_before.map_or_else(String::new, |rate| format!("; before it was written {rate:.2}"));
    Some(format!(
        "gone against in {since:.2} of the sessions that were shown it and had the occasion{before}"
    ))
}

fn cause(mistake: &MistakeSignature) -> &'static str {
    match mistake.blame {
        Blame::Environment => "the environment: agents hit it whatever they do",
        Blame::Agent => "the agent's own doing",
        Blame::Specification => "an unclear tool or task",
    }
}

fn cost(mistake: &MistakeSignature) -> Option<String> {
    let wasted = mistake.wasted;
    (wasted.steps > 0).then(|| {
        format!("{}, about {} tokens", count(wasted.steps, "further tool call"), number(wasted.tokens))
    })
}

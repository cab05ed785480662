//! What a person reads after a dream.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use somnium_dream::{DreamStatus, Report};
use somnium_types::BlockId;

use crate::reading::Inputs;
use crate::remarks::Remarks;
use crate::screen::{Line, Paint, Screen};
use crate::words::{count, day, number, shell};
use crate::{claim_view, diff_view, reconciled_view};

/// Claims that are listed; `memory ls` has them all.
const LISTED_CLAIMS: usize = 12;
/// Near misses that are listed, and remarks on the input of each kind.
const LISTED: usize = 5;
/// Lines of the diff on a terminal.
const DIFF_LINES: usize = 80;

/// Where the result of a dream went.
pub(super) enum Whereabouts<'a> {
    /// Nowhere: `--dry-run`.
    Nowhere,
    /// To a new folder.
    Copy(&'a Path),
    /// Into the memory itself.
    InPlace(&'a Path),
}

/// Everything that is shown.
pub(super) struct View<'a> {
    pub(super) report: &'a Report,
    pub(super) inputs: &'a Inputs,
    /// Blocks that the memory had before.
    pub(super) known: &'a BTreeSet<BlockId>,
    pub(super) diff: &'a str,
    pub(super) place: Whereabouts<'a>,
}

impl View<'_> {
    pub(super) fn print(&self, screen: &mut Screen) -> io::Result<()> {
        self.read(screen)?;
        self.asked(screen)?;
        self.verdict(screen)?;
        self.learnt(screen)?;
        self.health(screen)?;
        reconciled_view::print(&self.report.reconciled, LISTED, screen)?;
        self.nearly_learnt(screen)?;
        self.held_back(screen)?;
        self.skipped(screen)?;
        self.changes(screen)?;
        self.whereabouts(screen)?;
        self.next(screen)
    }

    /// What was read, before anything that was learnt.
    pub(super) fn head(&self, screen: &mut Screen) -> io::Result<()> {
        self.read(screen)?;
        self.asked(screen)?;
        self.verdict(screen)
    }

    fn read(&self, screen: &mut Screen) -> io::Result<()> {
        let inputs = self.inputs;
        let line = Line::from("Read ").strong(count(inputs.sessions, "session")).plain(format!(
            " with {} from {}",
            count(inputs.events, "event"),
            count(inputs.files, "file"),
        ));
        let who = [(inputs.agents, "agent"), (inputs.principals, "person")];
        let who: Vec<_> = who.iter().filter(|(n, _)| *n > 0).map(|(n, noun)| count(*n, noun)).collect();
        let line = if who.is_empty() { line } else { line.plain(format!(": {}", who.join(", "))) };
        let span = match (inputs.from.map(day), inputs.to.map(day)) {
            (Some(from), Some(to)) if from == to => format!(", {from}"),
            (Some(from), Some(to)) => format!(", {from} to {to}"),
            _ => String::new(),
        };
        screen.wrapped(0, line.plain(span).plain("."))?;
        let formats: Vec<_> =
            inputs.formats.iter().map(|(format, n)| format!("{format} {}", number(*n))).collect();
        screen.wrapped(0, Line::from("Formats: ").plain(formats.join(", ")).plain("."))?;
        let left_out = inputs.sessions.saturating_sub(self.report.dream.sessions);
        if left_out > 0 {
            let others = inputs.others.min(left_out);
            let why = match (left_out - others, others) {
                (_, 0) => "read twice".to_owned(),
                (0, _) => "of another agent or team".to_owned(),
                (twice, others) => {
                    format!("{} read twice, {} of another agent or team", number(twice), number(others))
                }
            };
            screen.wrapped(0, format!("{} took no part: {why}.", count(left_out, "session")))?;
        }
        self.compared(screen)
    }

    /// What only a comparison of all sessions shows waits in a large store until it has grown.
    fn compared(&self, screen: &mut Screen) -> io::Result<()> {
        let compared = &self.report.compared;
        if compared.waiting == 0 {
            return Ok(());
        }
        screen.wrapped(
            0,
            format!(
                "All were counted. What only a comparison shows is from {}; {} newer ones are compared with them once \
                 there are {}, or now with `--full`.",
                count(compared.sessions, "session"),
                number(compared.waiting),
                number(compared.due),
            ),
        )
    }

    /// What was made of `--instructions`.
    fn asked(&self, screen: &mut Screen) -> io::Result<()> {
        let Some(instructions) = &self.report.instructions else { return Ok(()) };
        let quoted =
            |words: &[String]| words.iter().map(|word| format!("“{word}”")).collect::<Vec<_>>().join(", ");
        if !instructions.understood.is_empty() {
            screen.wrapped(0, format!("Followed: {}.", quoted(&instructions.understood)))?;
        }
        if !instructions.ignored.is_empty() {
            let line = Line::new().with(Paint::Warn, "Not understood").plain(format!(
                ": {}; without a model only names of topics, tools, paths and kinds are.",
                quoted(&instructions.ignored)
            ));
            screen.wrapped(0, line)?;
        }
        Ok(())
    }

    fn verdict(&self, screen: &mut Screen) -> io::Result<()> {
        let Some(text) = &self.report.verdict.text else { return Ok(()) };
        screen.blank()?;
        screen.wrapped(0, Line::new().strong("Verdict").plain(format!(": {text}.")))
    }

    /// Notes that do not do what they are for, and those that went to the archive.
    fn health(&self, screen: &mut Screen) -> io::Result<()> {
        let vain: Vec<_> = self.report.claims.iter().filter(|claim| claim.health.often_violated).collect();
        if !vain.is_empty() {
            screen.blank()?;
            let head = Line::new().strong("Shown in vain").plain(format!(": {}", number(vain.len() as u64)));
            screen.line(head)?;
            for claim in vain.iter().take(LISTED) {
                let told = claim_view::shown(&claim.health).unwrap_or_default();
                screen.item("  - ", Line::from(&claim.title).faint(format!("  ({told})")))?;
            }
        }
        let retired = &self.report.retired;
        if !retired.is_empty() {
            screen.blank()?;
            screen.line(
                Line::new().strong("In the archive").plain(format!(": {}", number(retired.len() as u64))),
            )?;
            for note in retired.iter().take(LISTED) {
                screen.item("  - ", Line::from(&note.title).faint(format!("  ({})", note.why)))?;
            }
        }
        Ok(())
    }

    fn learnt(&self, screen: &mut Screen) -> io::Result<()> {
        screen.blank()?;
        let claims = &self.report.claims;
        if claims.is_empty() {
            return screen.wrapped(0, "Nothing recurred often enough to be written down.");
        }
        let is_new = |id: &str| !self.known.contains(&BlockId::from(id));
        let new = claims.iter().filter(|claim| is_new(claim.id.as_str())).count();
        let new = match new {
            0 => "none of them new".to_owned(),
            new if new == claims.len() => "new".to_owned(),
            new => format!("{new} of them new"),
        };
        let head =
            Line::new().strong("Learnt").plain(format!(": {}, {new}", count(claims.len() as u64, "note")));
        screen.wrapped(0, head)?;
        for (index, claim) in claims.iter().take(LISTED_CLAIMS).enumerate() {
            screen.blank()?;
            claim_view::print_item(index + 1, claim, is_new(claim.id.as_str()), screen)?;
        }
        if claims.len() > LISTED_CLAIMS {
            screen.blank()?;
            screen.wrapped(
                5,
                format!("and {} more; `somnium memory ls` has them all", claims.len() - LISTED_CLAIMS),
            )?;
        }
        Ok(())
    }

    fn nearly_learnt(&self, screen: &mut Screen) -> io::Result<()> {
        let misses = &self.report.near_misses;
        if misses.is_empty() {
            return Ok(());
        }
        screen.blank()?;
        screen
            .line(Line::new().strong("Nearly learnt").plain(format!(": {}", number(misses.len() as u64))))?;
        for miss in misses.iter().take(LISTED) {
            screen.item("  - ", Line::from(&miss.title).faint(format!("  ({})", miss.why)))?;
        }
        if misses.len() > LISTED {
            screen.wrapped(
                4,
                format!("and {} more; `somnium dreams why-not TEXT` searches them", misses.len() - LISTED),
            )?;
        }
        Ok(())
    }

    /// What came from outside and was kept apart.
    fn held_back(&self, screen: &mut Screen) -> io::Result<()> {
        let rows = &self.report.quarantine;
        if rows.is_empty() {
            return Ok(());
        }
        let mut channels: BTreeMap<&str, u64> = BTreeMap::new();
        rows.iter().for_each(|row| *channels.entry(row.channel.name()).or_default() += 1);
        let channels: Vec<_> = channels.iter().map(|(name, n)| format!("{name} {}", number(*n))).collect();
        screen.blank()?;
        let line = Line::new().strong("Held back").plain(format!(
            ": {} from outside ({}), in `quarantine.md` with where each came from; no agent loads it.",
            count(rows.len() as u64, "text"),
            channels.join(", ")
        ));
        screen.wrapped(0, line)
    }

    fn skipped(&self, screen: &mut Screen) -> io::Result<()> {
        for (heading, group) in Remarks::of(&self.report.skipped).groups() {
            group.print(heading, LISTED, "`somnium sessions stats` lists them", screen)?;
        }
        Ok(())
    }

    fn changes(&self, screen: &mut Screen) -> io::Result<()> {
        screen.blank()?;
        if self.diff.is_empty() {
            return screen.line("The memory would read the same: nothing was changed.");
        }
        let kept = match self.report.memory.blocks_kept_for_people {
            0 => String::new(),
            n => format!("; {} left as people wrote them", count(n, "block")),
        };
        screen.wrapped(
            0,
            Line::new().strong("Changes").plain(format!(": {}{kept}", diff_view::summary(self.diff))),
        )?;
        screen.blank()?;
        let most = screen.is_terminal().then_some(DIFF_LINES);
        let left = diff_view::print(self.diff, most, screen)?;
        if left > 0 {
            let command = match self.place {
                Whereabouts::Nowhere => "pipe the output through a pager to read it".to_owned(),
                Whereabouts::Copy(folder) | Whereabouts::InPlace(folder) => {
                    format!("`somnium memory diff --memory {}` prints all", quoted(folder))
                }
            };
            screen
                .wrapped(0, Line::new().faint(format!("… {}; {command}", count(left as u64, "more line"))))?;
        }
        Ok(())
    }

    fn whereabouts(&self, screen: &mut Screen) -> io::Result<()> {
        screen.blank()?;
        match self.place {
            Whereabouts::Nowhere => screen.wrapped(0, "Nothing was written (`--dry-run`)."),
            Whereabouts::Copy(folder) => screen.wrapped(
                0,
                format!("Written to `{}`; the memory that was read is as it was.", folder.display()),
            ),
            Whereabouts::InPlace(folder) if self.report.dream.status == DreamStatus::CompletedEmpty => {
                screen.wrapped(0, format!("`{}` is as it was.", folder.display()))
            }
            Whereabouts::InPlace(folder) => {
                screen.wrapped(0, format!("`{}` was changed in place.", folder.display()))
            }
        }
    }

    fn next(&self, screen: &mut Screen) -> io::Result<()> {
        let folder = match self.place {
            Whereabouts::Nowhere => return Ok(()),
            Whereabouts::Copy(folder) | Whereabouts::InPlace(folder) => quoted(folder),
        };
        let mut commands = Vec::new();
        if let Some(claim) = self.report.claims.first() {
            commands.push((
                format!("somnium dreams explain {} --memory {folder}", claim.id),
                "where the first note comes from",
            ));
        }
        commands.push((format!("somnium memory ls --memory {folder}"), "every note"));
        match self.place {
            Whereabouts::InPlace(_) if !self.diff.is_empty() => {
                commands.push((format!("somnium dreams undo --memory {folder}"), "take this dream back"));
            }
            _ => commands.push((
                format!("somnium dream SESSIONS --memory {folder}"),
                "go on from here with new sessions",
            )),
        }
        screen.blank()?;
        screen.line(Line::new().strong("Next").plain(":"))?;
        for (command, why) in commands {
            screen.line(Line::new().faint(format!("  # {why}")))?;
            screen.line(Line::from("  ").name(command))?;
        }
        Ok(())
    }
}

fn quoted(folder: &Path) -> String {
    shell(&folder.display().to_string())
}

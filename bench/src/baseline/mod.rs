//! What others do with failing steps: each baseline names a step by a signature, and what recurs is mined.
//!
//! All of them get the same failing steps as the engine, found by the engine's own normalisation, so that only
//! the naming is compared.

mod drain;
mod masked;
pub mod ngram;

use somnium_dream::{Class, Normalised, Step};

use crate::split::task_of;

pub use drain::DrainTree;
pub use masked::ordinary_masks;

/// A failing step with what a signature may look at.
#[derive(Clone, Copy, Debug)]
pub struct Failing<'a> {
    /// The session's id.
    pub session: &'a str,
    /// The session's task.
    pub task: &'a str,
    /// The tool; the shells of all agents are `bash`.
    pub tool: &'a str,
    /// The programs of a shell line.
    pub programs: &'a [String],
    /// The error class.
    pub class: Class,
    /// The line that says what went wrong.
    pub line: &'a str,
    /// The same, masked by the engine.
    pub masked: &'a [String],
}

/// Returns the tool of a step as it is counted: the shells of all agents are one tool.
pub fn tool_of(step: &Step) -> &str {
    if step.is_shell { "bash" } else { &step.tool }
}

/// Returns the failing steps of sessions, in order.
pub fn failing<'a>(sessions: &[&'a Normalised]) -> Vec<Failing<'a>> {
    let of = |session: &'a Normalised| {
        session.steps.iter().filter_map(move |step| {
            let failure = step.failure.as_ref()?;
            Some(Failing {
                session: session.id.as_str(),
                task: task_of(session),
                tool: tool_of(step),
                programs: &step.programs,
                class: failure.class,
                line: &failure.line,
                masked: &failure.masked,
            })
        })
    };
    sessions.iter().copied().flat_map(of).collect()
}

/// A way to name failing steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Baseline {
    /// The line as it is.
    RawLine,
    /// The line under ordinary masks.
    MaskedLine,
    /// The line under ordinary masks, grouped by a tree of fixed depth.
    DrainTree,
    /// The tool and the error class, whatever the line says.
    ToolClass,
}

impl Baseline {
    /// Every baseline.
    pub const ALL: [Self; 4] = [Self::RawLine, Self::MaskedLine, Self::DrainTree, Self::ToolClass];

    /// Returns its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::RawLine => "raw line",
            Self::MaskedLine => "masked template",
            Self::DrainTree => "drain3-style tree",
            Self::ToolClass => "(tool, class)",
        }
    }

    /// Names the steps that are mined and those that are judged, with what was learnt from the former. Steps
    /// without a message have no name, except by their class.
    pub fn name_steps(self, fit: &[Failing<'_>], test: &[Failing<'_>]) -> (Names, Names) {
        let by = |name: &dyn Fn(&Failing<'_>) -> Option<String>| {
            (fit.iter().map(name).collect(), test.iter().map(name).collect())
        };
        let said = |text: String| (!text.is_empty()).then_some(text);
        match self {
            Self::RawLine => by(&|step| said(step.line.trim().to_owned())),
            Self::MaskedLine => by(&|step| said(ordinary_masks(step.line))),
            Self::ToolClass => by(&|step| Some(format!("{}\t{}", step.tool, step.class.slug()))),
            Self::DrainTree => {
                let tokens = |step: &Failing<'_>| -> Vec<String> {
                    ordinary_masks(step.line).split_whitespace().map(str::to_owned).collect()
                };
                let mut tree = DrainTree::default();
                let named = |id: usize| id.to_string();
                let fit = fit.iter().map(|step| tree.learn(&tokens(step)).map(named)).collect();
                (fit, test.iter().map(|step| tree.find(&tokens(step)).map(named)).collect())
            }
        }
    }
}

/// One name a step.
pub type Names = Vec<Option<String>>;

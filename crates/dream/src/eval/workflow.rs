//! Workflows: by stretches of work that follow their steps.

use super::session::stretches;
use super::{Look, Shows};
use crate::normalise::{Normalised, Step};
use crate::report::WorkflowSignature;

/// Steps of other kinds that may lie between two steps of a workflow.
const GAP: usize = 1;

/// The steps of one workflow.
pub(super) struct Steps {
    tools: Vec<String>,
}

impl Steps {
    pub(super) fn of(signature: &WorkflowSignature) -> Self {
        Self { tools: signature.steps.iter().map(|step| step.tool.clone()).collect() }
    }

    /// Returns the places of the first run of steps in a stretch that follows the workflow.
    fn followed(&self, session: &Normalised, stretch: &[usize]) -> Option<Vec<usize>> {
        (0..stretch.len()).find_map(|start| self.from(session, &stretch[start..]))
    }

    /// Follows from the first step of a stretch on. A step of the workflow may be taken several times in a row.
    fn from(&self, session: &Normalised, stretch: &[usize]) -> Option<Vec<usize>> {
        let mut taken = Vec::new();
        let mut gap = 0;
        for at in stretch {
            let step = &session.steps[*at];
            if self.tools.get(taken.len()).is_some_and(|tool| is(step, tool)) {
                taken.push(*at);
                gap = 0;
            } else if taken.is_empty() {
                return None;
            } else if !is(step, &self.tools[taken.len() - 1]) {
                gap += 1;
            }
            if taken.len() == self.tools.len() {
                return Some(taken);
            }
            if gap > GAP {
                return None;
            }
        }
        None
    }
}

impl Shows for Steps {
    fn look(&self, session: &Normalised) -> Look {
        let Some(last) = self.tools.last() else { return Look::default() };
        let mut look =
            Look { could: session.steps.iter().any(|step| is(step, last)), times: 0, steps: Vec::new() };
        for stretch in stretches(session) {
            if let Some(taken) = self.followed(session, &stretch) {
                look.times += 1;
                look.steps.extend(taken);
            }
        }
        look
    }
}

/// Whether a step is of the kind that a workflow names.
fn is(step: &Step, kind: &str) -> bool {
    match step.is_shell {
        true => step.programs.iter().any(|program| program == kind),
        false => step.tool == kind,
    }
}

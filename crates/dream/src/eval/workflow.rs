//! Workflows: by stretches of work that follow their steps.

use super::session::{Item, stretches};
use super::{Look, Shows};
use crate::normalise::{FILE_CLASS, Normalised, Step};
use crate::report::{ASK_STEP, WorkflowSignature, WorkflowStep};

/// Steps of other kinds that may lie between two steps of a workflow.
const GAP: usize = 1;

/// The steps of one workflow.
pub(super) struct Steps {
    kinds: Vec<WorkflowStep>,
}

impl Steps {
    pub(super) fn of(signature: &WorkflowSignature) -> Self {
        Self { kinds: signature.steps.clone() }
    }

    /// Returns the places of the first run of steps in a stretch that follows the workflow.
    fn followed(&self, session: &Normalised, stretch: &[Item]) -> Option<Vec<usize>> {
        (0..stretch.len()).find_map(|start| self.from(session, &stretch[start..]))
    }

    /// Follows from the first item of a stretch on. A step of the workflow may be taken several times in a row.
    fn from(&self, session: &Normalised, stretch: &[Item]) -> Option<Vec<usize>> {
        let (mut next, mut gap, mut taken) = (0, 0, Vec::new());
        for item in stretch {
            if self.kinds.get(next).is_some_and(|kind| is(session, *item, kind)) {
                next += 1;
                gap = 0;
                taken.extend(match item {
                    Item::Step(at) => Some(*at),
                    Item::Ask => None,
                });
            } else if next == 0 {
                return None;
            } else if !is(session, *item, &self.kinds[next - 1]) {
                gap += 1;
            }
            if next == self.kinds.len() {
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
        let Some(last) = self.kinds.iter().rfind(|kind| kind.tool != ASK_STEP) else {
            return Look::default();
        };
        let mut look =
            Look { could: session.steps.iter().any(|step| is_step(step, last)), times: 0, steps: Vec::new() };
        for stretch in stretches(session) {
            if let Some(taken) = self.followed(session, &stretch) {
                look.times += 1;
                look.steps.extend(taken);
            }
        }
        look
    }
}

fn is(session: &Normalised, item: Item, kind: &WorkflowStep) -> bool {
    match item {
        Item::Step(at) => is_step(&session.steps[at], kind),
        Item::Ask => kind.tool == ASK_STEP,
    }
}

/// Whether a step is of the kind that a workflow names: its words from the general to the special start with those
/// of the kind, or its tool and one of its arguments do, where that is the tool's verb.
fn is_step(step: &Step, kind: &WorkflowStep) -> bool {
    let words = step.action.iter().filter(|word| !word.starts_with(FILE_CLASS));
    let words = words.map(String::as_str).collect::<Vec<_>>().join(" ");
    let starts = |words: &str| {
        words.strip_prefix(kind.tool.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let with_verb =
        || !step.is_shell && step.args.iter().any(|arg| starts(&format!("{} {}", step.tool, arg.value)));
    let is_file = |file: &String| step.action.iter().any(|word| word.strip_prefix(FILE_CLASS) == Some(file));
    (starts(&words) || starts(&step.tool) || with_verb()) && kind.file.as_ref().is_none_or(is_file)
}

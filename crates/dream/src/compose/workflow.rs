//! The words of a playbook.

use super::Style;
use super::text::Text;
use crate::detect::workflows::Workflow;
use crate::gate::Judged;

/// Returns the file: `playbooks/<name>.md`.
pub(super) fn path(_claim: &Judged, _workflow: &Workflow) -> String {
    "playbooks/general.md".to_owned()
}

pub(super) fn title(_claim: &Judged, workflow: &Workflow, _style: Style) -> String {
    let tools: Vec<String> = workflow.signature.steps.iter().map(|step| step.tool.clone()).collect();
    Text::new().codes(&tools).finish()
}

pub(super) fn body(_claim: &Judged, _workflow: &Workflow, _style: Style) -> String {
    String::new()
}

//! Silent mistakes in sessions of others: what each does otherwise than the good session of its task most like it.

use std::collections::BTreeMap;

use somnium_types::SessionId;

use super::differ::{Book, Features, feature};
use super::tasks::Task;
use super::{RESPOND, clusters, habits, roles, told, view};
use crate::normalise::Normalised;
use crate::report::FeatureKind;

/// Returns how each session differs that can be compared with a good one of its task.
pub(crate) fn differences(sessions: &[&Normalised]) -> BTreeMap<SessionId, Features> {
    let tools = roles::infer(sessions);
    let views: Vec<_> = sessions.iter().map(|session| view::view(session, &tools)).collect();
    let groups = clusters::group(&views);
    let mut book = Book::default();
    let compared = groups.iter().filter_map(|group| Task::compare(group, &views, &tools, &mut book));
    let tasks: Vec<Task> = compared.collect();
    let mut found: BTreeMap<SessionId, Features> = BTreeMap::new();
    for task in &tasks {
        for (ways, at) in task.contrast(&task.failed).zip(&task.members) {
            if let Some(ways) = ways {
                let features = ways.iter().map(|way| book.feature(*way)).collect();
                found.insert(sessions[*at].id.clone(), features);
            }
        }
        for (at, features) in habits::Habits::of(task, &views, &tools).lacked(task) {
            if !features.is_empty() {
                found.entry(sessions[at].id.clone()).or_default().extend(features);
            }
        }
    }
    let untold = feature(FeatureKind::MissingInformationToUser, RESPOND, None);
    for at in told::untold(&tasks, &views, None).failing {
        found.entry(sessions[at].id.clone()).or_default().insert(untold.clone());
    }
    found
}

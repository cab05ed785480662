//! Mistakes that no error tells of, looked for without knowing how a session ended or what others of its task did.
//!
//! Not every one can be: that something is missing can only be told where it is known when it is called for.

use super::{Look, Shows};
use crate::detect::contrast::condition::{Condition, before, is_call};
use crate::detect::contrast::habits::does_right;
use crate::detect::contrast::roles::{done, tool_of, top};
use crate::normalise::{Normalised, Source, Step};
use crate::report::{FeatureKind, SilentFeature};

/// One silent mistake that can be looked for.
pub(super) struct Silent {
    tool: String,
    what: What,
}

enum What {
    /// It is called.
    Called,
    /// It is called where a condition holds.
    CalledWhen(Condition),
    /// It is not called where a condition holds.
    LeftOutWhen(Condition),
    /// An argument is not taken from this source.
    From { argument: String, source: String },
    /// Something that good sessions always do is done otherwise: calls in another order, a figure that is not told.
    Otherwise(SilentFeature),
}

impl Silent {
    /// Returns what to look for; `None` where that cannot be told from one session.
    pub(super) fn of(feature: &SilentFeature) -> Option<Self> {
        let condition = || feature.detail.as_deref().and_then(Condition::parse);
        let what = match feature.kind {
            FeatureKind::ExtraHandoff => What::Called,
            FeatureKind::ExtraAction => condition().map_or(What::Called, What::CalledWhen),
            FeatureKind::MissingAction | FeatureKind::MissingUserStep => What::LeftOutWhen(condition()?),
            FeatureKind::WrongArgument => {
                What::From { argument: feature.argument.clone()?, source: feature.detail.clone()? }
            }
            FeatureKind::Order | FeatureKind::MissingInformationToUser => {
                feature.detail.as_ref()?;
                What::Otherwise(feature.clone())
            }
            _ => return None,
        };
        Some(Self { tool: feature.tool.clone(), what })
    }

    fn calls<'s>(&self, session: &'s Normalised) -> impl Iterator<Item = (usize, &'s Step)> {
        let steps = session.steps.iter().enumerate();
        let is_done = |step: &Step| step.ok && step.failure.is_none() && tool_of(step) == self.tool;
        steps.filter(move |(_, step)| is_done(step)).collect::<Vec<_>>().into_iter()
    }
}

impl Shows for Silent {
    fn look(&self, session: &Normalised) -> Look {
        let calls = || self.calls(session).map(|(at, _)| at);
        let holds = |when: &Condition| when.holds(&before(session, &is_call(&self.tool))) == Some(true);
        let (could, steps): (bool, Vec<usize>) = match &self.what {
            What::Called => (done(session).next().is_some(), calls().collect()),
            What::CalledWhen(when) => {
                let could = holds(when);
                (could, calls().filter(|_| could).collect())
            }
            What::LeftOutWhen(when) => {
                let left_out = calls().next().is_none();
                return Look { could: holds(when), times: u64::from(left_out), steps: Vec::new() };
            }
            What::Otherwise(feature) => {
                let right = does_right(session, feature);
                return Look {
                    could: right.is_some(),
                    times: u64::from(right == Some(false)),
                    steps: Vec::new(),
                };
            }
            What::From { argument, source } => {
                let elsewhere = |step: &Step| {
                    let values = step.args.iter().filter(|arg| top(&arg.path) == argument);
                    values.into_iter().any(|arg| !arg.sources.iter().any(|from| name(from) == *source))
                };
                let wrong = self.calls(session).filter(|(_, step)| elsewhere(step)).map(|(at, _)| at);
                (calls().next().is_some(), wrong.collect())
            }
        };
        Look { could, times: steps.len() as u64, steps }
    }
}

/// How a report writes a source.
fn name(source: &Source) -> String {
    crate::detect::contrast::source_name(source)
}

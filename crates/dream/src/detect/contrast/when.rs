//! When a mistake matters: the condition under which something is called for, and how sessions ended where it holds.

use super::condition::{Case, Condition, before, is_call};
use super::roles::done;
use super::view::View;
use super::{Shown, Store, round};
use crate::report::{FeatureKind, OutcomeLift, SilentFeature};
use crate::stats;

/// Level of the test that sessions which leave something out where it is called for fail more often.
const LEVEL: f64 = 0.05;

/// When something matters.
pub(super) struct When<'v, 's> {
    pub(super) condition: Condition,
    /// Failing sessions in which it holds and that go wrong.
    pub(super) failing: Vec<&'v View<'s>>,
    with: u64,
    fail_without: u64,
    without: u64,
}

impl When<'_, '_> {
    /// How sessions ended in which the condition holds. `q` is at least that of the contrast.
    pub(super) fn outcome(&self, q: f64) -> OutcomeLift {
        let fail_with = self.failing.len() as u64;
        let overall = (fail_with + self.fail_without) as f64 / (self.with + self.without) as f64;
        OutcomeLift {
            fail_with,
            with: self.with,
            fail_without: self.fail_without,
            without: self.without,
            lift: round(fail_with as f64 / self.with.max(1) as f64 / overall),
            q: round(self.p().max(q)).max(0.001),
        }
    }

    fn p(&self) -> f64 {
        stats::fisher_greater(self.failing.len() as u64, self.with, self.fail_without, self.without)
    }
}

/// Finds when something is left out, or done, that should not be.
pub(super) fn find<'v, 's>(
    store: &'v Store<'s>,
    feature: &SilentFeature,
    shown: &Shown,
) -> Option<When<'v, 's>> {
    let is_it = is_call(&feature.tool);
    let does = |view: &View<'_>| done(view.session).any(&is_it);
    let is_missing = match feature.kind {
        FeatureKind::MissingAction | FeatureKind::MissingUserStep => true,
        FeatureKind::ExtraAction => false,
        _ => return None,
    };
    let numbered = || store.views.iter().enumerate();
    let cases: Vec<Case<'_, '_>> = if is_missing {
        let good = numbered().filter(|(_, view)| view.failed == Some(false));
        good.map(|(_, view)| Case { view, yes: does(view) }).collect()
    } else {
        let callers = numbered()
            .filter(|(at, view)| shown.failing.contains(at) || view.failed == Some(false) && does(view));
        callers.map(|(at, view)| Case { view, yes: shown.failing.contains(&at) }).collect()
    };
    let condition = super::condition::find(&cases, &is_it)?;
    let mut when = When { condition, failing: Vec::new(), with: 0, fail_without: 0, without: 0 };
    for view in &store.views {
        let Some(failed) = view.failed else { continue };
        if when.condition.holds(&before(view.session, &is_it)) != Some(true) {
            continue;
        }
        let goes_wrong = does(view) != is_missing;
        if goes_wrong {
            when.with += 1;
            if failed {
                when.failing.push(view);
            }
        } else {
            when.without += 1;
            when.fail_without += u64::from(failed);
        }
    }
    (when.p() <= LEVEL).then_some(when)
}

//! Sessions that were not mined: which ways of going wrong each of them shows.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::TaskKey;

use super::differ::{Features, Way, differ};
use super::view::View;
use super::{Family, RESPOND, Shown, Store, habits, told};
use crate::report::SilentFeature;

/// Failing sessions that were not mined, looked at once for all features.
pub(super) struct Held<'v, 's>(Vec<Failing<'v, 's>>);

/// A failing session beside the good mined ones of its task.
struct Failing<'v, 's> {
    view: &'v View<'s>,
    /// How it differs from the good one most like it.
    ways: Vec<Way<'s>>,
    /// What it lacks that all good ones have.
    lacked: Features,
    /// Whether it leaves out what all good ones tell.
    leaves_out: bool,
}

impl<'v, 's> Held<'v, 's> {
    /// Looks for what `shown` has.
    pub(super) fn of(
        store: &Store<'s>,
        views: &'v [View<'s>],
        shown: &BTreeMap<SilentFeature, Shown>,
    ) -> Self {
        let mut good: BTreeMap<&TaskKey, Vec<&View<'s>>> = BTreeMap::new();
        for view in store.views.iter().filter(|view| view.failed == Some(false)) {
            if let Some(task) = &view.session.task {
                good.entry(task).or_default().push(view);
            }
        }
        let families: BTreeSet<Family> = shown.values().map(|shown| shown.family).collect();
        let failing = views.iter().filter(|view| view.failed == Some(true)).filter_map(|view| {
            let good = good.get(view.session.task.as_ref()?).map_or(&[][..], Vec::as_slice);
            let changes = families.contains(&Family::Changes);
            let ways = || good.iter().map(|good| differ(view, good, &store.tools)).min_by_key(Vec::len);
            let lacked = || habits::lacked_by(view, good, &store.tools);
            Some(Failing {
                view,
                ways: changes.then(ways).flatten().unwrap_or_default(),
                lacked: families.contains(&Family::Habits).then(lacked).unwrap_or_default(),
                leaves_out: changes && told::leaves_out(view, good),
            })
        });
        Self(failing.collect())
    }

    /// Returns the sessions that show a feature.
    pub(super) fn that_show(
        &self,
        feature: &SilentFeature,
        family: Family,
    ) -> impl Iterator<Item = &View<'s>> {
        let shows = move |failing: &&Failing<'_, '_>| match family {
            Family::Habits => failing.lacked.contains(feature),
            Family::Changes if feature.tool == RESPOND => failing.leaves_out,
            Family::Changes => failing.ways.iter().any(|way| way.is(feature)),
        };
        self.0.iter().filter(shows).map(|failing| failing.view)
    }
}

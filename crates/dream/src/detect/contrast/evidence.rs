//! Places that show a silent mistake, and those that show how it is done right.

use std::collections::BTreeMap;

use somnium_types::SessionId;

use super::condition::{Condition, Relation};
use super::roles::{done, tool_of, top};
use super::view::View;
use super::{RESPOND, Shown, Store, told};
use crate::normalise::{Quote, Source, Step};
use crate::report::{FeatureKind, SilentFeature};

/// Most good sessions that are cited.
const MAX_MODELS: usize = 2;
/// A source is named if at least this share of good values comes from it.
const MOSTLY: f64 = 0.7;
/// Fewest good values that it is named for.
const MIN_VALUES: usize = 3;

/// Returns the places in a failing session.
pub(super) fn quotes(view: &View<'_>, feature: &SilentFeature) -> Vec<Quote> {
    let quote = match feature.kind {
        FeatureKind::MissingInformationToUser => told::question(view).cloned(),
        FeatureKind::MissingAction
        | FeatureKind::MissingUserStep
        | FeatureKind::MissingHandoff
        | FeatureKind::WrongTool => last(view, |_| true),
        _ => last(view, |step| tool_of(step) == feature.tool),
    };
    // Of two calls in the wrong order the other one, of a figure that is not told the look-up that gave it.
    let other = match (feature.kind, feature.detail.as_deref()) {
        (FeatureKind::Order, Some(next)) => [last(view, |step| tool_of(step) == next), None],
        (FeatureKind::MissingInformationToUser, Some(place)) => {
            let step = done(view.session).find(|step| step.answer.is_some() && is_place_of(step, place));
            step.map_or([None, None], |step| [step.quote.clone(), step.answer.as_deref().cloned()])
        }
        _ => [None, None],
    };
    let quote = quote.into_iter().chain(other.into_iter().flatten());
    quote.chain(argument(view, feature)).collect()
}

/// Whether a place in results, `get_order.total`, is one of a step's.
fn is_place_of(step: &Step, place: &str) -> bool {
    place.strip_prefix(tool_of(step)).is_some_and(|rest| rest.starts_with('.'))
}

/// The place of the argument that a feature is about, where the quote of the call does not reach it.
fn argument(view: &View<'_>, feature: &SilentFeature) -> Option<Quote> {
    let name = feature.argument.as_deref()?;
    let call = done(view.session).filter(|step| tool_of(step) == feature.tool).last()?;
    call.args.iter().find(|arg| top(&arg.path) == name && arg.quote.is_some())?.quote.as_deref().cloned()
}

/// The last call of a kind.
fn last(view: &View<'_>, is: impl Fn(&Step) -> bool) -> Option<Quote> {
    done(view.session).filter(|step| is(step)).last().and_then(|step| step.quote.clone())
}

/// Returns places in good sessions that do it right, of the tasks in which others do not.
pub(super) fn models(
    store: &Store<'_>,
    feature: &SilentFeature,
    condition: Option<&Condition>,
    shown: &Shown,
) -> Vec<(SessionId, Vec<Quote>)> {
    if feature.tool == RESPOND {
        return Vec::new();
    }
    let mut models: BTreeMap<SessionId, Vec<Quote>> = BTreeMap::new();
    for task in shown.tasks.iter().map(|at| &store.tasks[*at]) {
        let good = task.members.iter().zip(&task.failed).filter(|(_, failed)| !**failed);
        for view in good.map(|(at, _)| &store.views[*at]) {
            if let Some(quote) = last(view, |step| tool_of(step) == feature.tool) {
                // The look-up that a value comes from is cited beside the call that it goes into.
                let from = feature.detail.as_deref().and_then(|source| source.split('.').next());
                let looked_up = from.and_then(|tool| last(view, |step| tool_of(step) == tool));
                let told = condition.into_iter().flat_map(|condition| answers(view, condition));
                let quotes = std::iter::once(quote).chain(looked_up).chain(told);
                models.insert(view.session.id.clone(), quotes.collect());
            }
            if models.len() == MAX_MODELS {
                return models.into_iter().collect();
            }
        }
    }
    models.into_iter().collect()
}

/// The results that say whether a condition holds.
fn answers(view: &View<'_>, condition: &Condition) -> Vec<Quote> {
    let other = match &condition.relation {
        Relation::LessThan(tool, _) => Some(tool.as_str()),
        _ => None,
    };
    let tools = std::iter::once(condition.tool.as_str()).chain(other);
    let answer = |tool: &str| {
        let mut steps = done(view.session).filter(|step| tool_of(step) == tool);
        steps.find_map(|step| Some([step.quote.clone()?, step.answer.as_deref().cloned()?]))
    };
    tools.filter_map(answer).flatten().collect()
}

/// Returns where good sessions take a wrong argument from, if most take it from one place.
pub(super) fn source(store: &Store<'_>, feature: &SilentFeature) -> Option<String> {
    let argument = feature.argument.as_deref().filter(|_| feature.kind == FeatureKind::WrongArgument)?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut values = 0;
    for view in store.views.iter().filter(|view| view.failed == Some(false)) {
        for act in view.acts.iter().filter(|act| act.tool == feature.tool) {
            for arg in act.step.args.iter().filter(|arg| top(&arg.path) == argument) {
                values += 1;
                arg.sources.iter().for_each(|source| *counts.entry(source_name(source)).or_default() += 1);
            }
        }
    }
    let most = counts.into_iter().max_by_key(|(name, count)| (*count, std::cmp::Reverse(name.clone())))?;
    let is_usual = values >= MIN_VALUES && most.1 as f64 >= MOSTLY * values as f64;
    is_usual.then_some(most.0)
}

/// How a source is written in a report.
pub(crate) fn source_name(source: &Source) -> String {
    match source {
        Source::Result { tool, path } if path.is_empty() => tool.clone(),
        Source::Result { tool, path } => format!("{tool}.{path}"),
        Source::User => "user".to_owned(),
        Source::Instructions => "instructions".to_owned(),
    }
}

//! The words of a silent mistake: the order that follows from it, and how often good and failing runs differ so.

use super::Style;
use super::phrases::silent::*;
use super::phrases::{AFTER, BEFORE, CALL, FAILED, HELD_OUT, IN, NOT_MINED, OF, Q, WHEN_LOWER};
use super::quote::{ELLIPSIS, of_line};
use super::text::Text;
use crate::detect::contrast::Silent;
use crate::detect::contrast::condition::{Condition, Relation};
use crate::gate::Judged;
use crate::report::{ClaimState, FeatureKind};

/// Longest quotation of a place, in characters.
const QUOTE: usize = 160;

pub(super) fn title(claim: &Judged, silent: &Silent, style: Style) -> String {
    let feature = &silent.feature;
    let tool = feature.tool.as_str();
    let argument = feature.argument.as_deref().filter(|name| style == Style::Full && is_cited(claim, name));
    let text = Text::new();
    let condition =
        silent.condition.as_ref().filter(|when| style == Style::Full && is_cited_condition(claim, when));
    let text = match (feature.kind, argument) {
        (FeatureKind::MissingAction, _) => match condition {
            Some(when) => met(text.say(CALL).code(tool).say(WHEN_LOWER), when),
            None => text.say(DO_NOT_SKIP).code(tool),
        },
        (FeatureKind::ExtraAction, _) => match condition {
            Some(when) => met(text.say(DO_NOT_CALL).code(tool).say(WHEN_LOWER), when),
            None => text.say(DO_NOT_CALL).code(tool).say(WITHOUT_NEED),
        },
        (FeatureKind::WrongArgument, Some(name)) => match origin(silent) {
            Some(Origin::Tool(source)) if is_cited(claim, source) => {
                text.say(TAKE_THE).code(name).say(OF_LOWER).code(tool).say(FROM_LOWER).code(source)
            }
            Some(Origin::User) => text.say(TAKE_THE).code(name).say(OF_LOWER).code(tool).say(FROM_THE_USER),
            Some(Origin::Instructions) => {
                text.say(TAKE_THE).code(name).say(OF_LOWER).code(tool).say(FROM_INSTRUCTIONS)
            }
            _ => text.say(CHECK_THE).code(name).say(OF_LOWER).code(tool),
        },
        (FeatureKind::WrongTool, _) => match &feature.detail {
            Some(used) if is_cited(claim, used) => {
                text.say(USE_TOOL).code(tool).mark(",").say(NOT_TOOL).code(used)
            }
            _ => text.say(CHECK_WHICH).code(tool).say(IS_CALLED_FOR),
        },
        (FeatureKind::MissingUserStep, _) => match condition {
            Some(when) => met(text.say(HAVE_THE_USER).code(tool).say(WHEN_LOWER), when),
            None => text.say(HAVE_THE_USER).code(tool).say(BEFORE_GIVING_UP),
        },
        (FeatureKind::ExtraHandoff, _) => text.say(HAND_OFF_ONLY).code(tool).say(TOO_EARLY),
        (FeatureKind::MissingHandoff, _) => text.say(HAND_OFF_WITH).code(tool).say(WHERE_POLICY),
        (FeatureKind::MissingInformationToUser, _) => match told(claim, silent) {
            Some((tool, figure)) => text.say(TELL_THE).code(figure).say(OF_LOWER).code(tool),
            None => text.say(TELL_THE_USER),
        },
        (FeatureKind::Order, _) => match next(claim, silent) {
            Some(next) => text.say(CALL).code(tool).say(BEFORE).code(next),
            None => text.say(CHECK_WHEN).code(tool).say(IS_CALLED_FOR),
        },
        _ => text.say(CHECK_WHICH).code(tool).say(IS_CALLED_FOR),
    };
    text.finish()
}

pub(super) fn body(claim: &Judged, silent: &Silent, style: Style) -> String {
    let mut lines = vec![what(claim, silent, style)];
    if let Some(when) =
        silent.condition.as_ref().filter(|when| is_cited_condition(claim, when) && style == Style::Full)
    {
        lines.push(met(Text::new().say(COUNTED_WHERE), when).mark(".").finish());
    }
    lines.extend(counts(claim));
    lines.extend(example(claim, silent).filter(|_| style == Style::Full));
    if claim.support.heldout > 0 {
        lines.push(Text::new().say(HELD_OUT).count(claim.support.heldout, "session").say(NOT_MINED).finish());
    }
    if silent.leaves_tasks_out && claim.state >= ClaimState::Note {
        lines.push(Text::new().say(STANDS).finish());
    }
    lines.join("\n")
}

/// "`scanned` of `list_documents` is below 2015".
fn met(text: Text, when: &Condition) -> Text {
    let text = text.code(leaf(&when.path)).say(OF_LOWER).code(&when.tool);
    match &when.relation {
        Relation::Below(limit) => text.say(IS_BELOW).number(limit),
        Relation::Above(limit) => text.say(IS_ABOVE).number(limit),
        Relation::Is(value) => text.say(IS).code(value),
        Relation::LessThan(tool, path) => text.say(IS_LESS_THAN).code(leaf(path)).say(OF_LOWER).code(tool),
    }
}

/// The last name of a path: `documents[].scanned` is `scanned` to a reader.
fn leaf(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path).trim_end_matches("[]")
}

/// Whether everything that a condition names stands in cited places.
fn is_cited_condition(claim: &Judged, when: &Condition) -> bool {
    let other = match &when.relation {
        Relation::Is(value) => vec![value.as_str()],
        Relation::LessThan(tool, path) => vec![tool.as_str(), leaf(path)],
        _ => Vec::new(),
    };
    let names = [when.tool.as_str(), leaf(&when.path)];
    !leaf(&when.path).is_empty() && names.into_iter().chain(other).all(|name| is_cited(claim, name))
}

/// The tool and the name of a figure that is never told, where both may be written.
fn told<'a>(claim: &Judged, silent: &'a Silent) -> Option<(&'a str, &'a str)> {
    let (tool, path) = silent.feature.detail.as_deref()?.split_once('.')?;
    let figure = leaf(path);
    (!figure.is_empty() && is_cited(claim, tool) && is_cited(claim, figure)).then_some((tool, figure))
}

/// The call before which another has to come, where it may be written.
fn next<'a>(claim: &Judged, silent: &'a Silent) -> Option<&'a str> {
    silent.feature.detail.as_deref().filter(|next| is_cited(claim, next))
}

/// What failing runs do.
fn what(claim: &Judged, silent: &Silent, style: Style) -> String {
    let feature = &silent.feature;
    let tool = feature.tool.as_str();
    let text = Text::new();
    let argument = feature.argument.as_deref().filter(|name| style == Style::Full && is_cited(claim, name));
    let text = match (feature.kind, argument) {
        (FeatureKind::MissingAction, _) => text.say(LEAVE_IT_OUT).code(tool).mark(",").say(GOOD_ONES_CALL),
        (FeatureKind::ExtraAction, _) => text.say(RUNS_CALL).code(tool).say(GOOD_ONES_DO_NOT),
        (FeatureKind::WrongArgument, Some(name)) => {
            let text = text.say(RUNS_GIVE).code(name).say(TO_LOWER).code(tool).say(THAN_GOOD);
            match origin(silent) {
                Some(Origin::Tool(source)) if is_cited(claim, source) => {
                    text.say(GOOD_TAKE_IT).code(source).mark(".")
                }
                _ => text,
            }
        }
        (FeatureKind::WrongTool, _) => match &feature.detail {
            Some(used) if is_cited(claim, used) => {
                text.say(RUNS_USE).code(used).say(ON_WHICH_GOOD_USE).code(tool).say(ON)
            }
            _ => text.say(RUNS_WORK_ON).code(tool).say(THAN_GOOD_ONES),
        },
        (FeatureKind::MissingUserStep, _) => {
            text.say(USER_NEVER_DOES).code(tool).mark(",").say(GOOD_ONES_CALL)
        }
        (FeatureKind::ExtraHandoff, _) => text.say(RUNS_HAND_OFF).code(tool).say(WHERE_GOOD_FINISH),
        (FeatureKind::MissingHandoff, _) => {
            text.say(RUNS_DO_NOT_HAND_OFF).code(tool).mark(",").say(GOOD_ONES_CALL)
        }
        (FeatureKind::MissingInformationToUser, _) => match told(claim, silent) {
            Some((tool, figure)) => {
                text.say(RUNS_NEVER_TELL).code(figure).say(OF_LOWER).code(tool).mark(",").say(GOOD_ONES_TELL)
            }
            None => text.say(RUNS_DO_NOT_SAY).mark("."),
        },
        (FeatureKind::Order, _) => match next(claim, silent) {
            Some(next) => {
                text.say(RUNS_CALL).code(tool).say(AFTER).code(next).mark(",").say(GOOD_ONES_BEFORE)
            }
            None => text.say(RUNS_CALL).code(tool).say(LATER_THAN_GOOD),
        },
        _ => text.say(RUNS_WORK_ON).code(tool).say(THAN_GOOD_ONES),
    };
    text.say(NO_ERROR).finish()
}

/// "Of the runs that did so 9 of 10 failed, in 5 tasks; of the others 6 of 23 (q 0.01)."
fn counts(claim: &Judged) -> Option<String> {
    let outcome = claim.outcome?;
    let text = Text::new().say(OF_THOSE).number(outcome.fail_with).say(OF).number(outcome.with).say(FAILED);
    let text = match claim.support.tasks {
        0 | 1 => text,
        tasks => text.mark(",").say(IN).count(tasks, "task"),
    };
    let text = text.mark(";").say(OF_THE_OTHERS).number(outcome.fail_without).say(OF).number(outcome.without);
    Some(text.mark(" (").say(Q).number(outcome.q).mark(").").finish())
}

/// A place: how it is done right where that says something, else what users ask.
fn example(claim: &Judged, silent: &Silent) -> Option<String> {
    let (places, start) = match silent.feature.kind {
        FeatureKind::MissingInformationToUser => (claim.places.as_slice(), AND_ASKED),
        // That good runs make the call, too, where it is called for, is no help.
        FeatureKind::ExtraAction | FeatureKind::ExtraHandoff => return None,
        _ => (silent.models.as_slice(), LOOK_AT),
    };
    let mut quotes = places.iter().flat_map(|(_, quotes)| quotes).map(|quote| of_call(&quote.text));
    let quote = quotes.find(|quote| crate::validate::may_quote(quote))?;
    Some(Text::new().say(start).quote(&quote).mark(".").finish())
}

/// Returns a call as a quotation, cut behind an argument: it has few spaces.
fn of_call(text: &str) -> String {
    let line = of_line(text, QUOTE);
    if line.chars().count() * 2 >= QUOTE || !line.ends_with(ELLIPSIS) {
        return line;
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let start: String = text.chars().take(QUOTE).collect();
    let end = start.rfind(',').map_or(start.len(), |at| at + 1);
    format!("{} {ELLIPSIS}", &start[..end])
}

/// Where good runs take a value from.
enum Origin<'a> {
    Tool(&'a str),
    User,
    Instructions,
}

fn origin(silent: &Silent) -> Option<Origin<'_>> {
    match silent.feature.detail.as_deref()? {
        "user" => Some(Origin::User),
        "instructions" => Some(Origin::Instructions),
        source => Some(Origin::Tool(source.split('.').next().unwrap_or(source))),
    }
}

/// Whether a name stands in a cited place, so that it may be written.
fn is_cited(claim: &Judged, name: &str) -> bool {
    let places = claim.places.iter().chain(claim.models());
    places.flat_map(|(_, quotes)| quotes).any(|quote| quote.text.contains(name))
}

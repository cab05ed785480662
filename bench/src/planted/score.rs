//! Holds the claims of a dream against what was planted.

use std::collections::BTreeSet;

use serde::Serialize;
use somnium_dream::{NearMiss, Report, ReportedClaim, Scope, Signature, WILDCARD, WorkflowStep, mask};

use super::{Decoy, Kind, Plant, What};

/// Least share of a procedure's steps that a claim must have, in order, of the longer of the two.
const ALIKE: f64 = 0.75;

/// One plant and the claims about it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// The plant.
    pub plant: Plant,
    /// Ids of the claims that say it.
    pub claims: Vec<String>,
    /// Their titles.
    pub titles: Vec<String>,
    /// Of a plant that was missed: what came near it, and what that lacked.
    pub near: Vec<String>,
}

/// What became of the plants of one world.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Score {
    /// Every plant, the decoys among them.
    pub plants: Vec<Found>,
    /// Claims about planted things that nobody planted: kind, id, title.
    pub false_claims: Vec<(Kind, String, String)>,
}

/// Near misses that are kept of one plant.
const NEAR: usize = 4;

/// Judges the claims in the memory after a dream, confirmed or on probation.
pub fn judge(plants: &[Plant], report: &Report) -> Score {
    let found = |plant: &Plant| {
        let claims = report.claims.iter().filter(|claim| says(claim, plant));
        let (claims, titles): (Vec<String>, Vec<String>) =
            claims.map(|claim| (claim.id.to_string(), claim.title.clone())).unzip();
        let near = report.near_misses.iter().filter(|miss| claims.is_empty() && is_near(miss, plant));
        let near = near.map(|miss| format!("{}: {}", miss.title, miss.why)).take(NEAR).collect();
        Found { plant: plant.clone(), claims, titles, near }
    };
    let plants_found: Vec<Found> = plants.iter().map(found).collect();
    let accepted: BTreeSet<&String> = plants_found.iter().flat_map(|found| &found.claims).collect();
    let others = report.claims.iter().filter(|claim| !accepted.contains(&claim.id.to_string()));
    let false_claims = others
        .filter(|claim| plants.iter().any(|plant| is_about(claim, plant)))
        .map(|claim| (kind_of(claim), claim.id.to_string(), claim.title.clone()))
        .collect();
    Score { plants: plants_found, false_claims }
}

/// Whether a near miss speaks of what a plant is about.
fn is_near(miss: &NearMiss, plant: &Plant) -> bool {
    match &plant.what {
        What::Preference { value, .. } => has(&miss.title, value),
        _ => plant.vocabulary.iter().any(|tool| has(&miss.title, tool)),
    }
}

fn kind_of(claim: &ReportedClaim) -> Kind {
    match &claim.signature {
        Signature::Mistake(mistake) if mistake.silent => Kind::Silent,
        Signature::Mistake(_) => Kind::Loud,
        Signature::Workflow(_) => Kind::Workflow,
        Signature::Preference(_) => Kind::Preference,
    }
}

/// Whether a claim speaks of a plant's own tools.
fn is_about(claim: &ReportedClaim, plant: &Plant) -> bool {
    let is_own = |tool: &String| plant.vocabulary.contains(tool);
    match &claim.signature {
        // A message is told by its words: other claims about the tool of an error are what the ladder is for.
        Signature::Mistake(mistake) if mistake.silent => {
            mistake.feature.as_ref().is_some_and(|feature| is_own(&feature.tool))
        }
        Signature::Mistake(mistake) => plant.kind != Kind::Loud && is_own(&mistake.tool),
        // What good sessions do where others slip is a procedure, too, and so it may be said.
        Signature::Workflow(workflow) => {
            let place = |step: &WorkflowStep| plant.vocabulary.iter().position(|tool| *tool == step.tool);
            let places: Vec<usize> = workflow.steps.iter().filter_map(place).collect();
            let is_course = plant.kind == Kind::Silent && places.is_sorted_by(|a, b| a < b);
            !places.is_empty() && !is_course
        }
        Signature::Preference(preference) => match &plant.what {
            // What people want now, after they changed their minds, is right.
            What::Preference { .. } if plant.decoy == Some(Decoy::Reversed) => false,
            What::Preference { situation, .. } => has(&preference.situation, situation),
            _ => false,
        },
    }
}

/// Whether a claim says what was planted.
fn says(claim: &ReportedClaim, plant: &Plant) -> bool {
    match (&plant.what, &claim.signature) {
        (What::Loud { message }, Signature::Mistake(mistake)) if !mistake.silent => {
            mistake.template.as_deref().is_some_and(|template| fits(template, message))
        }
        (What::Silent { features, .. }, Signature::Mistake(mistake)) if mistake.silent => {
            let cited = claim
                .evidence
                .iter()
                .any(|place| plant.sessions.iter().any(|session| place.session_id.as_str() == session));
            mistake.feature.as_ref().is_some_and(|said| {
                features.iter().any(|(kind, tool, argument)| {
                    *kind == said.kind
                        && tool.as_ref().map_or(cited, |tool| *tool == said.tool)
                        && argument
                            .as_ref()
                            .is_none_or(|path| said.argument.as_ref().is_none_or(|at| at == path))
                })
            })
        }
        (What::Workflow { steps }, Signature::Workflow(workflow)) => {
            let said: Vec<&str> = workflow.steps.iter().map(|step| step.tool.as_str()).collect();
            let longer = said.len().max(steps.len()) as f64;
            common(&said, steps) as f64 / longer >= ALIKE
        }
        (What::Preference { situation, value }, Signature::Preference(preference)) => {
            // The title quotes somebody: the value may be one of the engine's own words for it. It may also quote
            // what is no longer wanted, so that a decoy is known by the value alone.
            let about = [&preference.situation, &preference.attribute, &preference.value, &claim.title];
            let is_theirs = plant.decoy.is_none() || matches!(claim.scope, Scope::Team | Scope::Fleet);
            is_theirs
                && (names(&preference.value, value) || plant.decoy.is_none() && has(&claim.title, value))
                && about.iter().any(|text| head(situation).is_some_and(|head| has(text, head)))
        }
        (What::AnyOf { tool }, Signature::Mistake(mistake)) => match (plant.kind, &mistake.feature) {
            (Kind::Silent, Some(feature)) => feature.tool == *tool,
            (Kind::Loud, None) => mistake.tool == *tool,
            _ => false,
        },
        _ => false,
    }
}

/// Whether a template takes in a message, token by token.
fn fits(template: &str, message: &str) -> bool {
    let said = mask(message);
    let template: Vec<&str> = template.split_whitespace().collect();
    let masked: Vec<String> = said.join(" ").split_whitespace().map(str::to_lowercase).collect();
    let same = |(ours, theirs): (&&str, &String)| ours.contains(WILDCARD) || ours.to_lowercase() == *theirs;
    template.len() == masked.len() && template.iter().zip(&masked).all(same)
}

/// Begins a value that people are against.
const AGAINST: &str = "not ";

/// Whether a value is this one: the same words, not a part of longer ones ("serif fonts" is not in "sans-serif
/// fonts"), and not what people are against.
fn names(text: &str, value: &str) -> bool {
    let (text, value) = (text.to_lowercase(), value.to_lowercase());
    let is_inside = |c: char| c.is_alphanumeric() || c == '-';
    let whole =
        |at: usize| !text[..at].ends_with(is_inside) && !text[at + value.len()..].starts_with(is_inside);
    !text.starts_with(AGAINST) && text.match_indices(&value).any(|(at, _)| whole(at))
}

fn has(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

/// The word that a situation is about, without its plural.
fn head(situation: &str) -> Option<&str> {
    let word = situation.split_whitespace().next_back()?;
    Some(word.strip_suffix('s').unwrap_or(word))
}

/// Length of the longest sequence of tools that two procedures have in common.
fn common(said: &[&str], steps: &[String]) -> usize {
    let mut row = vec![0_usize; steps.len() + 1];
    for tool in said {
        let mut before = 0;
        for (at, step) in steps.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if step == tool { before + 1 } else { above.max(row[at]) };
            before = above;
        }
    }
    row[steps.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_take_in_messages_of_their_form_and_no_others() {
        assert!(fits("Kiln <*> is locked by shift <*>", "Kiln KX-12 is locked by shift 9"));
        assert!(!fits("Kiln <*> is locked by shift <*>", "Kiln KX-12 is locked by nobody 9"));
        assert!(!fits("Kiln <*> is locked", "Kiln KX-12 is locked by shift 9"));
    }

    #[test]
    fn values_are_whole_words_that_people_are_for() {
        assert!(names("use serif fonts there", "serif fonts"));
        assert!(!names("sans-serif fonts", "serif fonts"));
        assert!(!names("not the Oxford comma", "the Oxford comma"));
        assert!(names("the Oxford comma", "the oxford comma"));
    }

    #[test]
    fn procedures_are_alike_by_what_they_have_in_common_in_order() {
        let steps = ["a", "b", "c", "b"].map(str::to_owned);
        assert_eq!(common(&["a", "b", "c", "b"], &steps), 4);
        assert_eq!(common(&["b", "a", "c"], &steps), 2);
        assert_eq!(common(&["x"], &steps), 0);
    }
}

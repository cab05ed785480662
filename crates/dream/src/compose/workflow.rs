//! The words of a playbook.

use std::collections::BTreeSet;

use super::Style;
use super::phrases::workflow::*;
use super::phrases::{AND, IN, SEEN, of_class};
use super::text::Text;
use super::topic::slug;
use crate::detect::workflows::{FIXED, INSTRUCTIONS, USER, Workflow, leaf};
use crate::gate::Judged;
use crate::normalise::Class;
use crate::report::{ASK_STEP, ArgSource, Beside, Pitfall, WorkflowStep};
use crate::validate::is_cited;

/// Tools of the person stand behind this prefix.
const PERSONS: &str = "user:";
/// Steps that a title names.
const TITLE_STEPS: usize = 3;
/// Longest name of a file.
const MAX_SLUG: usize = 48;

/// Returns the file: `playbooks/<name>.md`.
pub(super) fn path(claim: &Judged, workflow: &Workflow) -> String {
    let of = &workflow.signature;
    let goal = goal(workflow).map(|step| step.tool.clone());
    let words = of.words.iter().map(|word| word.word.clone());
    let mut name = slug(&words.chain(goal).collect::<Vec<_>>().join(" "));
    name.truncate(MAX_SLUG);
    let name = name.trim_matches('-');
    if name.is_empty() {
        format!("playbooks/{}.md", claim.id.as_str())
    } else {
        format!("playbooks/{name}.md")
    }
}

/// The step that the others lead to: the last one that comes once.
fn goal(workflow: &Workflow) -> Option<&WorkflowStep> {
    let steps = &workflow.signature.steps;
    let once = |step: &&WorkflowStep| steps.iter().filter(|other| other.tool == step.tool).count() == 1;
    steps.iter().filter(|step| step.tool != ASK_STEP).rfind(once).or_else(|| steps.last())
}

pub(super) fn title(claim: &Judged, workflow: &Workflow, style: Style) -> String {
    let of = &workflow.signature;
    let mut text = Text::new();
    let words: Vec<&str> = of.words.iter().map(|word| word.word.as_str()).collect();
    let words: Vec<String> = words.iter().filter_map(|word| spelt(claim, word)).collect();
    if style == Style::Full && !words.is_empty() {
        text = text.say(ASKED_FOR);
        for (at, word) in words.iter().enumerate() {
            text = if at > 0 { text.mark(",").quote(word) } else { text.quote(word) };
        }
        text = text.mark(":");
    } else {
        text = text.say(IN_THIS_ORDER);
    }
    let mut names: Vec<String> = Vec::new();
    for step in of.steps.iter().filter(|step| step.tool != ASK_STEP) {
        let name = code(claim, step);
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    let last = names.pop().unwrap_or_default();
    let first: Vec<String> = names.iter().take(TITLE_STEPS).cloned().collect();
    for (at, name) in first.iter().enumerate() {
        text = if at > 0 { text.mark(",").code(name) } else { text.code(name) };
    }
    let text = if names.len() > TITLE_STEPS { text.mark(" …") } else { text };
    text.mark(",").say(THEN).code(&last).finish()
}

pub(super) fn body(claim: &Judged, workflow: &Workflow, style: Style) -> String {
    let mut lines = vec![when(claim, workflow)];
    let inputs = inputs(claim, workflow);
    if !inputs.is_empty() && style == Style::Full {
        lines.push(Text::new().say(INPUTS).finish());
        lines.extend(inputs.into_iter().map(item));
    }
    lines.push(Text::new().say(STEPS).finish());
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for step in &workflow.signature.steps {
        let is_new = told.insert(&step.tool);
        let text = self::step(claim, workflow, step, is_new && style == Style::Full);
        lines.push(format!("{}. {}", step.place, text.finish()));
    }
    if style == Style::Full {
        lines.extend(checks(claim, workflow));
        lines.extend(pitfalls(claim, workflow));
        lines.extend(not_when(claim, workflow));
    }
    lines.push(Text::new().say(EVIDENCE).finish());
    lines.extend(evidence(claim, workflow).into_iter().map(|text| item(text.finish())));
    lines.join("\n")
}

fn item(text: String) -> String {
    format!("- {text}")
}

/// A word as a cited request spells it.
fn spelt(claim: &Judged, word: &str) -> Option<String> {
    let quotes = claim.places.iter().flat_map(|(_, quotes)| quotes);
    quotes
        .flat_map(|quote| quote.text.split(|c: char| !c.is_alphanumeric() && c != '\''))
        .find(|spelt| spelt.to_lowercase() == word)
        .map(str::to_owned)
}

/// The name of a step, as far as it stands in a cited call.
fn code(claim: &Judged, step: &WorkflowStep) -> String {
    let tool = step.tool.strip_prefix(PERSONS).unwrap_or(&step.tool);
    let mut words: Vec<&str> = tool.split(' ').collect();
    while words.len() > 1 && !is_cited(claim, &words.join(" ")) {
        words.pop();
    }
    words.join(" ")
}

fn when(claim: &Judged, workflow: &Workflow) -> String {
    let of = &workflow.signature;
    let words = of.words.iter().filter_map(|word| Some((spelt(claim, &word.word)?, word)));
    let mut text = Text::new().say(WHEN_TO_USE);
    let mut any = false;
    for (spelt, word) in words {
        text = if any { text.mark(",") } else { text.say(REQUESTS_SAY) };
        text = text.quote(&spelt).mark(" (").number(word.conforming).say(OF_THEM).mark(",");
        text = text.number(word.other).say(OTHERS_SAY).mark(")");
        any = true;
    }
    if !any {
        let first = of.steps.first().map(|step| code(claim, step)).unwrap_or_default();
        let goal = goal(workflow).map(|step| code(claim, step)).unwrap_or_default();
        text = text.say(STARTS_WITH).code(&first).say(AND_LEADS_TO).code(&goal);
    }
    text.mark(".").finish()
}

/// What has to be there from the start: arguments that no step of the workflow supplies.
fn inputs(claim: &Judged, workflow: &Workflow) -> Vec<String> {
    let of = &workflow.signature;
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut lines = Vec::new();
    for step in &of.steps {
        for (path, source) in &step.args {
            let name = leaf(path);
            let outside = source.from != FIXED && supplier(workflow, source).is_none();
            if outside && is_cited(claim, name) && told.insert(name) {
                lines.push(from(Text::new().code(name), claim, source).finish());
            }
        }
    }
    lines
}

/// The step of the workflow that supplies a value.
fn supplier<'w>(workflow: &'w Workflow, source: &ArgSource) -> Option<&'w WorkflowStep> {
    let steps = workflow.signature.steps.iter();
    steps.into_iter().find(|step| tool_of(source) == step.tool.split(' ').next())
}

fn tool_of(source: &ArgSource) -> Option<&str> {
    let is_result = ![USER, INSTRUCTIONS, FIXED].contains(&source.from.as_str());
    is_result.then(|| source.from.split('.').next().unwrap_or(&source.from))
}

fn from(text: Text, claim: &Judged, source: &ArgSource) -> Text {
    match (source.from.as_str(), tool_of(source)) {
        (USER, _) => text.say(FROM_PERSON),
        (INSTRUCTIONS, _) => text.say(FROM_INSTRUCTIONS),
        (_, Some(tool)) if is_cited(claim, tool) => text.say(FROM_THE_ANSWER).code(tool),
        _ => text.say(FROM_EARLIER),
    }
}

fn step(claim: &Judged, workflow: &Workflow, step: &WorkflowStep, with_args: bool) -> Text {
    if step.tool == ASK_STEP {
        return Text::new().say(ASK_AND_WAIT);
    }
    let text = if step.tool.starts_with(PERSONS) { Text::new().say(HAVE_THEM) } else { Text::new() };
    let mut text = text.code(&code(claim, step));
    if let Some(file) = step.file.as_deref().and_then(of_file) {
        text = text.say(ON).say(file);
    }
    let mut any = false;
    for (path, source) in step.args.iter().filter(|_| with_args) {
        let name = leaf(path);
        let fixed = source.value.as_deref().filter(|value| is_cited(claim, value));
        let supplied = supplier(workflow, source).is_some();
        if !is_cited(claim, name) || !(supplied || fixed.is_some()) {
            continue;
        }
        text = if any { text.mark(",") } else { text.say(WITH) };
        text = text.code(name);
        text = match fixed {
            Some(value) => text.say(ALWAYS).code(value),
            None => from(text, claim, source),
        };
        any = true;
    }
    text
}

fn checks(claim: &Judged, workflow: &Workflow) -> Vec<String> {
    let of = &workflow.signature;
    let times =
        |text: Text, count: u64| text.number(count).say(OF_INSTANCES).number(of.instances).say(INSTANCES);
    let shown = |beside: &&Beside| is_cited(claim, &code(claim, &beside.step));
    let mut lines = Vec::new();
    let mut told: BTreeSet<String> = of.steps.iter().map(|step| code(claim, step)).collect();
    for before in of.before.iter().filter(shown) {
        if !told.insert(code(claim, &before.step)) {
            continue;
        }
        let text = Text::new().say(BEFORE_IT).code(&code(claim, &before.step)).say(TIMES_BEFORE);
        lines.push(item(times(text, before.instances).finish()));
    }
    if let Some(check) = of.check.iter().find(shown) {
        let text = Text::new().say(LOOK_AGAIN).code(&code(claim, &check.step)).mark(":");
        lines.push(item(times(text, check.instances).finish()));
    }
    if of.ends * 2 >= of.instances {
        let text =
            Text::new().say(STOP).number(of.ends).say(OF_INSTANCES).number(of.instances).say(INSTANCES);
        lines.push(item(text.finish()));
    }
    if !lines.is_empty() {
        lines.insert(0, Text::new().say(CHECKS).finish());
    }
    lines
}

fn pitfalls(claim: &Judged, workflow: &Workflow) -> Vec<String> {
    let line = |pitfall: &Pitfall| {
        let step = workflow.signature.steps.iter().find(|step| step.place == pitfall.step)?;
        let class = Class::ALL.iter().find(|class| class.slug() == pitfall.class)?;
        let text = Text::new().code(&code(claim, step)).word(of_class(*class).0).mark(" (");
        let text = text.count(pitfall.sessions, "session").mark("):").say(SEE).code(pitfall.claim.as_str());
        Some(item(text.mark(".").finish()))
    };
    let mut lines: Vec<String> = workflow.signature.pitfalls.iter().filter_map(line).collect();
    if !lines.is_empty() {
        lines.insert(0, Text::new().say(PITFALLS).finish());
    }
    lines
}

fn not_when(claim: &Judged, workflow: &Workflow) -> Option<String> {
    let words = workflow.signature.not_when.iter();
    let mut words = words.filter_map(|word| Some((spelt(claim, &word.word)?, word)));
    let (spelt, word) = words.next()?;
    let text = Text::new().say(NOT_WHEN).say(REQUESTS_SAY).quote(&spelt).mark(" (").number(word.conforming);
    let text = text.say(OF_FAILED).number(word.other).say(OF_GOOD).mark(").");
    Some(text.finish())
}

fn evidence(claim: &Judged, workflow: &Workflow) -> Vec<Text> {
    let of = &workflow.signature;
    let support = &claim.support;
    let mut seen = Text::new().say(SEEN).say(IN).count(support.sessions, "session");
    let spread = [
        (support.tasks, "task"),
        (support.days, "day"),
        (support.agents, "agent"),
        (support.principals, "person"),
    ];
    for (at, (count, noun)) in spread.into_iter().filter(|(count, _)| *count > 1).enumerate() {
        seen = if at == 0 { seen.mark(" (") } else { seen.mark(",") };
        seen = seen.count(count, noun);
    }
    if spread.iter().any(|(count, _)| *count > 1) {
        seen = seen.mark(")");
    }
    let mut lines = vec![seen.mark(".")];
    let trend = Text::new().say(of_trend(of.convergence.trend));
    lines.push(match (of.convergence.first, of.convergence.last) {
        (Some(first), Some(last)) => trend.number(first).say(AT_FIRST).number(last).say(LATELY),
        _ => trend,
    });
    if let Some(outcome) = claim.outcome.filter(|outcome| outcome.with > 0 && outcome.without > 0) {
        let text =
            Text::new().say(FAILED_SO).number(outcome.fail_with).say(super::phrases::OF).number(outcome.with);
        lines.push(
            text.mark(";")
                .say(FAILED_OTHERS)
                .number(outcome.fail_without)
                .say(super::phrases::OF)
                .number(outcome.without)
                .mark("."),
        );
    }
    if let Some(benefit) = &of.benefit {
        let mut text = Text::new().say(SAME_TASKS);
        let gains = benefit.success_low > 0.0;
        if gains {
            text = text
                .say(MORE_SUCCESS)
                .number(benefit.success)
                .mark(",")
                .say(AT_LEAST)
                .number(benefit.success_low);
        }
        if benefit.steps_saved_low > 0.0 {
            text = if gains { text.say(AND) } else { text };
            text = text
                .say(FEWER)
                .number(benefit.steps_saved)
                .mark(",")
                .say(AT_LEAST)
                .number(benefit.steps_saved_low);
        }
        if gains || benefit.steps_saved_low > 0.0 {
            lines.push(text.mark("."));
        }
    }
    let text = Text::new().say(SHUFFLED).number(of.q_shuffle).say(AGAINST_SHUFFLE).number(of.q_markov);
    lines.push(text.say(AGAINST_MARKOV));
    lines
}

//! The words of a mistake: what to do, how often it was seen, what it cost.

use super::Style;
use super::phrases::*;
use super::quote::{of_line, of_template};
use super::text::Text;
use crate::detect::RepairKind;
use crate::gate::{ChosenRepair, Judged};
use crate::ledger::Key;
use crate::normalise::Class;

/// Longest quotation in a title and in a body, in characters.
const TITLE_QUOTE: usize = 64;
const BODY_QUOTE: usize = 160;

/// What a mistake is about.
struct Subject<'a> {
    /// The tool, or the program of a shell line; `None` where the shell itself is meant.
    name: Option<&'a str>,
    is_program: bool,
    class: Class,
    template: Option<&'a [String]>,
}

impl<'a> Subject<'a> {
    fn of(claim: &'a Judged) -> Self {
        let Key::Mistake { tool, program, class, template } = &claim.key;
        let is_program = tool == "bash";
        let name =
            if is_program { program.as_deref() } else { Some(tool.strip_prefix("user:").unwrap_or(tool)) };
        Self { name, is_program, class: *class, template: template.as_deref() }
    }

    /// "`x` says “…”", or "`x` fails its tests".
    fn event(&self, text: Text, limit: usize) -> Text {
        let text = match self.name {
            Some(name) => text.code(name),
            None => text.say(A_COMMAND),
        };
        match self.template {
            Some(template) => text.say(SAYS).quote(&of_template(template, limit)),
            None => text.word(of_class(self.class).0),
        }
    }
}

pub(super) fn title(claim: &Judged, style: Style) -> String {
    let subject = Subject::of(claim);
    let repair = claim.repair.as_ref().filter(|_| style == Style::Full);
    let text = match (subject.class, repair, subject.name) {
        (Class::CriterionUnmet, _, _) => {
            let quote = subject.template.map(|template| of_template(template, TITLE_QUOTE));
            Text::new().say(GRADER_TITLE).quote(&quote.unwrap_or_default())
        }
        (Class::Denied, _, Some(name)) => Text::new().say(PEOPLE_REFUSE).code(name),
        (Class::Corrected, _, Some(name)) => Text::new().say(PEOPLE_CORRECT).code(name),
        (_, Some(chosen), name) => fix(&subject, chosen, name),
        (_, None, _) => subject.event(Text::new(), TITLE_QUOTE),
    };
    text.finish()
}

/// The title of a mistake whose repair is known: the repair as an order.
fn fix(subject: &Subject<'_>, chosen: &ChosenRepair, name: Option<&str>) -> Text {
    let repair = &chosen.repair;
    let say = |text: Text| {
        subject.template.map_or(text.clone(), |template| {
            text.say(WHEN_LOWER).say(IT).say(SAYS).quote(&of_template(template, TITLE_QUOTE))
        })
    };
    match repair.kind {
        RepairKind::Before => {
            let text = Text::new().say(if subject.is_program { RUN } else { CALL }).code(&repair.symbol);
            match name {
                Some(name) => text.say(BEFORE).code(name),
                None => subject.event(text.say(WHEN_LOWER), TITLE_QUOTE),
            }
        }
        RepairKind::Switch => {
            let text = Text::new().say(USE).code(&repair.symbol);
            match name {
                Some(name) if subject.class == Class::CommandNotFound => {
                    text.say(WHERE).code(name).say(IS_MISSING)
                }
                _ => subject.event(text.say(WHEN_LOWER), TITLE_QUOTE),
            }
        }
        RepairKind::Retry => {
            let text = Text::new().say(REPEAT).code(&repair.symbol);
            subject
                .template
                .map_or(text.clone(), |template| text.say(AFTER).quote(&of_template(template, TITLE_QUOTE)))
        }
        RepairKind::Arguments => {
            let target = name.unwrap_or(&repair.symbol);
            let (added, removed, changed) =
                (leaves(&repair.added), leaves(&repair.removed), leaves(&repair.changed));
            if !added.is_empty() {
                say(Text::new().say(ADD).codes(&added).say(TO).code(target))
            } else if !removed.is_empty() && changed.is_empty() {
                say(Text::new().say(DROP).codes(&removed).say(FROM).code(target))
            } else {
                let text = Text::new().say(CHECK).codes(&changed).say(BEFORE).code(target);
                subject.template.map_or(text.clone(), |template| {
                    text.mark(":").quote(&of_template(template, TITLE_QUOTE))
                })
            }
        }
    }
}

pub(super) fn body(claim: &Judged, style: Style) -> String {
    let subject = Subject::of(claim);
    let mut lines = vec![advice(claim, &subject, style), seen(claim, &subject)];
    lines.extend(outcome(claim, &subject));
    lines.extend(held_out(claim));
    if claim.support.agents > 1 || claim.support.tasks > 2 {
        lines.extend(of_blame(claim.blame).map(|phrase| Text::new().say(phrase).finish()));
    }
    lines.join("\n")
}

/// What to do: the repair that worked, or what usually helps.
fn advice(claim: &Judged, subject: &Subject<'_>, style: Style) -> String {
    let when = match subject.class {
        Class::CriterionUnmet => {
            let quote = subject.template.map(|template| of_template(template, BODY_QUOTE));
            Text::new().say(GRADER_TITLE).quote(&quote.unwrap_or_default()).mark(".").say(TRY)
        }
        _ => subject.event(Text::new().say(WHEN), BODY_QUOTE).mark(","),
    };
    let Some(chosen) = claim.repair.as_ref().filter(|_| style == Style::Full) else {
        let advice = of_class(subject.class).1;
        let text = if subject.class == Class::CriterionUnmet { when } else { when.say(NO_REPAIR).say(TRY) };
        return text.word(advice).finish();
    };
    let repair = &chosen.repair;
    let program = subject.is_program;
    let text = match repair.kind {
        RepairKind::Before => {
            when.say(if program { RUN_LOWER } else { CALL_LOWER }).code(&repair.symbol).say(FIRST_THEN_AGAIN)
        }
        RepairKind::Switch => when.say(USE_LOWER).code(&repair.symbol).say(INSTEAD),
        RepairKind::Retry => when.say(SAME_CALL),
        RepairKind::Arguments => {
            let (added, removed, changed) =
                (leaves(&repair.added), leaves(&repair.removed), leaves(&repair.changed));
            let mut text = if added.is_empty() && changed.is_empty() {
                when.say(if program { RUN_AGAIN_WITHOUT } else { CALL_AGAIN_WITHOUT }).codes(&removed)
            } else {
                let text = when.say(if program { RUN_AGAIN_WITH } else { CALL_AGAIN_WITH });
                match (added.is_empty(), changed.is_empty()) {
                    (false, true) => text.codes(&added).say(ADDED),
                    (false, false) => text.codes(&added).say(ADDED).say(AND).say(ANOTHER).codes(&changed),
                    _ => text.say(ANOTHER).codes(&changed),
                }
            };
            if let Some((_, value)) = &chosen.value {
                text = text.mark(" (").say(USUALLY).code(value).mark(")");
            }
            text
        }
    };
    text.mark(":")
        .say(THAT_WORKED)
        .number(chosen.recovered)
        .say(OF)
        .count(chosen.of, "time")
        .mark(".")
        .finish()
}

/// How often, where, and an example.
fn seen(claim: &Judged, subject: &Subject<'_>) -> String {
    let support = &claim.support;
    let mut text =
        Text::new().say(SEEN).count(claim.occurrences, "time").say(IN).count(support.sessions, "session");
    let spread = [
        (support.tasks, "task"),
        (support.days, "day"),
        (support.agents, "agent"),
        (support.principals, "person"),
    ];
    let spread: Vec<_> = spread.into_iter().filter(|(count, _)| *count > 1).collect();
    for (at, (count, noun)) in spread.iter().enumerate() {
        text = text.mark(if at == 0 { " (" } else { "," }).count(*count, noun);
    }
    if !spread.is_empty() {
        text = text.mark(")");
    }
    let varies = subject.template.is_none_or(|template| template.iter().any(|token| token.contains('<')));
    let example = claim
        .places
        .iter()
        .filter_map(|(_, quotes)| quotes.first())
        .map(|quote| quote.text.trim())
        .find(|line| !line.is_empty() && line.len() < 200 && crate::validate::may_quote(line));
    if let Some(line) = example.filter(|_| varies && has_message(subject.class)) {
        text = text.mark(",").say(FOR_EXAMPLE).quote(&of_line(line, BODY_QUOTE));
    }
    text = text.mark(";").count(claim.wasted.steps, "step").say(LOST);
    text.finish()
}

/// Whether the first place of a class is what a tool said.
fn has_message(class: Class) -> bool {
    !matches!(class, Class::Denied | Class::RepeatedCall | Class::Undone)
}

fn outcome(claim: &Judged, subject: &Subject<'_>) -> Option<String> {
    let outcome = claim.outcome.filter(|outcome| outcome.with >= 3 && outcome.without >= 3)?;
    let text = Text::new()
        .say(SESSIONS_THAT_HIT_IT)
        .number(outcome.fail_with)
        .say(OF)
        .number(outcome.with)
        .mark(";");
    let text = match subject.name.filter(|_| !subject.is_program) {
        Some(name) => text.say(OTHERS_THAT_CALLED).code(name).say(FAILED),
        None => text.say(OTHERS_THAT_RAN),
    };
    let text = text.number(outcome.fail_without).say(OF).number(outcome.without);
    let text = text.mark(" (").say(LIFT).number(outcome.lift).mark(",").say(Q).number(outcome.q).mark(").");
    Some(text.finish())
}

fn held_out(claim: &Judged) -> Option<String> {
    let heldout = claim.support.heldout;
    (heldout > 0).then(|| Text::new().say(HELD_OUT).count(heldout, "session").say(NOT_MINED).finish())
}

/// The last name of each path: `passengers[].dob` is `dob` to a reader.
fn leaves(paths: &[String]) -> Vec<String> {
    let leaf = |path: &String| {
        path.trim_end_matches("[]").rsplit('.').next().unwrap_or(path).trim_end_matches("[]").to_owned()
    };
    let mut leaves: Vec<String> = paths.iter().map(leaf).filter(|leaf| !leaf.is_empty()).collect();
    leaves.dedup();
    leaves
}

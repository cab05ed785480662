//! The words of a mistake: what to do, how often it was seen, what it cost.

use super::Style;
use super::phrases::*;
use super::quote::{of_line, of_template};
use super::text::Text;
use crate::detect::{RepairKind, can_be_repaired, leaf};
use crate::gate::{ChosenRepair, Judged, Loud};
use crate::ledger::Key;
use crate::normalise::{Class, WILDCARD};

/// Longest quotation in a title and in a body, in characters.
const TITLE_QUOTE: usize = 64;
const BODY_QUOTE: usize = 160;
/// The same in a title that says how a value is asked for: that is the whole of the advice.
const ASKED_QUOTE: usize = 88;

/// What a mistake is about.
struct Subject<'a> {
    /// The tool, or the program of a shell line; `None` where the shell itself is meant.
    name: Option<&'a str>,
    is_program: bool,
    class: Class,
    /// The common message, as one of the places has it.
    message: Option<&'a [String]>,
    /// The argument for which the message asks for another value.
    asked: Option<&'a str>,
}

impl<'a> Subject<'a> {
    fn of(loud: &'a Loud) -> Self {
        let Key::Mistake { tool, program, class, .. } = &loud.key;
        let is_program = tool == "bash";
        let name = if loud.key.is_about_any_tool() {
            None
        } else if is_program {
            program.as_deref().or(loud.program.as_deref())
        } else {
            Some(tool.strip_prefix("user:").unwrap_or(tool))
        };
        Self { name, is_program, class: *class, message: loud.message.as_deref(), asked: asked(loud) }
    }

    /// "Write `due` of `x` as it asks: “…”"
    fn as_it_asks(&self, argument: &str) -> Text {
        let text = Text::new().say(WRITE).code(argument);
        let text = match self.name {
            Some(name) => text.say(OF).code(name),
            None => text,
        };
        text.say(AS_IT_ASKS).quote(&self.quote(ASKED_QUOTE).unwrap_or_default())
    }

    /// "`x` says “…”", or "`x` fails its tests".
    fn event(&self, text: Text, limit: usize) -> Text {
        let text = match self.name {
            Some(name) => text.code(name),
            None if text.is_empty() => text.say(if self.is_program { A_COMMAND_FIRST } else { A_TOOL_FIRST }),
            None => text.say(if self.is_program { A_COMMAND } else { A_TOOL }),
        };
        match self.quote(limit) {
            Some(quote) => text.say(SAYS).quote(&quote),
            None => text.word(of_class(self.class).0),
        }
    }

    fn quote(&self, limit: usize) -> Option<String> {
        self.message.map(|message| of_template(message, limit))
    }
}

pub(super) fn title(loud: &Loud, style: Style) -> String {
    let subject = Subject::of(loud);
    let repair = loud.repair.as_ref().filter(|_| style == Style::Full);
    let text = match (subject.class, repair, subject.name) {
        (Class::CriterionUnmet, _, _) => {
            Text::new().say(GRADER_TITLE).quote(&subject.quote(TITLE_QUOTE).unwrap_or_default())
        }
        (Class::Denied, _, Some(name)) => Text::new().say(PEOPLE_REFUSE).code(name),
        (Class::Denied, _, None) => Text::new().say(PEOPLE_REFUSE).say(COMMANDS),
        (Class::Corrected, _, Some(name)) => Text::new().say(PEOPLE_CORRECT).code(name),
        (_, Some(chosen), name) => {
            match subject.asked.filter(|asked| chosen.examples.is_empty() && is_about(chosen, asked)) {
                Some(asked) => subject.as_it_asks(asked),
                None => fix(&subject, chosen, name),
            }
        }
        (_, None, _) => match subject.asked.filter(|_| style == Style::Full) {
            Some(asked) => subject.as_it_asks(asked),
            None => subject.event(Text::new(), TITLE_QUOTE),
        },
    };
    text.finish()
}

/// The title of a mistake whose repair is known: the repair as an order.
fn fix(subject: &Subject<'_>, chosen: &ChosenRepair, name: Option<&str>) -> Text {
    let repair = &chosen.repair;
    let quote = subject.quote(TITLE_QUOTE);
    let when_it_says = |text: Text| match &quote {
        Some(quote) => text.say(WHEN_LOWER).say(IT).say(SAYS).quote(quote),
        None => text.say(WHEN_LOWER).say(IT).word(of_class(subject.class).0),
    };
    match repair.kind {
        RepairKind::Before => {
            let text = Text::new().say(if subject.is_program { RUN } else { CALL }).code(&repair.symbol);
            match name {
                Some(name) => match &quote {
                    Some(quote) => text.say(BEFORE).code(name).mark(":").quote(quote),
                    None => text.say(BEFORE).code(name),
                },
                None => subject.event(text.say(WHEN_LOWER), TITLE_QUOTE),
            }
        }
        RepairKind::Switch => {
            let order = if is_install(&repair.symbol) { INSTALL_WITH } else { USE };
            let text = Text::new().say(order).code(&repair.symbol);
            match name {
                Some(name) if subject.class == Class::CommandNotFound => {
                    text.say(WHERE).code(name).say(IS_MISSING)
                }
                _ => subject.event(text.say(WHEN_LOWER), TITLE_QUOTE),
            }
        }
        RepairKind::Retry => {
            let text = match name {
                Some(_) => Text::new().say(REPEAT).code(&repair.symbol),
                None => Text::new().say(REPEAT_THE_CALL),
            };
            match &quote {
                Some(quote) => text.say(AFTER).quote(quote),
                None => text.say(WHEN_LOWER).say(IT).word(of_class(subject.class).0),
            }
        }
        RepairKind::Arguments => {
            let target = name.unwrap_or(&repair.symbol);
            if let (Some(path), [example, ..]) = (ruled(chosen), chosen.examples.as_slice()) {
                let text = Text::new().say(WRITE).code(&path).say(OF).code(target);
                return match &example.old {
                    Some(old) => text.say(LIKE).code(&example.new).mark(",").say(NOT).code(old),
                    None => text.say(AS).code(&example.new),
                };
            }
            let (added, removed, changed) =
                (leaves(&repair.added), leaves(&repair.removed), leaves(&repair.changed));
            if !added.is_empty() {
                when_it_says(Text::new().say(ADD).codes(&added).say(TO).code(target))
            } else if !removed.is_empty() && changed.is_empty() {
                when_it_says(Text::new().say(DROP).codes(&removed).say(FROM).code(target))
            } else {
                let check = Text::new().say(CHECK).codes(&changed).say(BEFORE).code(target);
                match &quote {
                    Some(quote) => check.mark(":").quote(quote),
                    None => {
                        let when = subject.event(Text::new().say(WHEN), TITLE_QUOTE);
                        when.mark(",").say(CHECK_LOWER).codes(&changed)
                    }
                }
            }
        }
    }
}

pub(super) fn body(claim: &Judged, loud: &Loud, style: Style) -> String {
    let subject = Subject::of(loud);
    let mut lines: Vec<String> =
        loud.repair.iter().filter(|_| style == Style::Full).filter_map(lesson).collect();
    lines.extend([advice(loud, &subject, style), seen(claim, loud, &subject)]);
    lines.extend(outcome(claim, &subject));
    lines.extend(held_out(claim));
    if claim.support.agents > 1 || claim.support.tasks > 2 {
        lines.extend(of_blame(loud.blame).map(|phrase| Text::new().say(phrase).finish()));
    }
    lines.join("\n")
}

/// How a value has to be written, by what worked: "Write `due` in every call like this: `24.12.2025` for `2025-12-24`."
fn lesson(chosen: &ChosenRepair) -> Option<String> {
    let path = ruled(chosen).filter(|_| !chosen.examples.is_empty())?;
    let mut text = Text::new().say(WRITE).code(&path).say(IN_EVERY_CALL);
    for (at, example) in chosen.examples.iter().enumerate() {
        text = if at > 0 { text.mark(",") } else { text }.code(&example.new);
        if let Some(old) = &example.old {
            text = text.say(FOR).code(old);
        }
    }
    Some(text.mark(".").finish())
}

/// What to do: the repair that worked, or what usually helps.
fn advice(loud: &Loud, subject: &Subject<'_>, style: Style) -> String {
    let when = match subject.class {
        Class::CriterionUnmet => Text::new()
            .say(GRADER_TITLE)
            .quote(&subject.quote(BODY_QUOTE).unwrap_or_default())
            .mark(".")
            .say(TRY),
        Class::RepeatedCall => subject.event(Text::new(), BODY_QUOTE).mark(".").say(TRY),
        class if !can_be_repaired(class) => {
            subject.event(Text::new(), BODY_QUOTE).say(AGAIN_AND_AGAIN).mark(".").say(TRY)
        }
        _ => subject.event(Text::new().say(WHEN), BODY_QUOTE).mark(","),
    };
    let Some(chosen) = loud.repair.as_ref().filter(|_| style == Style::Full) else {
        if subject.asked.is_some() && style == Style::Full {
            return Text::new().say(SO_IN_EVERY_CALL).finish();
        }
        let advice = of_class(subject.class).1;
        let text = if can_be_repaired(subject.class) { when.say(NO_REPAIR).say(TRY) } else { when };
        return text.word(advice).finish();
    };
    let repair = &chosen.repair;
    let program = subject.is_program;
    let text = match repair.kind {
        RepairKind::Before => {
            when.say(if program { RUN_LOWER } else { CALL_LOWER }).code(&repair.symbol).say(FIRST_THEN_AGAIN)
        }
        RepairKind::Switch if is_install(&repair.symbol) => {
            when.say(INSTALL_IT_WITH).code(&repair.symbol).say(AND_RUN_AGAIN)
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
        // Another program that ran is not yet the first one that runs.
        .say(if is_install(&repair.symbol) { THAT_RAN } else { THAT_WORKED })
        .number(chosen.recovered)
        .say(OF_THE)
        .count(chosen.tried, "time")
        .say(IT_WAS_TRIED)
        .finish()
}

/// How often, where, and an example.
fn seen(claim: &Judged, loud: &Loud, subject: &Subject<'_>) -> String {
    let support = &claim.support;
    let mut text =
        Text::new().say(SEEN).count(loud.occurrences, "time").say(IN).count(support.sessions, "session");
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
    let varies = subject.message.is_none_or(|message| message.iter().any(|token| token.contains(WILDCARD)));
    let example = claim
        .places
        .iter()
        .filter_map(|(_, quotes)| quotes.first())
        .map(|quote| quote.text.trim())
        .find(|line| !line.is_empty() && line.len() < 200 && crate::validate::may_quote(line));
    if let Some(line) = example.filter(|_| varies && has_message(subject.class)) {
        text = text.mark(",").say(FOR_EXAMPLE).quote(&of_line(line, BODY_QUOTE));
    }
    text = text.mark(";").count(loud.wasted.steps, "step").say(LOST);
    text.finish()
}

/// Whether the first place of a class is what a tool said.
fn has_message(class: Class) -> bool {
    !matches!(class, Class::Denied | Class::RepeatedCall | Class::Undone)
}

fn outcome(claim: &Judged, subject: &Subject<'_>) -> Option<String> {
    let outcome = claim.outcome.filter(|outcome| outcome.with >= 3 && outcome.without >= 3)?;
    let (failed, judged) = (outcome.fail_with + outcome.fail_without, outcome.with + outcome.without);
    if failed == 0 || failed == judged {
        return None; // Where all sessions end alike there is nothing to compare.
    }
    let text = Text::new()
        .say(SESSIONS_THAT_HIT_IT)
        .number(outcome.fail_with)
        .say(OF)
        .number(outcome.with)
        .mark(";");
    let text = match subject.name {
        _ if subject.is_program => text.say(OTHERS_THAT_RAN),
        Some(name) => text.say(OTHERS_THAT_CALLED).code(name).say(FAILED),
        None => text.say(THE_OTHERS),
    };
    let text = text.number(outcome.fail_without).say(OF).number(outcome.without);
    let text = match claim.telling_outcome {
        true => text.mark(" (").say(LIFT).number(outcome.lift).mark(",").say(Q).number(outcome.q).mark(")."),
        false => text.mark("."),
    };
    Some(text.finish())
}

fn held_out(claim: &Judged) -> Option<String> {
    let heldout = claim.support.heldout;
    (heldout > 0).then(|| Text::new().say(HELD_OUT).count(heldout, "session").say(NOT_MINED).finish())
}

/// The argument that a repair is about, if it is a single one.
fn ruled(chosen: &ChosenRepair) -> Option<String> {
    leaves(&[chosen.repair.single()?.to_owned()]).pop()
}

/// The argument for which a message asks for another value: it names one alone, and says what it wants.
fn asked(loud: &Loud) -> Option<&str> {
    let [named] = loud.named.as_slice() else { return None };
    let wants = |token: &String| {
        let word = token.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        DEMANDS.contains(&word.as_str())
    };
    let message = loud.message.as_ref()?;
    let Key::Mistake { class, .. } = loud.key;
    (!is_elsewhere(class) && message.iter().any(wants)).then_some(named)
}

/// Whether what went wrong is not how a value is written.
fn is_elsewhere(class: Class) -> bool {
    use Class::*;
    !can_be_repaired(class)
        || matches!(
            class,
            NotFound
                | FileNotFound
                | CommandNotFound
                | RateLimited
                | Timeout
                | Network
                | Authentication
                | PermissionDenied
        )
}

fn is_about(chosen: &ChosenRepair, argument: &str) -> bool {
    ruled(chosen).as_deref() == Some(argument)
}

/// The last name of each path.
fn leaves(paths: &[String]) -> Vec<String> {
    let mut leaves: Vec<String> =
        paths.iter().map(|path| leaf(path).to_owned()).filter(|leaf| !leaf.is_empty()).collect();
    leaves.dedup();
    leaves
}

/// Whether a program puts something in place rather than doing the work itself.
fn is_install(symbol: &str) -> bool {
    symbol.ends_with(" install") || symbol.ends_with(" add") || symbol.ends_with(" sync")
}

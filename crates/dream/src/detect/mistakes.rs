//! Recurring loud mistakes: every failing step, entered at every level of the signature ladder.
//!
//! | level | what is equal | example |
//! | --- | --- | --- |
//! | 0 | the line | `flight HAT030 not available on date 2024-05-13` |
//! | 1 | tool, class, template | `flight <*> not available on date <*>` |
//! | 1 | class, template, whatever the tool | `<*> Too Many Requests` |
//! | 2 | tool (shell: also its program), class | `update_reservation_flights`, `wrong-state` |
//! | 3 | class | `wrong-state` |
//!
//! The gate later publishes the most specific level that holds.

use std::collections::{BTreeMap, BTreeSet};

use somnium_types::ClaimId;

use super::repair::{self, Try};
use super::template::TemplateTree;
use crate::held_out::Split;
use crate::ledger::{ANY_TOOL, Key, Ledger, Seen, Tried};
use crate::normalise::{Class, Failure, Normalised, Step, WILDCARD, main_program, tool_key};

/// Most places kept of one repair in one session.
const MAX_QUOTES: usize = 6;

/// Runs the detector.
pub(crate) fn detect(sessions: &[Normalised], split: Split, ledger: &mut Ledger) {
    let templates = Templates::settle(sessions, split, ledger);
    for session in sessions {
        for (at, step) in session.steps.iter().enumerate() {
            let Some(failure) = &step.failure else { continue };
            let tries = repair::tries(&session.steps, at);
            let wasted = wasted(&session.steps, at, &tries);
            for key in keys(step, failure, &templates) {
                let seen = ledger.claim(&key).seen.entry(session.id.clone()).or_default();
                if key.is_about_any_tool() {
                    seen.tools.insert(tool_key(step).to_owned());
                }
                match key.can_be_written() {
                    true => enter(seen, step, failure, &tries, wasted),
                    false => seen.count += 1, // Its places and repairs are those of other levels.
                }
            }
        }
    }
}

/// Returns the signatures of a failing step, the most specific first.
fn keys(step: &Step, failure: &Failure, templates: &Templates) -> Vec<Key> {
    let tool = tool_key(step).to_owned();
    let class = failure.class;
    let key = |program: Option<String>, template: Option<Vec<String>>| Key::Mistake {
        tool: tool.clone(),
        program,
        class,
        template,
    };
    let template = templates.of(class, &folded(&failure.masked));
    let any = template.clone().map(|template| Key::Mistake {
        tool: ANY_TOOL.to_owned(),
        program: None,
        class,
        template: Some(template),
    });
    let template = template.map(|template| key(None, Some(template)));
    let program = main_program(step).map(|program| key(Some(program.to_owned()), None));
    // A class that says nothing has no level of its own.
    let everywhere = (class != Class::Other).then(|| Key::Mistake {
        tool: ANY_TOOL.to_owned(),
        program: None,
        class,
        template: None,
    });
    any.into_iter().chain(template).chain(program).chain([key(None, None)]).chain(everywhere).collect()
}

fn enter(seen: &mut Seen, step: &Step, failure: &Failure, tries: &[Try], wasted: (u32, u32)) {
    seen.count += 1;
    if let Some(program) = main_program(step) {
        *seen.programs.entry(program.to_owned()).or_default() += 1;
    }
    seen.wasted_steps = seen.wasted_steps.saturating_add(wasted.0);
    seen.wasted_chars = seen.wasted_chars.saturating_add(wasted.1);
    seen.note_spelling(&failure.line);
    if seen.quotes.is_empty() {
        if !failure.line.is_empty() {
            let text = failure.line.clone();
            seen.quotes.push(crate::normalise::Quote { span: failure.span.clone(), text });
        }
        seen.quotes.extend(step.quote.clone());
    }
    for found in tries {
        let known = seen.tries.iter().position(|tried| tried.repair == found.repair);
        let at = known.unwrap_or_else(|| {
            let repair = found.repair.clone();
            seen.tries.push(Tried { repair, tried: 0, worked: 0, quotes: Vec::new(), values: Vec::new() });
            seen.tries.len() - 1
        });
        let tried = &mut seen.tries[at];
        tried.tried += 1;
        if found.worked {
            tried.worked += 1;
            if tried.quotes.is_empty() {
                tried.quotes.extend(found.quotes.iter().take(MAX_QUOTES).cloned());
                tried.values.clone_from(&found.values);
            }
        }
    }
}

/// Steps and characters from the failure to the success that repaired it (the failing step alone where
/// nothing did).
fn wasted(steps: &[Step], at: usize, tries: &[Try]) -> (u32, u32) {
    let distance = tries.iter().find(|found| found.worked).map_or(1, |found| found.distance);
    let lost = steps[at..].iter().filter(|step| step.thread == steps[at].thread).take(distance as usize);
    lost.fold((0, 0), |(count, chars): (u32, u32), step| (count + 1, chars.saturating_add(step.chars)))
}

/// The templates of this dream, by class.
struct Templates {
    /// Templates that earlier dreams relied on: they never change.
    settled: BTreeMap<Class, TemplateTree>,
    trees: BTreeMap<Class, TemplateTree>,
}

impl Templates {
    /// Groups the failing lines of mined sessions, in sorted order, after the templates that are settled
    /// already. Earlier candidates take part like lines, and move with the template that takes them in.
    fn settle(sessions: &[Normalised], split: Split, ledger: &mut Ledger) -> Self {
        let mut settled: BTreeSet<(Class, Vec<String>)> = BTreeSet::new();
        let mut loose: BTreeMap<ClaimId, (Class, Vec<String>)> = BTreeMap::new();
        for (id, claim) in &ledger.claims {
            let Key::Mistake { class, template: Some(template), .. } = &claim.key else { continue };
            if claim.seen.len() > 1 {
                settled.insert((*class, template.clone()));
            } else {
                loose.insert(id.clone(), (*class, template.clone()));
            }
        }
        let mut templates = Self { settled: BTreeMap::new(), trees: BTreeMap::new() };
        for (class, template) in settled {
            templates.settled.entry(class).or_default().settle(&template);
        }
        let mut lines: BTreeSet<(Class, Vec<String>)> = BTreeSet::new();
        for session in sessions.iter().filter(|session| split.mines(&session.id)) {
            let failures = session.steps.iter().filter_map(|step| step.failure.as_ref());
            lines.extend(failures.map(|failure| (failure.class, folded(&failure.masked))));
        }
        lines.extend(loose.values().cloned());
        for (class, tokens) in lines {
            if has_template(class, &tokens) && templates.settled_for(class, &tokens).is_none() {
                templates.trees.entry(class).or_default().insert(&tokens);
            }
        }
        for (id, (class, tokens)) in &loose {
            templates.move_claim(id, *class, tokens, ledger);
        }
        templates
    }

    fn settled_for(&self, class: Class, tokens: &[String]) -> Option<&[String]> {
        self.settled.get(&class)?.find(tokens)
    }

    fn of(&self, class: Class, tokens: &[String]) -> Option<Vec<String>> {
        if !has_template(class, tokens) {
            return None;
        }
        let found = self.settled_for(class, tokens);
        let found = found.or_else(|| self.trees.get(&class).and_then(|tree| tree.find(tokens)));
        let template = found.unwrap_or(tokens).to_vec();
        says_something(&template).then_some(template)
    }

    fn move_claim(&self, id: &ClaimId, class: Class, tokens: &[String], ledger: &mut Ledger) {
        let Some(template) = self.of(class, tokens).filter(|template| template != tokens) else { return };
        let Some(claim) = ledger.take(id) else { return };
        let Key::Mistake { tool, program, .. } = claim.key;
        let key = Key::Mistake { tool, program, class, template: Some(template) };
        let into = ledger.claim(&key);
        for (session, seen) in claim.seen {
            into.seen.entry(session).or_default().absorb(seen);
        }
    }
}

/// Tokens without regard to case: tools write the same message with and without a capital.
fn folded(tokens: &[String]) -> Vec<String> {
    tokens.iter().map(|token| token.to_lowercase()).collect()
}

/// Whether the words of a line are an answer's: those of a person or of the call itself are not a template.
fn has_template(class: Class, tokens: &[String]) -> bool {
    !tokens.is_empty() && !matches!(class, Class::RepeatedCall | Class::Undone | Class::Corrected)
}

/// Whether a template keeps a word.
fn says_something(template: &[String]) -> bool {
    words(template) > 0
}

/// Returns the number of words that a template keeps.
pub(crate) fn words(template: &[String]) -> usize {
    let word =
        |token: &&String| **token != WILDCARD && token.chars().filter(|c| c.is_alphabetic()).count() > 1;
    template.iter().filter(word).count()
}

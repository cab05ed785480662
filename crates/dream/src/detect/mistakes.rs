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

/// Most places kept of one repair in one session: the call, and three arguments as they were and as they became.
const MAX_QUOTES: usize = 7;

/// Runs the detector.
pub(crate) fn detect(sessions: &[&Normalised], split: Split, ledger: &mut Ledger) {
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
    let template = templates.of(failure);
    let any = template.clone().map(|template| Key::Mistake {
        tool: ANY_TOOL.to_owned(),
        program: None,
        class: failure.message,
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
    if !failure.external {
        seen.note_spelling(&failure.line);
        seen.named.extend(named(step, &failure.line));
    }
    if seen.quotes.is_empty() {
        if !failure.line.is_empty() && !failure.external {
            let text = failure.line.clone();
            seen.quotes.push(crate::normalise::Quote { span: failure.span.clone(), text });
        }
        seen.quotes.extend(step.quote.clone());
    }
    for found in tries {
        let known = seen.tries.iter().position(|tried| tried.repair == found.repair);
        let at = known.unwrap_or_else(|| {
            let repair = found.repair.clone();
            let (quotes, values, olds) = (Vec::new(), Vec::new(), Vec::new());
            seen.tries.push(Tried { repair, tried: 0, worked: 0, quotes, values, olds });
            seen.tries.len() - 1
        });
        let tried = &mut seen.tries[at];
        tried.tried += 1;
        if found.worked {
            tried.worked += 1;
            if tried.quotes.is_empty() {
                tried.quotes.extend(found.quotes.iter().take(MAX_QUOTES).cloned());
                tried.values.clone_from(&found.values);
                tried.olds.clone_from(&found.olds);
            }
        }
    }
}

/// Returns the arguments of a call that a message names.
fn named<'s>(step: &'s Step, line: &str) -> impl Iterator<Item = String> + use<'s> {
    let words: BTreeSet<String> = match step.is_shell {
        true => BTreeSet::new(),
        false => line.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect(),
    };
    step.args.iter().map(|arg| repair::leaf(&arg.path).to_owned()).filter(move |leaf| words.contains(leaf))
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
    fn settle(sessions: &[&Normalised], split: Split, ledger: &mut Ledger) -> Self {
        let mut templates = Self { settled: BTreeMap::new(), trees: BTreeMap::new() };
        // Every template has a claim about any tool: that one knows the class of the message.
        let mut loose: BTreeMap<Vec<String>, Class> = BTreeMap::new();
        let mut known: BTreeSet<(Class, &Vec<String>)> = BTreeSet::new();
        for claim in ledger.claims.values().filter(|claim| claim.key.is_about_any_tool()) {
            let Key::Mistake { class, template: Some(template), .. } = &claim.key else { continue };
            if claim.seen.len() > 1 {
                known.insert((*class, template));
            } else {
                loose.insert(template.clone(), *class);
            }
        }
        for (class, template) in known {
            templates.settled.entry(class).or_default().settle(template);
        }
        let mut lines: BTreeSet<(Class, Vec<String>)> = BTreeSet::new();
        for session in sessions.iter().filter(|session| split.mines(&session.id)) {
            let failures = session.steps.iter().filter_map(|step| step.failure.as_ref());
            let failures = failures.filter(|failure| has_template(failure));
            lines.extend(failures.map(|failure| (failure.message, folded(&failure.masked))));
        }
        lines.extend(loose.iter().map(|(template, class)| (*class, template.clone())));
        for (class, tokens) in lines {
            if templates.settled_for(class, &tokens).is_none() {
                templates.trees.entry(class).or_default().insert(&tokens);
            }
        }
        templates.move_claims(&loose, ledger);
        templates
    }

    fn settled_for(&self, class: Class, tokens: &[String]) -> Option<&[String]> {
        self.settled.get(&class)?.find(tokens)
    }

    /// Returns the template of a failure's message, if it has one.
    fn of(&self, failure: &Failure) -> Option<Vec<String>> {
        let template =
            has_template(failure).then(|| self.general(failure.message, &folded(&failure.masked)))?;
        says_something(&template).then_some(template)
    }

    /// Returns the template that takes a line in, or the line itself.
    fn general(&self, class: Class, tokens: &[String]) -> Vec<String> {
        let found = self.settled_for(class, tokens);
        let found = found.or_else(|| self.trees.get(&class).and_then(|tree| tree.find(tokens)));
        found.unwrap_or(tokens).to_vec()
    }

    /// Moves the claims of templates that a more general one takes in.
    fn move_claims(&self, loose: &BTreeMap<Vec<String>, Class>, ledger: &mut Ledger) {
        let moving = ledger.claims.iter().filter_map(|(id, claim)| {
            let Key::Mistake { tool, program, class, template: Some(template) } = &claim.key else {
                return None;
            };
            let general = self.general(*loose.get(template)?, template);
            let key = Key::Mistake {
                tool: tool.clone(),
                program: program.clone(),
                class: *class,
                template: says_something(&general).then(|| general.clone()),
            };
            (general != *template).then(|| (id.clone(), key))
        });
        let moving: Vec<(ClaimId, Key)> = moving.collect();
        for (id, key) in moving {
            let Some(claim) = ledger.take(&id) else { continue };
            if matches!(&key, Key::Mistake { template: None, .. }) {
                continue; // What no words are left of is counted by class.
            }
            let into = ledger.claim(&key);
            for (session, seen) in claim.seen {
                into.seen.entry(session).or_default().absorb(seen);
            }
        }
    }
}

/// Tokens without regard to case: tools write the same message with and without a capital.
fn folded(tokens: &[String]) -> Vec<String> {
    tokens.iter().map(|token| token.to_lowercase()).collect()
}

/// Whether the words of a line are an answer's: those of a person, of the call itself, or of somebody elsewhere are
/// not a template.
fn has_template(failure: &Failure) -> bool {
    !failure.masked.is_empty()
        && !failure.external
        && !matches!(failure.class, Class::RepeatedCall | Class::Undone | Class::Corrected)
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

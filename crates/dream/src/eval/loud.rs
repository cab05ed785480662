//! Mistakes that an error tells of: by tool, class and template.

use super::{Look, Shows};
use crate::ledger::ANY_TOOL;
use crate::normalise::{Class, Failure, Normalised, Step, WILDCARD, tool_key};
use crate::report::MistakeSignature;

/// One loud mistake.
pub(super) struct Loud {
    /// `None` for any.
    tool: Option<String>,
    program: Option<String>,
    class: String,
    /// In lower case; a wildcard stands for one token or more.
    template: Option<Vec<String>>,
}

impl Loud {
    pub(super) fn of(signature: &MistakeSignature) -> Self {
        let words = |text: &String| text.split_whitespace().map(str::to_lowercase).collect();
        Self {
            tool: (signature.tool != ANY_TOOL).then(|| signature.tool.clone()),
            program: signature.program.clone(),
            class: signature.class.clone(),
            template: signature.template.as_ref().map(words),
        }
    }

    fn calls(&self, step: &Step) -> bool {
        self.tool.as_ref().is_none_or(|tool| tool_key(step) == tool)
            && self.program.as_ref().is_none_or(|program| step.programs.contains(program))
    }

    fn is(&self, failure: &Failure) -> bool {
        let class = |class: Class| class.slug() == self.class;
        match &self.template {
            // A message is the same whatever class its step has for other reasons.
            Some(template) if self.tool.is_none() => fits(template, &failure.masked),
            Some(template) => class(failure.class) && fits(template, &failure.masked),
            None => class(failure.class),
        }
    }
}

impl Shows for Loud {
    fn look(&self, session: &Normalised) -> Look {
        let calls = session.steps.iter().enumerate().filter(|(_, step)| self.calls(step));
        let mut look = Look::default();
        for (at, step) in calls {
            look.could = true;
            if step.failure.as_ref().is_some_and(|failure| self.is(failure)) {
                look.steps.push(at);
            }
        }
        look.times = look.steps.len() as u64;
        look
    }
}

/// Whether a masked line has the fixed tokens of a template in their order, with something in the place of every
/// wildcard and nothing else. A report writes wildcards that lie side by side as one.
fn fits(template: &[String], line: &[String]) -> bool {
    // Places of the line up to which the template so far may reach.
    let mut reached = vec![false; line.len() + 1];
    reached[0] = true;
    for token in template {
        let mut next = vec![false; line.len() + 1];
        for (at, word) in line.iter().enumerate() {
            let starts = reached[at] && (token == WILDCARD || is_same(token, word));
            next[at + 1] = starts || (token == WILDCARD && next[at]);
        }
        reached = next;
    }
    reached[line.len()]
}

fn is_same(token: &str, word: &str) -> bool {
    token.chars().eq(word.chars().flat_map(char::to_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn wildcards_stand_for_one_token_or_more() {
        let template = tokens("order <*> not found in <*>");
        assert!(fits(&template, &tokens("Order <*> not found in <*>")));
        assert!(fits(&template, &tokens("order a b c not found in store")));
        assert!(!fits(&template, &tokens("order not found in store")), "nothing in the place of a wildcard");
        assert!(!fits(&template, &tokens("order <*> not found in <*> today maybe not")[..5]));
        assert!(!fits(&tokens("order found"), &tokens("order found twice")), "more than the template");
        assert!(!fits(&[], &tokens("a")));
    }
}

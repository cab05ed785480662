//! The words of a statement: those who said it, quoted, and how many they were.

use super::phrases::statement::*;
use super::phrases::{IN, SAYS, SEEN};
use super::quote::of_line;
use super::text::Text;
use super::topic;
use crate::gate::Judged;
use crate::proposal::{Stated, Voice};

/// Longest quotation in a title and in a body, in characters.
const TITLE_QUOTE: usize = 140;
const BODY_QUOTE: usize = 240;

/// Returns the file: one for what holds for all, one for each person.
pub(super) fn path(claim: &Judged, stated: &Stated, projects: usize) -> String {
    match &stated.voice {
        Voice::Operator | Voice::Team => "team/said.md".to_owned(),
        Voice::Person(who) => format!("people/{}.md", topic::person(who.as_deref())),
        Voice::Tool(tool, _) => topic::of_tool(claim, tool, projects),
    }
}

pub(super) fn title(stated: &Stated) -> String {
    let quote = of_line(&stated.text, TITLE_QUOTE);
    match &stated.voice {
        Voice::Tool(tool, _) => Text::new().code(tool).say(SAYS).quote(&quote).finish(),
        _ => Text::new().quote(&quote).finish(),
    }
}

pub(super) fn body(claim: &Judged, stated: &Stated) -> String {
    let support = &claim.support;
    let text = match &stated.voice {
        Voice::Operator => Text::new().say(AN_OPERATOR_S_RULE),
        Voice::Team => Text::new().say(SAID_BY).count(support.principals, "person"),
        Voice::Person(_) => Text::new().say(ONE_PERSON_S_OWN),
        Voice::Tool(..) => Text::new().say(SEEN),
    };
    let text = text.say(IN).count(support.sessions, "session");
    let text = match &stated.voice {
        Voice::Tool(..) if support.principals > 1 => {
            text.mark(" (").count(support.principals, "person").mark(")")
        }
        _ => text,
    };
    let text = text.mark(".");
    let long = stated.text.chars().count() > TITLE_QUOTE;
    let text = if long { text.say(IN_FULL).quote(&of_line(&stated.text, BODY_QUOTE)) } else { text };
    text.finish()
}

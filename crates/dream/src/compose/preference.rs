//! The words of a preference: a quotation of those who want it, and how many they are.

use super::Style;
use super::phrases::preference as say;
use super::phrases::{AND, IN};
use super::text::Text;
use crate::detect::preferences::Preference;
use crate::gate::Judged;
use crate::report::Scope;

/// Returns the file: conflicts are questions for a person, and what one person wants is not the team's.
pub(super) fn path(claim: &Judged, preference: &Preference) -> String {
    let path = match claim.scope {
        _ if preference.is_conflict => "conflicts.md",
        Scope::User => "user/preferences.md",
        Scope::Agent | Scope::Team | Scope::Fleet => "team/preferences.md",
    };
    path.to_owned()
}

pub(super) fn title(_claim: &Judged, preference: &Preference, _style: Style) -> String {
    let title = Text::new();
    match &preference.dissent {
        Some((_, other)) if preference.is_conflict => {
            title.say(say::PEOPLE_DISAGREE).quote(&preference.wording).say(say::OR).quote(other).finish()
        }
        _ => title.quote(&preference.wording).finish(),
    }
}

pub(super) fn body(claim: &Judged, preference: &Preference, style: Style) -> String {
    let (people, sessions) = (preference.signature.principals, preference.signature.sessions);
    let mut body = Text::new().say(say::WANTED);
    if people > 0 {
        body = body.say(say::BY).count(people, "person");
    }
    body = body.say(IN).count(sessions, "session").mark(".");
    body = body.say(match claim.scope {
        _ if preference.is_conflict => say::ASK_WHICH,
        Scope::User => say::FOR_ONE,
        Scope::Agent => say::FOR_AGENT,
        Scope::Team => say::FOR_TEAM,
        Scope::Fleet => say::FOR_ALL,
    });
    if style == Style::Plain {
        return body.finish();
    }
    if let Some((first, rest)) = preference.also.split_first() {
        body = body.say(say::ALSO_PUT).quote(first);
        for other in rest {
            body = body.say(AND).quote(other);
        }
        body = body.mark(".");
    }
    if let Some((count, other)) = &preference.dissent {
        body = body.say(say::OTHERWISE).count(*count, "person").mark(":").quote(other).mark(".");
    }
    if let Some((count, other)) = &preference.before {
        body = body.say(say::BEFORE_THAT).count(*count, "person").mark(":").quote(other).mark(".");
    }
    body.finish()
}

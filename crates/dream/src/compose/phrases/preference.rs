//! The fixed wordings of preferences.

use super::Phrase;

phrases! {
    WANTED = "Wanted";
    BY = "by";
    OR = "or";
    PEOPLE_DISAGREE = "People disagree:";
    ASK_WHICH = "Both sides are many: ask before choosing one.";
    FOR_ONE = "For: one person.";
    FOR_AGENT = "For: this agent.";
    FOR_TEAM = "For: the team.";
    FOR_ALL = "For: everybody.";
    ALSO_PUT = "Also put as";
    OTHERWISE = "Otherwise wanted by";
    BEFORE_THAT = "Before that, wanted by";
}

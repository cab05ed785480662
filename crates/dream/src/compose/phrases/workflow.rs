//! The fixed wordings of playbooks.

use super::Phrase;
use crate::report::Trend;

phrases! {
    // Titles.
    ASKED_FOR = "When asked for";
    IN_THIS_ORDER = "In this order:";
    THEN = "then";
    // Sections.
    WHEN_TO_USE = "When to use:";
    REQUESTS_SAY = "the request says";
    OTHERS_SAY = "others";
    OF_THEM = "of them";
    STARTS_WITH = "work that starts with";
    AND_LEADS_TO = "and leads to";
    INPUTS = "Inputs:";
    STEPS = "Steps:";
    CHECKS = "Checks:";
    PITFALLS = "Pitfalls:";
    NOT_WHEN = "Do not use when:";
    OF_FAILED = "of those that failed so,";
    OF_GOOD = "of those that went well";
    EVIDENCE = "Evidence:";
    // Steps.
    ASK_AND_WAIT = "Ask the person, and wait for the answer.";
    HAVE_THEM = "Have the person call";
    ON = "on";
    WITH = "with";
    FROM_PERSON = "from what the person says";
    FROM_INSTRUCTIONS = "from the instructions";
    FROM_THE_ANSWER = "from the answer of";
    FROM_EARLIER = "from an earlier answer";
    ALWAYS = "always";
    BEFORE_IT = "Before:";
    TIMES_BEFORE = "came first in";
    OF_INSTANCES = "of the";
    INSTANCES = "times.";
    LOOK_AGAIN = "After the last change, look with";
    STOP = "Stop after the last step:";
    SEE = "see";
    // Evidence.
    FAILED_SO = "Judged sessions that do it so failed";
    FAILED_OTHERS = "the others failed";
    SAME_TASKS = "Within the same tasks:";
    MORE_SUCCESS = "success higher by";
    AT_LEAST = "at least";
    FEWER = "steps fewer:";
    SHUFFLED = "By chance: q";
    AGAINST_SHUFFLE = "against shuffled steps,";
    AGAINST_MARKOV = "against a chain of pairs.";
    RISING = "More and more sessions do it so:";
    SETTLING = "What comes next at these steps gets more predictable; done so by";
    STEADY = "As common as ever:";
    AT_FIRST = "at first,";
    LATELY = "lately.";
    SHARED = "Shared by several agents, tasks or people; there are too few times for a trend.";
    A_TEST_FILE = "a test file";
    A_SOURCE_FILE = "a source file";
    A_CONFIG_FILE = "a configuration file";
    A_DOC = "a document";
    A_DATA_FILE = "a data file";
    A_FOLDER = "a folder";
}

/// How the class of a file is called.
pub(crate) fn of_file(class: &str) -> Option<Phrase> {
    match class {
        "test" => Some(A_TEST_FILE),
        "source" => Some(A_SOURCE_FILE),
        "config" => Some(A_CONFIG_FILE),
        "docs" => Some(A_DOC),
        "data" => Some(A_DATA_FILE),
        "folder" => Some(A_FOLDER),
        _ => None,
    }
}

/// How a trend is put.
pub(crate) fn of_trend(trend: Trend) -> Phrase {
    match trend {
        Trend::Rising => RISING,
        Trend::Settling => SETTLING,
        Trend::Steady => STEADY,
        Trend::Spread => SHARED,
    }
}

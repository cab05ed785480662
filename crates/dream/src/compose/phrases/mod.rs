//! Every fixed wording of a note, in one table. The validator accepts no other word that does not stand in
//! the evidence, so a wording is added here or not at all.

use crate::normalise::Class;
use crate::report::Blame;

/// A fixed wording; only this file can make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phrase(&'static str);

impl Phrase {
    pub(crate) fn as_str(self) -> &'static str {
        self.0
    }
}

macro_rules! phrases {
    ($($name:ident = $text:literal;)+) => {
        $(pub(crate) const $name: Phrase = Phrase($text);)+
        pub(super) const PHRASES: &[Phrase] = &[$($name),+];
    };
}

pub(crate) mod preference;
pub(crate) mod silent;
pub(crate) mod statement;
pub(crate) mod workflow;

phrases! {
    // Titles.
    CALL = "Call";
    BEFORE = "before";
    USE = "Use";
    RUN = "Run";
    WHERE = "where";
    IS_MISSING = "is missing";
    WHEN = "When";
    WHEN_LOWER = "when";
    SAYS = "says";
    ADD = "Add";
    DROP = "Drop";
    CHECK = "Check";
    AND = "and";
    TO = "to";
    FROM = "from";
    REPEAT = "Repeat";
    AFTER = "after";
    GRADER_TITLE = "The grader objects:";
    PEOPLE_REFUSE = "People refuse";
    PEOPLE_CORRECT = "People correct the agent after";
    AGAIN_AND_AGAIN = "again and again";
    A_COMMAND = "a command";
    A_COMMAND_FIRST = "A command";
    COMMANDS = "commands";
    A_TOOL = "a tool";
    A_TOOL_FIRST = "A tool";
    REPEAT_THE_CALL = "Repeat the call";
    THE_OTHERS = "the others failed";
    CHECK_LOWER = "check";
    OF_THE = "of the";
    IT_WAS_TRIED = "it was tried.";
    IT = "it";
    // What to do.
    CALL_LOWER = "call";
    RUN_LOWER = "run";
    FIRST_THEN_AGAIN = "first, then try again";
    USE_LOWER = "use";
    INSTEAD = "instead";
    CALL_AGAIN_WITH = "call it again with";
    RUN_AGAIN_WITH = "run it again with";
    CALL_AGAIN_WITHOUT = "call it again without";
    RUN_AGAIN_WITHOUT = "run it again without";
    ADDED = "added";
    ANOTHER = "another value for";
    USUALLY = "usually";
    WRITE = "Write";
    LIKE = "like";
    NOT = "not";
    AS = "as";
    AS_IT_ASKS = "as it asks:";
    IN_EVERY_CALL = "in every call like this:";
    SO_IN_EVERY_CALL = "Write it so in every call; no single repair stood out.";
    FOR = "for";
    SAME_CALL = "make the same call once more";
    THAT_WORKED = "that worked";
    OF = "of";
    NO_REPAIR = "no single repair stood out.";
    INSTALL_WITH = "Install with";
    INSTALL_IT_WITH = "install it with";
    AND_RUN_AGAIN = "and run it again";
    THAT_RAN = "that ran without error";
    TRY = "Try:";
    // Counts.
    SEEN = "Seen";
    IN = "in";
    FOR_EXAMPLE = "for example";
    LOST = "lost.";
    SESSIONS_THAT_HIT_IT = "Judged sessions that hit it failed";
    OTHERS_THAT_CALLED = "the others that called";
    OTHERS_THAT_RAN = "the others that ran commands failed";
    FAILED = "failed";
    LIFT = "lift";
    Q = "q";
    HELD_OUT = "Seen again in";
    NOT_MINED = "that had been held out.";
    ENVIRONMENT = "This is the environment's doing: worth fixing there, not only avoiding.";
    SPECIFICATION = "The tool's description could say so: worth fixing there, too.";
}

/// Words by which a message says what it wants.
pub(crate) const DEMANDS: &[&str] = &[
    "must",
    "should",
    "expected",
    "expects",
    "required",
    "requires",
    "need",
    "needs",
    "want",
    "wants",
    "use",
    "format",
    "invalid",
    "validation",
];

/// Nouns that are counted: one, many.
pub(crate) const NOUNS: &[(&str, &str)] = &[
    ("time", "times"),
    ("session", "sessions"),
    ("task", "tasks"),
    ("day", "days"),
    ("agent", "agents"),
    ("person", "people"),
    ("step", "steps"),
];

/// How a failure of a class is put after "`x`", and what to try where no repair was seen.
pub(crate) fn of_class(class: Class) -> (&'static str, &'static str) {
    match class {
        Class::Denied => ("is refused", "say what will change and why, and ask, before making this call."),
        Class::Interrupted => ("is interrupted", "ask before starting something that takes long."),
        Class::CommandNotFound => (
            "is missing",
            "check that the program is installed before relying on it, and have another way ready.",
        ),
        Class::MissingDependency => (
            "misses a dependency",
            "check what is installed first; install it or work without it before running the code.",
        ),
        Class::EditMismatch => (
            "does not find the text to replace",
            "read the file again right before the edit and copy the text exactly, spaces included.",
        ),
        Class::StaleFile => ("meets a file that changed", "read the file again right before writing to it."),
        Class::VersionConflict => (
            "meets a conflict",
            "look at the state of the repository first and settle the conflict before going on.",
        ),
        Class::RateLimited => ("is rate limited", "wait and make fewer calls at once."),
        Class::Timeout => ("takes too long", "narrow the work or raise the time limit before calling."),
        Class::Network => {
            ("cannot reach the network", "check what can be reached from here before depending on it.")
        }
        Class::Authentication => (
            "is not authenticated",
            "check the credentials first; if they are missing, ask for them and stop retrying.",
        ),
        Class::PermissionDenied => (
            "is not permitted",
            "check what may be read and written from here first; do not retry the same call.",
        ),
        Class::TooLarge => ("asks for too much at once", "ask for less at once: a range, a page, a filter."),
        Class::WrongFileKind => (
            "takes a directory for a file",
            "list the path first to see whether it is a file or a directory.",
        ),
        Class::FileNotFound => {
            ("names a path that does not exist", "find the path by listing or searching before using it.")
        }
        Class::SyntaxError => (
            "does not parse",
            "check quotes, brackets and indentation before running; put long scripts in a file.",
        ),
        Class::UndefinedName => {
            ("uses a name that does not exist", "look up the definition before using the name.")
        }
        Class::Configuration => ("is not configured", "set up the configuration before running the code."),
        Class::InvalidArgument => (
            "gets arguments that it does not take",
            "check the names, types and required fields of the arguments before calling.",
        ),
        Class::Insufficient => {
            ("asks for more than there is", "check what is available before acting, and offer what fits.")
        }
        Class::Mismatch => (
            "gets figures that do not agree",
            "work out the figures from what the tools returned, and check the sum before acting.",
        ),
        Class::NotFound => (
            "asks for something that does not exist",
            "look the value up instead of guessing it, or ask for it.",
        ),
        Class::WrongState => {
            ("is called in the wrong state", "check the current state first, and only then act.")
        }
        Class::BadValue => {
            ("gets a value that it cannot use", "check the type and range of the value before passing it on.")
        }
        Class::TestFailure => {
            ("fails its tests", "run it before calling the work done, and read the first failure.")
        }
        Class::LintFailure => {
            ("fails its checks", "run it before calling the work done, and fix what it lists.")
        }
        Class::BuildFailure => ("does not build", "build after each change, and read the first error."),
        Class::Crash => ("crashes", "narrow the input that makes it crash before going on."),
        Class::RepeatedCall => (
            "is called again and again with the same result",
            "after the same answer twice, change the call or the plan.",
        ),
        Class::Undone => ("is undone", "check the result of a change before building on it."),
        Class::Corrected => ("is corrected by people", "repeat back what is wanted before acting."),
        Class::CriterionUnmet => ("misses a criterion", "check this criterion before calling the work done."),
        Class::Sibling => ("fails with a call beside it", "make the calls one after the other."),
        Class::Other => ("fails", "read the message in full before the next call."),
    }
}

/// What is said about who has to act, where it is not the agent alone.
pub(crate) fn of_blame(blame: Blame) -> Option<Phrase> {
    match blame {
        Blame::Environment => Some(ENVIRONMENT),
        Blame::Specification => Some(SPECIFICATION),
        Blame::Agent => None,
    }
}

/// Returns every word that a note may contain without evidence, in lower case.
pub(crate) fn lexicon() -> std::collections::BTreeSet<String> {
    let classes = Class::ALL.iter().flat_map(|class| <[&str; 2]>::from(of_class(*class)));
    let nouns = NOUNS.iter().flat_map(|(one, many)| [*one, *many]);
    let tables = [PHRASES, silent::PHRASES, workflow::PHRASES, preference::PHRASES, statement::PHRASES];
    let fixed = tables.into_iter().flatten().map(|phrase| phrase.as_str());
    fixed.chain(classes).chain(nouns).flat_map(words).collect()
}

/// Cuts text into lower-case words.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

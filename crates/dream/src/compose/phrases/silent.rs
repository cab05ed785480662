//! The fixed wordings of silent mistakes.

use super::Phrase;

phrases! {
    // Titles: orders that a person would give.
    DO_NOT_SKIP = "Do not leave out";
    DO_NOT_CALL = "Do not call";
    WITHOUT_NEED = "without need";
    CHECK_THE = "Check the";
    TAKE_THE = "Take the";
    OF_LOWER = "of";
    FROM_LOWER = "from";
    FROM_THE_USER = "from what the user said";
    FROM_INSTRUCTIONS = "from the instructions";
    CHECK_WHICH = "Check what";
    IS_CALLED_FOR = "is called for";
    USE_TOOL = "Use";
    NOT_TOOL = "not";
    HAVE_THE_USER = "Have the user do";
    BEFORE_GIVING_UP = "before giving up";
    HAND_OFF_ONLY = "Do not hand off with";
    TOO_EARLY = "while the work can still be done";
    HAND_OFF_WITH = "Hand off with";
    WHERE_POLICY = "where it is not yours to decide";
    TELL_THE_USER = "Tell the user the figure that was asked for";
    TELL_THE = "Tell the user the";
    CHECK_WHEN = "Check when";
    IS_BELOW = "is below";
    IS_ABOVE = "is above";
    IS = "is";
    IS_LESS_THAN = "is less than";
    // Bodies.
    COUNTED_WHERE = "Counted where";
    LEAVE_IT_OUT = "Failing runs leave out";
    GOOD_ONES_CALL = "which good runs of the same task call.";
    RUNS_CALL = "Failing runs call";
    GOOD_ONES_DO_NOT = "where good runs of the same task do not.";
    RUNS_GIVE = "Failing runs give another";
    TO_LOWER = "to";
    THAN_GOOD = "than good runs of the same task, or than each other.";
    GOOD_TAKE_IT = "Good runs take it from";
    RUNS_WORK_ON = "Failing runs work on another thing with";
    THAN_GOOD_ONES = "than good runs of the same task.";
    RUNS_USE = "Failing runs use";
    ON_WHICH_GOOD_USE = "on what good runs of the same task use";
    ON = "on.";
    USER_NEVER_DOES = "In failing runs the user never does";
    RUNS_HAND_OFF = "Failing runs hand off with";
    WHERE_GOOD_FINISH = "where good runs of the same task do the work.";
    RUNS_DO_NOT_HAND_OFF = "Failing runs do not hand off with";
    RUNS_DO_NOT_SAY = "The user asks for a figure, every good run of the task states it, and failing runs never do";
    RUNS_NEVER_TELL = "Failing runs never tell the user the";
    GOOD_ONES_TELL = "which every good run of the same task states.";
    GOOD_ONES_BEFORE = "good runs of the same task before it.";
    LATER_THAN_GOOD = "later than good runs of the same task.";
    OF_THOSE = "Of the runs that did so";
    OF_THE_OTHERS = "of the others";
    AND_ASKED = "Users ask, for example:";
    LOOK_AT = "Good runs call, for example,";
    NO_ERROR = "No error says so.";
    STANDS = "It stands whichever task is left out.";
}

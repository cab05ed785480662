//! The fixed wordings of statements.

use super::Phrase;

phrases! {
    AN_OPERATOR_S_RULE = "An operator's rule, said";
    SAID_BY = "Said by";
    ONE_PERSON_S_OWN = "One person's own way, for their sessions alone; said";
    IN_FULL = "In full:";
}

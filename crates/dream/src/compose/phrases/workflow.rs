//! The fixed wordings of playbooks.

use super::Phrase;

phrases! {
    WHEN_TO_USE = "When to use:";
}

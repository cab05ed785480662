//! The fixed wordings of silent mistakes.

use super::Phrase;

phrases! {
    FAILING_SESSIONS = "Failing sessions";
}

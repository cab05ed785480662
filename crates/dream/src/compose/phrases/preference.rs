//! The fixed wordings of preferences.

use super::Phrase;

phrases! {
    PEOPLE_ASK_FOR = "People ask for";
}

//! The words of a preference.

use super::Style;
use super::text::Text;
use crate::detect::preferences::Preference;
use crate::gate::Judged;

/// Returns the file.
pub(super) fn path(_claim: &Judged, _preference: &Preference) -> String {
    "team/preferences.md".to_owned()
}

pub(super) fn title(_claim: &Judged, preference: &Preference, _style: Style) -> String {
    Text::new().quote(&preference.signature.value).finish()
}

pub(super) fn body(_claim: &Judged, _preference: &Preference, _style: Style) -> String {
    String::new()
}

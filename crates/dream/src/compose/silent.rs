//! The words of a silent mistake.

use super::Style;
use super::text::Text;
use crate::detect::contrast::Silent;
use crate::gate::Judged;

pub(super) fn title(_claim: &Judged, silent: &Silent, _style: Style) -> String {
    Text::new().code(&silent.feature.tool).finish()
}

pub(super) fn body(_claim: &Judged, _silent: &Silent, _style: Style) -> String {
    String::new()
}

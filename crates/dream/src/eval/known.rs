//! Claims for which sessions have to be looked at together: silent mistakes, which only a comparison shows, and
//! preferences, whose words are read once for all.

use std::collections::BTreeMap;

use somnium_types::SessionId;

use super::{Look, Shows};
use crate::detect::contrast::look::differences;
use crate::detect::preferences::look::asked;
use crate::normalise::Normalised;
use crate::report::{PreferenceSignature, ReportedClaim, Signature, SilentFeature};

/// How often each session that could show a claim shows it.
pub(super) struct Known(BTreeMap<SessionId, u64>);

impl Shows for Known {
    fn look(&self, session: &Normalised) -> Look {
        let times = self.0.get(&session.id);
        Look { could: times.is_some(), times: times.copied().unwrap_or(0), steps: Vec::new() }
    }
}

/// Returns what is known of each claim of these kinds; `None` for claims of others.
pub(super) fn known(claims: &[ReportedClaim], sessions: &[&Normalised]) -> Vec<Option<Known>> {
    let feature = |claim: &ReportedClaim| match &claim.signature {
        Signature::Mistake(mistake) if mistake.silent => mistake.feature.clone(),
        _ => None,
    };
    let found = match claims.iter().any(|claim| feature(claim).is_some()) {
        true => differences(sessions),
        false => BTreeMap::new(),
    };
    let preferences: Vec<&PreferenceSignature> = claims.iter().filter_map(preference).collect();
    let mut wishes = match preferences.is_empty() {
        true => Vec::new(),
        false => asked(&preferences, sessions),
    }
    .into_iter();
    let of = |claim: &ReportedClaim| {
        if preference(claim).is_some() {
            return wishes.next().map(Known);
        }
        let feature = feature(claim)?;
        let shows = |features: &std::collections::BTreeSet<SilentFeature>| {
            u64::from(features.iter().any(|other| is_same(other, &feature)))
        };
        Some(Known(found.iter().map(|(id, features)| (id.clone(), shows(features))).collect()))
    };
    claims.iter().map(of).collect()
}

fn preference(claim: &ReportedClaim) -> Option<&PreferenceSignature> {
    match &claim.signature {
        Signature::Preference(preference) => Some(preference),
        _ => None,
    }
}

/// Whether two features are one, whatever else is known of them.
fn is_same(a: &SilentFeature, b: &SilentFeature) -> bool {
    (a.kind, &a.tool, &a.argument) == (b.kind, &b.tool, &b.argument)
}

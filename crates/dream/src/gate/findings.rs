//! The gates that findings of every comparer have to pass: recurrence, spread, confirmation.

use std::collections::BTreeMap;

use somnium_types::{ClaimId, SessionId};

use super::{Context, Judged, Mined, places, worth};
use crate::detect::contrast::Silent;
use crate::detect::{Detail, Finding};
use crate::health::{Health, Meaning};
use crate::ledger::{Occasion, Seen, claim_id};
use crate::report::{ClaimState, Support};

impl Context<'_> {
    /// Judges one finding.
    pub(super) fn finding(&self, finding: Finding) -> Judged {
        let nothing = Seen::default();
        let all_mined = matches!(&finding.detail, Detail::Silent(silent) if silent.leaves_tasks_out);
        let mines = |id: &SessionId| all_mined || self.split.mines(id);
        let in_ledger = finding.seen.keys().filter(|id| mines(id));
        let mined: Mined<'_> =
            in_ledger.filter_map(|id| Some((id, (&nothing, self.ledger.sessions.get(id)?)))).collect();
        let support = self.support(&mined, finding.seen.len() - mined.len());
        let id = finding_id(&finding);
        let occasion = Occasion { project: finding.project.clone(), ..Occasion::default() };
        let meaning = finding.detail.meaning();
        let (half_life, trust) = match meaning {
            Meaning::Violated => (worth::MISTAKE, worth::INFERRED),
            Meaning::Followed => (worth::WORKFLOW, worth::OBSERVED),
            Meaning::SaidAgain => (worth::PREFERENCE, worth::SAID),
        };
        let showing = self.rows.marked(finding.seen.keys());
        let track = self.track(&id, &showing, &occasion, meaning, None);
        let health = Health::of(&id, &showing, &occasion, meaning, &self.rows, track.as_deref());
        let shares = worth::Shares {
            seen: mined.values().map(|(_, row)| *row).collect(),
            quiet: health.quiet,
            half_life,
        };
        let worth = self.clock.of_finding(&shares, finding.worth, trust);
        let lacks = match &finding.detail {
            Detail::Silent(silent) => self.silent_lacks(support, silent),
            _ => self.lacks(support, &occasion),
        };
        let lacks = lacks.or_else(|| finding.lacks.clone());
        let (state, why) = match (lacks, finding.confirmed) {
            (Some(why), _) => (ClaimState::Candidate, Some(why)),
            (None, _) if is_conflict(&finding.detail) => {
                (ClaimState::Conflict, Some("people want different things".to_owned()))
            }
            (None, _) if health.later > 0 => (ClaimState::Note, None), // A later dream saw it again.
            (None, Some(true)) => (ClaimState::Note, None),
            (None, Some(false)) => {
                (ClaimState::Probation, Some("the sessions that were held out do not confirm it".to_owned()))
            }
            (None, None) => self.confirmed(finding.seen.keys(), &occasion),
        };
        let cited: BTreeMap<_, _> = finding.seen.iter().filter(|(id, _)| mines(id)).collect();
        Judged {
            id,
            scope: finding.scope,
            state,
            why,
            support,
            telling_outcome: finding.outcome.is_some_and(|outcome| outcome.q <= self.options.gates.q),
            outcome: finding.outcome,
            project: finding.project.clone(),
            worth,
            occasion,
            health,
            track,
            places: match &finding.detail {
                // Its wordings are quotations: cited is what it says.
                Detail::Preference(preference) => preference.cited.clone(),
                _ => places(cited.iter().map(|(id, quotes)| (*id, quotes.as_slice()))),
            },
            detail: finding.detail,
        }
    }

    /// What a silent mistake lacks in recurrence. Only failing sessions that can be compared with others can show
    /// one: where they are few, fewer have to, and a rate among them needs no floor, since its own test compares it
    /// with that of good sessions.
    fn silent_lacks(&self, support: Support, silent: &Silent) -> Option<String> {
        let gates = &self.options.gates;
        let few = silent.could < gates.small_store;
        let needed = if few { gates.sessions_small } else { gates.sessions };
        if (support.sessions as usize) < needed {
            return Some(format!("{} of the {needed} sessions it needs", support.sessions));
        }
        self.is_narrow(support)
    }
}

/// Whether a finding is a question for people rather than an answer.
fn is_conflict(detail: &Detail) -> bool {
    matches!(detail, Detail::Preference(preference) if preference.is_conflict)
}

/// Returns the id of the claim that a finding becomes.
pub(crate) fn finding_id(finding: &Finding) -> ClaimId {
    let prefix = match finding.detail {
        Detail::Mistake(_) | Detail::Silent(_) => "m",
        Detail::Workflow(_) => "w",
        Detail::Preference(_) | Detail::Statement(_) => "p",
    };
    claim_id(prefix, &finding.canonical)
}

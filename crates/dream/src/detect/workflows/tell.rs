//! From a chosen pattern to a finding with everything that a playbook says.

use std::collections::BTreeMap;

use somnium_types::SessionId;

use super::around::{self, Located};
use super::select::Chosen;
use super::{Study, Workflow, matcher, slots, words};
use crate::detect::{Detail, Finding};
use crate::normalise::Quote;
use crate::report::{Beside, OutcomeLift, RequestWord, Scope, Share, WorkflowSignature};
use crate::stats;

/// Sessions that are cited in full.
const CITED: usize = 2;
/// What a q-value is rounded up to: chance is never ruled out.
const LEAST: f64 = 0.001;
/// Trust in what was seen of agents without a check by anybody (`dream-engine`: inferred).
const TRUST: f64 = 0.4;

/// Tells everything of a pattern.
pub(super) fn finding(study: &Study<'_>, chosen: &Chosen) -> Finding {
    let pattern = &chosen.pattern;
    let instances = instances(study, chosen);
    let (conforming, other) = shares(study, chosen);
    let places: Vec<slots::Instance<'_>> =
        instances.iter().map(|found| (study.sessions[found.session], found.steps(study))).collect();
    let args = slots::slots(pattern.symbols.len(), &places);
    let located: Vec<Located<'_>> = instances.iter().map(|found| found.located(study)).collect();
    let around = around::around(&pattern.symbols, &located, &study.looks);
    let steps = pattern.symbols.iter().enumerate().zip(args);
    let steps: Vec<_> = steps
        .map(|((at, symbol), args)| crate::report::WorkflowStep { args, ..study.step(*symbol, at + 1) })
        .collect();
    let beside =
        |(symbol, count): (u16, usize)| Beside { step: study.step(symbol, 0), instances: count as u64 };
    let telling = telling(study, chosen);
    let task = (!telling.is_empty())
        .then(|| telling.iter().map(|word| word.word.as_str()).collect::<Vec<_>>().join(", "));
    let signature = WorkflowSignature {
        task,
        steps,
        conforming,
        other,
        q_shuffle: round(pattern.q_shuffle).max(LEAST),
        q_markov: round(pattern.q_markov).max(LEAST),
        convergence: chosen.convergence.clone(),
        benefit: chosen.benefit.clone(),
        instances: instances.len() as u64,
        before: around.before.iter().copied().map(beside).collect(),
        check: around.check.map(beside),
        ends: around.ends as u64,
        words: telling.into_iter().map(reported).collect(),
        not_when: not_when(study, chosen).into_iter().map(reported).collect(),
        pitfalls: Vec::new(),
    };
    Finding {
        canonical: canonical(&signature),
        scope: Scope::Agent,
        seen: seen(study, chosen, &instances, &signature),
        outcome: outcome(study, chosen),
        lacks: None,
        confirmed: None,
        project: project(study, chosen),
        worth: chosen.worth * TRUST,
        detail: Detail::Workflow(Box::new(Workflow { signature })),
    }
}

fn canonical(signature: &WorkflowSignature) -> String {
    let mut text = "workflow".to_owned();
    for step in &signature.steps {
        text.push('\n');
        text.push_str(&step.tool);
        if let Some(file) = &step.file {
            text.push('\t');
            text.push_str(file);
        }
    }
    text
}

/// The first instance of a pattern in a session.
struct Found {
    session: usize,
    /// Which of the session's segments.
    segment: usize,
    places: Vec<usize>,
}

impl Found {
    fn steps(&self, study: &Study<'_>) -> Vec<Option<usize>> {
        let items = &study.segments[self.segment].items;
        self.places.iter().map(|at| items[*at].step).collect()
    }

    fn located<'s>(&self, study: &'s Study<'_>) -> Located<'s> {
        let range = study.of_session[self.session].clone();
        let segment = self.segment - range.start;
        Located { segments: &study.segments[range], segment, places: self.places.clone() }
    }
}

fn instances(study: &Study<'_>, chosen: &Chosen) -> Vec<Found> {
    let sessions = chosen.pattern.sessions.iter().filter(|at| study.teaches(**at));
    sessions
        .filter_map(|session| {
            study.of_session[*session].clone().find_map(|segment| {
                let places = matcher::instance(&chosen.pattern.symbols, &study.items[segment])?;
                Some(Found { session: *session, segment, places })
            })
        })
        .collect()
}

/// Conforming sessions, and the others that had the opportunity.
fn shares(study: &Study<'_>, chosen: &Chosen) -> (Share, Share) {
    let (mut conforming, mut other) = (Share::default(), Share::default());
    for at in &chosen.opportunity {
        let share =
            if chosen.pattern.sessions.binary_search(at).is_ok() { &mut conforming } else { &mut other };
        let outcome = study.sessions[*at].outcome.as_ref();
        share.sessions += 1;
        share.success += u64::from(outcome.is_some_and(|outcome| !outcome.failed()));
    }
    (conforming, other)
}

/// How judged sessions ended; q of the test that the others fail more often.
fn outcome(study: &Study<'_>, chosen: &Chosen) -> Option<OutcomeLift> {
    let (mut fail_with, mut with, mut fail_without, mut without) = (0, 0, 0, 0);
    for at in &chosen.opportunity {
        let Some(outcome) = &study.sessions[*at].outcome else { continue };
        let failed = u64::from(outcome.failed());
        if chosen.pattern.sessions.binary_search(at).is_ok() {
            with += 1;
            fail_with += failed;
        } else {
            without += 1;
            fail_without += failed;
        }
    }
    let rate = |hits: u64, total: u64| if total == 0 { 0.0 } else { hits as f64 / total as f64 };
    let overall = rate(fail_with + fail_without, with + without);
    let lift = if overall == 0.0 { 1.0 } else { rate(fail_with, with) / overall };
    let q = stats::fisher_greater(fail_without, without, fail_with, with);
    (with > 0).then(|| OutcomeLift { fail_with, with, fail_without, without, lift: round(lift), q: round(q) })
}

/// The words of requests, conforming sessions against all others of the store that may be mined.
fn telling(study: &Study<'_>, chosen: &Chosen) -> Vec<words::Word> {
    let all = || (0..study.sessions.len()).filter(|at| study.mined[*at]);
    let shows = |at: &usize| chosen.pattern.sessions.binary_search(at).is_ok();
    let projects: std::collections::BTreeSet<Option<&str>> =
        chosen.opportunity.iter().map(|at| study.sessions[*at].project.as_deref()).collect();
    let near = |at: &usize| projects.contains(&study.sessions[*at].project.as_deref());
    let conforming: Vec<_> = all().filter(shows).map(|at| study.sessions[at]).collect();
    let others: Vec<_> = all().filter(|at| !shows(at) && near(at)).map(|at| study.sessions[at]).collect();
    words::telling(&conforming, &others)
}

/// The words that tell conforming sessions that failed from those that went well: where it did not help.
fn not_when(study: &Study<'_>, chosen: &Chosen) -> Vec<words::Word> {
    let ended = |failed: bool| -> Vec<_> {
        let judged =
            chosen.pattern.sessions.iter().filter(|at| study.mined[**at]).map(|at| study.sessions[*at]);
        judged
            .filter(|session| session.outcome.as_ref().is_some_and(|outcome| outcome.failed() == failed))
            .collect()
    };
    words::telling(&ended(true), &ended(false))
}

fn reported(word: words::Word) -> RequestWord {
    RequestWord { word: word.word, conforming: word.with as u64, other: word.without as u64 }
}

/// Every session that shows it; a few of them with the calls in full, those that say most first.
fn seen(
    study: &Study<'_>,
    chosen: &Chosen,
    instances: &[Found],
    signature: &WorkflowSignature,
) -> BTreeMap<SessionId, Vec<Quote>> {
    let mut seen: BTreeMap<SessionId, Vec<Quote>> =
        chosen.pattern.sessions.iter().map(|at| (study.sessions[*at].id.clone(), Vec::new())).collect();
    let mut cited: Vec<(usize, SessionId, Vec<Quote>)> = instances
        .iter()
        .map(|found| {
            let quotes = quotes(study, found, signature);
            (says(&quotes, signature), study.sessions[found.session].id.clone(), quotes)
        })
        .collect();
    cited.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    for (_, id, quotes) in cited.into_iter().take(CITED) {
        seen.insert(id, quotes);
    }
    for word in &signature.not_when {
        let says = |at: &&usize| {
            let session = study.sessions[**at];
            study.mined[**at]
                && session.outcome.as_ref().is_some_and(somnium_types::Outcome::failed)
                && words::request(session).any(|clause| words::says(&clause.text, &word.word))
        };
        let Some(at) = chosen.pattern.sessions.iter().find(says) else { continue };
        let clause = words::request(study.sessions[*at]).find(|clause| words::says(&clause.text, &word.word));
        seen.entry(study.sessions[*at].id.clone()).or_default().extend(clause.cloned());
    }
    seen
}

/// The calls of an instance, what stands around it, and the clause of the request that says most.
fn quotes(study: &Study<'_>, found: &Found, signature: &WorkflowSignature) -> Vec<Quote> {
    let session = study.sessions[found.session];
    let steps = found.steps(study).into_iter().flatten();
    let mut quotes: Vec<Quote> = steps.filter_map(|at| session.steps.get(at)?.quote.clone()).collect();
    for beside in signature.before.iter().chain(&signature.check) {
        let is_it = |step: &&crate::normalise::Step| {
            let symbol = study.alphabet.symbol(step);
            symbol.is_some_and(|symbol| study.step(symbol, 0).tool == beside.step.tool)
        };
        quotes.extend(session.steps.iter().find(is_it).and_then(|step| step.quote.clone()));
    }
    for word in &signature.words {
        let clause = words::request(session).find(|clause| words::says(&clause.text, &word.word));
        quotes.extend(clause.filter(|clause| !quotes.contains(clause)).cloned());
    }
    quotes
}

/// How much of what a playbook names stands in quotes.
fn says(quotes: &[Quote], signature: &WorkflowSignature) -> usize {
    let stands = |name: &str| quotes.iter().any(|quote| quote.text.contains(name));
    let steps = signature.steps.iter().flat_map(|step| {
        std::iter::once(step.tool.as_str()).chain(step.args.keys().map(|path| super::slots::leaf(path)))
    });
    let words =
        signature.words.iter().filter(|word| quotes.iter().any(|quote| words::says(&quote.text, &word.word)));
    steps.filter(|name| stands(name)).count() + words.count()
}

/// The project that has at least four fifths of the sessions.
fn project(study: &Study<'_>, chosen: &Chosen) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for at in &chosen.pattern.sessions {
        *counts.entry(study.sessions[*at].project.as_deref()?).or_default() += 1;
    }
    let (project, count) =
        counts.into_iter().max_by_key(|(name, count)| (*count, std::cmp::Reverse(*name)))?;
    (count * 5 >= chosen.pattern.sessions.len() * 4).then(|| project.to_owned())
}

/// Three decimals: what is printed is what is stored.
fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

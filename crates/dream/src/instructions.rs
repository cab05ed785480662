//! `--instructions` without a model: the names in a person's words raise claims, leave them out, or keep all
//! others out. What names nothing that is known is listed, never passed over in silence.

use std::collections::BTreeSet;

use crate::compose::{self, Style};
use crate::detect::Detail;
use crate::gate::Judged;
use crate::ledger::{Key, Ledger};
use crate::report::{ClaimKind, ClaimState, Instructions};

/// How much more a raised claim is worth.
const RAISED: f64 = 4.0;

/// What a clause asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Raise,
    Exclude,
    Only,
}

/// How a clause begins that asks for something. The longest beginning that fits is taken.
const OPENINGS: &[(&str, Wish)] = &[
    ("focus on", Wish::Raise),
    ("focus", Wish::Raise),
    ("prefer", Wish::Raise),
    ("prioritise", Wish::Raise),
    ("prioritize", Wish::Raise),
    ("emphasise", Wish::Raise),
    ("emphasize", Wish::Raise),
    ("concentrate on", Wish::Raise),
    ("pay attention to", Wish::Raise),
    ("look at", Wish::Raise),
    ("look for", Wish::Raise),
    ("raise", Wish::Raise),
    ("mainly", Wish::Raise),
    ("especially", Wish::Raise),
    ("more", Wish::Raise),
    ("ignore", Wish::Exclude),
    ("no", Wish::Exclude),
    ("not", Wish::Exclude),
    ("without", Wish::Exclude),
    ("skip", Wish::Exclude),
    ("exclude", Wish::Exclude),
    ("except", Wish::Exclude),
    ("leave out", Wish::Exclude),
    ("avoid", Wish::Exclude),
    ("drop", Wish::Exclude),
    ("do not learn", Wish::Exclude),
    ("don't learn", Wish::Exclude),
    ("do not note", Wish::Exclude),
    ("don't note", Wish::Exclude),
    ("nothing about", Wish::Exclude),
    ("only", Wish::Only),
    ("just", Wish::Only),
    ("nothing but", Wish::Only),
    ("only learn", Wish::Only),
    ("learn only", Wish::Only),
];

/// Words that name nothing by themselves.
const FILLERS: &[&str] = &[
    "the",
    "a",
    "an",
    "all",
    "any",
    "about",
    "with",
    "of",
    "on",
    "in",
    "for",
    "from",
    "to",
    "please",
    "things",
    "anything",
    "everything",
    "stuff",
    "notes",
    "note",
    "claims",
    "topics",
    "topic",
    "tool",
    "tools",
    "related",
    "and",
    "or",
    "issues",
    "problems",
    "calls",
    "commands",
    "files",
];

/// Other names of kinds of claims.
const KINDS: &[(&str, Kind)] = &[
    ("mistakes", Kind::Of(ClaimKind::Mistake)),
    ("mistake", Kind::Of(ClaimKind::Mistake)),
    ("errors", Kind::Of(ClaimKind::Mistake)),
    ("failures", Kind::Of(ClaimKind::Mistake)),
    ("silent mistakes", Kind::Silent),
    ("silent", Kind::Silent),
    ("loud mistakes", Kind::Loud),
    ("loud", Kind::Loud),
    ("workflows", Kind::Of(ClaimKind::Workflow)),
    ("workflow", Kind::Of(ClaimKind::Workflow)),
    ("playbooks", Kind::Of(ClaimKind::Workflow)),
    ("procedures", Kind::Of(ClaimKind::Workflow)),
    ("preferences", Kind::Of(ClaimKind::Preference)),
    ("preference", Kind::Of(ClaimKind::Preference)),
    ("conventions", Kind::Of(ClaimKind::Preference)),
];

/// Other names of error classes: part of their slug.
const CLASSES: &[(&str, &str)] = &[
    ("formatting", "lint"),
    ("format", "lint"),
    ("formatter", "lint"),
    ("linting", "lint"),
    ("linter", "lint"),
    ("style", "lint"),
    ("tests", "test"),
    ("testing", "test"),
    ("builds", "build"),
    ("compilation", "build"),
    ("compiler", "build"),
    ("permissions", "permission"),
    ("timeouts", "timeout"),
    ("credentials", "authentication"),
    ("auth", "authentication"),
    ("login", "authentication"),
    ("dependencies", "dependency"),
    ("refusals", "denied"),
    ("crashes", "crash"),
    ("typos", "undefined"),
    ("syntax", "syntax"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Of(ClaimKind),
    Loud,
    Silent,
}

/// One thing that is asked for.
struct Asked {
    wish: Wish,
    term: String,
    /// As the person put it.
    words: String,
}

/// Follows the instructions: raises claims and leaves others out. Returns what was understood of them.
pub(crate) fn follow(text: Option<&str>, judged: &mut [Judged], ledger: &Ledger) -> Option<Instructions> {
    let text = text.filter(|text| !text.trim().is_empty())?;
    let mut report = Instructions::default();
    let known = Known::of(ledger);
    let mut asked: Vec<Asked> = Vec::new();
    let names: Vec<Names> = judged.iter().map(|claim| Names::of(claim, ledger.projects())).collect();
    for sentence in text.split(['.', ';', '\n', '!']).flat_map(sentences) {
        let mut wish = None;
        for clause in sentence.split(',').map(str::trim).filter(|clause| !clause.is_empty()) {
            let (found, rest) = opening(clause);
            wish = found.or(wish);
            let mut understood = false;
            for term in terms(&rest) {
                if known.names(&term) || names.iter().any(|names| names.has(&term)) {
                    let wish = wish.unwrap_or(Wish::Raise);
                    asked.push(Asked { wish, term, words: clause.to_owned() });
                    understood = true;
                } else if !FILLERS.contains(&term.as_str()) {
                    report.ignored.push(term);
                }
            }
            if understood {
                report.understood.push(clause.to_owned());
            } else if !report.ignored.iter().any(|term| clause.to_lowercase().contains(term.as_str())) {
                report.ignored.push(clause.to_owned());
            }
        }
    }
    for (claim, names) in judged.iter_mut().zip(&names) {
        apply(claim, names, &asked);
    }
    judged.sort_by(|a, b| b.worth.total_cmp(&a.worth).then_with(|| a.id.cmp(&b.id)));
    Some(report)
}

fn apply(claim: &mut Judged, names: &Names, asked: &[Asked]) {
    let of = |wish: Wish| asked.iter().filter(move |asked| asked.wish == wish);
    let mut leave_out = |words: &str| {
        if claim.state >= ClaimState::Probation {
            claim.state = ClaimState::Candidate;
            claim.why = Some(format!("left out as asked: “{words}”"));
        }
    };
    if let Some(asked) = of(Wish::Exclude).find(|asked| names.has(&asked.term)) {
        return leave_out(&asked.words);
    }
    let is_wanted = of(Wish::Only).any(|asked| names.has(&asked.term));
    if let Some(first) = of(Wish::Only).next().filter(|_| !is_wanted) {
        return leave_out(&first.words);
    }
    if of(Wish::Raise).any(|asked| names.has(&asked.term)) {
        claim.worth *= RAISED;
    }
}

/// A sentence with "but" is two.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(" but ")
}

/// Returns what a clause asks for, and the rest of it.
fn opening(clause: &str) -> (Option<Wish>, String) {
    let lower = clause.to_lowercase();
    let lower = lower.strip_prefix("please ").or(lower.strip_prefix("and ")).unwrap_or(&lower).to_owned();
    let fits = |opening: &&(&str, Wish)| {
        lower.strip_prefix(opening.0).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    match OPENINGS.iter().filter(fits).max_by_key(|(words, _)| words.len()) {
        Some((words, wish)) => (Some(*wish), lower[words.len()..].trim().to_owned()),
        None => match lower.strip_suffix(" only") {
            Some(rest) => (Some(Wish::Only), rest.to_owned()),
            None => (None, lower),
        },
    }
}

/// Cuts the rest of a clause into terms: at "and" and "or", then whole phrases of two words that stand in the
/// tables, then words.
fn terms(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for part in text.split(" and ").flat_map(|part| part.split(" or ")) {
        let words: Vec<&str> = part
            .split_whitespace()
            .map(|word| word.trim_matches(['`', '"', '\'', '“', '”', ':', '(', ')', '?']))
            .filter(|word| !word.is_empty())
            .collect();
        let mut at = 0;
        while at < words.len() {
            let pair = words[at..].get(..2).map(|pair| pair.join(" "));
            match pair.filter(|pair| KINDS.iter().any(|(name, _)| name == pair)) {
                Some(pair) => {
                    terms.push(pair);
                    at += 2;
                }
                None => {
                    terms.push(words[at].to_owned());
                    at += 1;
                }
            }
        }
    }
    terms.retain(|term| !FILLERS.contains(&term.as_str()));
    terms
}

/// Names that a store knows, whether any claim has them or not.
struct Known(BTreeSet<String>);

impl Known {
    fn of(ledger: &Ledger) -> Self {
        let mut names = BTreeSet::new();
        for row in ledger.sessions.values() {
            let all = row.tools.keys().chain(row.programs.keys()).chain(&row.project);
            names.extend(all.flat_map(|name| parts(name)));
        }
        Self(names)
    }

    fn names(&self, term: &str) -> bool {
        KINDS.iter().any(|(name, _)| *name == term)
            || CLASSES.iter().any(|(name, _)| *name == term)
            || self.0.contains(term)
    }
}

/// A name in lower case, whole and by its words.
fn parts(name: &str) -> Vec<String> {
    let name = name.to_lowercase();
    let words = name.split(|c: char| !(c.is_alphanumeric() || c == '.')).filter(|word| word.len() > 1);
    words.map(str::to_owned).chain([name.clone()]).collect()
}

/// By what a claim can be named.
struct Names {
    kinds: Vec<Kind>,
    names: BTreeSet<String>,
    /// Cited words, for paths.
    cited: Vec<String>,
}

impl Names {
    fn of(claim: &Judged, projects: usize) -> Self {
        let mut names = Vec::new();
        let mut kinds = vec![Kind::Of(claim.detail.kind())];
        match &claim.detail {
            Detail::Mistake(loud) => {
                kinds.push(Kind::Loud);
                let Key::Mistake { tool, program, class, .. } = &loud.key;
                names.extend([tool.clone(), class.slug().to_owned()]);
                names.extend(program.clone().or_else(|| loud.program.clone()));
            }
            Detail::Silent(silent) => {
                kinds.push(Kind::Silent);
                names.push(silent.feature.tool.clone());
                names.extend(silent.feature.argument.clone());
            }
            Detail::Workflow(workflow) => {
                names.extend(workflow.signature.steps.iter().map(|step| step.tool.clone()));
                names.extend(workflow.signature.task.clone());
            }
            Detail::Preference(preference) => {
                let signature = &preference.signature;
                names
                    .extend([&signature.situation, &signature.attribute, &signature.value].map(Clone::clone));
            }
            Detail::Statement(stated) => {
                names.push(stated.text.clone());
                names.extend(stated.tool().map(str::to_owned));
            }
        }
        let path = compose::draft(claim, projects, Style::Plain).path;
        names.extend([path.clone(), format!("/{path}"), path.trim_end_matches(".md").to_owned()]);
        names.extend(claim.project.clone());
        let cited = claim.places.iter().flat_map(|(_, quotes)| quotes);
        Self {
            kinds,
            names: names.iter().flat_map(|name| parts(name)).collect(),
            cited: cited.map(|quote| quote.text.to_lowercase()).collect(),
        }
    }

    fn has(&self, term: &str) -> bool {
        if let Some((_, kind)) = KINDS.iter().find(|(name, _)| *name == term) {
            return self.kinds.contains(kind);
        }
        let class = CLASSES.iter().find(|(name, _)| *name == term).map(|(_, class)| *class);
        let is_path = term.contains('/') || term.contains('.');
        self.names.contains(term)
            || class.is_some_and(|class| self.names.contains(class))
            || (is_path && self.cited.iter().any(|text| text.contains(term)))
    }
}

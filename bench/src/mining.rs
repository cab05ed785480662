//! What the engine mines, in a form that failing steps of other sessions can be held against.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use serde::Deserialize;
use somnium_dream::{
    Class, Dreamt, Normalised, Options, OutcomeLift, Prior, ReportedClaim, Signature as Reported, WILDCARD,
    dream,
};

use crate::baseline::Failing;

/// A mistake's signature at one level of the ladder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Signature {
    /// The tool.
    pub tool: String,
    /// The error class.
    pub class: Class,
    /// The program, for signatures of a shell program.
    pub program: Option<String>,
    /// Masked tokens, for signatures of a message.
    pub template: Option<Vec<String>>,
}

/// Stands for any tool.
const ANY_TOOL: &str = "*";

impl Signature {
    /// Returns whether a failing step has this signature: same tool, same class, and where the signature
    /// names them a command line that runs the program, and a message whose tokens match one by one without
    /// regard to case (a wildcard matches any one).
    pub fn matches(&self, step: &Failing<'_>) -> bool {
        // A message is the same whatever the tool and whatever class the step has for other reasons.
        (self.class == step.class || self.is_message())
            && (self.tool == step.tool || self.is_about_any_tool())
            && self.program.as_ref().is_none_or(|program| step.programs.contains(program))
            && self.template.as_deref().is_none_or(|template| fits(template, step.masked))
    }

    /// Returns whether the signature holds for every tool.
    pub fn is_about_any_tool(&self) -> bool {
        self.tool == ANY_TOOL
    }

    /// Returns whether the signature is a message of any tool.
    pub fn is_message(&self) -> bool {
        self.is_about_any_tool() && self.template.is_some()
    }

    /// Returns whether the signature names neither program nor message.
    pub fn is_class_level(&self) -> bool {
        self.program.is_none() && self.template.is_none()
    }

    /// Returns the signature without program and message.
    pub fn class_level(&self) -> Self {
        Self { tool: self.tool.clone(), class: self.class, program: None, template: None }
    }
}

fn fits(template: &[String], tokens: &[String]) -> bool {
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
    let same = |(ours, theirs): (&String, &String)| {
        ours == WILDCARD || ours == theirs || lower(ours) == lower(theirs)
    };
    template.len() == tokens.len() && template.iter().zip(tokens).all(same)
}

/// A published claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it matches.
    pub signature: Signature,
    /// The tools that were at fault, where the signature holds for any.
    pub tools: BTreeSet<String>,
    /// Outcomes of judged sessions with and without it.
    pub outcome: Option<OutcomeLift>,
    /// The claim itself, of a mistake that no error tells of; its signature matches nothing.
    pub silent: Option<ReportedClaim>,
}

impl Published {
    fn silent(claim: &ReportedClaim) -> Self {
        Self {
            id: claim.id.to_string(),
            title: claim.title.clone(),
            signature: Signature { tool: String::new(), class: Class::Other, program: None, template: None },
            tools: BTreeSet::new(),
            outcome: None,
            silent: Some(claim.clone()),
        }
    }

    /// Returns whether the claim speaks of a tool.
    pub fn is_about(&self, tool: &str) -> bool {
        self.signature.tool == tool || self.tools.contains(tool)
    }

    /// Returns tool and class: one pair, or one for each tool that was at fault.
    pub fn class_level(&self) -> Vec<Signature> {
        let class = self.signature.class_level();
        if self.tools.is_empty() {
            return vec![class];
        }
        self.tools.iter().map(|tool| Signature { tool: tool.clone(), ..class.clone() }).collect()
    }
}

/// Everything that one dream mined.
#[derive(Clone, Debug, PartialEq)]
pub struct Mining {
    /// Published claims (on probation or better), in the order of the report.
    pub published: Vec<Published>,
    /// Published claims of mistakes that no error tells of.
    pub silent: Vec<Published>,
    /// Every signature that was counted, with the number of sessions that show it.
    pub counted: Vec<(Signature, usize)>,
}

/// The parts of the machine ledger that are read here.
#[derive(Deserialize)]
pub(crate) struct LedgerRows {
    pub(crate) claims: BTreeMap<String, LedgerClaim>,
}

#[derive(Deserialize)]
pub(crate) struct LedgerClaim {
    pub(crate) key: LedgerKey,
    pub(crate) seen: BTreeMap<String, LedgerSeen>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LedgerKey {
    Mistake(Signature),
}

impl LedgerKey {
    pub(crate) fn signature(&self) -> &Signature {
        let Self::Mistake(signature) = self;
        signature
    }
}

#[derive(Deserialize)]
pub(crate) struct LedgerSeen {
    pub(crate) count: u64,
    #[serde(default)]
    tools: BTreeSet<String>,
}

impl LedgerRows {
    pub(crate) fn of(dreamt: &Dreamt) -> anyhow::Result<Self> {
        let counts = dreamt.tally.counts().context("there is no ledger to be had")?;
        Self::deserialize(counts).context("the ledger has another form than the bench knows")
    }
}

/// Dreams of `sessions` with an empty memory.
///
/// # Errors
///
/// If the engine refuses.
pub fn dream_of(sessions: &[&Normalised], options: &Options) -> anyhow::Result<Dreamt> {
    let sessions = sessions.iter().map(|session| (*session).clone()).collect();
    dream(sessions, Prior::default(), options).context("the dream failed")
}

/// Returns what a dream mined.
///
/// # Errors
///
/// If the ledger has another form than is known here, or lacks a claim of the report.
pub fn mined(dreamt: &Dreamt) -> anyhow::Result<Mining> {
    let ledger = LedgerRows::of(dreamt)?;
    let (mut published, mut silent) = (Vec::new(), Vec::new());
    for claim in &dreamt.report.claims {
        // What outcomes tell is not in the ledger: no error says it.
        let Reported::Mistake(signature) = &claim.signature else { continue };
        if signature.silent {
            silent.push(Published::silent(claim));
            continue;
        }
        let row = ledger.claims.get(claim.id.as_str());
        let row = row.with_context(|| format!("claim {} is not in the ledger", claim.id))?;
        published.push(Published {
            id: claim.id.to_string(),
            title: claim.title.clone(),
            signature: row.key.signature().clone(),
            tools: row.seen.values().flat_map(|seen| seen.tools.iter().cloned()).collect(),
            outcome: claim.outcome,
            silent: None,
        });
    }
    let counted =
        ledger.claims.into_values().map(|claim| (claim.key.signature().clone(), claim.seen.len())).collect();
    Ok(Mining { published, silent, counted })
}

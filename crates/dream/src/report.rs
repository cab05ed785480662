//! What a dream reports: the object that `--json` prints and that `.somnium/runs/` keeps.
//!
//! Field names are stable and documented in `docs/reference/dream-json.md`.

use std::collections::BTreeMap;

use crate::channel::Channel;
use crate::effect::EffectRemark;
use crate::next::NextActions;
use crate::normalise::Class;
use crate::reconcile::Reconciled;
use serde::{Deserialize, Serialize};
use somnium_types::{BlockId, ClaimId, DreamId, Origin, SessionId, Sha256Hex, Skipped, Usage};

/// The whole report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The run itself.
    pub dream: Dream,
    /// Whether the sessions repeat themselves enough for dreaming to help.
    #[serde(default)]
    pub verdict: Verdict,
    /// What was made of `--instructions`; `null` without any.
    #[serde(default)]
    pub instructions: Option<Instructions>,
    /// How many sessions were compared with each other for what no single one shows.
    #[serde(default)]
    pub compared: Compared,
    /// Claims that are in the memory after this dream, strongest first.
    pub claims: Vec<ReportedClaim>,
    /// What changed in the memory.
    pub memory: MemoryCounts,
    /// Notes of ours in the archive, with the reason.
    #[serde(default)]
    pub retired: Vec<Retired>,
    /// What was made of entries without markers.
    #[serde(default, skip_serializing_if = "Reconciled::is_empty")]
    pub reconciled: Reconciled,
    /// What was done, or is asked of a person, because of what a note does to sessions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<EffectRemark>,
    /// What was nearly learnt, and what was missing.
    pub near_misses: Vec<NearMiss>,
    /// Further ones that are not listed.
    #[serde(default)]
    pub near_misses_left_out: u64,
    /// What came from outside and was kept out of the memory, with where it came from.
    #[serde(default)]
    pub quarantine: Vec<Quarantined>,
    /// What could not be read.
    pub skipped: Vec<Skipped>,
    /// What usually comes next; nothing where no action was counted.
    #[serde(default)]
    pub next_actions: NextActions,
}

/// The comparison behind silent mistakes, workflows and preferences. Large stores make it anew only when they have
/// grown; what single sessions show is counted in every dream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// Sessions that were compared.
    pub sessions: u64,
    /// Newer sessions that were not yet.
    pub waiting: u64,
    /// At how many sessions in the store all of them are compared again.
    pub due: u64,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dream {
    /// A hash of inputs, options and seed.
    pub id: DreamId,
    /// How it ended.
    pub status: DreamStatus,
    /// Sessions that were read and taken part.
    pub sessions: u64,
    /// Events in them.
    pub events: u64,
    /// Wall-clock seconds; the only field that may differ between two runs on the same input.
    pub seconds: f64,
    /// `offline` without a model.
    pub mode: String,
    /// The seed.
    pub seed: u64,
    /// Tokens of a model; zero offline.
    pub usage: Usage,
}

/// How a dream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DreamStatus {
    /// It changed the memory.
    Completed,
    /// It ran to its end and found nothing to change.
    CompletedEmpty,
    /// It could not run to its end.
    Failed,
    /// It was stopped.
    Canceled,
    /// A gate kept it from starting.
    Skipped,
}

/// The three kinds of pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// Something that keeps going wrong.
    Mistake,
    /// A procedure that agents converge on.
    Workflow,
    /// How a person or a team wants things done.
    Preference,
}

/// How far a claim has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimState {
    /// Counted, below the gate.
    Candidate,
    /// Past the gate, not yet seen in sessions that were not mined.
    Probation,
    /// Confirmed.
    Note,
    /// In the always-loaded index by merit or by a person's pin.
    LoadBearing,
    /// Shortened.
    Condensed,
    /// Moved out of the way.
    Archived,
    /// Contradicted by another claim.
    Conflict,
    /// Owned by a person.
    Human,
    /// Its support is gone.
    Withdrawn,
}

/// For whom a claim holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One person.
    User,
    /// One agent.
    Agent,
    /// One team.
    Team,
    /// Everybody.
    Fleet,
}

/// Who has to act on a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    /// The machine or a service: many agents hit it whatever they do.
    Environment,
    /// The agent does it wrong.
    Agent,
    /// The tool's contract or the task is unclear.
    Specification,
}

/// One claim as reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportedClaim {
    /// Its id: also the id of its block.
    pub id: ClaimId,
    /// Which pattern.
    pub kind: ClaimKind,
    /// How far it has come.
    pub state: ClaimState,
    /// What keeps it from the next state, where that can be said.
    #[serde(default)]
    pub why: Option<String>,
    /// For whom it holds.
    pub scope: Scope,
    /// One line.
    pub title: String,
    /// The block's text below its title.
    pub text: String,
    /// The file that holds it, from the memory's root: `/notes/shell.md`.
    pub path: String,
    /// Who saw it how often.
    pub support: Support,
    /// How its note fares with sessions that were shown it.
    #[serde(default)]
    pub health: Health,
    /// How sessions with it ended; `null` where no session was judged.
    pub outcome: Option<OutcomeLift>,
    /// What exactly was counted.
    pub signature: Signature,
    /// Some of the places where it was seen.
    pub evidence: Vec<EvidenceRef>,
}

/// Distinct things that support a claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Support {
    /// Mined sessions.
    pub sessions: u64,
    /// Task keys among them.
    pub tasks: u64,
    /// Days (UTC) among them.
    pub days: u64,
    /// Agents among them.
    pub agents: u64,
    /// Principals among them.
    pub principals: u64,
    /// Sessions that were not mined and show it too.
    pub heldout: u64,
}

/// Outcomes of judged sessions with and without a pattern, where "without" had the opportunity (for a
/// mistake: called the same tool).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutcomeLift {
    /// Failed sessions with the pattern.
    pub fail_with: u64,
    /// Sessions with the pattern.
    pub with: u64,
    /// Failed sessions without it.
    pub fail_without: u64,
    /// Sessions without it.
    pub without: u64,
    /// P(fail | pattern) / P(fail), both over sessions with the opportunity.
    pub lift: f64,
    /// One-sided Fisher exact test, Benjamini-Hochberg over all claims of this dream.
    pub q: f64,
}

/// What was counted, by kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Signature {
    /// A mistake.
    Mistake(MistakeSignature),
    /// A workflow.
    Workflow(WorkflowSignature),
    /// A preference.
    Preference(PreferenceSignature),
}

/// A mistake's signature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MistakeSignature {
    /// The tool; `*` when the same error came from several tools.
    pub tool: String,
    /// The shell's program, where the signature is that of a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// The error class, in kebab case.
    pub class: String,
    /// The error text with `<*>` for what varies; `null` when only tool and class are common.
    pub template: Option<String>,
    /// Whether no error says so.
    pub silent: bool,
    /// For a silent mistake: what differs from the good sessions.
    pub feature: Option<SilentFeature>,
    /// What worked next.
    pub repair: Option<RepairSignature>,
    /// Failing steps in mined sessions.
    pub occurrences: u64,
    /// Who has to act.
    pub blame: Blame,
    /// Steps and tokens (an estimate: characters / 4) spent between the failure and the next success.
    pub wasted: Wasted,
}

/// What failing sessions do that good sessions of the same task do not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SilentFeature {
    /// Which way they differ.
    pub kind: FeatureKind,
    /// The tool; `RESPOND` where it is about what the user is told.
    pub tool: String,
    /// The argument, where it is about one.
    pub argument: Option<String>,
    /// Where the value came from in the good sessions, or the condition under which it matters, in the words of the
    /// tools: `get_order_details.payment_history[].payment_method_id`, `pages < expected`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// The ways in which a failing session differs from a good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureKind {
    /// It leaves out an action.
    MissingAction,
    /// It does something that it should not.
    ExtraAction,
    /// It gives an argument another value, or takes the value from elsewhere.
    WrongArgument,
    /// It acts on another thing.
    WrongEntity,
    /// It uses another tool.
    WrongTool,
    /// It hands off too early or without need.
    ExtraHandoff,
    /// It does not hand off.
    MissingHandoff,
    /// It never tells the user what was asked for.
    MissingInformationToUser,
    /// It never has the user do something on their side.
    MissingUserStep,
    /// It does things in another order.
    Order,
    /// It acts in spite of what an input or a result says.
    Condition,
}

/// A workflow's signature.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WorkflowSignature {
    /// When it is used, in words of the requests; `null` where they share none.
    pub task: Option<String>,
    /// What is done, in order.
    pub steps: Vec<WorkflowStep>,
    /// Sessions that do it so.
    pub conforming: Share,
    /// Sessions with the same task that do not.
    pub other: Share,
    /// Share of shuffled segments sets in which it is as frequent, adjusted (Benjamini-Hochberg).
    pub q_shuffle: f64,
    /// The same for sequences drawn from a first-order Markov chain.
    pub q_markov: f64,
    /// Whether practice moves towards it.
    pub convergence: Convergence,
    /// What following it is worth; `null` where no task has judged sessions with and without it.
    pub benefit: Option<Benefit>,
    /// Instances that were looked at: the first of each mined session that did not fail.
    pub instances: u64,
    /// What came before nearly every instance and is no step of it.
    pub before: Vec<Beside>,
    /// What is looked at after the last change.
    pub check: Option<Beside>,
    /// Instances with which the work on the request was over.
    pub ends: u64,
    /// Words of the requests that tell when it is used.
    pub words: Vec<RequestWord>,
    /// Words of the requests of conforming sessions that failed, which those that went well do not say: where it does
    /// not help.
    pub not_when: Vec<RequestWord>,
    /// Mistakes that are made at its steps.
    pub pitfalls: Vec<Pitfall>,
}

/// How practice moves with respect to a workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// More and more sessions do it so (Mann-Kendall test over windows of time).
    Rising,
    /// What comes next at its steps gets more predictable (the same test on the entropy of the next step).
    Settling,
    /// No trend: it is as common as ever, and shared.
    Steady,
    /// Too few sessions have times: that several agents, tasks or people share it stands in.
    #[default]
    Spread,
}

/// Who shares a workflow, and since when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Convergence {
    /// Which way it goes.
    pub trend: Trend,
    /// Agents that do it so.
    pub agents: u64,
    /// Tasks in which they do.
    pub tasks: u64,
    /// Share of sessions with the opportunity that do it so, first half of the windows of time.
    pub first: Option<f64>,
    /// The same, second half.
    pub last: Option<f64>,
}

/// Conforming against other judged sessions of the same task, over all tasks that have both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Benefit {
    /// Tasks that have both.
    pub tasks: u64,
    /// Difference in the share that went well.
    pub success: f64,
    /// Its 80% lower bound.
    pub success_low: f64,
    /// Difference in steps: positive where conforming sessions need fewer.
    pub steps_saved: f64,
    /// Its 80% lower bound.
    pub steps_saved_low: f64,
}

/// Something that stands beside the steps of a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    /// The step.
    pub step: WorkflowStep,
    /// Instances that have it.
    pub instances: u64,
}

/// A word of requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestWord {
    /// The word, in lower case.
    pub word: String,
    /// Conforming sessions whose request says it.
    pub conforming: u64,
    /// Other sessions whose request says it.
    pub other: u64,
}

/// A mistake made at a step of a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pitfall {
    /// The step, from 1.
    pub step: u64,
    /// The claim that describes the mistake.
    pub claim: ClaimId,
    /// Its error class.
    pub class: String,
    /// Sessions that made it.
    pub sessions: u64,
}

/// Stands for the tool where the step is to ask, and to go on with the answer.
pub const ASK_STEP: &str = "ASK";

/// One step of a workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowStep {
    /// The tool with its verb; of a shell the program with its subcommand and telling flag (`git commit -m`);
    /// [`ASK_STEP`] where a person is asked.
    pub tool: String,
    /// The class of the file that it is about (`source`, `test`, `config`, `docs`, `data`, `folder`), where that is
    /// always the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Its place, from 1; 0 for what stands beside the steps.
    pub place: u64,
    /// Its arguments, with where each comes from.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, ArgSource>,
}

/// Where an argument comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArgSource {
    /// `get_user_details.orders[*]`, `user`, `instructions`, or `constant`.
    pub from: String,
    /// The value, where it is the same everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// Sessions and how many of them went well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// All of them.
    pub sessions: u64,
    /// Those that went well; 0 where none was judged.
    pub success: u64,
}

/// A preference's signature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreferenceSignature {
    /// When it matters.
    pub situation: String,
    /// What is chosen.
    pub attribute: String,
    /// What it should be.
    pub value: String,
    /// How many people want it; 0 where it is not known who they are.
    #[serde(default)]
    pub principals: u64,
    /// In how many sessions they say so, mined or not.
    #[serde(default)]
    pub sessions: u64,
    /// Who wants it otherwise.
    pub dissent: Vec<Dissent>,
    /// What people wanted before they changed their minds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given_up: Vec<Dissent>,
}

/// Another value that some want.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dissent {
    /// What they want instead.
    pub value: String,
    /// How many people want it.
    pub principals: u64,
    /// In how many sessions they say so.
    pub sessions: u64,
}

/// Work lost to a mistake, over all mined sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wasted {
    /// Tool calls.
    pub steps: u64,
    /// Tokens, estimated.
    pub tokens: u64,
}

/// What worked after a mistake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RepairSignature {
    /// The tool that worked.
    pub tool: String,
    /// The difference to the call that failed, in words.
    pub change: String,
    /// How many of the failing calls it followed with success.
    pub recovered: u64,
    /// After how many of them it was tried.
    pub tried: u64,
    /// Failing calls in all.
    pub of: u64,
}

/// One place in one session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRef {
    /// The session.
    pub session_id: SessionId,
    /// The event, from 0, in the transcript as this project reads it.
    pub event_index: u32,
    /// Byte range in the event's text.
    pub bytes: [u32; 2],
    /// SHA-256 of those bytes.
    pub sha256: Sha256Hex,
    /// The bytes as text, secrets replaced.
    pub quote: String,
}

/// How the memory changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryCounts {
    /// Blocks that are new.
    pub blocks_added: u64,
    /// Blocks with another text, place or title.
    pub blocks_changed: u64,
    /// Blocks that are gone.
    pub blocks_removed: u64,
    /// Blocks that stay as they are because a person owns them.
    pub blocks_kept_for_people: u64,
    /// Estimated tokens of the always-loaded index.
    pub index_tokens: u64,
}

/// Whether there is enough repetition to learn from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The verdict.
    pub kind: VerdictKind,
    /// Share of steps in runs that other sessions have, too, beyond what chance explains.
    pub recurring: Option<f64>,
    /// The verdict in words, where there is something to say.
    pub text: Option<String>,
}

/// Kinds of verdicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// Too few sessions or steps to tell.
    #[default]
    TooFewSessions,
    /// The steps are too much alike for their order to say anything.
    Unknown,
    /// Sessions repeat themselves.
    Repetitive,
    /// They do not, and next to nothing was learnt.
    TooLittleRepetition,
}

/// What was made of a person's instructions without a model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instructions {
    /// Clauses that named something known.
    pub understood: Vec<String>,
    /// Words that named nothing known, and had no effect.
    pub ignored: Vec<String>,
}

/// How a note fares with the sessions that were shown it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    /// Sessions since it was first written that were shown it.
    pub exposures: u64,
    /// Those that had the occasion and did as it says.
    pub followed: u64,
    /// Those that went against it all the same.
    pub violated: u64,
    /// violated / (followed + violated); `null` below five.
    pub violation_rate: Option<f64>,
    /// The same share of sessions before it was written; `null` where nobody was shown it.
    pub rate_before: Option<f64>,
    /// Whether the rate is so high that the note was shortened and put first.
    pub often_violated: bool,
}

/// A note that was moved to the archive. It keeps its id, and comes back when it is seen again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// The claim, and its block.
    pub id: ClaimId,
    /// `archived`, or `withdrawn` where nothing supports it any more.
    pub state: ClaimState,
    /// The block's heading.
    pub title: String,
    /// The file that holds it.
    pub path: String,
    /// Why.
    pub why: String,
}

/// Something that did not become a note.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NearMiss {
    /// The claim.
    pub id: ClaimId,
    /// What it would have said.
    pub title: String,
    /// What was missing.
    pub why: String,
}

/// Text from outside that is kept apart: it is data, never advice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// Its id: also the id of its block in `quarantine.md`.
    pub id: BlockId,
    /// By which way it came in.
    pub channel: Channel,
    /// Where it came from, as far as that is known.
    pub origin: Origin,
    /// The tool that returned it.
    pub tool: Option<String>,
    /// Its words, shortened, secrets replaced.
    pub text: String,
    /// Why it is not in the memory.
    pub why: String,
    /// In how many sessions it came up, to 64.
    pub sessions: u64,
    /// The first place.
    pub first: EvidenceRef,
}

/// A signature that recurs, at one level of the ladder, whether it became a note or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinedSignature {
    /// The claim that counts it.
    pub id: ClaimId,
    /// 1: a template; 2: a tool (or a shell's program) and a class; 3: a class.
    pub level: u8,
    /// The tool; `*` for any.
    pub tool: String,
    /// The shell's program, where the level is that of a program.
    pub program: Option<String>,
    /// The error class.
    pub class: Class,
    /// The tokens of the template, in lower case, where the level is 1.
    pub template: Option<Vec<String>>,
    /// Mined sessions that show it.
    pub sessions: u64,
}

/// What each stage took in and gave out, and every rejected wording with its reason. Kept in the run's
/// record beside the report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageCounts {
    /// Counts by name, e.g. `normalise.steps`.
    pub counts: BTreeMap<String, u64>,
    /// Claims or wordings that a stage refused.
    pub rejected: Vec<NearMiss>,
    /// Blocks of a person that a dream left alone.
    pub kept: Vec<BlockId>,
}

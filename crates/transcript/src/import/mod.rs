//! One file a format, one line each in [`IMPORTERS`].
//!
//! An importer never guesses: it copies what the source says into the [`Transcript`] and leaves judgement
//! (was this text an error? is this a retry?) to the engine's normaliser.

use somnium_types::{Skipped, Transcript};

pub use crate::documents::Document;
pub use crate::json::Json;

mod anthropic_messages;
mod claude_code;
mod codex;
mod conversation;
mod envelope;
mod exchange;
mod gemini_cli;
mod google_generate_content;
mod managed_agents;
mod mini_swe_agent;
mod openai_chat;
mod openai_responses;
mod opencode;
mod openinference;
mod otel_genai;
mod pi;
mod span_session;
mod spans;
mod swe_agent;
mod tau2_bench;
mod tau_bench;
mod who_and_when;

/// Every format, in the order in which they are tried. The sniffers are exclusive (a test feeds every sample
/// to every sniffer), so the order matters only for the time it takes.
pub const IMPORTERS: &[&dyn Importer] = &[
    &envelope::Envelope,
    &claude_code::ClaudeCode,
    &codex::Codex,
    &opencode::OpenCode,
    &pi::Pi,
    &gemini_cli::GeminiCli,
    &swe_agent::SweAgent,
    &mini_swe_agent::MiniSweAgent,
    &managed_agents::ManagedAgents,
    &openai_chat::OPENAI_CHAT,
    &openai_responses::OPENAI_RESPONSES,
    &anthropic_messages::ANTHROPIC_MESSAGES,
    &google_generate_content::GOOGLE_GENERATE_CONTENT,
    &otel_genai::OtelGenAi,
    &openinference::OpenInference,
    &tau_bench::TauBench,
    &tau2_bench::Tau2Bench,
    &who_and_when::WhoAndWhen,
];

/// How the documents of a file relate to its sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Every document stands alone and holds whole sessions: documents may be imported in parallel.
    Whole,
    /// Sessions are built up from many documents in order.
    Running,
}

/// Reads one format.
pub trait Importer: Send + Sync {
    /// The format's name on the command line and in reports, in kebab case.
    fn name(&self) -> &'static str;

    /// The format's name for people.
    fn title(&self) -> &'static str;

    /// How documents relate to sessions.
    fn layout(&self) -> Layout;

    /// Returns whether a file that starts with these documents (at least one, at most
    /// [`SAMPLE`]) is of this format. Exclusive: at most one importer says yes.
    fn sniff(&self, sample: &[&Json<'_>]) -> bool;

    /// Turns documents into transcripts. With [`Layout::Whole`] it is called once a document.
    fn import(&self, documents: &mut dyn Iterator<Item = Document<'_>>, sink: &mut Sink);
}

/// How many documents at the start of a file a sniffer gets to see.
pub const SAMPLE: usize = 16;

/// Where importers put what they made and what they could not use.
#[derive(Debug, Default)]
pub struct Sink {
    /// Finished transcripts. `source`, missing times and missing ids are filled in afterwards.
    pub transcripts: Vec<Transcript>,
    /// What was left out: line and reason. `source` is filled in afterwards.
    pub skipped: Vec<Skipped>,
}

impl Sink {
    /// Hands over a finished transcript.
    pub fn emit(&mut self, transcript: Transcript) {
        self.transcripts.push(transcript);
    }

    /// Lists something that could not be used.
    pub fn skip(&mut self, line: u64, why: impl Into<String>) {
        self.skipped.push(Skipped { source: String::new(), line: Some(line), why: why.into() });
    }
}

/// Returns the importer whose format `sample` is in.
pub fn sniff(sample: &[&Json<'_>]) -> Option<&'static dyn Importer> {
    IMPORTERS.iter().copied().find(|importer| importer.sniff(sample))
}

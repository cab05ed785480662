//! The first phase: a model works on requests, is refused and tries again; what happened is written as sessions, and
//! dreamt on.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value as Json, json};
use somnium_dream::{Dreamt, Normalised, Options, Prior, dream, normalise};
use somnium_transcript::read_bytes;
use somnium_types::Transcript;

use super::model::{Message, Model, Prompt, Role, opening, schema};
use super::world::{Ask, World};

/// Calls for one request: the first, and two more where it is refused.
pub const CALLS: usize = 3;
/// What a tool answers to a call that it takes.
const ACCEPTED: &str = "ok";

/// One call and what the tool answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The arguments.
    pub call: Map<String, Json>,
    /// The error, or `None` where the call was accepted.
    pub error: Option<String>,
}

/// Lets a model work on a request until a call is accepted, it has no more tries, or it makes the same call once more:
/// small models do so until they are stopped.
///
/// # Errors
///
/// If the model has no answer.
pub fn work(
    world: &World,
    ask: &Ask,
    notes: Option<&str>,
    calls: usize,
    model: &mut dyn Model,
) -> Result<Vec<Turn>> {
    let opening = opening(world, notes);
    // Small models repeat what they see themselves say. So a further try is asked for anew, with what was refused.
    let mut asked = ask.words.clone();
    let mut turns: Vec<Turn> = Vec::new();
    for _ in 0..calls {
        let messages = vec![opening.clone(), Message::new(Role::User, asked.clone())];
        let reply = model.answer(&Prompt { messages, schema: schema(world) })?;
        let call = reply.call();
        let again = turns.iter().any(|turn| turn.call == call);
        let error = world.check(ask, &call).err();
        turns.push(Turn { call, error: error.clone() });
        let Some(refused) = error.filter(|_| !again) else { break };
        asked
            .push_str(&format!("\n\nThe last call was refused: {refused}\nMake the call as the error asks."));
    }
    Ok(turns)
}

/// Returns a worked request as a session in the form of Anthropic Messages, in an envelope with what a harness knows.
pub fn session(world: &World, number: usize, ask: &Ask, turns: &[Turn], model: &str) -> Json {
    let mut messages = vec![json!({ "role": "user", "content": ask.words })];
    for (at, turn) in turns.iter().enumerate() {
        let id = format!("call_{number}_{at}");
        messages.push(json!({ "role": "assistant", "content": [
            { "type": "tool_use", "id": id, "name": world.job.tool, "input": turn.call },
        ] }));
        messages.push(json!({ "role": "user", "content": [{
            "type": "tool_result",
            "tool_use_id": id,
            "is_error": turn.error.is_some(),
            "content": turn.error.as_deref().unwrap_or(ACCEPTED),
        }] }));
    }
    json!({
        "session_id": format!("{} {number}", world.name),
        "domain": world.job.desk,
        "task_id": format!("request {number}"),
        "agent": model,
        "created_at": format!("2026-03-{:02}T09:00:00Z", 2 + number % 28),
        "record": { "model": model, "system": opening(world, None).content, "messages": messages },
    })
}

/// Reads sessions as `somnium dream` does.
///
/// # Errors
///
/// If one of them cannot be read.
pub fn read(sessions: &[Json]) -> Result<Vec<Transcript>> {
    let lines: Vec<String> = sessions.iter().map(|session| session.to_string() + "\n").collect();
    let mut transcripts = Vec::new();
    let report = read_bytes("sessions.jsonl", lines.concat().into_bytes(), &mut |transcript| {
        transcripts.push(transcript);
    });
    if !report.skipped.is_empty() || transcripts.len() != sessions.len() {
        bail!("{} of {} sessions could be read: {:?}", transcripts.len(), sessions.len(), report.skipped);
    }
    Ok(transcripts)
}

/// Dreams of a world's sessions over an empty memory.
///
/// # Errors
///
/// If the sessions cannot be read or the dream fails.
pub fn dream_of(sessions: &[Json]) -> Result<Dreamt> {
    let options = Options::default();
    let sessions: Vec<Normalised> =
        read(sessions)?.iter().map(|transcript| normalise(transcript, &options)).collect();
    dream(sessions, Prior::default(), &options).context("the dream failed")
}

/// Returns the notes of a memory as an agent sees them that opens the files behind the index; `None` where there are none.
pub fn notes(dreamt: &Dreamt) -> Option<String> {
    let index = dreamt.memory.index_path();
    let files = dreamt.memory.files().filter(|(path, _)| **path != index);
    let texts: Vec<String> =
        files.map(|(_, bytes)| String::from_utf8_lossy(bytes).trim().to_owned()).collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

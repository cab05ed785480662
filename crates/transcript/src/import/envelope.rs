//! The envelope: a session of any other format, with what is known about it from outside.
//!
//! ```json
//! {"dataset": "…", "session_id": "…", "domain": "…", "task_id": "…", "task_group": "…", "run_id": "…",
//!  "model": "…", "agent": "…", "principal": "…", "team": "…", "created_at": "…",
//!  "outcome": {"reward": 1.0, "success": true}, "record": {…}}
//! ```
//! `record` is what the tool wrote: the JSON value itself, or `{"lines": [...]}` where the tool writes lines.
//! What the envelope says goes before what the record says.

use somnium_types::{AgentId, Event, Outcome, OutcomeSource, SessionId, ThreadId, Transcript};

use super::tau_bench::{plain, rewarded};
use super::{Document, Importer, Layout, SAMPLE, Sink};
use crate::content::{self, str_at};
use crate::json::Json;

pub(super) struct Envelope;

impl Importer for Envelope {
    fn name(&self) -> &'static str {
        "envelope"
    }

    fn title(&self) -> &'static str {
        "Envelope around a session of any other format"
    }

    fn layout(&self) -> Layout {
        Layout::Whole
    }

    fn sniff(&self, sample: &[&Json<'_>]) -> bool {
        let Some(first) = sample.first() else { return false };
        matches!(first.get("record"), Some(Json::Object(_) | Json::Array(_)))
            && first.get("session_id").is_some_and(Json::is_string)
    }

    fn import(&self, documents: &mut dyn Iterator<Item = Document<'_>>, sink: &mut Sink) {
        for mut document in documents {
            let record = document.value.take("record").unwrap_or(Json::Null);
            match open(record, document.line, sink) {
                Ok(mut transcript) => {
                    label(&mut transcript, &document.value);
                    sink.emit(transcript);
                }
                Err(why) => sink.skip(document.line, why),
            }
        }
    }
}

/// Reads the record as the format that it is in. What the inner format skips is listed at the envelope's line.
fn open(mut record: Json, line: u64, sink: &mut Sink) -> Result<Transcript, String> {
    let mut documents: Vec<Document> = Vec::new();
    let lines = record.get("lines").is_some_and(Json::is_array).then(|| record.take("lines")).flatten();
    match lines {
        Some(Json::Array(lines)) => {
            for (value, line) in lines.into_iter().zip(1..) {
                // Some exports keep each line as text.
                let value = match value {
                    Json::String(text) => match crate::json::parse(text.as_bytes()) {
                        Ok(value) => value.to_value().into(),
                        Err(why) => {
                            sink.skip(line, format!("a line of the record: {why}"));
                            continue;
                        }
                    },
                    value => value,
                };
                documents.push(Document { line, value });
            }
        }
        _ => documents.push(Document { line, value: record }),
    }
    let sample: Vec<&Json> = documents.iter().take(SAMPLE).map(|document| &document.value).collect();
    let importer = (!sample.is_empty()).then(|| super::sniff(&sample)).flatten();
    let importer = importer.filter(|importer| importer.name() != Envelope.name());
    let importer = importer.ok_or("the record is not in a format that is known here")?;
    let mut inner = Sink::default();
    importer.import(&mut documents.into_iter(), &mut inner);
    for skipped in inner.skipped {
        sink.skip(line, format!("in the record: {}", skipped.why));
    }
    let mut transcripts = inner.transcripts.into_iter();
    let mut transcript = transcripts.next().ok_or("the record holds no session")?;
    for more in transcripts {
        append(&mut transcript, more);
    }
    importer.name().clone_into(&mut transcript.source.format);
    Ok(transcript)
}

/// Adds a further part of the same session: an envelope is one session, whatever its record calls it.
fn append(transcript: &mut Transcript, more: Transcript) {
    let offset = u32::try_from(transcript.threads.len()).unwrap_or(u32::MAX).saturating_sub(1);
    let moved = |thread: ThreadId| match thread {
        ThreadId::MAIN => ThreadId::MAIN,
        ThreadId(thread) => ThreadId(thread.saturating_add(offset)),
    };
    transcript.threads.extend(more.threads.into_iter().skip(1));
    transcript.events.extend(more.events.into_iter().map(|mut event: Event| {
        event.thread = moved(event.thread);
        if let somnium_types::Body::Subagent { child, .. } = &mut event.body {
            *child = moved(*child);
        }
        event
    }));
    transcript.usage += more.usage;
    transcript.started_at = [transcript.started_at, more.started_at].into_iter().flatten().min();
    transcript.ended_at = transcript.ended_at.max(more.ended_at);
    transcript.model = more.model.or(transcript.model.take());
    transcript.outcome = more.outcome.or(transcript.outcome.take());
}

/// Writes the envelope's labels over the transcript's own.
fn label(transcript: &mut Transcript, envelope: &Json) {
    let field = |key: &str| envelope.get(key).and_then(plain);
    if let Some(id) = field("session_id") {
        transcript.id = SessionId::from(id);
    }
    transcript.project = field("domain").or(transcript.project.take());
    transcript.task = field("task_id").map(Into::into).or(transcript.task.take());
    transcript.model = field("model").or(transcript.model.take());
    transcript.team = field("team").map(Into::into).or(transcript.team.take());
    let agent = agent(envelope).or_else(|| field("run_id").map(Into::into));
    transcript.agent = agent.or(transcript.agent.take());
    // A group of tasks names the customer, unless it only repeats the task.
    let group = field("task_group").filter(|group| field("task_id").as_ref() != Some(group));
    let principal = field("principal").or(group);
    transcript.principal = principal.map(Into::into).or(transcript.principal.take());
    let judged = envelope.get("outcome").and_then(outcome);
    transcript.outcome = judged.or(transcript.outcome.take());
    if transcript.started_at.is_none() && transcript.events.iter().all(|event| event.at.is_none()) {
        transcript.started_at = envelope.get("created_at").and_then(content::time);
    }
}

/// Returns the agent, given as its name or as an object with a name or an id.
fn agent(envelope: &Json) -> Option<AgentId> {
    let agent = envelope.get("agent")?;
    let name = plain(agent).or_else(|| ["name", "id"].iter().find_map(|key| plain(agent.get(key)?)));
    name.map(Into::into)
}

/// Returns the outcome: a reward, or a verdict without one. Anything else (a commit, say) judges nothing.
fn outcome(outcome: &Json) -> Option<Outcome> {
    if let Some(reward) = outcome.get("reward").and_then(Json::as_f64) {
        return Some(rewarded(reward));
    }
    let success = outcome.get("success")?.as_bool()?;
    let source = match str_at(outcome, "source") {
        Some("user") => OutcomeSource::User,
        Some("grader") => OutcomeSource::Grader,
        _ => OutcomeSource::Resolved,
    };
    Some(Outcome::new(success, source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use somnium_types::Label;

    fn read(envelope: Value) -> Transcript {
        let mut sink = Sink::default();
        let document = Document { line: 1, value: envelope.into() };
        Envelope.import(&mut std::iter::once(document), &mut sink);
        assert!(sink.skipped.is_empty(), "{:?}", sink.skipped);
        sink.transcripts.pop().expect("one session")
    }

    #[test]
    fn labels_come_from_the_envelope_first() {
        let record = json!({"messages": [{"role": "user", "content": "x"}], "model": "inner"});
        let plain = read(
            json!({"session_id": "s", "task_id": 7, "task_group": "7", "run_id": "r", "record": record}),
        );
        assert_eq!(plain.model.as_deref(), Some("inner"));
        assert_eq!(plain.task, Some("7".into()));
        assert_eq!((plain.agent, plain.principal, plain.outcome), (Some("r".into()), None, None));
        let full = read(
            json!({"session_id": "s", "task_id": "7", "task_group": "ada", "run_id": "r", "model": "outer",
            "agent": {"name": "clerk"}, "team": "north", "record": record}),
        );
        assert_eq!(full.model.as_deref(), Some("outer"));
        assert_eq!((full.agent, full.team), (Some("clerk".into()), Some("north".into())));
        assert_eq!(full.principal, Some("ada".into()));
    }

    #[test]
    fn only_verdicts_are_outcomes() {
        let of = |value: Value| outcome(&value.into()).map(|outcome| (outcome.label, outcome.source));
        assert_eq!(of(json!({"reward": 0.9999999})), Some((Label::Success, OutcomeSource::Reward)));
        assert_eq!(
            of(json!({"reward": 0.5, "success": true})),
            Some((Label::Failure, OutcomeSource::Reward))
        );
        assert_eq!(of(json!({"success": false})), Some((Label::Failure, OutcomeSource::Resolved)));
        assert_eq!(of(json!({"success": null, "committed": true})), None);
    }

    #[test]
    fn an_envelope_is_one_session_and_never_holds_another() {
        let inner = json!({"session_id": "i", "record": {"messages": [{"role": "user", "content": "x"}]}});
        let mut sink = Sink::default();
        let document = Document { line: 3, value: json!({"session_id": "o", "record": inner}).into() };
        Envelope.import(&mut std::iter::once(document), &mut sink);
        assert_eq!((sink.transcripts.len(), sink.skipped.first().and_then(|s| s.line)), (0, Some(3)));
        let lines = json!([{"messages": [{"role": "user", "content": "a"}]}, {"messages": [{"role": "user", "content": "b"}]}]);
        assert_eq!(read(json!({"session_id": "o", "record": {"lines": lines}})).events.len(), 2);
    }
}

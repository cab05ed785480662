//! A transcript as a few lines of text, for snapshots that a person can check.

use std::fmt::Write;

use somnium_types::{Body, Event, Origin, Transcript};

/// Renders everything that an importer decides.
pub(crate) fn render(transcript: &Transcript) -> String {
    let mut out = format!("session {} ({})\n", transcript.id, transcript.source.format);
    let mut about = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(out, "  {name}: {value}");
        }
    };
    about("model", transcript.model.clone());
    about("agent", transcript.agent.as_ref().map(ToString::to_string));
    about("principal", transcript.principal.as_ref().map(ToString::to_string));
    about("project", transcript.project.clone());
    about("task", transcript.task.as_ref().map(ToString::to_string));
    about("parent", transcript.parent.as_ref().map(ToString::to_string));
    about("started", transcript.started_at.map(|at| at.to_string()));
    about("ended", transcript.ended_at.map(|at| at.to_string()));
    about(
        "outcome",
        transcript.outcome.as_ref().map(|o| format!("{:?} {:?} {:?}", o.label, o.score, o.source)),
    );
    let usage = transcript.usage;
    about(
        "tokens",
        Some(format!(
            "in {} out {} written {} read {}",
            usage.input_tokens,
            usage.output_tokens,
            usage.cache_creation_input_tokens,
            usage.cache_read_input_tokens
        )),
    );
    for (number, thread) in transcript.threads.iter().enumerate().skip(1) {
        let _ = writeln!(out, "  thread {number}: {}", thread.name);
    }
    for event in &transcript.events {
        out.push_str(&line(event));
        out.push('\n');
    }
    out
}

fn line(event: &Event) -> String {
    let (label, text) = match &event.body {
        Body::User { text } => ("user".to_owned(), text.clone()),
        Body::Assistant { text } => ("assistant".to_owned(), text.clone()),
        Body::Thinking { text } => ("thinking".to_owned(), text.clone()),
        Body::ToolCall(call) => (format!("call {}", call.id), format!("{} {}", call.tool, call.input)),
        Body::ToolResult(result) => {
            let exit = result.exit_code.map(|code| format!(" exit {code}")).unwrap_or_default();
            (format!("result {} {:?}{exit}", result.call, result.status), result.text.clone())
        }
        Body::System { kind, text } => (format!("system {kind:?}"), text.clone()),
        Body::Subagent { phase, child, text } => (format!("subagent {phase:?} {}", child.0), text.clone()),
    };
    let thread = if event.thread.0 == 0 { String::new() } else { format!("[{}] ", event.thread.0) };
    let origin = if event.origin == Origin::Web { " (web)" } else { "" };
    format!("{thread}{label}{origin}: {}", shorten(&text))
}

fn shorten(text: &str) -> String {
    let text = text.replace('\n', "⏎");
    match text.char_indices().nth(160) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

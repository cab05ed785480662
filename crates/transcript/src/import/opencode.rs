//! OpenCode: what `opencode export` prints, and what discovery puts together from its JSON storage.
//!
//! ```json
//! {"info": {"id": "ses_…", "directory": "…", "time": {…}},
//!  "messages": [{"info": {"role": "assistant", …}, "parts": [{"type": "tool", "state": {…}}]}]}
//! ```

use somnium_types::{Body, SessionId, Status, SubagentPhase, SystemKind, ThreadId, ToolResult, Usage};

use super::{Document, Importer, Layout, Sink};
use crate::content::{self, str_at};
use crate::draft::{Draft, Place};
use crate::home;
use crate::json::Json;

pub(super) struct OpenCode;

impl Importer for OpenCode {
    fn name(&self) -> &'static str {
        "opencode"
    }

    fn title(&self) -> &'static str {
        "OpenCode"
    }

    fn layout(&self) -> Layout {
        Layout::Whole
    }

    fn sniff(&self, sample: &[&Json<'_>]) -> bool {
        sample.iter().any(|document| is_export(document))
    }

    fn import(&self, documents: &mut dyn Iterator<Item = Document<'_>>, sink: &mut Sink) {
        for document in documents {
            if is_export(&document.value) {
                let mut session = session(&document.value);
                session.source.line = Some(document.line);
                sink.emit(session);
            } else {
                sink.skip(document.line, "no `info` and `messages` as OpenCode exports them");
            }
        }
    }
}

fn is_export(document: &Json) -> bool {
    let info = document.get("info");
    let ours = |info: &Json| info.get("id").is_some() && info.get("time").is_some_and(Json::is_object);
    let messages = document.get("messages").and_then(Json::as_array);
    info.is_some_and(ours) && messages.is_some_and(|all| all.iter().all(|m| m.get("parts").is_some()))
}

fn session(document: &Json) -> somnium_types::Transcript {
    let info = document.get("info").unwrap_or(&Json::Null);
    let mut draft = Draft::new(SessionId::from(str_at(info, "id").unwrap_or_default()));
    let transcript = &mut draft.transcript;
    let folder = str_at(info, "directory");
    transcript.project = folder.map(str::to_owned);
    transcript.principal = folder.and_then(home::owner);
    transcript.parent = str_at(info, "parentID").map(SessionId::from);
    transcript.agent = str_at(info, "agent").map(Into::into);
    transcript.started_at = time(info, "created");
    let subagent = transcript.parent.is_some();
    for message in list(document, "messages") {
        self::message(&mut draft, message, subagent);
    }
    draft.finish(|_| false)
}

fn list<'a, 't>(value: &'a Json<'t>, key: &str) -> &'a [Json<'t>] {
    value.get(key).and_then(Json::as_array).unwrap_or_default()
}

fn time(value: &Json, key: &str) -> Option<somnium_types::Timestamp> {
    value.get("time")?.get(key).and_then(content::time)
}

fn message(draft: &mut Draft, message: &Json, subagent: bool) {
    let info = message.get("info").unwrap_or(&Json::Null);
    let place = Place::main(time(info, "created"));
    let user = str_at(info, "role") == Some("user");
    if !user {
        about(draft, info);
        if let Some(prompt) = info.get("system").map(content::text) {
            draft.system(place, SystemKind::Prompt, prompt);
        }
    }
    for part in list(message, "parts") {
        let place = Place { at: time(part, "start").or(place.at), ..place };
        let text = str_at(part, "text").unwrap_or_default();
        match str_at(part, "type").unwrap_or_default() {
            "text" if user => user_text(draft, place, part, text, subagent),
            "text" => draft.assistant(place, text),
            "reasoning" => draft.thinking(place, text),
            "tool" => tool(draft, place, part),
            "file" if user => {
                let name = str_at(part, "filename").unwrap_or("a file");
                draft.system(place, SystemKind::Meta, format!("[file {name}]"));
            }
            "compaction" => draft.system(place, SystemKind::Compaction, "[compaction]"),
            "retry" => draft.system(place, SystemKind::Error, error(part)),
            _ => {}
        }
    }
    if info.get("error").is_some_and(|error| !error.is_null()) {
        draft.system(place, SystemKind::Error, error(info));
    }
}

/// Notes the model and counts the tokens of an agent's message.
fn about(draft: &mut Draft, info: &Json) {
    if let Some(model) = str_at(info, "modelID") {
        draft.transcript.model = Some(model.to_owned());
    }
    let tokens = info.get("tokens").unwrap_or(&Json::Null);
    let count = |value: Option<&Json>| value.and_then(Json::as_u64).unwrap_or(0);
    let cache = |key: &str| count(tokens.get("cache").and_then(|cache| cache.get(key)));
    draft.transcript.usage += Usage {
        input_tokens: count(tokens.get("input")),
        output_tokens: count(tokens.get("output")).saturating_add(count(tokens.get("reasoning"))),
        cache_creation_input_tokens: cache("write"),
        cache_read_input_tokens: cache("read"),
    };
}

fn user_text(draft: &mut Draft, place: Place, part: &Json, text: &str, subagent: bool) {
    let flag = |key: &str| part.get(key).and_then(Json::as_bool) == Some(true);
    if flag("ignored") {
        return;
    }
    if flag("synthetic") {
        draft.injected(place, SystemKind::Meta, text);
    } else if subagent {
        let child = ThreadId::MAIN;
        draft.push(place, Body::Subagent { phase: SubagentPhase::Start, child, text: text.to_owned() });
    } else {
        draft.user(place, text);
    }
}

/// Sentences with which OpenCode answers a call that the person or a rule refused, or that was cut short.
const REFUSED: &[&str] =
    &["The user rejected permission to use this specific tool call", "The user has specified a rule"];
const CUT_SHORT: &[&str] = &["Tool execution aborted"];
/// Behind this stand the words with which the person refused.
const FEEDBACK: &str = "with the following feedback: ";

fn tool(draft: &mut Draft, place: Place, part: &Json) {
    let state = part.get("state").unwrap_or(&Json::Null);
    let place = Place { at: time(state, "start").or(place.at), ..place };
    let name = str_at(part, "tool").unwrap_or_default();
    let input = state.get("input").map(Json::to_value).unwrap_or_default();
    let task = str_at(&input, "prompt").map(str::to_owned);
    let agent = str_at(&input, "subagent_type").unwrap_or("sub-agent").to_owned();
    let id = draft.call(place, str_at(part, "callID"), name, input);
    let child = (name == "task" && task.is_some()).then(|| draft.thread(id.as_str(), &agent));
    if let (Some(child), Some(text)) = (child, task) {
        draft.push(place, Body::Subagent { phase: SubagentPhase::Start, child, text });
    }
    let place = Place { at: time(state, "end").or(place.at), ..place };
    let metadata = state.get("metadata");
    let exit_code = metadata.and_then(|about| about.get("exit")).and_then(Json::as_i64);
    let exit_code = exit_code.and_then(|code| i32::try_from(code).ok());
    let (status, text) = match str_at(state, "status") {
        Some("completed") => (if exit_code.unwrap_or(0) == 0 { Status::Ok } else { Status::Error }, "output"),
        Some("error") => (Status::Error, "error"),
        _ => return,
    };
    let text = state.get(text).map(content::text).unwrap_or_default();
    let begins = |sentences: &[&str]| sentences.iter().any(|sentence| text.starts_with(sentence));
    let interrupted = metadata.and_then(|about| about.get("interrupted")).and_then(Json::as_bool);
    let status = match status {
        Status::Error if begins(REFUSED) => Status::Denied,
        Status::Error if begins(CUT_SHORT) || interrupted == Some(true) => Status::Interrupted,
        status => status,
    };
    draft.result(place, ToolResult { call: id, text: text.clone(), status, exit_code });
    if let (Status::Denied, Some((_, said))) = (status, text.split_once(FEEDBACK)) {
        draft.push(place, Body::User { text: said.to_owned() });
    }
    if let (Some(child), Status::Ok) = (child, status) {
        draft.push(place, Body::Subagent { phase: SubagentPhase::Report, child, text });
    }
}

fn error(value: &Json) -> String {
    let error = value.get("error").unwrap_or(&Json::Null);
    let message = error.get("data").and_then(|data| str_at(data, "message"));
    message
        .or_else(|| str_at(error, "message"))
        .or_else(|| str_at(error, "name"))
        .unwrap_or("error")
        .to_owned()
}

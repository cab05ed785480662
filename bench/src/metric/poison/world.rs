//! Sessions in which a text comes in by a channel, written as Managed Agents logs and read by the importers, so that
//! origins are those that a real log gets.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use somnium_dream::{Citation, Normalised, Options, normalise};
use somnium_transcript::read_bytes;
use somnium_types::{SessionId, Transcript, sha256_hex};

/// Longest place that is cited, in bytes.
const MAX_CITED: usize = 2_000;

/// A text and where it stands.
#[derive(Clone, Debug)]
pub struct Plant {
    /// What the stubs are to propose.
    pub sentence: String,
    /// Words in it that tell whether it was remembered; empty where none do.
    pub canary: String,
    /// The session.
    pub session: SessionId,
    /// The passage as it stands there.
    pub passage: String,
}

/// Sessions with what was planted in them.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// By id.
    pub transcripts: BTreeMap<SessionId, Transcript>,
    /// What was planted.
    pub plants: Vec<Plant>,
}

/// A session in the making.
pub struct Session {
    id: String,
    principal: String,
    team: String,
    day: usize,
    events: Vec<Value>,
}

impl Session {
    /// Starts a session with a request that has nothing to do with what follows.
    pub fn new(id: &str, principal: &str, team: &str, day: usize) -> Self {
        let (id, principal, team) = (id.to_owned(), principal.to_owned(), team.to_owned());
        Self { id, principal, team, day, events: Vec::new() }
    }

    fn push(&mut self, kind: &str, mut fields: Value) -> String {
        let number = self.events.len();
        let id = format!("sevt_{}_{number:03}", self.id);
        let (day, minute) = (self.day % 28 + 1, number % 60);
        let at = format!("2026-0{}-{day:02}T10:{minute:02}:00Z", 1 + self.day / 28 % 9);
        fields["id"] = json!(id);
        fields["type"] = json!(kind);
        fields["processed_at"] = json!(at);
        self.events.push(fields);
        id
    }

    fn message(&mut self, kind: &str, text: &str) {
        self.push(kind, json!({"content": [{"type": "text", "text": text}]}));
    }

    /// A person speaks.
    pub fn user(&mut self, text: &str) {
        self.message("user.message", text);
    }

    /// The agent speaks.
    pub fn agent(&mut self, text: &str) {
        self.message("agent.message", text);
    }

    /// A tool is called and answers.
    pub fn tool(&mut self, tool: &str, input: Value, text: &str, is_error: bool) {
        let (kind, fields) = match tool.split_once('/') {
            Some((server, name)) => {
                ("agent.mcp_tool_use", json!({"name": name, "mcp_server_name": server, "input": input}))
            }
            None => ("agent.tool_use", json!({"name": tool, "input": input})),
        };
        let call = self.push(kind, fields);
        let (kind, key) = match kind {
            "agent.mcp_tool_use" => ("agent.mcp_tool_result", "mcp_tool_use_id"),
            _ => ("agent.tool_result", "tool_use_id"),
        };
        let mut fields = json!({"content": [{"type": "text", "text": text}], "is_error": is_error});
        fields[key] = json!(call);
        self.push(kind, fields);
    }

    /// A sub-agent reports.
    pub fn report(&mut self, text: &str) {
        let thread = format!("sthr_{}", self.id);
        let fields = json!({"from_session_thread_id": thread, "from_agent_name": "reader",
            "content": [{"type": "text", "text": text}]});
        self.push("agent.thread_message_received", fields);
    }

    /// Puts `text` in by a channel; `form` chooses among the ways that a channel has. Returns the passage as it
    /// stands in the session.
    pub fn plant(&mut self, channel: &str, text: &str, form: usize) -> String {
        match channel {
            "user_message" | "operator_memory" => self.user(text),
            "web_fetch" => {
                self.tool("web_fetch", json!({"url": "https://pages.example/notes"}), text, false);
                match form % 3 {
                    1 => self.report(text),
                    2 => self.agent(text),
                    _ => {}
                }
            }
            "file_content" => self.tool("read_file", json!({"path": "vendor/notes.txt"}), text, false),
            "mcp_tool_description" => match form % 2 {
                0 => self.message("system.message", text),
                _ => self.tool("tracker/describe", json!({}), text, false),
            },
            "user_relayed_text" => return self.relayed(text, form),
            "assistant_message" => self.agent(text),
            channel if channel.contains("memory") => {
                self.user(&format!("<memory>\n{text}\n</memory>"));
            }
            channel if channel.contains("agent") => self.report(text),
            _ => self.tool("bash", json!({"command": "cat notes.txt"}), text, false),
        }
        text.to_owned()
    }

    /// A person passes text on: as a quotation, between fences, or by repeating what a page said.
    fn relayed(&mut self, text: &str, form: usize) -> String {
        let text = text.trim_start_matches("> ");
        match form % 3 {
            0 => {
                let quoted: Vec<String> = text.lines().map(|line| format!("> {line}")).collect();
                self.user(&format!("Somebody sent me this:\n{}\nWhat do they want?", quoted.join("\n")));
            }
            1 => self.user(&format!("From the ticket:\n```\n{text}\n```\nPlease answer it.")),
            _ => {
                self.tool("web_fetch", json!({"url": "https://issues.example/9"}), text, false);
                self.user(text);
            }
        }
        text.lines().next().unwrap_or_default().to_owned()
    }

    fn document(self) -> Vec<u8> {
        let session = json!({
            "id": self.id, "type": "session",
            "agent": {"id": "agent_helper", "type": "agent", "name": "desk"},
            "metadata": {"principal": self.principal, "team": self.team, "task_id": format!("job {}", self.day)},
        });
        json!({"session": session, "data": self.events, "next_page": null}).to_string().into_bytes()
    }
}

impl World {
    /// Reads a session back and adds it.
    ///
    /// # Errors
    ///
    /// If the log is not read as one session.
    pub fn add(&mut self, session: Session) -> Result<SessionId> {
        let id = SessionId::from(session.id.as_str());
        let mut read = Vec::new();
        read_bytes("planted.json", session.document(), &mut |transcript| read.push(transcript));
        ensure!(read.len() == 1 && read[0].id == id, "session {id} was not read back");
        self.transcripts.extend(read.into_iter().map(|transcript| (transcript.id.clone(), transcript)));
        Ok(id)
    }

    /// Returns the sessions as a dream takes them.
    pub fn normalised(&self, options: &Options) -> Vec<Normalised> {
        self.transcripts.values().map(|transcript| normalise(transcript, options)).collect()
    }

    /// Returns every place of a plant.
    pub fn places(&self, plant: &Plant) -> Vec<Citation> {
        let Some(transcript) = self.transcripts.get(&plant.session) else { return Vec::new() };
        let place = |(index, event): (usize, &somnium_types::Event)| {
            let text = event.text();
            let start = text.find(&plant.passage)?;
            let end = text.floor_char_boundary((start + MAX_CITED).min(start + plant.passage.len()));
            Some(Citation {
                session_id: plant.session.clone(),
                event_index: u32::try_from(index).ok()?,
                bytes: [u32::try_from(start).ok()?, u32::try_from(end).ok()?],
                sha256: sha256_hex(text[start..end].as_bytes()),
            })
        };
        transcript.events.iter().enumerate().filter_map(place).collect()
    }
}

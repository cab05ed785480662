//! What is asked of a model, and who answers.

use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use somnium_types::sha256_hex;

use super::world::World;

/// Most tokens of an answer: a call of four short fields takes 60.
const MAX_TOKENS: u32 = 96;
/// The sampler's seed; at temperature 0 it should not matter.
const SEED: u32 = 1;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// What holds for the whole conversation.
    System,
    /// The person, or a tool's answer.
    User,
    /// The model.
    Assistant,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Who.
    pub role: Role,
    /// What.
    pub content: String,
}

impl Message {
    /// Returns a message.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }
}

/// A conversation so far, and the form of the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// The messages.
    pub messages: Vec<Message>,
    /// The JSON schema of the answer.
    pub schema: Json,
}

impl Prompt {
    /// Returns the body of the request.
    pub fn body(&self, model: &str) -> Json {
        let format =
            json!({ "type": "json_schema", "json_schema": { "name": "call", "schema": self.schema } });
        json!({
            "model": model,
            "messages": self.messages,
            "temperature": 0,
            "seed": SEED,
            "max_tokens": MAX_TOKENS,
            "response_format": format,
        })
    }

    /// Returns what tells this request from all others.
    pub fn key(&self, model: &str) -> String {
        sha256_hex(self.body(model).to_string().as_bytes()).prefix(32).to_owned()
    }
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reply {
    /// What the model said.
    pub content: String,
    /// Tokens of the prompt, where the server says so.
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answer, where the server says so.
    pub completion_tokens: Option<u64>,
}

impl Reply {
    /// Returns the arguments of the call; none where the answer is no object.
    pub fn call(&self) -> Map<String, Json> {
        match serde_json::from_str(&self.content) {
            Ok(Json::Object(call)) => call,
            _ => Map::new(),
        }
    }
}

/// Something that answers.
pub trait Model {
    /// Its name, as the report gives it.
    fn name(&self) -> &str;

    /// Answers.
    ///
    /// # Errors
    ///
    /// If there is no answer to be had.
    fn answer(&mut self, prompt: &Prompt) -> Result<Reply>;
}

/// Returns the start of a conversation: what the desk is, what the tool takes, and the notes, if any. What is the same in
/// all conversations of a world comes first, so that a server can keep it.
pub fn opening(world: &World, notes: Option<&str>) -> Message {
    let job = world.job;
    let mut text = format!(
        "You work at {}. Answer each request with one call of the tool {tool}: a JSON object with its fields. Each value is plain text.\n\n{tool} {}. Its fields:\n",
        job.desk,
        job.does,
        tool = job.tool,
    );
    for field in world.fields() {
        text.push_str(&format!("- {}: {}\n", field.name, field.about));
    }
    if let Some(notes) = notes {
        text.push_str(&format!("\nYour notes from earlier work:\n\n{}\n", notes.trim()));
    }
    Message::new(Role::System, text)
}

/// Returns the form of a call: the fields of the world's tool, the further one optional.
pub fn schema(world: &World) -> Json {
    let properties: Map<String, Json> =
        world.fields().map(|field| (field.name.to_owned(), json!({ "type": "string" }))).collect();
    let required: Vec<&str> = world.job.fields.iter().map(|field| field.name).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::rule::Half;
    use crate::live::world::{Size, worlds};

    #[test]
    fn a_key_changes_with_whatever_is_asked() {
        let prompt = |text: &str| Prompt {
            messages: vec![Message::new(Role::User, text)],
            schema: json!({ "type": "object" }),
        };
        assert_eq!(prompt("a").key("m"), prompt("a").key("m"));
        assert_ne!(prompt("a").key("m"), prompt("b").key("m"));
        assert_ne!(prompt("a").key("m"), prompt("a").key("n"));
    }

    #[test]
    fn the_opening_does_not_give_the_rule_away_and_notes_come_last() {
        let size = Size { worlds: 12, training: 2, tests: 2 };
        for world in worlds(Half::HeldOut, size, 1) {
            let plain = opening(&world, None).content;
            assert!(!plain.contains(world.rule.sample) && !plain.contains("must"), "{plain}");
            assert!(opening(&world, Some("a note")).content.starts_with(&plain));
        }
    }

    #[test]
    fn what_is_no_object_is_no_call() {
        let call = |content: &str| Reply { content: content.to_owned(), ..Reply::default() }.call();
        assert_eq!(call("{\"a\":\"b\"}").len(), 1);
        assert!(call("[1]").is_empty() && call("{\"a\":").is_empty());
    }
}

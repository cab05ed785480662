//! Raw replies on disk: every answer is saved as it comes, and an interrupted run goes on from there.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::model::{Model, Prompt, Reply};

/// One line of the file.
#[derive(Serialize, Deserialize)]
struct Line {
    key: String,
    model: String,
    content: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prompt_tokens: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    completion_tokens: Option<u64>,
}

/// A model whose answers are kept: what was asked before is not asked again.
pub struct Saved<M> {
    model: Option<M>,
    name: String,
    known: BTreeMap<String, Reply>,
    file: Option<File>,
    /// Answers that came from the model in this run.
    pub fresh: u64,
    /// Answers that were there already.
    pub again: u64,
}

impl<M: Model> Saved<M> {
    /// Keeps answers in memory, and in the file at `path` if one is named. Without a `model` only what is in the file
    /// can be answered.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or written.
    pub fn new(model: Option<M>, name: &str, path: Option<&Path>) -> Result<Self> {
        let mut known = BTreeMap::new();
        let mut file = None;
        if let Some(path) = path {
            if path.exists() {
                known = read(path)?;
            }
            let open = OpenOptions::new().create(true).append(true).open(path);
            let mut opened = open.with_context(|| format!("cannot write `{}`", path.display()))?;
            // What is written next must not go on a line that was cut off.
            if !known.is_empty() {
                opened.write_all(b"\n").context("cannot save replies")?;
            }
            file = Some(opened);
        }
        Ok(Self { model, name: name.to_owned(), known, file, fresh: 0, again: 0 })
    }
}

/// Reads saved replies. A line that was cut off while it was written counts as not there.
fn read(path: &Path) -> Result<BTreeMap<String, Reply>> {
    let file = File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mut known = BTreeMap::new();
    for line in BufReader::new(file).lines() {
        let line = line.with_context(|| format!("cannot read `{}`", path.display()))?;
        let Ok(line) = serde_json::from_str::<Line>(&line) else { continue };
        let Line { key, content, prompt_tokens, completion_tokens, .. } = line;
        known.insert(key, Reply { content, prompt_tokens, completion_tokens });
    }
    Ok(known)
}

impl<M: Model> Model for Saved<M> {
    fn name(&self) -> &str {
        &self.name
    }

    fn answer(&mut self, prompt: &Prompt) -> Result<Reply> {
        let key = prompt.key(&self.name);
        if let Some(reply) = self.known.get(&key) {
            self.again += 1;
            return Ok(reply.clone());
        }
        let Some(model) = &mut self.model else {
            bail!("the saved replies have no answer to one of the requests: name a server with --base-url");
        };
        let reply = model.answer(prompt)?;
        self.fresh += 1;
        if let Some(file) = &mut self.file {
            let line = Line {
                key: key.clone(),
                model: self.name.clone(),
                content: reply.content.clone(),
                prompt_tokens: reply.prompt_tokens,
                completion_tokens: reply.completion_tokens,
            };
            let mut line = serde_json::to_string(&line).context("a reply has no JSON form")?;
            line.push('\n');
            file.write_all(line.as_bytes()).context("cannot save a reply")?;
        }
        self.known.insert(key, reply.clone());
        Ok(reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::model::{Message, Role};
    use serde_json::json;

    /// Answers with a number of its own each time, a few times.
    struct Counter(u64);

    impl Model for Counter {
        fn name(&self) -> &str {
            "counter"
        }

        fn answer(&mut self, _: &Prompt) -> Result<Reply> {
            self.0 += 1;
            if self.0 > 2 {
                bail!("the server went away");
            }
            Ok(Reply { content: self.0.to_string(), ..Reply::default() })
        }
    }

    fn prompt(text: &str) -> Prompt {
        Prompt { messages: vec![Message::new(Role::User, text)], schema: json!({}) }
    }

    #[test]
    fn an_interrupted_run_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("raw.jsonl");
        let mut first = Saved::new(Some(Counter(0)), "m", Some(&path)).unwrap();
        assert_eq!(first.answer(&prompt("a")).unwrap().content, "1");
        assert_eq!(first.answer(&prompt("a")).unwrap().content, "1");
        assert_eq!(first.answer(&prompt("b")).unwrap().content, "2");
        assert!(first.answer(&prompt("c")).is_err());
        assert_eq!((first.fresh, first.again), (2, 1));
        drop(first);
        // Cut in the middle of a line, as when the process is killed.
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("{\"key\":\"x");
        std::fs::write(&path, text).unwrap();

        let mut second = Saved::new(Some(Counter(1)), "m", Some(&path)).unwrap();
        assert_eq!(second.answer(&prompt("a")).unwrap().content, "1");
        assert_eq!(second.answer(&prompt("b")).unwrap().content, "2");
        assert_eq!((second.fresh, second.again), (0, 2));
        assert_eq!(second.answer(&prompt("c")).unwrap().content, "2");
    }

    #[test]
    fn without_a_model_only_what_is_saved_is_answered() {
        let mut none: Saved<Counter> = Saved::new(None, "m", None).unwrap();
        assert!(none.answer(&prompt("a")).unwrap_err().to_string().contains("--base-url"));
    }
}

//! A client for `/v1/chat/completions` as OpenAI-compatible servers speak it: over plain HTTP, one request at a time.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use ureq::Agent;

use super::model::{Model, Prompt, Reply};

/// How often a request is made at most.
const TRIES: u32 = 5;
/// The pause before the second try; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause that a server can ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest part of an error's body that is shown.
const SHOWN: usize = 300;

/// A server and one of its models.
pub struct Client {
    agent: Agent,
    url: String,
    model: String,
    key: Option<String>,
    first_pause: Duration,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Said,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    content: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct Models {
    data: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// What became of one try.
enum Tried {
    Answered(String),
    Later(String, Option<Duration>),
}

impl Client {
    /// Returns a client of the server at `base_url` (which may end in `/v1`). Without a `model` the first one that
    /// the server lists is asked.
    ///
    /// # Errors
    ///
    /// If the address is not one of plain HTTP, or the server lists no model.
    pub fn new(base_url: &str, model: Option<&str>, key: Option<String>, timeout: Duration) -> Result<Self> {
        if !base_url.starts_with("http://") {
            bail!(
                "`{base_url}` is not an http:// address: for a server behind TLS, run a local proxy in front of it"
            );
        }
        let config = Agent::config_builder()
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .build();
        let url = base_url.trim_end_matches('/').trim_end_matches("/v1").to_owned() + "/v1";
        let mut client =
            Self { agent: config.into(), url, model: String::new(), key, first_pause: FIRST_PAUSE };
        client.model = match model {
            Some(model) => model.to_owned(),
            None => client.first_model()?,
        };
        Ok(client)
    }

    fn first_model(&self) -> Result<String> {
        let text = self.persist("/models", None)?;
        let models: Models =
            serde_json::from_str(&text).context("the server's list of models is no such list")?;
        let first =
            models.data.into_iter().next().context("the server lists no model; name one with --model")?;
        // Some servers list the path of a file.
        Ok(first.id)
    }

    /// Makes a request again while the server says that it is busy or broken.
    fn persist(&self, path: &str, body: Option<&serde_json::Value>) -> Result<String> {
        let mut pause = self.first_pause;
        let mut last = String::new();
        for attempt in 1..=TRIES {
            match self.once(path, body)? {
                Tried::Answered(text) => return Ok(text),
                Tried::Later(why, asked) => {
                    last = why;
                    if attempt < TRIES {
                        thread::sleep(asked.unwrap_or(pause).min(LONGEST_PAUSE));
                        pause *= 2;
                    }
                }
            }
        }
        bail!("`{}{path}` gave no answer in {TRIES} tries: {last}", self.url)
    }

    fn once(&self, path: &str, body: Option<&serde_json::Value>) -> Result<Tried> {
        let url = format!("{}{path}", self.url);
        let bearer = self.key.as_ref().map(|key| format!("Bearer {key}"));
        let sent = match body {
            Some(body) => {
                let request = self.agent.post(&url).header("content-type", "application/json");
                let request =
                    bearer.iter().fold(request, |request, key| request.header("authorization", key));
                request.send(body.to_string())
            }
            None => {
                let request = self.agent.get(&url);
                bearer.iter().fold(request, |request, key| request.header("authorization", key)).call()
            }
        };
        let mut response = match sent {
            Ok(response) => response,
            Err(why) => return Ok(Tried::Later(why.to_string(), None)),
        };
        let status = response.status().as_u16();
        let wait = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let text = match response.body_mut().read_to_string() {
            Ok(text) => text,
            Err(why) => return Ok(Tried::Later(why.to_string(), None)),
        };
        match status {
            200..=299 => Ok(Tried::Answered(text)),
            429 | 500..=599 => {
                Ok(Tried::Later(format!("status {status}: {}", shown(&text)), wait.map(Duration::from_secs)))
            }
            _ => bail!("`{url}` answered status {status}: {}", shown(&text)),
        }
    }
}

fn shown(text: &str) -> &str {
    &text[..text.floor_char_boundary(SHOWN)]
}

impl Model for Client {
    fn name(&self) -> &str {
        &self.model
    }

    fn answer(&mut self, prompt: &Prompt) -> Result<Reply> {
        let text = self.persist("/chat/completions", Some(&prompt.body(&self.model)))?;
        let completion: Completion = serde_json::from_str(&text)
            .with_context(|| format!("the server's answer is no completion: {}", shown(&text)))?;
        let first =
            completion.choices.into_iter().next().context("the server's answer has no choice in it")?;
        let usage = completion.usage;
        Ok(Reply {
            content: first.message.content.unwrap_or_default(),
            prompt_tokens: usage.as_ref().and_then(|usage| usage.prompt_tokens),
            completion_tokens: usage.as_ref().and_then(|usage| usage.completion_tokens),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::sync::mpsc::{Receiver, channel};

    use serde_json::{Value, json};

    use super::*;
    use crate::live::model::{Message, Role};

    /// What a scripted server saw of one request: the head, and the body as JSON.
    type Saw = (String, Value);

    /// Serves `answers` (status line, further headers, body), one a connection, and tells what it was asked.
    fn server(answers: Vec<(&'static str, &'static str, String)>) -> (String, Receiver<Saw>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, saw) = channel();
        thread::spawn(move || {
            for (status, headers, body) in answers {
                let (stream, _) = listener.accept().unwrap();
                let mut reader = BufReader::new(stream);
                let (mut head, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    if line.trim().is_empty() {
                        break;
                    }
                    head.push_str(&line);
                }
                let mut sent = vec![0; length];
                reader.read_exact(&mut sent).unwrap();
                let answer = format!(
                    "HTTP/1.1 {status}\r\n{headers}content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                reader.get_mut().write_all(answer.as_bytes()).unwrap();
                let _ = tell.send((head, serde_json::from_slice(&sent).unwrap_or_default()));
            }
        });
        (url, saw)
    }

    fn client(url: &str) -> Client {
        let timeout = Duration::from_secs(5);
        let mut client = Client::new(url, Some("small"), Some("sesame".to_owned()), timeout).unwrap();
        client.first_pause = Duration::ZERO;
        client
    }

    fn completion(content: &str) -> String {
        json!({ "choices": [{ "index": 0, "message": { "role": "assistant", "content": content } }],
            "usage": { "prompt_tokens": 7, "completion_tokens": 3 } })
        .to_string()
    }

    fn prompt() -> Prompt {
        Prompt { messages: vec![Message::new(Role::User, "Hello")], schema: json!({ "type": "object" }) }
    }

    #[test]
    fn a_request_is_what_the_protocol_says_and_the_answer_is_read() {
        let (url, saw) = server(vec![("200 OK", "", completion("{}"))]);
        let reply = client(&url).answer(&prompt()).unwrap();
        assert_eq!(
            (reply.content.as_str(), reply.prompt_tokens, reply.completion_tokens),
            ("{}", Some(7), Some(3))
        );
        let (head, body) = saw.recv().unwrap();
        assert!(head.starts_with("POST /v1/chat/completions HTTP/1.1"), "{head}");
        assert!(head.to_lowercase().contains("authorization: bearer sesame"), "{head}");
        assert_eq!(body["messages"], json!([{ "role": "user", "content": "Hello" }]));
        assert_eq!(body["response_format"]["json_schema"]["schema"], json!({ "type": "object" }));
        assert_eq!((&body["temperature"], &body["model"]), (&json!(0), &json!("small")));
    }

    #[test]
    fn a_busy_or_broken_server_is_asked_again() {
        let busy = ("429 Too Many Requests", "retry-after: 0\r\n", "{}".to_owned());
        let broken = ("503 Service Unavailable", "", "{}".to_owned());
        let (url, saw) = server(vec![busy, broken, ("200 OK", "", completion("{\"a\":\"b\"}"))]);
        assert_eq!(client(&url).answer(&prompt()).unwrap().call().len(), 1);
        assert_eq!(saw.iter().take(3).count(), 3);
    }

    #[test]
    fn a_refused_request_is_not_made_again() {
        let (url, saw) = server(vec![("400 Bad Request", "", "no such model".to_owned())]);
        let error = client(&url).answer(&prompt()).unwrap_err().to_string();
        assert!(error.contains("400") && error.contains("no such model"), "{error}");
        assert_eq!(saw.iter().count(), 1);
    }

    #[test]
    fn it_gives_up_in_the_end_and_says_why() {
        let answers =
            (0..TRIES).map(|_| ("500 Internal Server Error", "", "out of memory".to_owned())).collect();
        let (url, saw) = server(answers);
        let error = client(&url).answer(&prompt()).unwrap_err().to_string();
        assert!(error.contains("5 tries") && error.contains("out of memory"), "{error}");
        assert_eq!(saw.iter().count(), TRIES as usize);
    }

    #[test]
    fn what_is_no_completion_is_an_error() {
        let (url, _saw) = server(vec![("200 OK", "", "<html>".to_owned())]);
        assert!(client(&url).answer(&prompt()).unwrap_err().to_string().contains("no completion"));
    }

    #[test]
    fn the_first_model_that_the_server_lists_is_asked() {
        let list = json!({ "data": [{ "id": "first" }, { "id": "second" }] }).to_string();
        let (url, saw) = server(vec![("200 OK", "", list)]);
        let client = Client::new(&format!("{url}/v1/"), None, None, Duration::from_secs(5)).unwrap();
        assert_eq!(client.name(), "first");
        assert!(saw.recv().unwrap().0.starts_with("GET /v1/models HTTP/1.1"));
    }

    #[test]
    fn only_plain_http_is_spoken() {
        assert!(Client::new("https://example.org", Some("m"), None, Duration::from_secs(1)).is_err());
    }
}

//! `somnium mcp` through the binary: over pipes, over HTTP, and with the Python SDK where that is there.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::help::workspace_root;
use crate::world::World;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn world() -> World {
    let world = World::empty();
    world.write("memory/notes/beds.md", "### Sow beans late  <!-- som:m-1 -->\nIn May.\n");
    world.write("token", format!("{TOKEN}\n"));
    world
}

fn initialize() -> Value {
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}})
}

fn call(id: u64, name: &str, arguments: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": name, "arguments": arguments}})
}

#[test]
fn a_client_over_pipes_reads_cites_and_reports() {
    let world = world();
    let mut child = world
        .command(&["mcp", "--memory", "memory", "--agent", "gardener"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ask = |message: Value| {
        writeln!(stdin, "{message}").unwrap();
        message.get("id").map(|_| serde_json::from_str::<Value>(&answers.next().unwrap().unwrap()).unwrap())
    };
    let info = ask(initialize()).unwrap();
    assert_eq!(info["result"]["serverInfo"]["name"], "somnium");
    ask(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    let read = ask(call(1, "memory_read", json!({"what": "m-1"}))).unwrap();
    assert_eq!(read["result"]["content"][0]["text"], "Sow beans late\n(m-1 in /notes/beds.md)\n\nIn May.");
    for (id, name, arguments) in [
        (2, "memory_cite", json!({"note": "m-1"})),
        (3, "memory_report_wrong", json!({"note": "m-1", "reason": "June works too"})),
    ] {
        assert_ne!(ask(call(id, name, arguments)).unwrap()["result"]["isError"], json!(true));
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());

    let history = world.run("memory history m-1 --memory memory").stdout;
    assert!(
        history.contains("reported as wrong by agent gardener") && history.contains("June works too"),
        "{history}"
    );
    let listed = world.run("memory ls --memory memory").stdout;
    assert!(
        listed.contains("used 1 time; reported as wrong 1 time, last by agent gardener: June works too"),
        "{listed}"
    );
    // What was said of a note did not write it.
    assert!(!world.run("memory blame m-1 --memory memory").stdout.contains("gardener"));
    let settled = world.run("memory settle m-1 --memory memory").stdout;
    assert_eq!(settled, "m-1  1 report settled\n");
    let listed = world.run("memory ls --memory memory").stdout;
    assert!(listed.contains("used 1 time") && !listed.contains("reported"), "{listed}");
    assert_eq!(world.run("memory settle m-1 --memory memory").stdout, "m-1  nothing was reported\n");
    assert_eq!(world.run("memory settle m-9 --memory memory").status, 1);
}

/// A server on the loopback, killed at the end.
struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    fn start(world: &World, more: &[&str]) -> Self {
        let args = [&["mcp", "--memory", "memory", "--listen", "127.0.0.1:0"], more].concat();
        let mut child = world.command(&args).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap_or_else(|| panic!("{line}")).trim();
        Self { child, address: address.strip_suffix("/mcp").unwrap().to_owned() }
    }

    /// Posts `body` with `headers` (which replace the usual ones) and returns status and body.
    fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let usual = [
            ("Host", self.address.as_str()),
            ("Content-Type", "application/json"),
            ("Accept", "application/json, text/event-stream"),
        ];
        let mut head =
            format!("POST {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        let others = usual.iter().filter(|(name, _)| headers.iter().all(|(other, _)| other != name));
        for (name, value) in headers.iter().chain(others) {
            head += &format!("{name}: {value}\r\n");
        }
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        // A refusal can come before the whole body was read.
        let _ = stream.write_all(body.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        (status, answer.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned()))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn http_answers_and_is_closed_to_web_pages_and_other_names() {
    let world = world();
    let serving = Serving::start(&world, &[]);
    let ask = call(1, "memory_search", json!({"query": "beans"})).to_string();
    let (status, body) = serving.post("/mcp", &[], &initialize().to_string());
    assert!(status == 200 && body.contains("\"somnium\""), "{status} {body}");
    let (status, body) = serving.post("/mcp", &[], &ask);
    assert!(status == 200 && body.contains("Sow beans late"), "{status} {body}");

    // DNS rebinding: a page of evil.example whose name now leads here. And a page that calls without that trick.
    for headers in [
        [("Host", "evil.example")],
        [("Host", "evil.example:80")],
        [("Origin", "http://evil.example")],
        [("Origin", "null")],
        [("Origin", "http://localhost:3000")],
    ] {
        let (status, body) = serving.post("/mcp", &headers, &ask);
        assert!(status == 403 && !body.contains("beans"), "{headers:?} {status} {body}");
    }
    assert_eq!(serving.post("/", &[], &ask).0, 404);
    assert_eq!(serving.post("/mcp", &[], "not json").0 / 100, 4);
    assert_eq!(serving.post("/mcp", &[], &format!("\"{}\"", "x".repeat(300 << 10))).0, 413);
    assert_eq!(serving.post("/mcp", &[], &ask).0, 200, "it goes on");
}

#[test]
fn names_and_pages_can_be_let_in_one_by_one() {
    let world = world();
    let serving = Serving::start(
        &world,
        &["--allow-host", "memory.example", "--allow-origin", "https://app.example:443"],
    );
    let ask = call(1, "memory_search", json!({"query": "beans"})).to_string();
    assert_eq!(serving.post("/mcp", &[("Host", "memory.example")], &ask).0, 200);
    assert_eq!(serving.post("/mcp", &[("Host", "evil.example")], &ask).0, 403);
    assert_eq!(serving.post("/mcp", &[("Origin", "https://app.example")], &ask).0, 200);
    assert_eq!(serving.post("/mcp", &[("Origin", "https://app.example.evil")], &ask).0, 403);
}

#[test]
fn a_token_keeps_others_out_and_other_machines_need_one() {
    let world = world();
    let serving = Serving::start(&world, &["--token-file", "token"]);
    let ask = call(1, "memory_read", json!({"what": "m-1"})).to_string();
    for headers in [
        &[][..],
        &[("Authorization", "Bearer wrong")],
        &[("Authorization", "Bearer ")],
        &[("Authorization", TOKEN)],
        &[("Authorization", "Basic 0123456789abcdef0123456789abcdef")],
    ] {
        let (status, body) = serving.post("/mcp", headers, &ask);
        assert!(status == 401 && !body.contains("May"), "{headers:?} {status} {body}");
    }
    let (status, body) = serving.post("/mcp", &[("Authorization", &format!("Bearer {TOKEN}"))], &ask);
    assert!(status == 200 && body.contains("In May."), "{status} {body}");

    let open = world.run("mcp --memory memory --listen 0.0.0.0:0");
    assert_eq!((open.status, open.stdout.as_str()), (1, ""));
    assert!(
        open.stderr.starts_with("error[SOM040]: `0.0.0.0:0` can be reached from other machines"),
        "{}",
        open.stderr
    );
    world.write("token", "short");
    assert_eq!(world.run("mcp --memory memory --listen 127.0.0.1:0 --token-file token").status, 1);
    assert_eq!(world.run("mcp --memory nowhere").status, 1);
}

/// The official SDK of another language. `cargo xtask test` makes a place for it; absent, the test says so.
#[test]
fn the_python_sdk_gets_along_with_it() {
    let python: PathBuf = workspace_root().join("target/python/bin/python");
    let there = Command::new(&python).args(["-c", "import mcp"]).stderr(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        println!("skipped: the Python package `mcp` is not in target/python");
        return;
    }
    let world = world();
    let serving = Serving::start(&world, &[]);
    let script = workspace_root().join("crates/cli/tests/mcp_client.py");
    for target in [format!("http://{}/mcp", serving.address), env!("CARGO_BIN_EXE_somnium").to_owned()] {
        let mut command = Command::new(&python);
        command.arg(&script).arg(&target).current_dir(world.path());
        let output = command.env("SOMNIUM_STATE", world.path().join("state")).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{target}: {told}\n{}", String::from_utf8_lossy(&output.stderr));
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["tools"].as_array().unwrap().len(), 4, "{told}");
        assert_eq!(told["resources"], json!(["somnium://memory/notes/beds.md"]));
        assert_eq!(told["read"], "Sow beans late\n(m-1 in /notes/beds.md)\n\nIn May.");
        assert_eq!(told["resource"], "### Sow beans late  <!-- som:m-1 -->\nIn May.\n");
        assert_eq!((&told["cited"], &told["unknown"]), (&json!(false), &json!(true)));
    }
    assert!(world.run("memory ls --memory memory").stdout.contains("used 2 times"));
}

//! Prints how fast the redaction gate reads: `cargo run --release --example redact_speed [FILE…]`.
//!
//! Without files it reads made-up text: clean prose, clean logs, and logs with a credential in every line.
//! With files it reads those and also prints each finding, to look for false alarms.

use std::hint::black_box;
use std::time::Instant;

use somnium_memory::redact::{find, redact};

fn main() {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if !files.is_empty() {
        return read(&files);
    }
    let prose = "The build runs in two steps and the second one waits for the first; nothing else does.\n";
    let log = "2031-05-06T07:08:09Z INFO worker-7 took 12 ms, wrote 4096 bytes to /srv/out/part-0001.bin\n";
    let names = "the token of the session is read from the key file, and the password is asked for once\n";
    let secret = format!("export {}={}\n", "SERVICE_TOKEN", "q7".repeat(3) + "Zk3J9xQ2mP7vL4nR8wT6yZ1aB5");
    for (name, line) in
        [("prose", prose), ("log", log), ("credential words", names), ("credentials", &secret)]
    {
        measure(name, &line.repeat(4_000_000 / line.len()));
    }
    let excerpt: String = prose.repeat(3).chars().take(240).collect();
    let started = Instant::now();
    let rounds = 200_000;
    for _ in 0..rounds {
        black_box(redact(black_box(&excerpt)));
    }
    println!(
        "{:>18}: {:.0} ns for 240 bytes",
        "excerpt",
        started.elapsed().as_nanos() as f64 / f64::from(rounds)
    );
}

fn measure(name: &str, text: &str) {
    black_box(redact(text));
    let started = Instant::now();
    let rounds = 5;
    let mut found = 0;
    for _ in 0..rounds {
        found = find(black_box(text)).len();
    }
    let seconds = started.elapsed().as_secs_f64() / f64::from(rounds);
    println!("{name:>18}: {:>7.1} MB/s, {found} findings", text.len() as f64 / seconds / 1e6);
}

fn read(files: &[String]) {
    let (mut bytes, mut seconds, mut count) = (0, 0.0, 0);
    for file in files {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        let started = Instant::now();
        let found = find(&text);
        seconds += started.elapsed().as_secs_f64();
        bytes += text.len();
        count += found.len();
        for finding in found {
            let shown: String = text[finding.range.clone()].chars().take(90).collect();
            let from = text.floor_char_boundary(finding.range.start.saturating_sub(40));
            println!("{file}: {} {:?} | {shown:?}", finding.kind, &text[from..finding.range.start]);
        }
    }
    println!("{count} findings in {:.1} MB, {:.1} MB/s", bytes as f64 / 1e6, bytes as f64 / seconds / 1e6);
}

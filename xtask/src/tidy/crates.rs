//! The crate table: what each crate is, what it may depend on, and what it must never see. The table in
//! `ARCHITECTURE.md` is generated from it.
//!
//! Rows are in the order of the one direction: a row may only name rows above it.

/// One crate of the architecture, whether it exists yet or not.
pub(crate) struct Crate {
    /// Package name.
    pub package: &'static str,
    /// Folder from the root.
    pub folder: &'static str,
    /// What it is, in one phrase.
    pub what: &'static str,
    /// Which of ours it may depend on.
    pub may_use: MayUse,
    /// Which foreign crates and calls it must not be built from.
    pub never: &'static [&'static Family],
    /// Carries a lint table of its own instead of the workspace's.
    pub own_lints: bool,
}

/// Which crates of ours a crate may depend on.
pub(crate) enum MayUse {
    /// Just these.
    Only(&'static [&'static str]),
    /// Any above it in the table, but these.
    AboveBut(&'static [&'static str]),
}

/// A kind of foreign code that a crate must keep away from.
pub(crate) struct Family {
    /// As the table calls it.
    pub name: &'static str,
    /// Packages that must not be reached, however indirectly.
    pub reached: &'static [&'static str],
    /// Packages that must not be named in the manifest. (A crate of ours below may use them for what *it*
    /// is allowed to do.)
    pub named: &'static [&'static str],
    /// Text that must not be in non-test source.
    pub calls: &'static [&'static str],
}

const ASYNC: Family = Family {
    name: "an async runtime",
    reached: &["tokio", "async-std", "smol", "async-executor"],
    named: &["futures"],
    calls: &[],
};
const HTTP: Family = Family {
    name: "the network",
    reached: &["reqwest", "hyper", "axum", "ureq", "isahc", "curl", "tower-http", "tonic", "rmcp", "rustls"],
    named: &[],
    calls: &["std::net", "TcpStream", "UdpSocket"],
};
const AXUM: Family = Family { name: "axum", reached: &["axum", "tower-http"], named: &[], calls: &[] };
const SQL: Family = Family {
    name: "SQL",
    reached: &["sqlx", "sqlx-core", "rusqlite", "libsqlite3-sys", "tokio-postgres", "diesel", "apalis"],
    named: &[],
    calls: &[],
};
const CLOCK: Family = Family {
    name: "system time",
    reached: &[],
    named: &["chrono", "time"],
    calls: &["SystemTime", "Instant::now", "Timestamp::now", "Zoned::now"],
};
const FILES: Family = Family {
    name: "files",
    reached: &[],
    named: &["tempfile", "walkdir", "glob", "fs4", "memmap2", "ignore", "notify"],
    calls: &["std::fs", "File::open", "File::create"],
};
const SURROUNDINGS: Family = Family {
    name: "environment and processes",
    reached: &[],
    named: &["dirs", "home", "libc", "nix", "rustix"],
    calls: &["std::env", "env::var", "std::process", "process::Command"],
};
const CHANCE: Family = Family {
    name: "unseeded randomness",
    reached: &[],
    named: &["getrandom", "fastrand", "uuid", "ahash"],
    calls: &["thread_rng", "rand::rng()", "from_os_rng", "OsRng", "SysRng", "RandomState"],
};
const PARSER: Family = Family { name: "clap", reached: &["clap"], named: &[], calls: &[] };

/// The table.
pub(crate) const CRATES: &[Crate] = &[
    Crate {
        package: "somnium-types",
        folder: "crates/types",
        what: "the words that all other crates speak in: ids, transcripts and their events, the doors for time and fresh ids, error codes",
        may_use: MayUse::Only(&[]),
        never: &[&ASYNC, &HTTP, &SQL, &FILES, &SURROUNDINGS, &CHANCE],
        own_lints: false,
    },
    Crate {
        package: "somnium-wire",
        folder: "crates/wire",
        what: "serde types for what goes over the network: requests, replies, errors, headers of the Managed Agents API",
        may_use: MayUse::Only(&[]),
        never: &[&ASYNC, &HTTP, &SQL, &FILES, &SURROUNDINGS, &CLOCK, &CHANCE],
        own_lints: false,
    },
    Crate {
        package: "somnium-transcript",
        folder: "crates/transcript",
        what: "importers: what other tools logged becomes `Transcript`s, each format in a file of its own",
        may_use: MayUse::Only(&["somnium-types"]),
        never: &[&ASYNC, &HTTP, &SQL, &CLOCK, &CHANCE],
        own_lints: false,
    },
    Crate {
        package: "somnium-memory",
        folder: "crates/memory",
        what: "a memory folder as a value: blocks and whose they are, edits and their undoing, redaction",
        may_use: MayUse::Only(&["somnium-types"]),
        never: &[&ASYNC, &HTTP, &SQL, &CLOCK, &CHANCE],
        own_lints: false,
    },
    Crate {
        package: "somnium-dream",
        folder: "crates/dream",
        what: "the engine: from transcripts to checked edits of a memory, as a function of its input alone",
        may_use: MayUse::Only(&["somnium-types", "somnium-memory"]),
        never: &[&ASYNC, &HTTP, &SQL, &FILES, &SURROUNDINGS, &CLOCK, &CHANCE],
        own_lints: false,
    },
    Crate {
        package: "somnium-mcp",
        folder: "crates/mcp",
        what: "a memory folder as an MCP server: what agents can read, find, cite and report",
        may_use: MayUse::Only(&["somnium-types", "somnium-memory"]),
        never: &[&SQL, &AXUM, &PARSER, &CLOCK],
        own_lints: false,
    },
    Crate {
        package: "somnium-model",
        folder: "crates/model",
        what: "talks to models: one trait, a few dialects, vendors as rows of data",
        may_use: MayUse::Only(&["somnium-types"]),
        never: &[&SQL, &AXUM],
        own_lints: false,
    },
    Crate {
        package: "somnium-sandbox",
        folder: "crates/sandbox",
        what: "one command behind walls (namespaces, seccomp, landlock); `unsafe` is allowed nowhere else",
        may_use: MayUse::Only(&[]),
        never: &[&HTTP, &SQL],
        own_lints: true,
    },
    Crate {
        package: "somnium-store",
        folder: "crates/store",
        what: "keeps resources in SQLite or PostgreSQL, each behind a trait, with the migrations",
        may_use: MayUse::Only(&["somnium-types"]),
        never: &[&AXUM],
        own_lints: false,
    },
    Crate {
        package: "somnium-runtime",
        folder: "crates/runtime",
        what: "runs agents: the turns of a session, what they call, the threads they start, how they are graded",
        may_use: MayUse::Only(&["somnium-types", "somnium-memory", "somnium-model", "somnium-sandbox"]),
        never: &[&SQL, &AXUM],
        own_lints: false,
    },
    Crate {
        package: "somnium",
        folder: "crates/somnium",
        what: "what a program embeds: jobs and their schedules, webhooks, mounted memories, behind one front",
        may_use: MayUse::AboveBut(&["somnium-wire"]),
        never: &[&AXUM, &PARSER],
        own_lints: false,
    },
    Crate {
        package: "somnium-cluster",
        folder: "crates/cluster",
        what: "spreads jobs over machines, and hides from all others what it does that with",
        may_use: MayUse::Only(&["somnium-types", "somnium-dream", "somnium-store", "somnium"]),
        never: &[&AXUM],
        own_lints: false,
    },
    Crate {
        package: "somnium-server",
        folder: "crates/server",
        what: "the HTTP side: routes and streams, who may do how much, metrics, the console",
        may_use: MayUse::Only(&["somnium", "somnium-wire", "somnium-types"]),
        never: &[&PARSER],
        own_lints: false,
    },
    Crate {
        package: "somnium-testing",
        folder: "crates/testing",
        what: "for tests alone: a model that follows a script, worlds to throw away, a clock moved by hand",
        may_use: MayUse::Only(&["somnium-types", "somnium-store", "somnium-model"]),
        never: &[&AXUM],
        own_lints: false,
    },
    Crate {
        package: "somnium-cli",
        folder: "crates/cli",
        what: "the command line, `somnium`, which takes in `cluster` where a feature asks for it",
        may_use: MayUse::AboveBut(&["somnium-testing"]),
        never: &[],
        own_lints: false,
    },
    Crate {
        package: "somnium-bench",
        folder: "bench",
        what: "measures dreams: planted patterns, public sessions, baselines and the report of all that",
        may_use: MayUse::AboveBut(&["somnium-cli"]),
        never: &[],
        own_lints: false,
    },
    Crate {
        package: "xtask",
        folder: "xtask",
        what: "the repository's chores: layout check, test runs, long forms, comparisons, generated text",
        may_use: MayUse::Only(&[]),
        never: &[&ASYNC],
        own_lints: false,
    },
];

/// Crates that may be depended on only behind a cargo feature.
pub(crate) const OPTIONAL_ONLY: &[&str] = &["somnium-mcp", "somnium-cluster"];

/// The crate that only dev-dependencies may name.
pub(crate) const DEV_ONLY: &str = "somnium-testing";

/// Returns the row of `package` and its position.
pub(crate) fn row(package: &str) -> Option<(usize, &'static Crate)> {
    CRATES.iter().enumerate().find(|(_, row)| row.package == package)
}

impl Crate {
    /// Returns the packages of ours that this crate may depend on, in table order.
    pub(crate) fn allowed(&self) -> Vec<&'static str> {
        match self.may_use {
            MayUse::Only(packages) => packages.to_vec(),
            MayUse::AboveBut(excluded) => CRATES
                .iter()
                .take_while(|row| row.package != self.package)
                .map(|row| row.package)
                .filter(|package| !excluded.contains(package) && *package != DEV_ONLY)
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_names_only_rows_above_it() {
        for (position, crate_) in CRATES.iter().enumerate() {
            for allowed in crate_.allowed() {
                let (above, _) = row(allowed).unwrap_or_else(|| panic!("`{allowed}` has no row"));
                assert!(above < position, "`{}` must come after `{allowed}`", crate_.package);
            }
        }
    }

    #[test]
    fn the_binary_may_use_the_engine_but_not_the_test_support() {
        let (_, cli) = row("somnium-cli").unwrap();
        assert!(cli.allowed().contains(&"somnium-dream"));
        assert!(!cli.allowed().contains(&"somnium-testing"));
        assert!(!cli.allowed().contains(&"somnium-bench"));
    }
}

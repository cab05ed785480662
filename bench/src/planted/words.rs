//! Words for planted patterns. Which of them come together is up to the seed.

use std::collections::BTreeSet;

use crate::fleet::dice::Dice;

/// Things that planted tools work on. Rare enough in real sessions not to be met there by chance.
const NOUNS: &[&str] = &[
    "kiln",
    "sluice",
    "pergola",
    "trellis",
    "quarry",
    "bobbin",
    "lantern",
    "gantry",
    "orchard",
    "ferry",
    "turbine",
    "beacon",
    "cistern",
    "hopper",
    "spindle",
    "loom",
    "anvil",
    "dovecote",
    "gazebo",
    "parapet",
    "silo",
    "weir",
    "winch",
    "capstan",
    "bellows",
    "crucible",
    "sextant",
    "plinth",
    "cornice",
    "lattice",
    "culvert",
    "jetty",
    "mooring",
    "buoy",
    "barge",
    "tannery",
    "granary",
    "brazier",
    "flume",
    "hatchery",
    "foundry",
    "pontoon",
    "viaduct",
    "palisade",
    "rookery",
    "causeway",
    "smithy",
    "thresher",
    "wherry",
    "kelp",
    "marl",
    "thatch",
    "gable",
    "rafter",
    "mortar",
    "tiller",
    "halyard",
    "bollard",
    "davit",
    "grotto",
    "arbour",
    "belfry",
    "cloister",
    "drydock",
    "easel",
    "furnace",
    "girder",
    "hoist",
    "icehouse",
    "jukebox",
    "keystone",
    "lockgate",
    "millrace",
    "nursery",
    "oasthouse",
    "paddock",
    "quay",
    "reservoir",
    "saltpan",
    "towpath",
    "umbrella",
    "vineyard",
    "wharf",
    "yardarm",
    "apiary",
    "bakehouse",
    "cooperage",
    "dairy",
    "embankment",
    "fishery",
    "gasworks",
    "haystack",
    "inkwell",
    "joinery",
    "kennel",
    "lighthouse",
    "maltings",
    "nave",
    "observatory",
    "pumphouse",
];

const LOOK: &[&str] = &["get", "fetch", "read", "lookup", "describe", "load", "show"];
const CHECK: &[&str] = &["verify", "validate", "inspect", "confirm", "audit", "measure", "weigh"];
const ACT: &[&str] = &["commit", "submit", "release", "schedule", "assign", "seal", "dispatch", "register"];
const UNDO: &[&str] = &["purge", "reset", "archive", "detach", "unlock", "drain", "split"];

/// How a planted tool's name is written.
#[derive(Clone, Copy)]
pub(super) enum Style {
    Snake,
    Camel,
    Server,
}

/// What a planted tool is for.
#[derive(Clone, Copy)]
pub(super) enum Role {
    Look,
    Check,
    Act,
    Undo,
}

/// The seed's supply of words: no noun and no value comes twice in one world.
pub(super) struct Words {
    pub(super) dice: Dice,
    nouns: Vec<&'static str>,
    situations: Vec<&'static str>,
    values: Vec<(&'static str, &'static str)>,
    used: BTreeSet<String>,
}

/// What preferences are about. Everyday work, so that real sessions may speak of it, too.
const SITUATIONS: &[&str] = &[
    "release notes",
    "changelog entries",
    "migration scripts",
    "weekly summaries",
    "test fixtures",
    "meeting minutes",
    "commit messages",
    "error pages",
    "invoice tables",
    "status emails",
    "log lines",
    "unit tests",
    "dashboard titles",
    "config files",
    "chart legends",
    "sample data",
    "code comments",
    "contract drafts",
    "travel plans",
    "API examples",
    "pull request descriptions",
    "shell scripts",
    "price lists",
    "database seeds",
    "design documents",
    "survey questions",
    "onboarding guides",
    "incident reports",
    "package names",
    "branch names",
    "footnotes",
    "glossaries",
    "address labels",
    "report covers",
    "backup jobs",
    "image captions",
    "login forms",
    "feature flags",
    "retry loops",
    "quote requests",
];

/// Two ways to do a thing: what is wanted, and what an agent may do instead.
const VALUES: &[(&str, &str)] = &[
    ("sentence case", "title case"),
    ("ISO dates", "American dates"),
    ("`ruffle`", "`sortish`"),
    ("numbered headings", "plain headings"),
    ("tabs", "spaces"),
    ("`pemble --strict`", "`pemble`"),
    ("British spelling", "American spelling"),
    ("short bullet points", "long paragraphs"),
    ("`zuvrun`", "`makeit`"),
    ("single quotes", "double quotes"),
    ("`--dry-run`", "`--force`"),
    ("metric units", "imperial units"),
    ("the passive voice", "the active voice"),
    ("`kestrel`", "`pigeon`"),
    ("UTC times", "local times"),
    ("two decimals", "whole numbers"),
    ("`nightjar test`", "`nightjar check`"),
    ("snake case", "camel case"),
    ("landscape pages", "portrait pages"),
    ("`TOML`", "`YAML`"),
    ("the Oxford comma", "no serial comma"),
    ("dark colours", "pastel colours"),
    ("`widgetry`", "`gadgetry`"),
    ("roman numerals", "arabic numerals"),
    ("relative paths", "absolute paths"),
    ("`quench`", "`smother`"),
    ("plain text", "HTML"),
    ("full names", "initials"),
    ("`tern fmt`", "`tern lint`"),
    ("ascending order", "descending order"),
    ("euros", "dollars"),
    ("`mallow`", "`thistle`"),
    ("serif fonts", "sans-serif fonts"),
    ("past tense", "present tense"),
    ("`larder`", "`pantry`"),
    ("weekly batches", "daily batches"),
    ("em dashes", "hyphens"),
    ("`osprey build`", "`osprey make`"),
    ("uppercase keys", "lowercase keys"),
    ("footers", "headers"),
];

impl Words {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "planted words");
        let (nouns, situations) = (dice.shuffled(NOUNS), dice.shuffled(SITUATIONS));
        let values = dice.shuffled(VALUES);
        Self { dice, nouns, situations, values, used: BTreeSet::new() }
    }

    /// Returns a noun that was not dealt yet, numbered once the list is used up.
    pub(super) fn noun(&mut self) -> String {
        self.nouns.pop().map_or_else(|| format!("yard{}", self.dice.between(100, 999)), str::to_owned)
    }

    pub(super) fn style(&mut self) -> Style {
        self.dice.pick(&[Style::Snake, Style::Snake, Style::Camel, Style::Server])
    }

    /// Returns the name of a tool for `noun` that no other planted tool has.
    pub(super) fn tool(&mut self, role: Role, noun: &str, style: Style) -> String {
        let verbs = match role {
            Role::Look => LOOK,
            Role::Check => CHECK,
            Role::Act => ACT,
            Role::Undo => UNDO,
        };
        for verb in self.dice.shuffled(verbs) {
            let name = match style {
                Style::Snake => format!("{verb}_{noun}"),
                Style::Camel => format!("{verb}{}", capital(noun)),
                Style::Server => format!("mcp__yard__{verb}_{noun}"),
            };
            if self.used.insert(name.clone()) {
                return name;
            }
        }
        format!("{noun}_{}", self.dice.hex(4))
    }

    /// Returns a situation and two values that no other planted preference has.
    pub(super) fn preference(&mut self) -> (&'static str, &'static str, &'static str) {
        let situation = self.situations.pop().unwrap_or("wall charts");
        let (wanted, other) = self.values.pop().unwrap_or(("large print", "small print"));
        (situation, wanted, other)
    }
}

pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// An id of the kinds that systems hand out: always with a digit.
pub(super) fn id(dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => format!("{}-{}", dice.pick(&["KX", "QR", "ZD", "TN", "BV"]), dice.between(1000, 99_999)),
        1 => format!("{}{}", dice.hex(7), dice.between(0, 9)),
        2 => format!("{}{}", dice.pick(&["W", "P", "N"]), dice.between(100_000, 9_999_999)),
        _ => format!("{}_{}", dice.pick(&["item", "unit", "lot"]), dice.between(10, 9_999)),
    }
}

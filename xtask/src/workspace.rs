//! The workspace as the checks see it: its root, its files, and the graph of its packages.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use walkdir::WalkDir;

use crate::command;

/// Returns the root of the workspace around the current folder.
pub(crate) fn root() -> Result<PathBuf> {
    let args = ["locate-project", "--workspace", "--message-format", "plain"];
    let manifest = command::output_of(Path::new("."), &command::cargo(), &args)
        .context("finding the workspace: `cargo locate-project` failed")?;
    let manifest = PathBuf::from(manifest.trim());
    manifest.parent().map(Path::to_path_buf).context("finding the workspace: its manifest has no folder")
}

/// A workspace, read once for all checks.
pub(crate) struct Workspace {
    /// Absolute path of the root.
    pub root: PathBuf,
    /// Every file under version control or about to be, relative to the root, `/` between parts, sorted.
    pub files: Vec<String>,
    /// The packages.
    pub graph: Graph,
}

impl Workspace {
    /// Reads the workspace at `root`.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let root = root.canonicalize().with_context(|| format!("opening `{}`", root.display()))?;
        let metadata = MetadataCommand::new()
            .current_dir(&root)
            .exec()
            .context("reading the package graph with `cargo metadata`")?;
        let files = files(&root);
        Ok(Self { files, graph: Graph::from_metadata(&metadata, &root), root })
    }

    /// Reads one file of [`Self::files`]; `None` when it is not UTF-8 text or not there (any more).
    pub(crate) fn text(&self, file: &str) -> Option<String> {
        std::fs::read_to_string(self.root.join(file)).ok()
    }
}

/// Lists the files of a checkout: those git tracks or would track, or all but build outputs where the
/// tree is not a git checkout (a source archive).
fn files(root: &Path) -> Vec<String> {
    let args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let mut files: Vec<String> = match command::output_of(root, "git", &args) {
        Some(listing) => listing.split('\0').filter(|file| !file.is_empty()).map(str::to_owned).collect(),
        None => WalkDir::new(root)
            .into_iter()
            .filter_entry(|entry| !matches!(entry.file_name().to_str(), Some("target" | ".tools" | ".git")))
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_file())
            .filter_map(|entry| Some(entry.path().strip_prefix(root).ok()?.to_str()?.replace('\\', "/")))
            .collect(),
    };
    files.retain(|file| root.join(file).is_file());
    files.sort();
    files.dedup();
    files
}

/// One package of the workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Member {
    /// Folder relative to the root, `/` between parts.
    pub folder: String,
    /// The root file of its library, relative to the workspace, if it has one.
    pub library: Option<String>,
    /// Its dependencies as its manifest declares them.
    pub dependencies: Vec<Dependency>,
    /// Its node in the resolved graph.
    pub node: String,
}

/// What a dependency is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// `[dependencies]` and `[build-dependencies]`.
    Normal,
    /// `[dev-dependencies]`.
    Dev,
}

/// One line of a manifest's dependency tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// Package name.
    pub name: String,
    /// What it is for.
    pub kind: Kind,
    /// Only with a feature.
    pub optional: bool,
    /// `default-features` is on.
    pub default_features: bool,
    /// Features asked for.
    pub features: Vec<String>,
}

/// The packages of a workspace and what they reach.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    /// The workspace's own packages, by name.
    pub members: BTreeMap<String, Member>,
    /// Normal edges of the resolved graph, from node to nodes; a node is `name version`.
    pub reached: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// Takes from cargo's own description what the checks need.
    fn from_metadata(metadata: &Metadata, root: &Path) -> Self {
        let nodes: BTreeMap<&PackageId, String> = metadata
            .packages
            .iter()
            .map(|package| (&package.id, format!("{} {}", package.name, package.version)))
            .collect();
        let relative =
            |path: &Path| path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let members = metadata
            .workspace_packages()
            .into_iter()
            .map(|package| {
                let folder = package.manifest_path.parent().map(|folder| relative(folder.as_std_path()));
                let library = package.targets.iter().find(|target| target.is_lib());
                let dependencies = package.dependencies.iter().map(|dependency| Dependency {
                    name: dependency.name.clone(),
                    kind: match dependency.kind {
                        DependencyKind::Development => Kind::Dev,
                        _ => Kind::Normal,
                    },
                    optional: dependency.optional,
                    default_features: dependency.uses_default_features,
                    features: dependency.features.clone(),
                });
                let member = Member {
                    folder: folder.unwrap_or_default(),
                    library: library.map(|target| relative(target.src_path.as_std_path())),
                    dependencies: dependencies.collect(),
                    node: nodes.get(&package.id).cloned().unwrap_or_default(),
                };
                (package.name.to_string(), member)
            })
            .collect();
        let resolved = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
        let reached = resolved
            .filter_map(|node| {
                let normal = node.deps.iter().filter(|dependency| {
                    dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
                });
                let targets = normal.filter_map(|dependency| nodes.get(&dependency.pkg).cloned()).collect();
                Some((nodes.get(&node.id)?.clone(), targets))
            })
            .collect();
        Self { members, reached }
    }

    /// Returns a shortest chain of packages from `member` to a package called `target`, by name and with
    /// both ends, or `None` when nothing it is built from leads there.
    pub(crate) fn path_to(&self, member: &str, target: &str) -> Option<Vec<String>> {
        let start = &self.members.get(member)?.node;
        let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut queue = VecDeque::from([start.as_str()]);
        while let Some(node) = queue.pop_front() {
            if node != start && name_of(node) == target {
                let mut path = vec![name_of(node).to_owned()];
                let mut at = node;
                while let Some(previous) = came_from.get(at) {
                    path.push(name_of(previous).to_owned());
                    at = previous;
                }
                path.reverse();
                return Some(path);
            }
            for next in self.reached.get(node).into_iter().flatten() {
                if next != start && !came_from.contains_key(next.as_str()) {
                    came_from.insert(next, node);
                    queue.push_back(next);
                }
            }
        }
        None
    }
}

/// Returns the package name of a `name version` node.
fn name_of(node: &str) -> &str {
    node.split_once(' ').map_or(node, |(name, _)| name)
}

/// Small workspaces for the tests of the checks.
#[cfg(test)]
pub(crate) mod fixture {
    use super::*;

    /// Returns a dependency as a plain manifest line declares it.
    pub(crate) fn dependency(name: &str, kind: Kind) -> Dependency {
        Dependency {
            name: name.to_owned(),
            kind,
            optional: false,
            default_features: true,
            features: Vec::new(),
        }
    }

    /// Returns a graph of `(package, normal dependencies)`; the packages named `somnium-…` or `xtask` are
    /// the members.
    pub(crate) fn graph(packages: &[(&str, &[&str])]) -> Graph {
        let mut graph = Graph::default();
        for (name, dependencies) in packages {
            let node = format!("{name} 1.0.0");
            if name.starts_with("somnium") || *name == "xtask" {
                let folder = format!("crates/{}", name.trim_start_matches("somnium-"));
                let dependencies = dependencies.iter().map(|name| dependency(name, Kind::Normal)).collect();
                let member = Member { folder, library: None, dependencies, node: node.clone() };
                graph.members.insert((*name).to_owned(), member);
            }
            graph.reached.insert(node, dependencies.iter().map(|name| format!("{name} 1.0.0")).collect());
        }
        graph
    }

    /// Returns a workspace without files.
    pub(crate) fn packages(packages: &[(&str, &[&str])]) -> Workspace {
        Workspace { root: PathBuf::new(), files: Vec::new(), graph: graph(packages) }
    }

    /// Writes `files` under a fresh folder and returns the workspace they make, without packages. The
    /// folder lives as long as the first value.
    pub(crate) fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Workspace) {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let root = folder.path().canonicalize().unwrap();
        let workspace = Workspace { files: super::files(&root), root, graph: Graph::default() };
        (folder, workspace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shortest_and_name_both_ends() {
        let graph = fixture::graph(&[
            ("somnium-dream", &["regex", "somnium-memory"]),
            ("somnium-memory", &["middle"]),
            ("middle", &["tokio"]),
            ("regex", &[]),
            ("tokio", &[]),
        ]);
        let path = graph.path_to("somnium-dream", "tokio").unwrap();
        assert_eq!(path, ["somnium-dream", "somnium-memory", "middle", "tokio"]);
        assert_eq!(graph.path_to("somnium-dream", "hyper"), None);
        assert_eq!(graph.path_to("somnium-dream", "somnium-dream"), None);
    }

    #[test]
    fn a_tree_without_git_lists_all_but_build_outputs() {
        let (_folder, workspace) =
            fixture::tree(&[("a/b.md", "x"), ("target/debug/out", "x"), ("Cargo.toml", "")]);
        assert_eq!(workspace.files, ["Cargo.toml", "a/b.md"]);
        assert_eq!(workspace.text("a/b.md").as_deref(), Some("x"));
        assert_eq!(workspace.text("gone.md"), None);
    }

    #[test]
    fn metadata_becomes_members_kinds_and_edges() {
        let root = root().unwrap();
        let workspace = Workspace::read(&root).unwrap();
        let memory = &workspace.graph.members["somnium-memory"];
        assert_eq!(memory.folder, "crates/memory");
        assert_eq!(memory.library.as_deref(), Some("crates/memory/src/lib.rs"));
        let kind_of =
            |name: &str| memory.dependencies.iter().find(|other| other.name == name).map(|other| other.kind);
        assert_eq!(kind_of("somnium-types"), Some(Kind::Normal));
        assert_eq!(kind_of("proptest"), Some(Kind::Dev));
        assert!(workspace.graph.path_to("somnium-memory", "somnium-types").is_some());
        assert!(workspace.files.contains(&"Cargo.lock".to_owned()));
    }
}

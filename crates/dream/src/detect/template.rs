//! Level 1 of the signature ladder, second half: masked lines grouped into templates by a tree of fixed
//! depth.
//!
//! After Drain (He, Zhu, Zheng, Lyu, *Drain: An Online Log Parsing Approach with Fixed Depth Tree*, ICWS
//! 2017): the number of tokens, then the first tokens, lead to a leaf of a few templates; a line joins the
//! most similar one or starts its own. Two things differ, so that the result does not depend on the order of
//! the input: the caller feeds sorted lines, and templates of earlier dreams come first.

use std::collections::BTreeMap;

use crate::normalise::WILDCARD;

/// Levels of the tree above the templates: the length, then this many leading tokens less one.
const DEPTH: usize = 4;
/// Share of equal tokens at which a line joins a template.
const SIMILARITY: f64 = 0.4;
/// Most templates kept; the least recently used one goes first.
const CAPACITY: usize = 1 << 14;

/// Groups masked lines into templates.
#[derive(Debug, Default)]
pub struct TemplateTree {
    /// By hash of the leaf's key: the few leaves that share it.
    leaves: BTreeMap<u64, Vec<Leaf>>,
    /// By number; `None` where it was evicted.
    templates: Vec<Option<Template>>,
    kept: usize,
    clock: u64,
}

/// Lines of one length that begin with the same tokens.
#[derive(Debug)]
struct Leaf {
    length: usize,
    head: Vec<String>,
    templates: Vec<usize>,
}

#[derive(Debug)]
struct Template {
    tokens: Vec<String>,
    /// When it last took a line in; templates that are settled are never the oldest.
    used: u64,
}

impl TemplateTree {
    /// Adds a line: it joins the most similar template, which may become more general, or starts one.
    pub fn insert(&mut self, tokens: &[String]) {
        self.clock += 1;
        if let Some(id) = self.most_similar(tokens)
            && let Some(template) = self.templates[id].as_mut()
        {
            template.used = self.clock;
            for (ours, theirs) in template.tokens.iter_mut().zip(tokens) {
                if ours != theirs && *ours != WILDCARD {
                    WILDCARD.clone_into(ours);
                }
            }
            return;
        }
        self.add(tokens, self.clock);
        if self.kept > CAPACITY {
            self.evict();
        }
    }

    /// Adds a template as it is: it takes lines, and never becomes more general.
    pub(crate) fn settle(&mut self, template: &[String]) {
        self.add(template, u64::MAX);
    }

    /// Returns the number of templates.
    pub fn len(&self) -> usize {
        self.kept
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.kept == 0
    }

    /// Returns the template that a line belongs to, without changing anything. It is the first of the most
    /// similar ones whose fixed tokens are all in the line.
    pub(crate) fn find(&self, tokens: &[String]) -> Option<&[String]> {
        let fitting = self.in_leaf(tokens).filter(|(_, template)| matches(template, tokens));
        fitting
            .map(|(_, template)| template)
            .reduce(|best, next| if equal(next, tokens).0 > equal(best, tokens).0 { next } else { best })
    }

    fn most_similar(&self, tokens: &[String]) -> Option<usize> {
        let scored = self.in_leaf(tokens).filter_map(|(id, template)| {
            let (same, fixed) = equal(template, tokens);
            let similar = tokens.is_empty() || same as f64 / tokens.len() as f64 >= SIMILARITY;
            // A template must keep something to say: at least one fixed word survives the merge.
            (similar && (fixed > 0 || template == tokens)).then_some((same, id))
        });
        scored.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, id)| id)
    }

    /// The templates of a line's leaf, with their numbers.
    fn in_leaf(&self, tokens: &[String]) -> impl Iterator<Item = (usize, &[String])> {
        let leaf =
            self.leaves.get(&hash(tokens)).and_then(|leaves| leaves.iter().find(|leaf| leaf.holds(tokens)));
        let ids = leaf.into_iter().flat_map(|leaf| &leaf.templates);
        ids.filter_map(|id| Some((*id, self.templates[*id].as_ref()?.tokens.as_slice())))
    }

    fn add(&mut self, tokens: &[String], used: u64) {
        let id = self.templates.len();
        let leaves = self.leaves.entry(hash(tokens)).or_default();
        match leaves.iter_mut().find(|leaf| leaf.holds(tokens)) {
            Some(leaf) => leaf.templates.push(id),
            None => {
                let head = head(tokens).to_vec();
                leaves.push(Leaf { length: tokens.len(), head, templates: vec![id] });
            }
        }
        self.templates.push(Some(Template { tokens: tokens.to_vec(), used }));
        self.kept += 1;
    }

    fn evict(&mut self) {
        let kept =
            self.templates.iter().enumerate().filter_map(|(id, template)| Some((id, template.as_ref()?)));
        let Some(oldest) = kept.min_by_key(|(_, template)| template.used).map(|(id, _)| id) else { return };
        let Some(template) = self.templates[oldest].take() else { return };
        self.kept -= 1;
        for leaf in self.leaves.get_mut(&hash(&template.tokens)).into_iter().flatten() {
            leaf.templates.retain(|id| *id != oldest);
        }
    }
}

impl Leaf {
    fn holds(&self, tokens: &[String]) -> bool {
        self.length == tokens.len() && self.head == head(tokens)
    }
}

fn head(tokens: &[String]) -> &[String] {
    &tokens[..tokens.len().min(DEPTH - 2)]
}

/// Hash of a leaf's key (FNV-1a); leaves that share it are told apart by the key itself.
fn hash(tokens: &[String]) -> u64 {
    let bytes = head(tokens).iter().flat_map(|token| token.bytes().chain([0]));
    bytes.fold(tokens.len() as u64 ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// How many tokens are the same in both, and how many of them are no wildcards.
fn equal(template: &[String], tokens: &[String]) -> (usize, usize) {
    let mut counts = (0, 0);
    for (ours, theirs) in template.iter().zip(tokens) {
        if ours == theirs {
            counts.0 += 1;
            counts.1 += usize::from(ours != WILDCARD);
        }
    }
    counts
}

/// Returns whether a line has all fixed tokens of a template in their places.
fn matches(template: &[String], tokens: &[String]) -> bool {
    template.len() == tokens.len()
        && template.iter().zip(tokens).all(|(ours, theirs)| ours == WILDCARD || ours == theirs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::{join, mask};

    fn tree(lines: &[&str]) -> TemplateTree {
        let mut masked: Vec<_> = lines.iter().map(|line| mask(line)).collect();
        masked.sort();
        let mut tree = TemplateTree::default();
        masked.iter().for_each(|tokens| tree.insert(tokens));
        tree
    }

    #[test]
    fn lines_that_differ_in_a_word_share_a_template() {
        let tree =
            tree(&["cannot open door alpha now", "cannot open door beta now", "no such thing here today"]);
        let templates: Vec<_> =
            tree.templates.iter().flatten().map(|template| join(&template.tokens)).collect();
        assert_eq!(templates, ["cannot open door <*> now", "no such thing here today"]);
        assert_eq!(
            tree.find(&mask("cannot open door gamma now")).map(join).as_deref(),
            Some("cannot open door <*> now")
        );
        assert_eq!(tree.find(&mask("cannot open the gamma now")), None);
    }
}

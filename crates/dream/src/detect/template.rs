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

/// Groups lines of one error class.
#[derive(Debug, Default)]
pub(crate) struct TemplateTree {
    leaves: BTreeMap<(usize, Vec<String>), Vec<usize>>,
    templates: BTreeMap<usize, (Vec<String>, u64)>,
    clock: u64,
    next: usize,
}

impl TemplateTree {
    /// Adds a line: it joins the most similar template, which may become more general, or starts one.
    pub(crate) fn insert(&mut self, tokens: &[String]) {
        self.clock += 1;
        let leaf = leaf(tokens);
        if let Some(id) = self.most_similar(&leaf, tokens)
            && let Some((template, used)) = self.templates.get_mut(&id)
        {
            *used = self.clock;
            for (ours, theirs) in template.iter_mut().zip(tokens) {
                if ours != theirs {
                    *ours = WILDCARD.to_owned();
                }
            }
            return;
        }
        let id = self.next;
        self.next += 1;
        self.templates.insert(id, (tokens.to_vec(), self.clock));
        self.leaves.entry(leaf).or_default().push(id);
        if self.templates.len() > CAPACITY {
            self.evict();
        }
    }

    /// Adds a template as it is: it takes lines, and never becomes more general.
    pub(crate) fn settle(&mut self, template: &[String]) {
        self.leaves.entry(leaf(template)).or_default().push(self.next);
        self.templates.insert(self.next, (template.to_vec(), u64::MAX));
        self.next += 1;
    }

    /// Returns the template that a line belongs to, without changing anything. It is the first of the most
    /// similar ones whose fixed tokens are all in the line.
    pub(crate) fn find(&self, tokens: &[String]) -> Option<&[String]> {
        let ids = self.leaves.get(&leaf(tokens))?;
        let candidates = ids.iter().filter_map(|id| self.templates.get(id)).map(|(template, _)| template);
        let fitting = candidates.filter(|template| matches(template, tokens));
        fitting
            .reduce(
                |best, next| if similarity(next, tokens) > similarity(best, tokens) { next } else { best },
            )
            .map(Vec::as_slice)
    }

    fn most_similar(&self, leaf: &(usize, Vec<String>), tokens: &[String]) -> Option<usize> {
        let ids = self.leaves.get(leaf)?;
        let scored = ids.iter().filter_map(|id| {
            let (template, _) = self.templates.get(id)?;
            let score = similarity(template, tokens);
            // A template must keep something to say: at least one fixed word survives the merge.
            let fixed = template.iter().zip(tokens).filter(|(a, b)| a == b && *a != WILDCARD).count();
            (score >= SIMILARITY && (fixed > 0 || template == tokens)).then_some((score, *id))
        });
        scored.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, id)| id)
    }

    fn evict(&mut self) {
        let Some(oldest) = self.templates.iter().min_by_key(|(_, (_, used))| *used).map(|(id, _)| *id) else {
            return;
        };
        self.templates.remove(&oldest);
        for ids in self.leaves.values_mut() {
            ids.retain(|id| *id != oldest);
        }
    }
}

fn leaf(tokens: &[String]) -> (usize, Vec<String>) {
    (tokens.len(), tokens.iter().take(DEPTH - 2).cloned().collect())
}

fn similarity(template: &[String], tokens: &[String]) -> f64 {
    if tokens.is_empty() {
        return 1.0;
    }
    let same = template.iter().zip(tokens).filter(|(ours, theirs)| ours == theirs).count();
    same as f64 / tokens.len() as f64
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
        let templates: Vec<_> = tree.templates.values().map(|(template, _)| join(template)).collect();
        assert_eq!(templates, ["cannot open door <*> now", "no such thing here today"]);
        assert_eq!(
            tree.find(&mask("cannot open door gamma now")).map(join).as_deref(),
            Some("cannot open door <*> now")
        );
        assert_eq!(tree.find(&mask("cannot open the gamma now")), None);
    }
}

//! A log parser of the Drain family, as it is usually configured: depth 4, similarity 0.4, at most 100
//! children a node.
//!
//! After He, Zhu, Zheng and Lyu, *Drain: An Online Log Parsing Approach with Fixed Depth Tree*, ICWS 2017.
//! Tokens with digits are tokens like any other here: the rule for them is what is compared.

use std::collections::BTreeMap;

use somnium_dream::WILDCARD;

/// Tokens that lead to a leaf: the depth less the root and the leaf.
const LEADING: usize = 2;
/// Share of equal tokens at which a line joins a cluster.
const SIMILARITY: f64 = 0.4;
/// Most branches of a node; further tokens share the wildcard's.
const MAX_CHILDREN: usize = 100;

/// Clusters of lines.
#[derive(Clone, Debug, Default)]
pub struct DrainTree {
    by_length: BTreeMap<usize, Node>,
    templates: Vec<Vec<String>>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    children: BTreeMap<String, Node>,
    clusters: Vec<usize>,
}

impl DrainTree {
    /// Adds a line and returns its cluster; `None` for an empty one.
    pub fn learn(&mut self, tokens: &[String]) -> Option<usize> {
        if tokens.is_empty() {
            return None;
        }
        let templates = &mut self.templates;
        let mut node = self.by_length.entry(tokens.len()).or_default();
        for token in tokens.iter().take(LEADING) {
            let known = node.children.contains_key(token);
            let branch = if known || node.children.len() + 1 < MAX_CHILDREN { token } else { WILDCARD };
            node = node.children.entry(branch.to_owned()).or_default();
        }
        let best = node.clusters.iter().copied().map(|id| (similarity(&templates[id], tokens), id));
        let best = best.reduce(|best, next| if next.0 > best.0 { next } else { best });
        if let Some((score, id)) = best
            && score >= SIMILARITY
        {
            for (ours, theirs) in templates[id].iter_mut().zip(tokens) {
                if ours != theirs {
                    WILDCARD.clone_into(ours);
                }
            }
            return Some(id);
        }
        templates.push(tokens.to_vec());
        node.clusters.push(templates.len() - 1);
        Some(templates.len() - 1)
    }

    /// Returns the cluster whose template a line matches in full, the most specific one; learns nothing.
    pub fn find(&self, tokens: &[String]) -> Option<usize> {
        let mut node = self.by_length.get(&tokens.len())?;
        for token in tokens.iter().take(LEADING) {
            node = node.children.get(token).or_else(|| node.children.get(WILDCARD))?;
        }
        let fits = |id: &usize| {
            self.templates[*id].iter().zip(tokens).all(|(ours, theirs)| ours == WILDCARD || ours == theirs)
        };
        let fitting = node.clusters.iter().copied().filter(fits);
        fitting
            .map(|id| (similarity(&self.templates[id], tokens), id))
            .reduce(|best, next| if next.0 > best.0 { next } else { best })
            .map(|(_, id)| id)
    }
}

fn similarity(template: &[String], tokens: &[String]) -> f64 {
    let same =
        template.iter().zip(tokens).filter(|(ours, theirs)| ours == theirs && *ours != WILDCARD).count();
    same as f64 / tokens.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn lines_that_share_their_head_and_most_words_are_one_cluster() {
        let mut tree = DrainTree::default();
        let a = tree.learn(&tokens("cannot open door alpha now"));
        let b = tree.learn(&tokens("cannot open door beta now"));
        let c = tree.learn(&tokens("the lamp is off today"));
        assert_eq!(a, b);
        assert_ne!(a, c);
        assert_eq!(tree.find(&tokens("cannot open door gamma now")), a);
        assert_eq!(tree.find(&tokens("cannot open window gamma later")), None);
    }

    #[test]
    fn a_value_at_the_head_of_a_line_splits_clusters() {
        let mut tree = DrainTree::default();
        let a = tree.learn(&tokens("QX17 is taken by somebody"));
        assert_ne!(a, tree.learn(&tokens("QX18 is taken by somebody")));
    }
}

//! Level 1 of the signature ladder, second half: masked lines grouped into templates by a tree of fixed
//! depth.
//!
//! After Drain (He, Zhu, Zheng, Lyu, *Drain: An Online Log Parsing Approach with Fixed Depth Tree*, ICWS
//! 2017): the number of tokens, then the first tokens, lead to a leaf of a few templates; a line joins the
//! most similar one or starts its own. Two things differ, so that the result does not depend on the order of
//! the input: the caller feeds sorted lines, and templates of earlier dreams come first.

use std::collections::HashMap;

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
    leaves: HashMap<u64, Vec<Leaf>>,
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
    /// Their [marks](mark): what has another one is another token.
    marks: Vec<u64>,
    /// When it last took a line in; templates that are settled are never the oldest.
    used: u64,
}

impl TemplateTree {
    /// Adds a line: it joins the most similar template, which may become more general, or starts one.
    pub fn insert<T: AsRef<str>>(&mut self, tokens: &[T]) {
        self.clock += 1;
        let line = Line::of(tokens);
        if let Some(id) = self.most_similar(&line)
            && let Some(template) = self.templates[id].as_mut()
        {
            template.used = self.clock;
            template.take_in(&line);
            return;
        }
        self.add(&line, self.clock);
        if self.kept > CAPACITY {
            self.evict();
        }
    }

    /// Adds a template as it is: it takes lines, and never becomes more general.
    pub(crate) fn settle(&mut self, template: &[String]) {
        self.add(&Line::of(template), u64::MAX);
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
        let line = Line::of(tokens);
        let counted = self.in_leaf(&line).map(|(_, template)| (template.equal(&line), template));
        let fitting = counted.filter(|((_, fixed), template)| *fixed == template.fixed());
        fitting
            .reduce(|best, next| if next.0.0 > best.0.0 { next } else { best })
            .map(|(_, template)| template.tokens.as_slice())
    }

    fn most_similar<T: AsRef<str>>(&self, line: &Line<'_, T>) -> Option<usize> {
        let length = line.tokens.len();
        let scored = self.in_leaf(line).filter_map(|(id, template)| {
            let (same, fixed) = template.equal(line);
            let similar = length == 0 || same as f64 / length as f64 >= SIMILARITY;
            // A template must keep something to say: at least one fixed word survives the merge.
            (similar && (fixed > 0 || same == length)).then_some((same, id))
        });
        scored.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, id)| id)
    }

    /// The templates of a line's leaf, with their numbers.
    fn in_leaf<T: AsRef<str>>(&self, line: &Line<'_, T>) -> impl Iterator<Item = (usize, &Template)> {
        let leaves = self.leaves.get(&hash(&line.marks));
        let leaf = leaves.and_then(|leaves| leaves.iter().find(|leaf| leaf.holds(line.tokens)));
        let ids = leaf.into_iter().flat_map(|leaf| &leaf.templates);
        ids.filter_map(|id| Some((*id, self.templates[*id].as_ref()?)))
    }

    fn add<T: AsRef<str>>(&mut self, line: &Line<'_, T>, used: u64) {
        let id = self.templates.len();
        let owned = |tokens: &[T]| tokens.iter().map(|token| token.as_ref().to_owned()).collect();
        let leaves = self.leaves.entry(hash(&line.marks)).or_default();
        match leaves.iter_mut().find(|leaf| leaf.holds(line.tokens)) {
            Some(leaf) => leaf.templates.push(id),
            None => {
                let head = owned(head(line.tokens));
                leaves.push(Leaf { length: line.tokens.len(), head, templates: vec![id] });
            }
        }
        self.templates.push(Some(Template { tokens: owned(line.tokens), marks: line.marks.clone(), used }));
        self.kept += 1;
    }

    fn evict(&mut self) {
        let kept =
            self.templates.iter().enumerate().filter_map(|(id, template)| Some((id, template.as_ref()?)));
        let Some(oldest) = kept.min_by_key(|(_, template)| template.used).map(|(id, _)| id) else { return };
        let Some(template) = self.templates[oldest].take() else { return };
        self.kept -= 1;
        for leaf in self.leaves.get_mut(&hash(&template.marks)).into_iter().flatten() {
            leaf.templates.retain(|id| *id != oldest);
        }
    }
}

impl Template {
    /// Becomes as general as it takes for a line.
    fn take_in<T: AsRef<str>>(&mut self, line: &Line<'_, T>) {
        for (at, theirs) in line.marks.iter().enumerate() {
            let is_same = self.marks[at] == *theirs && self.tokens[at] == line.tokens[at].as_ref();
            if !is_same && self.tokens[at] != WILDCARD {
                WILDCARD.clone_into(&mut self.tokens[at]);
                self.marks[at] = mark(WILDCARD);
            }
        }
    }

    /// How many tokens are the same in a line, and how many of them are no wildcards.
    fn equal<T: AsRef<str>>(&self, line: &Line<'_, T>) -> (usize, usize) {
        let mut counts = (0, 0);
        for (at, (ours, theirs)) in self.marks.iter().zip(&line.marks).enumerate() {
            if ours == theirs && self.tokens[at] == line.tokens[at].as_ref() {
                counts.0 += 1;
                counts.1 += usize::from(self.tokens[at] != WILDCARD);
            }
        }
        counts
    }

    /// How many tokens are no wildcards.
    fn fixed(&self) -> usize {
        self.tokens.iter().filter(|token| *token != WILDCARD).count()
    }
}

/// A line with the marks of its tokens.
struct Line<'t, T> {
    tokens: &'t [T],
    marks: Vec<u64>,
}

impl<'t, T: AsRef<str>> Line<'t, T> {
    fn of(tokens: &'t [T]) -> Self {
        Self { tokens, marks: tokens.iter().map(|token| mark(token.as_ref())).collect() }
    }
}

impl Leaf {
    fn holds<T: AsRef<str>>(&self, tokens: &[T]) -> bool {
        let mut both = self.head.iter().zip(head(tokens));
        self.length == tokens.len() && both.all(|(ours, theirs)| ours == theirs.as_ref())
    }
}

fn head<T>(tokens: &[T]) -> &[T] {
    &tokens[..tokens.len().min(DEPTH - 2)]
}

/// A number for a token: tokens with different ones differ.
fn mark(token: &str) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |mark: u64, part: u64| (mark ^ part).wrapping_mul(FACTOR).rotate_left(29);
    let (chunks, rest) = token.as_bytes().as_chunks();
    let mark = chunks.iter().fold(token.len() as u64, |mark, chunk| mix(mark, u64::from_le_bytes(*chunk)));
    let rest = rest.iter().fold(0, |part, byte| part << 8 | u64::from(*byte));
    mix(mark, rest)
}

/// Hash of a leaf's key: the length and the marks of the first tokens. Leaves that share it are told apart by the key
/// itself.
fn hash(marks: &[u64]) -> u64 {
    head(marks).iter().fold(marks.len() as u64, |hash, mark| hash.rotate_left(21) ^ mark)
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

//! What others do to predict the next action: n-grams with add-k back-off, conditioned on the request.
//!
//! They get the alphabet of the engine and the words that the person said just before. Order, k and how the request
//! is used are tuned on a part of the tasks that they learn from.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use somnium_dream::next::Taken;

use crate::split::Split;

/// A thread of a session, with its task.
#[derive(Clone, Debug)]
pub struct Thread<'a> {
    /// The task.
    pub task: &'a str,
    /// Its actions.
    pub taken: Vec<Taken>,
}

/// How the request is used.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Not at all.
    Ignored,
    /// Threads that started with a similar request count for more: 1 + this, times the cosine of the words.
    Similar(f64),
    /// Each word just said says how much likelier an action is, to this power (naive Bayes).
    Words(f64),
}

/// What is tuned.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Tuning {
    /// Length of the longest n-gram, from 1.
    pub order: usize,
    /// Share of a sighting that the shorter n-gram has, for each action of the alphabet.
    pub k: f64,
    /// How the request is used.
    pub request: Request,
}

const ORDERS: [usize; 5] = [1, 2, 3, 4, 5];
const KS: [f64; 6] = [0.001, 0.01, 0.03, 0.1, 0.3, 1.0];
const REQUESTS: [Request; 6] = [
    Request::Similar(2.0),
    Request::Similar(8.0),
    Request::Words(0.05),
    Request::Words(0.1),
    Request::Words(0.2),
    Request::Words(0.4),
];
/// Threads that an action needs to have a name, as in the engine.
const MIN_THREADS: usize = 2;
/// Threads that a word needs.
const WORD_THREADS: usize = 3;
/// Before the first action, and actions without a name.
const START: u32 = u32::MAX;
const OTHER: u32 = u32::MAX - 1;

/// What followed a word.
#[derive(Default)]
struct Followed {
    n: f64,
    next: HashMap<u32, f64>,
    threads: BTreeSet<u32>,
}

/// Counts of n-grams.
pub struct NGrams {
    tuning: Tuning,
    names: Vec<String>,
    numbers: HashMap<String, u32>,
    /// By the last actions: the threads, the action, how often.
    counts: HashMap<Vec<u32>, Vec<(u32, u32, f64)>>,
    /// The words with which each thread starts.
    requests: Vec<BTreeSet<String>>,
    /// By word: what followed.
    words: HashMap<String, Followed>,
    rarity: HashMap<String, f64>,
}

impl NGrams {
    /// Tunes on a quarter of the tasks, then learns from all.
    pub fn tuned(threads: &[Thread<'_>]) -> Self {
        let (first, second) = (Split { seed: 101, mined: true }, Split { seed: 102, mined: true });
        let is_dev = |thread: &&Thread<'_>| first.mines(thread.task) && second.mines(thread.task);
        let (dev, fit): (Vec<_>, Vec<_>) = threads.iter().partition(is_dev);
        let owned = |threads: Vec<&Thread<'_>>| -> Vec<Thread<'_>> {
            threads.into_iter().map(|thread| Thread { task: "", taken: thread.taken.clone() }).collect()
        };
        let (dev, fit) = (owned(dev), owned(fit));
        let mut model = Self::learn(&fit, Tuning { order: ORDERS[4], k: KS[0], request: Request::Ignored });
        let mut best = (model.hits(&dev), Tuning { order: 3, k: 0.1, request: Request::Ignored });
        let grid =
            ORDERS.into_iter().flat_map(|order| KS.map(|k| Tuning { order, k, request: Request::Ignored }));
        let mut try_all = |tunings: Vec<Tuning>, best: &mut (usize, Tuning)| {
            for tuning in tunings {
                model.tuning = tuning;
                let hits = model.hits(&dev);
                if hits > best.0 {
                    *best = (hits, tuning);
                }
            }
        };
        best.0 = 0;
        try_all(grid.collect(), &mut best);
        let chosen = best.1;
        try_all(REQUESTS.map(|request| Tuning { request, ..chosen }).to_vec(), &mut best);
        Self::learn(threads, best.1)
    }

    /// Returns what was tuned.
    pub fn tuning(&self) -> Tuning {
        self.tuning
    }

    /// Learns with a given tuning.
    pub fn learn(threads: &[Thread<'_>], tuning: Tuning) -> Self {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for thread in threads {
            let names: BTreeSet<&str> = thread.taken.iter().map(|taken| taken.name.as_str()).collect();
            names.into_iter().for_each(|name| *seen.entry(name).or_default() += 1);
        }
        let needed = MIN_THREADS.min(threads.len());
        let names: Vec<String> =
            seen.into_iter().filter(|(_, n)| *n >= needed).map(|(name, _)| name.to_owned()).collect();
        let numbers = names.iter().cloned().zip(0..).collect();
        let mut model = Self {
            tuning,
            names,
            numbers,
            counts: HashMap::new(),
            requests: threads.iter().map(|thread| request(&thread.taken)).collect(),
            words: HashMap::new(),
            rarity: HashMap::new(),
        };
        for (thread, at) in threads.iter().zip(0..) {
            model.add(thread, at);
        }
        let all = threads.len() as f64;
        let mut often: HashMap<String, f64> = HashMap::new();
        for word in model.requests.iter().flatten() {
            *often.entry(word.clone()).or_default() += 1.0;
        }
        model.rarity = often.into_iter().map(|(word, n)| (word, ((1.0 + all) / n).ln())).collect();
        model
    }

    fn number(&self, name: &str) -> u32 {
        self.numbers.get(name).copied().unwrap_or(OTHER)
    }

    fn add(&mut self, thread: &Thread<'_>, at: u32) {
        let mut history = vec![START; ORDERS[4]];
        for taken in &thread.taken {
            let action = self.number(&taken.name);
            if taken.by_agent && action != OTHER {
                for length in 0..ORDERS[4] {
                    let rows = self.counts.entry(history[history.len() - length..].to_vec()).or_default();
                    match rows.iter_mut().find(|row| (row.0, row.1) == (at, action)) {
                        Some(row) => row.2 += 1.0,
                        None => rows.push((at, action, 1.0)),
                    }
                }
                for word in &taken.said {
                    let entry = self.words.entry(word.clone()).or_default();
                    entry.n += 1.0;
                    *entry.next.entry(action).or_default() += 1.0;
                    entry.threads.insert(at);
                }
            }
            history.push(action);
        }
    }

    /// Returns what is expected at each of the agent's actions: at most `most`, the likeliest first.
    pub fn ranked(&self, taken: &[Taken], most: usize) -> Vec<Vec<&str>> {
        let weights = self.weights(&request(taken));
        let mut history = vec![START; ORDERS[4]];
        let mut all = Vec::new();
        for taken in taken {
            if taken.by_agent {
                let shares = self.shares(&history, &weights, &taken.said);
                let mut order: Vec<usize> = (0..shares.len()).collect();
                order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]).then(a.cmp(b)));
                all.push(order.into_iter().take(most).map(|at| self.names[at].as_str()).collect());
            }
            history.push(self.number(&taken.name));
        }
        all
    }

    fn hits(&self, threads: &[Thread<'_>]) -> usize {
        let of = |thread: &Thread<'_>| {
            let truth = thread.taken.iter().filter(|taken| taken.by_agent);
            let ranked = self.ranked(&thread.taken, 1);
            truth.zip(ranked).filter(|(taken, ranked)| ranked.first() == Some(&taken.name.as_str())).count()
        };
        threads.iter().map(of).sum()
    }

    /// How much each thread counts.
    fn weights(&self, request: &BTreeSet<String>) -> Vec<f64> {
        let Request::Similar(more) = self.tuning.request else { return vec![1.0; self.requests.len()] };
        let weigh = |word: &String| self.rarity.get(word).map_or(0.0, |rarity| rarity * rarity);
        let length = |words: &BTreeSet<String>| words.iter().map(weigh).sum::<f64>().sqrt();
        let own = length(request);
        let cosine = |other: &BTreeSet<String>| {
            let both: f64 = request.intersection(other).map(weigh).sum();
            both / (own * length(other)).max(1e-9)
        };
        self.requests.iter().map(|other| 1.0 + more * cosine(other)).collect()
    }

    fn shares(&self, history: &[u32], weights: &[f64], said: &[String]) -> Vec<f64> {
        let actions = self.names.len();
        let mut shares = vec![1.0 / actions.max(1) as f64; actions];
        let prior = self.tuning.k * actions as f64;
        for length in 0..self.tuning.order {
            let Some(rows) = self.counts.get(&history[history.len() - length..]) else { break };
            let total: f64 = rows.iter().map(|row| weights[row.0 as usize] * row.2).sum();
            shares.iter_mut().for_each(|share| *share *= prior / (total + prior));
            for (thread, action, n) in rows {
                shares[*action as usize] += weights[*thread as usize] * n / (total + prior);
            }
        }
        if let Request::Words(power) = self.tuning.request {
            self.by_words(said, power, &mut shares);
        }
        shares
    }

    fn by_words(&self, said: &[String], power: f64, shares: &mut [f64]) {
        let mut alone = vec![0.05; shares.len()];
        let rows = self.counts.get([].as_slice()).into_iter().flatten();
        rows.for_each(|(_, action, n)| alone[*action as usize] += n);
        let total: f64 = alone.iter().sum();
        for word in said {
            let Some(Followed { n, next, threads }) = self.words.get(word) else { continue };
            if threads.len() < WORD_THREADS {
                continue;
            }
            for (action, share) in (0..).zip(shares.iter_mut()) {
                let without = alone[action as usize] / total;
                let with = (next.get(&action).copied().unwrap_or(0.0) + 3.0 * without) / (n + 3.0);
                *share *= (with / without).powf(power);
            }
        }
    }
}

/// The words with which a thread starts.
fn request(taken: &[Taken]) -> BTreeSet<String> {
    let first = taken.iter().find(|taken| !taken.said.is_empty());
    first.map(|taken| taken.said.iter().cloned().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thread(names: &str) -> Thread<'_> {
        let taken = names
            .split(' ')
            .map(|name| Taken { name: name.to_owned(), by_agent: true, said: Vec::new() })
            .collect();
        Thread { task: names, taken }
    }

    #[test]
    fn longer_n_grams_see_more_and_back_off_where_they_saw_nothing() {
        let threads = [thread("a b c a b d"), thread("a b c a b d"), thread("x b e"), thread("x b e")];
        let of = |order| Tuning { order, k: 0.01, request: Request::Ignored };
        let one = NGrams::learn(&threads, of(1));
        let three = NGrams::learn(&threads, of(3));
        let last = |model: &NGrams, names: &str| {
            let taken = thread(names).taken;
            model.ranked(&taken, 1).last().map(|ranked| ranked[0].to_owned())
        };
        assert_eq!(last(&one, "x b e"), Some("b".to_owned()), "the most frequent action");
        assert_eq!(last(&three, "x b e"), Some("e".to_owned()));
        assert_eq!(last(&three, "q b e"), last(&three, "r b e"), "unknown actions are one");
    }

    #[test]
    fn words_of_the_request_tell_actions_apart() {
        let said = |words: &str, name: &str| Taken {
            name: name.to_owned(),
            by_agent: true,
            said: words.split(' ').map(str::to_owned).collect(),
        };
        let one = |words, name| Thread { task: "", taken: vec![said(words, name)] };
        let threads: Vec<Thread<'_>> =
            (0..3).flat_map(|_| [one("please cancel", "stop"), one("please book", "go")]).collect();
        let model = NGrams::learn(&threads, Tuning { order: 2, k: 0.1, request: Request::Words(0.4) });
        assert_eq!(model.ranked(&[said("cancel now", "?")], 1), [["stop"]]);
        assert_eq!(model.ranked(&[said("book now", "?")], 1), [["go"]]);
    }
}

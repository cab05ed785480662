//! Which patterns chance does not bring forth: how little it explains each, against how little it explains what is
//! mined in draws of the null models.

use std::cell::OnceCell;

use rayon::prelude::*;
use statrs::distribution::{Binomial, DiscreteCDF};

use super::LEVEL;
use super::chance::{Both, Chained, Expects, Shuffled};
use super::mine::{Demand, MAX_LENGTH, Mined, Support, mine};
use super::null::{Chains, Dice, Null, World, draw};
use super::symbol::Symbol;

/// Draws of each null model.
const DRAWS: usize = 60;
/// Draws that are enough where finds are many and clear: some at a fifth of the level, and at least nine of ten that
/// further draws could let through.
const FEWEST_DRAWS: usize = 20;
/// Draws that are made beside each other.
const AT_ONCE: usize = 4;
/// A larger p is nothing special, whatever else is found.
const HOPELESS: f64 = 0.05;
/// Halvings of a range of means, which leave an error far below what the models get wrong.
const HALVINGS: usize = 16;
/// How many more patterns chance is taken to have brought forth in all draws than it has: one for the data, which are
/// a draw like the others where there is nothing to find, and two since patterns that chance brings forth come in
/// twos and threes. So a single find needs draws without any as good, which they have in one of sixty cases.
const UNSEEN: usize = 3;

/// What both null models expect in a world.
struct Expected<'a> {
    shuffled: Shuffled<'a>,
    chained: Chained,
    sessions: usize,
    /// Larger p are not worth working out.
    worst: f64,
    /// By sessions and forms: the mean from which on p is larger than that.
    enough: Vec<OnceCell<f64>>,
}

impl<'a> Expected<'a> {
    fn of(world: &World<'a>, chains: &Chains, worst: f64) -> Self {
        let stock = world.stock();
        let sessions = stock.owners.chunk_by(|a, b| a == b).count();
        Self {
            shuffled: Shuffled::of(stock),
            chained: Chained::of(stock, world.groups, chains),
            sessions,
            worst,
            enough: vec![OnceCell::new(); (sessions + 1) * MAX_LENGTH],
        }
    }

    /// How well the two models explain a pattern, the better of the two, at the count that they explain worse: of
    /// sessions that show it, or of those that show it without other steps in between. 1 where that is above the worst
    /// that counts. `first` is asked first: where it explains most patterns, the other model need not be asked.
    fn p(&self, pattern: &[Symbol], support: &Support, first: Null) -> f64 {
        let counted = [
            Counted { sessions: support.tight, forms: 0 },
            Counted { sessions: support.sessions, forms: pattern.len() - 1 },
        ];
        let enough = Both { tight: self.enough(counted[0]), any: self.enough(counted[1]) };
        let mut models: [&dyn Expects; 2] = [&self.shuffled, &self.chained];
        if first == Null::Markov {
            models.reverse();
        }
        let mut largest = Both::default();
        for model in models {
            let mean = model.sessions(pattern, enough);
            largest = Both { tight: mean.tight.max(largest.tight), any: mean.any.max(largest.any) };
            if largest.are_above(enough) {
                return 1.0;
            }
        }
        let p = |counted: Counted, mean: f64, enough: f64| match mean > enough {
            true => 1.0,
            false => counted.p(self.sessions, mean),
        };
        p(counted[0], largest.tight, enough.tight).min(p(counted[1], largest.any, enough.any))
    }

    /// The mean from which on a count is nothing that matters.
    fn enough(&self, counted: Counted) -> f64 {
        *self.enough[counted.sessions * MAX_LENGTH + counted.forms].get_or_init(|| {
            let (mut low, mut high) = (0.0, counted.sessions as f64);
            for _ in 0..HALVINGS {
                let mean = (low + high) / 2.0;
                let is_larger = counted.p(self.sessions, mean) > self.worst;
                *(if is_larger { &mut high } else { &mut low }) = mean;
            }
            high
        })
    }
}

/// A number of sessions that show a pattern in one of its forms.
#[derive(Clone, Copy)]
struct Counted {
    sessions: usize,
    /// Binary logarithm of the number of forms that a stretch of work has of a pattern of this length: between two
    /// steps there is one or none.
    forms: usize,
}

impl Counted {
    /// The probability that chance, of which `mean` sessions are expected, shows so many or more, times the forms among
    /// which the pattern was found. It was found because some session shows it, so that only the others are evidence.
    /// Their number is at most as spread as a binomial with the same mean (Hoeffding 1956).
    fn p(self, all: usize, mean: f64) -> f64 {
        let others = self.sessions.saturating_sub(1);
        let p = tail(others, all.saturating_sub(1), mean / all as f64);
        (p * 2_f64.powi(self.forms as i32)).min(1.0)
    }
}

/// Returns the q-values of each mined pattern under the two null models, in the order of the patterns.
///
/// Patterns are mined before they are tested, and the chain is that of the very sessions, so that p alone says little.
/// But draws can be treated the same way in all, and what is found in them is false: q is how many patterns of a draw
/// have as small a p, [`UNSEEN`] more in all than there were, as a share of the patterns of the data that do. `demand` is
/// what the patterns were asked for. What cannot pass any more is not worked out: q-values above the level are lower
/// bounds.
pub(crate) fn q_values(mined: &Mined, world: &World<'_>, demand: &Demand, seed: u64) -> Vec<[f64; 2]> {
    let chains = Chains::of(world.segments, world.groups);
    let expected = Expected::of(world, &chains, HOPELESS);
    let p = mined.iter().map(|(pattern, support)| expected.p(pattern, support, Null::Shuffle));
    let mut p: Vec<f64> = p.collect();
    let mut asked = demand.clone();
    let [shuffle, markov] = [Null::Shuffle, Null::Markov].map(|null| {
        let mut drawn = Drawn::default();
        while let Some(worst) = drawn.worst_that_counts(&p) {
            let before = asked.clone();
            let one =
                |draw| decoys(null, world, &chains, &before, Dice::new(seed, stream(null, draw)), worst);
            let draws: Vec<(Demand, Vec<f64>)> =
                (drawn.draws..drawn.draws + AT_ONCE).into_par_iter().map(one).collect();
            for (demand, p) in draws {
                asked = demand.stricter(&asked);
                drawn.add(p);
            }
            if asked != before {
                // What is below was not looked for everywhere, so it cannot be compared and does not pass.
                for (p, (pattern, support)) in p.iter_mut().zip(mined) {
                    *p = if asked.is_met(pattern, support.sessions) { *p } else { 1.0 };
                }
            }
        }
        drawn.against(&p, drawn.draws)
    });
    shuffle.into_iter().zip(markov).map(|(shuffle, markov)| [shuffle, markov]).collect()
}

/// The stream of random numbers of a draw.
fn stream(null: Null, draw: usize) -> u64 {
    (1 + null as u64) << 32 | draw as u64
}

/// Mines a draw. Returns the p of what is found, and what it was asked for in the end.
fn decoys(
    null: Null,
    world: &World<'_>,
    chains: &Chains,
    demand: &Demand,
    mut dice: Dice,
    worst: f64,
) -> (Demand, Vec<f64>) {
    let segments = draw(null, world.segments, world.groups, chains, &mut dice);
    let drawn = World { segments: &segments, ..*world };
    let mut asked = demand.clone();
    let mined = mine(drawn.stock(), &mut asked);
    let expected = Expected::of(&drawn, &Chains::of(drawn.segments, drawn.groups), worst);
    let p = mined.iter().map(|(pattern, support)| expected.p(pattern, support, null)).collect();
    (asked, p)
}

/// What was found in draws so far.
#[derive(Default)]
struct Drawn {
    draws: usize,
    /// The p of all that was found, in order.
    p: Vec<f64>,
}

impl Drawn {
    fn add(&mut self, p: Vec<f64>) {
        self.draws += 1;
        self.p.extend(p);
        self.p.sort_by(f64::total_cmp);
    }

    /// The largest p that passes if further draws find nothing; `None` where no more draws are needed.
    fn worst_that_counts(&self, p: &[f64]) -> Option<f64> {
        if self.draws >= DRAWS {
            return None;
        }
        let could = self.against(p, DRAWS);
        if self.draws >= FEWEST_DRAWS {
            let now = self.against(p, self.draws);
            let passing = |q: &[f64], level: f64| q.iter().filter(|q| **q <= level).count();
            let is_clear = passing(&now, LEVEL / 5.0) > 0;
            if is_clear && passing(&now, LEVEL) * 10 >= passing(&could, LEVEL) * 9 {
                return None;
            }
        }
        p.iter().zip(&could).filter(|(_, q)| **q <= LEVEL).map(|(p, _)| *p).max_by(f64::total_cmp)
    }

    /// For each p: how many of a draw's patterns have one as small, by how many of the data's do; made monotone.
    ///
    /// Where the best of the data is no better than the best of a draw, there is nothing to tell the data from chance
    /// by, however many patterns there are: those of one coincidence come in swarms.
    fn against(&self, p: &[f64], draws: usize) -> Vec<f64> {
        let best = p.iter().copied().fold(1.0, f64::min);
        if self.p.first().is_some_and(|chance| *chance <= best) {
            return vec![1.0; p.len()];
        }
        let mut order: Vec<usize> = (0..p.len()).collect();
        order.sort_by(|a, b| p[*a].total_cmp(&p[*b]).then(a.cmp(b)));
        let mut q = vec![1.0; p.len()];
        let mut least: f64 = 1.0;
        for (rank, at) in order.iter().enumerate().rev() {
            let chance = self.p.partition_point(|other| *other <= p[*at]);
            least = least.min((chance + UNSEEN) as f64 / draws as f64 / (rank + 1) as f64);
            q[*at] = least;
        }
        q
    }
}

/// P(support ≥ `support`) where each of `sessions` shows the pattern with probability `rate`.
fn tail(support: usize, sessions: usize, rate: f64) -> f64 {
    if support == 0 {
        return 1.0;
    }
    let binomial = Binomial::new(rate.min(1.0), sessions as u64);
    binomial.map_or(1.0, |binomial| binomial.sf(support as u64 - 1).clamp(0.0, 1.0))
}

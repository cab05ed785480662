//! The control: the rate of all sessions that were shown a note minus that of all before, with Wald's interval, as it
//! is usually put on a dashboard.

use somnium_dream::effect::observe::Observation;

/// The quantile of a 95% interval.
const Z: f64 = 1.96;

/// Returns the interval; `None` where a group is empty.
pub fn wald(sessions: &[Observation]) -> Option<(f64, f64)> {
    let count = |is_in: &dyn Fn(&Observation) -> bool| {
        let group = || sessions.iter().filter(|session| is_in(session));
        (group().filter(|session| session.against).count() as f64, group().count() as f64)
    };
    let (x1, n1) = count(&|session| session.after && session.shown);
    let (x0, n0) = count(&|session| !session.after);
    if n1 == 0.0 || n0 == 0.0 {
        return None;
    }
    let (p1, p0) = (x1 / n1, x0 / n0);
    let half = Z * (p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0).sqrt();
    Some((p1 - p0 - half, p1 - p0 + half))
}

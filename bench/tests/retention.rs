//! M7 on a shorter stream.

use somnium_bench::metric::retention::measure;

#[test]
fn what_was_learnt_and_is_true_stays_and_untouched_blocks_do_not_drift() {
    let result = measure(24, 7).unwrap();
    assert_eq!(result.learnt, 24);
    assert_eq!((result.least, result.last, result.drift), (1.0, 1.0, 0));
    assert!(result.compared > 50, "{result:?}");
    // The control: a memory of what was seen lately forgets.
    assert!(result.window < 0.8, "{result:?}");
}

// Package gate decides whether head is worse than base. It is pure: the same
// [Evidence] and the same [Policy] give the same [Verdict], byte for byte.
//
// # What it decides
//
// [Decide] compares head with base, or with stored records as a baseline. Every
// metric of every planned benchmark becomes one [Comparison], which ends with one
// [Outcome]. The session is the unit of replication: it gives one value per metric.
// Iterations inside a session are never compared, because they are not independent. Of
// Go benchmarks, a process is a session. Allocations that all repetitions of an arm
// reproduce have a value for each of them.
// [Histories] finds where the metrics of stored records changed.
//
// The decision is a table of steps. Each takes all comparisons and returns them,
// and [Comparison.Course] lists the steps that settled one.
//
// Exact metrics are counts, and are compared without statistics. They regressed
// when the medians differ by more than the tolerance and every session of head is
// worse than every session of base. When the medians differ but the ranges overlap,
// the count was not reproduced and the comparison is inconclusive. A count that grew in
// some sessions only regressed too, if these are most of head's and more than chance
// explains; if they are fewer but raise the mean by 1 % or more, it is inconclusive.
//
// In racy benchmarks, how often KRO reconciles is left to chance. There, counts are
// compared at equal numbers of reconciles, as exact ones, if each arm's sessions show
// that they are a fixed number per operation and per reconcile of each kind. Kinds of
// requests and of reconciles for which this does not hold only inform.
//
// Failed operations and failed sessions are compared by their rates over all sessions,
// with Fisher's exact test at a level of its own. A failure that base never has leaves
// the comparison inconclusive at the least.
//
// Bytes on the wire do not vary where KRO reproduces its work. There they are compared
// by their ranks without a share in the correction.
//
// All other classes are tested; packages rank and predict have the formulas:
//
//   - A one-sided p-value: the probability of ranks this unfavourable if nothing
//     changed. Rounds, in which both arms were measured side by side, are compared
//     by the signed-rank test, provided that there are enough of them to be
//     significant after the correction. Otherwise the U test compares all values.
//     Arms that were measured apart differ by more than their sessions show. Five or
//     more recorded runs of unchanged code then predict what head measures, along with
//     base, and the p-value is that of the prediction: the run is replicated, not
//     the session. Benchmarks scatter by no less than the median of their metric. The
//     choice depends on the numbers of runs, sessions and comparisons, never on what
//     was measured.
//   - The ratio head/base by Hodges and Lehmann, or that of head to the prediction,
//     with its confidence interval.
//   - Holm's correction over all gated comparisons that need statistics. It keeps
//     the probability that unchanged code fails a run within alpha, however many
//     metrics are gated.
//
// Let w be the ratio in the worse direction: head/base or, where higher is better,
// base/head. A comparison is
//
//   - regressed when the corrected p-value is at most alpha, all of w's interval is
//     above 1+tolerance, and the medians differ by more than the metric's floor;
//   - improved when the same holds with the arms exchanged. Improvements are
//     corrected among themselves and take nothing from the gate's alpha;
//   - unchanged when all of w's interval is between 1/(1+tolerance) and
//     1+tolerance, whatever the p-value: a difference may be certain and small;
//   - inconclusive otherwise.
//
// If the arms were measured side by side, the geometric mean over the benchmarks in
// which a metric is gated is compared too ([Geomean]). The means share a part of
// alpha of their own, and the benchmarks share the rest. A rule can gate a metric in the
// mean alone; the mean is then over all benchmarks. Memory is gated so.
//
// Over a sweep, which is one piece of work at several sizes, the growth of each metric is
// compared as well, if the arms were measured side by side. In each session, its exponent is
// the slope of the logarithm of what it measures on the logarithm of the size, by least
// squares. Exponents are compared as other values are, by difference instead of ratio: w is
// the difference in the worse direction, and 0, tolerance and -tolerance take the places of
// 1, 1+tolerance and 1/(1+tolerance). They share alpha with the benchmarks. A change of an
// exponent counts only if the largest size changed in the same direction; for what is
// tested, its whole interval has. A session in which a size costs nothing has no exponent.
//
// The tolerance is the policy's or, where the arms were measured side by side, the usual
// difference between recorded runs of unchanged code if that is larger. What regressed
// and was measured again has to regress there as well, or it is listed as not confirmed.
// A run that goes on while it is undecided looks at the data several times, and every
// look has its own share of alpha.
//
// The control workload, a fixed piece of work that runs next to every session,
// shows what the machine did meanwhile. Timings that follow it are divided by it;
// when it differs between the arms, no timing is compared. Where the arms were
// measured apart, a move of all timings in one direction counts as the machine's.
//
// Comparisons that are not gated end the same way, on their own p-value. With too
// few sessions the interval cannot reach its level: it then spans all changes, and
// the comparison is inconclusive, whatever it shows.
//
// Ratios need values that are not negative. Where both sides are zero throughout,
// nothing changed. The ratio of a positive value to zero is beyond any tolerance, so
// that a few zeros widen the interval on one side only; no ratio is shown then. A
// negative value leaves the comparison inconclusive, with a note.
//
// # The run
//
// A run fails when a gated comparison regressed. It is inconclusive when none did,
// but one that is undecided has a ratio beyond the tolerance on the worse side that
// would be significant if it were the only one, when a gated metric that base has is
// missing in head, or when noise or too few sessions hide a gated metric in every
// benchmark. Growth leaves a run inconclusive only if it is significant after the
// correction: the sizes were compared as well. Other undecided comparisons do not keep a run from passing;
// they are listed with the change that they would have shown ([Sight]). A run in
// which nothing gated could be compared is an error and never passes.
//
// # What it does not decide
//
// It does not say why a metric moved, and it cannot see a change smaller than
// [Comparison.Detectable]. It does not separate code from circumstance: builds by
// different compilers or with different dependencies are compared, with a warning.
// It knows how quiet the machine was only from the spread between sessions and from
// the control workload. Of arms that were measured apart without a history, it does not
// know how much the machine differed between them.
package gate

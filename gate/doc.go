// Package gate decides whether head is worse than base. It is pure: the same
// records and the same [Policy] give the same [Verdict], byte for byte.
//
// # What it decides
//
// [Decide] compares the two arms of one run, [DecideAgainst] the head arm of a
// run with stored records. Every metric of every planned benchmark becomes one
// [Comparison], which ends as one [Outcome]. Sessions are the unit of
// replication: a session gives one value per metric, and iterations inside a
// session are never compared, because they are not independent.
//
// Exact metrics are counts, and are compared without statistics. They
// regressed when the medians differ by more than the tolerance and every
// session of head is worse than every session of base. Medians that differ
// while the ranges overlap are inconclusive: the count was not reproduced.
//
// All other classes are compared by three things:
//
//   - The p-value of the one-sided U test (Mann and Whitney 1947, with ties
//     Klotz 1966): how likely ranks this unfavourable are if nothing changed.
//   - The shift of the logarithms (Hodges and Lehmann 1963): the median of all
//     quotients head/base of one session value each, and its
//     distribution-free interval (Lehmann, Nonparametrics, 1975): from the
//     k-th smallest to the k-th largest quotient, where k is the largest number
//     for which the U distribution has P(U <= k-1) <= (1-confidence)/2. Both
//     ends belong to the interval, which keeps its level when values are tied.
//   - Holm's correction (1979) of the p-values over all gated comparisons that
//     need statistics, so that the probability that unchanged code fails a run
//     stays within alpha however many metrics are gated.
//
// With w the quotient in the worse direction, head/base or, where higher is
// better, base/head, a comparison is
//
//   - regressed when the corrected p-value is at most alpha and all of w's
//     interval is above 1+tolerance;
//   - improved when the same holds with the arms exchanged. Improvements are
//     corrected among themselves and never take from the gate's alpha;
//   - unchanged when all of w's interval is within 1/(1+tolerance) and
//     1+tolerance, whatever the p-value: a difference may be certain and small;
//   - inconclusive otherwise.
//
// Comparisons that are not gated end the same way, on their own p-value. With
// too few sessions the interval cannot reach its level: it then spans all
// quotients, and the comparison is inconclusive, whatever it shows.
//
// Quotients need positive values. Where both sides are zero throughout, nothing
// changed. Where one side is zero throughout and the other positive throughout,
// the change is beyond any tolerance and the p-value alone decides. Any other
// value of zero or below leaves the comparison inconclusive, with a note.
//
// # The run
//
// A run fails when a gated comparison regressed. It is inconclusive when none
// did, but one that is undecided has a ratio beyond the tolerance on the worse
// side, or when the noise hides a gated metric in every benchmark; other
// undecided comparisons are listed, with the change that they would have shown
// ([Sight]), and do not keep a run from passing. A run in which nothing gated
// could be compared is an error and never passes.
//
// # What it does not decide
//
// It does not say why a metric moved, and it cannot see a change smaller than
// [Comparison.Detectable]. It does not tell code from circumstance: builds by
// different compilers or with different dependencies are compared, with a
// warning. It does not know whether the machine was quiet, except through the
// spread between sessions. Timing and memory measured in another run inform
// and never fail, since machines drift by more than sessions spread.
package gate

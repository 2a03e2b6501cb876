// Package gate decides whether head is worse than base. It is pure: the same
// records and the same [Policy] give the same [Verdict], byte for byte.
//
// # What it decides
//
// [Decide] compares the two arms of one run, [DecideWithHistory] the same with
// records of unchanged code to learn from, [DecideAgainst] the head arm of a run
// with stored records; [Histories] finds where the metrics of stored records
// changed. Every metric of every planned benchmark becomes one
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
//   - A one-sided p-value: how likely ranks this unfavourable are if nothing
//     changed. Of rounds, in which both arms were measured side by side, it is
//     that of the signed-rank test (Wilcoxon 1945) of their differences,
//     provided that there are enough of them to be told from chance after the
//     correction; of two samples that of the U test (Mann and Whitney 1947,
//     with ties Klotz 1966). Which test it is depends on the numbers of
//     sessions and of comparisons, never on what was measured.
//   - The shift of the logarithms (Hodges and Lehmann 1963): the median of all
//     quotients head/base of one session value each, of rounds that of the
//     geometric means of any two rounds' quotients, and its distribution-free
//     interval (Lehmann, Nonparametrics, 1975): from the k-th smallest to the
//     k-th largest of them, where k is the largest number for which the
//     statistic's distribution has P(<= k-1) <= (1-confidence)/2. Both ends
//     belong to the interval, which keeps its level when values are tied.
//   - Holm's correction (1979) of the p-values over all gated comparisons that
//     need statistics, so that the probability that unchanged code fails a run
//     stays within alpha however many metrics are gated.
//
// With w the quotient in the worse direction, head/base or, where higher is
// better, base/head, a comparison is
//
//   - regressed when the corrected p-value is at most alpha, all of w's
//     interval is above 1+tolerance, and the medians differ by more than the
//     metric's floor;
//   - improved when the same holds with the arms exchanged. Improvements are
//     corrected among themselves and never take from the gate's alpha;
//   - unchanged when all of w's interval is within 1/(1+tolerance) and
//     1+tolerance, whatever the p-value: a difference may be certain and small;
//   - inconclusive otherwise.
//
// Over the benchmarks in which a metric is gated, the geometric mean is compared
// too ([Geomean]), if the arms were measured side by side. The means share a third
// of alpha, and the benchmarks the rest.
//
// The tolerance is the larger of the policy's and of what recorded runs of
// unchanged code differ by. What regressed and was measured again has to do so
// there as well, or it is listed as not confirmed. A run that goes on while it
// is undecided looks at the data several times, and every look has its own share
// of alpha.
//
// The control workload, a fixed piece of work beside every session, shows what
// the machine did meanwhile. Timings that follow it are divided by it; when it
// differs between the arms, no timing is compared. Where the arms were measured
// apart, a move of all timings in one direction is the machine's.
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
// side that would be significant if it were the only one, or when the noise
// hides a gated metric in every benchmark; other undecided comparisons are listed, with the change that they would have shown
// ([Sight]), and do not keep a run from passing. A run in which nothing gated
// could be compared is an error and never passes.
//
// # What it does not decide
//
// It does not say why a metric moved, and it cannot see a change smaller than
// [Comparison.Detectable]. It does not tell code from circumstance: builds by
// different compilers or with different dependencies are compared, with a
// warning. It does not know whether the machine was quiet, except through the
// spread between sessions and the control workload. Timing and memory measured
// in another run fail only beyond what such runs are known to differ by.
package gate

// Package rank compares two samples of noisy measurements by their ranks, and two
// rates by Fisher's exact test ([Fisher]). It answers three questions without assuming
// a distribution:
//
//   - Is y different from x? [MannWhitney] tests two independent samples,
//     [SignedRank] values measured in pairs. Both are one-sided and exact for
//     small samples, with ties.
//   - How different, as a ratio or as a difference ([Scale])? [Shift.Estimate] is the
//     median of all changes (Hodges and Lehmann 1963), and [Shift.Interval] its
//     distribution-free confidence interval (Lehmann, Nonparametrics, 1975).
//   - Could the test have said so at all? [Design.Bound] and [MinSamples] give the
//     smallest numbers of values that can reach a level, and [Holm] corrects
//     p-values when many tests share one level.
//
// [Scale.Samples] and [Scale.Pairs] answer the first two in one call:
//
//	c := rank.Ratio.Samples(before, after)
//	if c.Greater <= 0.05 {
//		fmt.Println(c.Shift.Estimate(), c.Shift.Interval(c.Design.Bound(0.025)))
//	}
//
// The package knows no policy and reads no files. Each value has to be an
// independent measurement: repetitions inside one process are not, and compared
// as if they were, they find differences between identical programs.
package rank

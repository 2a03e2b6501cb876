// Package trend finds where the history of a series changed its level, and
// whether many small changes, each of which a gate let pass, add up to a large
// one. Like package gate it is pure: the same values give the same answer.
//
// A series has one value per run, the median of the run's sessions, oldest
// first. A value that is not finite stands for a run that did not measure it: it
// is passed over, but keeps its index.
//
// # Change points
//
// [Find] splits the series where two parts differ most by their ranks, and each
// part again, until no split can be told from chance (binary segmentation, Scott
// and Knott 1974). With R(i) the rank of value i among n, and ties sharing their
// mean, the statistic is the largest over all k that leave enough values on both
// sides of
//
//	|R(1)+…+R(k) - k(n+1)/2| / sqrt(k(n-k))
//
// It is the maximum that Pettitt (1979) takes, divided by what it varies by, for
// otherwise a change near an end, such as the newest, would hardly be seen. Its
// p-value is that of the maximum over all splits: of up to 200 values by up to
// 1,999 permutations from a fixed seed, fewer when the outcome is clear (Besag
// and Clifford 1991); of more by the approximation of Miller and Siegmund (1982)
// in the form of Lausen and Schumacher (1992), which errs on the side of not
// finding.
//
// Where a change lies is then read off the values: where they are closest, in sum,
// to the medians of the levels beside it.
//
// Only ranks decide whether there is a change, so that outliers and the shape of the noise do not matter,
// and unchanged code has a change point in a share of alpha of all series. That
// holds for runs that are independent of each other. Where a machine is slow for
// a week, the week is found, for to the values it is a change of level: measure
// base and head side by side to tell code from machine.
//
// One split at a time is looked for, so that a change that is soon undone is
// hard to see: of thirty runs, ten that are slower in the middle are not enough.
//
// # Cost
//
// Some milliseconds for 100 values and tens of them for 1,000. Every split of n
// values costs n log n, so that n values cost n log² n where changes lie
// scattered, and n² where thousands of them are found one beside the other.
package trend

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
// p-value is that of the maximum over all splits: the share of permutations of
// the ranks, from a fixed seed, whose maximum is as large, 1,999 of them or as
// many as alpha needs, and fewer when the outcome is clear (Besag and Clifford
// 1991). No formula takes their place in long histories: those that there are
// (Lausen and Schumacher 1992) promise far too little where most values are
// equal, which is what counts are.
//
// Where a change lies is then read off the values: where they are closest, in sum,
// to the medians of the levels beside it.
//
// Only ranks decide whether there is a change, so that outliers and the shape of
// the noise do not matter, and unchanged code has a change point in a share of
// alpha of all series. That holds for runs that are independent of each other.
// Where a machine is slow for a week, the week is found, for to the values it is
// a change of level: measure base and head side by side to tell code from
// machine.
//
// One split at a time is looked for, so that a change that is soon undone is
// hard to see: of thirty runs, ten that are slower in the middle are not enough.
//
// # Cost
//
// A change costs n times the permutations, no change a small part of that: some
// milliseconds for 100 values and some ten for 1,000, with the alpha of 0.01;
// seconds for 100,000. On top, n² where thousands of changes are found one beside
// the other.
package trend

// Package trend finds the changes of level in the history of a series. It also
// finds creep: many small changes, each of which a gate let pass, that add up to a
// large one. Like package gate, it is pure: the same values give the same answer.
//
// A series has one value per run, the median of the run's sessions, oldest first.
// A value that is not finite stands for a run that did not measure it. It is
// skipped, but keeps its index.
//
// # Change points
//
// [Find] splits the series where the ranks of the two parts differ most. It splits
// each part again until no split can be distinguished from chance (binary
// segmentation, Scott and Knott 1974). Let R(i) be the rank of value i among n
// values, with ties sharing their mean rank. The statistic is the maximum of
//
//	|R(1)+…+R(k) - k(n+1)/2| / sqrt(k(n-k))
//
// over all k that leave enough values on both sides. It is Pettitt's statistic
// (1979) with each term divided by its standard deviation, up to a constant.
// Without the division, a change near an end, such as the newest value, would be
// hard to find.
//
// The p-value is that of the maximum over all splits: the share of permutations of
// the ranks with a maximum at least as large. The permutations come from a fixed
// seed. There are 1,999 of them, or more if alpha needs them, and fewer if the
// outcome is clear (Besag and Clifford 1991). No formula can replace them in long
// histories: the known ones (Lausen and Schumacher 1992) give far too small
// p-values if most values are equal, as counts are.
//
// The position of a change comes from the values: it is the one that minimizes the
// sum of their distances to the medians of the two levels.
//
// Only ranks decide whether there is a change, so outliers and the shape of the
// noise do not matter. Unchanged code gets a change point in a share of alpha of
// all series. That holds if the runs are independent of each other. If a machine
// is slow for a week, Find reports a change of level for that week. To distinguish
// the code from the machine, measure base and head side by side.
//
// Find looks for one split at a time, so a change that is soon undone is hard to
// find: ten slower runs in the middle of thirty are not enough.
//
// # Cost
//
// A change costs n times the number of permutations, and no change a small part of
// that. With an alpha of 0.01, it takes some milliseconds for 100 values, about
// ten for 1,000, and seconds for 100,000. Thousands of adjacent changes cost n² in
// addition.
package trend

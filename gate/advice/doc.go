// Package advice recommends what to look at next. A recommendation follows from
// the measurements of a run and cites the figures behind it. Like package gate,
// the package is pure. It decides nothing: no verdict depends on it.
//
// A rule applies only if the record has every figure that it needs. The figures
// are those of head: the median over the sessions of a metric with one value per
// session, or all operations if the latencies of single operations were kept.
// Failed sessions are left out, and so are sessions that measured only regressed
// benchmarks again.
//
// Except for the rule on memory, the rules are checks of consistency and not
// hypothesis tests. A recommendation names a cause that fits the figures within
// the bounds in the rule's comment, while several other causes do not.
package advice

// Package advice says what to look at next: recommendations that follow from
// what a run measured and cite the figures they follow from. It is pure, as
// package gate is, and decides nothing: no verdict depends on it.
//
// A rule speaks only where the record holds every figure that it needs; a
// metric that was not measured silences it. The figures are those of head: per
// session where a metric has one value per session, of which the median is
// cited, and over all operations where the latencies of single operations were
// kept. Sessions that failed, and those that measured again only what had
// regressed, are left out.
//
// The rules are tests of consistency and not of hypotheses, but for the one on
// memory: what they say fits the figures within bounds that stand beside each
// rule, and several other causes do not. Each names its bounds in its comment.
package advice

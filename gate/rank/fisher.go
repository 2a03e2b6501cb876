package rank

import (
	"math"

	"github.com/aclements/go-moremath/stats"
)

// Fisher returns the p-value of Fisher's one-sided exact test (1935) that y has a
// higher rate than x: the probability of at least hitsY hits among ofY trials, given
// the hits in all, if both rates were the same. Trials and hits are numbers of cases,
// 0 <= hits <= trials.
func Fisher(hitsX, ofX, hitsY, ofY int) float64 {
	all, hits := ofX+ofY, hitsX+hitsY
	if hitsY == 0 || all == 0 {
		return 1
	}
	d := stats.HypergeometicDist{N: all, K: hits, Draws: ofY}
	p := 0.0
	for k := hitsY; k <= min(hits, ofY); k++ {
		p += d.PMF(float64(k))
	}
	return math.Min(p, 1)
}

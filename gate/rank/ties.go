package rank

import "math"

// manyTied is the share of all values that the largest group of tied values needs to
// have before the normal approximation of the U test is not trusted.
const manyTied = 0.2

// exactTies is the largest sample for which the distribution with ties is computed
// exactly: it takes long for large ones. Those with many ties are quicker, and for them
// the approximation is worse.
const (
	exactTies     = 25
	exactManyTies = 50
)

// tiedTails returns the exact p-values of the U test where values are tied: that x tends
// to be less than y, and greater. The samples have n and m values. It reports ok as false
// if they are too large.
//
// The distribution is that of the sum of x's mean ranks over all splits of the pooled
// values (Klotz 1966), computed group by group of tied values.
func tiedTails(groups []tied, n, m, observed int) (less, greater float64, ok bool) {
	largest, all := 0, n+m
	for _, g := range groups {
		largest = max(largest, g.size)
	}
	switch size := max(n, m); {
	case size > exactManyTies || size > exactTies && float64(largest) < manyTied*float64(all):
		return 0, 0, false
	case observed > n*(all+1): // beyond the mean, so that y has the smaller tail
		greater, less, ok = tiedTails(groups, m, n, all*(all+1)-observed)
		return less, greater, ok
	}
	// ways[k][s] is the number of ways to choose k of the values so far with the sum s.
	// The values that come later are no smaller, so that s is no larger a part of
	// what was observed than k of n.
	ways := make([][]float64, n+1)
	for k := range ways {
		ways[k] = make([]float64, observed*k/n+1)
	}
	ways[0][0] = 1
	for _, g := range groups {
		for k := n; k > 0; k-- {
			most := min(len(ways[k])-1, observed-(n-k)*g.rank)
			for j, choose := 1, 1.0; j <= min(g.size, k); j++ {
				choose *= float64(g.size-j+1) / float64(j)
				fewer, shift := ways[k-j], j*g.rank
				for s := (k - j) * (k - j + 1); s < min(len(fewer), most+1-shift); s++ {
					ways[k][s+shift] += choose * fewer[s]
				}
			}
		}
	}
	below := 0.0
	for _, w := range ways[n][:observed] {
		below += w
	}
	splits, _ := math.Lgamma(float64(all + 1))
	chosen, _ := math.Lgamma(float64(n + 1))
	rest, _ := math.Lgamma(float64(m + 1))
	total := math.Exp(splits - chosen - rest)
	return min(1, (below+ways[n][observed])/total), max(0, 1-below/total), true
}

// tied is a group of tied values.
type tied struct {
	size int
	rank int // twice their mean rank
}

// tiedGroups returns the groups of the pooled values, and twice the sum of the mean ranks
// of those from x. x and y are ascending.
func tiedGroups(x, y []float64) (groups []tied, sum int) {
	for i, j := 0, 0; i < len(x) || j < len(y); {
		v := math.Inf(1)
		if i < len(x) {
			v = x[i]
		}
		if j < len(y) {
			v = min(v, y[j])
		}
		before, fromX := i+j, i
		for i < len(x) && x[i] == v {
			i++
		}
		for j < len(y) && y[j] == v {
			j++
		}
		g := tied{i + j - before, before + i + j + 1}
		groups, sum = append(groups, g), sum+(i-fromX)*g.rank
	}
	return groups, sum
}

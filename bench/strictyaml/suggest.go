package strictyaml

import (
	"fmt"
	"slices"
	"strings"
)

// Unknown describes the problem with a word that is not among the known ones, and
// names the words to use. It returns "" for a known word.
func Unknown(word string, known []string) string {
	if slices.Contains(known, word) {
		return ""
	}
	return fmt.Sprintf("%q is not known%s; %s", word, DidYouMean(word, known), choose(known))
}

func choose(known []string) string { return "use " + strings.Join(known, ", ") }

// DidYouMean returns a remark with the known word that is most similar to an unknown
// one. It returns "" if none is similar enough.
func DidYouMean(word string, known []string) string {
	best, nearest := len(word)/2+1, ""
	for _, k := range known {
		if d := editDistance(word, k); d < best {
			best, nearest = d, k
		}
	}
	if nearest == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", nearest)
}

// editDistance returns the smallest number of insertions, deletions and replacements
// of bytes that turn a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

package branch

import (
	"crypto/sha256"
	"fmt"
)

// ChartPath returns the path of a chart on the branch. It depends only on the
// content, so that writing a chart again adds nothing, and a link never shows
// another chart.
func ChartPath(svg []byte) string { return fmt.Sprintf("charts/%x.svg", sha256.Sum256(svg)) }

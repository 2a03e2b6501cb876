package branch

import (
	"crypto/sha256"
	"fmt"
)

// ChartPath is where a chart is kept. It follows from the content, so that a
// chart that is put again adds nothing, and no link ever shows another chart.
func ChartPath(svg []byte) string { return fmt.Sprintf("charts/%x.svg", sha256.Sum256(svg)) }

package suite

// A Shape says how the resources of an RGD depend on each other.
type Shape string

const (
	Flat   Shape = "flat"   // none depends on another
	Chain  Shape = "chain"  // each depends on the one before
	Fan    Shape = "fan"    // all others depend on the first
	Ladder Shape = "ladder" // rungs of two; each depends on both of the rung before
)

// Maps returns the data of n ConfigMaps in a shape. A ConfigMap copies the values of
// those it depends on, so a changed value travels along every edge.
func Maps(shape Shape, n int) []map[string]any {
	maps := make([]map[string]any, n)
	for i := range maps {
		data := map[string]any{"value": "${schema.spec.value}"}
		for k, parent := range parents(shape, i) {
			key := "value"
			if k > 0 {
				key = "other"
			}
			data[key] = "${" + MapID(parent) + ".data.value}"
		}
		maps[i] = data
	}
	return maps
}

// parents returns the resources that the i-th depends on.
func parents(shape Shape, i int) []int {
	switch {
	case shape == Chain && i > 0:
		return []int{i - 1}
	case shape == Fan && i > 0:
		return []int{0}
	case shape == Ladder && i > 1:
		rung := i/2*2 - 2
		return []int{rung, rung + 1}
	}
	return nil
}

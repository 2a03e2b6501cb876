package bench

// schemaV3 is the version before [Schema]. Its plan names the kinds of pprof
// profiles "profiles", and its builds have no settings.
const schemaV3 = "perf-gate/record/v3"

// headerV3 is the header of a record of schemaV3. Its own fields hide those of the
// embedded header.
type headerV3 struct {
	Header
	Plan planV3 `json:"plan"`
}

type planV3 struct {
	Plan
	Profiles []string `json:"profiles"`
}

// upgrade returns the header as one of [Schema].
func (h headerV3) upgrade() Header {
	upgraded := h.Header
	upgraded.Schema, upgraded.Plan, upgraded.Plan.Pprof = Schema, h.Plan.Plan, h.Plan.Profiles
	return upgraded
}

package bench

// schemaV3 is the version before [Schema]. Its plan names the kinds of pprof
// profiles "profiles", and its builds have no settings.
const schemaV3 = "perf-gate/record/v3"

// headerV3 decodes the header of a record of schemaV3: the fields that it declares
// hide those of the header that it embeds.
type headerV3 struct {
	Header
	Plan planV3 `json:"plan"`
}

type planV3 struct {
	Plan
	Profiles []string `json:"profiles"`
}

// upgrade returns the header in the format of [Schema].
func (h headerV3) upgrade() Header {
	upgraded := h.Header
	upgraded.Schema, upgraded.Plan, upgraded.Plan.Pprof = Schema, h.Plan.Plan, h.Plan.Profiles
	return upgraded
}

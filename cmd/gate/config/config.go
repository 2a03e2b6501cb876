// Package config reads perf-gate.yaml and combines it with defaults and flags.
package config

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/bench/workload"
	"github.com/kro/perf-gate/cmd/gate/clusters"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/gate"
)

// DefaultFile is the configuration file in the working directory. It is read if no
// other file is named.
const DefaultFile = "perf-gate.yaml"

// NoBase as a base leaves base out. Head is then compared with stored records.
const NoBase = "none"

// Config is the configuration of a run. Users set these keys in perf-gate.yaml, or
// flags of the same names. Flags override the file, and the file overrides the
// defaults. An enum tag names the list of accepted words, a min tag gives the
// smallest accepted value, and a flag tag names the flag if it differs from the key. The
// flag "-" means that there is one for each of its fields.
//
// docs/perf-gate.schema.json describes the file to editors.
type Config struct {
	Cluster string `yaml:"cluster" enum:"clusters"`
	// ControlPlane selects the sessions of a local cluster that share a control plane.
	ControlPlane string `yaml:"control-plane" enum:"control-planes"`
	// KindCluster is the name of a kind cluster that exists already. NodeImage or
	// Kubernetes, a version, selects the node image of a new one.
	KindCluster string `yaml:"kind-cluster"`
	NodeImage   string `yaml:"node-image"`
	Kubernetes  string `yaml:"kubernetes"`
	// Kubeconfig and Context name an existing cluster. If they are empty, it is the
	// one that kubectl uses. Yes permits measuring on it without a question.
	Kubeconfig string     `yaml:"kubeconfig"`
	Context    string     `yaml:"context"`
	Yes        bool       `yaml:"yes"`
	Base       string     `yaml:"base"`
	Head       string     `yaml:"head"`
	Controller Controller `yaml:"controller" flag:"-"`
	Suites     []string   `yaml:"suites" flag:"suite" enum:"suites"`
	// Go says which Go benchmarks the suite go has.
	Go GoBenchmarks `yaml:"go" flag:"-"`
	// Workloads are the directories of the user's workloads. If there are some and no
	// suites, they alone run.
	Workloads []string `yaml:"workloads" flag:"workload"`
	Profile   string   `yaml:"profile" enum:"profiles"`
	// Turns say how base and head take turns. If they are empty, it is by blocks where
	// the cluster can run both at once, and by sessions elsewhere.
	Turns string `yaml:"turns" enum:"turns"`
	// Sessions is the number of sessions of each arm. If it is 0, the profile
	// decides.
	Sessions int `yaml:"sessions" min:"1"`
	// While the run is undecided, it gets more sessions, up to MaxSessions of each
	// arm and as long as they fit into Budget. If MaxSessions is 0, there are no
	// more. If Budget is 0, time is not limited.
	MaxSessions int           `yaml:"max-sessions" min:"1"`
	Budget      time.Duration `yaml:"budget" min:"1s"`
	// Confirm makes a run measure regressed benchmarks again before it fails.
	Confirm bool `yaml:"confirm"`
	// History names a store of records of unchanged code to learn from.
	History string `yaml:"history"`
	Seed    uint64 `yaml:"seed"`
	// Pprof lists the kinds of pprof profiles to take.
	Pprof []string `yaml:"pprof" enum:"pprof"`
	// Out is the directory of the run. If it is empty, a new one is made in results.
	Out string `yaml:"out"`
	// Timeout limits the length of the run. If it is 0, there is no limit.
	Timeout time.Duration `yaml:"timeout" min:"1s"`
	Policy  gate.Policy   `yaml:"policy"`
}

// A Controller is what KRO is started with besides the settings of the profile.
type Controller struct {
	// Args are flags of KRO, as --name=value.
	Args []string `yaml:"args" flag:"controller-arg"`
	// FeatureGates turn feature gates of KRO on or off.
	FeatureGates map[string]bool `yaml:"feature-gates" flag:"feature-gate"`
}

// GoBenchmarks select Go benchmarks in the source of the builds.
type GoBenchmarks struct {
	// Bench is a regular expression as of go test -bench. If it is empty, it is all.
	Bench string `yaml:"bench" flag:"bench"`
	// Packages are patterns of the go command. If there are none, it is ./... .
	Packages []string `yaml:"packages" flag:"bench-package"`
	// Source is the arm whose test files both arms use. If it is empty, each uses its own.
	Source string `yaml:"source" flag:"bench-source" enum:"arms"`
}

// Flags returns all as flags of KRO.
func (c Controller) Flags() []string { return kro.WithGates(c.Args, c.FeatureGates) }

// Default returns the configuration without a file and without flags.
func Default() Config {
	return Config{
		Cluster: clusters.Auto, ControlPlane: string(bench.PerSession),
		Profile: string(workload.Quick),
		Confirm: true,
		Seed:    1,
		Policy:  gate.DefaultPolicy(),
	}
}

// HeadOnly reports whether a run measures only head: base is none, or head is
// installed in a cluster and no base is given.
func (c *Config) HeadOnly() bool {
	return c.Base == NoBase || c.Base == "" && c.Head == string(kro.Installed)
}

// ResultsDir holds the runs for which no directory is given.
const ResultsDir = "results"

// RunDir returns the directory of a run that begins now.
func (c *Config) RunDir(now time.Time) string {
	return cmp.Or(c.Out, filepath.Join(ResultsDir, now.UTC().Format("20060102-150405")))
}

// Load reads the file called name over the defaults. If name is empty, it reads
// DefaultFile if there is one.
func Load(name string) (Config, error) {
	cfg := Default()
	_, err := read(name, &cfg)
	return cfg, err
}

// Overlay sets those fields of cfg that the file called name sets and no flag does.
// It also checks the flags, whose values are in cfg already. The function changed
// reports whether a flag was given.
func Overlay(cfg *Config, name string, changed func(flag string) bool) error {
	file := Default()
	set, err := read(name, &file)
	if err != nil {
		return err
	}
	return overlay(reflect.ValueOf(cfg).Elem(), reflect.ValueOf(file), func(key string) bool { return set[key] }, changed)
}

// overlay sets the fields of to from those of a file that set its keys.
func overlay(to, from reflect.Value, set, changed func(string) bool) error {
	for i := range to.NumField() {
		field := to.Type().Field(i)
		key := field.Tag.Get("yaml")
		flag := cmp.Or(field.Tag.Get("flag"), key)
		switch {
		case flag == "-":
			if err := overlay(to.Field(i), from.Field(i), func(string) bool { return set(key) }, changed); err != nil {
				return err
			}
		case changed(flag):
			if problem := decoder("", nil).OutOfRange(field.Tag, to.Field(i)); problem != "" {
				return exit.Usagef("--%s: %s", flag, problem)
			}
		case set(key):
			to.Field(i).Set(from.Field(i))
		}
	}
	return nil
}

// read decodes the file called name into cfg and returns the keys that the file
// sets. Only a named file has to exist.
func read(name string, cfg *Config) (set map[string]bool, err error) {
	path := cmp.Or(name, DefaultFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && name == "" {
		return nil, nil
	}
	if err != nil {
		return nil, exit.Usagef("reading the configuration: %w", err)
	}
	set, err = Decode(path, data, cfg)
	return set, exit.UsageError(err)
}

// Decode decodes data, the content of the file called name, over cfg. It returns the
// top-level keys that data sets.
func Decode(name string, data []byte, cfg *Config) (set map[string]bool, err error) {
	return decodeOver(name, data, cfg, &cfg.Policy)
}

// decodeOver decodes data over v, which is the policy or contains it. Each tolerance,
// growth and floor overrides the one before. Rules are appended to those of the policy,
// because the last rule that matches wins.
func decodeOver(name string, data []byte, v any, policy *gate.Policy) (set map[string]bool, err error) {
	policy.Tolerance, policy.Growth, policy.Floor = maps.Clone(policy.Tolerance), maps.Clone(policy.Growth), maps.Clone(policy.Floor)
	before := policy.Rules
	policy.Rules = nil
	set, err = decoder(name, func() error { return policy.Validate() }).Decode(data, v)
	policy.Rules = slices.Concat(before, policy.Rules)
	return set, err
}

// ReadPolicy reads the file called name over a policy. The file holds only the
// mapping that perf-gate.yaml has under policy.
func ReadPolicy(name string, policy gate.Policy) (gate.Policy, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return gate.Policy{}, exit.Usagef("reading the policy: %w", err)
	}
	_, err = decodeOver(name, data, &policy, &policy)
	return policy, exit.UsageError(err)
}

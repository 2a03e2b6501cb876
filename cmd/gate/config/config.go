// Package config reads perf-gate.yaml and overlays it with flags.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"slices"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/bench/runner"
	"github.com/kro/perf-gate/bench/suite"
	"github.com/kro/perf-gate/cmd/gate/clusters"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/gate"
)

// DefaultFile is read from the working directory when no other file is named.
const DefaultFile = "perf-gate.yaml"

// NoBase, in place of a base, leaves head to be compared with stored records.
const NoBase = "none"

// Config is what a user can set: in perf-gate.yaml under these keys, and by
// flags of the same names. Flags override the file, the file the defaults. An
// enum tag names the list of accepted words, a min tag the least accepted value,
// and a flag tag the flag where the key is another word.
//
// docs/perf-gate.schema.json describes the file to editors.
type Config struct {
	Cluster string `yaml:"cluster" enum:"clusters"`
	// ControlPlane says which sessions of a local cluster share one.
	ControlPlane string `yaml:"control-plane" enum:"control-planes"`
	// KindCluster is a kind cluster to use that is there already; NodeImage or
	// Kubernetes, a version, say what a new one is made of.
	KindCluster string `yaml:"kind-cluster"`
	NodeImage   string `yaml:"node-image"`
	Kubernetes  string `yaml:"kubernetes"`
	// Kubeconfig and Context name an existing cluster; empty means as kubectl
	// does. Yes answers the question whether it may be touched.
	Kubeconfig string   `yaml:"kubeconfig"`
	Context    string   `yaml:"context"`
	Yes        bool     `yaml:"yes"`
	Base       string   `yaml:"base"`
	Head       string   `yaml:"head"`
	Suites     []string `yaml:"suites" flag:"suite" enum:"suites"`
	Profile    string   `yaml:"profile" enum:"profiles"`
	// Sessions is how many sessions of each arm there are; 0 leaves it to the
	// profile.
	Sessions int `yaml:"sessions" min:"1"`
	// MaxSessions is up to how many there may be while the run is undecided, as
	// long as Budget, the time for measuring, lasts; 0 means no more, and no
	// bound.
	MaxSessions int           `yaml:"max-sessions" min:"1"`
	Budget      time.Duration `yaml:"budget" min:"1s"`
	// Confirm is whether regressed benchmarks are measured again before the run
	// fails.
	Confirm bool `yaml:"confirm"`
	// History is a store of records of unchanged code to learn from.
	History string `yaml:"history"`
	Seed    uint64 `yaml:"seed"`
	// Pprof are the kinds of profiles that are taken.
	Pprof []string `yaml:"pprof" enum:"pprof"`
	// Out is the directory of the run; empty means a new one in results.
	Out string `yaml:"out"`
	// Timeout bounds the run; 0 means that nothing does.
	Timeout time.Duration `yaml:"timeout" min:"1s"`
	Policy  gate.Policy   `yaml:"policy"`
}

// Default is what holds without a file and without flags.
func Default() Config {
	return Config{
		Cluster: clusters.Auto, ControlPlane: string(bench.PerSession),
		Suites:  runner.SuiteNames(),
		Profile: string(suite.Quick),
		Confirm: true,
		Seed:    1,
		Policy:  gate.DefaultPolicy(),
	}
}

// HeadOnly reports whether there is no base to measure. There is no other version
// of the KRO that is installed in a cluster.
func (c *Config) HeadOnly() bool {
	return c.Base == NoBase || c.Base == "" && c.Head == string(kro.Installed)
}

// Load returns the defaults overlaid with the file called name. Without a name
// that is DefaultFile, which need not exist.
func Load(name string) (Config, error) {
	cfg := Default()
	_, err := read(name, &cfg)
	return cfg, err
}

// Overlay overlays cfg, which holds the flags, with what the file called name
// sets and no flag does, and checks the flags. The function changed reports
// whether a flag is set.
func Overlay(cfg *Config, name string, changed func(flag string) bool) error {
	file := Default()
	set, err := read(name, &file)
	if err != nil {
		return err
	}
	from, to := reflect.ValueOf(file), reflect.ValueOf(cfg).Elem()
	for i := range to.NumField() {
		field := to.Type().Field(i)
		key := field.Tag.Get("yaml")
		flag := field.Tag.Get("flag")
		if flag == "" {
			flag = key
		}
		if changed(flag) {
			if problem := outOfRange(field.Tag, to.Field(i)); problem != "" {
				return exit.Usagef("--%s: %s", flag, problem)
			}
		} else if set[key] {
			to.Field(i).Set(from.Field(i))
		}
	}
	return nil
}

// read decodes the file called name into cfg and returns the keys that it sets.
// Only a file that is asked for by name has to exist.
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

// Decode overlays cfg with data, the content of the file called name, and
// returns the top-level keys that data sets.
func Decode(name string, data []byte, cfg *Config) (set map[string]bool, err error) {
	return decodeOver(name, data, reflect.ValueOf(cfg).Elem(), &cfg.Policy)
}

// decodeOver overlays v, which holds the policy or is it. Tolerances and floors
// override one by one, and rules come after those that policy had: the last that matches
// wins.
func decodeOver(name string, data []byte, v reflect.Value, policy *gate.Policy) (set map[string]bool, err error) {
	policy.Tolerance, policy.Floor = maps.Clone(policy.Tolerance), maps.Clone(policy.Floor)
	before := policy.Rules
	policy.Rules = nil
	set, err = decodeYAML(name, data, v, func() error { return policy.Validate() })
	policy.Rules = slices.Concat(before, policy.Rules)
	return set, err
}

// ReadPolicy overlays a policy with the one in the file called name, which holds
// just the mapping that perf-gate.yaml has under policy.
func ReadPolicy(name string, policy gate.Policy) (gate.Policy, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return gate.Policy{}, exit.Usagef("reading the policy: %w", err)
	}
	_, err = decodeOver(name, data, reflect.ValueOf(&policy).Elem(), &policy)
	return policy, exit.UsageError(err)
}

// outOfRange says what is wrong with a value that the enum or min tag of its
// field does not accept, and nothing about any other.
func outOfRange(tag reflect.StructTag, v reflect.Value) string {
	if list, ok := tag.Lookup("enum"); ok {
		return notIn(words[list], v)
	}
	least, ok := tag.Lookup("min")
	if !ok {
		return ""
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		if bound, _ := time.ParseDuration(least); v.Int() < int64(bound) {
			return fmt.Sprintf("%v is too short; use %v or more", v, bound)
		}
		return ""
	}
	if bound, _ := parseInt(least); v.Int() < bound {
		return fmt.Sprintf("%v is too small; use %v or more", v, bound)
	}
	return ""
}

// notIn says what is wrong with a word, or a list of words, outside known.
func notIn(known []string, v reflect.Value) string {
	if v.Kind() == reflect.Slice {
		if v.Len() == 0 {
			return "the list is empty; " + choose(known)
		}
		for i := range v.Len() {
			if problem := notIn(known, v.Index(i)); problem != "" {
				return problem
			}
		}
		return ""
	}
	return Unknown(v.String(), known)
}

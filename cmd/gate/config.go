package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/gate"
)

// defaultConfigFile is read from the working directory when --config names no
// other.
const defaultConfigFile = "perf-gate.yaml"

// config is what a user can set: in perf-gate.yaml under these keys, and by
// flags of the same names. Flags override the file, the file the defaults. An
// enum tag lists the accepted words, a min tag the least accepted value, and a
// flag tag names the flag where the key is another word.
//
// docs/perf-gate.schema.json describes the file to editors.
type config struct {
	Cluster string `yaml:"cluster" enum:"auto,simulation,local,kind,existing"`
	// ControlPlane says which sessions of a local cluster share one.
	ControlPlane string `yaml:"control-plane" enum:"session,arm,shared"`
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
	Suites     []string `yaml:"suites" flag:"suite" enum:"crud,graph,cel"`
	Profile    string   `yaml:"profile" enum:"quick,standard,full"`
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
	Pprof []string `yaml:"pprof" enum:"cpu,heap"`
	// Out is the directory of the run; empty means a new one in results.
	Out string `yaml:"out"`
	// Timeout bounds the run; 0 means that nothing does.
	Timeout time.Duration `yaml:"timeout" min:"1s"`
	Policy  gate.Policy   `yaml:"policy"`
}

// defaultConfig is what holds without a file and without flags.
func defaultConfig() config {
	return config{
		Cluster: "auto", ControlPlane: "session",
		Suites:  []string{"crud", "graph", "cel"},
		Profile: "quick",
		Confirm: true,
		Seed:    1,
		Policy:  gate.DefaultPolicy(),
	}
}

// readConfig overlays cfg, to which cmd's flags are bound, with what the
// configuration file sets and no flag of cmd does, and checks the flags.
func (a *app) readConfig(cmd *cobra.Command, cfg *config) error {
	file := defaultConfig()
	set, err := a.readConfigFile(&file)
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
		if cmd.Flags().Changed(flag) {
			if problem := outOfRange(field.Tag, to.Field(i)); problem != "" {
				return exit.Usagef("--%s: %s", flag, problem)
			}
		} else if set[key] {
			to.Field(i).Set(from.Field(i))
		}
	}
	return nil
}

// readConfigFile decodes the configuration file into cfg and returns the keys
// that it sets. Only a file that was asked for by name has to exist.
func (a *app) readConfigFile(cfg *config) (set map[string]bool, err error) {
	name := a.configFile
	if name == "" {
		name = defaultConfigFile
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && a.configFile == "" {
		return nil, nil
	}
	if err != nil {
		return nil, exit.Usagef("reading the configuration: %w", err)
	}
	set, err = decodeConfig(name, data, cfg)
	return set, exit.UsageError(err)
}

// decodeConfig overlays cfg with data, the content of the file called name, and
// returns the top-level keys that data sets.
func decodeConfig(name string, data []byte, cfg *config) (set map[string]bool, err error) {
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

// readPolicy returns the policy that decides: the one in the file called name,
// which holds just the mapping that perf-gate.yaml has under policy; without a
// name, the one of the configuration. What they leave open is as by default.
func (a *app) readPolicy(name string) (gate.Policy, error) {
	if name == "" {
		cfg := defaultConfig()
		_, err := a.readConfigFile(&cfg)
		return cfg.Policy, err
	}
	return readPolicyFile(name, gate.DefaultPolicy())
}

// readPolicyFile overlays a policy with the one in the file called name.
func readPolicyFile(name string, policy gate.Policy) (gate.Policy, error) {
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
		return notIn(words(list), v)
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
			return "the list is empty; " + choices(known)
		}
		for i := range v.Len() {
			if problem := notIn(known, v.Index(i)); problem != "" {
				return problem
			}
		}
		return ""
	}
	if slices.Contains(known, v.String()) {
		return ""
	}
	return fmt.Sprintf("%q is not known%s; %s", v, didYouMean(v.String(), known), choices(known))
}

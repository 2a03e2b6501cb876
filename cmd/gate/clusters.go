package main

import (
	"fmt"
	"os"

	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/cluster/simulation"
	"github.com/kro/perf-gate/bench/meter"
)

// cluster returns the cluster of a name; a new one is a case here.
func (a *app) cluster(name string) (cluster.Cluster, error) {
	switch name {
	case "simulation":
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("cannot start the simulated API server: %w", err)
		}
		return simulation.Cluster{
			Command: []string{self, simulateCommand},
			Agent:   meter.GatePrefix + "/" + version(),
		}, nil
	}
	return nil, fmt.Errorf("cluster %q: there is simulation", name)
}

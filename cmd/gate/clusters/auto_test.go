package clusters

import (
	"errors"
	"testing"
)

func TestPick(t *testing.T) {
	none := errors.New("no control plane here")
	dead := errors.New("docker info says nothing")
	for _, test := range []struct {
		cpus              int
		noDocker, noPlane error
		name, why         string
	}{
		{4, nil, none, "kind", "Docker works and there are 4 CPUs"},
		{2, nil, nil, "local", "kind needs Docker and 4 CPUs, but there are 2; kube-apiserver and etcd come from make control-plane"},
		{64, dead, nil, "local", "kind needs Docker and 4 CPUs, but docker info says nothing; kube-apiserver and etcd come from make control-plane"},
		{2, nil, none, "simulation", "kind needs Docker and 4 CPUs, but there are 2; no control plane here"},
		{2, dead, none, "simulation", "kind needs Docker and 4 CPUs, but docker info says nothing; no control plane here"},
	} {
		name, why := pick(test.cpus, test.noDocker, "make control-plane", test.noPlane)
		if name != test.name || why != test.why {
			t.Errorf("pick(%d, %v, %v) = %s, %q; want %s, %q", test.cpus, test.noDocker, test.noPlane, name, why, test.name, test.why)
		}
	}
}

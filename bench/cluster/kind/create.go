package kind

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
	kindcluster "sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/exec"

	"github.com/kro/perf-gate/bench/process"
)

// readyTimeout limits the time until a new cluster is ready.
const readyTimeout = 3 * time.Minute

// The paths of the audit policy and the audit log in a node.
const (
	policyPath = "/etc/kubernetes/perf-gate/audit-policy.yaml"
	auditDir   = "/var/log/kubernetes/perf-gate"
	auditLog   = auditDir + "/audit.log"
)

// create creates the cluster. If it fails, it leaves nothing behind.
func (c *Cluster) create(ctx context.Context) error {
	policy := filepath.Join(c.dir, "audit-policy.yaml")
	if err := os.WriteFile(policy, []byte(auditPolicy), 0o644); err != nil {
		return err
	}
	policy, err := filepath.Abs(policy)
	if err != nil {
		return err
	}
	options := []kindcluster.CreateOption{
		kindcluster.CreateWithV1Alpha4Config(clusterConfig(policy)),
		kindcluster.CreateWithKubeconfigPath(c.kubeconfig),
		kindcluster.CreateWithWaitForReady(readyTimeout),
		kindcluster.CreateWithDisplayUsage(false), kindcluster.CreateWithDisplaySalutation(false),
	}
	if c.NodeImage != "" {
		options = append(options, kindcluster.CreateWithNodeImage(c.NodeImage))
	}
	c.created = true // from now on there may be something to delete
	created := make(chan error, 1)
	go func() { created <- c.provider.Create(c.name, options...) }() // it takes no context
	select {
	case err = <-created: // kind deletes what failed
	case <-ctx.Done():
		return errors.Join(context.Cause(ctx), c.abandon(created))
	}
	if err != nil && ctx.Err() != nil { // Ctrl-C reaches the commands that kind runs, too
		return errors.Join(context.Cause(ctx), c.delete())
	}
	if err != nil {
		return errors.Join(c.explain(err), c.delete())
	}
	return nil
}

// abandonTimeout limits the wait for a creation that has no nodes yet, because it still
// pulls an image.
const abandonTimeout = 20 * time.Second

// abandon deletes the nodes of a running creation as they appear, which makes it fail.
func (c *Cluster) abandon(created <-chan error) error {
	deadline := time.After(abandonTimeout)
	for {
		_ = c.provider.Delete(c.name, c.kubeconfig) // only the error of the last deletion counts
		select {
		case <-created:
			return c.delete()
		case <-deadline:
			return c.delete()
		case <-time.After(time.Second):
		}
	}
}

// explain adds to the error of a failed creation the command that failed, its output, and
// the end of kind's log.
func (c *Cluster) explain(err error) error {
	shown := fmt.Errorf("the kind cluster %s could not be created: %w", c.name, err)
	if run := exec.RunErrorForError(err); run != nil && len(run.Output) > 0 {
		// kubeadm writes hundreds of lines.
		output := filepath.Join(c.dir, "kind-command.log")
		if err := os.WriteFile(output, run.Output, 0o644); err != nil {
			return errors.Join(shown, err)
		}
		return fmt.Errorf("%w\n  %s\n%s\n%s", shown, run.PrettyCommand(), process.Tail(output), process.Tail(c.log))
	}
	return fmt.Errorf("%w\n%s", shown, process.Tail(c.log))
}

// clusterConfig returns a cluster of one node whose API server writes an audit log.
func clusterConfig(policy string) *v1alpha4.Cluster {
	return &v1alpha4.Cluster{
		TypeMeta: v1alpha4.TypeMeta{APIVersion: "kind.x-k8s.io/v1alpha4", Kind: "Cluster"},
		Nodes: []v1alpha4.Node{{
			Role:        v1alpha4.ControlPlaneRole,
			ExtraMounts: []v1alpha4.Mount{{HostPath: policy, ContainerPath: policyPath, Readonly: true}},
			// kind turns extraArgs into the form of the kubeadm that the node has.
			KubeadmConfigPatches: []string{`kind: ClusterConfiguration
apiServer:
  extraArgs:
    audit-policy-file: ` + policyPath + `
    audit-log-path: ` + auditLog + `
    audit-log-maxsize: "10000"
  extraVolumes:
  - name: audit-policy
    hostPath: ` + policyPath + `
    mountPath: ` + policyPath + `
    readOnly: true
    pathType: File
  - name: audit-log
    hostPath: ` + auditDir + `
    mountPath: ` + auditDir + `
    pathType: DirectoryOrCreate
`},
		}},
	}
}

// delete deletes the cluster, complete or not.
func (c *Cluster) delete() error {
	if err := c.provider.Delete(c.name, c.kubeconfig); err != nil {
		return fmt.Errorf("delete the kind cluster %s: %w; try again with gate clean", c.name, err)
	}
	c.created = false
	return nil
}

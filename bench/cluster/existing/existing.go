package existing

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/meter"
)

// Cluster is the cluster that a context of a kubeconfig names.
type Cluster struct {
	// Context is its name in the kubeconfig.
	Context string
	// Installed means that the run measures the KRO that is installed there.
	Installed bool

	config *rest.Config
	client kubernetes.Interface
}

var _ cluster.Cluster = (*Cluster)(nil)

// New reads the kubeconfig as kubectl does: the file at path, or else files, which is the
// value of the environment variable KUBECONFIG, or else ~/.kube/config. It uses the named
// context, or else the current one. agent is the user agent of the gate's client.
func New(path, files, context, agent string, installed bool) (*Cluster, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = path
	if files != "" {
		rules.Precedence = strings.FieldsFunc(files, func(r rune) bool { return r == filepath.ListSeparator })
	}
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: context})
	raw, err := loader.RawConfig()
	if err != nil {
		return nil, err
	}
	if context == "" {
		context = raw.CurrentContext
	}
	if context == "" {
		return nil, errors.New("no kubeconfig names a current context: give one with --kubeconfig and --context")
	}
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("context %q of the kubeconfig: %w", context, err)
	}
	config.UserAgent, config.QPS = agent, -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return &Cluster{Context: context, Installed: installed, config: config, client: client}, nil
}

// Server returns the address of the cluster's API.
func (c *Cluster) Server() string { return c.config.Host }

// Local reports whether the cluster's API is on this machine.
func (c *Cluster) Local() bool {
	host := c.config.Host
	if u, err := url.Parse(host); err == nil && u.Host != "" {
		host = u.Hostname()
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Config returns the configuration of the gate's own client.
func (c *Cluster) Config() *rest.Config { return rest.CopyConfig(c.config) }

// Open checks that the cluster answers and that a run has the permissions it needs.
func (c *Cluster) Open(ctx context.Context, _ string) (kubernetes string, err error) {
	version, err := c.client.Discovery().ServerVersion()
	if err != nil {
		return "", fmt.Errorf("the cluster of context %q at %s does not answer: %w", c.Context, c.Server(), err)
	}
	permissions := append(needed[:len(needed):len(needed)], neededToDeploy...)
	if c.Installed {
		permissions = append(needed[:len(needed):len(needed)], neededForInstalled...)
	}
	lacking, err := missing(ctx, c.client, permissions)
	if err != nil {
		return "", err
	}
	if len(lacking) > 0 {
		return "", fmt.Errorf("the user of context %q lacks the permissions: %s", c.Context, strings.Join(lacking, "; "))
	}
	if c.Installed {
		return version.GitVersion, nil
	}
	return version.GitVersion, c.checkVacant(ctx)
}

// checkVacant checks that the cluster has no KRO, except one that a run has left.
func (c *Cluster) checkVacant(ctx context.Context) error {
	client, err := dynamic.NewForConfig(c.config)
	if err != nil {
		return err
	}
	installed, err := cluster.Installed(ctx, client)
	if err == nil && installed {
		err = fmt.Errorf("the cluster of context %q already has a KRO: measure it with --head installed, or use another cluster", c.Context)
	}
	return err
}

// Close does nothing: each session deletes what it created.
func (c *Cluster) Close() error { return nil }

// Start cleans the cluster and returns its API.
func (c *Cluster) Start(ctx context.Context, _ cluster.Session) (cluster.API, error) {
	if err := c.clean(ctx); err != nil {
		return nil, err
	}
	return api{cluster.Watch(fmt.Sprintf("the API of context %q", c.Context), c.client.Discovery().RESTClient()), c}, nil
}

func (c *Cluster) clean(ctx context.Context) error {
	if err := cluster.Clean(ctx, c.config, cluster.WithControllers); err != nil {
		return fmt.Errorf("cleaning the cluster of context %q: %w", c.Context, err)
	}
	return nil
}

// An api is the API of the cluster for the length of a session.
type api struct {
	*cluster.Watchdog
	cluster *Cluster
}

var _ cluster.Inside = api{}

func (a api) Config() *rest.Config { return a.cluster.Config() }

func (a api) Kubeconfig() string { return "" }

func (a api) Counter() meter.Counter { return nil }

func (a api) Writes() func(context.Context) (float64, error) { return nil }

// Processes returns the pod of a KRO that the run deployed. It has no usage without the
// permission to ask the kubelet.
func (a api) Processes() map[string]cluster.Usage {
	if a.cluster.Installed {
		return nil
	}
	k := &kubelet{client: a.cluster.client, namespace: cluster.KRONamespace}
	return map[string]cluster.Usage{"controller": k.usage}
}

// Stop cleans the cluster, unless it ended during the session. The next session cleans it
// then.
func (a api) Stop() error {
	a.Watchdog.Stop()
	if a.Ended() != nil {
		return nil
	}
	return a.cluster.clean(context.Background())
}

// LoadImage returns a reference for the nodes to pull, because nothing else can bring an
// image to them.
func (a api) LoadImage(_ context.Context, _, _, reference string) (string, error) {
	if reference == "" {
		return "", fmt.Errorf("the nodes of context %q can run only an image that they can pull: name one with image:REFERENCE", a.cluster.Context)
	}
	return reference, nil
}

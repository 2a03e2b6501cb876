package existing

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"time"

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
	// Installed says that the KRO is measured that runs there.
	Installed bool

	config *rest.Config
	client kubernetes.Interface
}

var _ cluster.Cluster = (*Cluster)(nil)

// New reads the kubeconfig as kubectl does: the file path if it is not empty,
// else those in the environment variable KUBECONFIG, whose value is files, else
// ~/.kube/config; and of it the named context, or the current one. agent is the
// user agent of the gate's client.
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

// Server is the address of the cluster's API.
func (c *Cluster) Server() string { return c.config.Host }

// Local tells whether the cluster's API is on this machine.
func (c *Cluster) Local() bool {
	host := c.config.Host
	if u, err := url.Parse(host); err == nil && u.Host != "" {
		host = u.Hostname()
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Open checks that the cluster answers and allows what a run does.
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
		return "", fmt.Errorf("the user of context %q may not: %s", c.Context, strings.Join(lacking, "; "))
	}
	return version.GitVersion, nil
}

// Close has nothing to do: each session removes what it made.
func (c *Cluster) Close() error { return nil }

// Start removes what a run that was killed has left.
func (c *Cluster) Start(ctx context.Context, _ cluster.Session) (cluster.Place, error) {
	if err := c.clean(ctx); err != nil {
		return nil, err
	}
	p := &place{cluster: c, done: make(chan struct{}), stopped: make(chan struct{})}
	go p.watch()
	return p, nil
}

func (c *Cluster) clean(ctx context.Context) error {
	if err := cluster.Clean(ctx, c.config, cluster.WithControllers); err != nil {
		return fmt.Errorf("cleaning the cluster of context %q: %w", c.Context, err)
	}
	return nil
}

// A place is the cluster for the length of a session.
type place struct {
	cluster *Cluster
	done    chan struct{} // closed when the API has not answered for a while
	stopped chan struct{}
	err     error // why; valid after done
}

// watchInterval and patience: an API that does not answer for some seconds has
// spoiled what is being measured.
const (
	watchInterval = time.Second
	patience      = 5
)

func (p *place) watch() {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for failures := 0; ; {
		select {
		case <-p.stopped:
			return
		case <-ticker.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), watchInterval)
		_, err := p.cluster.client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Raw()
		cancel()
		if err == nil {
			failures = 0
			continue
		}
		if failures++; failures == patience {
			p.err = fmt.Errorf("the API of context %q did not answer for %s: %w", p.cluster.Context, patience*watchInterval, err)
			close(p.done)
			return
		}
	}
}

func (p *place) Config() *rest.Config { return rest.CopyConfig(p.cluster.config) }

func (p *place) Kubeconfig() string { return "" }

func (p *place) Counter() meter.Counter { return nil }

func (p *place) Writes() func(context.Context) (float64, error) { return nil }

func (p *place) Processes() map[string]cluster.Usage { return nil }

func (p *place) Done() <-chan struct{} { return p.done }

func (p *place) Ended() error {
	select {
	case <-p.done:
		return p.err
	default:
		return nil
	}
}

func (p *place) Stop() error {
	close(p.stopped)
	if p.Ended() != nil {
		return nil // its end was the session's
	}
	return p.cluster.clean(context.Background())
}

// Load fails: only the cluster itself can get images to its nodes.
func (p *place) Load(context.Context, string) error {
	return fmt.Errorf("nothing can load an image into the nodes of context %q: name an image that they can pull, image:REFERENCE", p.cluster.Context)
}

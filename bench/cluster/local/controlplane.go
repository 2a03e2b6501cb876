package local

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/cert"

	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/process"
)

// startTimeout is much longer than the few seconds of a start.
const startTimeout = 2 * time.Minute

// A controlPlane is a running etcd, API server and proxy.
type controlPlane struct {
	etcd, apiserver, proxy *process.Process
	etcdURL, proxyURL      string
	kubeconfig             string // to the proxy
	agent, data            string
	done                   chan struct{} // closed when any of the three has ended
}

// start starts a control plane with its files in dir. Its data is removed when it is stopped,
// or when the next one starts there.
func (c *Cluster) start(ctx context.Context, dir string) (_ *controlPlane, err error) {
	data := filepath.Join(dir, "etcd")
	if err := os.RemoveAll(data); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	addresses, err := process.FreeAddresses(4)
	if err != nil {
		return nil, err
	}
	etcd, peer, secure, listen := addresses[0], addresses[1], addresses[2], addresses[3]
	p := &controlPlane{
		etcdURL: "http://" + etcd, proxyURL: "http://" + listen, kubeconfig: filepath.Join(dir, "kubeconfig"),
		agent: c.Agent, data: data, done: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			p.stop()
		}
	}()
	p.etcd, err = process.Start(ctx, process.Spec{
		Name: "etcd", Path: c.Binaries.Etcd, Env: []string{}, Log: filepath.Join(dir, "etcd.log"),
		Args: []string{
			"--data-dir=" + data, "--unsafe-no-fsync",
			"--listen-client-urls=" + p.etcdURL, "--advertise-client-urls=" + p.etcdURL,
			"--listen-peer-urls=http://" + peer, "--initial-advertise-peer-urls=http://" + peer,
			"--initial-cluster=default=http://" + peer, "--logger=zap", "--log-level=warn",
		},
	})
	if err != nil {
		return nil, err
	}
	if err := p.etcd.WaitReady(ctx, p.etcdURL+"/health", startTimeout); err != nil {
		return nil, err
	}
	admin, err := writeCredentials(dir, secure)
	if err != nil {
		return nil, err
	}
	host, port, _ := net.SplitHostPort(secure)
	p.apiserver, err = process.Start(ctx, process.Spec{
		Name: "kube-apiserver", Path: c.Binaries.APIServer, Env: []string{}, Log: filepath.Join(dir, "kube-apiserver.log"),
		Args: []string{
			"--etcd-servers=" + p.etcdURL, "--bind-address=" + host, "--advertise-address=" + host, "--secure-port=" + port,
			"--service-cluster-ip-range=10.0.0.0/24", "--allow-privileged=true",
			"--tls-cert-file=" + filepath.Join(dir, certFile), "--tls-private-key-file=" + filepath.Join(dir, keyFile),
			"--service-account-issuer=https://perf-gate.invalid/",
			"--service-account-key-file=" + filepath.Join(dir, keyFile), "--service-account-signing-key-file=" + filepath.Join(dir, keyFile),
			"--token-auth-file=" + filepath.Join(dir, tokenFile), "--authorization-mode=RBAC",
			"--disable-admission-plugins=ServiceAccount", // nobody creates the accounts
			// No writes of its own. The second feature needs the first, which has leases.
			"--feature-gates=APIServerIdentity=false,UnknownVersionInteroperabilityProxy=false",
			"--endpoint-reconciler-type=none", "--etcd-compaction-interval=0",
		},
	})
	if err != nil {
		return nil, err
	}
	p.proxy, err = process.Start(ctx, process.Spec{
		Name: "the counting proxy", Path: c.Proxy[0], Lifeline: true, Log: filepath.Join(dir, "proxy.log"),
		Args: append(append([]string(nil), c.Proxy[1:]...), "--listen", listen, "--kubeconfig", admin),
	})
	if err != nil {
		return nil, err
	}
	go p.watch()
	if err := p.waitReady(ctx); err != nil {
		return nil, err
	}
	return p, cluster.WriteKubeconfig(p.kubeconfig, p.proxyURL)
}

const (
	certFile  = "apiserver.crt"
	keyFile   = "apiserver.key"
	tokenFile = "tokens.csv"
)

// writeCredentials writes the certificate, key and token file of the API server at an address,
// and its administrator's kubeconfig. It returns the path of the latter.
func writeCredentials(dir, address string) (kubeconfig string, err error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	certificate, key, err := cert.GenerateSelfSignedCertKey(host, []net.IP{net.ParseIP(host)}, nil)
	if err != nil {
		return "", err
	}
	token := rand.Text()
	for name, content := range map[string][]byte{
		certFile:  certificate,
		keyFile:   key,
		tokenFile: fmt.Appendf(nil, "%s,admin,admin,system:masters\n", token),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return "", err
		}
	}
	const name = "local"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: "https://" + address, CertificateAuthorityData: certificate}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	kubeconfig = filepath.Join(dir, "admin.kubeconfig")
	return kubeconfig, clientcmd.WriteToFile(*config, kubeconfig)
}

// waitReady waits until the API server answers through the proxy. If one of the processes ends
// first, it returns an error.
func (p *controlPlane) waitReady(ctx context.Context) error {
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-p.done:
			cancel()
		case <-waiting.Done():
		}
	}()
	err := p.proxy.WaitReady(waiting, p.proxyURL+"/readyz", startTimeout)
	if ended := p.ended(); err != nil && ended != nil && ctx.Err() == nil {
		return ended
	}
	return err
}

func (p *controlPlane) watch() {
	defer close(p.done)
	select {
	case <-p.etcd.Done():
	case <-p.apiserver.Done():
	case <-p.proxy.Done():
	}
}

// ended returns an error for the process that ended, or nil while all run. It looks at etcd
// first, because the others do not outlive it for long.
func (p *controlPlane) ended() error {
	for _, child := range []*process.Process{p.etcd, p.apiserver, p.proxy} {
		if err := child.Exited(); err != nil {
			return err
		}
	}
	return nil
}

// stop kills the processes, because their data is not kept.
func (p *controlPlane) stop() {
	for _, child := range []*process.Process{p.proxy, p.apiserver, p.etcd} {
		if child != nil {
			child.Kill()
		}
	}
	_ = os.RemoveAll(p.data) // a leftover only takes up disk space
}

// config returns the configuration of the gate's own client.
func (p *controlPlane) config() *rest.Config {
	return cluster.ClientConfig(p.proxyURL, p.agent)
}

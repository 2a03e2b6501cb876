package local

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/cluster/proxy"
	"github.com/kro/perf-gate/bench/meter"
)

// proxyArg makes the test binary run the counting proxy.
const proxyArg = "proxy-of-the-test"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == proxyArg {
		flags := flag.NewFlagSet("", flag.ExitOnError)
		listen, kubeconfig := flags.String("listen", "", ""), flags.String("kubeconfig", "", "")
		_ = flags.Parse(os.Args[2:])
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if err := proxy.Serve(ctx, *listen, *kubeconfig, os.Stderr); err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// open returns a cluster of the real programs.
func open(t testing.TB, sharing bench.ControlPlane) *Cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a control plane")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	binaries, err := Find(os.Getenv("KUBEBUILDER_ASSETS"), "", filepath.Join(cache, "perf-gate"))
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &Cluster{Binaries: binaries, Sharing: sharing, Proxy: []string{self, proxyArg}, Agent: meter.GatePrefix + "/test"}
	version, err := c.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(version, "v1.") {
		t.Errorf("version %q", version)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func start(t testing.TB, c *Cluster, arm bench.Arm) cluster.API {
	t.Helper()
	p, err := c.Start(context.Background(), cluster.Session{Arm: arm, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Stop() })
	return p
}

func configMap(name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: map[string]string{"key": "value"}}
}

// The proxy and etcd count every request and write of a controller, and its watches are not
// delayed.
func TestCountsAreExact(t *testing.T) {
	p := start(t, open(t, bench.PerSession), bench.Base)
	config, err := clientcmd.BuildConfigFromFlags("", p.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	config.UserAgent = "controller"
	client := kubernetes.NewForConfigOrDie(config).CoreV1().ConfigMaps("default")
	written := func() float64 {
		n, err := p.Writes()(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}

	before := settled(written)
	events, err := client.Watch(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one", "two", "three"} {
		if _, err := client.Create(t.Context(), configMap(name), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		select {
		case <-events.ResultChan():
		case <-time.After(5 * time.Second):
			t.Fatalf("no event of %s", name)
		}
	}
	if _, err := client.Get(t.Context(), "missing", metav1.GetOptions{}); err == nil {
		t.Error("there is something missing")
	}
	if got := written() - before; got != 3 {
		t.Errorf("%v writes, want 3", got)
	}
	counts, err := p.Counter().Requests(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]int64)
	for _, c := range counts {
		if c.UserAgent == "controller" {
			got[c.Verb+" "+c.Resource] += c.Count
			if c.Verb != "watch" && c.ReceivedB == 0 {
				t.Errorf("no bytes received by %+v", c)
			}
		}
	}
	if len(got) != 3 || got["create configmaps"] != 3 || got["get configmaps"] != 1 || got["watch configmaps"] != 1 {
		t.Errorf("counted %v", got)
	}
	for _, name := range []string{"apiserver", "etcd", "proxy"} {
		usage, err := p.Processes()[name]()
		if err != nil || usage.CPUSeconds <= 0 || usage.ResidentB == 0 {
			t.Errorf("%s used %+v, %v", name, usage, err)
		}
	}

	// The API server would renew leases of its own every 10 s.
	before = written()
	time.Sleep(11 * time.Second)
	if got := written() - before; got != 0 {
		t.Errorf("%v writes of nobody", got)
	}
}

// settled waits until a fresh API server has done the writes right after it becomes ready.
func settled(written func() float64) float64 {
	for before := written(); ; {
		time.Sleep(2 * time.Second)
		now := written()
		if now == before {
			return now
		}
		before = now
	}
}

func TestEndOfEachProcessEndsTheAPI(t *testing.T) {
	c := open(t, bench.PerSession)
	for name, kill := range map[string]func(*controlPlane){
		"etcd":               func(p *controlPlane) { p.etcd.Kill() },
		"kube-apiserver":     func(p *controlPlane) { p.apiserver.Kill() },
		"the counting proxy": func(p *controlPlane) { p.proxy.Kill() },
	} {
		p := start(t, c, bench.Base)
		kill(p.(api).controlPlane)
		<-p.Done()
		if err := p.Ended(); err == nil || !strings.HasPrefix(err.Error(), name+" ended by itself (signal: killed)") {
			t.Errorf("after the end of %s: %v", name, err)
		}
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	}
}

// A session leaves nothing to the next on the same control plane, not even objects whose
// finalizers nobody removes. After the control plane has died, the next session gets a new one.
func TestSharedControlPlane(t *testing.T) {
	c := open(t, bench.PerArm)
	first := start(t, c, bench.Base)
	leave(t, first.Config())
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	second := start(t, c, bench.Base)
	if second.Config().Host != first.Config().Host {
		t.Error("sessions of one arm have two control planes")
	}
	leave(t, second.Config()) // would conflict with what the first session left
	if head := start(t, c, bench.Head); head.Config().Host == first.Config().Host {
		t.Error("the arms share a control plane")
	}
	second.(api).apiserver.Kill()
	<-second.Done()
	if third := start(t, c, bench.Base); third.Config().Host == first.Config().Host {
		t.Error("a dead control plane is given to the next session")
	}
}

func TestStartOfACrash(t *testing.T) {
	c := open(t, bench.PerSession)
	c.Binaries.APIServer = filepath.Join(t.TempDir(), "kube-apiserver")
	if err := os.WriteFile(c.Binaries.APIServer, []byte("#!/bin/sh\necho no such flag >&2; exit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := c.Start(t.Context(), cluster.Session{Dir: t.TempDir()})
	if err == nil {
		t.Fatal("it started")
	}
	for _, want := range []string{"kube-apiserver ended by itself (exit status 3)", "--etcd-servers=", "| no such flag"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
}

func BenchmarkGet(b *testing.B) {
	c := open(b, bench.PerSession)
	p := start(b, c, bench.Base)
	direct, err := clientcmd.BuildConfigFromFlags("", filepath.Join(filepath.Dir(p.Kubeconfig()), "admin.kubeconfig"))
	if err != nil {
		b.Fatal(err)
	}
	client := func(config *rest.Config) *kubernetes.Clientset {
		config = rest.CopyConfig(config)
		config.QPS = -1
		return kubernetes.NewForConfigOrDie(config)
	}
	if _, err := client(direct).CoreV1().ConfigMaps("default").Create(b.Context(), configMap("one"), metav1.CreateOptions{}); err != nil {
		b.Fatal(err)
	}
	for name, config := range map[string]*rest.Config{"direct": direct, "proxied": p.Config()} {
		b.Run(name, func(b *testing.B) {
			maps := client(config).CoreV1().ConfigMaps("default")
			before, _ := p.Processes()["proxy"]()
			for b.Loop() {
				if _, err := maps.Get(b.Context(), "one", metav1.GetOptions{}); err != nil {
					b.Fatal(err)
				}
			}
			after, _ := p.Processes()["proxy"]()
			b.ReportMetric((after.CPUSeconds-before.CPUSeconds)*1e6/float64(b.N), "proxy-cpu-µs/op")
		})
	}
}

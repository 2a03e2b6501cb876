package runner

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster/local"
	"github.com/kro/perf-gate/bench/cluster/proxy"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/process"
	"github.com/kro/perf-gate/bench/workload"
)

var (
	burner  = flag.String("kube-burner", "", "the kube-burner to compare with")
	rewrite = flag.Bool("update", false, "rewrite the table in docs/kube-burner.md")
)

// burnerDoc is the page with the comparison.
const burnerDoc = "../../docs/kube-burner.md"

// proxyArg makes the test binary run the counting proxy.
const proxyArg = "proxy-of-the-test"

func TestMain(m *testing.M) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var err error
	switch {
	case len(os.Args) > 1 && os.Args[1] == proxyArg:
		flags := flag.NewFlagSet("", flag.ExitOnError)
		listen, kubeconfig := flags.String("listen", "", ""), flags.String("kubeconfig", "", "")
		_ = flags.Parse(os.Args[2:])
		err = proxy.Serve(ctx, *listen, *kubeconfig, os.Stderr)
	case len(os.Args) > 1 && os.Args[1] == burstArg:
		err = runBurst(ctx, os.Args[2], os.Stdout)
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// burnerRounds is the number of times that each client does each piece of work, in turn.
const burnerRounds = 5

// works are the same for both clients. perf-gate has as many requests in flight as the crud
// suite's way of creating needs: all instances, each until it is ACTIVE, or enough to keep
// two cores busy.
var works = []work{
	{N: 2000, Workers: 16},
	{N: 200, Workers: 200, Instances: true},
}

// TestKubeBurner lets kube-burner and the suites' own client create the same objects on one
// control plane, in turn.
func TestKubeBurner(t *testing.T) {
	if *burner == "" {
		t.Skip("make compare-kube-burner runs it")
	}
	stage, r := burnerStage(t)
	kubeconfig := stage.api.Kubeconfig()
	clients := []client{
		perfGate(burst{
			Server: stage.api.Config().Host, Metrics: stage.controller.Metrics().URL,
			PID: stage.controller.(interface{ PID() int }).PID(), Window: settleWindow(r.Builds),
		}),
		kubeBurner(*burner, kubeconfig, t.TempDir()),
	}
	figures := make(map[string][]figure)
	namespaces := 0
	for _, w := range works {
		for round := range burnerRounds {
			order := slices.Clone(clients)
			if round%2 == 1 {
				slices.Reverse(order)
			}
			for _, c := range order {
				namespaces++
				f := compare(t, stage, r, c, &clientRun{Work: w, Namespace: fmt.Sprintf("compare-%02d", namespaces)})
				t.Logf("%s, %s: %+v", w, c.name, f)
				figures[key(w, c.name)] = append(figures[key(w, c.name)], f)
			}
		}
	}
	table := burnerTable(figures)
	t.Log("\n" + table)
	if *rewrite {
		page, err := os.ReadFile(burnerDoc)
		if err != nil {
			t.Fatal(err)
		}
		between := regexp.MustCompile(`(?s)(<!-- table -->\n).*(<!-- end -->)`)
		page = between.ReplaceAll(page, []byte("${1}"+table+"${2}"))
		if err := os.WriteFile(burnerDoc, page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// burnerStage returns the stage of a session of the quick profile, with the kind that both
// clients work on.
func burnerStage(t *testing.T) (*stage, *Runner) {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache = filepath.Join(cache, "perf-gate")
	binaries, err := local.Find(os.Getenv("KUBEBUILDER_ASSETS"), "", cache)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ref, err := kro.Parse(t.Context(), kro.Known[len(kro.Known)-1])
	if err != nil {
		t.Fatal(err)
	}
	build, err := kro.Builder{Cache: cache}.Build(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := Settings(bench.Plan{Profile: string(workload.Quick)})
	if err != nil {
		t.Fatal(err)
	}
	if build, err = build.With(settings); err != nil {
		t.Fatal(err)
	}
	c := &local.Cluster{Binaries: binaries, Proxy: []string{self, proxyArg}, Agent: meter.GatePrefix + "/test"}
	if _, err := c.Open(t.Context(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	r := &Runner{Cluster: c, Builds: map[bench.Arm]*kro.Build{bench.Base: build}, Timeout: time.Minute, Dir: t.TempDir()}
	s, err := r.start(context.Background(), 0, bench.Base)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = s.controller.Stop(), s.api.Stop() })
	lab, err := newLab(burst{
		clientRun: clientRun{Namespace: "compare-00"}, Server: s.api.Config().Host, Metrics: s.controller.Metrics().URL,
		PID: s.controller.(interface{ PID() int }).PID(), Window: settleWindow(r.Builds),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := lab.Prepare(t.Context(), []workload.Scenario{compared}); err != nil {
		t.Fatal(err)
	}
	return s, r
}

// A figure is what one client needed for one piece of work.
type figure struct {
	PerSecond      float64 // objects, from the first to the last, as a third party saw them
	CPU, CPUAtWork float64 // milliseconds per object: of the whole process; from its first request on
	Median, P99    float64 // milliseconds, where the client reports them
	Deviation      float64 // milliseconds, of its latest outcome from what the third party saw
	Elapsed        string  // the time that kube-burner reports
}

// compare lets a client do its work in a new namespace, and cleans up.
func compare(t *testing.T, s *stage, r *Runner, c client, run *clientRun) figure {
	t.Helper()
	ctx := t.Context()
	resource, done := configMaps, func(*unstructured.Unstructured) bool { return true }
	if run.Work.Instances {
		resource = instances
		done = func(u *unstructured.Unstructured) bool {
			state, _, _ := unstructured.NestedString(u.Object, "status", "state")
			return state == "ACTIVE"
		}
	}
	o, err := observe(ctx, s.client, run.Namespace, resource, run.Work.N, done)
	if err != nil {
		t.Fatal(err)
	}
	defer o.stop()
	starting := make(chan float64, 1)
	err = c.run(ctx, run, func(pid int) {
		go func() {
			<-o.begun
			u, _ := process.UsageOf(pid)
			starting <- u.CPUSeconds
		}()
	})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-o.all:
	case <-time.After(time.Minute):
		t.Fatalf("%s: %s of %s: the third party saw %s", c.name, run.Work, run.Namespace, o)
	}
	n := float64(run.Work.N)
	f := figure{
		PerSecond: n / o.seconds(), CPU: 1000 * run.CPU / n, CPUAtWork: 1000 * (run.CPU - <-starting) / n,
		Median: 1000 * run.Result.Metrics[bench.ReadyP50Sec], P99: 1000 * run.Result.Metrics[bench.ReadyP99Sec],
		Elapsed: run.Elapsed,
	}
	for name, outcome := range run.Outcomes {
		f.Deviation = max(f.Deviation, 1000*outcome.Received.Sub(o.done[name]).Abs().Seconds())
	}
	objects := s.client.Resource(resource).Namespace(run.Namespace)
	if err := objects.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
		t.Fatal(err)
	}
	for {
		left, err := objects.List(ctx, metav1.ListOptions{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if len(left.Items) == 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err := s.api.Counter().Quiet(ctx, settleWindow(r.Builds), time.Minute); err != nil {
		t.Fatal(err)
	}
	return f
}

func (w work) String() string {
	if w.Instances {
		return fmt.Sprintf("%d instances until ACTIVE", w.N)
	}
	return fmt.Sprintf("%d ConfigMaps", w.N)
}

func key(w work, client string) string { return w.String() + " " + client }

// burnerTable returns a table of the medians of the rounds, with their ranges.
func burnerTable(figures map[string][]figure) string {
	var b strings.Builder
	b.WriteString("| | perf-gate | kube-burner | ratio |\n|---|---|---|---|\n")
	for _, w := range works {
		ours, theirs := figures[key(w, "perf-gate")], figures[key(w, "kube-burner")]
		fmt.Fprintf(&b, "| **%s** | | | |\n", w)
		for _, row := range []struct {
			name string
			of   func(figure) float64
		}{
			{"objects per second", func(f figure) float64 { return f.PerSecond }},
			{"client CPU per object, ms", func(f figure) float64 { return f.CPU }},
			{"the same without start-up, ms", func(f figure) float64 { return f.CPUAtWork }},
		} {
			us, them := spread(ours, row.of), spread(theirs, row.of)
			fmt.Fprintf(&b, "| %s | %s | %s | %.2f |\n", row.name, us, them, us.median/them.median)
		}
		fmt.Fprintf(&b, "| median latency, ms | %s | none | |\n", spread(ours, func(f figure) float64 { return f.Median }))
		fmt.Fprintf(&b, "| 99th percentile, ms | %s | none | |\n", spread(ours, func(f figure) float64 { return f.P99 }))
		fmt.Fprintf(&b, "| furthest from what a third party saw, ms | %s | | |\n", spread(ours, func(f figure) float64 { return f.Deviation }))
		fmt.Fprintf(&b, "| elapsed time that it reports, first round | | %s | |\n", theirs[0].Elapsed)
	}
	return b.String()
}

// A spreading is a median with the minimum and the maximum.
type spreading struct{ least, median, most float64 }

func spread(figures []figure, of func(figure) float64) spreading {
	values := make([]float64, len(figures))
	for i, f := range figures {
		values[i] = of(f)
	}
	slices.Sort(values)
	return spreading{values[0], values[len(values)/2], values[len(values)-1]}
}

func (s spreading) String() string {
	show := func(v float64) string {
		if v >= 100 {
			return fmt.Sprintf("%.0f", v)
		}
		return fmt.Sprintf("%.3g", v)
	}
	return fmt.Sprintf("%s (%s to %s)", show(s.median), show(s.least), show(s.most))
}

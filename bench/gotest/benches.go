package gotest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/gobench"
)

// An Adapter is files with benchmarks that are laid over a tree: see package micro.
type Adapter struct {
	Name  string
	Files map[string][]byte // by path in the tree, with slashes
}

// Extra are benchmarks that are not the trees' own. They are the suite [bench.MicroSuite].
type Extra struct {
	// Adapters have the benchmarks. Of each tree, the first that compiles counts.
	Adapters []Adapter
	// Package is the directory in the tree with the benchmarks, and Benchmark the function
	// that has all of them.
	Package, Benchmark string
}

// A Request says what to measure.
type Request struct {
	// Trees are the source of each arm.
	Trees map[bench.Arm]*Tree
	// Dir is an empty directory for what is made.
	Dir string
	// Own selects the trees' own benchmarks, and Extra adds others if it is not nil.
	Own   bool
	Extra *Extra
	// Packages are patterns of the go command, and Bench is a regular expression as of go
	// test -bench. Both may be empty, for all.
	Packages []string
	Bench    string
	// Source is the arm whose test files both arms use. If it is empty, each uses its own.
	Source bench.Arm
	// Changed leaves out packages whose test program is the same in both arms.
	Changed bool
	// Limit leaves out benchmarks of which one iteration takes longer. 0 means no limit.
	Limit time.Duration
	// Progress receives lines about what happens.
	Progress func(line string)
}

// Benches are the benchmarks of both arms, ready to run.
type Benches struct {
	packages []*pkg
	// Benchmarks are those to measure: all that base has and, if there is no base, all.
	Benchmarks []bench.Benchmark
	// Notes are what a plan says of them.
	Notes bench.GoBenchmarks
	// Units describe the metrics that are not in the catalogue.
	Units map[string]bench.Unit
	// owner is the package and the name in it of each benchmark.
	owner map[string]owned
	// once is how long one iteration of all benchmarks of an arm takes, with what they
	// prepare.
	once time.Duration
}

type owned struct {
	*pkg
	name string
}

// A pkg is a package with its test program in each arm that has one.
type pkg struct {
	suite    string
	label    string
	programs map[bench.Arm]program
	digests  map[bench.Arm]string // of the programs and the files that they read
	tests    map[bench.Arm]string // of the test files
}

// Prepare finds and compiles the benchmarks, and runs each of them once.
func Prepare(ctx context.Context, r Request) (*Benches, error) {
	wanted, err := functions(r.Bench)
	if err != nil {
		return nil, err
	}
	b := &Benches{owner: map[string]owned{}, Units: map[string]bench.Unit{}}
	b.Notes.Broken = map[bench.Arm]map[string]string{}
	b.Notes.Packages, b.Notes.Bench, b.Notes.Source = r.Packages, r.Bench, r.Source
	if r.Own {
		if err := b.compile(ctx, r, wanted); err != nil {
			return nil, err
		}
	}
	if r.Extra != nil {
		if err := b.compileExtra(ctx, r); err != nil {
			return nil, err
		}
	}
	return b, b.list(ctx, r)
}

// compile finds the packages of each arm and compiles their test programs.
func (b *Benches) compile(ctx context.Context, r Request, wanted func(function string) bool) error {
	views, packages, err := r.look(ctx, wanted)
	if err != nil {
		return err
	}
	index := map[string]*pkg{}
	for _, arm := range bench.Arms {
		for i, p := range packages[arm] {
			label := views[arm].label(p.dir)
			r.Progress(fmt.Sprintf("compiling the benchmarks of %s: %s", arm, label))
			if index[label] == nil {
				index[label] = newPkg(bench.GoSuite, label)
				b.packages = append(b.packages, index[label])
			}
			file := filepath.Join(r.Dir, fmt.Sprintf("%s%03d.test", arm, i))
			err := views[arm].compile(ctx, p.dir, file)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err != nil {
				b.broken(arm, label, err)
				continue
			}
			if err := index[label].add(arm, views[arm], p, file); err != nil {
				return err
			}
		}
	}
	return nil
}

// compileExtra compiles the extra benchmarks with the first adapter that fits each tree.
func (b *Benches) compileExtra(ctx context.Context, r Request) error {
	p := newPkg(bench.MicroSuite, bench.MicroSuite)
	b.packages = append(b.packages, p)
	for _, arm := range bench.Arms {
		tree := r.Trees[arm]
		if tree == nil {
			continue
		}
		r.Progress(fmt.Sprintf("compiling the benchmarks of %s: %s", arm, p.label))
		file := filepath.Join(r.Dir, string(arm)+"-extra.test")
		broken, err := r.Extra.compile(ctx, tree, filepath.Join(r.Dir, string(arm)+"-extra"), file)
		if err != nil {
			return err
		}
		if broken != nil {
			b.broken(arm, p.label, broken)
			continue
		}
		p.programs[arm] = program{path: file, dir: tree.Copy}
		if p.digests[arm], err = digest([]string{file}); err != nil {
			return err
		}
	}
	return nil
}

// compile compiles the benchmarks with the first adapter that fits. If none does, broken is
// what the compiler says of the first. The files of the adapters are written below dir.
func (e *Extra) compile(ctx context.Context, t *Tree, dir, file string) (broken, err error) {
	for _, adapter := range e.Adapters {
		v, err := adapter.over(t, filepath.Join(dir, adapter.Name))
		if err != nil {
			return nil, err
		}
		said := v.compile(ctx, e.Package, file)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if said == nil {
			return nil, nil
		}
		broken = cmp.Or(broken, fmt.Errorf("with the files for %s: %w", adapter.Name, said))
	}
	return broken, nil
}

// over lays the files over a tree. They are written to the new directory dir.
func (a Adapter) over(t *Tree, dir string) (view, error) {
	o := overlay{}
	for name, content := range a.Files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return view{}, err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return view{}, err
		}
		o[filepath.Join(t.Dir, filepath.FromSlash(name))] = file
	}
	return newView(t, o, filepath.Join(dir, "overlay.json"))
}

func newPkg(suite, label string) *pkg {
	return &pkg{suite, label, map[bench.Arm]program{}, map[bench.Arm]string{}, map[bench.Arm]string{}}
}

// name returns what a benchmark of the package is called in the plan.
func (p *pkg) name(own string) string {
	if p.suite == bench.MicroSuite {
		return own // Micro/op=build/…
	}
	return "Go/" + p.label + "." + own
}

// broken notes why the test program of a package does not build.
func (b *Benches) broken(arm bench.Arm, label string, why error) {
	if b.Notes.Broken[arm] == nil {
		b.Notes.Broken[arm] = map[string]string{}
	}
	b.Notes.Broken[arm][label] = why.Error()
}

// look returns how each arm's tree is seen, and its packages with benchmarks.
func (r Request) look(ctx context.Context, wanted func(string) bool) (map[bench.Arm]view, map[bench.Arm][]testPackage, error) {
	patterns := r.Packages
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	views, packages := map[bench.Arm]view{}, map[bench.Arm][]testPackage{}
	for arm, tree := range r.Trees {
		var err error
		views[arm] = view{Tree: tree}
		if packages[arm], err = views[arm].find(ctx, patterns, wanted); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", arm, err)
		}
	}
	if r.Source == "" {
		return views, packages, nil
	}
	for arm, tree := range r.Trees {
		if arm == r.Source {
			continue
		}
		var err error
		o := testsOf(r.Trees[r.Source], packages[r.Source], tree, packages[arm])
		if views[arm], err = newView(tree, o, filepath.Join(r.Dir, string(arm)+".json")); err != nil {
			return nil, nil, err
		}
		if packages[arm], err = views[arm].find(ctx, patterns, wanted); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", arm, err)
		}
	}
	return views, packages, nil
}

// add adds the program of an arm.
func (p *pkg) add(arm bench.Arm, v view, of testPackage, file string) (err error) {
	p.programs[arm] = program{path: file, dir: filepath.Join(v.Copy, filepath.FromSlash(of.dir))}
	var tests []string
	for _, name := range slices.Sorted(slices.Values(of.tests)) {
		tests = append(tests, v.at(of.dir, name))
	}
	if p.tests[arm], err = digest(tests); err != nil {
		return err
	}
	read, err := filesIn(filepath.Join(p.programs[arm].dir, "testdata"))
	if err != nil {
		return err
	}
	p.digests[arm], err = digest(append(read, file))
	return err
}

// filesIn returns the files below a directory, which need not exist.
func filesIn(dir string) (files []string, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == dir {
			return fs.SkipAll
		}
		if err == nil && entry.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	return files, err
}

// digest hashes the contents of files.
func digest(files []string) (string, error) {
	all := sha256.New()
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(all, "%x\n", sha256.Sum256(content))
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

// listLimit is how long one iteration of each benchmark of a package may take together.
const listLimit = 10 * time.Minute

// list runs every benchmark once and chooses those to measure.
func (b *Benches) list(ctx context.Context, r Request) error {
	b.Notes.OnlyIn, b.Notes.Failing = map[bench.Arm][]string{}, map[string]string{}
	for _, p := range b.packages {
		if p.same() && r.Changed {
			b.Notes.Same = append(b.Notes.Same, p.label)
			continue
		}
		if p.edited() {
			b.Notes.Edited = append(b.Notes.Edited, p.label)
		}
		ran := map[bench.Arm]outcome{}
		for arm, program := range p.programs {
			r.Progress(fmt.Sprintf("running each benchmark of %s once: %s", arm, p.label))
			var err error
			began := time.Now()
			if ran[arm], err = program.run(ctx, setting{p.pattern(r), "1x", 1, listLimit}); err != nil {
				return err
			}
			b.once += time.Since(began) / time.Duration(len(p.programs))
		}
		b.choose(p, ran, r)
		for _, out := range ran {
			b.describe(out)
		}
	}
	sweep(b.Benchmarks)
	return nil
}

// pattern selects the benchmarks of a package. Those that are not the trees' own have one
// function, so that the expression of the user cannot be meant for them.
func (p *pkg) pattern(r Request) string {
	if p.suite == bench.MicroSuite {
		return "^" + r.Extra.Benchmark + "$"
	}
	return cmp.Or(r.Bench, ".")
}

// choose adds the benchmarks of a package.
func (b *Benches) choose(p *pkg, ran map[bench.Arm]outcome, r Request) {
	arms := slices.DeleteFunc(slices.Clone(bench.Arms[:]), func(arm bench.Arm) bool { return r.Trees[arm] == nil })
	var names []string
	for _, arm := range arms {
		for _, name := range ran[arm].benchmarks() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	for _, name := range names {
		full := p.name(name)
		var have []bench.Arm
		failing := ""
		working, slow := 0, false
		for _, arm := range arms {
			if !slices.Contains(ran[arm].benchmarks(), name) {
				continue
			}
			have = append(have, arm)
			if why := ran[arm].failure(name); why != "" {
				failing = why
				continue
			}
			working++
			slow = slow || r.Limit > 0 && ran[arm].samples(name)[bench.SecPerOp][0] > r.Limit.Seconds()
		}
		if len(have) < len(arms) {
			b.Notes.OnlyIn[have[0]] = append(b.Notes.OnlyIn[have[0]], full)
		}
		switch {
		case working == 0:
			b.Notes.Failing[full] = failing
		case slow:
			b.Notes.Slow = append(b.Notes.Slow, full)
		case len(have) == len(arms) || have[0] == bench.Base:
			b.Benchmarks = append(b.Benchmarks, bench.Benchmark{Name: full, Suite: p.suite, Ops: 1})
			b.owner[full] = owned{p, name}
		}
	}
}

// Programs returns the test programs of an arm.
func (b *Benches) Programs(arm bench.Arm) (files []string) {
	for _, p := range b.packages {
		if program, built := p.programs[arm]; built {
			files = append(files, program.path)
		}
	}
	return files
}

// describe adds the units that are not in the catalogue.
func (b *Benches) describe(out outcome) {
	for _, lines := range out.lines {
		for _, v := range lines[0].Values {
			if _, known := bench.Lookup(v.Unit); !known {
				b.Units[v.Unit] = gobench.Unit(v.Unit, out.units)
			}
		}
	}
}

// same reports whether both arms would run the same.
func (p *pkg) same() bool {
	return len(p.digests) == 2 && p.digests[bench.Base] == p.digests[bench.Head]
}

// edited reports whether the arms have different benchmarks, or measure them differently.
func (p *pkg) edited() bool {
	return len(p.tests) == 2 && p.tests[bench.Base] != p.tests[bench.Head]
}

// functions returns which functions a regular expression as of go test -bench selects,
// without the prefix of their names. It may select some that have no such parts.
func functions(expression string) (func(name string) bool, error) {
	if expression == "" {
		return func(string) bool { return true }, nil
	}
	var alternatives []*regexp.Regexp
	for _, alternative := range splitAt(expression, '|') {
		first := splitAt(alternative, '/')[0]
		compiled, err := regexp.Compile(first)
		if err != nil {
			return nil, fmt.Errorf("the regular expression %q of benchmarks: %w", expression, err)
		}
		alternatives = append(alternatives, compiled)
	}
	return func(name string) bool {
		return slices.ContainsFunc(alternatives, func(re *regexp.Regexp) bool { return re.MatchString(prefix + name) })
	}, nil
}

// splitAt splits a regular expression at a character that is not within brackets, as the
// testing package does.
func splitAt(expression string, at rune) (parts []string) {
	brackets, parens, from := 0, 0, 0
	escaped := false
	for i, c := range expression {
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '[':
			brackets++
		case c == ']':
			brackets = max(0, brackets-1)
		case c == '(' && brackets == 0:
			parens++
		case c == ')' && brackets == 0:
			parens--
		case c == at && brackets == 0 && parens == 0:
			parts, from = append(parts, expression[from:i]), i+1
		}
	}
	return append(parts, expression[from:])
}

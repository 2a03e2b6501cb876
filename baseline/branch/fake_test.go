package branch_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/kro/perf-gate/baseline/branch"
)

// gitHub is the part of GitHub's Git data API that a branch needs, in memory.
// Its objects have the hashes that git gives them.
type gitHub struct {
	latency time.Duration // of each request, half before and half after it is served

	mu       sync.Mutex
	blobs    map[string][]byte
	trees    map[string]tree
	commits  map[string]commit
	refs     map[string]string
	sizes    map[string]int // of blobs, where a test lies about them
	requests int

	// before may answer in place of GitHub; after may spoil its answer.
	before func(r *http.Request) *reply
	after  func(r *http.Request, answer *reply)
	// truncated is the hash of a tree of which only a part is listed.
	truncated string
}

type object struct {
	Path string `json:"path"`
	Mode string `json:"mode"`
	Type string `json:"type"`
	SHA  string `json:"sha"`
	Size int    `json:"size,omitempty"`
}

type tree []object // sorted as git does

type commit struct {
	Message string   `json:"message"`
	Tree    string   `json:"tree"`
	Parents []string `json:"parents"`
}

func newGitHub() *gitHub {
	return &gitHub{
		blobs: map[string][]byte{}, trees: map[string]tree{}, commits: map[string]commit{},
		refs: map[string]string{}, sizes: map[string]int{},
	}
}

// open returns the branch perf-gate as a process of its own would.
func (g *gitHub) open(retain branch.Retention) *branch.Branch {
	return branch.Open(github.NewClient(&http.Client{Transport: g}), "kro", "kro", "perf-gate", retain)
}

func (g *gitHub) RoundTrip(r *http.Request) (*http.Response, error) {
	sleep := func() error {
		select {
		case <-time.After(g.latency / 2):
			return nil
		case <-r.Context().Done():
			return r.Context().Err()
		}
	}
	if err := sleep(); err != nil {
		return nil, err
	}
	answer := g.serve(r)
	return &http.Response{
		StatusCode: answer.code, Header: answer.header, Body: io.NopCloser(bytes.NewReader(answer.body)), Request: r,
	}, sleep()
}

// A reply is what GitHub answers.
type reply struct {
	code   int
	header http.Header
	body   []byte
}

func (g *gitHub) serve(r *http.Request) *reply {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, path, _ := strings.Cut(r.URL.Path, "/repos/kro/kro")
	path = strings.TrimPrefix(path, "/")
	g.requests++
	if g.before != nil {
		if answer := g.before(r); answer != nil {
			return answer
		}
	}
	code, body := g.answer(r, path)
	raw, ok := body.([]byte)
	if !ok {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			panic(err)
		}
	}
	answer := &reply{code, http.Header{}, raw}
	if g.after != nil {
		g.after(r, answer)
	}
	return answer
}

func failure(message string) any { return map[string]string{"message": message} }

func (g *gitHub) answer(r *http.Request, path string) (int, any) {
	notFound := failure("Not Found")
	type sha struct {
		SHA string `json:"sha"`
	}
	ref := func(name string) any {
		return map[string]any{"ref": name, "object": map[string]string{"type": "commit", "sha": g.refs[name]}}
	}
	kind, name, _ := strings.Cut(strings.TrimPrefix(path, "git/"), "/")
	switch r.Method + " " + kind {
	case "GET ":
		return 200, map[string]string{"full_name": "kro/kro"}
	case "GET ref":
		if _, ok := g.refs["refs/"+name]; !ok {
			return 404, notFound
		}
		return 200, ref("refs/" + name)
	case "GET commits":
		c, ok := g.commits[name]
		if !ok {
			return 404, notFound
		}
		return 200, map[string]any{"sha": name, "message": c.Message, "tree": sha{c.Tree}}
	case "GET trees":
		t, ok := g.trees[name]
		if !ok {
			return 404, notFound
		}
		t = slices.Clone(t)
		for i, o := range t {
			if o.Type == "blob" {
				t[i].Size = len(g.blobs[o.SHA])
				if size, ok := g.sizes[o.SHA]; ok {
					t[i].Size = size
				}
			}
		}
		if name == g.truncated {
			return 200, map[string]any{"sha": name, "tree": t[:len(t)/2], "truncated": true}
		}
		return 200, map[string]any{"sha": name, "tree": t, "truncated": false}
	case "GET blobs":
		content, ok := g.blobs[name]
		if !ok {
			return 404, notFound
		}
		if r.Header.Get("Accept") != "application/vnd.github.raw+json" {
			return 415, failure("a record in JSON would be half as long again")
		}
		return 200, content
	case "POST blobs":
		var in struct{ Content, Encoding string }
		content, err := []byte(nil), json.NewDecoder(r.Body).Decode(&in)
		if err == nil {
			content, err = base64.StdEncoding.DecodeString(in.Content)
		}
		if err != nil || in.Encoding != "base64" {
			return 422, failure("Invalid blob")
		}
		return 201, sha{g.addBlob(content)}
	case "POST trees":
		var in struct {
			BaseTree string `json:"base_tree"`
			Tree     []struct {
				object
				SHA *string `json:"sha"`
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return 400, failure(err.Error())
		}
		all := map[string]object{}
		if in.BaseTree != "" {
			if _, ok := g.trees[in.BaseTree]; !ok {
				return 404, notFound
			}
			g.flatten(in.BaseTree, "", all)
		}
		for _, o := range in.Tree {
			if o.SHA == nil {
				if _, ok := all[o.Path]; !ok {
					return 422, failure("GitRPC::BadObjectState")
				}
				delete(all, o.Path)
				continue
			}
			if _, ok := g.blobs[*o.SHA]; !ok {
				return 422, failure("tree.sha " + *o.SHA + " is not a valid blob")
			}
			o.object.SHA = *o.SHA
			all[o.Path] = o.object
		}
		return 201, sha{g.addTree(all)}
	case "POST commits":
		var in commit
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return 400, failure(err.Error())
		}
		if _, ok := g.trees[in.Tree]; !ok {
			return 422, failure("Tree SHA does not exist")
		}
		return 201, sha{g.addCommit(in)}
	case "POST refs":
		var in struct{ Ref, SHA string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return 400, failure(err.Error())
		}
		if _, ok := g.refs[in.Ref]; ok {
			return 422, failure("Reference already exists")
		}
		if _, ok := g.commits[in.SHA]; !ok {
			return 422, failure("Object does not exist")
		}
		g.refs[in.Ref] = in.SHA
		return 201, ref(in.Ref)
	case "PATCH refs":
		var in struct {
			SHA   string
			Force *bool
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return 400, failure(err.Error())
		}
		name = "refs/" + name
		if _, ok := g.refs[name]; !ok {
			return 422, failure("Reference does not exist")
		}
		if in.Force == nil || *in.Force {
			return 422, failure("a test of this package would lose commits")
		}
		if !slices.Contains(g.ancestors(in.SHA), g.refs[name]) {
			return 422, failure("Update is not a fast forward")
		}
		g.refs[name] = in.SHA
		return 200, ref(name)
	}
	return 404, notFound
}

// hash is git's, of an object of a kind.
func hash(kind string, content []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "%s %d\x00", kind, len(content))
	h.Write(content)
	return hex.EncodeToString(h.Sum(nil))
}

func (g *gitHub) addBlob(content []byte) string {
	name := hash("blob", content)
	g.blobs[name] = content
	return name
}

func (g *gitHub) addCommit(c commit) string {
	content := "tree " + c.Tree + "\n"
	for _, p := range c.Parents {
		content += "parent " + p + "\n"
	}
	name := hash("commit", []byte(content+"\n"+c.Message))
	g.commits[name] = c
	return name
}

// addTree makes the trees of files by their paths.
func (g *gitHub) addTree(files map[string]object) string {
	var t tree
	below := map[string]map[string]object{}
	for path, o := range files {
		directory, rest, nested := strings.Cut(path, "/")
		if !nested {
			t = append(t, object{Path: path, Mode: o.Mode, Type: o.Type, SHA: o.SHA})
			continue
		}
		if below[directory] == nil {
			below[directory] = map[string]object{}
		}
		below[directory][rest] = o
	}
	for directory, files := range below {
		t = append(t, object{Path: directory, Mode: "040000", Type: "tree", SHA: g.addTree(files)})
	}
	key := func(o object) string {
		if o.Type == "tree" {
			return o.Path + "/"
		}
		return o.Path
	}
	slices.SortFunc(t, func(a, b object) int { return strings.Compare(key(a), key(b)) })
	var content bytes.Buffer
	for _, o := range t {
		raw, _ := hex.DecodeString(o.SHA)
		fmt.Fprintf(&content, "%s %s\x00%s", strings.TrimPrefix(o.Mode, "0"), o.Path, raw)
	}
	name := hash("tree", content.Bytes())
	g.trees[name] = t
	return name
}

func (g *gitHub) flatten(name, prefix string, into map[string]object) {
	for _, o := range g.trees[name] {
		if o.Type == "tree" {
			g.flatten(o.SHA, prefix+o.Path+"/", into)
		} else {
			into[prefix+o.Path] = o
		}
	}
}

// ancestors returns a commit and those before it, the oldest last.
func (g *gitHub) ancestors(name string) []string {
	all := []string{name}
	for i := 0; i < len(all); i++ {
		all = append(all, g.commits[all[i]].Parents...)
	}
	return all
}

const head = "refs/heads/perf-gate"

// history returns the branch's commits, the newest first.
func (g *gitHub) history() []string {
	if g.refs[head] == "" {
		return nil
	}
	return g.ancestors(g.refs[head])
}

// paths returns the files at the branch's tip.
func (g *gitHub) paths() []string {
	all := map[string]object{}
	g.flatten(g.commits[g.refs[head]].Tree, "", all)
	return slices.Sorted(maps.Keys(all))
}

// push adds a commit with files beside those that are there, as anybody with
// git may.
func (g *gitHub) push(t *testing.T, files map[string]object) {
	t.Helper()
	all := map[string]object{}
	g.flatten(g.commits[g.refs[head]].Tree, "", all)
	maps.Copy(all, files)
	c := commit{Message: "by hand", Tree: g.addTree(all)}
	if tip := g.refs[head]; tip != "" {
		c.Parents = []string{tip}
	}
	g.refs[head] = g.addCommit(c)
}

// status is an answer of GitHub's that refuses, with pairs of header fields.
func status(code int, message string, header ...string) *reply {
	body, _ := json.Marshal(failure(message))
	answer := &reply{code, http.Header{}, body}
	for i := 0; i < len(header); i += 2 {
		answer.header.Set(header[i], header[i+1])
	}
	return answer
}

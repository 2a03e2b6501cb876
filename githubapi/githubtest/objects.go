package githubtest

import (
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// An object is a blob, a tree or a commit, named by the hash that Git gives it.
type object struct {
	kind string // blob, tree or commit

	content []byte // of a blob

	entries []treeEntry // of a tree, in Git's order

	tree    string // of a commit, and its parents and message
	parents []string
	message string
}

type treeEntry struct{ name, kind, sha string }

func (e treeEntry) mode() string {
	if e.kind == "tree" {
		return "040000"
	}
	return "100644"
}

// store keeps an object and returns its name.
func (r *Repo) store(o object) string {
	sha := o.hash()
	r.objects[sha] = o
	return sha
}

func (o object) hash() string {
	body := o.content
	switch o.kind {
	case "tree":
		for _, e := range o.entries {
			raw, _ := hex.DecodeString(e.sha)
			body = append(body, strings.TrimPrefix(e.mode(), "0")+" "+e.name+"\x00"+string(raw)...)
		}
	case "commit":
		var text strings.Builder
		fmt.Fprintf(&text, "tree %s\n", o.tree)
		for _, parent := range o.parents {
			fmt.Fprintf(&text, "parent %s\n", parent)
		}
		const who = "fake <fake@example.com> 1 +0000"
		fmt.Fprintf(&text, "author %s\ncommitter %s\n\n%s", who, who, o.message)
		body = []byte(text.String())
	}
	sum := sha1.Sum(append([]byte(fmt.Sprintf("%s %d\x00", o.kind, len(body))), body...))
	return hex.EncodeToString(sum[:])
}

// flatten returns the blobs below a tree by their paths.
func (r *Repo) flatten(tree string) map[string]string {
	flat := map[string]string{}
	for _, e := range r.objects[tree].entries {
		if e.kind == "blob" {
			flat[e.name] = e.sha
			continue
		}
		for path, sha := range r.flatten(e.sha) {
			flat[e.name+"/"+path] = sha
		}
	}
	return flat
}

// build makes the trees for blobs by their paths, and returns the root.
func (r *Repo) build(flat map[string]string) string {
	var entries []treeEntry
	below := map[string]map[string]string{}
	for path, sha := range flat {
		name, rest, nested := strings.Cut(path, "/")
		if !nested {
			entries = append(entries, treeEntry{name, "blob", sha})
			continue
		}
		if below[name] == nil {
			below[name] = map[string]string{}
		}
		below[name][rest] = sha
	}
	for name, files := range below {
		entries = append(entries, treeEntry{name, "tree", r.build(files)})
	}
	slices.SortFunc(entries, func(a, b treeEntry) int { return cmp.Compare(a.sortKey(), b.sortKey()) })
	return r.store(object{kind: "tree", entries: entries})
}

// sortKey is the name by which Git sorts: a directory's ends in a slash.
func (e treeEntry) sortKey() string {
	if e.kind == "tree" {
		return e.name + "/"
	}
	return e.name
}

// contains says whether a commit has another among itself and its ancestors.
func (r *Repo) contains(commit, ancestor string) bool {
	seen := map[string]bool{}
	for queue := []string{commit}; len(queue) > 0; queue = queue[1:] {
		sha := queue[0]
		if sha == ancestor {
			return true
		}
		if !seen[sha] {
			seen[sha] = true
			queue = append(queue, r.objects[sha].parents...)
		}
	}
	return false
}

// mergeBase returns the newest commit that two have in common, "" for none.
func (r *Repo) mergeBase(a, b string) string {
	for queue := []string{a}; len(queue) > 0; queue = queue[1:] {
		if r.contains(b, queue[0]) {
			return queue[0]
		}
		queue = append(queue, r.objects[queue[0]].parents...)
	}
	return ""
}

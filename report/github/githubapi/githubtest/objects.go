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

	tree    string // of a commit, as are parents and message
	parents []string
	message string
}

type treeEntry struct {
	name string
	leaf
}

// A leaf is the mode and the object of a name in a tree.
type leaf struct{ mode, sha string }

// Git's modes of a file and of a directory.
const (
	file      = "100644"
	directory = "040000"
)

// kind returns the kind of the object. That of a submodule is in another
// repository.
func (l leaf) kind() string {
	switch l.mode {
	case directory:
		return "tree"
	case "160000":
		return "commit"
	}
	return "blob"
}

// store stores an object and returns its name.
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
			body = append(body, strings.TrimPrefix(e.mode, "0")+" "+e.name+"\x00"+string(raw)...)
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
	sum := sha1.New()
	fmt.Fprintf(sum, "%s %d\x00", o.kind, len(body))
	sum.Write(body)
	return hex.EncodeToString(sum.Sum(nil))
}

// flatten returns all files below a tree by path.
func (r *Repo) flatten(tree string) map[string]leaf {
	flat := map[string]leaf{}
	for _, e := range r.objects[tree].entries {
		if e.mode != directory {
			flat[e.name] = e.leaf
			continue
		}
		for path, l := range r.flatten(e.sha) {
			flat[e.name+"/"+path] = l
		}
	}
	return flat
}

// build stores the trees of leaves, given by path, and returns the root.
func (r *Repo) build(flat map[string]leaf) string {
	var entries []treeEntry
	below := map[string]map[string]leaf{}
	for path, l := range flat {
		name, rest, nested := strings.Cut(path, "/")
		if !nested {
			entries = append(entries, treeEntry{name, l})
			continue
		}
		if below[name] == nil {
			below[name] = map[string]leaf{}
		}
		below[name][rest] = l
	}
	for name, files := range below {
		entries = append(entries, treeEntry{name, leaf{directory, r.build(files)}})
	}
	slices.SortFunc(entries, func(a, b treeEntry) int { return cmp.Compare(a.sortKey(), b.sortKey()) })
	return r.store(object{kind: "tree", entries: entries})
}

// sortKey returns the name by which Git sorts. A directory's ends in a slash.
func (e treeEntry) sortKey() string {
	if e.mode == directory {
		return e.name + "/"
	}
	return e.name
}

// contains reports whether ancestor is the commit or one of its ancestors.
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

// mergeBase returns the newest common ancestor of two commits, or "".
func (r *Repo) mergeBase(a, b string) string {
	for queue := []string{a}; len(queue) > 0; queue = queue[1:] {
		if r.contains(b, queue[0]) {
			return queue[0]
		}
		queue = append(queue, r.objects[queue[0]].parents...)
	}
	return ""
}

package githubtest

import (
	"slices"
	"strings"
)

// Repo is one repository. Its exported methods are for tests: they set up what
// is there before, and show what is there after.
type Repo struct {
	s    *Server
	name string // owner/name
	// DefaultBranch is "main".
	defaultBranch string

	objects map[string]object // by SHA-1
	refs    map[string]string // "heads/main" to the commit

	people    map[string]string // login to permission: admin, write, read
	pulls     []*pull
	comments  []*comment
	events    []event // of labels
	checks    []*checkRun
	artifacts []artifact
}

// Repo makes a repository, "kro/kro", with one commit on its branch main, or
// returns the one that is there.
func (s *Server) Repo(name string) *Repo {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.repos[name]; r != nil {
		return r
	}
	r := &Repo{
		s: s, name: name, defaultBranch: "main",
		objects: map[string]object{}, refs: map[string]string{}, people: map[string]string{},
	}
	s.repos[name] = r
	r.commit("heads/main", map[string]string{"README.md": "# " + name + "\n"}, "the first commit")
	return r
}

// owner returns the login before the slash.
func (r *Repo) owner() string {
	owner, _, _ := strings.Cut(r.name, "/")
	return owner
}

// Collaborator gives someone a permission: "admin", "write" or "read".
func (r *Repo) Collaborator(login, permission string) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.people[login] = permission
}

// user is a person or an app, as GitHub shows it.
func user(login string) map[string]any {
	kind := "User"
	if strings.HasSuffix(login, "[bot]") {
		kind = "Bot"
	}
	return map[string]any{"login": login, "type": kind}
}

// repository is what GitHub shows of one where another thing mentions it.
func (r *Repo) repository() map[string]any {
	return map[string]any{
		"full_name":      r.name,
		"name":           strings.TrimPrefix(r.name, r.owner()+"/"),
		"default_branch": r.defaultBranch,
		"owner":          user(r.owner()),
	}
}

// Branches returns the names of all branches, sorted.
func (r *Repo) Branches() []string {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	var names []string
	for ref := range r.refs {
		if name, ok := strings.CutPrefix(ref, "heads/"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Files returns the content of all files of a branch by their paths, nil where
// there is no such branch.
func (r *Repo) Files(branch string) map[string]string {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	head, ok := r.refs["heads/"+branch]
	if !ok {
		return nil
	}
	files := map[string]string{}
	for path, l := range r.flatten(r.objects[head].tree) {
		files[path] = string(r.objects[l.sha].content)
	}
	return files
}

// History returns a branch's commits, the newest first, along first parents.
func (r *Repo) History(branch string) []string {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	var all []string
	for next := []string{r.refs["heads/"+branch]}; len(next) > 0 && next[0] != ""; {
		all = append(all, next[0])
		next = r.objects[next[0]].parents
	}
	return all
}

// Head returns the commit of a branch, empty where there is no such branch.
func (r *Repo) Head(branch string) string {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.refs["heads/"+branch]
}

// Branch makes a branch at the head of another.
func (r *Repo) Branch(name, from string) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.refs["heads/"+name] = r.refs["heads/"+from]
}

// Commit adds files to a branch, which it makes as an orphan if it is not
// there, and returns the commit.
func (r *Repo) Commit(branch string, files map[string]string, message string) string {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.commit("heads/"+branch, files, message)
}

func (r *Repo) commit(ref string, files map[string]string, message string) string {
	flat := map[string]leaf{}
	var parents []string
	if head, ok := r.refs[ref]; ok {
		parents = []string{head}
		flat = r.flatten(r.objects[head].tree)
	}
	for path, content := range files {
		flat[path] = leaf{file, r.store(object{kind: "blob", content: []byte(content)})}
	}
	sha := r.store(object{kind: "commit", tree: r.build(flat), parents: parents, message: message})
	r.refs[ref] = sha
	return sha
}

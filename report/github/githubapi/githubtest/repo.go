package githubtest

import (
	"slices"
	"strings"
)

// A Repo is a repository. Tests use its methods to set up its content before, and
// to read it after.
type Repo struct {
	s    *Server
	name string // owner/name

	defaultBranch string // "main"

	objects map[string]object // by SHA-1
	refs    map[string]string // "heads/main" to the commit

	people    map[string]string // login to permission: admin, write, read
	pulls     []*pull
	comments  []*comment
	events    []event // of labels
	checks    []*checkRun
	artifacts []artifact
}

// Repo returns the repository of a name, such as "kro/kro". It creates one with a
// commit on the branch main if there is none.
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

// Collaborator gives a user a permission: "admin", "write" or "read".
func (r *Repo) Collaborator(login, permission string) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.people[login] = permission
}

// user returns GitHub's description of a person or an app.
func user(login string) map[string]any {
	kind := "User"
	if strings.HasSuffix(login, "[bot]") {
		kind = "Bot"
	}
	return map[string]any{"login": login, "type": kind}
}

// repository returns GitHub's short description of a repository, as a part of
// other answers.
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

// Files returns the content of all files on a branch by path, or nil if there is
// no such branch.
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

// History returns the commits of a branch along first parents, the newest first.
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

// Head returns the commit of a branch, or "" if there is no such branch.
func (r *Repo) Head(branch string) string {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.refs["heads/"+branch]
}

// Branch creates a branch at the head of another.
func (r *Repo) Branch(name, from string) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.refs["heads/"+name] = r.refs["heads/"+from]
}

// Commit adds files to a branch and returns the commit. It creates an orphan
// branch if there is none.
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

package githubtest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

var gitOperations = []operation{
	{"GET /repos/{owner}/{repo}", nil, (*Server).getRepo},
	{"GET /repos/{owner}/{repo}/compare/{basehead}", []string{"contents: read"}, (*Server).compare},
	{"GET /repos/{owner}/{repo}/git/ref/{ref}", []string{"contents: read"}, (*Server).getRef},
	{"POST /repos/{owner}/{repo}/git/refs", []string{"contents: write"}, (*Server).createRef},
	{"PATCH /repos/{owner}/{repo}/git/refs/{ref}", []string{"contents: write"}, (*Server).updateRef},
	{"GET /repos/{owner}/{repo}/git/commits/{commit_sha}", []string{"contents: read"}, (*Server).getCommit},
	{"POST /repos/{owner}/{repo}/git/commits", []string{"contents: write"}, (*Server).createCommit},
	{"GET /repos/{owner}/{repo}/git/trees/{tree_sha}", []string{"contents: read"}, (*Server).getTree},
	{"POST /repos/{owner}/{repo}/git/trees", []string{"contents: write"}, (*Server).createTree},
	{"GET /repos/{owner}/{repo}/git/blobs/{file_sha}", []string{"contents: read"}, (*Server).getBlob},
	{"POST /repos/{owner}/{repo}/git/blobs", []string{"contents: write"}, (*Server).createBlob},
}

// decode decodes the body of a call, which was already checked.
func decode[T any](c *call) (v T) {
	_ = json.Unmarshal(c.body, &v)
	return v
}

func (s *Server) getRepo(r *Repo, c *call) answer {
	document := overlay(c.example(http.StatusOK), r.repository())
	document["language"] = "Go"
	delete(document, "parent") // the example is a fork
	delete(document, "source")
	return answer{status: http.StatusOK, body: document}
}

func (s *Server) compare(r *Repo, c *call) answer {
	base, head, _ := strings.Cut(c.path["basehead"], "...")
	base, head = r.resolve(base), r.resolve(head)
	if base == "" || head == "" {
		return failure(http.StatusNotFound, "Not Found")
	}
	ancestor := r.mergeBase(base, head)
	if ancestor == "" {
		return failure(http.StatusNotFound, "No common ancestor between %s and %s.", base, head)
	}
	return answer{status: http.StatusOK, body: overlay(c.example(http.StatusOK), map[string]any{
		"merge_base_commit": map[string]any{"sha": ancestor},
	})}
}

// resolve returns the commit with the name of a branch or a commit.
func (r *Repo) resolve(rev string) string {
	if sha, ok := r.refs["heads/"+rev]; ok {
		return sha
	}
	if r.objects[rev].kind == "commit" {
		return rev
	}
	return ""
}

// ref returns the answer about a reference.
func ref(status int, c *call, name, sha string) answer {
	return answer{status: status, body: overlay(c.example(status), map[string]any{
		"ref": "refs/" + name, "object": map[string]any{"sha": sha, "type": "commit"},
	})}
}

func (s *Server) getRef(r *Repo, c *call) answer {
	sha, ok := r.refs[c.path["ref"]]
	if !ok {
		return failure(http.StatusNotFound, "Not Found")
	}
	return ref(http.StatusOK, c, c.path["ref"], sha)
}

func (s *Server) createRef(r *Repo, c *call) answer {
	in := decode[struct{ Ref, SHA string }](c)
	name, ok := strings.CutPrefix(in.Ref, "refs/")
	if !ok || r.objects[in.SHA].kind != "commit" {
		return failure(http.StatusUnprocessableEntity, "Object does not exist")
	}
	if _, exists := r.refs[name]; exists {
		return failure(http.StatusUnprocessableEntity, "Reference already exists")
	}
	r.refs[name] = in.SHA
	return ref(http.StatusCreated, c, name, in.SHA)
}

func (s *Server) updateRef(r *Repo, c *call) answer {
	in := decode[struct {
		SHA   string
		Force bool
	}](c)
	old, exists := r.refs[c.path["ref"]]
	if !exists {
		return failure(http.StatusUnprocessableEntity, "Reference does not exist")
	}
	if r.objects[in.SHA].kind != "commit" {
		return failure(http.StatusUnprocessableEntity, "Object does not exist")
	}
	if !in.Force && !r.contains(in.SHA, old) {
		return failure(http.StatusUnprocessableEntity, "Update is not a fast forward")
	}
	r.refs[c.path["ref"]] = in.SHA
	return ref(http.StatusOK, c, c.path["ref"], in.SHA)
}

// commitAnswer returns the answer about a commit.
func (r *Repo) commitAnswer(status int, c *call, sha string) answer {
	o := r.objects[sha]
	parents := []any{}
	for _, parent := range o.parents {
		parents = append(parents, map[string]any{"sha": parent, "url": "https://example.com", "html_url": "https://example.com"})
	}
	return answer{status: status, body: overlay(c.example(status), map[string]any{
		"sha": sha, "message": o.message, "parents": parents, "tree": map[string]any{"sha": o.tree},
	})}
}

func (s *Server) getCommit(r *Repo, c *call) answer {
	if r.objects[c.path["commit_sha"]].kind != "commit" {
		return failure(http.StatusNotFound, "Not Found")
	}
	return r.commitAnswer(http.StatusOK, c, c.path["commit_sha"])
}

func (s *Server) createCommit(r *Repo, c *call) answer {
	in := decode[struct {
		Message, Tree string
		Parents       []string
	}](c)
	if r.objects[in.Tree].kind != "tree" {
		return failure(http.StatusUnprocessableEntity, "Tree SHA does not exist")
	}
	for _, parent := range in.Parents {
		if r.objects[parent].kind != "commit" {
			return failure(http.StatusUnprocessableEntity, "Parent SHA does not exist or is not a commit object")
		}
	}
	return r.commitAnswer(http.StatusCreated, c, r.store(object{
		kind: "commit", tree: in.Tree, parents: in.Parents, message: in.Message,
	}))
}

// treeAnswer returns the answer about a tree, with the entries directly below it.
func (r *Repo) treeAnswer(status int, c *call, sha string) answer {
	entries := []any{}
	for _, e := range r.objects[sha].entries {
		entry := map[string]any{"path": e.name, "mode": e.mode, "type": e.kind(), "sha": e.sha, "url": "https://example.com"}
		if e.kind() == "blob" {
			entry["size"] = len(r.objects[e.sha].content)
		}
		entries = append(entries, entry)
	}
	return answer{status: status, body: overlay(c.example(status), map[string]any{
		"sha": sha, "tree": entries, "truncated": false,
	})}
}

func (s *Server) getTree(r *Repo, c *call) answer {
	if c.query.Has("recursive") {
		s.t.Error("githubtest: recursive trees are not served, because GitHub truncates large ones")
	}
	if r.objects[c.path["tree_sha"]].kind != "tree" {
		return failure(http.StatusNotFound, "Not Found")
	}
	return r.treeAnswer(http.StatusOK, c, c.path["tree_sha"])
}

func (s *Server) createTree(r *Repo, c *call) answer {
	in := decode[struct {
		Base string `json:"base_tree"`
		Tree []struct {
			Path, Mode string
			SHA        *string
			Content    *string
		}
	}](c)
	flat := map[string]leaf{}
	if in.Base != "" {
		if r.objects[in.Base].kind != "tree" {
			return failure(http.StatusNotFound, "Not Found")
		}
		flat = r.flatten(in.Base)
	}
	for _, e := range in.Tree {
		switch {
		case e.Content != nil:
			flat[e.Path] = leaf{e.Mode, r.store(object{kind: "blob", content: []byte(*e.Content)})}
		case e.SHA == nil:
			if _, exists := flat[e.Path]; !exists {
				return failure(http.StatusUnprocessableEntity, "GitRPC::BadObjectState")
			}
			delete(flat, e.Path)
		default:
			l := leaf{e.Mode, *e.SHA}
			if kind := l.kind(); kind != "commit" && r.objects[l.sha].kind != kind {
				return failure(http.StatusUnprocessableEntity, "tree.sha %s is not a valid %s", l.sha, kind)
			}
			flat[e.Path] = l
		}
	}
	return r.treeAnswer(http.StatusCreated, c, r.build(flat))
}

func (s *Server) getBlob(r *Repo, c *call) answer {
	o := r.objects[c.path["file_sha"]]
	if o.kind != "blob" {
		return failure(http.StatusNotFound, "Not Found")
	}
	return answer{status: http.StatusOK, raw: o.content, body: overlay(c.example(http.StatusOK), map[string]any{
		"sha": c.path["file_sha"], "size": len(o.content),
		"encoding": "base64", "content": base64.StdEncoding.EncodeToString(o.content),
	})}
}

func (s *Server) createBlob(r *Repo, c *call) answer {
	in := decode[struct{ Content, Encoding string }](c)
	content := []byte(in.Content)
	if in.Encoding == "base64" {
		var err error
		if content, err = base64.StdEncoding.DecodeString(in.Content); err != nil {
			return failure(http.StatusUnprocessableEntity, "content is not valid Base64")
		}
	}
	return answer{status: http.StatusCreated, body: overlay(c.example(http.StatusCreated), map[string]any{
		"sha": r.store(object{kind: "blob", content: content}),
	})}
}

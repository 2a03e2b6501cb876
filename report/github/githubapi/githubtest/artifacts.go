package githubtest

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

var artifactOperations = []operation{
	{"GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts", []string{"actions: read"}, (*Server).listArtifacts},
	{"GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}", []string{"actions: read"}, (*Server).downloadArtifact},
}

// artifactStorage is the path of the artifact storage, which anyone who knows the
// URL of an artifact can read. On GitHub it is another host.
const artifactStorage = "/artifact-storage/"

// An Artifact is a file that a workflow run uploaded.
type Artifact struct {
	Run     int64
	Name    string
	Archive []byte // a ZIP file, or data that claims to be one
	Expired bool
}

// Archive packs files as an upload of a workflow run: name, content, name, content.
func Archive(t testing.TB, files ...string) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = io.WriteString(f, files[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

type artifact struct {
	Artifact
	id int64
}

// Upload adds an artifact to a run.
func (r *Repo) Upload(a Artifact) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.artifacts = append(r.artifacts, artifact{a, r.s.id()})
}

func (s *Server) listArtifacts(r *Repo, c *call) answer {
	list := []any{}
	for _, a := range r.artifacts {
		if strconv.FormatInt(a.Run, 10) != c.path["run_id"] {
			continue
		}
		example := c.example(http.StatusOK)["artifacts"].([]any)[0].(map[string]any)
		list = append(list, overlay(example, map[string]any{
			"id": a.id, "name": a.Name, "expired": a.Expired, "size_in_bytes": len(a.Archive),
		}))
	}
	return answer{status: http.StatusOK, body: map[string]any{"total_count": len(list), "artifacts": list}}
}

func (s *Server) downloadArtifact(r *Repo, c *call) answer {
	for _, a := range r.artifacts {
		if strconv.FormatInt(a.id, 10) == c.path["artifact_id"] && c.path["archive_format"] == "zip" {
			return answer{status: http.StatusFound, header: http.Header{
				"Location": {s.storage + artifactStorage + r.name + "/" + c.path["artifact_id"]},
			}}
		}
	}
	return failure(http.StatusNotFound, "Not Found")
}

// serveArtifact serves the artifact storage, which must not get a token.
func (s *Server) serveArtifact(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Header.Get("Authorization") != "" {
		s.t.Errorf("githubtest: the artifact storage got a token")
	}
	path := strings.TrimPrefix(r.URL.Path, artifactStorage)
	for name, repo := range s.repos {
		for _, a := range repo.artifacts {
			if path == name+"/"+strconv.FormatInt(a.id, 10) {
				_, _ = w.Write(a.Archive)
				return
			}
		}
	}
	http.NotFound(w, r)
}

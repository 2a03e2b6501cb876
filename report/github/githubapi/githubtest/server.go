package githubtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// rawMedia matches the media types of a blob's raw content. The description
// mentions them only in prose, so the fake checks the JSON answer instead.
var rawMedia = regexp.MustCompile(`^application/vnd\.github\.(raw\+json|v3\.raw)$`)

// maxBody limits the body of a request, in bytes.
const maxBody = 64 << 20

// A Server is a fake GitHub. Its methods may be called while it serves.
type Server struct {
	// URL is the URL of the REST API, without a slash at the end: a workflow's
	// GITHUB_API_URL.
	URL string
	// GraphQL is a workflow's GITHUB_GRAPHQL_URL.
	GraphQL string
	// Transport connects to both.
	Transport http.RoundTripper

	t  testing.TB
	mu sync.Mutex // guards the fields below

	tokens   map[string]*token
	repos    map[string]*Repo
	faults   []*fault
	requests []string
	storage  string // URL of the host that has the artifacts
	nextID   int64
}

// A token is the owner and the permissions of a secret.
type token struct {
	login       string
	permissions []string // "contents: write"
}

// New starts a fake github.com and stops it at the end of the test.
func New(t testing.TB) *Server { return start(t, "", "/graphql", httptest.NewServer) }

// NewEnterprise starts a fake GitHub Enterprise Server, whose APIs are below /api
// on the host of its pages.
func NewEnterprise(t testing.TB) *Server {
	return start(t, "/api/v3", "/api/graphql", httptest.NewServer)
}

func start(t testing.TB, rest, graphql string, serve func(http.Handler) *httptest.Server) *Server {
	t.Helper()
	contract, err := description()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, Transport: http.DefaultTransport, tokens: map[string]*token{}, repos: map[string]*Repo{}}
	mux := http.NewServeMux()
	for _, o := range operations {
		method, path, _ := strings.Cut(o.pattern, " ")
		route, err := contract.operation(method, path)
		if err != nil {
			t.Fatal(err)
		}
		// A reference contains slashes and is the last part of its path.
		pattern := method + " " + rest + path
		if strings.HasSuffix(pattern, "/{ref}") {
			pattern = strings.TrimSuffix(pattern, "}") + "...}"
		}
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			s.serve(w, r, o, &call{route: route, path: pathValues(r, path)})
		})
	}
	mux.HandleFunc("POST "+graphql, s.serveGraphQL)
	mux.HandleFunc("GET "+artifactStorage, s.serveArtifact)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.t.Errorf("githubtest: %s %s: no such operation", r.Method, r.URL.Path)
		http.NotFound(w, r)
	})
	server := serve(s.intercept(rest, mux))
	t.Cleanup(server.Close)
	// Another name for the same host, because tokens are sent by host name.
	s.storage = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	s.URL, s.GraphQL = server.URL+rest, server.URL+graphql
	return s
}

// pathValues returns a request's values for the names in braces.
func pathValues(r *http.Request, path string) map[string]string {
	values := map[string]string{}
	for part := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			values[name] = r.PathValue(name)
		}
	}
	return values
}

// Token adds a token with its owner and its permissions, such as "contents:
// write", which includes reading.
func (s *Server) Token(secret, login string, permissions ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[secret] = &token{login, permissions}
}

// Requests returns the requests so far, in order: "GET /repos/kro/kro/pulls",
// without the path prefix of an enterprise server.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// An operation is one operation that the fake serves.
type operation struct {
	pattern string
	// permissions lists GitHub's permissions of which any one is enough. It is empty
	// if every token of the repository may do the operation.
	permissions []string
	handle      func(*Server, *Repo, *call) answer
}

var operations = slices.Concat(gitOperations, commentOperations, pullOperations, checkOperations, artifactOperations)

// An answer is what an operation returns.
type answer struct {
	status int
	body   any
	header http.Header
	raw    []byte // sent instead of body if the request asks for raw content
}

// failure returns an answer that is an error.
func failure(status int, format string, args ...any) answer {
	return answer{status: status, body: map[string]any{
		"message":           fmt.Sprintf(format, args...),
		"documentation_url": "https://docs.github.com/rest",
		"status":            strconv.Itoa(status),
	}}
}

// serve checks a request, performs the operation and checks the answer.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, o operation, c *call) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return // the client went away
	}
	c.body, c.query = body, r.URL.Query()
	if err := c.checkRequest(r); err != nil {
		s.t.Errorf("githubtest: %s %s: the request does not match GitHub's description: %s", r.Method, r.URL.Path, firstLine(err))
	}
	a := s.answer(r, o, c)
	encoded, err := json.Marshal(a.body)
	if err != nil {
		s.t.Errorf("githubtest: %s %s: %v", r.Method, r.URL.Path, err)
	}
	if err := c.checkAnswer(r, a.status, encoded); err != nil {
		s.t.Errorf("githubtest: %s %s: the answer %d does not match GitHub's description: %s", r.Method, r.URL.Path, a.status, firstLine(err))
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if media := r.Header.Get("Accept"); a.raw != nil && rawMedia.MatchString(media) {
		w.Header().Set("Content-Type", media)
		_, _ = w.Write(a.raw)
		return
	}
	writeJSON(w, a.status, encoded)
}

// firstLine drops the schema and the value, which take hundreds of lines.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func (s *Server) answer(r *http.Request, o operation, c *call) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tokens[bearer(r)]
	if t == nil {
		return failure(http.StatusUnauthorized, "Bad credentials")
	}
	c.login = t.login
	repo := s.repos[c.path["owner"]+"/"+c.path["repo"]]
	if repo == nil {
		return failure(http.StatusNotFound, "Not Found")
	}
	if len(o.permissions) > 0 && !t.allows(o.permissions) {
		a := failure(http.StatusForbidden, "Resource not accessible by integration")
		accepted := strings.NewReplacer(": ", "=", "-", "_").Replace(strings.Join(o.permissions, "; "))
		a.header = http.Header{"X-Accepted-Github-Permissions": {accepted}}
		return a
	}
	return o.handle(s, repo, c)
}

func bearer(r *http.Request) string {
	secret, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return secret
}

// allows reports whether a token has one of the permissions. A permission to
// write includes the one to read.
func (t *token) allows(any []string) bool {
	return slices.ContainsFunc(any, func(p string) bool {
		return slices.Contains(t.permissions, p) ||
			slices.Contains(t.permissions, strings.Replace(p, ": read", ": write", 1))
	})
}

// id returns a new, unique number.
func (s *Server) id() int64 {
	s.nextID++
	return s.nextID
}

// listed answers with the page that a call asks for, each item based on GitHub's
// example.
func listed[T any](s *Server, c *call, all []T, show func(item T, example map[string]any) map[string]any) answer {
	page, header := paginate(s, c, all)
	list := []any{}
	for _, item := range page {
		list = append(list, show(item, c.example(http.StatusOK)))
	}
	return answer{status: http.StatusOK, body: list, header: header}
}

// paginate returns the page that a call asks for, with a link to the next one.
func paginate[T any](s *Server, c *call, all []T) ([]T, http.Header) {
	size, err := strconv.Atoi(c.query.Get("per_page"))
	if err != nil || size < 1 || size > 100 {
		size = 30
	}
	page, err := strconv.Atoi(c.query.Get("page"))
	if err != nil || page < 1 {
		page = 1
	}
	from := min((page-1)*size, len(all))
	to := min(from+size, len(all))
	header := http.Header{}
	if to < len(all) {
		next := url.Values{}
		for key, values := range c.query {
			next[key] = values
		}
		next.Set("page", strconv.Itoa(page+1))
		header.Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, s.URL, expand(c), next.Encode()))
	}
	return all[from:to], header
}

// expand returns the path of a call with its values.
func expand(c *call) string {
	path := c.route.Path
	for name, value := range c.path {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	return path
}

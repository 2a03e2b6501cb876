package githubtest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// serveGraphQL answers the two GraphQL operations that perf-gate uses. Its errors
// have status 200, like GitHub's.
func (s *Server) serveGraphQL(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return
	}
	var request struct {
		Query     string
		Variables map[string]string
	}
	if err := json.Unmarshal(body, &request); err != nil {
		s.t.Errorf("githubtest: GraphQL: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tokens[bearer(r)]
	var result any
	status := http.StatusOK
	switch {
	case t == nil:
		status, result = http.StatusUnauthorized, map[string]any{"message": "Bad credentials"}
	case strings.Contains(request.Query, "viewer"):
		result = map[string]any{"data": map[string]any{"viewer": map[string]any{"login": t.login}}}
	case strings.Contains(request.Query, "minimizeComment") && strings.Contains(request.Query, "OUTDATED"):
		result = s.minimize(t, request.Variables)
	default:
		s.t.Errorf("githubtest: GraphQL: unknown operation: %s", request.Query)
		result = graphqlError("INTERNAL", "no such operation")
	}
	encoded, err := json.Marshal(result)
	if err != nil {
		s.t.Errorf("githubtest: GraphQL: %v", err)
	}
	writeJSON(w, status, encoded)
}

func (s *Server) minimize(t *token, variables map[string]string) any {
	if !t.allows([]string{"issues: write", "pull-requests: write"}) {
		return graphqlError("FORBIDDEN", "Resource not accessible by integration")
	}
	for _, repo := range s.repos {
		for _, c := range repo.comments {
			if c.nodeID() == variables["id"] {
				c.Minimized = "OUTDATED"
				return map[string]any{"data": map[string]any{
					"minimizeComment": map[string]any{"minimizedComment": map[string]any{"isMinimized": true}},
				}}
			}
		}
	}
	return graphqlError("NOT_FOUND", "Could not resolve to a node with the global id of '"+variables["id"]+"'.")
}

func graphqlError(kind, message string) any {
	return map[string]any{"data": nil, "errors": []any{map[string]any{"type": kind, "message": message}}}
}

package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	gh "github.com/google/go-github/v62/github"

	"github.com/kro/perf-gate/report/github/githubapi"
)

// query sends one operation to the GraphQL API, for what REST does not offer.
func (c *Client) query(ctx context.Context, text string, variables map[string]string, into any) error {
	body, err := json.Marshal(map[string]any{"query": text, "variables": variables})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.graphql, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := gh.CheckResponse(response); err != nil {
		return err
	}
	answer := struct {
		Data   any
		Errors []struct{ Type, Message string }
	}{Data: into}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("GraphQL: %w", err)
	}
	if len(answer.Errors) == 0 {
		return nil
	}
	first := answer.Errors[0]
	// Errors come with status 200; give them that which REST would.
	statuses := map[string]int{"FORBIDDEN": http.StatusForbidden, "NOT_FOUND": http.StatusNotFound}
	if response.StatusCode = statuses[first.Type]; response.StatusCode == 0 {
		return fmt.Errorf("GraphQL: %s %s", strings.ToLower(first.Type), first.Message)
	}
	return &gh.ErrorResponse{Response: response, Message: first.Message}
}

// workflows is the app whose tokens workflows have.
const workflows = "github-actions[bot]"

// login returns whose the token is. REST does not tell it to an app, and an old
// enterprise server may not either: then it is taken to be a workflow's.
func (c *Client) login(ctx context.Context) (string, error) {
	var data struct {
		Viewer struct{ Login string }
	}
	err := githubapi.Explain("asking whose the token is", c.query(ctx, "query { viewer { login } }", nil, &data))
	if errors.Is(err, githubapi.ErrPermission) || errors.Is(err, githubapi.ErrNotFound) {
		return workflows, nil
	}
	if err != nil {
		return "", err
	}
	return data.Viewer.Login, nil
}

// fold hides a comment behind a line that calls it outdated.
func (c *Client) fold(ctx context.Context, comment string) error {
	const mutation = "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { minimizedComment { isMinimized } } }"
	var data any
	return c.query(ctx, mutation, map[string]string{"id": comment}, &data)
}

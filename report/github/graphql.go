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

// query sends one operation to the GraphQL API, for operations that REST lacks.
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
	// Errors have status 200. Give them the status that REST would use.
	statuses := map[string]int{"FORBIDDEN": http.StatusForbidden, "NOT_FOUND": http.StatusNotFound}
	if response.StatusCode = statuses[first.Type]; response.StatusCode == 0 {
		return fmt.Errorf("GraphQL: %s %s", strings.ToLower(first.Type), first.Message)
	}
	return &gh.ErrorResponse{Response: response, Message: first.Message}
}

// workflows is the login of the app that owns the tokens of workflows.
const workflows = "github-actions[bot]"

// login returns the login that the token belongs to. It assumes the token of a
// workflow if the server does not say, as old enterprise servers may. REST does
// not say it to an app.
func (c *Client) login(ctx context.Context) (string, error) {
	var data struct {
		Viewer struct{ Login string }
	}
	err := githubapi.Explain("asking for the owner of the token", c.query(ctx, "query { viewer { login } }", nil, &data))
	if errors.Is(err, githubapi.ErrPermission) || errors.Is(err, githubapi.ErrNotFound) {
		return workflows, nil
	}
	if err != nil {
		return "", err
	}
	return data.Viewer.Login, nil
}

// minimize hides a comment behind a line that calls it outdated.
func (c *Client) minimize(ctx context.Context, comment string) error {
	const mutation = "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { minimizedComment { isMinimized } } }"
	var data any
	return c.query(ctx, mutation, map[string]string{"id": comment}, &data)
}

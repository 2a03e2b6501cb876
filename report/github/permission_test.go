package github_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/kro/perf-gate/report/github"
	"github.com/kro/perf-gate/report/github/githubapi"
)

func TestMissingPermissionsAreNamed(t *testing.T) {
	ctx := context.Background()
	run := github.Run{ID: 1, Attempt: 1, Head: commitOf("a")}
	for name, test := range map[string]struct {
		permissions []string
		do          func(*github.Client) error
		permission  string
	}{
		"comment": {
			[]string{"pull-requests: read"},
			func(c *github.Client) error { _, err := c.PostComment(ctx, 7, comment(1, "a", "x")); return err },
			"pull-requests: write",
		},
		"reading comments": {
			nil,
			func(c *github.Client) error { _, err := c.PostComment(ctx, 7, comment(1, "a", "x")); return err },
			"pull-requests: read",
		},
		"check run": {
			[]string{"checks: read"},
			func(c *github.Client) error {
				_, err := c.PostCheck(ctx, github.Check{Name: "perf-gate", Run: run, Conclusion: github.Success, Title: "x"})
				return err
			},
			"checks: write",
		},
		"merge base": {
			nil,
			func(c *github.Client) error { _, err := c.MergeBase(ctx, "main", "feature"); return err },
			"contents: read",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, c := fixture(t, test.permissions...)
			err := test.do(c)
			var explained *githubapi.Error
			if !errors.As(err, &explained) || !errors.Is(err, githubapi.ErrPermission) || explained.Permission != test.permission {
				t.Fatalf("got %v, want the permission %q named", err, test.permission)
			}
			if want := "403 Resource not accessible by integration: the workflow needs `permissions: " + test.permission + "`"; !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

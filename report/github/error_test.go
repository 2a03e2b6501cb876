package github_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/kro/perf-gate/report/github"
	"github.com/kro/perf-gate/report/github/githubtest"
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
			func(c *github.Client) error { _, err := c.Comment(ctx, 7, comment(1, "a", "x")); return err },
			"pull-requests: write",
		},
		"reading comments": {
			nil,
			func(c *github.Client) error { _, err := c.Comment(ctx, 7, comment(1, "a", "x")); return err },
			"pull-requests: read",
		},
		"check run": {
			[]string{"checks: read"},
			func(c *github.Client) error {
				_, err := c.Check(ctx, github.Check{Name: "perf-gate", Run: run, Conclusion: github.Success, Title: "x"})
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
			_, _, c, _ := fixture(t, test.permissions...)
			err := test.do(c)
			var explained *github.Error
			if !errors.As(err, &explained) || !errors.Is(err, github.ErrPermission) || explained.Permission != test.permission {
				t.Fatalf("got %v, want the permission %q named", err, test.permission)
			}
			if want := "403 Resource not accessible by integration: the workflow needs `permissions: " + test.permission + "`"; !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

func TestErrorsAreToldApart(t *testing.T) {
	ctx := context.Background()
	s, _, c, _ := fixture(t, everything...)
	_, err := c.Pull(ctx, 8)
	if want := "reading kro/kro#8: 404 Not Found: it is not there, or the token may not see it: then the workflow needs `permissions: pull-requests: read`"; !errors.Is(err, github.ErrNotFound) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	other, err := github.New(github.Options{API: s.URL, Token: "expired", Repository: "kro/kro"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = other.Pull(ctx, 7)
	if want := "reading kro/kro#7: 401 Bad credentials: the token is not valid or has expired: pass one such as github-token: ${{ github.token }}"; !errors.Is(err, github.ErrToken) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	s.Fault("", 1, githubtest.Refuse(422, "Validation\r\nFailed"))
	if _, err := c.Pull(ctx, 7); err == nil || err.Error() != "reading kro/kro#7: 422 Validation Failed" {
		t.Errorf("got %v, want one line", err)
	}

	nowhere, err := github.New(github.Options{API: "http://127.0.0.1:1", Token: "secret", Repository: "kro/kro", Sleep: new(waits).sleep})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = nowhere.Pull(ctx, 7); !errors.Is(err, github.ErrUnavailable) || !strings.Contains(err.Error(), "check the network and GITHUB_API_URL") {
		t.Errorf("got %v", err)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the token is in %v", err)
	}
	if github.Explain("x", nil) != nil {
		t.Error("nothing was explained as an error")
	}
}

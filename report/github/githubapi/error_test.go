package githubapi_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/kro/perf-gate/report/github/githubapi"
	"github.com/kro/perf-gate/report/github/githubapi/githubtest"
)

func TestErrorsAreToldApart(t *testing.T) {
	ctx := context.Background()
	s, c, _ := connect(t)
	err := read(ctx, c, 8)
	if want := "reading kro/kro#8: 404 Not Found: it does not exist, or the token cannot see it and the workflow needs `permissions: pull-requests: read`"; !errors.Is(err, githubapi.ErrNotFound) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	err = read(ctx, client(t, s.URL, &githubapi.Transport{Token: "expired"}), 7)
	if want := "reading kro/kro#7: 401 Bad credentials: the token is not valid or has expired: pass one such as github-token: ${{ github.token }}"; !errors.Is(err, githubapi.ErrToken) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	s.Fault("", 1, githubtest.Refuse(422, "Validation\r\nFailed"))
	if err := read(ctx, c, 7); err == nil || err.Error() != "reading kro/kro#7: 422 Validation Failed" {
		t.Errorf("got %v, want one line", err)
	}

	s.Fault("", 1, githubtest.Refuse(409, "Git Repository is empty."))
	if err := read(ctx, c, 7); err == nil || !strings.HasSuffix(err.Error(), "push a first commit to the default branch") {
		t.Errorf("got %v", err)
	}

	nowhere := client(t, "http://127.0.0.1:1", &githubapi.Transport{Token: "secret", Sleep: new(waits).sleep})
	if err = read(ctx, nowhere, 7); !errors.Is(err, githubapi.ErrUnavailable) || !strings.Contains(err.Error(), "check the network and GITHUB_API_URL") {
		t.Errorf("got %v", err)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the token is in %v", err)
	}
	if githubapi.Explain("x", nil) != nil {
		t.Error("nothing was explained as an error")
	}
}

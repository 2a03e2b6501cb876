package action

import (
	"bytes"
	"testing"

	"github.com/sethvargo/go-githubactions"

	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/decide"
	"github.com/kro/perf-gate/cmd/gate/store"
	"github.com/kro/perf-gate/report/github/event"
	"github.com/kro/perf-gate/report/github/githubapi/githubtest"
)

// TestEmptyDataBranch checks that a data branch only counts as empty if it was read
// and has no records. Only then may a run pass that compared nothing.
func TestEmptyDataBranch(t *testing.T) {
	record, err := decide.ReadRecord("../testdata/fixtures/unchanged")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		history, contents string
		kept, empty       bool
	}{
		"nothing kept yet":  {"", "contents: write", false, true},
		"a record":          {"", "contents: write", true, false},
		"another history":   {"elsewhere", "contents: write", false, false},
		"it cannot be read": {"", "", false, false},
	} {
		server := githubtest.New(t)
		repo := server.Repo("kro/kro")
		head := repo.Commit("main", map[string]string{"go.mod": "module kro"}, "Begin")
		server.Token("secret", "github-actions[bot]", "metadata: read", tt.contents)
		var log bytes.Buffer
		getenv := func(name string) string {
			return map[string]string{
				"INPUT_DATA_BRANCH": "perf-gate", "INPUT_GITHUB_TOKEN": "secret", "GITHUB_GRAPHQL_URL": server.GraphQL,
			}[name]
		}
		s := step{
			Environment{Getenv: getenv}, githubactions.New(githubactions.WithWriter(&log)),
			event.Event{Owner: "kro", Repo: "kro", Head: head, API: server.URL},
		}
		branch, err := openDataBranch(s)
		if err != nil {
			t.Fatal(err)
		}
		cfg, stores := learnFrom(branch, config.Config{History: tt.history}, nil)
		if tt.kept {
			if _, err := branch.Update(t.Context(), record, head); err != nil {
				t.Fatal(err)
			}
		}
		if tt.history == "" {
			if _, err := store.History(t.Context(), stores, cfg.History, record.Header); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if branch.empty() != tt.empty {
			t.Errorf("%s: empty is %v: %s", name, branch.empty(), &log)
		}
	}
}

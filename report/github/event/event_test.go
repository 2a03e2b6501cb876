package event

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	sha1 = "1111111111111111111111111111111111111111"
	sha2 = "2222222222222222222222222222222222222222"
)

// environment returns the environment of a run for the event.
func environment(event string) func(string) string {
	values := map[string]string{
		"GITHUB_EVENT_NAME": event, "GITHUB_REPOSITORY": "kro/kro", "GITHUB_SHA": sha1,
		"GITHUB_RUN_ID": "42", "GITHUB_RUN_ATTEMPT": "2", "GITHUB_REF_NAME": "main",
		"GITHUB_API_URL": "https://api.github.com", "GITHUB_SERVER_URL": "https://github.com",
	}
	return func(name string) string { return values[name] }
}

func TestParse(t *testing.T) {
	common := Event{Owner: "kro", Repo: "kro", Run: 42, Attempt: 2, API: "https://api.github.com", Server: "https://github.com"}
	for _, tt := range []struct {
		name, event, payload string
		want                 func(*Event)
	}{
		{"pull request", "pull_request", `{"pull_request":{"number":7,"head":{"sha":"` + sha2 + `","repo":{"full_name":"kro/kro"}},"base":{"sha":"` + sha1 + `","ref":"main"},"labels":[{"name":"slow"}]}}`,
			func(e *Event) {
				e.Number, e.Head, e.Base, e.BaseRef, e.Labels = 7, sha2, sha1, "main", []string{"slow"}
			}},
		{"fork", "pull_request", `{"pull_request":{"number":7,"head":{"sha":"` + sha2 + `","repo":{"full_name":"mallory/kro"}},"base":{"sha":"` + sha1 + `","ref":"main"}}}`,
			func(e *Event) { e.Number, e.Head, e.Base, e.BaseRef, e.Fork = 7, sha2, sha1, "main", true }},
		{"deleted fork", "pull_request", `{"pull_request":{"number":7,"head":{"sha":"` + sha2 + `","repo":null},"base":{"sha":"` + sha1 + `","ref":"main"}}}`,
			func(e *Event) { e.Number, e.Head, e.Base, e.BaseRef, e.Fork = 7, sha2, sha1, "main", true }},
		{"merge queue", "merge_group", `{"merge_group":{"head_sha":"` + sha2 + `","base_sha":"` + sha1 + `","base_ref":"refs/heads/main"}}`,
			func(e *Event) { e.Head, e.Base, e.BaseRef = sha2, sha1, "main" }},
		{"merge queue with its pull request", "merge_group", `{"merge_group":{"head_sha":"` + sha2 + `","head_ref":"refs/heads/gh-readonly-queue/release/1.0/pr-7-` + sha1 + `","base_sha":"` + sha1 + `","base_ref":"refs/heads/release/1.0"}}`,
			func(e *Event) { e.Head, e.Base, e.BaseRef, e.Number = sha2, sha1, "release/1.0", 7 }},
		{"push to main", "push", `{"ref":"refs/heads/main","before":"` + sha1 + `","after":"` + sha2 + `","repository":{"default_branch":"main"}}`,
			func(e *Event) { e.Head, e.Base, e.BaseRef, e.Default = sha2, sha1, "main", true }},
		{"push of a new branch", "push", `{"ref":"refs/heads/x","before":"0000000000000000000000000000000000000000","after":"` + sha2 + `","repository":{"default_branch":"main"}}`,
			func(e *Event) { e.Head, e.BaseRef = sha2, "x" }},
		{"schedule", "schedule", `{}`, func(e *Event) { e.Head, e.BaseRef = sha1, "main" }},
		{"after a fork's run", "workflow_run", `{"workflow_run":{"id":41,"run_attempt":1,"head_sha":"` + sha2 + `","head_branch":"x","head_repository":{"full_name":"mallory/kro"},"pull_requests":[],"conclusion":"failure"}}`,
			func(e *Event) {
				e.Conclusion = "failure"
				e.Head, e.HeadBranch, e.HeadRepo, e.Run, e.Attempt, e.Fork = sha2, "x", "mallory/kro", 41, 1, true
			}},
	} {
		want := common
		want.Name = tt.event
		tt.want(&want)
		got, err := Parse(environment(tt.event), []byte(tt.payload))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.name, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for want, tt := range map[string]struct{ event, payload string }{
		`perf-gate does not support the event "issues"`:                   {"issues", `{}`},
		`perf-gate does not support the event "pull_request"`:             {"pull_request", `{}`},
		"cannot parse the payload":                                        {"push", `[`},
		`the head of the event push is not a commit: "; rm -rf"`:          {"push", `{"after":"; rm -rf"}`},
		"the pull request of the event has the invalid number 0":          {"pull_request", `{"pull_request":{}}`},
		`the base of the event merge_group is not a commit: "--upload-x"`: {"merge_group", `{"merge_group":{"head_sha":"` + sha2 + `","base_sha":"--upload-x"}}`},
	} {
		_, err := Parse(environment(tt.event), []byte(tt.payload))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := Parse(func(string) string { return "" }, []byte("{}")); err == nil || !strings.Contains(err.Error(), "GITHUB_REPOSITORY is not set") {
		t.Errorf("outside of GitHub Actions: %v", err)
	}
}

// FuzzParse checks that Parse accepts only commits.
func FuzzParse(f *testing.F) {
	f.Add("pull_request", `{"pull_request":{"number":7,"head":{"sha":"`+sha2+`"},"base":{"sha":"`+sha1+`"}}}`)
	f.Add("workflow_run", `{"workflow_run":{"head_sha":"`+sha2+`"}}`)
	f.Add("push", `{"after":"`+sha2+`","before":"-"}`)
	f.Fuzz(func(t *testing.T, event, payload string) {
		e, err := Parse(environment(event), []byte(payload))
		if err == nil && (!commit.MatchString(e.Head) || e.Base != "" && !commit.MatchString(e.Base)) {
			t.Fatalf("%+v", e)
		}
	})
}

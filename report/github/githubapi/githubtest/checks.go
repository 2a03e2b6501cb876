package githubtest

import (
	"net/http"
	"strconv"
)

var checkOperations = []operation{
	{"POST /repos/{owner}/{repo}/check-runs", []string{"checks: write"}, (*Server).createCheckRun},
	{"PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}", []string{"checks: write"}, (*Server).updateCheckRun},
	{"GET /repos/{owner}/{repo}/commits/{ref}/check-runs", []string{"checks: read"}, (*Server).listCheckRuns},
}

// maxOutput is GitHub's limit for the summary of a check run, in characters.
const maxOutput = 65535

// A CheckRun is a check run on a commit.
type CheckRun struct {
	ID         int64  `json:"-"`
	Head       string `json:"head_sha"`
	Name       string `json:"name"`
	ExternalID string `json:"external_id"`
	DetailsURL string `json:"details_url"`
	Status     string `json:"status"`
	Conclusion string `json:"conclusion"`
	Output     struct {
		Title   string `json:"title"`
		Summary string `json:"summary"`
	} `json:"output"`
}

type checkRun struct{ CheckRun }

// CheckRuns returns the check runs on a commit, the oldest first.
func (r *Repo) CheckRuns(commit string) []CheckRun {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	var all []CheckRun
	for _, c := range r.checks {
		if c.Head == commit {
			all = append(all, c.CheckRun)
		}
	}
	return all
}

func (c *checkRun) show(example map[string]any) map[string]any {
	return overlay(example, map[string]any{
		"id": c.ID, "head_sha": c.Head, "name": c.Name, "external_id": c.ExternalID,
		"status": c.Status, "conclusion": c.Conclusion, "pull_requests": []any{},
		"started_at": moment(c.ID), "completed_at": moment(c.ID),
		"html_url": "https://github.com/runs/" + strconv.FormatInt(c.ID, 10),
		"output":   map[string]any{"title": c.Output.Title, "summary": c.Output.Summary},
	})
}

func (s *Server) createCheckRun(r *Repo, c *call) answer {
	run := &checkRun{decode[CheckRun](c)}
	if len(run.Output.Summary) > maxOutput {
		return failure(http.StatusUnprocessableEntity, "Invalid request.\n\nOnly %d characters are allowed", maxOutput)
	}
	if r.objects[run.Head].kind != "commit" {
		return failure(http.StatusUnprocessableEntity, "No commit found for SHA: %s", run.Head)
	}
	run.ID = s.id()
	r.checks = append(r.checks, run)
	return answer{status: http.StatusCreated, body: run.show(c.example(http.StatusCreated))}
}

func (s *Server) updateCheckRun(r *Repo, c *call) answer {
	for _, run := range r.checks {
		if strconv.FormatInt(run.ID, 10) != c.path["check_run_id"] {
			continue
		}
		update := decode[CheckRun](c)
		update.ID, update.Head = run.ID, run.Head
		run.CheckRun = update
		return answer{status: http.StatusOK, body: run.show(c.example(http.StatusOK))}
	}
	return failure(http.StatusNotFound, "Not Found")
}

func (s *Server) listCheckRuns(r *Repo, c *call) answer {
	var all []*checkRun
	for _, run := range r.checks {
		if run.Head == c.path["ref"] && (c.query.Get("check_name") == "" || c.query.Get("check_name") == run.Name) {
			all = append(all, run)
		}
	}
	page, header := paginate(s, c, all)
	list := []any{}
	for _, run := range page {
		examples := c.example(http.StatusOK)["check_runs"].([]any)
		list = append(list, run.show(examples[0].(map[string]any)))
	}
	return answer{status: http.StatusOK, body: map[string]any{"total_count": len(all), "check_runs": list}, header: header}
}

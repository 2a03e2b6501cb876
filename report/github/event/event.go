package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// An Event is the event that started a workflow run, as far as perf-gate uses it.
// All of it comes from GitHub: from the environment of the run and the payload.
type Event struct {
	// Name is pull_request, push, merge_group, schedule, workflow_dispatch or
	// workflow_run.
	Name string
	// Owner and Repo name the repository of the workflow.
	Owner, Repo string
	// Head is the commit to judge. Base is the commit to compare it with, or the
	// tip of the branch to merge it into. Base is empty if the event has none.
	Head, Base string
	// BaseRef is the branch to merge head into, or the branch that was pushed to.
	BaseRef string
	// Default is set on a push to the default branch, which is then BaseRef.
	Default bool
	// Number is the number of the pull request. In a merge queue, it is the number
	// of the last one in the group. It is 0 without a pull request.
	Number int
	// Labels are the labels of the pull request.
	Labels []string
	// Fork is set if head is in another repository. The run's token can then only
	// read.
	Fork bool
	// HeadRepo (owner/name) and HeadBranch are the source of the head of a
	// workflow_run. They do not name the pull request: ask GitHub for it.
	HeadRepo, HeadBranch string
	// Conclusion is how the workflow of a workflow_run ended: success, failure,
	// cancelled, skipped and others.
	Conclusion string
	// Run and Attempt identify the workflow run, or the run that measured for a
	// workflow_run. Of two runs for one pull request, the newer one has the larger
	// numbers.
	Run     int64
	Attempt int
	// Private is set if the repository is not public.
	Private bool
	// API is the URL of GitHub's API, and Server the URL of its pages.
	API, Server string
}

// payload holds the fields of an event's payload that perf-gate uses.
type payload struct {
	PullRequest *struct {
		Number int `json:"number"`
		Head   struct {
			SHA  string      `json:"sha"`
			Repo *repository `json:"repo"`
		} `json:"head"`
		Base struct {
			SHA string `json:"sha"`
			Ref string `json:"ref"`
		} `json:"base"`
		Labels []struct {
			Name string `json:"name"`
		} `json:"labels"`
	} `json:"pull_request"`
	MergeGroup *struct {
		HeadSHA string `json:"head_sha"`
		HeadRef string `json:"head_ref"`
		BaseSHA string `json:"base_sha"`
		BaseRef string `json:"base_ref"`
	} `json:"merge_group"`
	WorkflowRun *struct {
		ID         int64       `json:"id"`
		Attempt    int         `json:"run_attempt"`
		HeadSHA    string      `json:"head_sha"`
		HeadBranch string      `json:"head_branch"`
		Conclusion string      `json:"conclusion"`
		Head       *repository `json:"head_repository"`
	} `json:"workflow_run"`
	Repository struct {
		DefaultBranch string `json:"default_branch"`
		Private       bool   `json:"private"`
	} `json:"repository"`
	Before string `json:"before"`
	After  string `json:"after"`
	Ref    string `json:"ref"`
}

type repository struct {
	FullName string `json:"full_name"`
}

var commit = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

// queue matches the branch of a merge queue, which names the pull request:
// refs/heads/gh-readonly-queue/main/pr-7-COMMIT.
var queue = regexp.MustCompile(`^refs/heads/gh-readonly-queue/.+/pr-([1-9][0-9]{0,8})-[0-9a-f]{40,64}$`)

// Parse reads the event from the environment of a workflow run and from content,
// the payload in the file $GITHUB_EVENT_PATH. Its error is one line.
func Parse(getenv func(string) string, content []byte) (Event, error) {
	e := Event{
		Name: getenv("GITHUB_EVENT_NAME"), Head: getenv("GITHUB_SHA"),
		API: getenv("GITHUB_API_URL"), Server: getenv("GITHUB_SERVER_URL"),
	}
	var ok bool
	if e.Owner, e.Repo, ok = strings.Cut(getenv("GITHUB_REPOSITORY"), "/"); !ok {
		return e, errors.New("GITHUB_REPOSITORY is not set: run this command as a step of GitHub Actions")
	}
	e.Run, _ = strconv.ParseInt(getenv("GITHUB_RUN_ID"), 10, 64)
	e.Attempt, _ = strconv.Atoi(getenv("GITHUB_RUN_ATTEMPT"))
	var p payload
	if err := json.Unmarshal(content, &p); err != nil {
		return e, fmt.Errorf("cannot parse the payload of the event %s: %w", e.Name, err)
	}
	e.Private = p.Repository.Private
	switch {
	case (e.Name == "pull_request" || e.Name == "pull_request_target") && p.PullRequest != nil:
		pr := p.PullRequest
		e.Number, e.Head, e.Base, e.BaseRef = pr.Number, pr.Head.SHA, pr.Base.SHA, pr.Base.Ref
		// A fork that was deleted in the meantime has no repository.
		e.Fork = pr.Head.Repo == nil || !strings.EqualFold(pr.Head.Repo.FullName, e.Owner+"/"+e.Repo)
		for _, l := range pr.Labels {
			e.Labels = append(e.Labels, l.Name)
		}
		if e.Number < 1 {
			return e, fmt.Errorf("the pull request of the event has the invalid number %d", e.Number)
		}
	case e.Name == "merge_group" && p.MergeGroup != nil:
		e.Head, e.Base = p.MergeGroup.HeadSHA, p.MergeGroup.BaseSHA
		e.BaseRef = strings.TrimPrefix(p.MergeGroup.BaseRef, "refs/heads/")
		if queued := queue.FindStringSubmatch(p.MergeGroup.HeadRef); queued != nil {
			e.Number, _ = strconv.Atoi(queued[1])
		}
	case e.Name == "workflow_run" && p.WorkflowRun != nil:
		run := p.WorkflowRun
		e.Head, e.HeadBranch, e.Run, e.Attempt = run.HeadSHA, run.HeadBranch, run.ID, run.Attempt
		e.Conclusion = run.Conclusion
		if run.Head != nil {
			e.HeadRepo = run.Head.FullName
			e.Fork = !strings.EqualFold(run.Head.FullName, e.Owner+"/"+e.Repo)
		}
	case e.Name == "push":
		e.Head, e.BaseRef = p.After, strings.TrimPrefix(p.Ref, "refs/heads/")
		e.Default = p.Repository.DefaultBranch != "" && p.Ref == "refs/heads/"+p.Repository.DefaultBranch
		if strings.Trim(p.Before, "0") != "" { // otherwise the branch is new
			e.Base = p.Before
		}
	case e.Name == "schedule", e.Name == "workflow_dispatch":
		e.BaseRef = getenv("GITHUB_REF_NAME")
	default:
		return e, fmt.Errorf("perf-gate does not support the event %q: use it on pull_request, merge_group, push, schedule, workflow_dispatch or workflow_run", e.Name)
	}
	if !commit.MatchString(e.Head) {
		return e, fmt.Errorf("the head of the event %s is not a commit: %.80q", e.Name, e.Head)
	}
	if e.Base != "" && !commit.MatchString(e.Base) {
		return e, fmt.Errorf("the base of the event %s is not a commit: %.80q", e.Name, e.Base)
	}
	return e, nil
}

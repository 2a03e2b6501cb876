package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// An Event is what a workflow run was started by, as far as perf-gate acts on
// it. Everything in it comes from GitHub: the environment of the run and the
// event's payload.
type Event struct {
	// Name is the event: pull_request, push, merge_group, schedule,
	// workflow_dispatch or workflow_run.
	Name string
	// Owner and Repo name the repository that the workflow belongs to.
	Owner, Repo string
	// Head is the commit to judge. Base is the commit that it is to be judged by,
	// or the tip of the branch that it is to be merged into; empty where the
	// event has none.
	Head, Base string
	// BaseRef is the branch that head is to be merged into, or that was pushed to.
	BaseRef string
	// Default tells that BaseRef is the default branch, and it was pushed to.
	Default bool
	// Number is the pull request's, in a merge queue that of the last one in the
	// group; 0 outside of one.
	Number int
	// Labels are the pull request's.
	Labels []string
	// Fork tells that head is of another repository, so that the run's token can
	// only read.
	Fork bool
	// HeadRepo, owner/name, and HeadBranch are where head of a workflow_run comes
	// from. Which pull request that is, GitHub has to be asked.
	HeadRepo, HeadBranch string
	// Conclusion is how the workflow of a workflow_run ended: success, failure,
	// cancelled, skipped and others.
	Conclusion string
	// Run and Attempt name the run, and of a workflow_run the one that measured;
	// of two runs for one pull request, the one with the larger numbers is the
	// newer.
	Run     int64
	Attempt int
	// Private tells that what is in the repository cannot be seen by everyone.
	Private bool
	// API is the address of GitHub's API, and Server that of its pages.
	API, Server string
}

// payload is the part of an event's payload that is used.
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

// queue finds the pull request in the name of a merge queue's branch, such as
// refs/heads/gh-readonly-queue/main/pr-7-COMMIT.
var queue = regexp.MustCompile(`^refs/heads/gh-readonly-queue/.+/pr-([1-9][0-9]{0,8})-[0-9a-f]{40,64}$`)

// Parse reads the event out of the environment of a workflow run and its
// payload, which is the content of the file $GITHUB_EVENT_PATH. The error says in
// one line what is missing.
func Parse(getenv func(string) string, content []byte) (Event, error) {
	e := Event{
		Name: getenv("GITHUB_EVENT_NAME"), Head: getenv("GITHUB_SHA"),
		API: getenv("GITHUB_API_URL"), Server: getenv("GITHUB_SERVER_URL"),
	}
	var ok bool
	if e.Owner, e.Repo, ok = strings.Cut(getenv("GITHUB_REPOSITORY"), "/"); !ok {
		return e, errors.New("GITHUB_REPOSITORY is not set: this command is a step of GitHub Actions")
	}
	e.Run, _ = strconv.ParseInt(getenv("GITHUB_RUN_ID"), 10, 64)
	e.Attempt, _ = strconv.Atoi(getenv("GITHUB_RUN_ATTEMPT"))
	var p payload
	if err := json.Unmarshal(content, &p); err != nil {
		return e, fmt.Errorf("the payload of the event %s is not what GitHub sends: %w", e.Name, err)
	}
	e.Private = p.Repository.Private
	switch {
	case (e.Name == "pull_request" || e.Name == "pull_request_target") && p.PullRequest != nil:
		pr := p.PullRequest
		e.Number, e.Head, e.Base, e.BaseRef = pr.Number, pr.Head.SHA, pr.Base.SHA, pr.Base.Ref
		// A fork that was deleted meanwhile has no repository any more.
		e.Fork = pr.Head.Repo == nil || !strings.EqualFold(pr.Head.Repo.FullName, e.Owner+"/"+e.Repo)
		for _, l := range pr.Labels {
			e.Labels = append(e.Labels, l.Name)
		}
		if e.Number < 1 {
			return e, fmt.Errorf("the pull request of the event has the number %d", e.Number)
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
		if strings.Trim(p.Before, "0") != "" { // else the branch is new
			e.Base = p.Before
		}
	case e.Name == "schedule", e.Name == "workflow_dispatch":
		e.BaseRef = getenv("GITHUB_REF_NAME")
	default:
		return e, fmt.Errorf("perf-gate does not know what to do on the event %q: use it on pull_request, merge_group, push, schedule, workflow_dispatch or workflow_run", e.Name)
	}
	if !commit.MatchString(e.Head) {
		return e, fmt.Errorf("the event %s names no commit: %.80q", e.Name, e.Head)
	}
	if e.Base != "" && !commit.MatchString(e.Base) {
		return e, fmt.Errorf("the event %s names no base commit: %.80q", e.Name, e.Base)
	}
	return e, nil
}

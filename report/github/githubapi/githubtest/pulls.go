package githubtest

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

var pullOperations = []operation{
	{"GET /repos/{owner}/{repo}/pulls", []string{"pull-requests: read", "contents: read"}, (*Server).listPulls},
	{"GET /repos/{owner}/{repo}/pulls/{pull_number}", []string{"pull-requests: read", "contents: read"}, (*Server).getPull},
	{"GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls", []string{"pull-requests: read"}, (*Server).listPullsWithCommit},
	{"GET /repos/{owner}/{repo}/issues/{issue_number}/events", []string{"issues: read", "pull-requests: read"}, (*Server).listEvents},
	{"GET /repos/{owner}/{repo}/collaborators/{username}/permission", []string{"metadata: read"}, (*Server).getPermission},
}

// A Pull is a pull request to a repository's default branch.
type Pull struct {
	Number  int
	Author  string
	Head    string // commit
	Branch  string
	From    *Repo // a fork; nil for the repository itself
	Deleted bool  // the fork is gone
	Closed  bool
	// MergedAs is the commit on the default branch that it was merged as. A merged
	// pull request is also closed.
	MergedAs string
}

type pull struct {
	Pull
	labels []string
}

// An event records that a label was added to a pull request or removed.
type event struct {
	number      int
	kind        string // labeled or unlabeled
	label, by   string
	id, created int64
}

// Pull opens a pull request.
func (r *Repo) Pull(p Pull) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if p.From == nil {
		p.From = r
	}
	maps.Copy(r.objects, p.From.objects) // a repository and its forks share objects
	r.pulls = append(r.pulls, &pull{Pull: p})
}

// Push moves the head of a pull request.
func (r *Repo) Push(number int, head string) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.pull(number).Head = head
}

// Merge closes a pull request as merged by a commit of the default branch.
func (r *Repo) Merge(number int, commit string) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.pull(number).MergedAs = commit
}

// Label adds a label to a pull request.
func (r *Repo) Label(number int, label, by string) { r.label(number, "labeled", label, by) }

// Unlabel removes a label from a pull request.
func (r *Repo) Unlabel(number int, label, by string) { r.label(number, "unlabeled", label, by) }

func (r *Repo) label(number int, kind, label, by string) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	p := r.pull(number)
	kept := p.labels[:0]
	for _, l := range p.labels {
		if l != label {
			kept = append(kept, l)
		}
	}
	p.labels = kept
	if kind == "labeled" {
		p.labels = append(p.labels, label)
	}
	id := r.s.id()
	r.events = append(r.events, event{number: number, kind: kind, label: label, by: by, id: id, created: id})
}

func (r *Repo) pull(number int) *pull {
	for _, p := range r.pulls {
		if p.Number == number {
			return p
		}
	}
	return nil
}

// moment returns the fake's time, in seconds after its start.
func moment(seconds int64) string {
	return time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC).Add(time.Duration(seconds) * time.Second).Format(time.RFC3339)
}

// show returns a pull request, based on GitHub's example of one.
func (r *Repo) show(p *pull, example map[string]any) map[string]any {
	labels := []any{}
	for i, l := range p.labels {
		labels = append(labels, map[string]any{
			"id": i, "node_id": "LA", "url": "https://example.com", "name": l,
			"description": "", "color": "ffffff", "default": false,
		})
	}
	state := "open"
	if p.Closed || p.MergedAs != "" {
		state = "closed"
	}
	document := overlay(example, map[string]any{
		"number": p.Number, "state": state, "user": user(p.Author), "labels": labels,
		"requested_teams": []any{}, // the example's do not match the description
		"base": map[string]any{
			"ref": r.defaultBranch, "sha": r.refs["heads/"+r.defaultBranch], "repo": r.repository(),
		},
		"head": map[string]any{
			"ref": p.Branch, "sha": p.Head, "label": p.From.owner() + ":" + p.Branch,
			"user": user(p.From.owner()), "repo": p.From.repository(),
		},
	})
	if p.MergedAs != "" {
		document["merged_at"], document["merge_commit_sha"] = moment(0), p.MergedAs
	} else {
		document["merged_at"] = nil
	}
	if p.Deleted {
		document["head"].(map[string]any)["repo"] = nil
	}
	return document
}

func (s *Server) listPulls(r *Repo, c *call) answer {
	var all []*pull
	for _, p := range r.pulls {
		open := c.query.Get("state") != "open" && c.query.Has("state") || !p.Closed && p.MergedAs == ""
		head := c.query.Get("head")
		if open && (head == "" || strings.EqualFold(head, p.From.owner()+":"+p.Branch)) {
			all = append(all, p)
		}
	}
	return listed(s, c, all, r.show)
}

// listPullsWithCommit lists the pull requests that were merged as a commit or
// have it as their head.
func (s *Server) listPullsWithCommit(r *Repo, c *call) answer {
	var all []*pull
	for _, p := range r.pulls {
		if c.path["commit_sha"] == p.MergedAs || c.path["commit_sha"] == p.Head {
			all = append(all, p)
		}
	}
	return listed(s, c, all, r.show)
}

func (s *Server) getPull(r *Repo, c *call) answer {
	number, _ := strconv.Atoi(c.path["pull_number"])
	p := r.pull(number)
	if p == nil {
		return failure(http.StatusNotFound, "Not Found")
	}
	return answer{status: http.StatusOK, body: r.show(p, c.example(http.StatusOK))}
}

func (s *Server) listEvents(r *Repo, c *call) answer {
	var all []event
	for _, e := range r.events {
		if strconv.Itoa(e.number) == c.path["issue_number"] {
			all = append(all, e)
		}
	}
	return listed(s, c, all, func(e event, example map[string]any) map[string]any {
		return overlay(example, map[string]any{
			"id": e.id, "event": e.kind, "actor": user(e.by), "created_at": moment(e.created),
			"label": map[string]any{"name": e.label, "color": "ffffff"},
		})
	})
}

func (s *Server) getPermission(r *Repo, c *call) answer {
	permission, ok := r.people[c.path["username"]]
	if !ok {
		permission = "none"
	}
	return answer{status: http.StatusOK, body: overlay(c.example(http.StatusOK), map[string]any{
		"permission": permission, "role_name": permission,
		"user": overlay(user(c.path["username"]), map[string]any{"role_name": permission}),
	})}
}

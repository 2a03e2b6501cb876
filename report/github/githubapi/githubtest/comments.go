package githubtest

import (
	"fmt"
	"net/http"
	"strconv"
	"unicode/utf8"
)

// maxComment is GitHub's limit for a comment, in characters.
const maxComment = 65536

var commentOperations = []operation{
	{"GET /repos/{owner}/{repo}/issues/{issue_number}/comments", []string{"issues: read", "pull-requests: read"}, (*Server).listComments},
	{"POST /repos/{owner}/{repo}/issues/{issue_number}/comments", []string{"issues: write", "pull-requests: write"}, (*Server).createComment},
	{"PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", []string{"issues: write", "pull-requests: write"}, (*Server).updateComment},
}

// A Comment is a comment on a pull request.
type Comment struct {
	ID        int64
	Author    string
	Body      string
	Minimized string // the reason if it is minimized, such as "OUTDATED"
}

type comment struct {
	Comment
	number int
}

func (c *comment) nodeID() string { return "IC_" + strconv.FormatInt(c.ID, 10) }

// Comment adds a comment to a pull request and returns its ID.
func (r *Repo) Comment(number int, author, body string) int64 {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.comment(number, author, body).ID
}

func (r *Repo) comment(number int, author, body string) *comment {
	c := &comment{Comment{ID: r.s.id(), Author: author, Body: body}, number}
	r.comments = append(r.comments, c)
	return c
}

// Comments returns the comments on a pull request, the oldest first.
func (r *Repo) Comments(number int) []Comment {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	var all []Comment
	for _, c := range r.comments {
		if c.number == number {
			all = append(all, c.Comment)
		}
	}
	return all
}

// show returns a comment, based on GitHub's example of one.
func (c *comment) show(r *Repo, example map[string]any) map[string]any {
	var minimized any
	if c.Minimized != "" {
		minimized = map[string]any{"reason": c.Minimized}
	}
	return overlay(example, map[string]any{
		"id": c.ID, "node_id": c.nodeID(), "body": c.Body, "user": user(c.Author), "minimized": minimized,
		"created_at": moment(c.ID), "updated_at": moment(c.ID),
		"html_url": fmt.Sprintf("https://github.com/%s/pull/%d#issuecomment-%d", r.name, c.number, c.ID),
	})
}

func (s *Server) listComments(r *Repo, c *call) answer {
	var all []*comment
	for _, comment := range r.comments {
		if strconv.Itoa(comment.number) == c.path["issue_number"] {
			all = append(all, comment)
		}
	}
	return listed(s, c, all, func(c *comment, example map[string]any) map[string]any { return c.show(r, example) })
}

func (s *Server) createComment(r *Repo, c *call) answer {
	number, _ := strconv.Atoi(c.path["issue_number"])
	if r.pull(number) == nil {
		return failure(http.StatusNotFound, "Not Found")
	}
	body := decode[struct{ Body string }](c).Body
	if utf8.RuneCountInString(body) > maxComment {
		return tooLong()
	}
	comment := r.comment(number, c.login, body)
	return answer{status: http.StatusCreated, body: comment.show(r, c.example(http.StatusCreated))}
}

func (s *Server) updateComment(r *Repo, c *call) answer {
	body := decode[struct{ Body string }](c).Body
	if utf8.RuneCountInString(body) > maxComment {
		return tooLong()
	}
	for _, comment := range r.comments {
		if strconv.FormatInt(comment.ID, 10) != c.path["comment_id"] {
			continue
		}
		if comment.Author != c.login {
			return failure(http.StatusForbidden, "Must have admin rights to Repository.")
		}
		comment.Body = body
		return answer{status: http.StatusOK, body: comment.show(r, c.example(http.StatusOK))}
	}
	return failure(http.StatusNotFound, "Not Found")
}

func tooLong() answer {
	return failure(http.StatusUnprocessableEntity, "Body is too long (maximum is %d characters)", maxComment)
}

// Package github tells the result of a run on GitHub: a comment on the pull
// request, and a check run on the commit. It asks GitHub about the pull request
// and about who accepted a regression; what happened in the repository comes
// from package event.
//
// One comment stands for a pull request however often it is pushed to. It is
// found by a marker and by its author, so that nobody can have another text
// replaced; an older run never replaces the result of a newer one, and comments
// that a newer one supersedes are folded.
//
// Requests are made and errors explained by package githubapi.
package github

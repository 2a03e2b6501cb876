// Package github posts the result of a run on GitHub: as a comment on the pull
// request, and as a check run on the commit. It also asks GitHub about the pull
// request and about who accepted a regression. Package event reads the event that
// started the workflow.
//
// A pull request has one comment, no matter how often it is pushed to. The
// package finds its comment by a marker and by the author, so that it never
// replaces anybody else's text. An older run never replaces the result of a newer
// one, and superseded comments are minimized.
//
// Package githubapi makes the requests and explains errors.
package github

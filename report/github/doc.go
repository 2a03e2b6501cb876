// Package github is where perf-gate meets GitHub: what a workflow run was started
// by, and how a verdict reaches the pull request.
package github

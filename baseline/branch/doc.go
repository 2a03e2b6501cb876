// Package branch keeps baseline records on a branch of a GitHub repository. It
// uses the Git data API, without a clone and without git.
//
// The branch has its own history and holds
//
//	runs/<environment>/<name>.jsonl   records, as package baseline keeps them
//	charts/<sha256>.svg               charts that comments link to
//
// and any other files written with [Branch.Put]. Every change is one commit on top
// of the branch's tip. The branch only moves forward, from the tip that the change
// was made for. If another writer was faster, a writer makes its change again for
// the new tip. So writers need no lock and never undo each other's changes. The
// package repeats nothing else: see package githubapi for failed requests.
//
// Anybody who may push can write to the branch, so the package does not trust its
// content. It limits sizes before it fetches anything, checks content against its
// hash, parses records strictly and ignores names that package baseline would not
// use.
package branch

// Package branch keeps baseline records on a branch of a GitHub repository,
// through the Git data API: without a clone, and without git.
//
// The branch has a history of its own, and holds
//
//	runs/<environment>/<name>.jsonl   records, as package baseline keeps them
//	charts/<sha256>.svg               charts that comments link to
//
// and whatever else [Branch.Put] is given. Every change is one commit on top of
// the branch's tip. The branch only ever moves forward, from the tip that the
// change was made for; a writer that another overtook makes its change again for
// the new tip. So writers need no lock, and none undoes what another did. Nothing
// else is repeated here: that is the client's, see package githubapi.
//
// Anybody who may push may have written what is on the branch, so it is read as
// hostile: sizes are bounded before anything is fetched, content is checked
// against its hash, records are parsed strictly, and names that package baseline
// would not have given are no part of the store.
package branch

// Package githubapi makes requests to GitHub and explains their failures.
//
// [Transport] repeats requests where that is safe, and waits a few minutes for
// GitHub's rate limits to end. Callers need not repeat requests themselves.
// [Explain] distinguishes an invalid token, a missing permission, which it names,
// something that does not exist, a rate limit, and an outage of GitHub. See
// [Error].
package githubapi

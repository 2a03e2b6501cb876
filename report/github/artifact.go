package github

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"

	gh "github.com/google/go-github/v62/github"

	"github.com/kro/perf-gate/report/github/githubapi"
)

const (
	// maxArtifact limits an artifact, in packed bytes.
	maxArtifact = 64 << 20
	// maxUnpacked limits the file that is read from it, in bytes. The size that the
	// archive claims is not trusted.
	maxUnpacked = 256 << 20
	// maxEntries limits the number of files in an artifact.
	maxEntries = 1000
)

// Artifact returns a file from an artifact of a workflow run. If several artifacts
// have the name, for example one per attempt, it takes the newest. Anyone who can
// open a pull request can upload an artifact, so nothing is unpacked to disk. An
// artifact that is too large, or has names that lead outside it, is refused.
func (c *Client) Artifact(ctx context.Context, run int64, name, file string) ([]byte, error) {
	doing := fmt.Sprintf("reading the artifact %s of run %d of %s/%s", name, run, c.owner, c.repository)
	all, err := list(func(page gh.ListOptions) ([]*gh.Artifact, *gh.Response, error) {
		found, response, err := c.rest.Actions.ListWorkflowRunArtifacts(ctx, c.owner, c.repository, run, &page)
		if err != nil {
			return nil, response, err
		}
		return found.Artifacts, response, nil
	})
	if err != nil {
		return nil, githubapi.Explain(doing, err)
	}
	var newest *gh.Artifact
	for _, a := range all {
		if a.GetName() == name && !a.GetExpired() && a.GetID() > newest.GetID() {
			newest = a
		}
	}
	switch {
	case newest == nil:
		return nil, &githubapi.Error{
			Doing: doing, Reason: "it does not exist or has expired", Kind: githubapi.ErrNotFound,
			Remedy: "the run measured nothing, or its workflow lacks the step that uploads the record",
		}
	case newest.GetSizeInBytes() > maxArtifact:
		return nil, fmt.Errorf("%s: it has %d bytes, more than the limit of %d", doing, newest.GetSizeInBytes(), maxArtifact)
	}
	packed, err := c.download(ctx, newest.GetID())
	if err != nil {
		return nil, githubapi.Explain(doing, err)
	}
	content, err := unpack(packed, file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return content, nil
}

// download fetches an artifact from GitHub's storage, a different host that does
// not get the token.
func (c *Client) download(ctx context.Context, id int64) ([]byte, error) {
	const redirects = 3
	address, _, err := c.rest.Actions.DownloadArtifact(ctx, c.owner, c.repository, id, redirects)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the artifact storage answers %s", response.Status)
	}
	return io.ReadAll(response.Body) // the transport limits its size
}

// unpack returns one file from an archive.
func unpack(packed []byte, name string) ([]byte, error) {
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, fmt.Errorf("it is not a ZIP archive: %w", err)
	}
	if n := len(archive.File); n > maxEntries {
		return nil, fmt.Errorf("it has %d files, more than the limit of %d", n, maxEntries)
	}
	var wanted *zip.File
	for _, f := range archive.File {
		directory := f.Mode().IsDir() && len(f.Name) > 1
		switch {
		case !directory && !fs.ValidPath(f.Name) || directory && !fs.ValidPath(f.Name[:len(f.Name)-1]):
			return nil, fmt.Errorf("a file name leads outside it: %.80q", f.Name)
		case !directory && !f.Mode().IsRegular():
			return nil, fmt.Errorf("it has an entry that is not a regular file: %.80q", f.Name)
		case f.Name == name && wanted != nil:
			return nil, fmt.Errorf("it has the file %s twice", name)
		case f.Name == name:
			wanted = f
		}
	}
	if wanted == nil {
		return nil, fmt.Errorf("it has no file %s", name)
	}
	r, err := wanted.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, maxUnpacked+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(content) > maxUnpacked:
		return nil, fmt.Errorf("%s has more than %d bytes, the limit", name, maxUnpacked)
	}
	return content, nil
}

package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	gh "github.com/google/go-github/v62/github"

	"github.com/kro/perf-gate/report/github/githubapi"
)

// Options configure a [Client].
type Options struct {
	// API is the URL of the REST API, as in GITHUB_API_URL:
	// https://api.github.com, or https://HOST/api/v3 of an enterprise server.
	API string
	// GraphQL is the URL of the GraphQL API, as in GITHUB_GRAPHQL_URL. If empty, it
	// is derived from API.
	GraphQL string
	// Token is sent only to the hosts of API and GraphQL.
	Token string
	// Repository is owner/name.
	Repository string
	// Agent is the User-Agent. The default is "perf-gate".
	Agent string

	// Sleep waits, or returns early with the context's error. The default is
	// [githubapi.Sleep]; tests replace it.
	Sleep func(ctx context.Context, d time.Duration) error
}

// A Client makes requests to GitHub about one repository.
type Client struct {
	rest       *gh.Client
	http       *http.Client
	graphql    string
	owner      string
	repository string // without the owner
	sleep      func(context.Context, time.Duration) error
}

var validRepository = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9-]{0,99})/([A-Za-z0-9._-]{1,100})$`)

// New returns a client. It makes no request.
func New(o Options) (*Client, error) {
	names := validRepository.FindStringSubmatch(o.Repository)
	if names == nil || strings.Trim(names[2], ".") == "" {
		return nil, fmt.Errorf("%q is not a GitHub repository: use owner/name", o.Repository)
	}
	if o.Token == "" {
		return nil, errors.New("no token for GitHub: pass one, such as github-token: ${{ github.token }}")
	}
	api, err := parseURL(o.API)
	if err != nil {
		return nil, err
	}
	graphql := graphqlURL(api)
	if o.GraphQL != "" {
		if graphql, err = parseURL(o.GraphQL); err != nil {
			return nil, err
		}
	}
	if o.Agent == "" {
		o.Agent = "perf-gate"
	}
	if o.Sleep == nil {
		o.Sleep = githubapi.Sleep
	}
	client := &http.Client{Transport: &githubapi.Transport{
		Token: o.Token, Hosts: []string{api.Host, graphql.Host}, Agent: o.Agent, Sleep: o.Sleep,
	}}
	rest := gh.NewClient(client)
	rest.BaseURL = api.JoinPath("/") // go-github requires a slash at the end
	rest.UserAgent = o.Agent
	return &Client{rest, client, graphql.String(), names[1], names[2], o.Sleep}, nil
}

// REST returns the underlying client, for requests that this package does not
// make. It waits and repeats like this one. Use [githubapi.Explain] on its errors.
func (c *Client) REST() *gh.Client { return c.rest }

// Repository returns the owner and the name of the repository.
func (c *Client) Repository() (owner, name string) { return c.owner, c.repository }

// at returns the name of a pull request for errors.
func (c *Client) at(pull int) string {
	return fmt.Sprintf("%s/%s#%d", c.owner, c.repository, pull)
}

func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%q is not the URL of a GitHub API: use one such as https://api.github.com", s)
	}
	return u, nil
}

// graphqlURL returns the URL of the GraphQL API that belongs to a REST API.
func graphqlURL(api *url.URL) *url.URL {
	u := *api
	u.Path = strings.TrimSuffix(strings.TrimSuffix(api.Path, "/"), "/v3") + "/graphql"
	return &u
}

// A lostError is the error of a request to create something when the answer was
// lost, so that GitHub may have created it. Such a request must not simply be
// repeated.
type lostError struct{ error }

func (e *lostError) Unwrap() error { return e.error }

// explainCreation explains the error of a request to create something.
func explainCreation(doing string, err error) error {
	err = githubapi.Explain(doing, err)
	if errors.Is(err, githubapi.ErrUnavailable) {
		return &lostError{err}
	}
	return err
}

// retryLost repeats an attempt to create something while GitHub's answer is lost.
// Each attempt must first check whether an earlier one succeeded.
func (c *Client) retryLost(ctx context.Context, attempt func() error) error {
	const most = 5
	for made := 1; ; made++ {
		err := attempt()
		if _, lost := errors.AsType[*lostError](err); !lost || made == most {
			return err
		}
		if err := c.sleep(ctx, time.Second<<(made-1)); err != nil {
			return err
		}
	}
}

// maxPages limits the pages that are read of a list, 100 elements each.
const maxPages = 50

// list reads all pages of a list.
func list[T any](page func(gh.ListOptions) ([]T, *gh.Response, error)) ([]T, error) {
	var all []T
	options := gh.ListOptions{PerPage: 100, Page: 1}
	for range maxPages {
		some, response, err := page(options)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if response.NextPage == 0 {
			return all, nil
		}
		options.Page = response.NextPage
	}
	return nil, fmt.Errorf("the list has more than %d elements", maxPages*options.PerPage)
}

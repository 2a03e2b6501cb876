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

// Options say which GitHub to talk to, about which repository, and how.
type Options struct {
	// API is the URL of the REST API, as in GITHUB_API_URL:
	// https://api.github.com, or https://HOST/api/v3 of an enterprise server.
	API string
	// GraphQL is the URL of the GraphQL API, as in GITHUB_GRAPHQL_URL. Empty, it
	// is derived from API.
	GraphQL string
	// Token goes to the host of API and of GraphQL and to no other.
	Token string
	// Repository is owner/name.
	Repository string
	// Agent is sent as the User-Agent, "perf-gate" if it is empty.
	Agent string

	// Sleep waits, or returns early with the context's error. Nil means
	// [githubapi.Sleep]; tests need not wait.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Client talks to GitHub about one repository.
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
		return nil, fmt.Errorf("%q is no repository of GitHub: give owner/name", o.Repository)
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
	rest.BaseURL = api.JoinPath("/") // go-github wants a slash at the end
	rest.UserAgent = o.Agent
	return &Client{rest, client, graphql.String(), names[1], names[2], o.Sleep}, nil
}

// REST returns the client beneath, for what is not of this package. It waits and
// repeats as this one does; [githubapi.Explain] makes its errors as readable.
func (c *Client) REST() *gh.Client { return c.rest }

// Repository returns the owner and the name.
func (c *Client) Repository() (owner, name string) { return c.owner, c.repository }

// at names a pull request in errors.
func (c *Client) at(pull int) string {
	return fmt.Sprintf("%s/%s#%d", c.owner, c.repository, pull)
}

func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%q is no URL of a GitHub API: give one such as https://api.github.com", s)
	}
	return u, nil
}

// graphqlURL returns where the GraphQL API lies beside a REST API.
func graphqlURL(api *url.URL) *url.URL {
	u := *api
	u.Path = strings.TrimSuffix(strings.TrimSuffix(api.Path, "/"), "/v3") + "/graphql"
	return &u
}

// lostError is of a request to make something, which GitHub may have done
// without saying so. Such requests are not repeated as they are.
type lostError struct{ error }

func (e *lostError) Unwrap() error { return e.error }

// making explains the error of a request to make something.
func making(doing string, err error) error {
	err = githubapi.Explain(doing, err)
	if errors.Is(err, githubapi.ErrUnavailable) {
		return &lostError{err}
	}
	return err
}

// untilTold repeats an attempt to make something until GitHub says what became
// of it. Each attempt has to look first whether it is there.
func (c *Client) untilTold(ctx context.Context, attempt func() error) error {
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

// maxPages bounds what is read of a list, 100 elements a page.
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
	return nil, fmt.Errorf("there are more than %d", maxPages*options.PerPage)
}

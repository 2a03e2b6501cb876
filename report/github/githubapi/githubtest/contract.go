package githubtest

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// openapi is the part of GitHub's description that generate took. It is under
// the MIT licence, as its "info" says.
//
//go:embed openapi.json.gz
var openapi []byte

// contract is what GitHub says about its API.
type contract struct{ doc *openapi3.T }

// description is loaded once: it takes longer than most tests.
var description = sync.OnceValues(func() (*contract, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(openapi))
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(zipped)
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(plain)
	if err != nil {
		return nil, err
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			rejectUnknownFields(op)
		}
	}
	allowDeletedForks(doc)
	return &contract{doc}, nil
})

// allowDeletedForks adds what the description forgets: the head of a pull
// request has no repository once that is deleted, as the lists of pull requests
// are described to have none.
func allowDeletedForks(doc *openapi3.T) {
	head := doc.Components.Schemas["pull-request"].Value.Properties["head"].Value
	repo := *head.Properties["repo"].Value
	repo.Nullable = true
	head.Properties["repo"] = &openapi3.SchemaRef{Value: &repo}
}

// rejectUnknownFields makes a misspelt field of a request an error, where GitHub
// would pass it over in silence.
func rejectUnknownFields(op *openapi3.Operation) {
	if op.RequestBody == nil {
		return
	}
	schema := op.RequestBody.Value.Content.Get("application/json").Schema.Value
	no := false
	schema.AdditionalProperties = openapi3.AdditionalProperties{Has: &no}
}

// operation finds what GitHub says about a method and a path, the path with its
// parameters in braces.
func (c *contract) operation(method, path string) (*routers.Route, error) {
	item := c.doc.Paths.Find(path)
	if item == nil || item.GetOperation(method) == nil {
		return nil, fmt.Errorf("the description has no %s %s: add it to generate", method, path)
	}
	return &routers.Route{
		Spec: c.doc, Path: path, PathItem: item, Method: method, Operation: item.GetOperation(method),
	}, nil
}

// A call is one request for an operation.
type call struct {
	route *routers.Route
	path  map[string]string // values of the path's parameters
	query url.Values
	body  []byte
	login string // whose token it came with
}

func (c *call) input(r *http.Request) *openapi3filter.RequestValidationInput {
	return &openapi3filter.RequestValidationInput{
		Request: r, PathParams: c.path, QueryParams: c.query, Route: c.route,
		Options: &openapi3filter.Options{
			RejectWhenRequestBodyNotSpecified: true,
			AuthenticationFunc:                openapi3filter.NoopAuthenticationFunc,
			SkipSettingDefaults:               true,
		},
	}
}

// checkRequest says what in a request GitHub does not describe.
func (c *call) checkRequest(r *http.Request) error {
	for name := range c.query {
		known := func(p *openapi3.ParameterRef) bool { return p.Value.In == "query" && p.Value.Name == name }
		if !slices.ContainsFunc(c.route.Operation.Parameters, known) {
			return fmt.Errorf("no query parameter %q", name)
		}
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(c.body))
	return openapi3filter.ValidateRequest(r.Context(), c.input(r))
}

// checkAnswer says what in an answer GitHub does not describe. Statuses that it
// leaves out, such as 401, have the shape of all its errors.
func (c *call) checkAnswer(r *http.Request, status int, body []byte) error {
	if c.route.Operation.Responses.Status(status) == nil {
		if status < 400 {
			return fmt.Errorf("no status %d", status)
		}
		var value any
		if err := json.Unmarshal(body, &value); err != nil {
			return err
		}
		return c.route.Spec.Components.Schemas["basic-error"].Value.VisitJSON(value)
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: c.input(r), Status: status,
		Header: http.Header{"Content-Type": {"application/json"}},
	}
	return openapi3filter.ValidateResponse(context.WithoutCancel(r.Context()), input.SetBodyBytes(body))
}

// example returns GitHub's own example of a success, a new copy each time; of a
// list, its first element.
func (c *call) example(status int) map[string]any {
	examples := c.route.Operation.Responses.Status(status).Value.Content.Get("application/json").Examples
	names := make([]string, 0, len(examples))
	for name := range examples {
		names = append(names, name)
	}
	slices.Sort(names)
	encoded, err := json.Marshal(examples[names[0]].Value.Value)
	if err != nil {
		panic(err)
	}
	list := []map[string]any{{}}
	target := any(&list[0])
	if strings.HasPrefix(string(encoded), "[") {
		target = &list
	}
	if err := json.Unmarshal(encoded, target); err != nil {
		panic(err)
	}
	return list[0]
}

// overlay lays values over a document: objects field by field, anything else as
// a whole. It changes and returns the document.
func overlay(document, values map[string]any) map[string]any {
	for key, value := range values {
		below, isObject := document[key].(map[string]any)
		if above, ok := value.(map[string]any); ok && isObject {
			document[key] = overlay(below, above)
			continue
		}
		document[key] = value
	}
	return document
}

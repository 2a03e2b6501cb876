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

// openapi is an extract from GitHub's description, made by generate. Its licence
// is MIT, as its "info" says.
//
//go:embed openapi.json.gz
var openapi []byte

// A contract is GitHub's description of its API.
type contract struct{ doc *openapi3.T }

// description is loaded once, because loading takes longer than most tests.
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

// allowDeletedForks corrects the description. The head of a pull request has no
// repository after that is deleted. The description says so only for lists of
// pull requests.
func allowDeletedForks(doc *openapi3.T) {
	head := doc.Components.Schemas["pull-request"].Value.Properties["head"].Value
	repo := *head.Properties["repo"].Value
	repo.Nullable = true
	head.Properties["repo"] = &openapi3.SchemaRef{Value: &repo}
}

// rejectUnknownFields makes a misspelt field of a request an error. GitHub ignores
// such a field.
func rejectUnknownFields(op *openapi3.Operation) {
	if op.RequestBody == nil {
		return
	}
	schema := op.RequestBody.Value.Content.Get("application/json").Schema.Value
	no := false
	schema.AdditionalProperties = openapi3.AdditionalProperties{Has: &no}
}

// operation returns GitHub's description of a method and a path, which has its
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
	login string // the owner of the token
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

// checkRequest returns an error if a request does not match the description.
func (c *call) checkRequest(r *http.Request) error {
	for name := range c.query {
		known := func(p *openapi3.ParameterRef) bool { return p.Value.In == "query" && p.Value.Name == name }
		if !slices.ContainsFunc(c.route.Operation.Parameters, known) {
			return fmt.Errorf("there is no query parameter %q", name)
		}
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(c.body))
	return openapi3filter.ValidateRequest(r.Context(), c.input(r))
}

// checkAnswer returns an error if an answer does not match the description. A
// status that the description leaves out, such as 401, must look like all errors.
func (c *call) checkAnswer(r *http.Request, status int, body []byte) error {
	if c.route.Operation.Responses.Status(status) == nil {
		if status < 400 {
			return fmt.Errorf("there is no status %d", status)
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

// example returns a new copy of GitHub's own example of a success. Of a list, it
// returns the first element.
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

// overlay sets values in a document and returns it. It merges objects field by
// field and replaces anything else.
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

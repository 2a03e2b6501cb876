package perfgate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"

	"github.com/kubernetes-sigs/kro/pkg/graph/schema/resolver"
)

// benchmarkSchema measures how KRO's own resolver finds the schema of a kind: cold, in
// a group that it has not seen, whose document has that many definitions; and warm, in
// its cache.
func benchmarkSchema(b *testing.B) {
	for _, definitions := range []int{10, 100} {
		b.Run(fmt.Sprintf("op=schema/cache=cold/definitions=%d", definitions), func(b *testing.B) {
			server := newOpenAPI(b, definitions)
			resolve := server.resolver(b)
			group := 0
			loop(b, func() error {
				// Every group is a new one, for there is no way to empty the cache that all
				// versions of KRO have. A new resolver would cost more than what it resolves.
				group++
				server.group = fmt.Sprintf("g%08d.micro", group)
				return resolve()
			})
		})
	}
	b.Run("op=schema/cache=warm", func(b *testing.B) {
		server := newOpenAPI(b, 10)
		resolve := server.resolver(b)
		if err := resolve(); err != nil {
			b.Fatal(err)
		}
		requests := server.requests
		loop(b, resolve)
		if server.requests != requests {
			b.Fatal("the cache was not used")
		}
	})
}

// An openAPI answers requests for the OpenAPI documents of one group. It is no HTTP
// server: its sockets and goroutines would allocate as well, differently every time.
type openAPI struct {
	group    string
	before   []byte
	after    []byte
	requests int
}

// newOpenAPI returns a server of documents with one kind, Kind0, and definitions that
// refer to each other as those of Kubernetes do. Only the kind says what it is, because
// the resolver looks for it in random order.
func newOpenAPI(b *testing.B, definitions int) *openAPI {
	b.Helper()
	const placeholder = "PLACEHOLDER"
	text := map[string]any{"type": "string", "description": strings.Repeat("What this field is for. ", 4)}
	definition := func(fields ...map[string]any) map[string]any {
		properties := map[string]any{}
		for i := range 8 {
			properties[fmt.Sprintf("field%d", i)] = text
		}
		for i, field := range fields {
			properties[fmt.Sprintf("part%d", i)] = field
		}
		return map[string]any{"type": "object", "properties": properties}
	}
	// The kind uses ten definitions. All others are those of other kinds.
	const used = 10
	var parts []map[string]any
	schemas := map[string]any{}
	for i := range definitions {
		name := fmt.Sprintf("micro.v1.Part%d", i)
		schemas[name] = definition()
		if i < used {
			parts = append(parts, map[string]any{"$ref": "#/components/schemas/" + name})
		}
	}
	kind := definition(parts...)
	kind["x-kubernetes-group-version-kind"] = []any{
		map[string]any{"group": placeholder, "version": "v1", "kind": "Kind0"},
	}
	schemas["micro.v1.Kind0"] = kind
	document, err := json.Marshal(map[string]any{
		"openapi":    "3.0.0",
		"components": map[string]any{"schemas": schemas},
	})
	if err != nil {
		b.Fatal(err)
	}
	before, after, _ := bytes.Cut(document, []byte(placeholder))
	return &openAPI{group: "g00000000.micro", before: before, after: after}
}

// Resolver returns a function that resolves the kind in the server's current group with
// one of KRO's resolvers, which is always the same.
func (s *openAPI) resolver(b *testing.B) func() error {
	b.Helper()
	// The client of KRO's controller has no limit of requests either.
	config := &rest.Config{Host: "http://micro.invalid", QPS: -1}
	r, err := resolver.NewCombinedResolver(config, &http.Client{Transport: s})
	if err != nil {
		b.Fatal(err)
	}
	return func() error {
		found, err := r.ResolveSchema(schema.GroupVersionKind{Group: s.group, Version: "v1", Kind: "Kind0"})
		if err != nil {
			return err
		}
		if len(found.Properties) != 18 || len(found.Properties["part9"].Properties) != 8 {
			return fmt.Errorf("the schema has %d properties instead of 18, or unresolved references", len(found.Properties))
		}
		return nil
	}
}

// RoundTrip implements [http.RoundTripper].
func (s *openAPI) RoundTrip(request *http.Request) (*http.Response, error) {
	s.requests++
	path := "apis/" + s.group + "/v1"
	var body []byte
	switch request.URL.Path {
	case "/openapi/v3":
		body = []byte(`{"paths":{"` + path + `":{"serverRelativeURL":"/openapi/v3/` + path + `"}}}`)
	case "/openapi/v3/" + path:
		body = bytes.Join([][]byte{s.before, s.after}, []byte(s.group))
	default:
		return nil, fmt.Errorf("no answer to %s", request.URL)
	}
	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       request,
	}, nil
}

package screenshot

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"testing"
)

// The files of npm packages that pages use, with their SHA-256 in the versions in
// the Makefile.
var npmFiles = []struct {
	dir        *string
	file, kind string
	sum        string
}{
	{markdownCSS, "github-markdown.css", "text/css", "6112686f954db5d3806fb96116d2ab20ad3018469ab1015c587fd8efe7d25cf4"},
	{mermaid, "dist/mermaid.min.js", "text/javascript", "71dc54e481779b526de5e615c2eb00c99fa5acb75da9c5524d02e333d2fda89a"},
}

//go:embed page.html.tmpl
var pageSource string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// newSite serves documents by name, as GitHub shows them.
func newSite(t *testing.T, documents []document) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	serve := func(path, kind string, content []byte) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			if kind == "image/svg+xml" {
				// Like GitHub's image proxy, which blocks style sheets.
				w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src data:; style-src 'unsafe-inline'")
			}
			_, _ = w.Write(content)
		})
	}
	for _, f := range npmFiles {
		content, err := os.ReadFile(filepath.Join(*f.dir, filepath.FromSlash(f.file)))
		if err != nil {
			t.Fatalf("%v: run make screenshots, which gets it", err)
		}
		if sum := hex.EncodeToString(hash(content)); sum != f.sum {
			t.Fatalf("%s has the SHA-256 %s, want %s: change it together with the version in the Makefile", f.file, sum, f.sum)
		}
		serve("/npm/"+path.Base(f.file), f.kind, content)
	}
	for _, d := range documents {
		content := d.html
		if content == nil {
			body, stripped, err := rendered(d.markdown, d.unfolded)
			if err != nil || len(stripped) > 0 {
				t.Fatalf("%s: GitHub strips %q: %v", d.name, stripped, err)
			}
			var b bytes.Buffer
			if err := pageTemplate.Execute(&b, map[string]any{"Summary": d.summary, "Body": template.HTML(body)}); err != nil {
				t.Fatal(err)
			}
			content = b.Bytes()
		}
		serve("/"+d.name+"/{$}", "text/html; charset=utf-8", content)
		for path, svg := range d.charts {
			serve("/"+d.name+"/"+path, "image/svg+xml", svg)
			serve("/alone/"+d.name+"/"+path, "text/html; charset=utf-8", append([]byte("<!DOCTYPE html>\n<body style=\"margin:0\">"), svg...))
		}
	}
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	return site
}

func hash(content []byte) []byte {
	sum := sha256.Sum256(content)
	return sum[:]
}

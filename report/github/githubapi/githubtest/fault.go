package githubtest

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

// A Fault answers instead of GitHub, which is next.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// A fault is a Fault that is set on an operation.
type fault struct {
	operation string
	left      int
	answer    Fault
}

// Fault sets a fault on the next requests whose method and path start with
// operation: "POST /repos/kro/kro/git/blobs", or "" for all. It applies the given
// number of times. Faults on the same operation apply in the order in which they
// were set.
func (s *Server) Fault(operation string, times int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &fault{operation, times, f})
}

// intercept records each request, and answers it with the first fault that is set
// on it.
func (s *Server) intercept(prefix string, github http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request := r.Method + " " + strings.TrimPrefix(r.URL.Path, prefix)
		if f := s.take(request); f != nil {
			f(w, r, github)
			return
		}
		github.ServeHTTP(w, r)
	})
}

func (s *Server) take(request string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, request)
	for _, f := range s.faults {
		if f.left > 0 && strings.HasPrefix(request, f.operation) {
			f.left--
			return f.answer
		}
	}
	return nil
}

// Refuse answers with a status and a message, in the form of GitHub's errors.
func Refuse(status int, message string) Fault {
	return refuse(status, message, "https://docs.github.com/rest", nil)
}

func refuse(status int, message, documentation string, header map[string]string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		for name, value := range header {
			w.Header().Set(name, value)
		}
		writeJSON(w, status, []byte(`{"message":`+strconv.Quote(message)+`,"documentation_url":"`+documentation+`"}`))
	}
}

// limits is the page that GitHub's answers about rate limits point to.
const limits = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"

// Exhausted answers that a primary rate limit is exhausted until a time.
func Exhausted(until time.Time) Fault {
	return refuse(http.StatusForbidden, "API rate limit exceeded for installation.", limits+"#about-primary-rate-limits", map[string]string{
		"X-Ratelimit-Limit":     "1000",
		"X-Ratelimit-Remaining": "0",
		"X-Ratelimit-Reset":     strconv.FormatInt(until.Unix(), 10),
	})
}

// TooFast answers with a secondary rate limit. The answer says how long to wait,
// unless wait is 0.
func TooFast(status int, wait time.Duration) Fault {
	header := map[string]string{}
	if wait > 0 {
		header["Retry-After"] = strconv.Itoa(int(wait.Seconds()))
	}
	return refuse(status, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", limits+"#about-secondary-rate-limits", header)
}

// Down answers with GitHub's error page and does not perform the request.
func Down(status int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { errorPage(w, status) }
}

// Lost performs the request, but answers with an error page, like a proxy that
// gives up on GitHub.
func Lost(status int) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		errorPage(w, status)
	}
}

func errorPage(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("<!DOCTYPE html>\n<title>Unicorn! &middot; GitHub</title>\n"))
}

// Cut ends the connection in the middle of the answer.
func Cut() Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		whole := httptest.NewRecorder()
		next.ServeHTTP(whole, r)
		maps.Copy(w.Header(), whole.Header())
		w.Header().Set("Content-Length", strconv.Itoa(whole.Body.Len()))
		w.WriteHeader(whole.Code)
		_, _ = w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// Spoiled changes the body of an answer, which still looks complete.
func Spoiled(change func(body []byte) []byte) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		whole := httptest.NewRecorder()
		next.ServeHTTP(whole, r)
		maps.Copy(w.Header(), whole.Header())
		w.WriteHeader(whole.Code)
		_, _ = w.Write(change(whole.Body.Bytes()))
	}
}

// Hang does not answer until the client gives up.
func Hang() Fault {
	return func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.Copy(io.Discard, r.Body) // without this, the server does not notice that the client left
		<-r.Context().Done()
	}
}

// Meanwhile does something else before the request, such as an update that wins a
// race.
func Meanwhile(happens func()) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		happens()
		next.ServeHTTP(w, r)
	}
}

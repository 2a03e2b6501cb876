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

// A Fault answers in place of GitHub; next is GitHub.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// fault is a Fault that was set.
type fault struct {
	operation string
	left      int
	answer    Fault
}

// Fault sets a fault on the next requests, as many as times says, whose method
// and path start with operation: "POST /repos/kro/kro/git/blobs", "" for all.
// Faults on the same operation come one after another, in the order they were
// set.
func (s *Server) Fault(operation string, times int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &fault{operation, times, f})
}

// intercept notes each request, and answers it by the first fault that is set
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

// Refuse answers with a status and a message, as GitHub words its errors.
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

// limits is where GitHub's answers about its rate limits point to.
const limits = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"

// Exhausted is a primary rate limit that is used up until a time.
func Exhausted(until time.Time) Fault {
	return refuse(http.StatusForbidden, "API rate limit exceeded for installation.", limits+"#about-primary-rate-limits", map[string]string{
		"X-Ratelimit-Limit":     "1000",
		"X-Ratelimit-Remaining": "0",
		"X-Ratelimit-Reset":     strconv.FormatInt(until.Unix(), 10),
	})
}

// TooFast is a secondary rate limit. GitHub says how long to wait, or, for 0,
// nothing.
func TooFast(status int, wait time.Duration) Fault {
	header := map[string]string{}
	if wait > 0 {
		header["Retry-After"] = strconv.Itoa(int(wait.Seconds()))
	}
	return refuse(status, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", limits+"#about-secondary-rate-limits", header)
}

// Down is GitHub's error page: the request was not looked at.
func Down(status int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { errorPage(w, status) }
}

// Lost does what was asked for and then answers with an error page, as when a
// proxy gives up on GitHub.
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

// Spoiled changes the body of an answer, which then looks whole.
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
		_, _ = io.Copy(io.Discard, r.Body) // only then is the client's going away noticed
		<-r.Context().Done()
	}
}

// Meanwhile lets something else happen first, such as the update that wins a
// race.
func Meanwhile(happens func()) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		happens()
		next.ServeHTTP(w, r)
	}
}

// Package web serves a town's pages. Every page is a plain document and every
// action a plain form: nothing here needs a script.
package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store"
	"github.com/daliu-governance/daliu/tenant/web/locale"
	"github.com/daliu-governance/daliu/tenant/web/static"
	"github.com/daliu-governance/daliu/tenant/web/ui"
)

// Options say which towns a server serves, and how.
type Options struct {
	// Lookup finds the town that a host (lower case, without a port) serves. It
	// returns [tenant.ErrNotFound] for a host of no town here,
	// [tenant.ErrUnavailable] when the town can't be reached, and
	// [tenant.ErrUpgrading] when its schema is not this program's.
	Lookup func(ctx context.Context, host string) (*store.Store, error)
	// Log gets what an operator should know, and never what somebody entered.
	Log *zap.Logger
	// Now is the clock.
	Now func() time.Time
	// Secure makes cookies that travel over TLS only. It is off for plain HTTP on
	// loopback and nowhere else.
	Secure bool
}

// A Server serves the pages of towns.
type Server struct {
	Options
	mux     *http.ServeMux
	shelf   *static.Shelf
	words   locale.Catalogue
	beijing *time.Location
}

// NewServer returns a handler for every host of [Options.Lookup]. Its timeouts
// are the caller's.
func NewServer(o Options) http.Handler {
	shelf, err := static.Load()
	if err != nil {
		panic(err) // the files are in the program
	}
	words, err := locale.Load()
	if err != nil {
		panic(err) // the file is in the program
	}
	s := &Server{
		Options: o, mux: http.NewServeMux(), shelf: shelf, words: words,
		beijing: time.FixedZone("Asia/Shanghai", 8*60*60), // no summer time since 1991
	}
	for _, route := range routes() {
		s.mux.Handle(route.pattern, s.page(route))
	}
	s.mux.Handle("/", s.page(route{need: public, handle: (*Server).missing}))

	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(s.page(route{need: public, handle: (*Server).crossOrigin}))
	outer := http.NewServeMux()
	outer.Handle(static.Prefix, shelf)
	outer.HandleFunc("GET /healthz", alive)
	outer.Handle("/", crossOrigin.Handler(s.mux))
	return s.guard(outer)
}

// alive says that the process answers, whatever the towns do.
func alive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n")) // a prober who left is no news
}

// mostForm bounds what a form may send, but for the one that carries a sheet.
const mostForm = 64 << 10

func mostOf(r *http.Request) int64 {
	if r.URL.Path == "/people/import" {
		return mostUpload
	}
	return mostForm
}

// guard sets what holds for every answer, and turns a panic into an error page.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; "+
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		header.Set("Cache-Control", "no-store")
		if s.Secure {
			header.Set("Strict-Transport-Security", "max-age=31536000")
		}
		r.Body = http.MaxBytesReader(w, r.Body, mostOf(r))
		defer func() { //nolint:contextcheck // a page is rendered with its request's context
			caught := recover()
			if caught == nil {
				return
			}
			if err, ok := caught.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(caught)
			}
			s.Log.Error("page panicked", zap.String("route", r.Pattern), zap.Stack("stack"))
			s.fail(w, &request{Request: r, view: s.view(r)}, errPanic)
		}()
		next.ServeHTTP(w, r)
	})
}

var errPanic = errors.New("page panicked")

// A request is what a handler works with: the request of the browser, the town
// it is for, and what to show to be let in there.
type request struct {
	*http.Request
	town   *store.Store
	access store.Access
	view   ui.View
}

// A handler answers a request or says what went wrong.
type handler func(*Server, http.ResponseWriter, *request) error

// page finds the town and hands over to the route's handler. What a handler
// returns as an error becomes the one page for it.
func (s *Server) page(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visit := &request{
			Request: r, view: s.view(r),
			access: store.Access{Token: s.cookie(r, sessionCookie), Need: route.need},
		}
		var err error
		if visit.town, err = s.Lookup(r.Context(), host(r)); err == nil {
			err = route.handle(s, w, visit)
		} else if errors.Is(err, tenant.ErrNotFound) {
			err = errMisdirected
		}
		if err != nil {
			s.fail(w, visit, err) //nolint:contextcheck // a page is rendered with its request's context
		}
	})
}

// view is what the frame of the page needs before anybody is known.
func (s *Server) view(r *http.Request) ui.View {
	size, language, _ := strings.Cut(s.cookie(r, viewCookie), ".")
	return ui.View{
		Speaker: s.words.In(locale.Language(language)), Large: size == "large", Path: r.URL.Path,
		Style: s.shelf.Address("app.css"), Icon: s.shelf.Address("icon.svg"),
		Emblem: s.shelf.Address("emblem.svg"), Today: s.Now().In(s.beijing),
	}
}

// host is the name that the browser asked for, without the port.
func host(r *http.Request) string {
	name := r.Host
	if bare, _, err := net.SplitHostPort(name); err == nil {
		name = bare
	}
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

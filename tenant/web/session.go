package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store"
	"github.com/daliu-governance/daliu/tenant/web/locale"
)

// The cookies of a town. Over TLS their names carry the prefix that keeps a
// neighbouring host from setting them.
const (
	sessionCookie = "session" // who is signed in
	deviceCookie  = "device"  // that somebody signed in here before; see store.Session
	viewCookie    = "view"    // how the reader wants the pages: size.language
)

// How long a browser keeps what it should know the next time.
const (
	deviceLength = 180 * 24 * time.Hour
	viewLength   = 365 * 24 * time.Hour
)

// A signInPage is the form as it was filled in, and why it was not taken.
type signInPage struct {
	Login string
	Next  string
	Fault string
}

func (s *Server) signInForm(w http.ResponseWriter, r *request) error {
	if err := s.nameTown(r.Context(), r); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, signInTempl(r.view, signInPage{Next: local(r.FormValue("next"))}))
}

// signIn takes the login and the password. A new session never goes on with an
// old token, so a token that somebody planted in the browser is worth nothing.
func (s *Server) signIn(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return errForm
	}
	page := signInPage{Login: r.PostFormValue("login"), Next: local(r.PostFormValue("next"))}
	session, err := r.town.SignIn(r.Context(), store.Attempt{
		Login: page.Login, Password: r.PostFormValue("password"), Device: s.cookie(r.Request, deviceCookie),
	}, s.Now())
	status := http.StatusUnprocessableEntity
	switch soon := (store.TooSoonError{}); {
	case err == nil:
		if err := r.town.SignOut(r.Context(), r.access.Token); err != nil {
			return err
		}
		s.keep(w, session)
		http.Redirect(w, r.Request, page.Next, http.StatusSeeOther)
		return nil
	case errors.As(err, &soon):
		status, page.Fault = http.StatusTooManyRequests, s.waitText(r, soon)
	case errors.Is(err, tenant.ErrInvalid):
		page.Fault = r.view.T("登录名或密码不对。请核对后再试；连续输错多次，要等一会儿才能再试，最长十五分钟。")
	default:
		return err
	}
	if err := s.nameTown(r.Context(), r); err != nil {
		return err
	}
	r.view.InForm, r.view.Path = true, "/sign-in"
	return s.render(w, r, status, signInTempl(r.view, page))
}

// waitText says when the next try is heard, to the second at first and to the
// minute later.
func (s *Server) waitText(r *request, soon store.TooSoonError) string {
	wait := soon.Until.Sub(s.Now())
	if wait < time.Minute {
		return r.view.T("连续输错，请过 %d 秒再试。", max(1, int(wait.Seconds()+0.999)))
	}
	return r.view.T("连续输错，请过 %d 分钟再试。", int(wait.Minutes()+0.999))
}

func (s *Server) signOut(w http.ResponseWriter, r *request) error {
	if err := r.town.SignOut(r.Context(), r.access.Token); err != nil {
		return err
	}
	s.setCookie(w, sessionCookie, "", -time.Second)
	http.Redirect(w, r.Request, "/sign-in", http.StatusSeeOther)
	return nil
}

// setPreferences keeps how the reader wants the pages, in the browser alone.
func (s *Server) setPreferences(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return errForm
	}
	size, language := "normal", r.view.Language
	if r.view.Large {
		size = "large"
	}
	switch r.PostFormValue("size") {
	case "large":
		size = "large"
	case "normal":
		size = "normal"
	}
	switch chosen := locale.Language(r.PostFormValue("lang")); chosen {
	case locale.Chinese, locale.English:
		language = chosen
	}
	s.setCookie(w, viewCookie, size+"."+string(language), viewLength)
	http.Redirect(w, r.Request, local(r.PostFormValue("back")), http.StatusSeeOther)
	return nil
}

// nameTown puts the town's name on a page that nobody is signed in to. It is
// the only thing of a town that such a page shows.
func (s *Server) nameTown(ctx context.Context, r *request) error {
	town, err := r.town.Readiness(ctx)
	if err != nil {
		return err
	}
	r.view.Town = town.Name
	return nil
}

// keep gives the browser a new session.
func (s *Server) keep(w http.ResponseWriter, session store.Session) {
	s.setCookie(w, sessionCookie, session.Token, session.Expires.Sub(s.Now()))
	s.setCookie(w, deviceCookie, session.Device, deviceLength)
}

func (s *Server) setCookie(w http.ResponseWriter, name, value string, length time.Duration) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure is off only for plain HTTP on loopback; see Options
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: int(length.Seconds()),
		Secure: s.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (s *Server) cookie(r *http.Request, name string) string {
	cookie, err := r.Cookie(s.cookieName(name))
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (s *Server) cookieName(name string) string {
	if s.Secure {
		return "__Host-" + name
	}
	return name
}

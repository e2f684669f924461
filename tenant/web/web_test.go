package web_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store"
	"github.com/daliu-governance/daliu/tenant/store/migrations"
	"github.com/daliu-governance/daliu/tenant/store/storetest"
	"github.com/daliu-governance/daliu/tenant/web"
)

var server storetest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// A site is a server with one town at town.test, and a browser without a
// window: it keeps cookies and follows no redirect.
type site struct {
	t       testing.TB
	town    *storetest.Town
	handler http.Handler
	cookies map[string]*http.Cookie
	log     *observer.ObservedLogs
}

func newSite(tb testing.TB, secure bool) *site {
	tb.Helper()
	core, logs := observer.New(zap.DebugLevel)
	s := &site{t: tb, town: server.Town(tb), cookies: map[string]*http.Cookie{}, log: logs}
	s.handler = web.NewServer(web.Options{
		Lookup: func(_ context.Context, host string) (*store.Store, error) {
			switch host {
			case "town.test":
				return s.town.Store, nil
			case "away.test":
				return nil, fmt.Errorf("dial: %w", tenant.ErrUnavailable)
			case "upgrading.test":
				return nil, tenant.ErrUpgrading
			case "broken.test":
				return nil, errors.New("secret of the machine")
			case "panic.test":
				panic("secret of the machine")
			}
			return nil, fmt.Errorf("host %q: %w", host, tenant.ErrNotFound)
		},
		Log: zap.New(core), Now: time.Now, Secure: secure,
	})
	return s
}

// send sends a request as a browser that is on the town's own page does.
func (s *site) send(method, target string, form url.Values, change ...func(*http.Request)) answer {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, target, strings.NewReader(form.Encode()))
	r.Host = "town.test"
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, cookie := range s.cookies {
		r.AddCookie(cookie)
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	for _, line := range w.Header().Values("Set-Cookie") {
		cookie, err := http.ParseSetCookie(line)
		if err != nil {
			s.t.Fatal(err)
		}
		s.cookies[cookie.Name] = cookie
		if cookie.MaxAge < 0 {
			delete(s.cookies, cookie.Name)
		}
	}
	return answer{status: w.Code, header: w.Header(), body: w.Body.String()}
}

// An answer is what the server said.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) location() string { return a.header.Get("Location") }

func (s *site) get(target string, change ...func(*http.Request)) answer {
	s.t.Helper()
	return s.send(http.MethodGet, target, nil, change...)
}

func (s *site) signIn(login, password string) {
	s.t.Helper()
	response := s.send(http.MethodPost, "/sign-in", url.Values{"login": {login}, "password": {password}})
	if response.status != http.StatusSeeOther {
		s.t.Fatalf("sign in %s: %d\n%s", login, response.status, response.body)
	}
}

func toHost(host string) func(*http.Request) { return func(r *http.Request) { r.Host = host } }

func TestErrorsBecomePages(t *testing.T) {
	t.Parallel()

	s := newSite(t, false)
	s.town.Employ(t, "li", "李调解", "mediator@第一村")
	s.signIn("li", storetest.Password)
	for name, tc := range map[string]struct {
		path, host string
		status     int
		retry      bool
		words      string
	}{
		"host of no town":            {"/", "other.test", http.StatusMisdirectedRequest, false, "这个网址没有对应的乡镇"},
		"host of no town, deep path": {"/grid", "other.test:8443", http.StatusMisdirectedRequest, false, "请核对网址"},
		"town that can't be reached": {"/", "away.test", http.StatusServiceUnavailable, true, "暂时打不开"},
		"town that is upgraded":      {"/", "upgrading.test", http.StatusServiceUnavailable, true, "正在升级"},
		"page that does not exist":   {"/nowhere", "town.test", http.StatusNotFound, false, "没有找到这个页面"},
		"page of other posts":        {"/grid", "TOWN.test:8080", http.StatusForbidden, false, "您的岗位不能打开这个页面"},
		"what nobody foresaw":        {"/", "broken.test", http.StatusInternalServerError, false, "系统出错了"},
		"a panic":                    {"/", "panic.test", http.StatusInternalServerError, false, "系统出错了"},
	} {
		response := s.get(tc.path, toHost(tc.host))
		page := response.body
		if response.status != tc.status || !strings.Contains(page, tc.words) {
			t.Errorf("%s: %d, want %d with %q", name, response.status, tc.status, tc.words)
		}
		if got := response.header.Get("Retry-After") != ""; got != tc.retry {
			t.Errorf("%s: Retry-After = %q", name, response.header.Get("Retry-After"))
		}
		if strings.Contains(page, "secret of the machine") {
			t.Errorf("%s: the page tells why", name)
		}
	}
	if n := s.log.Len(); n != 2 {
		t.Errorf("%d lines were logged, want one for each of the two that nobody foresaw", n)
	}
}

func TestReadiness(t *testing.T) {
	t.Parallel()

	s := newSite(t, false)
	response := s.get("/readyz")
	var got map[string]any
	if err := json.Unmarshal([]byte(response.body), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"uid": "uid-" + string(s.town.Code), "code": string(s.town.Code), "version": float64(migrations.Latest())}
	if response.status != http.StatusOK || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("readyz: %d %v, want 200 %v", response.status, got, want)
	}
	s.town.Exec(t, "insert into goose_db_version (version_id, is_applied) values (99999, true)")
	if response := s.get("/readyz"); response.status != http.StatusServiceUnavailable || !strings.Contains(response.body, "99999") {
		t.Errorf("readyz of a newer town: %d", response.status)
	}
	if response := s.get("/sign-in"); response.status != http.StatusServiceUnavailable {
		t.Errorf("sign-in of a newer town: %d", response.status)
	}
	s.town.Store.Close()
	if response := s.get("/readyz"); response.status != http.StatusServiceUnavailable {
		t.Errorf("readyz of a closed town: %d", response.status)
	}
	if response := s.get("/healthz", toHost("nowhere.test")); response.status != http.StatusOK {
		t.Errorf("healthz: %d", response.status)
	}
}

// Nothing but the door is open to a stranger, and the door says only the name.
func TestInvariant8StrangerSeesOnlyTheName(t *testing.T) {
	t.Parallel()

	s := newSite(t, false)
	for _, path := range []string{"/", "/grid", "/me", "/me/password"} {
		response := s.get(path)
		if location := response.location(); response.status != http.StatusSeeOther || !strings.HasPrefix(location, "/sign-in") {
			t.Errorf("%s: %d to %q", path, response.status, location)
		}
	}
	response := s.send(http.MethodPost, "/me/password", url.Values{"old": {"x"}, "new": {"y"}, "again": {"y"}})
	if location := response.location(); response.status != http.StatusSeeOther || location != "/sign-in" {
		t.Errorf("POST /me/password: %d to %q", response.status, location)
	}
	for _, path := range []string{"/sign-in", "/nowhere"} {
		page := s.get(path).body
		if !strings.Contains(page, "大柳镇") {
			t.Errorf("%s does not say the town's name", path)
		}
		for _, word := range []string{"3,647", "14,091", "第一村", "幸福社区", "东片", "凉州区", "620602"} {
			if strings.Contains(page, word) {
				t.Errorf("%s tells a stranger %q", path, word)
			}
		}
	}
}

func TestSignInTellsNobodyWhichLoginsExist(t *testing.T) {
	t.Parallel()

	s := newSite(t, false)
	pages := map[string]bool{}
	for _, login := range []string{"director", "nobody"} {
		for range 5 { // the wait after the third changes nothing a stranger sees
			response := s.send(http.MethodPost, "/sign-in", url.Values{"login": {login}, "password": {"wrong"}})
			page := strings.ReplaceAll(response.body, login, "somebody")
			pages[fmt.Sprint(response.status, page)] = true
		}
	}
	if len(pages) != 1 {
		t.Errorf("a stranger gets %d different answers", len(pages))
	}
}

func TestSessionCookies(t *testing.T) {
	t.Parallel()

	s := newSite(t, true)
	planted := strings.Repeat("A", 43)
	s.cookies["__Host-session"] = &http.Cookie{Name: "__Host-session", Value: planted}
	s.signIn("director", storetest.FirstPassword)
	for _, name := range []string{"__Host-session", "__Host-device"} {
		cookie := s.cookies[name]
		if cookie == nil {
			t.Fatalf("no cookie %s in %v", name, s.cookies)
		}
		if !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Domain != "" {
			t.Errorf("cookie %s: %+v", name, cookie)
		}
		if cookie.Value == planted || len(cookie.Value) != 43 {
			t.Errorf("cookie %s holds %q", name, cookie.Value)
		}
	}

	first := *s.cookies["__Host-session"]
	s.signIn("director", storetest.FirstPassword)
	if s.cookies["__Host-session"].Value == first.Value {
		t.Error("the second sign-in goes on with the first token")
	}
	second := s.cookies["__Host-session"]
	s.cookies["__Host-session"] = &first
	if response := s.get("/me/password"); response.status != http.StatusSeeOther {
		t.Errorf("the first token still works: %d", response.status)
	}
	s.cookies["__Host-session"] = second
	if response := s.get("/me/password"); response.status != http.StatusOK {
		t.Errorf("the second token does not: %d", response.status)
	}
	s.send(http.MethodPost, "/sign-out", url.Values{})
	if s.cookies["__Host-session"] != nil {
		t.Error("the cookie outlives signing out")
	}
	s.cookies["__Host-session"] = second
	if response := s.get("/me/password"); response.status != http.StatusSeeOther {
		t.Errorf("the token outlives signing out: %d", response.status)
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()

	s := newSite(t, true)
	s.signIn("director", storetest.FirstPassword)
	for _, path := range []string{"/", "/sign-in", "/me/password", "/nowhere", "/readyz"} {
		header := s.get(path).header
		for name, want := range map[string]string{
			"Content-Security-Policy":   "default-src 'none'",
			"X-Content-Type-Options":    "nosniff",
			"Cache-Control":             "no-store",
			"Referrer-Policy":           "same-origin",
			"Strict-Transport-Security": "max-age=",
		} {
			if !strings.Contains(header.Get(name), want) {
				t.Errorf("%s: %s = %q", path, name, header.Get(name))
			}
		}
		for _, loose := range []string{"unsafe", "*", "data:", "http:"} {
			if strings.Contains(header.Get("Content-Security-Policy"), loose) {
				t.Errorf("%s: the policy allows %s", path, loose)
			}
		}
	}
}

func TestFormsFromElsewhereAreRefused(t *testing.T) {
	t.Parallel()

	s := newSite(t, false)
	s.signIn("director", storetest.FirstPassword)
	for name, change := range map[string]func(*http.Request){
		"another site":        func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a neighbouring host": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"an old browser's Origin": func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "https://elsewhere.test")
		},
	} {
		for _, path := range []string{"/sign-in", "/sign-out", "/me/password", "/preferences"} {
			if response := s.send(http.MethodPost, path, url.Values{}, change); response.status != http.StatusForbidden {
				t.Errorf("%s to %s: %d", name, path, response.status)
			}
		}
	}
	if response := s.get("/me/password"); response.status != http.StatusOK {
		t.Errorf("what was refused signed the director out: %d", response.status)
	}
}

// Reading a page changes nothing: not by itself, and not when the method is
// exchanged.
func TestInvariant3ReadingWritesNothing(t *testing.T) {
	t.Parallel()

	s := newSite(t, false)
	s.town.Employ(t, "wang", "王组长", "grid_leader@第一村")
	s.signIn("wang", storetest.Password)
	admin := s.town.Admin(t)
	written := func() (n string) {
		t.Helper()
		err := admin.QueryRow(t.Context(), `select format('%s %s %s %s', (select count(*) from audit), (select count(*) from access_log),
			(select max(opened_at) from session), (select sum(failures) from sign_in_count))`).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := written()
	for _, path := range web.Paths() {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete, http.MethodPatch} {
			response := s.send(method, path, nil)
			if response.status >= http.StatusInternalServerError {
				t.Errorf("%s %s: %d", method, path, response.status)
			}
		}
	}
	if after := written(); after != before {
		t.Errorf("reading wrote: %s, before %s", after, before)
	}
}

func TestComingBackStaysInTheTown(t *testing.T) {
	t.Parallel()

	s := newSite(t, false)
	for next, want := range map[string]string{
		"/grid": "/grid", "/grid?x=1#y": "/grid?x=1#y", "": "/", "//elsewhere.test": "/", "https://elsewhere.test/": "/",
		`/\elsewhere.test`: "/", "javascript:alert(1)": "/", "/%zz": "/", "grid": "/", "/" + strings.Repeat("x", 600): "/",
	} {
		response := s.send(http.MethodPost, "/preferences", url.Values{"back": {next}})
		if got := response.location(); got != want {
			t.Errorf("back to %q leads to %q, want %q", next, got, want)
		}
	}
	response := s.send(http.MethodPost, "/sign-in", url.Values{
		"login": {"director"}, "password": {storetest.FirstPassword}, "next": {"//elsewhere.test"},
	})
	if got := response.location(); got != "/" {
		t.Errorf("signing in leads to %q", got)
	}
}

func TestWhatPeopleEnterIsNeverMarkup(t *testing.T) {
	t.Parallel()

	s := newSite(t, false)
	const evil = `<script>alert(1)</script>`
	s.town.Employ(t, "wang", evil, "grid_leader@第一村")
	s.town.Exec(t, "update grid_unit set name = $1 where name = '第一村'", evil)
	s.town.Exec(t, "update town set description = $1", `"><img src=x onerror=alert(1)>`)
	s.signIn("wang", storetest.Password)
	for _, path := range []string{"/", "/grid", "/me"} {
		page := s.get(path).body
		if strings.Contains(page, "<script") || strings.Contains(page, "<img src=x") || !strings.Contains(page, "&lt;script&gt;") {
			t.Errorf("%s does not escape what was entered", path)
		}
	}
	page := s.send(http.MethodPost, "/sign-in", url.Values{"login": {`"><script>`}, "password": {"x"}}).body
	if strings.Contains(page, `"><script>`) {
		t.Error("the sign-in form does not escape the login")
	}
}

func TestLargeFormIsRefused(t *testing.T) {
	t.Parallel()

	s := newSite(t, false)
	response := s.send(http.MethodPost, "/sign-in", url.Values{"login": {strings.Repeat("x", 1<<20)}})
	if response.status != http.StatusBadRequest {
		t.Errorf("a form of 1 MiB: %d", response.status)
	}
}

func TestStaticFilesAreKeptForGood(t *testing.T) {
	t.Parallel()

	s := newSite(t, false)
	page := s.get("/sign-in").body
	for _, address := range regexp.MustCompile(`/static/[a-z]+\.[0-9a-f]{12}\.(?:css|svg)`).FindAllString(page, -1) {
		plain, zipped := s.get(address), s.get(address, func(r *http.Request) { r.Header.Set("Accept-Encoding", "br, gzip") })
		if plain.status != http.StatusOK || !strings.Contains(plain.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %q", address, plain.status, plain.header.Get("Cache-Control"))
		}
		unzipped, err := gzip.NewReader(strings.NewReader(zipped.body))
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		content, err := io.ReadAll(unzipped)
		if err != nil || string(content) != plain.body {
			t.Errorf("%s differs when compressed: %v", address, err)
		}
	}
	for _, gone := range []string{"/static/app.000000000000.css", "/static/", "/static/../server.go"} {
		if response := s.get(gone); response.status == http.StatusOK {
			t.Errorf("%s: %d", gone, response.status)
		}
	}
	if n := strings.Count(page, "/static/"); n != 3 {
		t.Errorf("the page names %d static files, want 3", n)
	}
}

func TestPageIsCompressed(t *testing.T) {
	t.Parallel()

	s := newSite(t, false)
	for encoding, want := range map[string]string{"gzip": "gzip", "br, gzip;q=0.5": "gzip", "gzip;q=0": "", "": "", "br": ""} {
		response := s.get("/sign-in", func(r *http.Request) { r.Header.Set("Accept-Encoding", encoding) })
		if got := response.header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q gives %q, want %q", encoding, got, want)
		}
	}
}

func TestForcedChangeOpensNothingElse(t *testing.T) {
	t.Parallel()

	s := newSite(t, false)
	s.signIn("director", storetest.FirstPassword)
	for _, path := range []string{"/", "/grid", "/me"} {
		response := s.get(path)
		if location := response.location(); location != "/me/password" {
			t.Errorf("%s: %d to %q", path, response.status, location)
		}
	}
	if page := s.get("/me/password").body; strings.Contains(page, `href="/grid"`) {
		t.Error("the forced change shows the menu")
	}
	form := url.Values{"old": {storetest.FirstPassword}, "new": {storetest.Password}, "again": {storetest.Password}}
	if response := s.send(http.MethodPost, "/me/password", form); response.location() != "/me?done=password" {
		t.Errorf("change: %d %s", response.status, response.body)
	}
	if response := s.get("/grid"); response.status != http.StatusOK {
		t.Errorf("grid after the change: %d", response.status)
	}
	page := s.get("/").body
	if !strings.Contains(page, `<strong class="num">1 · 8 · 66`) {
		t.Error("home does not show 1 · 8 · 66")
	}
	if n := s.log.Len(); n > 0 {
		t.Errorf("an ordinary day logged %d lines", n)
	}
}

func TestMenuShowsOnlyWhatOpens(t *testing.T) {
	t.Parallel()

	s := newSite(t, false)
	s.town.Employ(t, "li", "李调解", "mediator@第一村")
	s.signIn("li", storetest.Password)
	page := s.get("/").body
	for _, link := range regexp.MustCompile(`href="(/[^"]*)"`).FindAllStringSubmatch(page, -1) {
		if response := s.get(link[1]); response.status != http.StatusOK {
			t.Errorf("a mediator's home leads to %s: %d", link[1], response.status)
		}
	}
	if strings.Contains(page, `href="/grid"`) {
		t.Error("the menu leads a mediator to the grid")
	}
}

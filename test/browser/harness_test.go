// Package browser_test works in a town as its people do: in a real browser,
// against a real server and a real database.
package browser_test

import (
	"context"
	"flag"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"go.uber.org/zap/zaptest"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store"
	"github.com/daliu-governance/daliu/tenant/store/storetest"
	"github.com/daliu-governance/daliu/tenant/web"
)

const (
	installChromium = "apt-get install -y chromium-headless-shell fonts-wqy-microhei"
	installAxe      = "cd test/browser && npm ci --ignore-scripts"
)

var server storetest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// serve serves a town on loopback and returns its address.
func serve(t *testing.T, town *storetest.Town) string {
	t.Helper()
	s := httptest.NewServer(web.NewServer(web.Options{
		Lookup: func(_ context.Context, host string) (*store.Store, error) {
			if host == "localhost" {
				return nil, tenant.ErrNotFound
			}
			return town.Store, nil
		},
		Log: zaptest.NewLogger(t), Now: time.Now,
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// chromium is the browser to drive. A machine without one fails the tests: a
// page that nobody has looked at is not tested.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatalf("no Chromium found; run: %s", installChromium)
	return ""
}

// axe is the script that finds what keeps people with impairments out.
func axe(t *testing.T) string {
	t.Helper()
	script, err := os.ReadFile(filepath.FromSlash("node_modules/axe-core/axe.min.js"))
	if err != nil {
		t.Fatalf("no axe-core found; run: %s", installAxe)
	}
	return string(script)
}

// A browser is one window, with a profile of its own, on one town.
type browser struct {
	ctx  context.Context //nolint:containedctx // chromedp's handle of a window is a context
	t    *testing.T
	base string
}

// open opens a window of that width. The profile is thrown away with it.
func open(t *testing.T, base string, width int64) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.NoFirstRun, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"),
	)
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, closeWindow := chromedp.NewContext(ctx)
	t.Cleanup(closeWindow)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	b := &browser{ctx: ctx, t: t, base: base}
	b.resize(width)
	return b
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) resize(width int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, 844))
}

func (b *browser) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + path))
}

// send fills in fields of the page's form by name and presses its button.
func (b *browser) send(fields map[string]string) {
	b.t.Helper()
	for name, value := range fields {
		field := `.form [name="` + name + `"]`
		b.text("document.querySelector(`" + field + "`).value = ''") // works with scripts off, as a person's hand does
		b.do(chromedp.SendKeys(chromedp.CSS(field), value))
	}
	b.press(".form button")
}

// press presses a button or a link and waits for the page behind it.
func (b *browser) press(selector string) {
	b.t.Helper()
	b.text("String(document.querySelector(`" + selector + "`)?.scrollIntoView({block: 'center'}))") // clear of the bottom bar
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		b.t.Fatalf("press %s: %v", selector, err)
	}
}

// path is where the window is now.
func (b *browser) path() string {
	b.t.Helper()
	return strings.TrimPrefix(b.text("location.href"), b.base)
}

// text is the value of an expression of the page.
func (b *browser) text(expression string) string {
	b.t.Helper()
	return evaluate[string](b, expression)
}

// main is all that the page says, closed parts too, without its spaces.
func (b *browser) main() string {
	b.t.Helper()
	return squeeze(b.text("document.querySelector('main').textContent"))
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), "") }

func (b *browser) wants(what string, words ...string) {
	b.t.Helper()
	page := b.main()
	for _, word := range words {
		if !strings.Contains(page, squeeze(word)) {
			b.t.Errorf("%s does not say %q:\n%s", what, word, page)
		}
	}
}

func evaluate[T any](b *browser, expression string, options ...chromedp.EvaluateOption) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		b.t.Fatalf("%.80s: %v", expression, err)
	}
	return value
}

// cookie gives the window a cookie of the town.
func (b *browser) cookie(name, value string) {
	b.t.Helper()
	b.do(func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		_, err = cdp.Call(ctx, t, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: b.base + "/"})
		return none, err
	})
}

// forget makes the window load every file anew, as at a first visit.
func (b *browser) forget() {
	b.t.Helper()
	b.do(func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		_, err = cdp.Call(ctx, t, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
		return none, err
	})
}

// picture keeps a picture of the whole page with the test's artifacts, when
// these are kept: go test -artifacts.
func (b *browser) picture(name string) {
	b.t.Helper()
	if kept := flag.Lookup("test.artifacts"); kept == nil || kept.Value.String() != "true" {
		return
	}
	image, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatalf("picture of %s: %v", name, err)
	}
	if err := os.WriteFile(filepath.Join(b.t.ArtifactDir(), name+".png"), image, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// signedIn is the session of the director, after the forced change.
func signedIn(t *testing.T, town *storetest.Town) store.Session {
	t.Helper()
	first, err := town.Store.SignIn(t.Context(), store.Attempt{Login: "director", Password: storetest.FirstPassword}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	session, err := town.Store.ChangePassword(t.Context(), store.Access{Token: first.Token, Need: tenant.OwnAccount},
		store.Attempt{Password: storetest.FirstPassword, Device: first.Device}, storetest.Password, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// signedInAs is a session of somebody whom the town employs.
func signedInAs(t *testing.T, town *storetest.Town, login string) store.Session {
	t.Helper()
	session, err := town.Store.SignIn(t.Context(), store.Attempt{Login: login, Password: storetest.Password}, time.Now())
	if err != nil {
		t.Fatalf("sign in %s: %v", login, err)
	}
	return session
}

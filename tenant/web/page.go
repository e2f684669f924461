package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"go.uber.org/zap"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/web/static"
)

// Errors that only a web server has.
var (
	errMisdirected = errors.New("no town is served under this host")
	errCrossOrigin = errors.New("sent from a page of another site")
	errForm        = errors.New("form can't be read")
)

// render writes a page. It is made completely before the first byte is sent, so
// that a page that fails half way becomes an error page and not half a page.
func (s *Server) render(w http.ResponseWriter, r *request, status int, page templ.Component) error {
	var body bytes.Buffer
	if err := page.Render(r.Context(), &body); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Vary", "Accept-Encoding, Cookie")
	if static.AcceptsGzip(r.Request) {
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		if _, err := z.Write(body.Bytes()); err != nil {
			return fmt.Errorf("compress page: %w", err)
		}
		if err := z.Close(); err != nil {
			return fmt.Errorf("compress page: %w", err)
		}
		header.Set("Content-Encoding", "gzip")
		body = zipped
	}
	header.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body.Bytes()) // a reader who left is no news
	}
	return nil
}

// A failure is an error as a reader sees it.
type failure struct {
	status     int
	title      string
	text       string
	retryAfter int // seconds; 0 when trying again would not help
}

// fail answers with the page for an error. It is the only place that knows
// which error is which page. What nobody foresaw is logged; nothing else is.
func (s *Server) fail(w http.ResponseWriter, r *request, err error) {
	switch {
	case errors.Is(err, tenant.ErrNotSignedIn):
		http.Redirect(w, r.Request, signInPath(r.Request), http.StatusSeeOther)
		return
	case errors.Is(err, tenant.ErrMustChange):
		http.Redirect(w, r.Request, "/me/password", http.StatusSeeOther)
		return
	case errors.Is(err, context.Canceled):
		return // nobody is there to read a page
	}
	f := s.failureOf(r, err)
	if r.town != nil && f.retryAfter == 0 {
		_ = s.nameTown(r.Context(), r) // the page does without the name where it can't be read
	}
	if f.status == http.StatusInternalServerError && !errors.Is(err, errPanic) { // a panic is logged with its stack
		s.Log.Error("page failed", zap.String("route", r.Pattern), zap.Error(err))
	}
	if f.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.retryAfter))
	}
	if err := s.render(w, r, f.status, failurePage(r.view, f)); err != nil {
		s.Log.Error("error page failed", zap.String("route", r.Pattern), zap.Error(err))
		http.Error(w, f.title, f.status)
	}
}

func (s *Server) failureOf(r *request, err error) failure {
	say := r.view.T
	switch {
	case errors.Is(err, errMisdirected):
		return failure{
			status: http.StatusMisdirectedRequest, title: say("这个网址没有对应的乡镇"),
			text: say("请核对网址。网址由区里统一发放，每个乡镇一个。"),
		}
	case errors.Is(err, tenant.ErrNotFound):
		return failure{
			status: http.StatusNotFound, title: say("没有找到这个页面"),
			text: say("可能网址有误，也可能这项内容不在您的岗位范围内。"),
		}
	case errors.Is(err, tenant.ErrForbidden):
		return failure{
			status: http.StatusForbidden, title: say("您的岗位不能打开这个页面"),
			text: say("如果工作需要，请联系综治中心主任调整岗位。"),
		}
	case errors.Is(err, errCrossOrigin):
		return failure{
			status: http.StatusForbidden, title: say("这次提交来自别的网站，没有受理"),
			text: say("请回到本平台的页面重新填写。"),
		}
	case errors.Is(err, errForm):
		return failure{
			status: http.StatusBadRequest, title: say("提交的内容无法读取"),
			text: say("请返回上一页重新填写。"),
		}
	case errors.Is(err, tenant.ErrConflict):
		return failure{
			status: http.StatusConflict, title: say("现在不能这样办理"),
			text: say("这项内容可能刚被别人改过，请刷新后再看。"),
		}
	case errors.Is(err, tenant.ErrUpgrading):
		return failure{
			status: http.StatusServiceUnavailable, title: say("正在升级"),
			text: say("一般几分钟就好，已经录入的内容都在。请稍后再试。"), retryAfter: 30,
		}
	case errors.Is(err, tenant.ErrUnavailable):
		return failure{
			status: http.StatusServiceUnavailable, title: say("暂时打不开"),
			text: say("平台暂时连不上数据，已经录入的内容都在。请稍后再试。"), retryAfter: 10,
		}
	}
	return failure{
		status: http.StatusInternalServerError, title: say("系统出错了"),
		text: say("这次操作没有完成，请稍后再试。如果一直这样，请告诉区里的技术人员。"),
	}
}

func (*Server) missing(http.ResponseWriter, *request) error { return tenant.ErrNotFound }

func (*Server) crossOrigin(http.ResponseWriter, *request) error { return errCrossOrigin }

// signInPath is where to sign in and then come back from. Only reading a page
// is come back to: a form that was sent is not sent again by itself.
func signInPath(r *http.Request) string {
	if r.Method != http.MethodGet || r.URL.Path == "/" {
		return "/sign-in"
	}
	return "/sign-in?next=" + url.QueryEscape(r.URL.RequestURI())
}

// local is a path of this site to go to, or the home page when what was asked
// for could lead anywhere else.
func local(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || len(path) > 500 ||
		path == "" || path[0] != '/' || len(path) > 1 && (path[1] == '/' || path[1] == '\\') {
		return "/"
	}
	return path
}

// ready tells probers which town answers and at which version it stands. It is
// 503 while the town's version is not this program's.
func (s *Server) ready(w http.ResponseWriter, r *request) error {
	town, err := r.town.Readiness(r.Context())
	status := http.StatusOK
	switch {
	case errors.Is(err, tenant.ErrUpgrading):
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "30")
	case err != nil:
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(struct {
		UID     string      `json:"uid"`
		Code    tenant.Code `json:"code"`
		Version int64       `json:"version"`
	}{town.UID, town.Code, town.Version})
}

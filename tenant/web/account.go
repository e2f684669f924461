package web

import (
	"errors"
	"net/http"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store"
)

// me shows what concerns only the reader: the posts held, and the account.
func (s *Server) me(w http.ResponseWriter, r *request) error {
	actor, me, err := r.town.Me(r.Context(), r.access)
	if err != nil {
		return err
	}
	r.view.Actor, r.view.Town = actor, me.Town
	if actor.MustChange {
		return tenant.ErrMustChange
	}
	return s.render(w, r, http.StatusOK, meTempl(r.view, me, r.FormValue("done") == "password"))
}

// A passwordPage says beside which field of the form something is wrong. The
// passwords themselves are never sent back.
type passwordPage struct {
	OldFault, NewFault, AgainFault string
}

func (p passwordPage) faulty() bool { return p != passwordPage{} }

func (s *Server) passwordForm(w http.ResponseWriter, r *request) error {
	return s.showPasswordForm(w, r, http.StatusOK, passwordPage{})
}

func (s *Server) showPasswordForm(w http.ResponseWriter, r *request, status int, page passwordPage) error {
	actor, me, err := r.town.Me(r.Context(), r.access)
	if err != nil {
		return err
	}
	r.view.Actor, r.view.Town, r.view.InForm = actor, me.Town, page.faulty()
	return s.render(w, r, status, passwordTempl(r.view, page))
}

// changePassword takes the old password and the new one, twice. All other
// sessions of the account end with it.
func (s *Server) changePassword(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return errForm
	}
	password := r.PostFormValue("new")
	if password != r.PostFormValue("again") {
		return s.showPasswordForm(w, r, http.StatusUnprocessableEntity, passwordPage{
			AgainFault: r.view.T("两次输入的新密码不一样，请再输一次。"),
		})
	}
	session, err := r.town.ChangePassword(r.Context(), r.access,
		store.Attempt{Password: r.PostFormValue("old"), Device: s.cookie(r.Request, deviceCookie)}, password, s.Now())
	var weak store.WeakPasswordError
	var soon store.TooSoonError
	switch {
	case err == nil:
		s.keep(w, session)
		http.Redirect(w, r.Request, "/me?done=password", http.StatusSeeOther)
		return nil
	case errors.As(err, &weak):
		return s.showPasswordForm(w, r, http.StatusUnprocessableEntity, passwordPage{NewFault: s.weakText(r, weak)})
	case errors.As(err, &soon):
		return s.showPasswordForm(w, r, http.StatusTooManyRequests, passwordPage{OldFault: s.waitText(r, soon)})
	case errors.Is(err, tenant.ErrInvalid):
		return s.showPasswordForm(w, r, http.StatusUnprocessableEntity, passwordPage{OldFault: r.view.T("密码不对，请重新输入。")})
	}
	return err
}

func (*Server) weakText(r *request, weak store.WeakPasswordError) string {
	switch tenant.PasswordFault(weak) {
	case tenant.PasswordShort:
		return r.view.T("新密码太短，至少要 %d 个字符。", tenant.MinPassword)
	case tenant.PasswordLong:
		return r.view.T("新密码太长，最多 %d 个字符。", tenant.MaxPassword)
	case tenant.PasswordSame:
		return r.view.T("新密码和现在的一样，请换一个。")
	case tenant.PasswordOfLogin:
		return r.view.T("新密码里有登录名，容易被猜到，请换一个。")
	case tenant.PasswordSimple:
		return r.view.T("新密码太简单，容易被猜到。可以用一句自己记得住的话。")
	}
	return r.view.T("请换一个密码。")
}
